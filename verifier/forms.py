"""The form of two revisions side by side: fields filled, changed, added or taken away, and signatures among them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader

from verifier.difference import Both, Follow, Unexplained, described, dictionary, items, raw, reference_of, resolved
from verifier.findings import Finding, Kind

MAX_NODES = 20_000
_LINKS = {"/Kids", "/Parent", "/P", "/StructParent"}
_VALUE = {"/V"}
_LOOK = {"/AP", "/AS", "/I", "/TI", "/RV", "/M"}
"""What a program writes anew when a value is filled in (ISO 32000-1, 12.7.3.3)."""
_SIGNED = {"/V", "/AP", "/AS", "/F", "/M", "/MK", "/DA", "/Type", "/Subtype"}
"""What signing an empty field writes into it."""
_USED = {"/Font", "/Encoding"}
"""All that a default appearance can name: it holds text state and colour operators alone (ISO 32000-1, 12.7.3.3)."""
_FORM = {"/Fields", "/SigFlags", "/NeedAppearances", "/DR", "/XFA"}


@dataclass
class Field:
    """One field, or a node above fields, with what it inherits."""

    name: str
    reference: generic.Reference | None
    held: generic.DictionaryObject
    kind: str
    """/Tx, /Btn, /Ch, /Sig, or empty."""
    value: generic.PdfObject
    widgets: list[tuple[generic.Reference | None, generic.DictionaryObject]] = field(default_factory=list)
    """Its annotations, the field itself where it is its own."""

    @property
    def key(self) -> object:
        return self.reference or self.name


def fields(reader: PdfFileReader) -> list[Field]:
    """Return all nodes of the form; raise `Unexplained` for a form that repeats itself or is too large."""
    form = dictionary(resolved(reader, raw(reader.root, "/AcroForm")))
    found: list[Field] = []
    seen: set[generic.Reference] = set()
    stack: list[tuple[generic.PdfObject, Field | None]] = [
        (one, None) for one in reversed(items(resolved(reader, raw(form, "/Fields"))))
    ]
    while stack:
        value, above = stack.pop()
        reference, held = reference_of(value), resolved(reader, value)
        if not isinstance(held, generic.DictionaryObject):
            continue
        if reference is not None and reference in seen:
            if above is None:  # a field listed twice is one field
                continue
            raise Unexplained(f"form: object {reference.idnum} {reference.generation} stands in it twice")
        if reference is not None:
            seen.add(reference)
        if above is not None and "/T" not in held:
            above.widgets.append((reference, held))
            continue
        one = _node(reader, reference, held, above)
        found.append(one)
        if len(found) > MAX_NODES:
            raise Unexplained(f"form: got more than {MAX_NODES} fields")
        kids = items(resolved(reader, raw(held, "/Kids")))
        if not kids:
            one.widgets.append((reference, held))
        stack += [(kid, one) for kid in reversed(kids)]
    return found


def _node(
    reader: PdfFileReader, reference: generic.Reference | None, held: generic.DictionaryObject, above: Field | None
) -> Field:
    part = described(resolved(reader, raw(held, "/T")))
    name = f"{above.name}.{part}" if above is not None else part
    kind = described(resolved(reader, raw(held, "/FT"))) or (above.kind if above else "")
    value = raw(held, "/V")
    if isinstance(value, generic.NullObject) and above is not None:
        value = above.value
    return Field(name, reference, held, kind, value)


def compare(both: Both, before: list[Field], after: list[Field]) -> Iterator[Finding]:
    """Yield what differs between the fields that both states have, and those taken away or added."""
    now = {one.key: one for one in after}
    then = {one.key for one in before}
    for old in before:
        if old.key not in now:
            yield Finding(Kind.FIELD_REMOVED, f"field {old.name}", shown(both.old, old), field=old.name)
        else:
            yield from _field(both, old, now[old.key])
    for new in after:
        if new.key not in then:
            yield _added(both, new)


def compare_settings(both: Both) -> Iterator[Finding]:
    """Yield what differs in the form's own dictionary."""
    old = dictionary(both.old(raw(both.before.root, "/AcroForm")))
    new = dictionary(both.new(raw(both.after.root, "/AcroForm")))
    for one in both.differences(raw(old, "/XFA"), raw(new, "/XFA"), "form /XFA", most=1):
        yield Finding(Kind.XFA, one.path, described(one.before), described(one.after))
    asks = both.new(raw(new, "/NeedAppearances"))
    if both.differences(raw(old, "/NeedAppearances"), raw(new, "/NeedAppearances"), "form") and _true(asks):
        yield Finding(Kind.FORM_SETTING, "form /NeedAppearances", "", "true")
    yield from _resources(both, raw(old, "/DR"), raw(new, "/DR"))
    for key in sorted({*old, *new} - _FORM):
        if key in ("/DA", "/Q") and isinstance(both.old(raw(old, key)), generic.NullObject):
            yield Finding(Kind.FORM_RESOURCES, f"form {key}")  # a default where there was none
            continue
        for one in both.differences(raw(old, key), raw(new, key), f"form {key}", most=1):
            yield Finding(Kind.FORM_SETTING, one.path, described(one.before), described(one.after))


