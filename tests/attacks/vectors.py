"""Every vector on signed PDFs that are not ours, family by family."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from tests.attacks import benign, certified, chains, contract, malformed, pages
from tests.attacks.forgery import forged
from tests.attacks.steady import steady
from tests.attacks.vector import NEVER_VALID, REFUSED, Expected, Vector
from tests.attacks.wrapping import Attack, relocated, wrapped

BROKEN = Expected(NEVER_VALID, intact=False)


def wrapping() -> Iterator[Vector]:
    """Signature wrapping; in the last ones the digest is right and the page is false."""
    refused = replace(BROKEN, verdicts=REFUSED)
    yield from _vectors(wrapped(contract.signed()), Expected(REFUSED))
    yield from _vectors(relocated(contract.bare(), {6: contract.text_of(b"Faux")}), refused)


def forgery() -> Iterator[Vector]:
    """Universal forgery."""
    yield from _vectors(forged(contract.signed()), Expected(NEVER_VALID))


def _vectors(attacks: Iterable[Attack], expected: Expected) -> Iterator[Vector]:
    for name, raw in attacks:
        yield Vector(name, raw, expected, contract.parties().signer.root_pem, contract.JUDGED_AT)


Family = Callable[[], Iterator[Vector]]
ATTACKS: dict[str, Family] = {
    "wrapping": wrapping,
    "forgery": forgery,
    "saving": pages.saved,
    "pages": pages.changed,
    "shadow": pages.shadow,
    "forms": certified.forms,
    "permissions": certified.permissions,
    "annotations": certified.annotations,
    "sneaky signatures": certified.sneaky,
    "strangers": chains.strangers,
    "times": chains.times,
    "algorithms": chains.algorithms,
    "containers": malformed.containers,
}
CONTROLS: dict[str, Family] = {
    "benign": benign.controls,
    "permitted": benign.permitted,
    "untouched": benign.untouched,
    "store": malformed.store,
}


def of(family: str) -> Iterator[Vector]:
    """Make a family of files; the same bytes each time."""
    with steady(f"family {family}"):
        yield from (ATTACKS | CONTROLS)[family]()
