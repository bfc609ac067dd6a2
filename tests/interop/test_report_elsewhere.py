"""The PDF of a report, as other software sees it: PDF/A-3b, PDF/UA-1, and a seal that is whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.interop.jvm import Oracle
from tests.proofs import ACT, Service
from tests.verifier.test_report import BARE
from tests.verifier.test_report_schema import full
from verifier import paper
from verifier.check import check
from verifier.report import Report

ISSUED = paper.Issued("Poste d’essai", "https://lse.example/verifier", "Pacific/Noumea", "Nouméa", test=True)


@pytest.fixture(scope="module")
def service() -> Service:
    return Service()


@pytest.fixture(params=["proof", "changed", "unreadable"])
def report(request: pytest.FixtureRequest, service: Service) -> Report:
    if request.param == "proof":
        return check(service.proof(), anchors=[service.anchor], now=ACT, name="preuve.pdf")
    return full() if request.param == "changed" else BARE


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_sealed_report_is_archivable_accessible_and_whole(
    oracle: Oracle, service: Service, report: Report, language: str, tmp_path: Path
) -> None:
    service.post.clock.time = ACT
    drawn = paper.draw(report, language=language, issued=ISSUED)
    sealed = service.post.sealer().seal(drawn, now=ACT, field=paper.FIELD, title=paper.TITLE)
    (tmp_path / "rapport.pdf").write_bytes(sealed)
    (tmp_path / "racine.pem").write_bytes(service.anchor)
    found = oracle.conformance(tmp_path / "rapport.pdf")
    assert {flavour: (one["compliant"], one["failed"]) for flavour, one in found.items()} == {
        "PDF/A-3b": (True, {}),
        "PDF/UA-1": (True, {}),
    }
    told = oracle.signatures(tmp_path / "rapport.pdf", root=tmp_path / "racine.pem", at=ACT)
    [seal] = told["signatures"]
    assert (seal["intact"], seal["valid"]) == (True, True)
