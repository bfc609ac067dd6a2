"""Controls: what is done to signed files every day, and must not be taken for an attack."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from tests.attacks import contract, layout
from tests.attacks.archive import ARCHIVED_AT, archived, stamped, stored
from tests.attacks.certified import ALLOWED, BESIDE, FILLED, NOTED, TICKED, annotated
from tests.attacks.contract import JUDGED_AT, SIGNED_AT
from tests.attacks.signing import Locks
from tests.attacks.vector import UNTOUCHED, Expected, Vector
from verifier.report import Verdict

GREEN = Expected(frozenset({Verdict.VALID}), intact=True, changes=UNTOUCHED, permitted=True, trusted=True)
LATER = SIGNED_AT + timedelta(minutes=20)


def controls() -> Iterator[Vector]:
    """Green: nothing but signatures, time stamps and validation data came after the first signature."""
    ours = contract.parties().signer
    for name in ("classic", "streamed", "hybrid", "linearized"):
        yield _vector(f"benign: archived, {name}", archived(contract.bare(layout_of=name), ours), GREEN)
    plain = contract.signed()
    yield _vector("benign: validation data", plain, GREEN)
    for level in (1, 2, 3):
        raw = archived(contract.signed(Locks(certified=level)), ours)
        yield _vector(f"benign: archived, P {level}", raw, GREEN)
    for name, locks in (("nothing said", None), ("P 2", Locks(certified=2)), ("P 3", Locks(certified=3))):
        raw = contract.sign(contract.signed(locks), "seconde", at=LATER)
        yield _vector(f"benign: second signature, {name}", archived(raw, ours), GREEN)
        raw = contract.sign(contract.signed(locks), "contresignature", at=LATER)
        yield _vector(f"benign: waiting field signed, {name}", archived(raw, ours), GREEN)
    shown = contract.sign(contract.signed(Locks(certified=2)), "seconde", at=LATER, locks=Locks(box=(20, 20, 120, 60)))
    yield _vector("benign: second signature that shows beside the text", archived(shown, ours), GREEN)
    keyed = stored(archived(plain, ours), ours, at=ARCHIVED_AT + timedelta(days=1), by_value=True)
    yield _vector("benign: validation data by signature", keyed, GREEN)
    once = archived(plain, ours)
    renewed = archived(once, ours, at=ARCHIVED_AT + timedelta(days=2))
    yield _vector("benign: archive time stamp renewed", renewed, GREEN)
    bare = stamped(once, ours, at=ARCHIVED_AT + timedelta(days=2))
    yield _vector("benign: archive time stamp renewed alone", bare, GREEN)
    spaced = archived(plain, ours) + b"\r\n\r\n"
    yield _vector("benign: white space after the end", spaced, GREEN)
    two = contract.sign(contract.sign(plain, "seconde", at=LATER), "troisieme", at=LATER)
    yield _vector("benign: three signatures", archived(two, ours), GREEN)
    nothing = contract.rewrite(plain, {70: b"(nobody reads this)"})
    yield _vector("benign: update that changes nothing", archived(nothing, ours), GREEN)


def permitted() -> Iterator[Vector]:
    """Not green and not refused: the signer allowed it, and it is not what was signed."""
    for name, locks, bodies in (
        ("form filled, P 2", Locks(certified=2), FILLED),
        ("box ticked, P 2", Locks(certified=2), TICKED),
        ("free field filled", Locks(fields=("total",)), NOTED),
    ):
        raw = contract.rewrite(contract.signed(locks), bodies)
        yield _vector(f"permitted: {name}", archived(raw, contract.parties().signer), ALLOWED)
    for name, locks in (("P 3", Locks(certified=3)), ("nothing said", None)):
        raw = contract.signed(locks)
        noted = contract.rewrite(raw, annotated(raw, b"Square", BESIDE, b"0 0 1 rg 0 0 600 850 re f"))
        yield _vector(f"permitted: note beside the text, {name}", archived(noted, contract.parties().signer), ALLOWED)
    filled = contract.rewrite(contract.signed(Locks(certified=2)), FILLED)
    signed = contract.sign(filled, "contresignature", at=LATER)
    yield _vector("permitted: form filled, then signed", archived(signed, contract.parties().signer), ALLOWED)


def untouched() -> Iterator[Vector]:
    """The base files, and the same contract never signed."""
    unsigned = layout.classic(contract.objects())
    nothing = Expected(frozenset({Verdict.INDETERMINATE}))
    yield _vector("benign: never signed", unsigned, nothing)


def _vector(name: str, raw: bytes, expected: Expected) -> Vector:
    return Vector(name, raw, expected, contract.parties().signer.root_pem, JUDGED_AT)
