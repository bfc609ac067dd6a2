"""A report as text for a terminal, in French or English: the verdict first, then what it rests on, in nine parts."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from verifier.audit import AuditReport
from verifier.glyphs import safe
from verifier.layout import Block, Commands, Deeds, Facts, File, Files, Layout, Line, Lines, Row, Words
from verifier.letter import LetterReport
from verifier.parts import laid_out
from verifier.report import Report, Verdict
from verifier.sentences import typographic
from verifier.typeset import exact_size

WIDTH = 88
_MARKS = {"passed": "✓", "failed": "✗", "unknown": "?", "skipped": "–"}
_COLOURS = {Verdict.VALID: "32", Verdict.INVALID: "31", Verdict.INDETERMINATE: "33", Verdict.UNREADABLE: "35"}


def verdict_line(report: Report, language: str) -> str:
    """Return the one sentence that answers, such as ``INVALIDE — Le fichier a été modifié …``."""
    return _verdict(laid_out(report, language))


def text(report: Report, *, language: str = "fr", colour: bool = False, letter: LetterReport | None = None) -> str:
    """Return the whole report; what comes from the file is made safe for a terminal."""
    layout = laid_out(report, language, letter=letter)
    line = "\n".join(textwrap.wrap(_verdict(layout), WIDTH))
    if colour:
        line = f"\033[1;{_COLOURS[report.verdict]}m{line}\033[0m"
    out = [line]
    if layout.answers:
        width = max(len(one.label) for one in layout.answers)
        out += ["", *(f"{_MARKS[one.outcome]} {one.label:<{width}}  {one.words}" for one in layout.answers)]
    for part in layout.parts:
        out += ["", f"{part.number}  {part.title}"]
        for position, block in enumerate(part.blocks):
            titled = not isinstance(block, Words | Commands) and block.title
            out += [""] if position and titled else []
            out += [f"   {one}".rstrip() for one in _block(block, language)]
    return "\n".join(out) + "\n"


def _verdict(layout: Layout) -> str:
    test = f"{layout.test} — " if layout.test else ""
    return safe(f"{test}{layout.word.upper()} — {layout.sentence}")


def _block(block: Block, language: str) -> Iterator[str]:
    match block:
        case Facts():
            yield from _titled(block.title)
            yield from _pairs(block.rows)
        case Words():
            yield from textwrap.wrap(block.text, WIDTH - 4)
        case Lines():
            yield from _titled(block.title)
            yield from (line for one in block.lines for line in _check(one))
        case Deeds():
            yield from _titled(block.title)
            yield from _deeds(block)
        case Files():
            yield from _titled(block.title)
            yield from (line for one in block.files for line in _file(one, language))
        case _:
            yield from block.lines


def _titled(title: str) -> Iterator[str]:
    if title:
        yield safe(title)


def _pairs(rows: tuple[Row, ...]) -> Iterator[str]:
    width = max((len(row.label) for row in rows), default=0)
    for row in rows:
        yield f"{row.label:<{width}}  {safe(row.value)}"


def _file(one: File, language: str) -> Iterator[str]:
    note = f" — {one.note}" if one.note else ""
    yield f"{safe(one.name)}, {exact_size(one.size, language)}{note}"
    yield f"  SHA-256 {one.sha256}"


def _check(one: Line) -> Iterator[str]:
    lines = textwrap.wrap(f"{one.word} · {safe(one.text)}", WIDTH - 6)
    yield f"{_MARKS[one.outcome]} {lines[0]}"
    yield from (f"  {rest}" for rest in lines[1:])
    named = f"{one.code}: {safe(one.detail)}" if one.detail else one.code
    yield from (f"    {rest}" for rest in textwrap.wrap(named, WIDTH - 8))


def _deeds(block: Deeds) -> Iterator[str]:
    for one in block.deeds:
        said = " · ".join(part for part in (one.word, one.permitted, safe(one.text), safe(one.where)) if part)
        lines = textwrap.wrap(said, WIDTH - 6)
        yield f"* {lines[0]}"
        yield from (f"  {rest}" for rest in lines[1:])
        if one.before or one.after:
            yield from _pairs((Row(f"    {block.before}", one.before), Row(f"    {block.after}", one.after)))
    if block.more:
        yield block.more


def audit_text(report: AuditReport, *, language: str = "fr") -> str:
    """Return the recheck of a journal as text."""
    french = language == "fr"
    defect = report.defect
    if defect is None:
        said = (
            f"JOURNAL CONFORME — {report.size} inscriptions donnent l’état signé par {report.origin}."
            if french
            else f"JOURNAL HOLDS — {report.size} entries give the head signed by {report.origin}."
        )
        lines = [said]
        if report.since_size is not None:
            said = (
                "L’ancien état ({0} inscriptions) en est le début."
                if french
                else "The older head ({0} entries) begins it."
            )
            lines.append(said.format(report.since_size))
    else:
        read = report.verdict is not Verdict.UNREADABLE
        held = ("JOURNAL NON CONFORME", "JOURNAL DOES NOT HOLD") if read else ("ILLISIBLE", "UNREADABLE")
        head = held[0] if french else held[1]
        where = (
            "" if defect.index is None else f" (inscription {defect.index})" if french else f" (entry {defect.index})"
        )
        lines = [f"{head} — {defect.fr if french else defect.en}{where}", safe(defect.detail)]
        for head in report.heads:
            lines += ["", *(safe(one) for one in head.splitlines())]
    if not report.pinned and report.verdict is not Verdict.UNREADABLE:
        lines.append(
            "La clé du journal est celle de l’export ; donnez la vôtre avec --policy."
            if french
            else "The journal’s key is the export’s own; give yours with --policy."
        )
    return "\n".join(typographic(one) if french else one for one in lines) + "\n"
