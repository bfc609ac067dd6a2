"""Many files in one command: in order, each for itself, streaming, and nothing left behind however it ends."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import attacks
from tests.proofs import Service
from verifier.cli import main
from verifier.folder import in_order, listed
from verifier.warm import WarmSandbox


@pytest.fixture
def folder(tmp_path: Path, proof: bytes, service: Service) -> Path:
    (tmp_path / "vraie.pdf").write_bytes(proof)
    (tmp_path / "fausse.pdf").write_bytes(dict(attacks.flipped(proof))["flipped: page"])
    (tmp_path / "page.pdf").write_bytes(b"<!DOCTYPE html>")
    (tmp_path / "racine.pem").write_bytes(service.anchor)
    return tmp_path


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(one) for one in capsys.readouterr().out.splitlines()]


def test_answers_come_in_the_order_of_the_names_and_a_missing_file_stops_nobody(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [
        str(folder / one) for one in ("vraie.pdf", "absente.pdf", "page.pdf", "vraie.pdf", "fausse.pdf", "vraie.pdf")
    ]
    (folder / "liste").write_text("\n".join([*names, "", ""]))
    given = [
        "--json-lines",
        "--files-from",
        str(folder / "liste"),
        "--trust",
        str(folder / "racine.pem"),
        "--jobs",
        "3",
    ]
    assert main(given) == 1
    found = lines(capsys)
    assert [one["file"]["name"] for one in found] == names
    assert [one["verdict"] for one in found] == ["VALID", "unreadable", "unreadable", "VALID", "INVALID", "VALID"]
    assert found[1]["reason"] == {"fr": "ce fichier n’existe pas", "en": "there is no such file"}
    assert found[1]["file"] == {"name": names[1], "size": 0, "sha256": None}


def test_the_exit_code_is_that_of_the_gravest_answer(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = ["--trust", str(folder / "racine.pem"), "--json"]
    true, false, page = (str(folder / one) for one in ("vraie.pdf", "fausse.pdf", "page.pdf"))
    assert main([true, true, *root]) == 0
    assert main([true, page, true, *root]) == 3
    assert main([page, false, true, *root]) == 1
    assert main([true, page, "--json"]) == 3
    capsys.readouterr()


def test_names_may_be_separated_by_zero_bytes_and_hold_anything_else(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = os.fsdecode(os.fsencode(folder) + b"/a\nb \xff.pdf")
    (folder / "vraie.pdf").rename(odd)
    (folder / "liste").write_bytes(os.fsencode(odd) + b"\0")
    given = ["--json-lines", "--files-from", str(folder / "liste"), "-0", "--trust", str(folder / "racine.pem")]
    assert main(given) == 0
    assert lines(capsys)[0]["file"]["name"].endswith("/a\nb \ufffd.pdf")


def test_several_reports_for_people_are_separated_by_a_blank_line(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(folder / "absente.pdf"), str(folder / "autre.pdf"), "--lang", "en"]) == 3
    assert capsys.readouterr().out == (
        "absente.pdf\u202f: UNREADABLE — There is no such file.\n\nautre.pdf\u202f: UNREADABLE — There is no such file.\n"
    )


def test_a_list_that_is_not_there_or_holds_no_names_is_a_wrong_command(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--json-lines", "--files-from", str(folder / "rien"), "--lang", "en"]) == 64
    assert capsys.readouterr().err.endswith("there is no such file.\n")
    (folder / "zeros").write_bytes(bytes(300_000))
    assert main(["--json-lines", "--files-from", str(folder / "zeros"), "--lang", "en"]) == 64
    assert "one name a line" in capsys.readouterr().err


def test_a_wrong_anchor_stops_the_whole_before_the_first_answer(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [str(folder / "vraie.pdf"), str(folder / "vraie.pdf"), "--json", "--trust", str(folder / "page.pdf")]
    assert main([*given, "--lang", "en"]) == 64
    out, err = capsys.readouterr()
    assert out == ""
    assert "expected a certificate in PEM or DER" in err


def test_a_list_of_a_million_names_is_read_as_it_is_worked_off() -> None:
    taken = itertools.count()

    def names() -> Iterator[str]:
        for number in range(1_000_000):
            next(taken)
            yield str(number)

    with_none = in_order(names(), lambda name, _: name, jobs=2, sandbox=WarmSandbox)
    assert [next(with_none) for _ in range(100)] == [str(number) for number in range(100)]
    with_none.close()
    assert next(taken) <= 110


def test_a_list_of_ten_thousand_files_takes_no_more_memory_than_a_short_one(tmp_path: Path) -> None:
    (tmp_path / "liste").write_text("".join(f"/nowhere/{number:060}.pdf\n" for number in range(100_000)))
    tracemalloc.start()
    try:
        with (tmp_path / "liste").open("rb") as source:
            assert sum(1 for _ in listed(source)) == 100_000
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def children(of: int) -> set[int]:
    """Every process that descends from one, alive."""
    found = set()
    for one in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = one.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == of and fields[0] != "Z":
            found |= {int(one.parent.name)} | children(int(one.parent.name))
    return found


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_ends_cleanly_and_leaves_no_child(folder: Path, number: signal.Signals) -> None:
    (folder / "liste").write_text(f"{folder / 'vraie.pdf'}\n" * 1000)
    command = [
        sys.executable,
        "-m",
        "verifier.cli",
        "--json-lines",
        "--files-from",
        str(folder / "liste"),
        "--lang",
        "en",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        assert json.loads(running.stdout.readline())["verdict"] == "INDETERMINATE"
        left = children(running.pid)
        assert left
        running.send_signal(number)
        rest, said = running.stdout.read(), running.stderr.read()
        assert (running.wait(timeout=30), said) == (130, "Stopped.\n")
    whole, _, _ = rest.rpartition("\n")  # the last line may be cut where it was being written
    assert all(json.loads(one) for one in whole.splitlines())
    end = time.monotonic() + 10
    while (alive := {one for one in left if Path(f"/proc/{one}").exists()}) and time.monotonic() < end:
        time.sleep(0.05)
    assert alive == set()


def test_a_reader_that_goes_away_ends_the_work_quietly(folder: Path) -> None:
    (folder / "liste").write_text(f"{folder / 'absente.pdf'}\n" * 5000)
    command = [sys.executable, "-m", "verifier.cli", "--json-lines", "--files-from", str(folder / "liste")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.readline()
        running.stdout.close()
        said = running.stderr.read()
        assert running.wait(timeout=30) == 130
    assert said == b""
