"""Two states of one PDF, object by object: the revision that was signed, and the file as it is.

What is compared is what a reader reaches, not what an update wrote: an object given again with the same value is no
difference, one that nothing reaches is none either, and one that two paths reach is judged on both (ISO 32000-1, 7.5.6).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.xref import ObjStreamRef

Follow = Callable[[generic.PdfObject], generic.PdfObject]
"""`Both.old` or `Both.new`."""
NOTHING = generic.NullObject()
_ENCODING = {"/Length", "/Filter", "/DecodeParms", "/DL"}
_MAX_STEPS = 400_000
_MAX_DIFFERENCES = 64
_TEXT = 200
_TOLERANCE = 0.001
"""Numbers written anew by another tool differ in digits that no page shows."""


class Unexplained(ValueError):
    """What came after the signature cannot be read, or is too much to be compared."""


@dataclass(frozen=True)
class Difference:
    """One place where the two states differ."""

    path: str
    before: generic.PdfObject
    after: generic.PdfObject


@dataclass
class Both:
    """The signed revision and the file that holds it."""

    before: PdfFileReader
    after: PdfFileReader
    opaque: set[generic.Reference] = field(default_factory=set)
    """Objects compared by rules of their own: pages, annotations, form fields. Elsewhere the same reference is the same."""
    _same: dict[generic.Reference, bool] = field(default_factory=dict)
    _clean: set[tuple[generic.Reference, generic.Reference]] = field(default_factory=set)
    _steps: int = 0

    def kept(self, reference: generic.Reference) -> bool:
        """Whether the object is the very bytes that it was: its place in the file did not move."""
        if reference not in self._same:
            place = _place(self.before, reference)
            self._same[reference] = place is not None and place == _place(self.after, reference)
        return self._same[reference]

    def old(self, value: generic.PdfObject) -> generic.PdfObject:
        """Follow a reference in the signed revision; a reference to nothing is null."""
        reference = reference_of(value)
        if reference is not None and self.kept(reference):
            return resolved(self.after, value)
        return resolved(self.before, value)

    def new(self, value: generic.PdfObject) -> generic.PdfObject:
        """Follow a reference in the file as it is."""
        return resolved(self.after, value)

    def at(self, reference: generic.Reference) -> generic.PdfObject:
        """Return an object of the file as it is."""
        return resolved(self.after, generic.IndirectObject(reference.idnum, reference.generation, self.after))  # type: ignore[no-untyped-call]

    def references_to(self, wanted: generic.Reference) -> int:
        """Count the places in the signed revision that refer to an object, from its trailer on; raise `Unexplained`."""
        found = 0
        seen: set[generic.Reference] = set()
        stack: list[generic.PdfObject] = [self.before.trailer.flatten()]
        while stack:
            self._steps += 1
            if self._steps > _MAX_STEPS:
                raise Unexplained(f"got more than {_MAX_STEPS} values to read")
            value = stack.pop()
            reference = reference_of(value)
            if reference == wanted:
                found += 1
            if reference is not None:
                if reference in seen:
                    continue
                seen.add(reference)
                value = resolved(self.before, value)
            if isinstance(value, generic.DictionaryObject):
                stack += [raw(value, key) for key in value if key != "/Parent"]
            elif isinstance(value, generic.ArrayObject):
                stack += items(value)
        return found

    def differences(
        self, before: generic.PdfObject, after: generic.PdfObject, path: str, most: int = _MAX_DIFFERENCES
    ) -> list[Difference]:
        """Return where two values differ, all that they reach included, `most` at most; raise `Unexplained`."""
        found: list[Difference] = []
        seen: set[tuple[generic.Reference, generic.Reference]] = set()
        stack = [(path, before, after)]
        while stack and len(found) < most:
            self._steps += 1
            if self._steps > _MAX_STEPS:
                raise Unexplained(f"{path}: got more than {_MAX_STEPS} values to compare")
            path, one, other = stack.pop()
            left, right = reference_of(one), reference_of(other)
            if left is not None and right is not None:
                if left == right and left in self.opaque:
                    continue
                if (left, right) in seen or (left, right) in self._clean:
                    continue
                seen.add((left, right))
            pairs = _inside(path, self.old(one), self.new(other))
            if pairs is None:
                found.append(Difference(path, self.old(one), self.new(other)))
            else:
                stack.extend(pairs)
        if not found:
            self._clean |= seen
        return found


def reference_of(value: object) -> generic.Reference | None:
    """Return the reference that a value is, without its file, or None."""
    if isinstance(value, generic.IndirectObject):
        return generic.Reference(value.idnum, value.generation)
    return None


def resolved(reader: PdfFileReader, value: generic.PdfObject) -> generic.PdfObject:
    """Follow references, at most eight in a row; what cannot be read is null, as every reader takes it."""
    for _ in range(8):
        reference = reference_of(value)
        if reference is None:
            return value
        try:
            value = reader.get_object(reference)  # type: ignore[no-untyped-call]
        except MemoryError:
            raise
        except Exception:  # the parser lets ValueError, KeyError, AssertionError and RecursionError through
            return NOTHING
    return NOTHING


def raw(dictionary: generic.PdfObject, key: str) -> generic.PdfObject:
    """Return a dictionary's value without following it; null where there is none."""
    if isinstance(dictionary, generic.DictionaryObject) and key in dictionary:
        if (
            key == "/Contents" and "/ByteRange" in dictionary
        ):  # a signature value is never encrypted (ISO 32000-2, 7.6.2)
            value = dictionary.raw_get(key, generic.EncryptedObjAccess.RAW)
        else:
            value = dictionary.raw_get(key)
        return value if isinstance(value, generic.PdfObject) else NOTHING
    return NOTHING


