"""Judge a proof of our own: one seal certified "no changes", then archive time stamps, and what the proof says.

Containers have been judged on their own bytes (`verifier.containers`); here come the rules that only our proofs keep, and the
answer for the whole file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from cryptography import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESStatus

from verifier import containers, proof, revise, revocation, signature
from verifier.case import Case
from verifier.containers import Signed
from verifier.findings import Weight
from verifier.report import Outcome, Report, Verdict
from verifier.revisions import NotAnUpdate, revisions
from verifier.sentences import check as line
from verifier.sentences import clause
from verifier.structure import Covered, SignatureField

SEAL = revise.FIELD
"""Name of the seal's field, as `verifier.seal` writes it."""
HASH_FAILURE, SIG_CRYPTO_FAILURE, FORMAT_FAILURE = "HASH_FAILURE", "SIG_CRYPTO_FAILURE", "FORMAT_FAILURE"
_SUB_INDICATIONS = {"digest": HASH_FAILURE, "signature-value": SIG_CRYPTO_FAILURE}
_OF_THE_SEAL = ("level", "chain", "validity", "time", "revocation", "seal-time", "anchor")
"""Rules that rest on a seal whose bytes are those that it signed."""
_DOUBTS = {
    "algorithm": "CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
    "anchor": "CHAIN_CONSTRAINTS_FAILURE",
    "seal-time": "NO_POE",
    "level": "NO_POE",
    "revocation": "TRY_LATER",
}


def judge(
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
    case.note("encoding", *containers.exact(signed))
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
    if signed[position].intact is False:
        # whose seal it was, and since when, is not asked of bytes that it does not cover
        case.checks = [line(one.code, Outcome.SKIPPED) if one.code in _OF_THE_SEAL else one for one in case.checks]
    answer = case.trust
    case.signatures[position] = replace(
        case.signatures[position],
        level=level,
        changes=after,
        indication=answer.status.name if answer else "INDETERMINATE",
        sub_indication=answer.sub_indication if answer else "GENERIC",
        trusted=answer.anchor is not None if answer and signed[position].intact is not False else None,
        chain=answer.chain if answer else (),
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
