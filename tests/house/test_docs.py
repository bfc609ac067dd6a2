"""What the documents say of the code is what the code says."""

from __future__ import annotations

from pathlib import Path

from portal.domain.lifecycle import STEPS, Act, Status
from portal.domain.words import STATUSES
from verifier.statement import ProofKind

DOCS = Path(__file__).parents[2] / "docs"


def test_the_words_are_those_of_the_code() -> None:
    words = (DOCS / "words.md").read_text()
    for status in Status:
        assert f"| `{status.value}` | {STATUSES[status][0]} | {STATUSES[status][1]} |" in words
    for kind in ProofKind:
        assert f"| `{kind.value}` | {kind.title_fr} | {kind.title_en} |" in words
    for act in Act:
        assert f"`{act.value}`" in words


def test_the_drawing_of_a_letters_life_is_the_table_of_steps() -> None:
    drawn = (DOCS / "architecture.md").read_text().partition("stateDiagram-v2\n")[2].partition("```")[0]
    steps = {
        f"{leave.name} --> {enter.name}: {act.value}" + (f" / {proof.value}" if proof else "")
        for (leave, act), (enter, proof) in STEPS.items()
    }
    assert {line.strip() for line in drawn.splitlines() if line.strip()} == steps
