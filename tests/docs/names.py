"""What a page calls the values that are different for everybody: `<name>` and `…`.

`<name>` is learned where an answer shows it first; from then on it stands for that value, in answers and in
what is sent. `…` is any text, and is learned by nobody. Everything else is compared exactly.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

_NAME = re.compile(r"<([A-Za-z0-9][\w .:-]*)>")
_UNKNOWN = re.compile(rf"{_NAME.pattern}|…")


class Names:
    """The values that have names so far."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = dict(values)

    def put_into(self, text: str) -> str:
        """The text with every known name replaced by its value."""
        return _NAME.sub(lambda found: self.values.get(found[1], found[0]), text)

    def missing_in(self, text: str) -> list[str]:
        """The names in a text that stand for nothing yet."""
        return [name for name in _NAME.findall(text) if name not in self.values]

    def learn(self, shown: Any, seen: Any) -> list[str]:
        """Compare what a page shows with what is seen: what differs, and nothing is learned then."""
        learned = dict(self.values)
        differences = list(_differences(shown, seen, learned, "$"))
        if not differences:
            self.values = learned
        return differences


def _differences(shown: Any, seen: Any, learned: dict[str, str], where: str) -> Iterator[str]:
    if isinstance(shown, dict) and isinstance(seen, dict) and shown.keys() == seen.keys():
        for key, value in shown.items():
            yield from _differences(value, seen[key], learned, f"{where}.{key}")
    elif isinstance(shown, list) and isinstance(seen, list) and len(shown) == len(seen):
        for index, (one, other) in enumerate(zip(shown, seen, strict=True)):
            yield from _differences(one, other, learned, f"{where}[{index}]")
    elif isinstance(shown, str) and isinstance(seen, str):
        if not _stands_for(shown, seen, learned):
            yield f"{where}: the page shows {shown!r}, and it is {seen!r}"
    elif type(shown) is not type(seen) or shown != seen:
        yield f"{where}: the page shows {shown!r}, and it is {seen!r}"


def _stands_for(shown: str, seen: str, learned: dict[str, str]) -> bool:
    """Whether a text can be what is shown; new names are learned."""
    pattern, position = "", 0
    new: list[str] = []
    for found in _UNKNOWN.finditer(shown):
        pattern += re.escape(shown[position : found.start()])
        position = found.end()
        name = found[1]
        if name is None:
            pattern += ".+?"
        elif name in learned:
            pattern += re.escape(learned[name])
        elif name in new:
            pattern += f"(?P=value{new.index(name)})"
        else:
            pattern += f"(?P<value{len(new)}>.+?)"
            new.append(name)
    match = re.fullmatch(pattern + re.escape(shown[position:]), seen, re.DOTALL)
    if match is None:
        return False
    learned.update({name: match[f"value{number}"] for number, name in enumerate(new)})
    return True
