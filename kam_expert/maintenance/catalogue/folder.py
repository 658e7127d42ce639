"""Catalogue pages in a folder: written whole, and nobody else's file is touched."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from kam_expert.writing import write_whole

MARK_WITHIN = 2000  # characters from the start of a file


class ForeignFile(Exception):
    """A file stands where a page should, and it is none of ours."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(str(path))


def put(folder: Path, files: Mapping[str, str], mark: str) -> tuple[str, ...]:
    """Write the files and remove the pages of earlier catalogues with the same ending; the names removed.

    A page is known by `mark`. Nothing is written if a file of another origin is in the way: raises `ForeignFile`.
    Raises OSError when the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in files:
        path = folder / name
        if path.exists() and not _ours(path, mark):
            raise ForeignFile(path)
    for name, content in files.items():
        write_whole(folder / name, content)
    endings = {Path(name).suffix for name in files}
    stale = [
        path
        for path in sorted(folder.iterdir())
        if path.suffix in endings and path.name not in files and path.is_file() and _ours(path, mark)
    ]
    for path in stale:
        path.unlink()
    return tuple(path.name for path in stale)


def _ours(path: Path, mark: str) -> bool:
    if not path.is_file():
        return False
    with path.open(encoding="utf-8", errors="replace") as file:
        return mark in file.read(MARK_WITHIN)
