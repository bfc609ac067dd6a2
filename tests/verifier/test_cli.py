"""The command: its answers, its exit codes, and its manners towards wrong names."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests import attacks
from tests.proofs import Service
from tests.verifier.test_audit import POLICY, entries, export, head
from verifier.cli import main
from verifier.report import Report


@pytest.fixture
def desk(tmp_path: Path, proof: bytes, service: Service) -> Path:
    """A folder with a proof, a changed one, the root, and a file that is no PDF."""
    (tmp_path / "preuve.pdf").write_bytes(proof)
    (tmp_path / "fausse.pdf").write_bytes(dict(attacks.flipped(proof))["flipped: page"])
    (tmp_path / "page.pdf").write_bytes(b"<!DOCTYPE html>")
    (tmp_path / "racine.pem").write_bytes(service.anchor)
    (tmp_path / "journal.txt").write_text(service.policy, "utf-8")
    return tmp_path


def test_each_verdict_has_its_exit_code(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = ["--trust", str(desk / "racine.pem")]
    assert main([str(desk / "preuve.pdf"), *root]) == 0
    assert main([str(desk / "fausse.pdf"), *root]) == 1
    assert main([str(desk / "preuve.pdf")]) == 2
    assert main([str(desk / "page.pdf"), *root]) == 3
    assert main([str(desk / name) for name in ("preuve.pdf", "page.pdf", "fausse.pdf")]) == 1
    capsys.readouterr()


def test_the_report_opens_with_the_verdict_in_one_sentence(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([str(desk / "preuve.pdf"), "--trust", str(desk), "--policy", str(desk / "journal.txt")])
    french = capsys.readouterr().out
    assert french.startswith("PREUVE VALIDE — Ce fichier est la preuve de réception n°")
    assert "14/04/2026 15:39:06 (UTC+11, Nouméa)" in " ".join(french.split())
    assert "pinned policy" in french
    assert "\033" not in french
    main([str(desk / "preuve.pdf"), "--trust", str(desk), "--lang", "en"])
    english = capsys.readouterr().out
    assert english.startswith("VALID PROOF — This file is the proof of receipt")
    for number in range(2, 10):
        assert f"\n{number}  " in french
        assert f"\n{number}  " in english


def test_json_carries_the_same_report(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([str(desk / "preuve.pdf"), "--trust", str(desk), "--json"])
    report = Report.from_dict(json.loads(capsys.readouterr().out))
    assert (report.verdict.value, report.file_name) == ("VALID", "preuve.pdf")


def test_a_name_that_leads_to_no_file_is_unreadable_and_said_in_a_sentence(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(desk / "absente.pdf")]) == 3
    assert capsys.readouterr().out == "absente.pdf\u202f: ILLISIBLE — Ce fichier n’existe pas.\n"
    assert main([str(desk), "--lang", "en"]) == 3
    assert capsys.readouterr().out.endswith("UNREADABLE — This is a folder, not a file.\n")


def test_wrong_usage_exits_with_64(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ([], ["--lang", "de", "x.pdf"], ["journal"], ["extract", "x.pdf"]):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == 64
    capsys.readouterr()


def test_a_control_sequence_in_a_file_name_never_reaches_the_terminal(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (desk / "a\033[2Jb.pdf").write_bytes(b"nothing")
    main([str(desk / "a\033[2Jb.pdf")])
    assert "\033" not in capsys.readouterr().out


def test_a_journal_is_rechecked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = export(tmp_path / "log", 20)
    old, policy = tmp_path / "old", tmp_path / "policy"
    old.write_text(head(entries(10)), "utf-8")
    policy.write_text(POLICY, "utf-8")
    assert main(["journal", str(folder), "--policy", str(policy), "--since", str(old)]) == 0
    assert "20 inscriptions" in capsys.readouterr().out
    old.write_text(head(entries(10, odd=3)), "utf-8")
    assert main(["journal", str(folder), "--since", str(old), "--json"]) == 1
    assert len(json.loads(capsys.readouterr().out)["heads"]) == 2
    assert main(["journal", str(tmp_path / "nowhere"), "--lang", "en"]) == 64
    assert "this is no folder" in capsys.readouterr().err
    assert main(["journal", str(tmp_path)]) == 3


@pytest.mark.interop
def test_the_extracted_pieces_verify_with_openssl(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["extract", str(desk / "preuve.pdf"), "-d", str(desk / "sceau")]) == 0
    names = [Path(line).name for line in capsys.readouterr().out.splitlines()]
    assert names[:5] == ["seal.p7s", "signed.bin", "seal.sig", "seal.tst", "certificates.pem"]
    assert names[5:] == ["evidence.json", "journal-entry.json", "journal.tlog-proof", "journal-policy.txt"]
    cms = ["openssl", "cms", "-verify", "-inform", "DER", "-in", "seal.p7s", "-content", "signed.bin", "-binary"]
    cms += ["-CAfile", "../racine.pem", "-purpose", "any", "-attime", "1776142800", "-out", "/dev/null"]
    stamp = ["openssl", "ts", "-verify", "-data", "seal.sig", "-in", "seal.tst", "-token_in"]
    stamp += ["-CAfile", "../racine.pem", "-attime", "1776142800"]
    for command in (cms, stamp):
        done = subprocess.run(command, cwd=desk / "sceau", capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def test_what_is_no_proof_is_not_taken_apart(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (desk / "nue.pdf").write_bytes(b"%PDF-1.7\n%%EOF\n")
    assert main(["extract", str(desk / "nue.pdf"), "-d", str(desk / "sceau")]) == 3
    assert not (desk / "sceau").exists()
    capsys.readouterr()
