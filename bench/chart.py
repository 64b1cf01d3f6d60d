"""A row as bars: the median of each contender, with the lowest and the highest of its rounds."""

from __future__ import annotations

from html import escape

from bench.record import Contender, RowRecord

_WIDTH = 720
_LEFT = 230
_RIGHT = 90
_TOP = 34
_BAR = 18
_STEP = 30

_STYLE = """<style>
text { font: 13px system-ui, sans-serif; fill: #57606a }
.title { font-weight: 600 }
.ours { fill: #2f6feb } .other { fill: #9aa4b2 } .spread { stroke: #57606a; stroke-width: 1.5 }
@media (prefers-color-scheme: dark) { text { fill: #c9d1d9 } .spread { stroke: #c9d1d9 } }
</style>"""


def chart(row: RowRecord) -> str:
    """The row as an SVG image."""
    height = _TOP + _STEP * len(row.contenders) + 8
    most = max(max(one.rounds) for one in row.contenders) or 1.0
    bars = [_bar(one, place, most) for place, one in enumerate(row.contenders)]
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img"'
            f' aria-label="{escape(row.title)}">',
            _STYLE,
            f'<text class="title" x="8" y="20">{escape(row.unit)}, {escape(row.metric)}</text>',
            *bars,
            "</svg>\n",
        )
    )


def _bar(one: Contender, place: int, most: float) -> str:
    top = _TOP + place * _STEP
    middle = top + _BAR / 2
    scale = (_WIDTH - _LEFT - _RIGHT) / most
    end = _LEFT + one.figure * scale
    low, high = (_LEFT + value * scale for value in (min(one.rounds), max(one.rounds)))
    return (
        f'<text x="{_LEFT - 8}" y="{middle + 4:.0f}" text-anchor="end">{escape(one.name)}</text>'
        f'<rect class="{"ours" if place == 0 else "other"}" x="{_LEFT}" y="{top}"'
        f' width="{max(end - _LEFT, 1):.1f}" height="{_BAR}" rx="2"/>'
        f'<line class="spread" x1="{low:.1f}" y1="{middle:.1f}" x2="{high:.1f}" y2="{middle:.1f}"/>'
        f'<text x="{max(high, end) + 6:.1f}" y="{middle + 4:.0f}">{_short(one.figure)}</text>'
    )


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
