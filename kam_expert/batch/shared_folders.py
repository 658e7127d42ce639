"""Folders on any file system that a cluster shares: written beside their place and put there when they are whole."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

from kam_expert.batch.blocks import Unusable
from kam_expert.problems import Phrase

OURS = ("part-", "_", ".")  # how the names in a folder begin that Spark wrote


class Folder:
    """A folder on any file system that Spark knows, put into its place when it is whole."""

    def __init__(self, spark: Any, place: str) -> None:
        path = spark._jvm.org.apache.hadoop.fs.Path
        self.place = place
        self.path = path(place)
        self.system = self.path.getFileSystem(spark._jsc.hadoopConfiguration())
        beside = f".{self.path.getName()}.{uuid.uuid4().hex}.tmp"
        self.beside = path(self.path.getParent(), beside) if self.path.getParent() else path(beside)

    @property
    def beside_path(self) -> str:
        """Where to write it."""
        return str(self.beside.toString())

    def check(self) -> None:
        """Raises `Unusable` where there is something that no run has written."""
        if not self.system.exists(self.path):
            return
        if self.system.getFileStatus(self.path).isDirectory():
            names = [each.getPath().getName() for each in self.system.listStatus(self.path)]
            if all(name.startswith(OURS) for name in names):
                return
        raise Unusable(Phrase("batch.spark.occupied", {"folder": self.place}))

    def put(self) -> None:
        self.remove()
        if not self.system.rename(self.beside, self.path):
            raise Unusable(Phrase("batch.spark.not_put", {"folder": self.place}))

    def remove(self) -> None:
        if self.system.exists(self.path):
            self.system.delete(self.path, True)

    def clear(self) -> None:
        """Take away what was not put into its place."""
        if self.system.exists(self.beside):
            self.system.delete(self.beside, True)


def rejects_of(output: str) -> tuple[Path | None, str]:
    """Where the rejects go: one file while they are few and the output lies on this machine, else a folder."""
    stem = output.rstrip("/").removesuffix(".parquet")
    return (None if "://" in output else Path(f"{stem}.rejects.csv")), f"{stem}.rejects"
