"""The verdict: three values and one more, no truth value, and the same on both sides of a process boundary."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.verifier.test_statement import HEX, sample
from verifier.report import Check, Outcome, Report, SignatureReport, Signer, Verdict
from verifier.statement import ProofKind

AT = datetime(2026, 4, 14, 4, 39, 5, tzinfo=UTC)
CHECK = Check("byte-range-gap", Outcome.PASSED, "Rien n’échappe au sceau.", "The seal leaves nothing out.", "0 1 2 3")
SIGNER = Signer("CN=Sceau", "CN=Racine", "0a", HEX, AT, AT.replace(year=2027))
SEAL = SignatureReport(
    "Sceau", "signature", True, "PAdES-BASELINE-LTA", "none", "TOTAL-PASSED", "", SIGNER, AT, True, (CHECK,)
)
REPORT = Report(
    Verdict.VALID, "", "", "", "preuve.pdf", 42, HEX, AT, "lse-verify 0.1.0",
    checks=(CHECK, replace(CHECK, outcome=Outcome.UNKNOWN)),
    signatures=(SEAL, replace(SEAL, signer=None, best_time=None, intact=None, trusted=None, checks=())),
    statement=sample(ProofKind.RECEIPT), proven_at=AT, anchor_sha256=HEX, log_index=0, log_size=1,
    attachments=(("evidence.json", 7, HEX),),
)  # fmt: skip
BARE = Report(Verdict.UNREADABLE, "", "trop long", "too long", "x", 0, HEX, AT, "lse-verify 0.1.0")


@pytest.mark.parametrize("verdict", Verdict)
def test_a_report_has_no_truth_value(verdict: Verdict) -> None:
    with pytest.raises(TypeError, match="three answers"):
        bool(replace(BARE, verdict=verdict))


def test_each_verdict_has_its_exit_code_and_its_indication() -> None:
    assert {verdict: (verdict.exit_code, verdict.indication) for verdict in Verdict} == {
        Verdict.VALID: (0, "TOTAL-PASSED"),
        Verdict.INVALID: (1, "TOTAL-FAILED"),
        Verdict.INDETERMINATE: (2, "INDETERMINATE"),
        Verdict.UNREADABLE: (3, None),
    }


@pytest.mark.parametrize("report", [REPORT, BARE])
def test_a_report_crosses_to_another_process_whole(report: Report) -> None:
    assert Report.from_dict(json.loads(json.dumps(report.to_dict()))) == report


def test_a_report_that_lacks_a_part_is_not_guessed_at() -> None:
    for name in REPORT.to_dict():
        if name not in ("indication",):
            data = REPORT.to_dict()
            del data[name]
            with pytest.raises(KeyError):
                Report.from_dict(data)
    with pytest.raises(ValueError, match="checked_at is missing"):
        Report.from_dict({**REPORT.to_dict(), "checked_at": None})
    with pytest.raises(ValueError):
        Report.from_dict({**REPORT.to_dict(), "verdict": "FINE"})
