"""Proofs of every kind judged by EU DSS and veraPDF, with the root alone and no network."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from portal.adapters.paper import LetterPaper, draw_letter
from tests.interop.jvm import Oracle
from tests.proofs import ACT, PRESENTED, ZONE, Service
from verifier.manifest import Manifest, Piece
from verifier.statement import AttachmentDigest, Party, ProofKind

AT = ACT + timedelta(days=40)
"""When the proofs are judged: after the latest of them, and within the ten years of the certificates."""
COUNTS = (0, 3, 12)
LANGUAGES = ("fr", "en")
MESSAGE = (
    "Madame,\n\nVoici le devis\u202f: 95\u202f000 XPF, valable deux mois.\n    – pose\n    – dépose\n\nMoana TEʻIHOTU"
)
UNTOUCHED = {
    "byte_range_valid": True,
    "dictionary_consistent": True,
    "visual_modifications": False,
    "unexplained_changes": 0,
    "annotation_changes": 0,
    "form_changes": 0,
}
"""What DSS says of a revision after which only validation data and time stamps were added."""

Ask = Callable[..., dict[str, Any]]


def digests(count: int) -> tuple[AttachmentDigest, ...]:
    return tuple(
        AttachmentDigest(f"pièce {n}.pdf", 1_000 * n, "application/pdf", hashlib.sha256(bytes([n])).hexdigest())
        for n in range(1, count + 1)
    )


def paper(language: str, count: int) -> bytes:
    """The letter itself, with the manifest that opens its commitment."""
    body = MESSAGE.encode()
    message = Piece("message.txt", len(body), "text/plain", hashlib.sha256(body).hexdigest())
    pieces = tuple(Piece(one.name, one.size, one.media_type, one.sha256) for one in digests(count))
    manifest = Manifest(message, pieces, salt="5a" * 32)
    return draw_letter(
        LetterPaper(
            number=601612,
            reference="LSE260414-000006",
            sender=Party("Moana TEʻIHOTU", "moana@example.nc", ("12 rue des Flamboyants", "98800 Nouméa")),
            recipient=Party("Étienne WÉA-LŌPEZ", "etienne@example.org"),
            written_at=PRESENTED,
            presented_at=PRESENTED,
            consulted_at=ACT,
            zone=ZONE,
            place="Nouméa",
            subject="Devis de toiture",
            message=MESSAGE,
            attachments=digests(count),
            commitment=manifest.commitment,
            manifest=manifest.to_json(),
            operator="Poste d’essai",
            language=language,
        )
    )


def of(found: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    """The part of an answer that `expected` speaks of."""
    return {name: found.get(name) for name in expected}


@pytest.fixture(scope="module")
def service() -> Service:
    return Service()


@pytest.fixture
def signatures(oracle: Oracle, service: Service, tmp_path: Path) -> Ask:
    """Ask DSS about the bytes of a file."""

    def ask(raw: bytes, *, root: bytes = service.anchor, at: datetime = AT) -> dict[str, Any]:
        (tmp_path / "preuve.pdf").write_bytes(raw)
        (tmp_path / "racine.pem").write_bytes(root)
        return oracle.signatures(tmp_path / "preuve.pdf", root=tmp_path / "racine.pem", at=at)

    return ask


@pytest.fixture
def conformance(oracle: Oracle, tmp_path: Path) -> Ask:
    """Ask veraPDF about the bytes of a file."""

    def ask(raw: bytes) -> dict[str, Any]:
        (tmp_path / "preuve.pdf").write_bytes(raw)
        return oracle.conformance(tmp_path / "preuve.pdf")

    return ask


def demand_sealed(found: dict[str, Any], stamps: int) -> None:
    """One seal at the long-term level that passes, `stamps` archive time stamps that pass, and nothing else."""
    assert "error" not in found, found
    (seal,) = found["signatures"]
    passed = {"format": "PAdES-BASELINE-LTA", "intact": True, "valid": True, "indication": "TOTAL_PASSED", **UNTOUCHED}
    assert of(seal, passed) == passed
    assert (seal["errors"], seal["structure"], seal["sub_indication"]) == ([], [], "")
    inside, *archive = found["timestamps"]
    held = {"intact": True, "valid": True, "indication": "PASSED", "errors": []}
    assert of(inside, held) == held
    assert [of(one, held | UNTOUCHED) for one in archive] == [held | UNTOUCHED] * stamps
    assert [one["type"] for one in archive] == ["DOCUMENT_TIMESTAMP"] * stamps


def demand_conformant(found: dict[str, Any]) -> None:
    """PDF/A-3b and PDF/UA-1 hold, and were looked at."""
    assert set(found) == {"PDF/A-3b", "PDF/UA-1"}, found
    for standard, answer in found.items():
        assert answer["failed"] == {}, standard
        assert answer["compliant"]
        assert answer["assertions"] > 1000


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", list(ProofKind))
def test_a_proof_passes_in_dss_and_conforms_in_verapdf(
    signatures: Ask, conformance: Ask, service: Service, kind: ProofKind, language: str, count: int
) -> None:
    proof = service.proof(kind, language=language, attachments=digests(count), test=count == 0)
    demand_sealed(signatures(proof), stamps=1)
    demand_conformant(conformance(proof))


def test_a_renewed_proof_passes_in_dss_and_conforms_in_verapdf(
    signatures: Ask, conformance: Ask, service: Service
) -> None:
    once = service.renewed(service.proof(), after=timedelta(days=20))
    twice = service.renewed(once, after=timedelta(days=400))
    demand_sealed(signatures(once), stamps=2)
    demand_sealed(signatures(twice, at=ACT + timedelta(days=9 * 365)), stamps=3)
    demand_conformant(conformance(twice))


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_letter_on_paper_conforms_in_verapdf(conformance: Ask, language: str, count: int) -> None:
    demand_conformant(conformance(paper(language, count)))


def test_verapdf_names_the_rules_that_a_file_breaks(conformance: Ask, service: Service) -> None:
    proof = service.proof()
    assert b"/StructTreeRoot" in proof
    found = conformance(proof.replace(b"/StructTreeRoot", b"/StructTreeRood"))
    assert not found["PDF/UA-1"]["compliant"]
    assert "7.1 test 11" in found["PDF/UA-1"]["failed"]


def test_dss_sees_the_same_time_as_the_verifier(signatures: Ask, service: Service) -> None:
    stamps = signatures(service.proof())["timestamps"]
    assert [one["time"] for one in stamps] == ["2026-04-14T04:39:06Z"] * 2
