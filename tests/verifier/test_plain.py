"""The cryptography of a plain proof: it holds, or something is not plain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.pki import authority
from tests.proofs import ACT, Service
from verifier import cms, page, trust
from verifier.plain import NotPlain, judge
from verifier.rebuild import Rebuilt, Signed, rebuild

LATER = ACT + timedelta(days=40)


@pytest.fixture(scope="module")
def service() -> Service:
    return Service()


@pytest.fixture(scope="module")
def found(service: Service) -> Rebuilt:
    statement = service.statement()
    return rebuild(service.proof(), page.draw(statement, service.attached(statement)))


def judged(service: Service, found: Rebuilt, *, now: datetime = LATER) -> object:
    return judge(found, trust.anchors([service.anchor]), now)


def test_a_genuine_proof_holds_and_names_its_chains(service: Service, found: Rebuilt) -> None:
    answer = judge(found, trust.anchors([service.anchor]), LATER)
    assert answer.path[0] == service.post.seal.certificate
    assert answer.path[-1] == service.post.root.certificate
    assert answer.stamped.path[0] == service.post.tsa.certificate
    assert answer.stamped.time == ACT + timedelta(seconds=1)
    assert [one.time for one in answer.archived] == [answer.stamped.time]


def test_without_its_root_nothing_is_said(service: Service, found: Rebuilt) -> None:
    for anchors in ([], [Service().anchor], [authority(at=ACT).root_pem]):
        with pytest.raises(NotPlain):
            judge(found, trust.anchors(anchors), LATER)


def test_a_clock_outside_the_certificates_dates_is_not_plain(service: Service, found: Rebuilt) -> None:
    for now in (datetime(2070, 1, 1, tzinfo=UTC), ACT - timedelta(days=1)):
        with pytest.raises(NotPlain):
            judged(service, found, now=now)


def test_a_bit_changed_in_any_container_is_not_plain(service: Service, found: Rebuilt) -> None:
    def flipped(raw: bytes, at: int) -> bytes:
        changed = bytearray(raw)
        changed[at] ^= 1
        return bytes(changed)

    for at in range(0, len(found.seal.container), 41):
        other = replace(found, seal=Signed(flipped(found.seal.container, at), found.seal.digest))
        with pytest.raises(NotPlain):
            judged(service, other)
    last = found.time_stamps[0]
    for at in range(0, len(last.container), 41):
        other = replace(found, time_stamps=(Signed(flipped(last.container, at), last.digest),))
        with pytest.raises(NotPlain):
            judged(service, other)


CHANGES: dict[str, Callable[[Rebuilt], Rebuilt]] = {
    "covers other bytes": lambda one: replace(one, seal=Signed(one.seal.container, bytes(32))),
    "stamps other bytes": lambda one: replace(one, time_stamps=(Signed(one.time_stamps[0].container, bytes(32)),)),
    "no revocation list": lambda one: replace(one, lists=()),
    "a list that is no list": lambda one: replace(one, lists=(b"0",)),
    "the seal as a time stamp": lambda one: replace(one, time_stamps=(one.seal,)),
    "the time stamp as the seal": lambda one: replace(one, seal=one.time_stamps[0]),
    "something behind the container": lambda one: replace(
        one, seal=Signed(one.seal.container + b"\0", one.seal.digest)
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_otherwise_is_not_plain(service: Service, found: Rebuilt, name: str) -> None:
    with pytest.raises(NotPlain):
        judged(service, CHANGES[name](found))


def test_a_certificate_that_a_list_names_is_not_plain(service: Service, found: Rebuilt) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding

    root = service.post.root
    for revoked in (service.post.seal.certificate, service.post.tsa.certificate):
        listed = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(root.certificate.subject)
            .last_update(ACT - timedelta(days=1))
            .next_update(ACT + timedelta(days=8))
            .add_revoked_certificate(
                x509.RevokedCertificateBuilder().serial_number(revoked.serial_number).revocation_date(ACT).build()
            )
            .sign(root.private_key, hashes.SHA256())
        )
        other = replace(found, lists=(*found.lists, listed.public_bytes(Encoding.DER)))
        with pytest.raises(NotPlain, match="names it"):
            judged(service, other)


def test_a_seal_by_the_time_stamping_key_is_not_plain(service: Service, found: Rebuilt) -> None:
    signer = cms.sign(service.post.tsa.credential, cms.DATA, found.seal.digest)
    container = cms.wrap(service.post.tsa.credential, signer, cms.DATA, None)
    with pytest.raises(NotPlain):
        judged(service, replace(found, seal=Signed(container, found.seal.digest)))
