"""The verifier against the corpus of other projects, where one is at hand."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests import corpus

FOLDER = os.environ.get("LSE_CORPUS", "")


@pytest.mark.skipif(not FOLDER, reason="LSE_CORPUS names no folder with a manifest.json and its files")
def test_at_most_one_assertion_in_a_hundred_is_missed_and_no_attack_is_accepted() -> None:
    lines: list[str] = []
    columns = corpus.score(Path(FOLDER), tell=lines.append)
    assert columns["integrity"].asserted > 0
    assert (columns["attacks"].off, columns["exceptions"].off) == ([], [])
    missed = {name: one.off for name, one in columns.items() if len(one.off) > max(1, one.asserted / 100)}
    assert missed == {}, "\n".join(lines)
