"""Judge one signed PDF, a proof of a Lettre Suivie Électronique or any other, offline, by numbered steps.

The answer separates what the bytes prove (they are those that were sealed) from whom they come from (an authority that the
caller trusts): a genuine proof without its root is INDETERMINATE, a changed one is INVALID whoever is trusted. Hostile files
belong in the child process of `verifier.sandbox`, which calls this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from cryptography import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESStatus

from verifier import containers, foreign, page, proof, revocation, signature, structure, trust
from verifier.ades import FAILED, PASSED
from verifier.case import Case
from verifier.change_words import described
from verifier.containers import Signed
from verifier.embedded import EmbeddedUnreadable, embedded_files
from verifier.fetched import parsed
from verifier.findings import Weight
from verifier.report import Check, Outcome, Report, SignatureReport, Verdict
from verifier.revisions import NotAnUpdate, revisions
from verifier.sentences import check as line
from verifier.sentences import clause
from verifier.structure import Covered, PdfBroken, SignatureField

# The steps, in order; the code below carries the same numbers.
#  (1) raw bytes: a PDF, nothing after its end
#  (2) lenient parse under decoding limits; an encrypted file opens with the empty password or not at all
#  (3) signature fields, each dictionary once, in the order of signing
#  (4) gap rule for each: it covers all of its revision but its own value
#  (5) containers: one signer, content outside, attributes in order, digest, value, the signer's certificate named
#  (6) each dictionary the same as when it was signed
#  (7) differences: what came after each signature (`verifier.changes`)
#  (8) level (`verifier.levels`)
#  (9) AdES process on pinned anchors at the best time of each signature, nothing fetched (`verifier.foreign`)
# (10) combine
# A proof of our own goes another way from (7): certified "no changes" (DocMDP 1), later revisions by allow-list, B-LTA, one
# seal else time stamps, and the rules of what it says: evidence, page, deadline, journal, anchor.

SEAL = "LSE-Seal"
"""Name of the seal's field, as `verifier.seal` writes it."""
HASH_FAILURE, SIG_CRYPTO_FAILURE, FORMAT_FAILURE = "HASH_FAILURE", "SIG_CRYPTO_FAILURE", "FORMAT_FAILURE"
_SUB_INDICATIONS = {"digest": HASH_FAILURE, "signature-value": SIG_CRYPTO_FAILURE}
_WARNINGS = ("time-stamp", "stamp-chain")
"""Doubts about a signature's own time stamp leave its time open and are not the answer by themselves."""
_DOUBTS = {
    "algorithm": "CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
    "anchor": "CHAIN_CONSTRAINTS_FAILURE",
    "seal-time": "NO_POE",
    "level": "NO_POE",
    "revocation": "TRY_LATER",
}


def check(
    raw: bytes,
    *,
    anchors: Sequence[bytes],
    now: datetime,
    name: str = "",
    policy: str | None = None,
    revocation_data: Sequence[bytes] = (),
) -> Report:
    """Judge the bytes of one file at `now` (aware UTC).

    `anchors` are trusted certificates in PEM or DER; `policy` is a journal policy (C2SP tlog-policy) that replaces the one
    inside the proof; `revocation_data` are lists and OCSP responses in DER, for files that do not carry theirs.
    Raises `verifier.trust.AnchorUnreadable`, never anything about the file.
    """
    trusted = trust.anchors(anchors)
    case = Case(raw, name, now, fetched=parsed(revocation_data))
    # (1)
    if structure.MAGIC not in raw[:1024]:
        return case.end(Verdict.UNREADABLE, "", "not-a-pdf")
    scan = structure.scan(raw)
    case.note("end-of-file", scan.trailing == 0, f"{scan.ends} %%EOF, {scan.trailing} bytes after the last")
    # (2)
    try:
        reader = structure.open_pdf(raw)
        encrypted = structure.is_encrypted(reader)
        if encrypted and not structure.unlocked(reader):
            return case.end(Verdict.INDETERMINATE, "FORMAT_FAILURE", "locked")
        # (3)
        fields = structure.signature_fields(reader)
    except PdfBroken as fault:
        return _broken(case, scan, str(fault), trusted)
    try:
        case.files = embedded_files(reader)
    except EmbeddedUnreadable as fault:
        case.note("attachments", False, str(fault))
    if not fields:
        return _unsigned(case, scan)
    claims = any(one.name == SEAL for one in fields) or _claims(case)
    if claims and encrypted:
        return case.end(Verdict.INDETERMINATE, "FORMAT_FAILURE", "encrypted")
    # (4) (5) (6)
    signed = containers.judge(case, reader, fields if claims else structure.in_order(fields))
    if not claims:
        return _foreign(case, reader, signed, trusted)
    return _proof(case, reader, signed, trusted, policy)


