"""The short way says VALID where the general judgement does, in the same words, and otherwise nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.proofs import ACT, Service
from verifier import shortcut
from verifier.check import check
from verifier.report import Report, Verdict
from verifier.statement import ProofKind

LATER = ACT + timedelta(days=40)


@pytest.fixture(scope="module")
def service() -> Service:
    return Service()


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[Report | None]:
    """What the short way answered, in order."""
    answers: list[Report | None] = []
    judge = shortcut.judge

    def noted(*arguments: object) -> Report | None:
        answers.append(judge(*arguments))  # type: ignore[arg-type]
        return answers[-1]

    monkeypatch.setattr(shortcut, "judge", noted)
    return answers


def both(service: Service, proof: bytes, *, now: datetime = LATER, policy: str | None = None) -> tuple[Report, Report]:
    """Return the answers with and without the short way."""
    given = {"anchors": [service.anchor], "now": now, "name": "preuve.pdf", "policy": policy}
    return check(proof, **given), check(proof, **given, thorough=True)  # type: ignore[arg-type]


def without_particulars(report: Report) -> Report:
    """The report but for the object numbers of validation data, which only the general judgement has seen."""
    signatures = tuple(
        replace(
            one,
            found=tuple(
                replace(each, where="", before="", after="") if each.kind == "validation-data" else each
                for each in one.found
            ),
        )
        for one in report.signatures
    )
    return replace(report, signatures=signatures)


@pytest.mark.parametrize("test", [False, True])
@pytest.mark.parametrize("kind", ProofKind)
def test_both_ways_tell_the_same_of_a_genuine_proof(
    service: Service, taken: list[Report | None], kind: ProofKind, test: bool
) -> None:
    short, general = both(service, service.proof(kind, test=test))
    assert taken == [short]
    assert short.verdict is Verdict.VALID
    assert without_particulars(short) == without_particulars(general)


def test_both_ways_tell_the_same_of_a_renewed_proof(service: Service, taken: list[Report | None]) -> None:
    renewed = service.renewed(service.proof(), after=timedelta(days=200))
    renewed = service.renewed(renewed, after=timedelta(days=400))
    short, general = both(service, renewed, now=ACT + timedelta(days=401))
    assert taken == [short]
    assert without_particulars(short) == without_particulars(general)


def test_both_ways_tell_the_same_under_a_pinned_policy(service: Service, taken: list[Report | None]) -> None:
    short, general = both(service, service.proof(), policy=service.policy)
    assert taken == [short]
    assert without_particulars(short) == without_particulars(general)
    foreign, _ = both(service, service.proof(), policy="log other.example/log+00000000+AA== \nquorum none\n")
    assert taken[-1] is None
    assert foreign.verdict is not Verdict.VALID


def test_without_its_root_the_general_judgement_answers(service: Service, taken: list[Report | None]) -> None:
    report = check(service.proof(), anchors=[], now=LATER)
    assert taken == [None]
    assert report.verdict is Verdict.INDETERMINATE


def test_a_bit_changed_anywhere_is_never_valid_by_either_way(service: Service, taken: list[Report | None]) -> None:
    """In the tail, where containers and validation data lie; the general judgement is asked now and then, for it is slow."""
    proof = service.proof()
    start = proof.index(b"%%EOF") + 5
    for count, at in enumerate(range(start, len(proof), 61)):
        changed = bytearray(proof)
        changed[at] ^= 1 if not chr(changed[at]).isdigit() else 3
        if count % 12:
            assert shortcut.judge(*_case(service, bytes(changed))) is None, at
            continue
        report = check(bytes(changed), anchors=[service.anchor], now=LATER)
        assert report.verdict is not Verdict.VALID, at
    assert set(taken) == {None}


def _case(service: Service, proof: bytes) -> tuple[object, object, None]:
    from verifier import structure, trust
    from verifier.case import Case
    from verifier.embedded import EmbeddedUnreadable, embedded_files

    case = Case(proof, "", LATER)
    try:
        case.files = embedded_files(structure.open_pdf(proof))
    except (structure.PdfBroken, EmbeddedUnreadable):
        case.files = ()
    return case, trust.anchors([service.anchor]), None


def test_a_version_that_no_signature_covers_is_held_to_its_value(service: Service) -> None:
    """The last time stamp is covered by nothing: a version changed in it would change no digest."""
    proof = service.proof()
    gap = proof.rindex(b"/Contents <") + len(b"/Contents <")
    for offset in (25, 32):
        changed = bytearray(proof)
        changed[gap + 2 * offset + 1] ^= 1
        for report in both(service, bytes(changed)):
            assert report.verdict is Verdict.INVALID
            assert "encoding" in [one.code for one in report.checks if one.outcome == "failed"]


def test_the_sample_that_warms_a_service_is_a_valid_proof(taken: list[Report | None]) -> None:
    raw, root = (shortcut.SAMPLE / "preuve.pdf").read_bytes(), (shortcut.SAMPLE / "racine.pem").read_bytes()
    for thorough in (False, True):
        report = check(raw, anchors=[root], now=shortcut.SAMPLED, thorough=thorough)
        assert report.verdict is Verdict.VALID, report.reason_en
    assert len(taken) == 1
    assert taken[0] is not None, "the page is drawn otherwise now: make the sample anew"
