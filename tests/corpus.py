"""Score the verifier against a corpus of PDFs whose expected answers others assert: `python -m tests.corpus FOLDER`.

The folder holds ``manifest.json`` (a list of ``file``, ``category``, ``expect``) and the files that it names. Each is judged
in a confined child, without any trust anchor, or with the roots that it carries itself where a trusted chain is asserted. For
each column the agreements are counted and each disagreement is told.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from asn1crypto import cms

from verifier import sandbox, structure
from verifier.report import Check, Outcome, Report, SignatureReport, Verdict

NOW = datetime(2026, 6, 1, tzinfo=UTC)
TRUSTED = "TRUSTED at "
_SUSPICIOUS, _PERMITTED = "suspicious", "permitted"
_SLOW = 20.0


@dataclass
class Column:
    """One thing that is asserted."""

    asserted: int = 0
    off: list[str] = field(default_factory=list)

    def add(self, name: str, expected: object, got: object, agree: bool) -> None:
        self.asserted += 1
        if not agree:
            self.off.append(f"{name}: expected {expected}, got {got}")


def signatures(report: Report) -> list[SignatureReport]:
    """The signatures whose container could be decoded, time stamps aside."""
    undecoded = [one for one in report.signatures for each in one.checks if _undecoded(each)]
    return [one for one in report.signatures if one.kind == "signature" and one not in undecoded]


def _undecoded(one: Check) -> bool:
    return one.code == "container-readable" and one.outcome is not Outcome.PASSED


def integrity(report: Report) -> str:
    """Sum up the signatures as the corpus does: ``ok``, ``broken``, ``mixed`` or ``unknown``."""
    answers = {one.intact for one in signatures(report)}
    if answers == {True}:
        return "ok"
    if not answers or answers == {None}:
        return "unknown"
    return "broken" if answers <= {False, None} else "mixed"


def modifications(report: Report) -> str:
    """Suspicious where the signer did not allow what came after, or where annotations hide one another."""
    found = signatures(report)
    overlap = any(each.code == "annotations-overlap" for one in found for each in one.checks)
    allowed = all(one.permitted for one in found) and bool(found)
    return _PERMITTED if allowed and not overlap else _SUSPICIOUS


def stamped(one: SignatureReport) -> bool:
    """The signature has a time stamp that was made over it."""
    return any(each.code == "time-stamp" and each.outcome is Outcome.PASSED for each in one.checks)


def archived(report: Report, one: SignatureReport) -> bool:
    """A document time stamp that holds covers the signature."""
    after = report.signatures[report.signatures.index(one) + 1 :]
    return any(each.kind == "timestamp" and each.intact for each in after)


def _flags(report: Report, expected: dict[str, Any]) -> Iterator[tuple[object, object, bool]]:
    first = signatures(report)[0] if signatures(report) else None
    for name, value in expected.get("first", {}).items():
        got = None if first is None else archived(report, first)
        if name == "T" and first is not None:
            got = stamped(first) or got
        yield f"first {name} {value}", got, got is value


def _level(report: Report, expected: str | dict[str, Any]) -> tuple[object, bool]:
    got = [one.level for one in signatures(report)]
    if isinstance(expected, str):
        return got, bool(got) and set(got) == {expected}
    for name, count in expected.items():
        number = sum(one.startswith(name[:-1]) if name.endswith("*") else one == name for one in got)
        if number < 1 if count == ">=1" else number != count:
            return got, False
    return got, True


def _indication(
    report: Report, expected: str | dict[str, int], sub: str | dict[str, int] | None
) -> tuple[object, bool]:
    found = [(one.indication, one.sub_indication) for one in signatures(report)]
    failed = [one for one in found if one[0] == "FAILED"]
    if isinstance(expected, dict):
        return found, len(failed) == expected["TOTAL_FAILED"]
    if expected.startswith(TRUSTED):
        return found, bool(found) and all(one.trusted for one in signatures(report))
    wanted = {"TOTAL_FAILED": "FAILED", "TOTAL_PASSED": "PASSED"}.get(expected, expected)
    return found, any(one[0] == wanted and (sub is None or one[1] == sub) for one in found)


def roots_inside(raw: bytes) -> list[bytes]:
    """Return the self-issued certificates that the signatures of a file carry, for an assertion that some root is trusted."""
    found = []
    for one in structure.signature_fields(structure.open_pdf(raw)):
        try:
            assert one.dictionary is not None
            data = cms.ContentInfo.load(structure.covered(raw, one.dictionary).container)["content"]
            found += [each.chosen.dump() for each in data["certificates"] if each.chosen.issuer == each.chosen.subject]
        except (ValueError, TypeError, AssertionError):
            continue
    return list(dict.fromkeys(found))


def accepted(report: Report, expect: dict[str, Any]) -> bool:
    """Whether an attack would pass: nothing stands against any signature but that nobody vouches for it."""
    if report.verdict is Verdict.VALID:
        return True
    bad = expect.get("modifications") == _SUSPICIOUS or expect.get("integrity") in ("broken", "mixed")
    return bad and bool(signatures(report)) and integrity(report) == "ok" and modifications(report) == _PERMITTED


def score(folder: Path, tell: Callable[[str], None] = print, only: str = "") -> dict[str, Column]:
    """Judge every file of the manifest; return the columns."""
    names = ("integrity", "number", "modifications", "level", "level flags", "indication", "attacks", "exceptions")
    columns = {name: Column() for name in names}
    for case in json.loads((folder / "manifest.json").read_text("utf-8")):
        raw, expect, name = (folder / case["file"]).read_bytes(), case["expect"], Path(case["file"]).name
        if only not in name:
            continue
        moment, anchors = NOW, []
        if str(expect.get("indication", "")).startswith(TRUSTED):
            stated = str(expect["indication"]).removeprefix(TRUSTED)[:10]
            moment, anchors = datetime.fromisoformat(stated).replace(tzinfo=UTC), roots_inside(raw)
        begun = time.monotonic()
        report = sandbox.judge(raw, anchors=anchors, now=moment, name=name)
        taken = time.monotonic() - begun
        _compare(columns, name, case["category"], expect, report, taken)
        if only:
            tell(json.dumps(report.to_dict(), indent=1, ensure_ascii=False))
    for name, column in columns.items():
        tell(f"{name:14}{column.asserted - len(column.off):4} / {column.asserted}")
        for line in column.off:
            tell(f"    {line}")
    return columns


def _compare(
    columns: dict[str, Column], name: str, category: str, expect: dict[str, Any], report: Report, taken: float
) -> None:
    if "integrity" in expect:
        got = integrity(report)
        columns["integrity"].add(name, expect["integrity"], got, got == expect["integrity"])
    number = len(signatures(report))
    if "n_signatures" in expect:
        columns["number"].add(name, expect["n_signatures"], number, number == expect["n_signatures"])
    elif "min_signatures" in expect:
        columns["number"].add(name, f">= {expect['min_signatures']}", number, number >= expect["min_signatures"])
    if "modifications" in expect:
        found = modifications(report)
        columns["modifications"].add(name, expect["modifications"], found, found == expect["modifications"])
    if "level" in expect:
        levels, agree = _level(report, expect["level"])
        columns["level"].add(name, expect["level"], levels, agree)
    for wanted, flag, agree in _flags(report, expect.get("level_flags", {})):
        columns["level flags"].add(name, wanted, flag, agree)
    if "indication" in expect:
        sub = expect.get("subindication")
        answer, agree = _indication(report, expect["indication"], sub)
        columns["indication"].add(name, (expect["indication"], sub), answer, agree)
    if category == "attack":
        columns["attacks"].add(name, "not accepted", report.verdict.value, not accepted(report, expect))
    faults = [one.detail for one in report.checks if one.code == "limits"]
    columns["exceptions"].add(name, "an answer", f"{faults} in {taken:.1f} s", not faults and taken < _SLOW)


if __name__ == "__main__":
    score(Path(sys.argv[1]), only=sys.argv[2] if len(sys.argv) > 2 else "")
