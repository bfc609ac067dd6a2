"""A file with the verdict that is expected of it beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from verifier.report import Report, SignatureReport, Verdict

V = Verdict
REFUSED = frozenset({V.INVALID})
"""The signed bytes, or what a reader sees, were changed against the signer's will."""
DOUBTED = frozenset({V.INDETERMINATE})
"""Nothing is broken, and something is missing or has to be looked at by a person."""
NEVER_VALID = frozenset({V.INVALID, V.INDETERMINATE, V.UNREADABLE})
SOUND = frozenset({V.VALID, V.INDETERMINATE})
"""Not refused: what the file lacks, if anything, is no fault of its bytes."""


@dataclass(frozen=True)
class Expected:
    """What must be said; a value that is None is left open."""

    verdicts: frozenset[Verdict] = NEVER_VALID
    intact: bool | None = None
    """Of the first signature."""
    changes: frozenset[str] | None = None
    """After the first signature: ``none``, ``benign``, ``content`` or ``unknown``."""
    permitted: bool | None = None
    trusted: bool | None = None


CONTENT = frozenset({"content"})
UNTOUCHED = frozenset({"none", "benign"})


@dataclass(frozen=True)
class Vector:
    """One file, the root that is trusted for it and when it is judged."""

    name: str
    raw: bytes
    expected: Expected
    anchor: bytes
    now: datetime


def disagreements(report: Report, expected: Expected) -> Iterator[str]:
    """Yield each thing that a report says otherwise than expected."""
    if report.verdict not in expected.verdicts:
        yield f"verdict {report.verdict.value} {report.sub_indication}"
    first = report.signatures[0] if report.signatures else None
    for name, wanted in (
        ("intact", expected.intact),
        ("permitted", expected.permitted),
        ("trusted", expected.trusted),
    ):
        if wanted is not None and (first is None or getattr(first, name) is not wanted):
            yield f"{name} {None if first is None else getattr(first, name)}"
    if expected.changes is not None and _changes(first) not in expected.changes:
        yield f"changes {_changes(first)}"


def _changes(first: SignatureReport | None) -> str:
    return "no signature" if first is None else first.changes
