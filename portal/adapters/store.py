"""Opaque bytes on the local disk: an object is there whole and durable, or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

BLOCK = 256 * 1024


class LocalStore:
    """Objects as files under a folder, spread over 256 subfolders by the first byte of their id."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._incoming = folder / "incoming"
        self._incoming.mkdir(parents=True, exist_ok=True, mode=0o700)

    def create(self, object_id: str) -> LocalSink:
        return LocalSink(self._incoming / object_id, self._path(object_id))

    def read(self, object_id: str) -> Iterator[bytes]:
        with self._path(object_id).open("rb", buffering=0) as file:
            while block := file.read(BLOCK):
                yield block

    def delete(self, object_id: str) -> None:
        self._path(object_id).unlink(missing_ok=True)

    def ids(self) -> Iterator[str]:
        """Yield the id of every whole object."""
        for path in self._folder.glob("??/*"):
            yield path.name

    def forget_unfinished(self, *, before: datetime) -> int:
        """Delete what a process that died left half-written, last written to before an instant; return how many."""
        left = [path for path in self._incoming.iterdir() if path.stat().st_mtime < before.timestamp()]
        for path in left:
            path.unlink(missing_ok=True)
        return len(left)

    def _path(self, object_id: str) -> Path:
        if not object_id.isalnum():
            raise ValueError(f"object id: got {object_id!r}")
        return self._folder / object_id[:2] / object_id


class LocalSink:
    """A file that takes its name only once its bytes are on the disk."""

    def __init__(self, fresh: Path, final: Path) -> None:
        self._fresh, self._final = fresh, final
        self._file = os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")

    def write(self, data: bytes) -> None:
        self._file.write(data)

    def commit(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._final.parent.mkdir(exist_ok=True, mode=0o700)
        os.rename(self._fresh, self._final)
        folder = os.open(self._final.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def abort(self) -> None:
        try:
            self._file.close()
        finally:
            self._fresh.unlink(missing_ok=True)