def is_signed(both: Both, value: generic.PdfObject) -> bool:
    """Whether a signature field's value is a signature and no empty shell."""
    held = dictionary(both.new(value))
    return "/Contents" in held and "/ByteRange" in held


def shown(follow: Follow, one: Field) -> str:
    return described(follow(one.value))


def _true(value: generic.PdfObject) -> bool:
    return isinstance(value, generic.BooleanObject) and bool(value)


def _added(both: Both, new: Field) -> Finding:
    where = f"field {new.name}"
    if new.kind != "/Sig":
        empty = not new.kind and not any("/Rect" in held for _, held in new.widgets)  # a node above fields
        kind = Kind.UPDATE if empty else Kind.FIELD_ADDED
        return Finding(kind, where, "", shown(both.new, new), field=new.name)
    return Finding(_signature_kind(both, new), where, "", signer_line(both, new), field=new.name)


def _signature_kind(both: Both, new: Field) -> Kind:
    held = dictionary(both.new(new.value))
    stamp = described(both.new(raw(held, "/SubFilter"))) == "/ETSI.RFC3161" or _type(both, held) == "/DocTimeStamp"
    return Kind.TIME_STAMP if stamp and is_signed(both, new.value) else Kind.SIGNATURE


def _type(both: Both, held: generic.DictionaryObject) -> str:
    return described(both.new(raw(held, "/Type")))


def signer_line(both: Both, new: Field) -> str:
    held = dictionary(both.new(new.value))
    return ", ".join(filter(None, (described(both.new(raw(held, key))) for key in ("/Type", "/Name", "/M"))))


def _field(both: Both, old: Field, new: Field) -> Iterator[Finding]:
    where = f"field {old.name}"
    if old.kind != new.kind or old.name != new.name:
        yield Finding(Kind.FORM_FIELD, where, f"{old.kind} {old.name}", f"{new.kind} {new.name}", field=old.name)
    elif old.kind == "/Sig":
        yield from _signature(both, old, new)
    else:
        yield from _filled(both, old, new)
    yield from _widgets(both, old, new)


def _signature(both: Both, old: Field, new: Field) -> Iterator[Finding]:
    where = f"field {old.name}"
    was = not isinstance(both.old(old.value), generic.NullObject)
    if was:
        for one in both.differences(old.value, new.value, f"{where}/V", most=8):
            values = described(one.before), described(one.after)
            yield Finding(Kind.SIGNATURE_DICTIONARY, one.path, *values, field=old.name)
        yield from _rest(both, old, new, set())
        return
    if is_signed(both, new.value):
        yield Finding(_signature_kind(both, new), where, "", signer_line(both, new), field=old.name)
        if _shared(both, old, new):
            yield Finding(Kind.SHARED_APPEARANCE, f"{where}/AP", field=old.name)
        yield from _rest(both, old, new, _SIGNED)
        return
    yield from _rest(both, old, new, set())


def _shared(both: Both, old: Field, new: Field) -> bool:
    """Whether signing replaced an appearance dictionary that something else in the signed revision refers to as well."""
    for (_, one), (_, other) in zip(old.widgets, new.widgets, strict=False):
        reference = reference_of(raw(one, "/AP"))
        if reference is not None and reference_of(raw(other, "/AP")) != reference:
            return both.references_to(reference) > 1
    return False


