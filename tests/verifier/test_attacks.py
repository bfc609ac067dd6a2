"""What is said of each generated vector: attacks on any signed PDF, and the everyday updates that look like them."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys

import pytest

from tests.attacks import vectors
from tests.attacks.vector import disagreements
from verifier.check import check
from verifier.report import Verdict

DIGESTS = (
    "import hashlib\nfrom tests.attacks import vectors\n"
    "for name in {families}: print(name, *(hashlib.sha256(one.raw).hexdigest() for one in vectors.of(name)))"
)
SAMPLE = ("wrapping", "permissions", "times", "algorithms", "benign")
"""Families that use every source of chance there is: keys, serial numbers, signatures, file identifiers, dates."""


@pytest.mark.parametrize("family", [*vectors.ATTACKS, *vectors.CONTROLS])
def test_each_vector_of_a_family_gets_what_stands_beside_it(family: str) -> None:
    others = {}
    for one in vectors.of(family):
        report = check(one.raw, anchors=[one.anchor], now=one.now)
        if found := list(disagreements(report, one.expected)):
            others[one.name] = found
    assert others == {}


@pytest.mark.parametrize("family", vectors.ATTACKS)
def test_no_attack_is_expected_to_be_taken_for_the_signed_file(family: str) -> None:
    for one in vectors.of(family):
        sound = one.expected.changes is not None and one.expected.changes <= {"none", "benign"} and one.expected.intact
        assert Verdict.VALID not in one.expected.verdicts or sound, one.name


def test_every_vector_is_another_file_and_has_a_name_of_its_own() -> None:
    made = [one for family in (*vectors.ATTACKS, *vectors.CONTROLS) for one in vectors.of(family)]
    assert len({one.name for one in made}) == len({one.raw for one in made}) == len(made) > 150


def test_another_process_makes_the_same_bytes() -> None:
    here = [" ".join([name, *(hashlib.sha256(one.raw).hexdigest() for one in vectors.of(name))]) for name in SAMPLE]
    done = subprocess.run(
        [sys.executable, "-c", DIGESTS.format(families=SAMPLE)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "7", "TZ": "Pacific/Noumea"},
    )
    assert done.stdout.splitlines() == here
