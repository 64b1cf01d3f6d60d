"""A folder of JSON files, each processed once (C5).

Whoever drops a file writes it under another name first (one that doesn't end in .json, or begins with a dot)
and renames it, so that no half of a file is read. What is applied goes into `done/`, what can't be read
into `failed/`. The folder is one of the client's own, below a folder that only the operator can set.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from secrets import token_hex

from domain.ports import Delivery, Marketplace, MarketplaceError

_LARGEST_FILE = 32 * 1024 * 1024


class FileDrop:
    """The `Connector` of files; every client's folders are in a folder of `root` named after its code."""

    def __init__(self, *, root: Path) -> None:
        self._root = root

    async def fetch(
        self, marketplace: Marketplace, *, cursor: str | None, order_numbers: Sequence[str] | None
    ) -> Delivery | None:
        """The first file by name; all of them are wanted, whichever orders were chosen."""
        try:
            return await asyncio.to_thread(_first_file, self._folder(marketplace))
        except OSError as error:
            # Its path tells of the server, the kind of problem is what the user can act on.
            raise MarketplaceError(f"The folder could not be read: {error.strerror}.") from None

    async def settle(self, marketplace: Marketplace, delivery: Delivery, *, readable: bool) -> None:
        """Move the file away."""
        try:
            await asyncio.to_thread(
                _move, self._folder(marketplace), delivery.name, "done" if readable else "failed"
            )
        except OSError as error:
            raise MarketplaceError(f"The file could not be moved away: {error.strerror}.") from None

    def _folder(self, marketplace: Marketplace) -> Path:
        return self._root / marketplace.client_code / marketplace.address


def _first_file(folder: Path) -> Delivery | None:
    names = sorted(
        path.name for path in folder.iterdir() if path.suffix == ".json" and not path.name.startswith(".")
    )
    if not names:
        return None
    path = folder / names[0]
    # A link could lead to any file of the server.
    if path.is_symlink() or not path.is_file() or path.stat().st_size > _LARGEST_FILE:
        return Delivery(name=names[0], body=b"", more=True)
    return Delivery(name=names[0], body=path.read_bytes(), more=True)


def _move(folder: Path, name: str, where: str) -> None:
    target = folder / where / name
    target.parent.mkdir(exist_ok=True)
    if target.exists():
        target = target.with_name(f"{target.stem}.{token_hex(4)}.json")
    # Another worker may have moved it: it took the synchronization over while we were slow.
    if (folder / name).is_symlink() or (folder / name).exists():
        (folder / name).rename(target)
