"""Changes to a PDF, of its bytes and of its structure, each a name and two numbers, so that anything can drive them.

The structure is found by pattern, not by a parser, for what has been broken once can then be broken again.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

_OBJECT = re.compile(rb"(?<!\d)(\d{1,10}) (\d{1,5}) obj\b(.*?)\bendobj", re.DOTALL)
_NUMBER = re.compile(rb"(?<![\w/.#<(+-])[+-]?\d+(?![\w.])")
_REFERENCE = re.compile(rb"(?<![\w/.])(\d{1,10}) (\d{1,5}) R\b")
_NAME = re.compile(rb"/[A-Za-z][A-Za-z0-9.]*")
_ENTRY = re.compile(rb"/[A-Za-z]\w* ?(?:/\w+|\d+ \d+ R|\[[^\]\[]*\]|\([^()]*\)|<[0-9A-Fa-f]*>|-?\d+)")
_ROW = re.compile(rb"\d{10} \d{5} [nf]")
_START = re.compile(rb"startxref\s+\d+")
_CONTAINER = re.compile(rb"(?<=/Contents )<[0-9A-Fa-f]{64,}>")
_RANGE = re.compile(rb"/ByteRange ?\[[^\]]*\]")
_ODD = (
    b"0",
    b"-1",
    b"1",
    b"4",
    b"255",
    b"65536",
    b"2147483647",
    b"4294967296",
    b"9223372036854775808",
    b"9" * 40,
    b"1e9",
    b"0.5",
)
_VALUES = (
    b"null",
    b"true",
    b"[]",
    b"<<>>",
    b"()",
    b"<>",
    b"<FF",
    b"(",
    b"[[[[",
    b"1 0 R",
    b"99999 0 R",
    b"/",
    b"%",
    b"<</A<</B[",
    b"",
)

Change = Callable[[bytes, int, int], bytes]


@dataclass(frozen=True)
class Mutation:
    """One change; the numbers choose where and how, whatever their size."""

    name: str
    where: int
    how: int

    def apply(self, raw: bytes) -> bytes:
        """Return the changed file; the same one where there is nothing to change."""
        return CHANGES[self.name](raw, self.where, self.how) if raw else raw


def apply(raw: bytes, mutations: list[Mutation], *, most: int = 1 << 20) -> bytes:
    """Make the changes one after the other; a file that outgrows `most` bytes is cut."""
    for one in mutations:
        raw = one.apply(raw)[:most]
    return raw


def _bit(raw: bytes, where: int, how: int) -> bytes:
    changed = bytearray(raw)
    changed[where % len(raw)] ^= 1 << how % 8
    return bytes(changed)


def _byte(raw: bytes, where: int, how: int) -> bytes:
    at = where % len(raw)
    return raw[:at] + bytes([how % 256]) + raw[at + 1 :]


def _slice(raw: bytes, where: int, how: int) -> tuple[int, int]:
    start = where % len(raw)
    return start, min(len(raw), start + 1 + how % 64 ** (1 + how % 3))


def _removed(raw: bytes, where: int, how: int) -> bytes:
    start, end = _slice(raw, where, how)
    return raw[:start] + raw[end:]


def _repeated(raw: bytes, where: int, how: int) -> bytes:
    start, end = _slice(raw, where, how)
    return raw[:end] + raw[start:end] + raw[end:]


def _moved(raw: bytes, where: int, how: int) -> bytes:
    start, end = _slice(raw, where, how)
    rest = raw[:start] + raw[end:]
    to = how % (len(rest) + 1)
    return rest[:to] + raw[start:end] + rest[to:]


def _cut(raw: bytes, where: int, how: int) -> bytes:
    return raw[: where % (len(raw) + 1)] if how % 2 else raw[where % len(raw) :]


def _added(raw: bytes, where: int, how: int) -> bytes:
    at = where % (len(raw) + 1)
    return raw[:at] + _VALUES[how % len(_VALUES)] + raw[at:]


def _swapped(pattern: re.Pattern[bytes], values: Callable[[list[bytes], int], bytes]) -> Change:
    """Return a change that puts another value in place of one match."""

    def change(raw: bytes, where: int, how: int) -> bytes:
        found = list(pattern.finditer(raw))
        if not found:
            return raw
        one = found[where % len(found)]
        value = values([each[0] for each in found], how)
        return raw[: one.start()] + value + raw[one.end() :]

    return change


def _any(found: list[bytes], how: int) -> bytes:
    return found[how % len(found)]


def _odd_number(found: list[bytes], how: int) -> bytes:
    if how % 3 == 0:
        return _any(found, how // 3)
    if how % 3 == 1:
        return _ODD[how // 3 % len(_ODD)]
    return b"%d" % (int(_any(found, how // 9)) + how // 3 % 3 - 1)


def _object_changed(raw: bytes, where: int, how: int) -> bytes:
    """The body of one object becomes that of another."""
    found = list(_OBJECT.finditer(raw))
    if not found:
        return raw
    one, other = found[where % len(found)], found[how % len(found)]
    return raw[: one.start(3)] + other[3] + raw[one.end(3) :]


def _updated(raw: bytes, where: int, how: int) -> bytes:
    """An update is appended in due form: one object again, with a value in it that was not there."""
    found = list(_OBJECT.finditer(raw))
    if not found:
        return raw
    one = found[where % len(found)]
    source = found[how % len(found)] if how % 4 == 0 else one
    changes = ("number", "reference", "name", "entry removed", "entry repeated")
    body = CHANGES[changes[how // 4 % len(changes)]](source[3], how // 20, how // 7) if source[3] else b" null "
    starts = [int(each[0].split()[1]) for each in _START.finditer(raw)]
    sizes = [int(each[1]) for each in re.finditer(rb"/Size (\d{1,9})", raw)]
    roots = re.findall(rb"/Root (\d{1,9}) ", raw) or [b"1"]
    table = b"xref\n%s 1\n%010d 00000 n \n" % (one[1], len(raw) % 10**10)
    trailer = b"trailer\n<</Size %d/Root %s 0 R/Prev %d>>\n" % (
        max([int(one[1]) + 1, *sizes]),
        roots[-1],
        starts[-1] if starts else 0,
    )
    content = b"%s 0 obj%sendobj\n" % (one[1], body)
    return raw + content + table + trailer + b"startxref\n%d\n%%%%EOF\n" % (len(raw) + len(content))


def _container(raw: bytes, where: int, how: int) -> bytes:
    """The octets of a signature value are changed, and its place stays as long as it was."""
    found = list(_CONTAINER.finditer(raw))
    if not found:
        return raw
    one = found[where % len(found)]
    digits = one[0][1:-1]
    octets = bytes.fromhex(digits[: len(digits) // 2 * 2].decode())
    changes = ("bit", "byte", "removed", "repeated", "moved")
    used = octets.rstrip(b"\0") or octets
    changed = CHANGES[changes[how % len(changes)]](used, how // 5, how // 11).hex().encode()
    return raw[: one.start() + 1] + changed.ljust(len(digits), b"0")[: len(digits)] + raw[one.end() - 1 :]


def _case(raw: bytes, where: int, how: int) -> bytes:
    """The digits of a signature value in the other case: the same value in other bytes."""
    found = list(_CONTAINER.finditer(raw))
    if not found:
        return raw
    one = found[where % len(found)]
    return raw[: one.start()] + (one[0].lower() if how % 2 else one[0].upper()) + raw[one.end() :]


def _end(raw: bytes, where: int, how: int) -> bytes:
    tails = (b"\n", b" \r\n", b"%%EOF\n", b"\0" * 9, b"x", b"\n%%EOF\n%%EOF", b"startxref\n0\n%%EOF\n", b"%PDF-1.7\n")
    return raw + tails[how % len(tails)] * (1 + where % 3)


CHANGES: dict[str, Change] = {
    "bit": _bit,
    "byte": _byte,
    "removed": _removed,
    "repeated": _repeated,
    "moved": _moved,
    "cut": _cut,
    "added": _added,
    "number": _swapped(_NUMBER, _odd_number),
    "reference": _swapped(_REFERENCE, _any),
    "name": _swapped(_NAME, _any),
    "entry": _swapped(_ENTRY, _any),
    "entry removed": _swapped(_ENTRY, lambda _found, _how: b""),
    "entry repeated": _swapped(_ENTRY, lambda found, how: _any(found, how) + _any(found, how // 3)),
    "value": _swapped(_NUMBER, lambda _found, how: _VALUES[how % len(_VALUES)]),
    "row": _swapped(_ROW, lambda found, how: _any(found, how)),
    "start": _swapped(_START, lambda found, how: b"startxref\n" + _odd_number([each[10:] for each in found], how)),
    "range": _swapped(
        _RANGE, lambda _found, how: b"/ByteRange [0 %d %d %d]" % (how % 9_999, how % 29_999, how % 7_777)
    ),
    "object": _object_changed,
    "update": _updated,
    "container": _container,
    "case": _case,
    "end": _end,
}
"""Every change by its name."""
