"""Parts 3 to 5 of a report: who signed, when, and what each signature covers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from verifier.layout import Block, Deed, Deeds, Facts, File, Files, Page, Row, Words, common_name, readable
from verifier.letter import LetterReport
from verifier.report import Change, SignatureReport, Signer, Verdict

MOST = 40
"""Changes told one by one after a signature; all of them stand in the JSON."""
WEIGHTS = ("content", "unknown", "benign", "none")
"""From the gravest."""


def who(page: Page) -> Iterator[Block]:
    words = page.words
    if page.report.verdict is Verdict.UNREADABLE:
        return
    signed = [one for one in page.seals if one.signer is not None]
    if not signed:
        yield Words(words["nobody"])
    for one in signed:
        assert one.signer is not None  # noqa: S101 # filtered above
        yield Facts((*_certificate(page, one.signer), *_trusted(page, one)), page.title(one))
    if any(not one.trusted and one.intact is not False for one in signed):
        yield Words(words["unanchored"])


def _certificate(page: Page, signer: Signer) -> Iterator[Row]:
    words = page.words
    since, until = (f"{moment:%d/%m/%Y}" for moment in (signer.not_before, signer.not_after))
    yield Row(words["subject"], readable(signer.subject))
    yield Row(words["issuer"], readable(signer.issuer))
    yield Row(words["serial"], signer.serial)
    yield Row(words["certificate"], signer.sha256, "digest")
    yield Row(words["validity"], words["since-until"].format(since=since, until=until))


def _trusted(page: Page, one: SignatureReport) -> Iterator[Row]:
    words = page.words
    if one.qualified:
        yield Row(words["qualified"], one.qualified)
    if one.trusted and one.chain:
        yield Row(words["by"], readable(one.chain[-1].subject))
    sha256 = one.chain[-1].sha256 if one.chain else page.report.anchor_sha256
    if one.trusted and sha256:
        yield Row(words["anchor"], sha256, "digest")


def when(page: Page) -> Iterator[Block]:
    words, report = page.words, page.report
    for one in page.seals:
        rows = []
        if one.best_time is None:
            rows.append(Row(words["unproven"], words["no-stamp"]))
        else:
            rows.append(page.time("proven" if one.trusted else "claimed", one.best_time))
        if one.stamped_by is not None:
            rows.append(Row(words["stamper"], readable(one.stamped_by.subject)))
        if one.declared_time is not None:
            rows.append(page.time("declared", one.declared_time))
        if report.statement is not None:
            rows.append(page.time("stated-time", report.statement.time))
        yield Facts(tuple(rows), page.title(one))
    stamps = [one for one in report.signatures if one.kind == "timestamp" and one.best_time is not None]
    if stamps:
        yield Facts(tuple(_archived(page, one) for one in stamps))
    if report.signatures:
        yield Words(words["time-means"], quiet=True)


def _archived(page: Page, one: SignatureReport) -> Row:
    assert one.best_time is not None  # noqa: S101 # filtered by the caller
    row = page.time("archived", one.best_time)
    holder = one.stamped_by or one.signer
    return replace(row, value=f"{row.value}, {common_name(holder.subject)}") if holder else row


def covered(page: Page, letter: LetterReport | None) -> Iterator[Block]:
    words, report, statement = page.words, page.report, page.report.statement
    for one in page.seals:
        yield Facts(tuple(_extent(page, one)), page.title(one))
        if one.found:
            yield _deeds(page, one)
    if statement is not None:
        pieces = tuple(File(piece.name, piece.size, piece.sha256) for piece in statement.attachments)
        yield Files(pieces, words["letter"], "letter") if pieces else Words(words["no-letter"])
        yield Facts((Row(words["commitment"], statement.commitment, "digest"),))
    if letter is not None:
        yield from _held(page, letter)
    if report.attachments:
        yield Files(tuple(File(*one) for one in report.attachments), words["embedded"], "embedded")
    if report.log_index is not None:
        entry = words["entry"].format(index=report.log_index, size=report.log_size)
        yield Facts((Row(words["journal"], entry),))


def _extent(page: Page, one: SignatureReport) -> Iterator[Row]:
    words = page.words
    yield Row(words["field"], one.field)
    if one.level != "unknown":
        yield Row(words["level"], one.level)
    yield Row(words["intact"], words[f"intact-{one.intact}"])
    if one.whole_file is not None:
        yield Row(words["extent"], words[f"extent-{one.whole_file}"])
    yield Row(words["changes"], words.get(f"changes-{one.changes}", one.changes))
    if one.permitted is not None:
        yield Row(words["allowed"], words[f"allowed-{one.permitted}"])


def _deeds(page: Page, one: SignatureReport) -> Deeds:
    words = page.words
    ranked = sorted(one.found, key=lambda change: WEIGHTS.index(change.weight))
    more = len(ranked) - MOST
    return Deeds(
        tuple(_deed(page, change) for change in ranked[:MOST]),
        words["found"],
        words["found-more"].format(count=more) if more > 0 else "",
        words["before"],
        words["after"],
    )


def _deed(page: Page, change: Change) -> Deed:
    words = page.words
    compared = bool(change.before or change.after) and change.weight != "benign"
    allowed = change.weight == "content" and change.permitted is True
    return Deed(
        "permitted" if allowed else change.weight,
        words[f"weight-{change.weight}"],
        words[f"permitted-{change.permitted}"] if change.weight == "content" else "",
        (change.fr if page.language == "fr" else change.en) or change.kind,
        change.where,
        (change.before or words["nothing"]) if compared else "",
        (change.after or words["nothing"]) if compared else "",
    )


def _held(page: Page, letter: LetterReport) -> Iterator[Block]:
    words = page.words
    files = tuple(
        File(one.name, one.size, one.sha256, one.fr if page.language == "fr" else one.en) for one in letter.files
    )
    yield Files(files, words["held"], "held")
    yield Words(words[f"held-{letter.agrees}"])
    if letter.missing:
        yield Facts(tuple(Row(words["held-missing"], name) for name in letter.missing))
