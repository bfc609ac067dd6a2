"""The generated vectors judged by EU DSS with the same root at the same time: it is never stricter than we are.

DSS with its own default policy passes a signature whatever was done to the file later, and says what was done beside it. We
refuse what the signer did not allow, and leave to a person what he allowed and did not see.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from tests import attacks
from tests.attacks import vectors
from tests.attacks.steady import steady
from tests.attacks.vector import Expected, Vector
from tests.interop.jvm import Oracle
from tests.proofs import ACT, Service
from verifier.check import check

PASSED, OPEN, FAILED = 2, 1, 0
OURS = {"VALID": PASSED, "INDETERMINATE": OPEN, "INVALID": FAILED, "unreadable": FAILED}
THEIRS = {"TOTAL_PASSED": PASSED, "INDETERMINATE": OPEN, "TOTAL_FAILED": FAILED}
AT = ACT + timedelta(days=5)
FAMILIES = [*vectors.ATTACKS, *vectors.CONTROLS]
STRICTER = Path(__file__).with_name("stricter.tsv")
"""Every vector on which our answer is stricter: its name, what DSS says, what we say. On all others it is the same."""


def judged_by_dss(oracle: Oracle, one: Vector, folder: Path) -> str:
    """Return the worst indication among the signatures; without a signature, or an answer, nothing is decided."""
    (folder / "file.pdf").write_bytes(one.raw)
    (folder / "root.pem").write_bytes(one.anchor)
    found = oracle.signatures(folder / "file.pdf", root=folder / "root.pem", at=one.now)
    said = [each["indication"] for each in found.get("signatures", [])]
    return min(
        said, key=lambda each: THEIRS.get(each, OPEN), default="unreadable" if "error" in found else "no signature"
    )


@dataclass(frozen=True)
class Answers:
    """What the two say of one vector."""

    name: str
    theirs: str
    ours: str

    @property
    def difference(self) -> int:
        """Positive where we are more lenient, negative where we are stricter."""
        return OURS[self.ours] - THEIRS.get(self.theirs, OPEN)

    def __str__(self) -> str:
        return f"{self.name}\t{self.theirs}\t{self.ours}"


def compared(oracle: Oracle, every: Iterable[Vector], folder: Path) -> list[Answers]:
    found = []
    for one in every:
        report = check(one.raw, anchors=[one.anchor], now=one.now)
        found.append(Answers(one.name, judged_by_dss(oracle, one, folder), report.verdict.value))
    return found


def few(family: str) -> list[Vector]:
    """A family; of annotations those of the level that allows them, of what is malformed one in four."""
    every = list(vectors.of(family))
    if family == "annotations":
        return [one for one in every if ", P 3:" in one.name]
    return every[::4] if family in ("containers", "store") else every


def demand_listed(found: list[Answers]) -> None:
    """Nowhere more lenient, and stricter just where it is written down."""
    assert [str(one) for one in found if one.difference > 0] == []
    listed = STRICTER.read_text("utf-8").splitlines()
    names = {one.name for one in found}
    expected = [line for line in listed if line.split("\t")[0] in names]
    assert [str(one) for one in found if one.difference < 0] == expected


@pytest.mark.parametrize("family", FAMILIES)
def test_we_are_never_more_lenient_than_dss(oracle: Oracle, family: str, tmp_path: Path) -> None:
    demand_listed(compared(oracle, few(family), tmp_path))


def test_an_attacked_proof_never_fares_better_with_us(oracle: Oracle, tmp_path: Path) -> None:
    with steady("attacks on a proof"):
        service = Service()
        files = list(attacks.of(service, service.proof()))
    assert len(files) > 100
    every = [Vector(f"proof, {name}", raw, Expected(), service.anchor, AT) for name, raw in files]
    demand_listed(compared(oracle, every, tmp_path))
