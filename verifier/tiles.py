"""The journal as a folder of tiles (C2SP tlog-tiles 0.1.0), written and read in constant memory.

    checkpoint                      signed note: origin, size, root
    policy                          keys of the log (C2SP tlog-policy)
    tile/entries/<N>[.p/<W>]        256 entries, each after its length as a big-endian uint16
    tile/<L>/<N>[.p/<W>]            256 hashes: leaves at level 0, above it the roots of full tiles below

`N` is written in groups of three digits, all but the last after an ``x``: 1234067 is ``x001/x234/067``. `W` is the width of a
partial tile, the last of its level.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from verifier.journal import leaf_hash, node_hash

WIDTH = 256
HASH = 32
MAX_ENTRY = 65535
CHECKPOINT, POLICY = "checkpoint", "policy"


class TileMalformed(ValueError):
    """A tile or an entry bundle is missing, or is not of the form that its place demands."""


def tile_path(level: int | str, number: int, width: int = WIDTH) -> str:
    """Return where a tile lies; `level` is ``entries`` for a bundle.

    >>> tile_path(0, 1234067), tile_path("entries", 273, 112)
    ('tile/0/x001/x234/067', 'tile/entries/273.p/112')
    """
    groups = [f"{number % 1000:03}"]
    while number >= 1000:
        number //= 1000
        groups.insert(0, f"x{number % 1000:03}")
    return f"tile/{level}/{'/'.join(groups)}" + (f".p/{width}" if width < WIDTH else "")


def write_export(folder: Path, entries: Iterable[bytes], checkpoint: str, policy: str) -> int:
    """Write a journal's entries, tiles, checkpoint and policy into an empty or new folder; return the number of entries.

    `entries` are the exact bytes that were hashed, in order. The checkpoint is written last:
    a folder without one is not whole.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FileExistsError(f"{folder}: expected an empty folder")
    builder = _Builder(folder)
    for entry in entries:
        builder.append(entry)
    builder.finish()
    (folder / POLICY).write_text(policy, "utf-8")
    (folder / CHECKPOINT).write_text(checkpoint, "utf-8")
    return builder.size


def read_entries(folder: Path, size: int) -> Iterator[bytes]:
    """Yield the first `size` entries of an export; raise `TileMalformed` where a bundle is missing or of another form.

    A bundle wider than asked is read too: a log that has grown keeps its full tiles only.
    """
    for number in range((size + WIDTH - 1) // WIDTH):
        wanted = min(WIDTH, size - number * WIDTH)
        yield from _unbundle(_read(folder, "entries", number, wanted), wanted, f"entries {number}")


def read_hashes(folder: Path, level: int, number: int, width: int) -> bytes:
    """Return the first `width` hashes of a tile, joined; raise `TileMalformed`."""
    raw = _read(folder, level, number, width)
    if len(raw) < width * HASH or len(raw) % HASH:
        raise TileMalformed(f"tile {level}/{number}: got {len(raw)} bytes, expected {width * HASH}")
    return raw[: width * HASH]


def perfect_root(hashes: bytes) -> bytes:
    """Return the root over a full tile's hashes."""
    row = [hashes[at : at + HASH] for at in range(0, len(hashes), HASH)]
    while len(row) > 1:
        row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2)]
    return row[0]


class Levels:
    """The tiles of a growing tree, of which only the last of each level is kept: 8 KiB a level.

    `push` yields each tile ``(level, number, hashes)`` that a leaf fills.
    """

    def __init__(self) -> None:
        self.open: list[bytearray] = []
        self.full: list[int] = []

    def push(self, leaf: bytes) -> Iterator[tuple[int, int, bytes]]:
        level, computed = 0, leaf
        while True:
            if level == len(self.open):
                self.open.append(bytearray())
                self.full.append(0)
            self.open[level] += computed
            if len(self.open[level]) < WIDTH * HASH:
                return
            hashes = bytes(self.open[level])
            yield level, self.full[level], hashes
            self.open[level].clear()
            self.full[level] += 1
            level, computed = level + 1, perfect_root(hashes)

    def partial(self) -> Iterator[tuple[int, int, bytes]]:
        """Yield the last tile of each level, where it is not empty."""
        for level, held in enumerate(self.open):
            if held:
                yield level, self.full[level], bytes(held)

    def root(self) -> bytes:
        """Return the head of the tree: the rows of the open tiles, folded from the right (RFC 6962, 2.1)."""
        computed: bytes | None = None
        for held in self.open:
            row = [bytes(held[at : at + HASH]) for at in range(0, len(held), HASH)]
            for width, start in _perfect_parts(len(row)):
                part = perfect_root(b"".join(row[start : start + width]))
                computed = part if computed is None else node_hash(part, computed)
        return computed if computed is not None else _EMPTY


def _perfect_parts(width: int) -> Iterator[tuple[int, int]]:
    """Cut a row from its right end into parts of 1, 2, 4 … hashes, as its width in binary says."""
    end = width
    for power in range(width.bit_length()):
        if width >> power & 1:
            end -= 1 << power
            yield 1 << power, end


class _Builder:
    def __init__(self, folder: Path) -> None:
        self.folder, self.size = folder, 0
        self.levels, self.bundle = Levels(), bytearray()

    def append(self, entry: bytes) -> None:
        if len(entry) > MAX_ENTRY:
            raise ValueError(f"entry {self.size}: got {len(entry)} bytes, expected at most {MAX_ENTRY}")
        self.bundle += len(entry).to_bytes(2, "big") + entry
        self.size += 1
        if self.size % WIDTH == 0:
            self._write("entries", self.size // WIDTH - 1, WIDTH, bytes(self.bundle))
            self.bundle.clear()
        for level, number, hashes in self.levels.push(leaf_hash(entry)):
            self._write(level, number, WIDTH, hashes)

    def finish(self) -> None:
        if self.bundle:
            self._write("entries", self.size // WIDTH, self.size % WIDTH, bytes(self.bundle))
        for level, number, hashes in self.levels.partial():
            self._write(level, number, len(hashes) // HASH, hashes)

    def _write(self, level: int | str, number: int, width: int, content: bytes) -> None:
        path = self.folder / tile_path(level, number, width)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _read(folder: Path, level: int | str, number: int, width: int) -> bytes:
    for asked in dict.fromkeys((width, WIDTH)):
        path = folder / tile_path(level, number, asked)
        if path.is_file():
            if path.stat().st_size > WIDTH * (MAX_ENTRY + 2):
                raise TileMalformed(f"{path.name}: got {path.stat().st_size} bytes, more than a tile can hold")
            return path.read_bytes()
    raise TileMalformed(f"{tile_path(level, number, width)}: missing")


def _unbundle(raw: bytes, wanted: int, where: str) -> Iterator[bytes]:
    at = 0
    for position in range(wanted):
        length = int.from_bytes(raw[at : at + 2], "big")
        if at + 2 + length > len(raw):
            raise TileMalformed(f"{where}: cut short in entry {position}")
        yield raw[at + 2 : at + 2 + length]
        at += 2 + length


_EMPTY = bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
