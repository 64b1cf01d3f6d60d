"""Folders of the embedded servers, and the account that PostgreSQL runs under.

PostgreSQL refuses to run as root. Started by root it runs as `nobody`, whom every system has, in folders
that belong to nobody alone; no permission of a folder that is not ours is changed, except that `nobody`
may pass through (not list) folders of the system's temporary folder.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import re
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cli.embedded.errors import EmbeddedServerError

# The address of a unix socket holds 103 bytes on macOS and 107 on Linux; PostgreSQL's file name takes 14.
_LONGEST_SOCKET_FOLDER = 103 - len("/.s.PGSQL.5432")
# The folder is part of URLs and of a list in PostgreSQL's settings, where other characters have a meaning.
_PLAIN_FOLDER = re.compile(r"[\w./ ~-]+")


@dataclass(frozen=True, slots=True)
class Account:
    """The user that a server runs as: ours (no ids needed), or another one when we are root."""

    uid: int | None = None
    gid: int | None = None

    def give(self, folder: Path) -> None:
        """Make `folder` this account's alone."""
        if self.uid is not None and self.gid is not None:
            os.chown(folder, self.uid, self.gid)
        folder.chmod(stat.S_IRWXU)


def server_account() -> Account:
    """The account PostgreSQL runs as in this process."""
    if os.geteuid() != 0:
        return Account()
    nobody = pwd.getpwnam("nobody")
    return Account(uid=nobody.pw_uid, gid=nobody.pw_gid)


def make_data_dir(data_dir: Path, account: Account) -> Path:
    """Create `data_dir` so that `account` can work in it; its absolute path is returned.

    Raises EmbeddedServerError when the account can't reach it.
    """
    data_dir = data_dir.expanduser().resolve()
    try:
        data_dir.mkdir(mode=stat.S_IRWXU, parents=True, exist_ok=True)
        if account.uid is not None:
            data_dir.chmod(data_dir.stat().st_mode | stat.S_IXOTH)
            _let_pass(data_dir)
    except PermissionError as error:
        raise EmbeddedServerError(
            f"The data folder {data_dir} can't be used: {error.strerror}. "
            "Name one of your own in BACKFILL_DATA_DIR."
        ) from error
    return data_dir


def socket_folder(data_dir: Path, account: Account) -> Path:
    """A folder for sockets that only `account` (and root) can enter, the same one for every process."""
    folder = data_dir / "run"
    if len(os.fsencode(folder)) > _LONGEST_SOCKET_FOLDER or not _PLAIN_FOLDER.fullmatch(str(folder)):
        name = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
        folder = Path(tempfile.gettempdir()) / f"backfill-{name}"
    folder.mkdir(mode=stat.S_IRWXU, exist_ok=True)
    owner = folder.lstat().st_uid
    if owner not in (os.geteuid(), account.uid):
        raise EmbeddedServerError(f"{folder} belongs to another user; remove it or set BACKFILL_DATA_DIR.")
    account.give(folder)
    return folder


def reachable_by_everyone(path: Path) -> bool:
    """Whether any account may enter `path` and every folder above it."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (path, *path.parents))


def _let_pass(data_dir: Path) -> None:
    temporary = Path(tempfile.gettempdir()).resolve()
    for folder in data_dir.parents:
        if folder.stat().st_mode & stat.S_IXOTH:
            continue
        if temporary not in folder.parents:
            raise EmbeddedServerError(
                f"PostgreSQL can't run as root, and the account it runs as may not enter {folder}. "
                "Set BACKFILL_DATA_DIR to a folder like /var/lib/backfill."
            )
        folder.chmod(folder.stat().st_mode | stat.S_IXOTH)