def items(array: generic.PdfObject) -> list[generic.PdfObject]:
    """Return an array's values without following them; nothing where the value is no array."""
    if not isinstance(array, generic.ArrayObject):
        return []
    return [array.raw_get(position) for position in range(len(array))]


def dictionary(value: object) -> generic.DictionaryObject:
    """Return a value that is a dictionary, or an empty one."""
    if isinstance(value, generic.DictionaryObject):
        return value
    return generic.DictionaryObject()  # type: ignore[no-untyped-call]


def described(value: generic.PdfObject) -> str:
    """Return a value as a person may read it, in at most 200 characters; empty for null."""
    if isinstance(value, generic.NullObject):
        return ""
    if isinstance(value, generic.StreamObject):
        return f"stream of {len(value.encoded_data)} bytes"
    if isinstance(value, generic.DictionaryObject):
        return f"dictionary: {' '.join(sorted(map(str, value)))}"[:_TEXT]
    if isinstance(value, generic.ArrayObject):
        return f"array: {', '.join(described(one) for one in items(value)[:8])}"[:_TEXT]
    if isinstance(value, generic.ByteStringObject):
        return value.hex()[:_TEXT]
    if isinstance(value, generic.IndirectObject):
        return f"object {value.idnum} {value.generation}"
    return "".join(one if one.isprintable() else " " for one in str(value)[:_TEXT])


def _place(reader: PdfFileReader, reference: generic.Reference) -> tuple[object, ...] | None:
    try:
        at = reader.xrefs[reference]
        if isinstance(at, ObjStreamRef):
            return (reader.xrefs[generic.Reference(at.obj_stream_id, 0)], at.ix_in_stream)
    except KeyError:
        return None
    return None if at is None else (at,)


_Pairs = Iterable[tuple[str, generic.PdfObject, generic.PdfObject]]


def _inside(path: str, one: generic.PdfObject, other: generic.PdfObject) -> _Pairs | None:
    """Return the pairs of values that decide whether two values are the same, or None if they are not."""
    if one is other and not isinstance(one, generic.DictionaryObject | generic.ArrayObject):
        return ()
    if isinstance(one, generic.StreamObject) or isinstance(other, generic.StreamObject):
        if not isinstance(one, generic.StreamObject) or not isinstance(other, generic.StreamObject):
            return None
        if one is other:  # its bytes are where they were; what its dictionary refers to, its length even, may not be
            return _members(path, one, other, set())
        return _members(path, one, other, _ENCODING) if _same_data(one, other) else None
    if isinstance(one, generic.DictionaryObject) and isinstance(other, generic.DictionaryObject):
        return _members(path, one, other, set())
    if isinstance(one, generic.ArrayObject) and isinstance(other, generic.ArrayObject):
        if len(one) != len(other):
            return None
        return ((f"{path}[{at}]", *pair) for at, pair in enumerate(zip(items(one), items(other), strict=True)))
    return () if _equal(one, other) else None


def _members(
    path: str, one: generic.DictionaryObject, other: generic.DictionaryObject, apart: set[str]
) -> Iterator[tuple[str, generic.PdfObject, generic.PdfObject]]:
    for key in sorted({*one, *other} - apart):
        yield f"{path}{key}", raw(one, key), raw(other, key)


def _same_data(one: generic.StreamObject, other: generic.StreamObject) -> bool:
    if one.encoded_data == other.encoded_data and str(raw(one, "/Filter")) == str(raw(other, "/Filter")):
        return True
    try:
        return bool(one.data == other.data)
    except MemoryError:
        raise
    except Exception:  # an image's filter is not decoded: other bytes are other data
        return False


def _equal(one: generic.PdfObject, other: generic.PdfObject) -> bool:
    if isinstance(one, generic.BooleanObject) or isinstance(other, generic.BooleanObject):
        return type(one) is type(other) and bool(one) == bool(other)
    numbers = (generic.NumberObject, generic.FloatObject)
    if isinstance(one, numbers) and isinstance(other, numbers):
        return abs(float(one) - float(other)) <= _TOLERANCE
    strings = (generic.TextStringObject, generic.ByteStringObject)
    if isinstance(one, strings) and isinstance(other, strings):
        return bool(one.original_bytes == other.original_bytes or one == other)
    return type(one) is type(other) and bool(one == other)
