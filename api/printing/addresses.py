"""Where sheets are printed: an address names what the sheet is of, by its global id."""

from __future__ import annotations

from api.ids import encode_id, split_id
from domain.views.prints import Printable, SheetKind

ROUTE = "/print/{kind}/{id}.pdf"

_TYPES = {SheetKind.ORDER: "Order", SheetKind.PICK: "Dispatch", SheetKind.BACKORDER: "Backorder"}


def path_of(printable: Printable) -> str:
    """Where to get the sheet."""
    return ROUTE.format(kind=printable.kind, id=encode_id(_TYPES[printable.kind], printable.id))


def subject_at(kind: str, global_id: str) -> tuple[SheetKind, int] | None:
    """What the sheet at an address is of; None when no sheet has this address."""
    found = split_id(global_id)
    for sheet_kind, type_name in _TYPES.items():
        if found is not None and (sheet_kind, type_name) == (kind, found[0]):
            return sheet_kind, found[1]
    return None
