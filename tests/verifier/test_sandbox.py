"""The child that reads hostile files: what it may cost, where it may not go, and that its death is an answer."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.proofs import ACT, Service
from verifier import sandbox
from verifier.check import check
from verifier.confine import Limits
from verifier.report import Report, Verdict

NOW = ACT + timedelta(days=1)


def judged(raw: bytes, *anchors: bytes, limits: Limits | None = None) -> Report:
    return sandbox.judge(raw, anchors=anchors, now=NOW, name="preuve.pdf", limits=limits)


def detail(report: Report) -> str:
    return report.checks[-1].detail


def test_a_child_gives_the_same_report_as_the_check(proof: bytes, service: Service) -> None:
    assert judged(proof, service.anchor) == check(proof, anchors=[service.anchor], now=NOW, name="preuve.pdf")


def test_a_file_too_large_or_no_pdf_reaches_no_child(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: pytest.fail("a child was started"))
    large = judged(b"%PDF-" + bytes(30), limits=Limits(file=20))
    assert (large.verdict, large.checks[0].code) == (Verdict.UNREADABLE, "too-large")
    assert judged(b"<html>").checks[0].code == "not-a-pdf"


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (Limits(wall=0.05), "wall clock"),
        (Limits(answer=100), "answer: more than 100 bytes"),
        (Limits(memory=24 * 1024 * 1024), ""),
        (Limits(open_files=3), ""),
    ],
)
def test_each_limit_ends_in_an_answer_that_names_it(limits: Limits, said: str, proof: bytes) -> None:
    report = judged(proof, limits=limits)
    assert report.verdict is Verdict.UNREADABLE
    assert said in detail(report)


def test_processor_time_ends_a_child(proof: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    loop = [
        sys.executable,
        "-I",
        "-c",
        "import resource\nresource.setrlimit(resource.RLIMIT_CPU, (1, 1))\nwhile True: pass",
    ]
    monkeypatch.setattr(sandbox, "command", lambda *_, **__: loop)
    report = judged(proof)
    assert report.verdict is Verdict.UNREADABLE
    assert detail(report) in ("processor time", "killed by SIGKILL")


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("import os; os.kill(os.getpid(), 11)", "killed by SIGSEGV"),
        ("raise SystemExit(5)", "died with exit code 5"),
        ("print('{\"verdict\":')", "Expecting value"),
        ("import os, time; os.close(1); time.sleep(60)", "killed by SIGKILL"),
        ("print('[]')", ""),
        ("print('{}')", ""),
        ("print('x' * 10_000_000)", "answer: more than"),
        ("import time; time.sleep(60)", "wall clock"),
    ],
)
def test_a_child_that_dies_or_babbles_is_an_answer(
    program: str, said: str, proof: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "command", lambda *_, **__: [sys.executable, "-I", "-c", program])
    report = judged(proof, limits=Limits(wall=2))
    assert report.verdict is Verdict.UNREADABLE
    assert said in detail(report)


def test_this_system_confines_a_child() -> None:
    assert sandbox.confinement() in ("bubblewrap", "namespace", "seccomp")


@pytest.mark.parametrize("mode", ["namespace", "seccomp"])
def test_a_confined_process_opens_no_socket_and_runs_no_program(mode: str) -> None:
    program = (
        "import os, sys, socket\nfrom verifier import child\n"
        "try: child._confine(sys.argv[1])\n"
        "except OSError as fault: print('refused'); sys.exit()\n"
        "try: socket.socket(); print('socket')\n"
        "except PermissionError: print('no socket')\n"
        "try: os.execv('/bin/true', ['true'])\n"
        "except PermissionError: print('no program')\n"
    )
    done = subprocess.run([sys.executable, "-I", "-c", program, mode], capture_output=True, text=True, check=True)
    if done.stdout == "refused\n":
        pytest.skip(f"{mode} is refused here")
    assert done.stdout == "no socket\nno program\n"


@pytest.mark.parametrize("mode", ["namespace", "seccomp"])
def test_every_means_of_confinement_judges(
    mode: str, proof: bytes, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "confinement", lambda: mode)
    report = judged(proof, service.anchor)
    if "refused by the system" in detail(report):
        pytest.skip(f"{mode} is refused here")
    assert report.verdict is Verdict.VALID


def test_without_confinement_nothing_is_judged_unless_asked(
    proof: bytes, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "confinement", lambda: "none")
    assert "confinement" in detail(judged(proof, service.anchor))
    report = sandbox.judge(proof, anchors=[service.anchor], now=NOW, name="preuve.pdf", demand_confinement=False)
    assert report.verdict is Verdict.VALID


def test_two_children_at_most_run_at_once(proof: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    running, most, lock = 0, 0, threading.Lock()
    real = sandbox.exchange

    def counted(*given: object) -> bytes:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        try:
            return real(*given)  # type: ignore[arg-type]
        finally:
            with lock:
                running -= 1

    monkeypatch.setattr(sandbox, "exchange", counted)
    threads = [
        threading.Thread(target=judged, args=(proof,), kwargs={"limits": replace(Limits(), wall=1)}) for _ in range(5)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert most == sandbox.CONCURRENT
