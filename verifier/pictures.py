"""What a signer saw beside what the file shows now: pages that differ, drawn from both states as PNG.

The signed state is the file up to the end that a signature covers. Every stretch of dots that differs is framed in both
pictures. Runs in the confined child: drawing is where a hostile file meets the most code.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pypdfium2

MOST = 4
"""Pages shown at most."""
WIDTH, HEIGHT = 600, 848
"""Dots of one picture at most, an A4 page's proportion."""
_ROOM = 2_900_000
"""Bytes of all the pictures of a file; what does not fit is left out and counted."""
_SCANNED = 24
"""Pages that nobody named and that are compared all the same."""
_CELL = 8
"""Dots by which differences are gathered, each way."""
_BOXES = 12
"""Frames of one page at most; beyond, one frame holds them all."""
_FRAME = (0xA3, 0x26, 0x2F)
_THICK, _MARGIN = 2, 4

Box = tuple[int, int, int, int]
"""Left, top, right, bottom, in dots; right and bottom are outside."""


@dataclass(frozen=True)
class Pair:
    """One page in its two states; None where a state does not have it."""

    page: int
    """From 1."""
    before: bytes | None
    after: bytes | None
    boxes: int
    """Number of frames drawn."""


@dataclass
class _Drawing:
    """A page as dots: three bytes each, row after row."""

    width: int
    height: int
    dots: bytearray


def pairs(raw: bytes, field: str, named: Sequence[int]) -> tuple[list[Pair], int]:
    """Return the pages that look different since the signature in `field`, and how many more there are.

    `named` are numbers of pages, from 1, to look at first. A field that covers nothing sound gives none.
    """
    import pypdfium2

    end = _end(raw, field)
    if end is None:
        return [], 0
    before, after = _opened(raw[:end]), _opened(raw)
    if before is None or after is None:
        return [], 0
    found: list[Pair] = []
    left, more = _ROOM, 0
    for number in _numbers(max(len(before), len(after)), named):
        try:
            pair = _pair(before, after, number)
        except pypdfium2.PdfiumError:
            continue
        if pair is None:
            continue
        size = len(pair.before or b"") + len(pair.after or b"")
        if len(found) == MOST or size > left:
            more += 1
            continue
        found.append(pair)
        left -= size
    return sorted(found, key=lambda one: one.page), more


def _end(raw: bytes, field: str) -> int | None:
    """Return where the signed state ends; None where that is not known, or is the end of the file."""
    from verifier import structure

    try:
        fields = structure.signature_fields(structure.open_pdf(raw))
        dictionary = next((one.dictionary for one in fields if one.name == field), None)
        end = len(raw) if dictionary is None else structure.covered(raw, dictionary).end
    except (structure.PdfBroken, structure.GapWrong):
        return None
    return end if raw[end:].strip(structure.WHITE) else None


def _opened(raw: bytes) -> pypdfium2.PdfDocument | None:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(raw)
        document.init_forms()
    except pypdfium2.PdfiumError:
        return None
    return document


def _numbers(count: int, named: Sequence[int]) -> Iterator[int]:
    """Yield the pages to look at: those named, then the first others."""
    first = [one for one in dict.fromkeys(named) if 1 <= one <= count][:_SCANNED]
    yield from first
    yield from [one for one in range(1, count + 1) if one not in first][:_SCANNED]


def _pair(before: pypdfium2.PdfDocument, after: pypdfium2.PdfDocument, number: int) -> Pair | None:
    """Draw one page from both states; None where it looks the same."""
    old, new = _drawn(before, number), _drawn(after, number)
    if old is None or new is None:
        return Pair(number, None if old is None else _png(old), None if new is None else _png(new), 0)
    if old.dots == new.dots and old.width == new.width:
        return None
    boxes = _differences(old, new) if (old.width, old.height) == (new.width, new.height) else []
    for drawing in (old, new):
        for box in boxes:
            _frame(drawing, box)
    return Pair(number, _png(old), _png(new), len(boxes))


def _drawn(document: pypdfium2.PdfDocument, number: int) -> _Drawing | None:
    if number > len(document):
        return None
    page = document[number - 1]
    across, down = page.get_size()
    scale = min(WIDTH / max(across, 1), HEIGHT / max(down, 1))
    bitmap: Any = page.render(scale=scale, may_draw_forms=True, rev_byteorder=True)
    width, height, stride, channels = bitmap.width, bitmap.height, bitmap.stride, bitmap.n_channels
    held = bytes(bitmap.buffer)
    dots = bytearray()
    for row in range(height):
        line = held[row * stride : row * stride + width * channels]
        if channels == 3:
            dots += line
        else:
            colours = bytearray(3 * width)
            for at in range(3):
                colours[at::3] = line[min(at, channels - 1) :: channels]
            dots += colours
    page.close()
    return _Drawing(width, height, dots)


def _differences(old: _Drawing, new: _Drawing) -> list[Box]:
    """Return frames around the dots that differ, neighbours in one frame."""
    line, step = 3 * old.width, 3 * _CELL
    cells: set[tuple[int, int]] = set()
    for row in range(old.height):
        a, b = old.dots[row * line : (row + 1) * line], new.dots[row * line : (row + 1) * line]
        if a != b:
            cells |= {
                (at // step, row // _CELL) for at in range(0, line, step) if a[at : at + step] != b[at : at + step]
            }
    boxes = [_around(group, old) for group in _groups(cells)]
    if len(boxes) > _BOXES:
        return [_around(cells, old)]
    return boxes


def _groups(cells: set[tuple[int, int]]) -> Iterator[set[tuple[int, int]]]:
    """Yield the cells that hang together, a gap of one cell allowed."""
    left = set(cells)
    while left:
        group, edge = set(), [left.pop()]
        while edge:
            x, y = edge.pop()
            group.add((x, y))
            near = {(x + dx, y + dy) for dx in range(-2, 3) for dy in range(-2, 3)} & left
            left -= near
            edge += near
        yield group


def _around(cells: set[tuple[int, int]], drawing: _Drawing) -> Box:
    columns, rows = [x for x, _ in cells], [y for _, y in cells]
    return (
        max(0, min(columns) * _CELL - _MARGIN),
        max(0, min(rows) * _CELL - _MARGIN),
        min(drawing.width, (max(columns) + 1) * _CELL + _MARGIN),
        min(drawing.height, (max(rows) + 1) * _CELL + _MARGIN),
    )


def _frame(drawing: _Drawing, box: Box) -> None:
    left, top, right, bottom = box
    colour = bytes(_FRAME)

    def fill(x: int, y: int, until: int) -> None:
        at = 3 * (y * drawing.width + x)
        drawing.dots[at : at + 3 * (until - x)] = colour * (until - x)

    for y in range(top, bottom):
        if y < top + _THICK or y >= bottom - _THICK:
            fill(left, y, right)
        else:
            fill(left, y, min(left + _THICK, right))
            fill(max(right - _THICK, left), y, right)


def _png(drawing: _Drawing) -> bytes:
    """Write a PNG (ISO/IEC 15948): eight bits a colour, no filter."""
    line = 3 * drawing.width
    rows = b"".join(b"\0" + drawing.dots[at : at + line] for at in range(0, len(drawing.dots), line))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", drawing.width, drawing.height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 6)) + chunk(b"IEND", b"")
