"""Templates of e-mails (D7): a part of Jinja in which every text renders soon, and to a small result.

Clients write templates, so a template may neither reach beyond the values it is given nor use up the
process. Jinja's sandbox sees to the first. The second holds because only a part of the language is taken,
and what is not known to be harmless is refused: there are no assignments, calls, macros, repetitions,
powers or filters that blow a text up, and loops go over lists of the values, never inside each other. So a
template takes at most (its own length × MOST_LINES) steps, and its result is bounded besides.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from traceback import extract_tb

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, Undefined, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from domain.rules.refusals import ErrorCode, Refusal

LONGEST_SUBJECT = 500
LONGEST_BODY = 20_000
LONGEST_RESULT = 200_000
MOST_LINES = 200
"""Lines of an order that an e-mail lists at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An order line, or in `dispatch.lines` what of it is shipped, as templates see it; units."""

    sku: str
    name: str
    requested: int
    shipped: int
    cancelled: int
    open: int
    back_ordered: int
    promised_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The order that the e-mail is about."""

    number: str
    status: str
    store: str | None
    ordered_at: datetime
    delayed_until: datetime | None
    promised_at: datetime | None
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchedLine:
    """Units of a SKU on a dispatch."""

    sku: str
    name: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """The dispatch that was shipped; without number and lines where the e-mail is about none."""

    number: str | None = None
    lines: tuple[DispatchedLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """All that a template can name. Times are in the client's time zone."""

    client: str
    order: Order
    dispatch: Dispatch = Dispatch()
    previously_promised_at: datetime | None = None


class UnusableTemplateError(Exception):
    """The template doesn't render: why, for its author, and in which line (the first is 1)."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


def render(source: str, values: Values) -> str:
    """The text of the template with these values. Raises UnusableTemplateError."""
    try:
        pieces: list[str] = []
        length = 0
        known = {name: getattr(values, name) for name in Values.__slots__}
        for piece in _compiled(source).generate(known):
            length += len(piece)
            if length > LONGEST_RESULT:
                raise UnusableTemplateError(
                    f"What it renders to is longer than {LONGEST_RESULT:,} characters.", 1
                )
            pieces.append(piece)
    except TemplateSyntaxError as error:
        raise UnusableTemplateError(error.message or "It is not understood.", error.lineno) from error
    except _RENDERING_ERRORS as error:
        deep = isinstance(error, SyntaxError | RecursionError | MemoryError)
        message = "It is nested too deeply." if deep else str(error) or type(error).__name__
        raise UnusableTemplateError(message, _line_of(error)) from error
    return "".join(pieces)


def check_template(*, subject: str, body: str) -> None:
    """Raise INVALID_INPUT, as `render_checked` does, unless both render, whatever the values leave open."""
    for field, source in (("subject", subject), ("body", body)):
        for values in (SAMPLE, _BARE_SAMPLE):
            render_checked(field, source, values)


def render_checked(field: str, source: str, values: Values) -> str:
    """The text that a field's template renders to.

    Raises INVALID_INPUT, naming the field and the line, when it does not render, is empty or too long.
    """
    longest = LONGEST_SUBJECT if field == "subject" else LONGEST_BODY
    if not source.strip() or "\0" in source:
        raise Refusal(ErrorCode.INVALID_INPUT, f"The {field} must be text, and not empty.", path=(field,))
    if len(source) > longest:
        raise Refusal(
            ErrorCode.INVALID_INPUT,
            f"The {field} is longer than {longest:,} characters; shorten it.",
            path=(field,),
        )
    try:
        return render(source, values)
    except UnusableTemplateError as error:
        raise Refusal(
            ErrorCode.INVALID_INPUT,
            f"Line {error.line} of the {field} does not render: {error.message}",
            path=(field,),
            details={"line": error.line},
        ) from error


class _Unknown(StrictUndefined):
    """A name that is not among the values; whatever is done with it is refused."""

    __slots__ = ()

    @property
    def _undefined_message(self) -> str:
        return f"There is no {self._undefined_name!r}."


def _text(value: object) -> object:
    """What is printed of a value: nothing of None, and no insides of objects."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, Undefined | str | int):
        return value
    raise TypeError(f"This is no text but a {type(value).__name__.lower()}; name what of it is wanted.")


def _date(value: datetime | None) -> str:
    return "" if value is None else f"{value:%Y-%m-%d}"


def _time(value: datetime | None) -> str:
    return "" if value is None else f"{value:%H:%M}"


_ENVIRONMENT = ImmutableSandboxedEnvironment(
    undefined=_Unknown,
    finalize=_text,
    # Plain text: there is nothing to escape.
    autoescape=False,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_ENVIRONMENT.globals.clear()
_KEPT_FILTERS = ("upper", "lower", "title", "capitalize", "trim", "length", "default")
_ENVIRONMENT.filters = {name: _ENVIRONMENT.filters[name] for name in _KEPT_FILTERS}
_ENVIRONMENT.filters |= {"date": _date, "time": _time}
_ENVIRONMENT.tests = {name: _ENVIRONMENT.tests[name] for name in ("defined", "none")}

_ALLOWED = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.For),
    *(nodes.Name, nodes.Getattr, nodes.Const, nodes.Filter, nodes.Test),
    *(nodes.And, nodes.Or, nodes.Not, nodes.Compare, nodes.Operand, nodes.CondExpr),
    *(nodes.Add, nodes.Sub, nodes.Concat),
)

