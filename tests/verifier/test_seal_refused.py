"""What a sealer turns down: time stamps that are not the ones asked for, and certificates that would not verify."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from cryptography import x509

from portal.adapters.tsa import EmbeddedTimeStamper
from tests.pki import NOW, YEAR, Authority, Clock, authority, drawn
from verifier import stamp
from verifier.credential import SignatureWrong
from verifier.seal import SealRefused


@pytest.fixture(scope="module")
def post() -> Authority:
    return authority()


def test_a_key_that_signs_wrongly_yields_no_seal(post: Authority) -> None:
    honest = post.seal.credential
    faulty = replace(honest, sign=lambda octets: honest.sign(octets + b"\0"))
    with pytest.raises(SignatureWrong):
        replace(post.sealer(), credential=faulty).seal(drawn(), now=NOW)


@dataclass
class Forger:
    """A time-stamper that answers another question than the one asked."""

    behind: stamp.TimeStamper
    instead: bytes

    @property
    def certificates(self) -> tuple[x509.Certificate, ...]:
        return self.behind.certificates

    def stamp(self, imprint: bytes) -> bytes:
        return self.behind.stamp(self.instead)


def test_a_time_stamp_over_something_else_is_refused(post: Authority) -> None:
    sealer = replace(post.sealer(), time_stamper=Forger(post.time_stamper, bytes(32)))
    with pytest.raises(stamp.StampRefused, match=r"imprint: got 0000.*expected"):
        sealer.seal(drawn(), now=NOW)


@pytest.mark.parametrize("off", [timedelta(minutes=6), -timedelta(minutes=6)])
def test_a_time_stamp_far_from_the_clock_is_refused(post: Authority, off: timedelta) -> None:
    wrong = EmbeddedTimeStamper(post.tsa.credential, Clock(NOW + off))
    with pytest.raises(stamp.StampRefused, match="give or take 0:05:00"):
        replace(post.sealer(), time_stamper=wrong).seal(drawn(), now=NOW)


def test_a_time_stamp_larger_than_its_room_is_refused(post: Authority) -> None:
    with pytest.raises(SealRefused, match="expected at most 100"):
        replace(post.sealer(), stamp_room=100).seal(drawn(), now=NOW)


@pytest.mark.parametrize("token", [b"", b"\x30\x00", b"\x30\x80\x00\x00", drawn()[:200]])
def test_what_is_no_token_is_refused_by_name(token: bytes) -> None:
    with pytest.raises(stamp.StampRefused):
        stamp.read(token)


def test_an_expired_certificate_seals_nothing() -> None:
    post = authority(seal_since=NOW - 2 * YEAR, seal_until=NOW - YEAR)
    with pytest.raises(SealRefused, match="expected a time from 2024"):
        post.sealer().seal(drawn(), now=NOW)


def test_a_revoked_certificate_seals_nothing() -> None:
    post = authority()
    post.revoke(post.seal, NOW - timedelta(hours=1))
    with pytest.raises(SealRefused, match="revoked"):
        post.sealer().seal(drawn(), now=NOW)


@pytest.mark.parametrize(
    ("lists", "word"), [(lambda: (), "got no revocation list"), (authority(at=NOW - YEAR).revocation, "not in force")]
)
def test_revocation_lists_that_are_missing_or_stale_stop_the_seal(
    post: Authority, lists: Callable[[], tuple[bytes, ...]], word: str
) -> None:
    with pytest.raises(SealRefused, match=word):
        replace(post.sealer(), revocation=lists).seal(drawn(), now=NOW)


def test_a_revocation_list_issued_a_moment_after_the_clock_was_read_is_in_force() -> None:
    later = authority(at=NOW)
    later.clock.time = NOW + timedelta(seconds=1)
    assert later.sealer().seal(drawn(), now=NOW).startswith(drawn())


def test_a_file_that_is_signed_already_is_not_certified(post: Authority) -> None:
    sealed = post.sealer().seal(drawn(), now=NOW)
    with pytest.raises(SealRefused, match="form fields"):
        post.sealer().seal(sealed, now=NOW)
