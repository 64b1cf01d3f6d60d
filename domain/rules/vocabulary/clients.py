"""Who takes part: the roles of tokens, and the warehouses."""

from domain.rules.described import Described


class Role(Described):
    """What a token may do; it belongs to one client and sees nothing of another."""

    VIEWER = "VIEWER", "Reads."
    SCANNER = "SCANNER", "Reads and scans."
    OPERATOR = "OPERATOR", "Also changes orders."
    ADMIN = "ADMIN", "Also changes settings, schedules and tokens."
    SERVICE = "SERVICE", "Loads and cancels orders, for other programs."


class DistributionCenterKind(Described):
    """What sort of warehouse a distribution center is."""

    STANDARD = "STANDARD", "Keeps stock and ships it."
    DROPSHIP = "DROPSHIP", "A vendor's warehouse: the vendor ships to the customer."
