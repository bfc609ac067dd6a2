"""The signature containers of one file, each judged on its own bytes: coverage, digest, value, signer and stamped time."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import x509 as asn1_x509
from pyhanko.pdf_utils.reader import PdfFileReader

from verifier import algorithms, changes, cms, envelope, moments, structure
from verifier.case import Case
from verifier.change_words import told
from verifier.envelope import Envelope, Judged
from verifier.findings import Changes
from verifier.report import Check, Outcome, SignatureReport
from verifier.sentences import check as line
from verifier.signers import signer_of
from verifier.structure import WHITE, Covered, GapWrong, PdfBroken, SignatureField
from verifier.value import Unsupported

DETACHED = ("/ETSI.CAdES.detached", "/adbe.pkcs7.detached")
_MOST_TOLD, _LEAST_TOLD = 240, 8
"""Changes told one by one, in all and for each of many signatures: a report has to stay readable, and within its limit."""
_UNJUDGED = ("unsupported", "container-readable")
FAILURES = {
    "byte-range": "FORMAT_FAILURE",
    "dictionary": "FORMAT_FAILURE",
    "container-readable": "FORMAT_FAILURE",
    "digest": "HASH_FAILURE",
    "signature-value": "SIG_CRYPTO_FAILURE",
    "one-signer": "FORMAT_FAILURE",
    "detached": "FORMAT_FAILURE",
    "attributes": "FORMAT_FAILURE",
    "signing-certificate": "SIG_CONSTRAINTS_FAILURE",
}
"""Rules of a container, with the sub-indication of EN 319 102-1 for the one that fails."""


@dataclass(frozen=True)
class Stamp:
    """A signature time stamp inside a container."""

    envelope: Envelope
    judged: Judged
    time: datetime | None
    """None unless the token fits the signature value and its own value holds."""


@dataclass
class Signed:
    """One signature field with what its own bytes say."""

    field: SignatureField
    covered: Covered | None = None
    envelope: Envelope | None = None
    judged: Judged | None = None
    stamps: tuple[Stamp, ...] = ()
    changes: Changes = dataclasses.field(default_factory=Changes)
    """What came after it."""
    checks: list[Check] = dataclasses.field(default_factory=list)

    def note(self, code: str, passed: bool, detail: str = "") -> bool:
        self.checks.append(line(code, Outcome.PASSED if passed else Outcome.FAILED, detail))
        return passed

    @property
    def failed(self) -> str:
        """The failed rule that says most: a changed byte before what it may have broken; empty where none failed."""
        codes = [one.code for one in self.checks if one.outcome is Outcome.FAILED]
        weighty = [one for one in ("digest", "signature-value") if one in codes]
        return next(iter(weighty or codes), "")

    @property
    def intact(self) -> bool | None:
        """Whether the signed bytes match the signature; None where that could not be judged."""
        if self.covered is None:
            return False
        return None if self.judged is None else self.judged.digest and self.judged.value

    @property
    def is_time_stamp(self) -> bool:
        """A token is a time stamp whatever the dictionary says that it is."""
        return self.field.is_time_stamp or (
            self.envelope is not None and self.envelope.content_type == envelope.TST_INFO
        )

    @property
    def time(self) -> datetime | None:
        """The time that its own stamp says, or that it says as a document time stamp, once it fits what it stamps."""
        if self.envelope is None or not self.intact:
            return None
        if self.is_time_stamp:
            return envelope.stamped_at(self.envelope)
        return min((one.time for one in self.stamps if one.time is not None), default=None)


def judge(case: Case, reader: PdfFileReader, fields: Sequence[SignatureField]) -> list[Signed]:
    """Apply the gap rule and the rules of the container to every signature."""
    found = [_signed(case.raw, reader, one) for one in fields]
    room = max(_LEAST_TOLD, _MOST_TOLD // max(1, len(found)))
    case.signatures += [_report(case.raw, one, room) for one in found]
    for code in ("byte-range", "dictionary", "digest", "signature-value"):
        wrong = [
            f"{one.field.name}: {each.detail}" if each.detail else one.field.name
            for one in found
            for each in one.checks
            if each.code == code and each.outcome is Outcome.FAILED
        ]
        case.note(code, not wrong, "; ".join(wrong))
    unjudged = [
        f"{one.field.name}: {each.detail}"
        for one in found
        for each in one.checks
        if each.code in _UNJUDGED and each.outcome is Outcome.UNKNOWN
    ]
    if unjudged:
        case.checks.append(line("unsupported", Outcome.UNKNOWN, "; ".join(unjudged)))
    return found


def _signed(raw: bytes, reader: PdfFileReader, field: SignatureField) -> Signed:
    one = Signed(field)
    try:
        if field.dictionary is None:
            raise GapWrong(field.fault)
        covered = structure.covered(raw, field.dictionary)
        one.checks.append(line("byte-range", Outcome.PASSED))
        _revision(one, raw, reader, covered.end)
        container = covered.container
    except GapWrong as fault:
        one.changes = (
            changes.uncovered(field, str(fault)) if field.dictionary is not None else changes.unreadable(field)
        )
        one.checks = []
        one.note("byte-range", False, str(fault))
        return one
    one.covered = covered
    try:
        one.envelope = envelope.read(container)
        one.checks.append(line("container-readable", Outcome.PASSED))
        one.judged = envelope.judge(one.envelope, covered.octets(raw), field.subfilter)
    except envelope.Unreadable as fault:
        one.checks.append(line("container-readable", Outcome.UNKNOWN, str(fault)))
    except Unsupported as fault:
        one.checks.append(line("unsupported", Outcome.UNKNOWN, str(fault)))
    if one.envelope is not None and one.judged is not None:
        _rules(one, one.envelope, one.judged)
    return one


def _rules(one: Signed, held: Envelope, judged: Judged) -> None:
    try:
        _container(one, held, judged)
    except MemoryError:
        raise
    except Exception as fault:  # attributes that cannot be parsed name nothing
        one.note("attributes", False, f"{type(fault).__name__}: {fault}"[:300])


def _revision(one: Signed, raw: bytes, reader: PdfFileReader, end: int) -> None:
    """(6) and (7): the dictionary as it was when signed, and what came after; one reader at a time is kept."""
    if not raw[end:].strip(WHITE):  # the file is what was signed
        one.note("dictionary", True)
        return
    try:
        then = structure.signed_revision(raw, end)
    except PdfBroken as fault:
        one.note("dictionary", False, str(fault))
        one.changes = changes.unparsed(str(fault))
        return
    one.note("dictionary", structure.same(then, one.field))
    one.changes = changes.judge(reader, then, one.field, raw, end)


def _container(one: Signed, held: Envelope, judged: Judged) -> None:
    """The rules of one container (RFC 5652; EN 319 142-1, 6.3; ISO 32000-2, 12.8.3.3)."""
    if one.note("digest", judged.digest, judged.detail):
        one.note("signature-value", judged.value, judged.detail)
    elif not judged.value:
        one.note("signature-value", False, judged.detail)
    one.note("one-signer", held.signers == 1, f"{held.signers} signers")
    if one.field.subfilter in DETACHED and not one.is_time_stamp:
        one.note("detached", held.content is None)
    one.note("attributes", *_attributes(held))
    named = envelope.same_certificate(held) if judged.value else None
    if named is not None:
        one.note("signing-certificate", named)
    if not one.is_time_stamp:
        one.stamps = tuple(_stamp(held, octets) for octets in envelope.stamps(held))
        if one.stamps:
            fitting = any(each.time is not None for each in one.stamps)
            outcome = Outcome.PASSED if fitting else Outcome.UNKNOWN
            one.checks.append(line("time-stamp", outcome, "; ".join(each.judged.detail for each in one.stamps)))


def _attributes(held: Envelope) -> tuple[bool, str]:
    """Content type and message digest, each once, and the type that of the content (RFC 5652, 5.3 and 11)."""
    if len(held.info["signed_attrs"]) == 0:
        return held.content_type == envelope.DATA, "no signed attributes"
    types = [each.dotted for each in held.signed(envelope.CONTENT_TYPE)]
    digests = held.signed(envelope.MESSAGE_DIGEST)
    return types == [held.content_type] and len(
        digests
    ) == 1, f"{types} for {held.content_type}, {len(digests)} digests"


def _stamp(held: Envelope, octets: bytes) -> Stamp:
    try:
        token = envelope.read(octets, held.certificates)
    except envelope.Unreadable as fault:
        return Stamp(held, Judged(False, False, None, "", str(fault)), None)
    try:
        judged = envelope.judge(token, held.signature)
    except Unsupported as fault:
        return Stamp(token, Judged(False, False, None, "", str(fault)), None)
    fits = judged.digest and judged.value and envelope.same_certificate(token) is not False
    return Stamp(token, judged, envelope.stamped_at(token) if fits else None)


def _report(raw: bytes, one: Signed, room: int) -> SignatureReport:
    intact, certificate = one.intact, one.envelope.certificate if one.envelope else None
    authority = next((each.envelope.certificate for each in one.stamps if each.time is not None), None)
    return SignatureReport(
        field=one.field.name,
        kind="timestamp" if one.is_time_stamp else "signature",
        intact=intact,
        level="unknown",
        changes=one.changes.outcome.value,
        indication="" if intact is None else "PASSED" if intact else "FAILED",
        sub_indication="",
        signer=signer_of(certificate),
        best_time=one.time,
        trusted=None,
        checks=tuple(one.checks),
        declared_time=moments.of_pdf(one.field.dictionary, "/M")
        or (one.envelope.signing_time if one.envelope is not None else None),
        stamped_by=signer_of(authority),
        whole_file=None if one.covered is None else not raw[one.covered.end :].strip(WHITE),
        found=told(one.changes.findings, room),
        permitted=one.changes.permitted,
    )


def weak_since(one: Signed) -> tuple[datetime, str] | None:
    """Return when an algorithm of a signature ceased to be fit, with its name; None where none did."""
    if one.judged is None or one.judged.made is None:
        return None
    end = algorithms.end_of(one.judged.made, one.judged.digest_algorithm)
    return None if end is algorithms.NEVER else (end, f"{one.judged.made.name}, digest {one.judged.digest_algorithm}")


def with_certificates(one: Signed, raw: bytes, known: Sequence[asn1_x509.Certificate]) -> None:
    """Judge again a signature whose signer's certificate lies elsewhere in the file."""
    if one.covered is None or one.envelope is None or one.envelope.certificate is not None:
        return
    held = envelope.read(one.covered.container, known)
    if held.certificate is None:
        return
    try:
        judged = envelope.judge(held, one.covered.octets(raw), one.field.subfilter)
    except Unsupported:
        return
    one.envelope, one.judged = held, judged
    one.checks = [each for each in one.checks if each.code != "unsupported"]
    _container(one, held, judged)


def exact(signed: Sequence[Signed]) -> tuple[bool, str]:
    """Demand of each container, and of the token in it, that no byte be free (`verifier.cms.demand_exact`)."""
    for one in signed:
        if one.covered is None:
            continue
        try:
            for octets in (one.covered.container, *(envelope.stamps(one.envelope) if one.envelope else ())):
                cms.demand_exact(*cms.unwrap(octets), octets)
        except ValueError as fault:
            return False, f"{one.field.name}: {fault}"
    return True, ""


def of_seal(covered: Covered | None, seal: SignatureField) -> tuple[bool, str]:
    """Demand one signer, named by signing-certificate-v2, over content that lies outside (EN 319 142-1, 5.2, 6.3)."""
    if covered is None or seal.subfilter != "/ETSI.CAdES.detached":
        return False, f"got {seal.subfilter or 'no SubFilter'}, expected /ETSI.CAdES.detached"
    try:
        data, signer = cms.unwrap(covered.container)
        cms.signer_certificate(data, signer)
    except ValueError as fault:
        return False, str(fault)
    detached = data.content.content is None and data.content.type == cms.DATA
    return detached, "" if detached else "got a container that holds content, expected a detached one"
