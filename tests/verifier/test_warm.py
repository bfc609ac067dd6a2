"""The process that stays warm: the same answers, the same limits, and a death that costs one start."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests import attacks
from tests.proofs import ACT, Service
from verifier import sandbox
from verifier.confine import Limits
from verifier.report import Report, Verdict
from verifier.warm import WarmSandbox

NOW = ACT + timedelta(days=1)


@pytest.fixture
def warm() -> Iterator[WarmSandbox]:
    with WarmSandbox() as one:
        yield one


def judged(warm: WarmSandbox, raw: bytes, *anchors: bytes) -> Report:
    return warm.judge(raw, anchors=anchors, now=NOW, name="preuve.pdf")


def test_a_warm_child_gives_the_same_report_as_a_cold_one(warm: WarmSandbox, proof: bytes, service: Service) -> None:
    cold = sandbox.judge(proof, anchors=[service.anchor], now=NOW, name="preuve.pdf")
    assert [judged(warm, proof, service.anchor) for _ in range(3)] == [cold] * 3


def test_a_bomb_leaves_the_next_file_unharmed(warm: WarmSandbox, proof: bytes, service: Service) -> None:
    for name, raw in attacks.bombs():
        assert judged(warm, raw).verdict is not Verdict.VALID, name
        assert judged(warm, proof, service.anchor).verdict is Verdict.VALID, name


def test_each_fork_has_limits_of_its_own(proof: bytes) -> None:
    for limits, said in ((Limits(wall=0.01), "wall clock"), (Limits(answer=100), "answer: more than 100 bytes")):
        with WarmSandbox(limits) as warm:
            judged(warm, proof)
            report = judged(warm, proof)
            assert report.verdict is Verdict.UNREADABLE
            assert said in report.checks[-1].detail


def test_a_process_that_died_is_started_again(warm: WarmSandbox, proof: bytes, service: Service) -> None:
    assert judged(warm, proof, service.anchor).verdict is Verdict.VALID
    assert warm._process is not None
    os.killpg(warm._process.pid, signal.SIGKILL)
    assert judged(warm, proof, service.anchor).verdict is Verdict.VALID


def test_a_file_too_large_or_no_pdf_reaches_no_child(warm: WarmSandbox) -> None:
    assert judged(warm, b"<html>").checks[0].code == "not-a-pdf"
    assert warm._process is None
