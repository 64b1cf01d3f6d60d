"""What is picked, packed and shipped, and scanned on the way."""

from domain.rules.described import Described


class DispatchKind(Described):
    """What made a dispatch."""

    PROCESSOR = "PROCESSOR", "A run of the Order Processor."
    DELIVERY_NOTE = "DELIVERY_NOTE", "Backlog SKUs applied to a delivery note."
    WAREHOUSE_PICK = "WAREHOUSE_PICK", "A Backorder that was filled, or a pick marked directly."


class DispatchStatus(Described):
    """How far a dispatch has come."""

    CREATED = "CREATED", "Stock is allocated to it; it can be picked."
    PACKED = "PACKED", "Picked and packed; it can be shipped."
    SHIPPED = "SHIPPED", "It has left the warehouse for good."
    CANCELLED = "CANCELLED", "Its stock has been given back."


class BackorderStatus(Described):
    """How far a Backorder (the warehouse document) has been filled."""

    OPEN = "OPEN", "Nothing is filled yet."
    PARTIALLY_FILLED = "PARTIALLY_FILLED", "Some is filled; the rest waits."
    COMPLETED = "COMPLETED", "All is filled; it is listed as an inventory pick."
    CANCELLED = "CANCELLED", "Nothing more will be filled."


class WarehousePickPolicy(Described):
    """What a warehouse pick takes of a line that is only partly in stock (E2)."""

    WHOLE_LINE = "WHOLE_LINE", "Nothing: the whole line goes on the Backorder."
    FILL_WHAT_IS_THERE = "FILL_WHAT_IS_THERE", "What is in stock; the rest goes on the Backorder."


class ScanAction(Described):
    """What a scan does to what it finds."""

    RECEIVE = "RECEIVE", "Books goods of a purchase order into stock."
    FILL = "FILL", "Fills an item of a Backorder."
    PACK = "PACK", "Packs a dispatch."
    SHIP = "SHIP", "Ships a dispatch."
    COUNT = "COUNT", "Sets the counted quantity on hand."