def _filled(both: Both, old: Field, new: Field) -> Iterator[Finding]:
    """A field's value, else its look alone, else any other key."""
    where = f"field {old.name}"
    value = bool(both.differences(old.value, new.value, where))
    if value:
        yield Finding(Kind.FORM_VALUE, where, shown(both.old, old), shown(both.new, new), field=old.name)
    elif any(
        both.differences(raw(one, key), raw(other, key), where)
        for one, other in [(old.held, new.held), *_paired(old, new)]
        for key in ("/AP", "/AS")
    ):
        yield Finding(Kind.FORM_APPEARANCE, where, shown(both.old, old), shown(both.new, new), field=old.name)
    yield from _rest(both, old, new, _VALUE | _LOOK)


def _rest(both: Both, old: Field, new: Field, apart: set[str]) -> Iterator[Finding]:
    seen: list[generic.DictionaryObject] = []
    for one, other in [(old.held, new.held), *_paired(old, new)]:
        if any(one is held for held in seen):
            continue
        seen.append(one)
        for key in sorted({*one, *other} - _LINKS - apart - (_VALUE if old.kind == "/Sig" else set())):
            for found in both.differences(raw(one, key), raw(other, key), f"field {old.name}{key}", most=1):
                values = described(found.before), described(found.after)
                kind = Kind.LOCKED if _locks(key, found.before, found.after) else Kind.FORM_FIELD
                yield Finding(kind, found.path, *values, field=old.name)


def _locks(key: str, before: generic.PdfObject, after: generic.PdfObject) -> bool:
    """Whether flags differ by locks alone: ReadOnly of a field; ReadOnly, Locked, LockedContents of an annotation."""
    locks = {"/Ff": 1, "/F": 64 | 128 | 512}.get(key, 0)  # ISO 32000-1, tables 221 and 165
    then = int(before) if isinstance(before, generic.NumberObject) else 0
    now = int(after) if isinstance(after, generic.NumberObject) else None
    return now is not None and now & ~then & ~locks == 0 and then & ~now == 0


def _paired(old: Field, new: Field) -> Iterator[tuple[generic.DictionaryObject, generic.DictionaryObject]]:
    known = {reference: held for reference, held in new.widgets if reference is not None}
    for at, (reference, held) in enumerate(old.widgets):
        if reference is None and at < len(new.widgets):
            yield held, new.widgets[at][1]
        elif reference in known:
            yield held, known[reference]


def _widgets(both: Both, old: Field, new: Field) -> Iterator[Finding]:
    """A field may not gain or lose places where it shows."""
    then = {reference for reference, _ in old.widgets} - {old.reference}
    now = {reference for reference, _ in new.widgets} - {new.reference}
    if then != now:
        yield Finding(Kind.FORM_FIELD, f"field {old.name}/Kids", str(len(then)), str(len(now)), field=old.name)


def _resources(both: Both, old: generic.PdfObject, new: generic.PdfObject) -> Iterator[Finding]:
    """Resources may be added for new values; those that were there stay what they were."""
    held, now = dictionary(both.old(old)), dictionary(both.new(new))
    added = False
    for kind in sorted({*held, *now}):
        if kind not in _USED:
            added = added or bool(both.differences(raw(held, kind), raw(now, kind), kind))
            continue
        one, other = both.old(raw(held, kind)), both.new(raw(now, kind))
        if not isinstance(one, generic.DictionaryObject) or not isinstance(other, generic.DictionaryObject):
            changed = not isinstance(one, generic.NullObject) and bool(both.differences(one, other, kind))
            added = added or isinstance(one, generic.NullObject)
            if changed:
                yield Finding(Kind.FORM_SETTING, f"form /DR{kind}", described(one), described(other))
            continue
        for key in sorted({*one, *other}):
            if key not in one:
                added = True
            elif found := both.differences(raw(one, key), raw(other, key), f"form /DR{kind}{key}"):
                yield Finding(Kind.FORM_SETTING, found[0].path, described(found[0].before), described(found[0].after))
    if added:
        yield Finding(Kind.FORM_RESOURCES, "form /DR")
