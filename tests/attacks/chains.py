"""Signatures that are right about the bytes and wrong about who made them, when, or with what."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from tests.attacks import contract, layout, signing, weak
from tests.attacks.archive import archived
from tests.attacks.contract import SIGNED_AT
from tests.attacks.signing import Locks
from tests.attacks.vector import DOUBTED, SOUND, UNTOUCHED, Expected, Vector
from tests.pki import NOW, Authority, authority

DAY, YEAR = timedelta(days=1), timedelta(days=365)
INTACT = Expected(DOUBTED, intact=True, changes=UNTOUCHED)


def strangers() -> Iterator[Vector]:
    """Others under the same names."""
    ours, other = contract.parties().signer, contract.parties().other
    untrusted = Expected(DOUBTED, intact=True, changes=UNTOUCHED, trusted=False)
    raw = archived(_signed(other), other)
    yield Vector("stranger: authority of the same names", raw, untrusted, ours.root_pem, contract.JUDGED_AT)
    yield Vector(
        "stranger: no time stamp of ours", _signed(ours, stamper=other), INTACT, ours.root_pem, contract.JUDGED_AT
    )
    mixed = contract.sign(_signed(ours), "seconde", by=other)
    yield Vector(
        "stranger: signs beside us", archived(mixed, ours), Expected(DOUBTED), ours.root_pem, contract.JUDGED_AT
    )
    grafted = weak.with_certificate(_signed(other), ours.seal, other.seal)
    yield Vector("stranger: our certificate in place of his", grafted, Expected(), ours.root_pem, contract.JUDGED_AT)


def times() -> Iterator[Vector]:
    """Expiry and revocation, before and after the time that a stamp proves."""
    for name, post, stamped, expected in (
        ("expired before it was stamped", _until(SIGNED_AT - timedelta(minutes=30)), True, Expected()),
        ("expired before it was signed, never stamped", _until(SIGNED_AT - timedelta(minutes=30)), False, Expected()),
        ("expired since, never stamped", _until(SIGNED_AT + DAY), False, Expected(DOUBTED, intact=True)),
        ("not yet valid when it was stamped", _since(SIGNED_AT + DAY), True, Expected()),
    ):
        raw = _signed(post, stamped=stamped)
        yield Vector(f"times: {name}", raw, expected, post.root_pem, contract.JUDGED_AT)
    revoked = authority(at=NOW)
    revoked.revoke(revoked.seal, SIGNED_AT - timedelta(minutes=30))
    yield _judged("times: revoked before it was stamped", revoked, Expected())
    since = authority(at=NOW)
    since.revoke(since.seal, SIGNED_AT + timedelta(minutes=30))
    yield _judged("times: revoked after it was stamped", since, Expected(SOUND, intact=True, changes=UNTOUCHED))
    # without a stamp that counts, nothing shows that the signature existed before its certificate expired
    stamper = _until(SIGNED_AT + 2 * DAY)
    stamper.revoke(stamper.tsa, SIGNED_AT - timedelta(minutes=30))
    yield _judged("times: stamp of a revoked authority", stamper, Expected(intact=True))
    old = authority(at=NOW, seal_until=SIGNED_AT + 2 * DAY, tsa_until=SIGNED_AT - timedelta(minutes=30))
    yield _judged("times: stamp of an expired authority", old, Expected(intact=True))
    lapsed = _until(SIGNED_AT + 2 * DAY)
    kept = archived(_signed(lapsed), lapsed, at=SIGNED_AT + DAY)
    yield Vector(
        "times: expired since, archived before",
        kept,
        Expected(SOUND, intact=True, changes=UNTOUCHED),
        lapsed.root_pem,
        contract.JUDGED_AT,
    )
    late = archived(_signed(lapsed, stamped=False), lapsed, at=SIGNED_AT + 3 * DAY)
    yield Vector(
        "times: archived after it expired, never stamped", late, Expected(), lapsed.root_pem, contract.JUDGED_AT
    )
    bare = _signed(contract.parties().signer)
    yield Vector("times: no revocation data", bare, INTACT, contract.parties().signer.root_pem, contract.JUDGED_AT)
    far = contract.JUDGED_AT + 50 * YEAR
    yield Vector(
        "times: all expired long ago",
        archived(bare, contract.parties().signer),
        INTACT,
        contract.parties().signer.root_pem,
        far,
    )


def algorithms() -> Iterator[Vector]:
    """Digests and keys that anybody breaks (ETSI TS 119 312)."""
    for name, raw, root in weak.signed():
        yield Vector(f"weak: {name}", raw, Expected(), root, contract.JUDGED_AT)


def _judged(name: str, post: Authority, expected: Expected) -> Vector:
    raw = archived(_signed(post), post, at=SIGNED_AT + timedelta(hours=1))
    return Vector(name, raw, expected, post.root_pem, contract.JUDGED_AT)


def _signed(post: Authority, *, stamped: bool = True, stamper: Authority | None = None) -> bytes:
    raw = layout.classic(contract.objects())
    return signing.sign(raw, post, field="signature", at=SIGNED_AT, locks=Locks(), stamped=stamped, stamper=stamper)


def _until(end: datetime) -> Authority:
    return authority(at=NOW, seal_until=end)


def _since(start: datetime) -> Authority:
    return authority(at=NOW, seal_since=start)
