"""The table of close codes in docs/realtime.md."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "realtime.md"


def documented() -> dict[int, str]:
    """What each code means."""
    rows = re.findall(r"^\| (\d{4}) \| ([^|]+) \| [^|]+ \|$", PAGE.read_text(), re.MULTILINE)
    return {int(code): means for code, means in rows}
