"""What a signer allowed to be done afterwards: DocMDP, FieldMDP and the field’s lock (ISO 32000-2, 12.8.2 and 12.7.5.5)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader

from verifier.difference import described, dictionary, items, raw, resolved
from verifier.findings import Finding, Kind, Weight

_ALWAYS = {
    Kind.DSS,
    Kind.TIME_STAMP,
    Kind.METADATA,
    Kind.EXTENSIONS,
    Kind.UPDATE,
    Kind.FORM_RESOURCES,
    Kind.LOCKED,
}
_FILLING = _ALWAYS | {Kind.SIGNATURE, Kind.FORM_VALUE, Kind.FORM_APPEARANCE, Kind.STRUCTURE_ADDED, Kind.HIDDEN_WIDGET}
_NOTES = _FILLING | {
    Kind.ANNOTATION_ADDED,
    Kind.ANNOTATION_CHANGED,
    Kind.ANNOTATION_REMOVED,
}
_ALLOWED = {1: _ALWAYS, 2: _FILLING, 3: _NOTES}
_ON_FIELDS = {Kind.FORM_VALUE, Kind.FORM_APPEARANCE, Kind.FORM_FIELD, Kind.FIELD_REMOVED}


@dataclass(frozen=True)
class Locked:
    """The fields that no one may change any more."""

    action: str
    """/All, /Include or /Exclude."""
    names: tuple[str, ...]

    def holds(self, name: str) -> bool:
        """Whether the field, or a node above it, is locked."""
        if self.action == "/All":
            return True
        named = any(name == one or name.startswith(f"{one}.") for one in self.names)
        return named if self.action == "/Include" else not named


@dataclass(frozen=True)
class Permissions:
    """What one signature says of later changes."""

    level: int | None
    """DocMDP: 1 nothing, 2 filling in and signing, 3 notes as well; None where the signer said nothing."""
    locks: tuple[Locked, ...]

    def breaches(self, findings: Sequence[Finding]) -> Iterator[Finding]:
        """Yield a finding for each thing that was done against these permissions."""
        for one in findings:
            if one.weight is Weight.UNKNOWN:
                continue
            if self.level is not None and one.kind not in _ALLOWED[self.level]:
                yield Finding(Kind.DOCMDP, one.where, f"P {self.level}", one.kind.value, one.page, one.field)
            if one.kind in _ON_FIELDS and any(lock.holds(one.field) for lock in self.locks):
                yield Finding(Kind.FIELDMDP, one.where, one.before, one.after, one.page, one.field)


def of(reader: PdfFileReader, signature: generic.DictionaryObject, field: generic.DictionaryObject) -> Permissions:
    """Read the permissions of a signature dictionary and of the field that holds it, in the signed revision."""
    level: int | None = None
    locks = []
    for entry in items(resolved(reader, raw(signature, "/Reference"))):
        transform = dictionary(resolved(reader, entry))
        parameters = dictionary(resolved(reader, raw(transform, "/TransformParams")))
        method = described(resolved(reader, raw(transform, "/TransformMethod")))
        if method == "/DocMDP":
            level = _strictest(level, _level(reader, parameters) or 2)
        elif method == "/FieldMDP":
            locks.append(_lock(reader, parameters))
    lock = dictionary(resolved(reader, raw(field, "/Lock")))
    if lock:
        locks.append(_lock(reader, lock))
        level = _strictest(level, _level(reader, lock))
    return Permissions(level, tuple(locks))


def _strictest(one: int | None, other: int | None) -> int | None:
    return min(filter(None, (one, other)), default=None)


def _level(reader: PdfFileReader, parameters: generic.DictionaryObject) -> int | None:
    value = resolved(reader, raw(parameters, "/P"))
    return int(value) if isinstance(value, generic.NumberObject) and value in _ALLOWED else None


def _lock(reader: PdfFileReader, parameters: generic.DictionaryObject) -> Locked:
    names = items(resolved(reader, raw(parameters, "/Fields")))
    action = described(resolved(reader, raw(parameters, "/Action")))
    return Locked(action or "/All", tuple(described(resolved(reader, one)) for one in names))