def _broken(case: Case, scan: structure.Scan, detail: str, trusted: Sequence[x509.Certificate]) -> Report:
    """Look for signatures in a file whose tables are broken: they are reported, and never make it VALID.

    A proof of our own is written whole: one with broken tables was changed.
    """
    if scan.byte_ranges:
        try:
            reader = structure.salvaged(case.raw)
            fields = structure.in_order(structure.signature_fields(reader))
        except PdfBroken:
            fields = []
        if fields and SEAL.encode() not in case.raw and not _claims_in(case, reader):
            case.checks.append(line("repaired", Outcome.UNKNOWN, detail))
            return _foreign(case, reader, containers.judge(case, reader, fields), trusted)
    if scan.byte_ranges:
        return case.end(Verdict.INVALID, FORMAT_FAILURE, "structure", detail)
    return case.end(Verdict.UNREADABLE, "", "structure", detail)


def _claims_in(case: Case, reader: PdfFileReader) -> bool:
    try:
        case.files = embedded_files(reader)
    except EmbeddedUnreadable:
        return False
    return _claims(case)


def _claims(case: Case) -> bool:
    return any(one.name == page.EVIDENCE_NAME for one in case.files)


def _unsigned(case: Case, scan: structure.Scan) -> Report:
    if _claims(case):
        return case.end(Verdict.INVALID, FORMAT_FAILURE, "stripped")
    if scan.byte_ranges:
        return case.end(Verdict.INDETERMINATE, "SIGNED_DATA_NOT_FOUND", "unreachable")
    return case.end(Verdict.INDETERMINATE, "SIGNED_DATA_NOT_FOUND", "unsigned")


def _foreign(
    case: Case, reader: PdfFileReader, signed: Sequence[Signed], trusted: Sequence[x509.Certificate]
) -> Report:
    """Answer for a signed PDF that is not one of ours: VALID if each of its signatures is."""
    foreign.judge(case, reader, signed, trusted)
    reports = [one for one in case.signatures if one.kind == "signature"] or case.signatures
    if scan_fault := next((one for one in case.checks if one.code == "end-of-file"), None):
        case.checks[case.checks.index(scan_fault)] = _softened(scan_fault)
    broken = [one for one in case.signatures if one.indication == FAILED]
    open_ones = [one for one in reports if one.indication != PASSED]
    for indication, found in ((Verdict.INVALID, broken), (Verdict.INDETERMINATE, open_ones)):
        if found:
            code, outcome = _why(found[0])
            return case.report(indication, found[0].sub_indication or "GENERIC", *clause(code, outcome))
    if any(one.changes in ("content", "unknown") for one in reports):
        return case.report(Verdict.INDETERMINATE, "GENERIC", *clause("content-changed", Outcome.UNKNOWN))
    if any(one.outcome is not Outcome.PASSED for one in case.checks if one.code == "end-of-file"):
        return case.report(Verdict.INDETERMINATE, "FORMAT_FAILURE", *clause("end-of-file", Outcome.UNKNOWN))
    if any(one.code == "repaired" for one in case.checks):
        return case.report(Verdict.INDETERMINATE, "FORMAT_FAILURE", *clause("repaired", Outcome.UNKNOWN))
    case.checks.append(line("all-valid", Outcome.PASSED, f"{len(reports)}"))
    return case.report(Verdict.VALID, "", "", "")


