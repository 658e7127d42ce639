"""One writer at a time, over processes: the operating system keeps the lock and drops it when its holder ends."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

PATIENCE = 10.0
"""Seconds after which a writer gives up; an entry takes a few thousandths of one."""
PAUSE = 0.02
UNSUPPORTED = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL)


class Busy(Exception):
    """Somebody else holds the lock and does not let go."""


@contextlib.contextmanager
def locked(path: Path, patience: float = PATIENCE) -> Iterator[None]:
    """Hold the lock of a file, on a hidden file beside it. Raises `Busy`, and OSError if there can be no such file.

    On a disk without locks it is not held; what is written is then still compared with what was read.
    """
    place = path.with_name(f".{path.name}.lock")
    handle = _held(place, time.monotonic() + patience)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):  # another process may have it open, or may be about to
            place.unlink()
        os.close(handle)


def _held(place: Path, until: float) -> int:
    """The open lock file. One that was removed while it was waited for is no longer the one that others wait for."""
    while True:
        handle = os.open(place, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            if _taken(handle) and _still(handle, place):
                return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)
        if time.monotonic() > until:
            raise Busy(place)
        time.sleep(PAUSE)


def _still(handle: int, place: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), place.stat())
    except OSError:
        return False


def _taken(handle: int) -> bool:
    """Whether the lock could be had; True as well where the disk has none."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in UNSUPPORTED:
            return True
        if error.errno in (errno.EACCES, errno.EAGAIN, errno.EDEADLK):
            return False
        raise
    return True
