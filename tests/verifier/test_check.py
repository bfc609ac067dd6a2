"""The verdict on a proof: what is VALID, what is missing, and what no attack obtains."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import pytest

from tests import attacks
from tests.pki import authority
from tests.proofs import ACT, Service
from verifier import journal, page
from verifier.check import check
from verifier.note import SignerKey
from verifier.report import Outcome, Report, Verdict
from verifier.statement import ProofKind
from verifier.trust import AnchorUnreadable, fingerprint

LATER = ACT + timedelta(days=40)
YEARS = timedelta(days=365)


def judged(raw: bytes, service: Service, **asked: object) -> Report:
    return check(raw, **{"anchors": [service.anchor], "now": LATER, "name": "preuve.pdf", **asked})  # type: ignore[arg-type]


def outcome(report: Report, code: str) -> Outcome:
    return next(one.outcome for one in report.checks if one.code == code)


@pytest.mark.parametrize("kind", list(ProofKind))
def test_a_genuine_proof_of_each_kind_is_valid(kind: ProofKind, service: Service) -> None:
    report = judged(service.proof(kind), service)
    assert (report.verdict, report.sub_indication, report.reason_fr) == (Verdict.VALID, "", "")
    assert report.statement == service.statement(kind)


def test_a_valid_report_names_the_time_the_anchor_and_the_place_in_the_journal(proof: bytes, service: Service) -> None:
    report = judged(proof, service)
    assert report.proven_at == ACT + timedelta(seconds=1)
    assert report.anchor_sha256 == fingerprint(service.post.root.certificate)
    assert (report.log_index, report.log_size) == (1, 4)
    seal, archive = report.signatures
    assert (seal.level, seal.changes, seal.intact, seal.trusted) == ("PAdES-BASELINE-LTA", "benign", True, True)
    assert (archive.kind, archive.intact) == ("timestamp", True)
    assert {one.outcome for one in report.checks} == {Outcome.PASSED}


def test_a_report_survives_the_way_through_json(proof: bytes, service: Service) -> None:
    report = judged(proof, service)
    assert Report.from_dict(report.to_dict()) == report


def test_without_its_root_a_proof_is_intact_and_its_issuer_is_not_established(proof: bytes, service: Service) -> None:
    report = judged(proof, service, anchors=[])
    assert (report.verdict, report.sub_indication) == (Verdict.INDETERMINATE, "NO_CERTIFICATE_CHAIN_FOUND")
    assert outcome(report, "digest") is Outcome.PASSED
    assert report.signatures[0].intact
    assert report.signatures[0].trusted is False
    assert report.proven_at is None


def test_a_changed_byte_is_a_hash_failure_whoever_is_trusted(proof: bytes, service: Service) -> None:
    for anchors in ([], [service.anchor]):
        report = judged(dict(attacks.flipped(proof))["flipped: page"], service, anchors=anchors)
        assert (report.verdict, report.sub_indication) == (Verdict.INVALID, "HASH_FAILURE")


def test_a_proof_stays_valid_after_archive_time_stamps_and_years(service: Service) -> None:
    proof = service.renewed(service.proof(), after=timedelta(days=20))
    assert judged(proof, service).verdict is Verdict.VALID
    renewed = service.renewed(proof, after=timedelta(days=400))
    assert judged(renewed, service, now=ACT + 9 * YEARS).verdict is Verdict.VALID


def test_a_proof_whose_last_time_stamp_has_expired_is_undetermined(proof: bytes, service: Service) -> None:
    report = judged(proof, service, now=ACT + 11 * YEARS)
    assert (report.verdict, report.sub_indication) == (Verdict.INDETERMINATE, "NO_POE")
    assert outcome(report, "validity") is Outcome.UNKNOWN


def test_a_seal_made_after_its_certificate_was_revoked_is_never_valid() -> None:
    service = Service()
    statement = service.statement()
    drawn = page.draw(statement, service.attached(statement))
    service.post.revoke(service.post.seal, ACT - timedelta(hours=1))
    service.post.clock.time = ACT + timedelta(seconds=1)
    report = judged(service.post.sealer(careless=True).seal(drawn, now=service.post.clock.time), service)
    assert report.verdict is not Verdict.VALID
    assert report.sub_indication.startswith("REVOKED")


def test_a_seal_with_a_lapsed_revocation_list_is_undetermined(monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service()
    old = service.post.revocation()
    monkeypatch.setattr(type(service.post), "revocation", lambda self: old)
    statement = service.statement()
    drawn = page.draw(statement, service.attached(statement))
    service.post.clock.time = ACT + timedelta(days=30)
    proof = service.post.sealer(careless=True).seal(drawn, now=service.post.clock.time)
    report = judged(proof, service)
    assert (report.verdict, outcome(report, "revocation")) == (Verdict.INDETERMINATE, Outcome.UNKNOWN)


def test_no_attack_is_valid(proof: bytes, service: Service) -> None:
    accepted = [name for name, raw in attacks.of(service, proof) if judged(raw, service).verdict is Verdict.VALID]
    assert accepted == []


def test_attacks_that_change_a_proof_are_invalid(proof: bytes, service: Service) -> None:
    families: list[Iterable[attacks.Attack]] = [
        attacks.incremental(proof),
        attacks.wrapped(proof),
        attacks.forged(proof),
        attacks.untrue(service),
    ]
    others = {
        name: report.verdict
        for family in families
        for name, raw in family
        if (report := judged(raw, service)).verdict is not Verdict.INVALID
    }
    assert others == {}


def test_an_authority_of_the_same_name_is_not_trusted(service: Service) -> None:
    for name, raw in attacks.foreign(service):
        report = judged(raw, service)
        assert (report.verdict, report.sub_indication) == (Verdict.INDETERMINATE, "NO_CERTIFICATE_CHAIN_FOUND"), name


def test_a_proof_trusted_by_another_anchor_than_it_prints_is_undetermined(service: Service) -> None:
    other = Service(post=authority(at=ACT))
    stated = service.statement()
    proof = other.seal(page.draw(stated, other.attached(stated)), stated)
    report = judged(proof, other)
    assert (report.verdict, report.sub_indication) == (Verdict.INDETERMINATE, "CHAIN_CONSTRAINTS_FAILURE")


def test_a_pinned_policy_replaces_the_one_inside(proof: bytes, service: Service) -> None:
    assert judged(proof, service, policy=service.policy).verdict is Verdict.VALID
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    other = SignerKey(service.key.name, Ed25519PrivateKey.from_private_bytes(bytes(32)))
    report = judged(proof, service, policy=journal.policy_text(other.verifier))
    assert (report.verdict, outcome(report, "inclusion")) == (Verdict.INVALID, Outcome.FAILED)


def test_an_act_exactly_at_the_deadline_is_in_time(service: Service) -> None:
    for kind in (ProofKind.RECEIPT, ProofKind.NEGLECT):
        stated = service.statement(kind)
        assert stated.deadline is not None
        stated = service.moved(stated, stated.deadline)
        report = judged(service.seal(page.draw(stated, service.attached(stated)), stated), service)
        assert outcome(report, "act-in-time") is Outcome.PASSED


def test_a_trial_proof_says_so_and_keeps_its_verdict(service: Service) -> None:
    report = judged(service.proof(test=True), service)
    line = next(one for one in report.checks if one.code == "test")
    assert report.verdict is Verdict.VALID
    assert line.fr.startswith("SANS VALEUR — TEST")
    assert report.reason_fr.startswith("SANS VALEUR — TEST")


def test_files_that_are_no_proof_are_named_for_what_they_are(proof: bytes, service: Service) -> None:
    files = dict(attacks.other_files(proof))
    expected = {
        "other: empty": (Verdict.UNREADABLE, "not-a-pdf"),
        "other: web page": (Verdict.UNREADABLE, "not-a-pdf"),
        "other: page never sealed": (Verdict.INVALID, "stripped"),
        "other: bytes after the end": (Verdict.INVALID, "end-of-file"),
        "other: sealed revision alone": (Verdict.INDETERMINATE, "level"),
    }
    for name, (verdict, code) in expected.items():
        report = judged(files[name], service)
        assert report.verdict is verdict, name
        assert outcome(report, code) is not Outcome.PASSED, name


def test_an_anchor_that_is_no_certificate_is_refused(proof: bytes) -> None:
    with pytest.raises(AnchorUnreadable, match="PEM or DER"):
        check(proof, anchors=[b"not a certificate"], now=LATER)


def test_nothing_is_fetched(proof: bytes, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    def reached(*_: object, **__: object) -> None:
        pytest.fail("a connection was attempted")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, reached)
    assert judged(proof, service).verdict is Verdict.VALID