_RENDERING_ERRORS = (
    *(TemplateError, TypeError, ValueError, AttributeError, LookupError, ArithmeticError),
    # What is nested too deeply for Python's own compiler ends in one of these.
    *(SyntaxError, RecursionError, MemoryError),
)


@lru_cache(maxsize=256)
def _compiled(source: str) -> Template:
    tree = _ENVIRONMENT.parse(source)
    _check_nodes(tree, in_loop=False)
    return _ENVIRONMENT.from_string(tree)


def _check_nodes(node: nodes.Node, *, in_loop: bool) -> None:
    if not isinstance(node, _ALLOWED):
        raise TemplateSyntaxError(
            f"{type(node).__name__} is not part of what templates may use here.", node.lineno
        )
    if isinstance(node, nodes.Getattr) and node.attr.startswith("_"):
        raise TemplateSyntaxError(f"There is no {node.attr!r}.", node.lineno)
    if isinstance(node, nodes.For):
        if in_loop:
            raise TemplateSyntaxError("A loop can't stand inside another loop.", node.lineno)
        if node.recursive or not isinstance(node.iter, nodes.Name | nodes.Getattr):
            raise TemplateSyntaxError("A loop goes over a list such as order.lines.", node.lineno)
        in_loop = True
    for child in node.iter_child_nodes():
        _check_nodes(child, in_loop=in_loop)


def _line_of(error: BaseException) -> int:
    """The template's line at which rendering stopped: Jinja makes it a frame of the traceback."""
    places = [frame.lineno for frame in extract_tb(error.__traceback__) if frame.filename == "<template>"]
    return places[-1] or 1 if places else 1


_BARE_SAMPLE = Values(
    client="Acme",
    order=Order(
        number="SO-1001",
        status="COMMIT",
        store=None,
        ordered_at=datetime.fromisoformat("2026-03-02T08:00:00+00:00"),
        delayed_until=None,
        promised_at=None,
        lines=(),
    ),
)

SAMPLE = Values(
    client="Acme",
    order=Order(
        number="SO-1001",
        status="COMMIT",
        store="Acme Online",
        ordered_at=datetime.fromisoformat("2026-03-02T08:00:00+00:00"),
        delayed_until=datetime.fromisoformat("2026-03-09T08:00:00+00:00"),
        promised_at=datetime.fromisoformat("2026-03-16T08:00:00+00:00"),
        lines=(
            Line(
                sku="TEA",
                name="Tea",
                requested=5,
                shipped=2,
                cancelled=0,
                open=3,
                back_ordered=1,
                promised_at=datetime.fromisoformat("2026-03-16T08:00:00+00:00"),
            ),
        ),
    ),
    dispatch=Dispatch(number="D1-1", lines=(DispatchedLine(sku="TEA", name="Tea", quantity=2),)),
    previously_promised_at=datetime.fromisoformat("2026-03-12T08:00:00+00:00"),
)
"""Made up, with everything that an order can have."""
