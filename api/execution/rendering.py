"""Objects of an answer made straight from rows, by a function that is written for their selection.

Most objects are rows whose fields are read and shown as they are. For these one pass over the rows reads,
checks and assembles, where going through column by column would touch every value three times. The same pass
makes objects that came along with a row (see `batched`) and whatever below it is plain to its last leaf, of
all lists of a field together. The function gives up, by returning None, at the first value that is not
plainly what its type says: a null that may not be, an error, a number out of range. Then the executor goes
through the columns, and finds what it was.

The functions are written by `rendered_code`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from api.execution.leaves import is_special_type
from api.execution.rendered_code import render_function
from api.execution.rows import is_mapping_type

if TYPE_CHECKING:
    from api.execution.plan import FieldPlan

Objects: TypeAlias = list[dict[str, Any]]
Render: TypeAlias = Callable[..., Objects | None]


class Drawing(NamedTuple):
    """How rows of one kind are made objects."""

    render: Render
    drawn: tuple[FieldPlan, ...]
    """The fields that are made from the rows."""

    resolved: tuple[FieldPlan, ...]
    """The others, whose values `render` takes."""

    def objects(self, rows: Sequence[Any], columns: Sequence[list[Any]]) -> Objects | None:
        """An object for each row; `columns` are the values of the fields that are resolved."""
        try:
            return self.render(rows, *columns)
        except Exception:  # noqa: BLE001 - met again value by value, where it gets its path
            return None


class Rendering:
    """Makes the objects of one selection."""

    def __init__(self, fields: Sequence[FieldPlan]) -> None:
        self._fields = fields
        self._along = tuple(field.along for field in fields if field.along is not None)
        # By the kind of rows, and by what came along with them. Written when the first of a kind are seen.
        self._known: dict[tuple[type, tuple[bool, ...]], Drawing] = {}
        # Makes whole objects of the rows that were met last.
        self._latest: Render = _nothing

    def drawing(self, rows: Sequence[Any]) -> Drawing | None:
        """How these rows, which are some, are made objects, as long as all are like the first."""
        row = rows[0]
        kind: type = row.__class__
        came: tuple[bool, ...] = ()
        if self._along and is_mapping_type(kind):
            came = tuple([key in row for key in self._along])
        known = self._known.get((kind, came))
        if known is None and not is_special_type(kind):
            known = self._known[kind, came] = self._written(kind, came)
        return known

    def whole(self, rows: Sequence[Any]) -> Objects | None:
        """An object for each row, if that takes no resolver; raises what reading the rows raises."""
        if not rows:
            return []
        try:
            # Lists of one page hold rows of one kind.
            made = self._latest(rows)
        except Exception:  # noqa: BLE001 - others may have come along with these rows
            made = None
        if made is not None or rows[0] is None:
            return made
        drawing = self.drawing(rows)
        if drawing is None or drawing.resolved:
            return None
        self._latest = drawing.render
        return self._latest(rows)

    def _written(self, kind: type, came: tuple[bool, ...]) -> Drawing:
        along = {key for key, is_there in zip(self._along, came, strict=False) if is_there}
        drawn = [field for field in self._fields if field.along in along or field.is_drawn]
        numbers = {field.number for field in drawn}
        resolved = [field for field in self._fields if field.number not in numbers]
        render = render_function(kind, self._fields, drawn=drawn, resolved=resolved)
        return Drawing(render, tuple(drawn), tuple(resolved))


def _nothing(_rows: Sequence[Any]) -> None:
    """Makes no objects."""
