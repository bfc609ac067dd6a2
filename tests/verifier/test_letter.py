"""Files held against the letter that a proof names."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from tests.proofs import ACT, Service
from tests.verifier.test_report_schema import faults
from verifier import letter, page
from verifier.check import check
from verifier.cli import main
from verifier.manifest import Manifest, Piece
from verifier.sandbox import Ended
from verifier.statement import AttachmentDigest, Statement

CONTRACT, PHOTO, MESSAGE = b"Contrat\n" * 400, b"\xff\xd8\xff photo", b"Bonjour,\nvoici le contrat."


def piece(name: str, content: bytes) -> Piece:
    return Piece(name, len(content), "application/octet-stream", hashlib.sha256(content).hexdigest())


PIECES = (piece("contrat.pdf", CONTRACT), piece("façade.jpg", PHOTO))
MANIFEST = Manifest(piece("message.txt", MESSAGE), PIECES, "5a" * 32)
PAPER = b"%PDF-1.7 carries the manifest"


def manifest_in(raw: bytes) -> bytes | None:
    if raw == b"%PDF-1.7 bomb":
        raise Ended("memory")
    return {PAPER: MANIFEST.to_json(), b"%PDF-1.7 of another": _other().to_json()}.get(raw)


def _other() -> Manifest:
    return Manifest(MANIFEST.message, (), "5b" * 32)


@pytest.fixture
def stated(service: Service) -> Statement:
    attachments = tuple(AttachmentDigest(one.name, one.size, one.media_type, one.sha256) for one in PIECES)
    return service.statement(commitment=MANIFEST.commitment, attachments=attachments)


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    held = {
        "contrat.pdf": CONTRACT, "photo renommée.jpg": PHOTO, "message.txt": MESSAGE, "lettre.pdf": PAPER,
        "manifest.json": MANIFEST.to_json(), "autre.pdf": b"%PDF-1.7 of another", "bombe.pdf": b"%PDF-1.7 bomb",
        "rien.txt": b"rien", "rien.bin": b"\xff\0", "rien.json": b"{}",
    }  # fmt: skip
    for name, content in held.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "ailleurs").mkdir()
    (tmp_path / "ailleurs" / "contrat.pdf").write_bytes(CONTRACT + b"!")
    return tmp_path


def compared(stated: Statement, *files: Path) -> letter.LetterReport:
    return letter.compare(stated, files, manifest_in=manifest_in)


def test_a_whole_letter_is_recognised_whatever_its_files_are_called(stated: Statement, desk: Path) -> None:
    names = ("contrat.pdf", "photo renommée.jpg", "message.txt", "lettre.pdf", "manifest.json")
    found = compared(stated, *(desk / name for name in names))
    assert [one.role for one in found.files] == ["attachment", "attachment", "message", "paper", "manifest"]
    assert found.files[0].fr == "cette pièce jointe est bien celle déposée"
    assert (found.agrees, found.missing, found.commitment) == (True, (), MANIFEST.commitment)


def test_what_is_missing_is_named_and_nothing_is_concluded_of_it(stated: Statement, desk: Path) -> None:
    found = compared(stated, desk / "contrat.pdf")
    assert (found.agrees, found.missing, found.commitment) == (None, ("façade.jpg",), None)
    found = compared(stated, desk / "contrat.pdf", desk / "photo renommée.jpg")
    assert (found.agrees, found.missing) == (None, ())  # the message was not compared


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ailleurs/contrat.pdf", "n’est pas celui déposé"),
        ("autre.pdf", "le manifeste d’une autre lettre"),
        ("rien.txt", "ce fichier n’est pas de cette lettre"),
    ],
)
def test_a_file_that_is_not_the_letters_is_told_apart(stated: Statement, desk: Path, name: str, words: str) -> None:
    found = compared(stated, desk / "contrat.pdf", desk / "photo renommée.jpg", desk / "lettre.pdf", desk / name)
    assert found.agrees is False
    assert words in found.files[-1].fr
    assert found.files[-1].role == "none"


def test_some_json_is_no_manifest(stated: Statement, desk: Path) -> None:
    assert compared(stated, desk / "rien.json").commitment is None
    assert compared(stated, desk / "autre.pdf").commitment == _other().commitment


def test_a_message_is_recognised_only_with_the_manifest(stated: Statement, desk: Path) -> None:
    alone = compared(stated, desk / "message.txt")
    assert (alone.files[0].role, alone.agrees) == ("none", None)
    assert "le PDF de la lettre permet de le dire" in alone.files[0].fr
    assert compared(stated, desk / "message.txt", desk / "lettre.pdf").files[0].role == "message"


def test_a_pdf_that_no_child_can_read_proves_nothing_either_way(stated: Statement, desk: Path) -> None:
    found = compared(stated, desk / "bombe.pdf")
    assert found.agrees is None
    assert "n’a pas pu être lu" in found.files[0].fr


def test_the_command_compares_and_says_so_in_text_json_and_exit_code(
    service: Service, stated: Statement, desk: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    proof = service.seal(page.draw(stated, service.attached(stated)), stated)
    (desk / "preuve.pdf").write_bytes(proof)
    (desk / "racine.pem").write_bytes(service.anchor)
    command = [str(desk / "preuve.pdf"), "--trust", str(desk / "racine.pem"), "--lettre"]
    out = desk / "rapport.pdf"
    assert main([*command, str(desk / "contrat.pdf"), str(desk / "manifest.json"), "--report-pdf", str(out)]) == 0
    text = capsys.readouterr().out
    assert "cette pièce jointe est bien celle déposée" in text
    assert "façade.jpg" in text
    assert out.read_bytes().startswith(b"%PDF-")
    assert main([*command, str(desk / "rien.bin"), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["verdict"], told["letter"]["agrees"]) == ("VALID", False)
    assert faults(told) == []
    assert main([*command, str(desk / "absent.txt")]) == 64
    assert main([str(desk / "rien.txt"), "--lettre", str(desk / "contrat.pdf")]) == 3
    assert "ne désigne aucune lettre" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="64"):
        main([str(desk / "preuve.pdf"), str(desk / "preuve.pdf"), "--lettre", str(desk / "contrat.pdf")])


def test_a_statement_read_from_a_proof_is_what_files_are_held_against(service: Service, stated: Statement) -> None:
    proof = service.seal(page.draw(stated, service.attached(stated)), stated)
    assert check(proof, anchors=[service.anchor], now=ACT).statement == stated
