"""A report laid out in nine parts, once for all who show it: the terminal, the page and the sealed PDF.

1  the verdict               4  when                        7  what is not established
2  the file                  5  what is covered             8  how to verify again
3  who signed                6  the checks                  9  details
"""

from __future__ import annotations

from collections.abc import Iterator

from verifier import attested
from verifier.labels import LABELS
from verifier.layout import Answer, Block, Commands, Facts, Layout, Line, Lines, Page, Part, Row, Words, common_name
from verifier.letter import LetterReport
from verifier.report import Check, Report, SignatureReport, Verdict
from verifier.statement import Statement
from verifier.typeset import exact_size
from verifier.wording import LIMITS

COMMANDS = {
    True: (
        "lse-verify extract preuve.pdf -d sceau/",
        "openssl cms -verify -inform DER -in sceau/seal.p7s -content sceau/signed.bin -binary \\",
        "    -CAfile racine.pem -purpose any -out /dev/null",
        "openssl ts -verify -data sceau/seal.sig -in sceau/seal.tst -token_in -CAfile racine.pem",
        "pdfsig -nocert preuve.pdf",
        "lse-verify preuve.pdf --trust racine.pem",
    ),
    False: ("pdfsig -nocert fichier.pdf", "lse-verify fichier.pdf --trust racine.pem"),
}
"""Of a proof of ours, and of any other file."""


def laid_out(
    report: Report, language: str, *, zone: str = "UTC", place: str = "", letter: LetterReport | None = None
) -> Layout:
    """Return a report in nine parts, in ``fr`` or ``en``.

    Times are the legal time of the proof where the file is one, else of `zone`. `letter` is what was held against it.
    """
    statement = report.statement
    if statement is not None:
        zone, place = statement.zone, statement.place
    page = Page(report, LABELS[language], language, zone, place)
    made = (
        ("stated", _stated(page)),
        ("file", _file(page)),
        ("who", attested.who(page)),
        ("when", attested.when(page)),
        ("covered", attested.covered(page, letter)),
        ("checks", _checks(page)),
        ("limits", _limits(page)),
        ("again", _again(page)),
        ("details", _details(page)),
    )
    blocks = [(number, key, tuple(held)) for number, (key, held) in enumerate(made, 1)]
    word, sentence = _said(page)
    test = statement is not None and statement.test
    return Layout(
        verdict=report.verdict,
        word=word,
        sentence=sentence,
        test=page.words["test"] if test else "",
        test_why=page.words["test-why"] if test else "",
        answers=tuple(_answers(page)),
        parts=tuple(Part(number, key, page.words[key], held) for number, key, held in blocks if held),
    )


def _said(page: Page) -> tuple[str, str]:
    """Return the verdict's word and the sentence that answers."""
    report, words, statement = page.report, page.words, page.report.statement
    if report.verdict is not Verdict.VALID:
        reason = report.reason_fr if page.language == "fr" else report.reason_en
        of_proof = statement is not None and report.verdict is Verdict.INDETERMINATE
        word = words["proof-indeterminate"] if of_proof else words[report.verdict]
        return word, f"{reason[:1].upper()}{reason[1:].rstrip('.')}."
    if statement is not None and report.proven_at is not None:
        title = _title(statement, page.language)
        said = words["valid"].format(
            title=title[0].lower() + title[1:],
            id=f"{statement.kind.value}{statement.number}",
            issuer=statement.issuer.name,
            time=page.clock(report.proven_at),
        )
        return words["proof-valid"], said
    names = list(dict.fromkeys(common_name(one.signer.subject) if one.signer else one.field for one in page.seals))
    who = words["and"].join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)
    one = len(page.seals) == 1
    said = words["valid-one" if one else "valid-many"].format(who=who, count=len(page.seals))
    return words["one-valid" if one else "proofs-valid"], f"{said} {words['not-a-letter']}"


def _title(statement: Statement, language: str) -> str:
    return statement.kind.title_fr if language == "fr" else statement.kind.title_en


