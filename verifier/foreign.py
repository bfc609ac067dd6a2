"""Judge a signed PDF that is not one of our own proofs: each signature and time stamp by the same numbered steps.

Containers have been judged on their own bytes (steps 4 to 6, `verifier.containers`); here come the differences (7), the
level (8), the AdES process (9), and the answer for each signature (10).
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader

from verifier import algorithms, containers, levels, material, overlap, structure
from verifier.ades import FAILED, INDETERMINATE, PASSED, Answer, Cover, Walk
from verifier.case import Case
from verifier.containers import FAILURES, Signed
from verifier.envelope import Envelope, ill_formed
from verifier.findings import Weight
from verifier.report import Check, Outcome, Report, SignatureReport, Signer, Verdict
from verifier.sentences import check as line
from verifier.sentences import clause
from verifier.signers import signer_of

_WEIGHTY = ("digest", "signature-value")
_WARNINGS = ("stamp-chain",)
"""That an authority is not established leaves a time open and is not the answer by itself."""


@dataclass(frozen=True)
class Proof:
    """A trusted time stamp: what it shows to have existed, and since when."""

    time: datetime
    authority: Signer | None
    revision: int = 0
    """Number of the revision up to which a document time stamp covers the file."""


def judge(case: Case, reader: PdfFileReader, signed: Sequence[Signed], trusted: Sequence[x509.Certificate]) -> Walk:
    """Complete the report of every signature of the case; return the walk, for what else is to be asked of the chains."""
    held = material.gather(reader)
    for one in signed:
        containers.with_certificates(one, case.raw, list(held.certificates.values()))
    revisions = [_revision(reader, one) for one in signed]
    for one, revision in zip(signed, revisions, strict=True):
        for source in _envelopes(one):
            held.add_container(source, revision)
    walk = Walk(trusted, held, case.now, case.fetched)
    proofs = _documents(walk, signed, revisions)
    overlapping = overlap.pages_with(reader)
    for position, one in enumerate(signed):
        after = [(each, revision) for each, revision in list(zip(signed, revisions, strict=True))[position + 1 :]]
        level = _level(one, walk, [pair for pair in after if pair[0].is_time_stamp])
        report = replace(case.signatures[position], level=level, intact=one.intact)
        report = _changed(report, one, overlapping)
        case.signatures[position] = _safely(report, walk, one, [proofs.get(id(each)) for each, _ in after])
    return walk


def _safely(report: SignatureReport, walk: Walk, one: Signed, later: Sequence[Proof | None]) -> SignatureReport:
    """Complete one report; a signature on which the libraries stumble stays open, and hides no other."""
    try:
        return _answered(report, walk, one, later)
    except MemoryError:
        raise
    except Exception as fault:  # the libraries let ValueError, KeyError, TypeError and their own errors through
        doubt = line("unsupported", Outcome.UNKNOWN, f"{type(fault).__name__}: {fault}"[:300])
        checks, indication = (*report.checks, doubt), FAILED if one.failed else INDETERMINATE
        sub_indication = FAILURES.get(one.failed, "GENERIC")
        return replace(report, checks=checks, indication=indication, sub_indication=sub_indication)


def _envelopes(one: Signed) -> list[Envelope]:
    return [each for each in (one.envelope, *(stamp.envelope for stamp in one.stamps)) if each is not None]


def _revision(reader: PdfFileReader, one: Signed) -> int:
    """Return the number of the revision that introduced a signature; the last one where that cannot be told."""
    if one.field.value is not None:
        with suppress(KeyError, IndexError):  # no table names it
            return int(reader.xrefs.get_introducing_revision(one.field.value))
    return reader.total_revisions - 1


def _level(one: Signed, walk: Walk, later: Sequence[tuple[Signed, int]]) -> str:
    # (8)
    if one.envelope is None or one.is_time_stamp:
        return "unknown" if one.envelope is None else ""
    documents = [
        levels.DocumentStamp(each.envelope, revision, each.field.subfilter == "/ETSI.RFC3161")
        for each, revision in later
        if each.envelope is not None
    ]
    stamps = [stamp.envelope for stamp in one.stamps]
    try:
        return levels.of(
            one.field,
            one.envelope,
            walk.material,
            stamps=stamps,
            documents=documents,
            anchors={each.public_bytes(Encoding.DER) for each in walk.anchors},
        )
    except MemoryError:
        raise
    except Exception:  # attributes that cannot be read make no level
        return levels.NOT_ETSI


def _documents(walk: Walk, signed: Sequence[Signed], revisions: Sequence[int]) -> dict[int, Proof]:
    """Judge the document time stamps from the last to the first, each at the time that a later one proves (5.6.2.4)."""
    proofs: dict[int, Proof] = {}
    moment, proven = walk.now, False
    for one, revision in reversed(list(zip(signed, revisions, strict=True))):
        if not one.is_time_stamp or one.time is None or one.failed:
            continue
        answer = _stamp_answer(walk, one.envelope, one, moment, proven)
        if answer.passed and one.envelope is not None:
            proofs[id(one)] = Proof(one.time, signer_of(one.envelope.certificate), revision)
            moment, proven = min(moment, one.time), True
    return proofs


def _stamp_answer(
    walk: Walk, token: Envelope | None, one: Signed | containers.Stamp, moment: datetime, proven: bool
) -> Answer:
    if token is None or token.certificate is None:
        return Answer(INDETERMINATE, "NO_SIGNING_CERTIFICATE_FOUND")
    made = one.judged.made if one.judged is not None else None
    if made is None or one.judged is None:
        return Answer(INDETERMINATE, "GENERIC")
    if moment >= algorithms.end_of(made, one.judged.digest_algorithm):
        return Answer(INDETERMINATE, "CRYPTO_CONSTRAINTS_FAILURE_NO_POE", made.name)
    if one.time is None:
        return Answer(INDETERMINATE, "NO_POE")
    return walk.stamper(token.certificate, one.time, moment, proven=proven)


def _changed(report: SignatureReport, one: Signed, overlapping: Sequence[int]) -> SignatureReport:
    # (7)
    found = one.changes
    outcome = found.outcome
    checks = list(one.checks)
    if odd := "; ".join(filter(None, map(ill_formed, _envelopes(one)))):
        checks.append(line("well-formed", Outcome.UNKNOWN, odd))
    kinds = ", ".join(dict.fromkeys(each.kind.value for each in found.findings))
    if outcome is Weight.CONTENT:
        state = Outcome.UNKNOWN if found.permitted else Outcome.FAILED
        checks.append(line("content-added" if found.permitted else "content-changed", state, kinds))
    else:
        state = Outcome.UNKNOWN if outcome is Weight.UNKNOWN else Outcome.PASSED
        checks.append(line("content-changed", state, kinds))
    if overlapping and not one.is_time_stamp:
        pages = ", ".join(map(str, overlapping[:20]))
        checks.append(line("annotations-overlap", Outcome.SKIPPED, f"pages {pages}"))
    return replace(report, checks=tuple(checks))


def _answered(report: SignatureReport, walk: Walk, one: Signed, later: Sequence[Proof | None]) -> SignatureReport:
    # (9) (10)
    proofs = [each for each in later if each is not None]
    existed = min((each.time for each in proofs), default=None)
    checks = list(report.checks)
    if one.is_time_stamp:
        own: Proof | None = None
        moment, proven = existed or walk.now, existed is not None
    else:
        own = _own(walk, one, existed, checks)
        moment = min([each.time for each in (own, *proofs) if each is not None], default=walk.now)
        proven = own is not None or existed is not None
    best = min((each for each in (own, *proofs) if each is not None), key=lambda each: each.time, default=None)
    certificate = one.envelope.certificate if one.envelope is not None else None
    chain = walk.path(certificate) if certificate is not None else ()
    answer = _process(walk, one, moment, proven, proofs)
    if one.failed == "" and one.intact:
        checks.append(_chain_line(answer, bool(chain)))
    indication, sub_indication = _combined(one, report, answer)
    stamped = one.is_time_stamp and indication == PASSED
    return replace(
        report,
        checks=tuple(checks),
        signer=report.signer or signer_of(certificate),
        trusted=bool(chain) if certificate is not None else None,
        chain=tuple(each for each in map(signer_of, chain) if each is not None),
        best_time=one.time if stamped else best.time if best is not None and not one.is_time_stamp else None,
        stamped_by=best.authority if best is not None and not one.is_time_stamp else None,
        indication=indication,
        sub_indication=sub_indication,
    )


def _own(walk: Walk, one: Signed, existed: datetime | None, checks: list[Check]) -> Proof | None:
    """Return the earliest trusted time stamp of the signature itself, judged when a later one shows it to have existed."""
    found = []
    for stamp in one.stamps:
        if stamp.time is None:
            continue
        answer = _stamp_answer(walk, stamp.envelope, stamp, existed or walk.now, existed is not None)
        if answer.passed:
            found.append(Proof(stamp.time, signer_of(stamp.envelope.certificate)))
        else:
            detail = f"{stamp.time:%Y-%m-%dT%H:%M:%SZ}: {answer.sub_indication}: {answer.detail}"
            checks.append(line("stamp-chain", Outcome.UNKNOWN, detail))
    return min(found, key=lambda each: each.time, default=None)


def _process(walk: Walk, one: Signed, moment: datetime, proven: bool, proofs: Sequence[Proof]) -> Answer:
    """The AdES process on a signature whose container holds."""
    if one.envelope is None or one.judged is None:
        return Answer(INDETERMINATE, "FORMAT_FAILURE" if one.envelope is None else "GENERIC")
    if one.envelope.certificate is None or one.judged.made is None:
        return Answer(INDETERMINATE, "NO_SIGNING_CERTIFICATE_FOUND")
    if algorithms.mismatched(one.judged.made, one.judged.digest_algorithm):
        return Answer(
            INDETERMINATE, "CRYPTO_CONSTRAINTS_FAILURE", f"{one.judged.made.name} {one.judged.digest_algorithm}"
        )
    if one.is_time_stamp:
        return _stamp_answer(walk, one.envelope, one, moment, proven)
    chain = walk.signer(
        one.envelope.certificate,
        moment,
        proven=proven,
        covers=[Cover(each.time, each.revision) for each in proofs],
    )
    weak = containers.weak_since(one)
    if weak is not None and moment >= weak[0] and chain.indication != FAILED and chain.path:
        return Answer(INDETERMINATE, "CRYPTO_CONSTRAINTS_FAILURE_NO_POE", weak[1], chain.path)
    return chain


def _chain_line(answer: Answer, reached: bool) -> Check:
    if answer.passed:
        return line("signer-chain", Outcome.PASSED)
    detail = f"{answer.sub_indication}: {answer.detail}"
    outcome = Outcome.FAILED if answer.indication == FAILED else Outcome.UNKNOWN
    return line("signer-validity" if reached else "signer-chain", outcome, detail)


def _combined(one: Signed, report: SignatureReport, answer: Answer) -> tuple[str, str]:
    """A failed rule of the container, then changed content, then the process (verdict of one signature)."""
    if one.failed:
        return FAILED, FAILURES.get(one.failed, "FORMAT_FAILURE")
    if report.changes == "content" and not report.permitted and not one.is_time_stamp:
        return FAILED, "FORMAT_FAILURE"
    if one.intact is None:
        return INDETERMINATE, answer.sub_indication or "GENERIC"
    if any(each.code == "well-formed" for each in report.checks):
        return INDETERMINATE, "FORMAT_FAILURE"
    if one.stamps and one.time is None:  # it carries time stamps, and none was made over it
        return INDETERMINATE, "NO_POE"
    if answer.indication == FAILED:
        return FAILED, answer.sub_indication
    if not answer.passed:
        return INDETERMINATE, answer.sub_indication
    if report.changes in ("content", "unknown"):
        return INDETERMINATE, "GENERIC"
    return PASSED, ""


def conclude(case: Case) -> Report:
    """Answer for the whole file: VALID if each of its signatures is, and nothing else stands against it."""
    # (10)
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
    ranges = structure.scan(case.raw).byte_ranges
    if ranges > len(case.signatures):  # a signature was taken out of the form, and its signer with it
        case.checks.append(line("unreachable", Outcome.UNKNOWN, f"{ranges} /ByteRange, {len(case.signatures)} fields"))
        return case.report(Verdict.INDETERMINATE, "SIGNED_DATA_NOT_FOUND", *clause("unreachable", Outcome.UNKNOWN))
    case.checks.append(line("all-valid", Outcome.PASSED, f"{len(reports)}"))
    return case.report(Verdict.VALID, "", "", "")


def _softened(one: Check) -> Check:
    """Bytes after the end make a proof of ours none; of another file they only say that something could not be explained."""
    return line(one.code, Outcome.UNKNOWN, one.detail) if one.outcome is Outcome.FAILED else one


def _why(one: SignatureReport) -> tuple[str, Outcome]:
    """Return the rule of a signature that says most about its answer."""
    for outcome in (Outcome.FAILED, Outcome.UNKNOWN):
        codes = [each.code for each in one.checks if each.outcome is outcome and each.code not in _WARNINGS]
        weighty = [code for code in _WEIGHTY if code in codes]
        if weighty or codes:
            return next(iter(weighty or codes)), outcome
    return "unsupported", Outcome.UNKNOWN
