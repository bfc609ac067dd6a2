"""Which characters a proof can print, and the printed form of those it cannot.

The evidence keeps every string exactly; the page shows a form that cannot deceive the eye. Controls, bidirectional marks and
other invisible characters are left out, and a character that no shipped font draws is spelled by its code: ``[U+1F600]``.
"""

from __future__ import annotations

import re
import struct
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path

FONTS = Path(__file__).parent / "fonts"
_REGULARS = ("Inter-Regular.otf", "NotoSans-Regular.ttf", "NotoSansSymbols2-Regular.ttf")
"""One file per family, in the order in which the templates fall back; the other weights cover the same characters."""
_PLAIN = "\\n -~\u00a0-\u00ac\u00ae-\u0233\u02bb\u2010-\u2015\u2018-\u2022\u2026\u202f\u20ac"
_UNUSUAL = re.compile(rf"[{_PLAIN}]?[^{_PLAIN}]+")
"""A stretch outside the characters that the first family is known to draw, with the letter on which its marks would stand."""
_SPACES = {"\t": " ", "\u2028": "\n", "\u2029": "\n", "\r": "\n", "\x85": "\n"}
_LONG_WORD = 24
_PIECE = 8
_MARKS = 4
"""Combining marks printed on one letter; more would be drawn over the neighbouring lines."""


@cache
def coverage() -> tuple[frozenset[int], ...]:
    """Return the code points that each shipped family draws, in the order of fallback."""
    return tuple(code_points((FONTS / name).read_bytes()) for name in _REGULARS)


def safe(text: str, *, lines: bool = False) -> str:
    """Return `text` as it may be printed; line ends become spaces unless `lines` is true."""
    printed = _UNUSUAL.sub(
        lambda found: "".join(_cluster(cluster) for cluster in _clusters(found.group())), text.replace("\r\n", "\n")
    )
    return printed if lines else printed.replace("\n", " ")


def breakable(text: str) -> list[str]:
    """Cut `text` where a line may end inside a word too long for its column; joined, the pieces are `text` again.

    >>> breakable("court " + "x" * 25)
    ['court ', 'xxxxxxxx', 'xxxxxxxx', 'xxxxxxxx', 'x']
    """
    pieces: list[str] = []
    plain = 0
    for word in re.finditer(rf"\S{{{_LONG_WORD},}}", text):
        if word.start() > plain:
            pieces.append(text[plain : word.start()])
        pieces.extend(_word_pieces(word.group()))
        plain = word.end()
    if plain < len(text) or not pieces:
        pieces.append(text[plain:])
    return pieces


def _word_pieces(word: str) -> Iterator[str]:
    """Cut every `_PIECE` characters, never between a letter and its marks."""
    piece = ""
    for character in word:
        if len(piece) >= _PIECE and not unicodedata.category(character).startswith("M"):
            yield piece
            piece = ""
        piece += character
    yield piece


def _clusters(text: str) -> Iterator[str]:
    """Yield each visible character with the marks that stand on it."""
    cluster = ""
    for character in text:
        character = _SPACES.get(character, character)
        category = unicodedata.category(character)
        if category in ("Cc", "Cf", "Cs") and character != "\n":
            continue
        if category.startswith("M") and cluster not in ("", "\n"):
            cluster += character
            continue
        if cluster:
            yield cluster
        cluster = character
    if cluster:
        yield cluster


def _cluster(cluster: str) -> str:
    """Return a letter and its marks if one font draws them together, else what can be drawn and the codes of the rest."""
    if cluster == "\n" or (len(cluster) <= 1 + _MARKS and _drawn(cluster)):
        return cluster
    composed = unicodedata.normalize("NFC", cluster)
    if len(composed) <= 1 + _MARKS and _drawn(composed):
        return composed
    return "".join(
        one if _drawn(one) and not unicodedata.category(one).startswith("M") else f"[U+{ord(one):04X}]"
        for one in composed
    )


def _drawn(cluster: str) -> bool:
    points = {ord(character) for character in cluster}
    return any(points <= font for font in coverage())


def code_points(font: bytes) -> frozenset[int]:
    """Return the code points that an OpenType font maps to a glyph (cmap formats 4 and 12)."""
    (tables,) = struct.unpack_from(">H", font, 4)
    records = (struct.unpack_from(">4s4xII", font, 12 + 16 * index) for index in range(tables))
    start = next(offset for tag, offset, _ in records if tag == b"cmap")
    (count,) = struct.unpack_from(">H", font, start + 2)
    found: set[int] = set()
    for index in range(count):
        (offset,) = struct.unpack_from(">4xI", font, start + 4 + 8 * index)
        (form,) = struct.unpack_from(">H", font, start + offset)
        if form == 4:
            found.update(_format_4(font, start + offset))
        elif form == 12:
            found.update(_format_12(font, start + offset))
    return frozenset(found)


def _format_4(font: bytes, start: int) -> Iterator[int]:
    """Yield the mapped code points of a segment table; a glyph number of zero is no glyph."""
    (double,) = struct.unpack_from(">H", font, start + 6)
    shape = f">{double // 2}H"
    ends = struct.unpack_from(shape, font, start + 14)
    starts = struct.unpack_from(shape, font, start + 16 + double)
    deltas = struct.unpack_from(shape, font, start + 16 + 2 * double)
    ranges_at = start + 16 + 3 * double
    ranges = struct.unpack_from(shape, font, ranges_at)
    for index, (first, last, delta, offset) in enumerate(zip(starts, ends, deltas, ranges, strict=True)):
        for point in range(first, min(last, 0xFFFE) + 1):
            glyph = point
            if offset:
                (glyph,) = struct.unpack_from(">H", font, ranges_at + 2 * index + offset + 2 * (point - first))
            if (glyph + delta) & 0xFFFF and (glyph or not offset):
                yield point


def _format_12(font: bytes, start: int) -> Iterator[int]:
    (groups,) = struct.unpack_from(">I", font, start + 12)
    for index in range(groups):
        first, last, glyph = struct.unpack_from(">III", font, start + 16 + 12 * index)
        yield from (point for point in range(first, last + 1) if glyph + point - first)
