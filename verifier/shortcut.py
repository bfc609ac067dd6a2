"""The short way for a proof that is exactly as we write them, and in which nothing needs weighing.

Its page is drawn again, its revisions are written again around its containers (`verifier.rebuild`), the containers
are judged by strict code (`verifier.plain`), and it keeps the rules of what a proof says (`verifier.proof`). Where
all of that holds, the file is VALID, for a fraction of what the general judgement costs. Where anything does not, no
word is said: the general judgement is made from the beginning. The two never disagree on VALID; tests hold that over
genuine proofs and attacks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from pyhanko.sign.ades.report import AdESStatus

from verifier import cms, glance, page, plain, proof, rebuild, revise, signature, stamp, trust
from verifier.case import Case
from verifier.change_words import described
from verifier.findings import Finding, Kind
from verifier.report import Change, Check, Outcome, Report, SignatureReport, Verdict
from verifier.sentences import check as line
from verifier.sentences import clause
from verifier.signers import signer_named

SAMPLE = Path(__file__).with_name("sample")
"""A proof of an authority made up for it, and that authority's root."""
SAMPLED = datetime(2026, 4, 20, tzinfo=UTC)
"""An instant at which the sample is valid."""
LEVEL = "PAdES-BASELINE-LTA"
_STORE = "dictionary: /CRLs /Certs /Type"


def judge(case: Case, trusted: Sequence[x509.Certificate], policy: str | None) -> Report | None:
    """Return the report of a valid proof, or None where the short way does not lead to the end.

    What can fail comes before the drawing, which takes most of the time.
    """
    try:
        first = glance.first_revision(case.raw)
        case = replace(case, files=glance.files(first))
        report = _rest(case, first, trusted, policy)
        if report is None or report.statement is None:
            return None
        drawn = page.draw(report.statement, proof.attached(case.files))
    except (glance.NotRead, page.NotDrawn):
        return None
    return report if drawn == first else None


def rehearse(*, draw: bool) -> None:
    """Judge the sample, so that whatever the first judgement loads is there; its page only where `draw` says so.

    The typesetter starts threads, which no fork inherits: it is left to the process that will judge.
    """
    raw, root = (SAMPLE / "preuve.pdf").read_bytes(), (SAMPLE / "racine.pem").read_bytes()
    case, trusted = Case(raw, "", SAMPLED), trust.anchors([root])
    if draw:
        judge(case, trusted, None)
    else:
        first = glance.first_revision(raw)
        _rest(replace(case, files=glance.files(first)), first, trusted, None)


def _rest(case: Case, first: bytes, trusted: Sequence[x509.Certificate], policy: str | None) -> Report | None:
    """Judge all but whether the first revision is the page that the evidence calls for."""
    try:
        found = rebuild.rebuild(case.raw, first)
        judged = plain.judge(found, trusted, case.now)
    except (rebuild.NotRebuilt, plain.NotPlain):
        return None
    said = proof.examine(proof.Held(case.raw, None, case.files, judged.stamped.time, policy, first))
    anchor = trust.fingerprint(judged.path[-1])
    if said.statement is None or anchor != said.statement.issuer.anchor_sha256:
        return None
    return _report(case, found, judged, said, anchor) if all(_passed(one) for one in said.checks) else None


def _passed(one: Check) -> bool:
    return one.outcome is Outcome.PASSED or (one.outcome is Outcome.SKIPPED and one.code == "test")


def _report(case: Case, found: rebuild.Rebuilt, judged: plain.Judged, said: proof.Findings, anchor: str) -> Report:
    stamps = [revise.TIME_STAMP_FIELD.format(number) for number in range(1, len(judged.archived) + 1)]
    names = [revise.FIELD, *stamps]
    lines = (
        ("end-of-file", f"{1 + 2 * len(stamps) + 1} %%EOF, 0 bytes after the last"),
        *((code, "") for code in ("byte-range", "dictionary", "digest", "signature-value")),
        ("one-seal", ", ".join(names)),
        *((code, "") for code in ("container", "encoding", "certified")),
        ("later-revisions", f"{1 + 2 * len(stamps)} revisions after the drawn page"),
        ("level", LEVEL),
        ("chain", anchor),
        ("revocation", ""),
    )
    whole = replace(case, checks=[line(code, Outcome.PASSED, detail) for code, detail in lines])
    whole.checks += [*said.checks, line("anchor", Outcome.PASSED, anchor)]
    whole.statement, whole.log = said.statement, (said.log_index, said.log_size)
    whole.trust = signature.Trust(AdESStatus.PASSED, "", "", anchor, judged.stamped.time, archived=True)
    whole.signatures = [_seal(found, judged, stamps), *_stamps(judged, stamps)]
    test = clause("test", Outcome.PASSED) if said.statement is not None and said.statement.test else ("", "")
    return whole.report(Verdict.VALID, "", *test)


def _seal(found: rebuild.Rebuilt, judged: plain.Judged, stamps: list[str]) -> SignatureReport:
    return SignatureReport(
        field=revise.FIELD,
        kind="signature",
        intact=True,
        level=LEVEL,
        changes="benign",
        indication="PASSED",
        sub_indication="",
        signer=signer_named(judged.path[0]),
        best_time=judged.stamped.time,
        trusted=True,
        checks=_container(cms.DATA, detached=True),
        declared_time=datetime.strptime(found.when, "(D:%Y%m%d%H%M%S%z)"),
        stamped_by=signer_named(judged.stamped.path[0]),
        whole_file=False,
        chain=tuple(signer_named(one) for one in judged.path),
        found=_added(stamps),
        permitted=True,
    )


def _stamps(judged: plain.Judged, stamps: list[str]) -> list[SignatureReport]:
    return [
        SignatureReport(
            field=name,
            kind="timestamp",
            intact=True,
            level="unknown",
            changes="benign" if later else "none",
            indication="PASSED",
            sub_indication="",
            signer=signer_named(one.path[0]),
            best_time=one.time,
            trusted=None,
            checks=_container(stamp.TST_INFO, detached=False),
            whole_file=not later,
            found=_added(later),
            permitted=True,
        )
        for one, name, later in zip(
            judged.archived, stamps, (stamps[at:] for at in range(1, len(stamps) + 1)), strict=True
        )
    ]


def _container(type_: cms.Oid, *, detached: bool) -> tuple[Check, ...]:
    """The lines of one container, as `verifier.containers` writes them."""
    type_name = type_.dotted_string
    lines = {
        **dict.fromkeys(("byte-range", "dictionary", "container-readable", "digest", "signature-value"), ""),
        "one-signer": "1 signers",
        **({"detached": ""} if detached else {}),
        "attributes": f"['{type_name}'] for {type_name}, 1 digests",
        "signing-certificate": "",
        **({"time-stamp": ""} if detached else {}),
    }
    return tuple(line(code, Outcome.PASSED, detail) for code, detail in lines.items())


def _added(stamps: list[str]) -> tuple[Change, ...]:
    """What came after a signature: time stamps, and the validation data before them."""
    if not stamps:
        return ()
    findings = [Finding(Kind.TIME_STAMP, f"field {name}", after="/DocTimeStamp", field=name) for name in stamps]
    findings.append(Finding(Kind.DSS, "catalog /DSS", after=_STORE))
    return tuple(described(one) for one in findings)