def _softened(one: Check) -> Check:
    """Bytes after the end make a proof of ours none; of another file they only say that something could not be explained."""
    return line(one.code, Outcome.UNKNOWN, one.detail) if one.outcome is Outcome.FAILED else one


def _why(one: SignatureReport) -> tuple[str, Outcome]:
    """Return the rule of a signature that says most about its answer."""
    for outcome in (Outcome.FAILED, Outcome.UNKNOWN):
        codes = [each.code for each in one.checks if each.outcome is outcome and each.code not in _WARNINGS]
        weighty = [code for code in _SUB_INDICATIONS if code in codes]
        if weighty or codes:
            return next(iter(weighty or codes)), outcome
    return "unsupported", Outcome.UNKNOWN


def _proof(
    case: Case,
    reader: PdfFileReader,
    signed: Sequence[Signed],
    trusted: Sequence[x509.Certificate],
    policy: str | None,
) -> Report:
    fields = [one.field for one in signed]
    covers = {one.field.name: one.covered for one in signed if one.covered is not None}
    seals = [one for one in fields if one.name == SEAL and not one.is_time_stamp]
    alone = len(seals) == 1 and all(one.is_time_stamp for one in fields if one.name != SEAL)
    if not case.note("one-seal", alone, ", ".join(one.name for one in fields)) or not seals:
        return _combine(case)
    seal = seals[0]
    position = fields.index(seal)
    case.note("container", *containers.of_seal(covers.get(seal.name), seal))
    case.note("certified", signature.docmdp(reader, seal) == 1)
    # (7)
    after = _later_revisions(case, reader, signed[position])
    # (8)
    level = _level(reader, seal, fields, case.signatures[position].best_time)
    enough = level == "PAdES-BASELINE-LTA"
    case.checks.append(line("level", Outcome.PASSED if enough else Outcome.UNKNOWN, level))
    # (9)
    _algorithms(case, signed)
    _chain(case, reader, seal, trusted)
    _revocation(case, reader, fields, covers, trusted)
    stamped_at = case.signatures[position].best_time
    findings = proof.examine(proof.Held(case.raw, reader, case.files, stamped_at, policy))
    case.checks += findings.checks
    case.statement, case.log = findings.statement, (findings.log_index, findings.log_size)
    _anchor(case)
    answer = case.trust
    case.signatures[position] = replace(
        case.signatures[position],
        level=level,
        changes=after,
        found=tuple(described(each) for each in signed[position].changes.findings),
        permitted=signed[position].changes.permitted,
        indication=answer.status.name if answer else "INDETERMINATE",
        sub_indication=answer.sub_indication if answer else "GENERIC",
        trusted=answer.anchor is not None if answer else None,
    )
    return _combine(case)


def _later_revisions(case: Case, reader: PdfFileReader, sealed: Signed) -> str:
    seal = sealed.field
    try:
        added = revisions(reader, sealed_by=SEAL)
    except NotAnUpdate as fault:
        case.note("later-revisions", False, str(fault))
        return "content"
    outcome = sealed.changes.outcome
    after = "content" if outcome in (Weight.CONTENT, Weight.UNKNOWN) else outcome.value
    first = added[0].fields[0]
    is_seal = seal.value is not None and (first.idnum, first.generation) == (seal.value.idnum, seal.value.generation)
    case.note("later-revisions", is_seal and after != "content", f"{len(added)} revisions after the drawn page")
    return after if is_seal else "content"


def _level(
    reader: PdfFileReader, seal: SignatureField, fields: Sequence[SignatureField], stamped_at: datetime | None
) -> str:
    """Return the PAdES baseline level that the structure shows (EN 319 142-1, 6)."""
    if stamped_at is None:
        return "PAdES-BASELINE-B"
    if "/DSS" not in reader.root:
        return "PAdES-BASELINE-T"
    archived = any(one.subfilter == "/ETSI.RFC3161" for one in fields if one is not seal)
    return "PAdES-BASELINE-LTA" if archived else "PAdES-BASELINE-LT"


