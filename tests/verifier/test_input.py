"""What people give in place of a proof: each has an answer, in their language, at once."""

from __future__ import annotations

import hashlib
import io
import json
import os
import sys
import time
import zipfile
from pathlib import Path

import pytest

from tests.pki import NOW, authority, drawn
from verifier import reading, usage
from verifier.append import Document
from verifier.asked import LARGEST
from verifier.cli import main
from verifier.confine import Limits

MIB = 1024 * 1024


def archive() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as opened:
        opened.writestr("a.txt", "a")
    return held.getvalue()


@pytest.mark.parametrize(
    ("raw", "fr"),
    [
        (b"", "Ce fichier est vide"),
        (b"<!doctype html><title>a</title>", "c’est une page web"),
        (archive(), "c’est une archive (zip)"),
        (b"\x89PNG\r\n\x1a\n", "c’est une image"),
        (b"bonjour", "Ce fichier n’est pas un PDF"),
        (b"%PDF-1.7\n%%EOF\n", "structure du PDF"),
    ],
)
def test_what_is_no_proof_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str], raw: bytes, fr: str) -> None:
    (tmp_path / "a.pdf").write_bytes(raw)
    assert main([str(tmp_path / "a.pdf")]) == 3
    said = " ".join(capsys.readouterr().out.split())
    assert fr in said
    assert hashlib.sha256(raw).hexdigest() in said


def test_an_empty_file_has_its_sha256_in_the_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.pdf").write_bytes(b"")
    assert main([str(tmp_path / "a.pdf"), "--json"]) == 3
    report = json.loads(capsys.readouterr().out)
    assert report["file"] == {"name": "a.pdf", "size": 0, "sha256": hashlib.sha256(b"").hexdigest()}
    assert report["checks"][0]["text"]["en"] == "This file is empty."


def test_a_file_over_the_limit_is_not_judged_and_named_by_its_whole_digest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raw = b"%PDF-1.7\n" + bytes(LARGEST.file)
    (tmp_path / "a.pdf").write_bytes(raw)
    assert main([str(tmp_path / "a.pdf"), "--json"]) == 3
    report = json.loads(capsys.readouterr().out)
    assert report["file"] == {"name": "a.pdf", "size": len(raw), "sha256": hashlib.sha256(raw).hexdigest()}
    assert "100 MiB" in report["reason"]["en"]
    with (tmp_path / "b.pdf").open("wb") as opened:
        opened.truncate(reading.MAX_HASHED + 1)  # a hole of which nobody waits for the digest
    assert main([str(tmp_path / "b.pdf"), "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["file"]["sha256"] is None


def test_a_file_larger_than_a_service_takes_is_judged_from_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    post = authority()
    document = Document(drawn())
    document.set_root("/Large", document.add_stream(os.urandom(24 * MIB)))
    document.commit()
    (tmp_path / "a.pdf").write_bytes(post.sealer().seal(document.to_bytes(), now=NOW))
    main([str(tmp_path / "a.pdf"), "--json"])
    report = json.loads(capsys.readouterr().out)
    assert report["file"]["size"] > Limits().file
    assert {"digest", "signature-value"} <= {one["code"] for one in report["checks"] if one["outcome"] == "passed"}


@pytest.mark.parametrize("kind", ["fifo", "device", "terminal", "socket", "folder"])
def test_nothing_is_waited_for(tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str) -> None:
    path = tmp_path / "a.pdf"
    held: list[int] = []
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "terminal":
        held = list(os.openpty())
        path = Path(os.ttyname(held[1]))
    elif kind == "socket":
        import socket

        with socket.socket(socket.AF_UNIX) as one:
            one.bind(str(path))
    elif kind == "folder":
        path.mkdir()
    else:
        path = Path("/dev/zero")
    begun = time.monotonic()
    try:
        assert main([str(path), "--lang", "en"]) == 3
    finally:
        for one in held:
            os.close(one)
    said = "this is a folder" if kind == "folder" else "this is a pipe or a device"
    assert said in capsys.readouterr().out.lower()
    assert time.monotonic() - begun < 2


def test_a_file_that_may_not_be_read_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_: object) -> int:
        raise PermissionError(13, "Permission denied", "a.pdf")

    monkeypatch.setattr(reading.os, "open", denied)
    given = reading.read(str(tmp_path / "a.pdf"), most=10)
    assert given.fault == "denied"
    assert usage.REASONS["denied"][1] == "reading this file is refused"


def test_names_no_system_allows_are_missing_files(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a\0b.pdf", "a" * 5000, "", "a/b/c.pdf"):
        assert reading.read(name, most=10).fault == "missing"


def test_a_file_may_come_by_the_standard_input(
    proof: bytes, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(proof)))
    assert main(["-", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["file"]["sha256"] == hashlib.sha256(proof).hexdigest()


@pytest.mark.parametrize(
    ("environment", "given", "language"),
    [
        ({}, [], "fr"),
        ({"LANG": "C.UTF-8"}, [], "fr"),
        ({"LANG": "fr_FR.UTF-8"}, [], "fr"),
        ({"LANG": "en_GB.UTF-8"}, [], "en"),
        ({"LANG": "fr_FR.UTF-8", "LC_ALL": "en_US.UTF-8"}, [], "en"),
        ({"LC_MESSAGES": "en_US", "LANG": "fr_FR"}, [], "en"),
        ({"LANG": "en_GB.UTF-8"}, ["--lang", "fr"], "fr"),
        ({"LANG": "fr_FR"}, ["x.pdf", "--lang=en"], "en"),
        ({"LANG": "en"}, ["--lang"], "en"),
    ],
)
def test_the_language_is_that_of_the_option_else_of_the_environment(
    environment: dict[str, str], given: list[str], language: str
) -> None:
    assert usage.chosen(given, environment) == language


@pytest.mark.parametrize("command", [[], ["journal"], ["extract"]])
def test_help_is_in_the_language_asked_for(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    for language, said in (("fr", "usage\u202f: lse-verify"), ("en", "usage: lse-verify")):
        with pytest.raises(SystemExit) as ended:
            main([*command, "--help", "--lang", language])
        assert ended.value.code == 0
        out = capsys.readouterr().out
        assert out.startswith(said)
        assert ("afficher cette aide" in out) is (language == "fr")
        assert ("show this help" in out) is (language == "en")


def test_every_option_is_explained_in_both_languages() -> None:
    assert usage.HELP["fr"].keys() == usage.HELP["en"].keys()
    assert all(fr and en for fr, en in [*usage.REASONS.values(), *usage.SENTENCES.values()])
    faults = {"missing", "folder", "denied", "not-a-file", "empty", "too-large", "error"}
    assert usage.REASONS.keys() == faults
    assert set(reading._ERRORS.values()) <= faults
