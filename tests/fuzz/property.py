"""What must hold of every file: the verifier answers, in time, and no change of a signed byte is VALID."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from types import FrameType

from tests.attacks import certified, contract
from tests.attacks.archive import archived
from tests.attacks.contract import JUDGED_AT
from tests.attacks.signing import Locks
from tests.attacks.steady import steady
from tests.proofs import Service
from verifier.check import check
from verifier.report import Report, Verdict
from verifier.structure import WHITE

LAYOUTS = ("classic", "streamed", "hybrid", "linearized")
PATIENCE = 20
"""Seconds for one file."""
_RANGE = re.compile(rb"/ByteRange ?\[ ?0 (\d+) (\d+) (\d+) ?\]")


class Hung(BaseException):
    """Time is up; no `Exception`, so that nothing on the way takes it for a fault of the file."""


@dataclass(frozen=True)
class Seed:
    """A file to start from, and what of it must stay."""

    name: str
    raw: bytes
    anchor: bytes
    ours: bool
    """One of our own proofs: nothing at all may be added to it."""
    now: datetime = JUDGED_AT

    def is_kept(self, changed: bytes) -> bool:
        """Whether all bytes that must not change are what they were.

        In a proof of ours these are the whole file, but for the case of the last value's digits. In another file they are
        what the first signature covers: whoever holds it can cut off what came later, and put other certificates that
        nobody signed into the container.
        """
        ranges = sorted(tuple(int(one) for one in found) for found in _RANGE.findall(self.raw))
        first, second, rest = ranges[-1 if self.ours else 0]
        end = second + rest
        if changed[:first] != self.raw[:first] or changed[second:end] != self.raw[second:end]:
            return False
        if not self.ours:
            return True
        return changed[first:second].upper() == self.raw[first:second].upper() and not changed[end:].strip(WHITE)


@cache
def seeds() -> tuple[Seed, ...]:
    """A proof of ours, and contracts in every layout, certified, filled in and countersigned."""
    with steady("fuzz"):
        service = Service()
        post = contract.parties().signer
        plain = contract.signed(Locks(certified=2))
        filled = contract.sign(contract.rewrite(plain, certified.FILLED), "contresignature")
        made = [
            ("proof", service.proof(), service.anchor),
            *((name, archived(contract.bare(layout_of=name), post), post.root_pem) for name in LAYOUTS),
            ("certified", archived(plain, post), post.root_pem),
            ("bare", contract.signed(), post.root_pem),
            ("filled", filled, post.root_pem),
        ]
    return tuple(Seed(name, raw, anchor, name == "proof") for name, raw, anchor in made)


def judged(raw: bytes, seed: Seed) -> Report | None:
    """Judge in this process; None where the memory ran out, which a child's limit turns into an answer."""
    try:
        with patience():
            return check(raw, anchors=[seed.anchor], now=seed.now)
    except MemoryError:
        return None


def demand(report: Report | None, raw: bytes, seed: Seed) -> None:
    """Raise `AssertionError` where a file that is not what was signed is VALID."""
    if report is not None and report.verdict is Verdict.VALID:
        assert seed.is_kept(raw), f"{seed.name}: VALID with other signed bytes"


@contextmanager
def patience() -> Iterator[None]:
    """Raise `Hung` when the time is up."""

    def over(_number: int, _frame: FrameType | None) -> None:
        raise Hung(f"no answer in {PATIENCE} s")

    before = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