def _algorithms(case: Case, signed: Sequence[Signed]) -> None:
    """No algorithm of a signature was too weak when it is proven to have existed (ETSI TS 119 312)."""
    for one in signed:
        weak = containers.weak_since(one)
        if weak is not None and (one.time or case.now) >= weak[0]:
            case.checks.append(line("algorithm", Outcome.UNKNOWN, f"{one.field.name}: {weak[1]}"))


def _chain(case: Case, reader: PdfFileReader, seal: SignatureField, trusted: Sequence[x509.Certificate]) -> None:
    try:
        case.trust = signature.judge(reader, seal, trusted, case.now)
    except signature.Unsupported as fault:
        case.checks.append(line("chain", Outcome.UNKNOWN, str(fault)))
        return
    answer = case.trust
    outcome = {AdESStatus.PASSED: Outcome.PASSED, AdESStatus.FAILED: Outcome.FAILED}.get(answer.status, Outcome.UNKNOWN)
    # a chain that ends at no anchor, and one that cannot be shown to have been valid then, are two answers
    untrusted = outcome is not Outcome.UNKNOWN or answer.sub_indication == "NO_CERTIFICATE_CHAIN_FOUND"
    code = "chain" if untrusted else "validity"
    case.checks.append(line(code, outcome, answer.anchor or f"{answer.sub_indication}: {answer.detail}"))
    if outcome is Outcome.PASSED and answer.best_time is None:
        case.checks.append(line("time", Outcome.UNKNOWN))


def _revocation(
    case: Case,
    reader: PdfFileReader,
    fields: Sequence[SignatureField],
    covers: dict[str, Covered],
    trusted: Sequence[x509.Certificate],
) -> None:
    """A list was in force for the seal, and for each archive time stamp, at the time that each was stamped."""
    held, issuers = revocation.lists(reader), [*revocation.certificates(reader), *trusted]
    for one, report in zip(fields, case.signatures, strict=True):
        signer = revocation.signer(covers[one.name].container) if one.name in covers else None
        moment = report.best_time
        if signer is None or moment is None or not revocation.in_force(signer, moment, held, issuers):
            case.checks.append(line("revocation", Outcome.UNKNOWN, one.name))
            return
    case.checks.append(line("revocation", Outcome.PASSED))


def _anchor(case: Case) -> None:
    """The anchor that was reached is the one whose fingerprint the proof prints."""
    reached = case.trust.anchor if case.trust else None
    if case.statement is None or reached is None:
        return
    stated = case.statement.issuer.anchor_sha256
    same = reached == stated
    detail = reached if same else f"got {reached}, expected {stated}"
    case.checks.append(line("anchor", Outcome.PASSED if same else Outcome.UNKNOWN, detail))


def _combine(case: Case) -> Report:
    # (10)
    failed = _first_failure(case)
    if failed == "chain" and case.trust is not None:
        return case.report(Verdict.INVALID, case.trust.sub_indication, *clause(failed, Outcome.FAILED))
    if failed is not None:
        sub_indication = _SUB_INDICATIONS.get(failed, FORMAT_FAILURE)
        return case.report(Verdict.INVALID, sub_indication, *clause(failed, Outcome.FAILED))
    unknown = next((one.code for one in case.checks if one.outcome is Outcome.UNKNOWN), None)
    if unknown is not None:
        sub_indication = _DOUBTS.get(unknown, "GENERIC")
        if unknown in ("chain", "validity") and case.trust is not None:
            sub_indication = case.trust.sub_indication
        return case.report(Verdict.INDETERMINATE, sub_indication, *clause(unknown, Outcome.UNKNOWN))
    if case.statement is None or case.trust is None:
        return case.end(Verdict.INDETERMINATE, "GENERIC", "not-ours")
    # an instance without value says so first; what the cryptography says of its proofs stays
    test = clause("test", Outcome.PASSED) if case.statement.test else ("", "")
    return case.report(Verdict.VALID, "", *test)


def _first_failure(case: Case) -> str | None:
    """Return the failed rule that says most: a changed byte before what it may have broken."""
    failed = [one.code for one in case.checks if one.outcome is Outcome.FAILED]
    weighty = [code for code in _SUB_INDICATIONS if code in failed]
    return next(iter(weighty or failed), None)
