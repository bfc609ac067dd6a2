"""A bounded time of mutated files (LSE_FUZZ_SECONDS, 5 if it is not set), the same ones in the same order each time."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.fuzz.mutations import CHANGES, Mutation, apply
from tests.fuzz.property import PATIENCE, Seed, demand, judged, seeds
from verifier import sandbox
from verifier.report import Verdict

pytestmark = pytest.mark.fuzz
SECONDS = float(os.environ.get("LSE_FUZZ_SECONDS", "5"))
_BATCH = 50
_MEMORY = 1 << 30
"""Bytes that a file may cost this process before the memory runs out for it."""

_numbers = st.integers(0, 2**32 - 1)
_mutation = st.builds(Mutation, st.sampled_from(sorted(CHANGES)), _numbers, _numbers)
_changes = st.lists(_mutation, min_size=1, max_size=6)


@pytest.fixture
def bounded_memory() -> Iterator[None]:
    """Give the process an end of its memory for as long as the test takes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    with open("/proc/self/statm") as held:
        now = int(held.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + _MEMORY, hard))
    yield
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def drive(seconds: float, demanded: Callable[[bytes, Seed], None]) -> int:
    """Run batches of examples, numbered from 0, until the time is up; return how many files were judged."""
    end, number, count = time.monotonic() + seconds, 0, 0
    every = seeds()

    def one(position: int, changes: list[Mutation]) -> None:
        nonlocal count
        if time.monotonic() > end and count:
            return
        start = every[position % len(every)]
        demanded(apply(start.raw, changes), start)
        count += 1

    while time.monotonic() < end:
        batch = settings(
            max_examples=_BATCH,
            database=None,
            deadline=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )(given(st.integers(0, len(every) - 1), _changes)(one))
        seed(number)(batch)()
        number += 1
    return count


@pytest.mark.usefixtures("bounded_memory")
def test_a_mutated_file_is_answered_and_never_valid() -> None:
    def demanded(raw: bytes, start: Seed) -> None:
        demand(judged(raw, start), raw, start)

    assert drive(SECONDS * 0.8, demanded) > 0


def test_a_mutated_file_costs_a_child_neither_its_time_nor_its_life() -> None:
    def demanded(raw: bytes, start: Seed) -> None:
        started = time.monotonic()
        report = sandbox.judge(raw, anchors=[start.anchor], now=start.now, name="")
        assert time.monotonic() - started < PATIENCE
        assert report.verdict is not Verdict.UNREADABLE or not died(report.checks[-1].detail)
        demand(report, raw, start)

    assert drive(SECONDS * 0.2, demanded) > 0


def died(detail: str) -> bool:
    """Whether a child ended otherwise than by an answer or at the limit of its memory."""
    return any(word in detail for word in ("killed", "died", "clock", "processor"))


def test_each_seed_is_sound_and_knows_its_signed_bytes() -> None:
    for one in seeds():
        report = judged(one.raw, one)
        assert report is not None
        assert report.verdict in (Verdict.VALID, Verdict.INDETERMINATE), one.name
        assert all(each.intact for each in report.signatures), one.name
        assert one.is_kept(one.raw + b"\n")
        assert not one.is_kept(one.raw[:700] + bytes([one.raw[700] ^ 1]) + one.raw[701:])
    assert not seeds()[0].is_kept(seeds()[0].raw + b"x")


@pytest.mark.parametrize("name", sorted(CHANGES))
def test_each_mutation_changes_a_file_and_is_the_same_each_time(name: str) -> None:
    changed = 0
    for one in seeds():
        for where, how in ((12_345, 54_321), (99, 7), (2**31, 2**30)):
            mutation = Mutation(name, where, how)
            made = mutation.apply(one.raw)
            assert made == mutation.apply(one.raw)
            changed += made != one.raw
            assert isinstance(mutation.apply(b"x"), bytes)
    assert changed > len(seeds())