def _answers(page: Page) -> Iterator[Answer]:
    """Three answers, each from the signature that answers worst."""
    if not page.report.signatures:
        return
    words, outcomes = page.words, {True: "passed", False: "failed", None: "unknown"}
    intact = _worst([one.intact for one in page.report.signatures])
    yield Answer("intact", words["intact"], words[f"intact-{intact}"], outcomes[intact])
    if page.seals:
        changes = next(
            (weight for weight in attested.WEIGHTS if weight in {one.changes for one in page.seals}), "unknown"
        )
        if changes == "content" and all(one.permitted for one in page.seals if one.changes == "content"):
            changes = "permitted"
        outcome = {"content": "failed", "permitted": "unknown", "unknown": "unknown"}.get(changes, "passed")
        yield Answer("changes", words["changes"], words[f"changes-{changes}"], outcome)
        trusted = _worst([one.trusted for one in page.seals])
        yield Answer("trusted", words["trusted"], words[f"trusted-{trusted}"], outcomes[trusted])


def _worst(answers: list[bool | None]) -> bool | None:
    return False if False in answers else None if None in answers else True


def _stated(page: Page) -> Iterator[Block]:
    statement = page.report.statement
    if statement is None:
        return
    words = page.words
    rows = [
        Row(words["kind"], _title(statement, page.language)),
        Row(words["number"], statement.proof_id),
        Row(words["reference"], statement.reference),
        Row(words["sender"], f"{statement.sender.name} ({statement.sender.email})"),
        Row(words["recipient"], f"{statement.recipient.name} ({statement.recipient.email})"),
    ]
    if statement.presented_at is not None:
        rows.append(page.time("presented", statement.presented_at))
    yield Facts((*rows, page.time("stated-time", statement.time)))


def _file(page: Page) -> Iterator[Block]:
    words, report = page.words, page.report
    yield Facts(
        (
            Row(words["name"], report.file_name or "–"),
            Row(words["size"], exact_size(report.file_size, page.language)),
            Row(words["sha256"], report.file_sha256, "digest"),
            page.time("instant", report.checked_at),
            Row(words["tool"], report.tool),
            Row(words["method"], words["method-is"]),
        )
    )
    yield Words(words["kept"], quiet=True)


def _line(page: Page, check: Check) -> Line:
    said = check.fr if page.language == "fr" else check.en
    return Line(check.outcome.value, page.words[check.outcome.value], said, check.code, check.detail)


def _checks(page: Page) -> Iterator[Block]:
    report = page.report
    if report.checks:
        yield Lines(tuple(_line(page, check) for check in report.checks))
    for one in report.signatures:
        if one.checks:
            title = page.words["checks-of"].format(field=one.field)
            yield Lines(tuple(_line(page, check) for check in one.checks), title)


def _limits(page: Page) -> Iterator[Block]:
    statement = page.report.statement
    if page.report.verdict is Verdict.UNREADABLE:
        return
    if statement is None:
        yield Words(page.words["foreign-limits"])
    else:
        limits = LIMITS[page.language][statement.kind]
        yield Words(f"{limits[0].upper()}{limits[1:]}")
    yield Words(page.words["law"])


def _again(page: Page) -> Iterator[Block]:
    if page.report.verdict is Verdict.UNREADABLE:
        return
    yield Words(page.words["again-how"])
    yield Commands(COMMANDS[page.report.statement is not None])
    yield Words(page.words["acrobat"], quiet=True)


def _details(page: Page) -> Iterator[Block]:
    words, report = page.words, page.report
    rows = [Row(f"{words['indication']} ({words['standard']})", report.verdict.indication or "–")]
    if report.sub_indication:
        rows.append(Row(words["sub-indication"], report.sub_indication))
    yield Facts(tuple(rows))
    for one in report.signatures:
        yield Facts(tuple(_detail(page, one)), one.field)


def _detail(page: Page, one: SignatureReport) -> Iterator[Row]:
    words = page.words
    yield Row(words["nature"], words["time-stamp" if one.kind == "timestamp" else "seal"])
    indication = " / ".join(part for part in (one.indication, one.sub_indication) if part)
    yield Row(words["indication"], indication or "–")
    if one.level != "unknown":
        yield Row(words["level"], one.level)
    if one.signer is not None:
        yield Row(words["subject"], one.signer.subject)
        yield Row(words["certificate"], one.signer.sha256, "digest")
    for held in one.chain[1:]:
        yield Row(words["chain"], held.subject)
        yield Row(words["certificate"], held.sha256, "digest")
    if one.identity is not None:
        yield Row(words["covered-digest"], one.identity.document_sha256, "digest")
