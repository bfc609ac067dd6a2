"""A report as text for a terminal, in French or English: the verdict first, then what it rests on, in nine parts."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from datetime import datetime

from verifier.audit import AuditReport
from verifier.glyphs import safe
from verifier.report import Outcome, Report, SignatureReport, Verdict
from verifier.sentences import typographic
from verifier.typeset import exact_size, legal_time, offset
from verifier.wording import LIMITS

WIDTH = 88
_MARKS = {Outcome.PASSED: "✓", Outcome.FAILED: "✗", Outcome.UNKNOWN: "?", Outcome.SKIPPED: "–"}
_COLOURS = {Verdict.VALID: "32", Verdict.INVALID: "31", Verdict.INDETERMINATE: "33", Verdict.UNREADABLE: "35"}
_WORDS = {
    "fr": {
        Verdict.VALID: "PREUVE VALIDE",
        Verdict.INVALID: "INVALIDE",
        Verdict.INDETERMINATE: "INDÉTERMINÉE",
        Verdict.UNREADABLE: "ILLISIBLE",
        "valid": "Ce fichier est la {title} n° {id}, émise par {issuer}, scellée le {time}, et n’a pas été modifié depuis.",
        "test": "SANS VALEUR — TEST",
        "file": "Le fichier examiné",
        "name": "Nom",
        "size": "Taille",
        "instant": "Examiné le",
        "tool": "Outil",
        "kept": "Le fichier n’est pas conservé.",
        "who": "Qui a signé",
        "subject": "Titulaire",
        "issuer": "Certifié par",
        "serial": "Numéro de série",
        "certificate": "SHA-256 du certificat",
        "validity": "Validité",
        "anchored": "Autorité de confiance (SHA-256)",
        "unanchored": "Aucune autorité de confiance atteinte : le fichier peut être intact sans que l’émetteur soit établi.",
        "when": "Quand",
        "proven": "Heure prouvée (horodatage)",
        "claimed": "Heure de l’horodatage, non prouvée",
        "stated": "Heure déclarée de l’événement",
        "covered": "Ce qui est couvert",
        "intact": "intact",
        "broken": "modifié",
        "unjudged": "non jugé",
        "checks": "Contrôles effectués",
        "limits": "Ce que la preuve n’établit pas",
        "law": "Ce rapport énonce des faits ; il ne dit rien de leur effet en droit.",
        "again": "Revérifier sans nous",
        "details": "Détails",
        "indication": "Indication (ETSI EN 319 102-1)",
        "journal": "Journal",
        "entry": "inscription {index} sur {size}",
        "time_stamp": "horodatage d’archive",
        "seal": "sceau ou signature",
        Outcome.PASSED: "conforme",
        Outcome.FAILED: "non conforme",
        Outcome.UNKNOWN: "indéterminé",
        Outcome.SKIPPED: "à noter",
    },
    "en": {
        Verdict.VALID: "VALID PROOF",
        Verdict.INVALID: "INVALID",
        Verdict.INDETERMINATE: "INDETERMINATE",
        Verdict.UNREADABLE: "UNREADABLE",
        "valid": "This file is the {title} no. {id}, issued by {issuer}, sealed on {time}, and was not changed since.",
        "test": "SANS VALEUR — TEST · NO VALUE",
        "file": "The file examined",
        "name": "Name",
        "size": "Size",
        "instant": "Examined on",
        "tool": "Tool",
        "kept": "The file is not kept.",
        "who": "Who signed",
        "subject": "Holder",
        "issuer": "Certified by",
        "serial": "Serial number",
        "certificate": "SHA-256 of the certificate",
        "validity": "Validity",
        "anchored": "Trusted authority (SHA-256)",
        "unanchored": "No trusted authority reached: the file may be intact without its issuer being established.",
        "when": "When",
        "proven": "Proven time (time stamp)",
        "claimed": "Time in the time stamp, not proven",
        "stated": "Declared time of the event",
        "covered": "What is covered",
        "intact": "intact",
        "broken": "changed",
        "unjudged": "not judged",
        "checks": "Checks made",
        "limits": "What the proof does not establish",
        "law": "This report states facts; it says nothing of their effect in law.",
        "again": "Verify again without us",
        "details": "Details",
        "indication": "Indication (ETSI EN 319 102-1)",
        "journal": "Journal",
        "entry": "entry {index} of {size}",
        "time_stamp": "archive time stamp",
        "seal": "seal or signature",
        Outcome.PASSED: "holds",
        Outcome.FAILED: "does not hold",
        Outcome.UNKNOWN: "undetermined",
        Outcome.SKIPPED: "note",
    },
}
_COMMANDS = (
    "lse-verify extract preuve.pdf -d sceau/",
    "openssl cms -verify -inform DER -in sceau/seal.p7s -content sceau/signed.bin -binary \\",
    "    -CAfile racine.pem -purpose any -out /dev/null",
    "openssl ts -verify -data sceau/seal.sig -in sceau/seal.tst -token_in -CAfile racine.pem",
    "pdfsig -nocert preuve.pdf",
    "lse-verify preuve.pdf --trust racine.pem",
)


def verdict_line(report: Report, language: str) -> str:
    """Return the one sentence that answers, such as ``INVALIDE — le fichier a été modifié …``."""
    words = _WORDS[language]
    statement = report.statement
    if report.verdict is Verdict.VALID and statement is not None and report.proven_at is not None:
        title = statement.kind.title_fr if language == "fr" else statement.kind.title_en
        said = words["valid"].format(
            title=title[0].lower() + title[1:],
            id=statement.proof_id,
            issuer=safe(statement.issuer.name),
            time=legal_time(report.proven_at, zone=statement.zone, place=statement.place),
        )
    else:
        said = (report.reason_fr if language == "fr" else report.reason_en) + "."
    test = f"{words['test']} — " if statement is not None and statement.test else ""
    return f"{test}{words[report.verdict]} — {said}"


def text(report: Report, *, language: str = "fr", colour: bool = False) -> str:
    """Return the whole report; what comes from the file is made safe for a terminal."""
    parts = [
        ("file", _file(report, language)),
        ("who", _who(report, language)),
        ("when", _when(report, language)),
        ("covered", _covered(report, language)),
        ("checks", _checks(report, language)),
        ("limits", _limits(report, language)),
        ("again", iter(_COMMANDS)),
        ("details", _details(report, language)),
    ]
    line = "\n".join(textwrap.wrap(verdict_line(report, language), WIDTH))
    if colour:
        line = f"\033[1;{_COLOURS[report.verdict]}m{line}\033[0m"
    out = [line]
    for number, (title, lines) in enumerate(parts, 2):
        held = list(lines)
        if held:
            out += ["", f"{number}  {_WORDS[language][title]}", *(f"   {one}" for one in held)]
    return typographic("\n".join(out)) + "\n" if language == "fr" else "\n".join(out) + "\n"


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
        head = "JOURNAL NON CONFORME" if french else "JOURNAL DOES NOT HOLD"
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


def _pairs(*pairs: tuple[str, str]) -> Iterator[str]:
    width = max(len(label) for label, _ in pairs)
    for label, value in pairs:
        yield f"{label:<{width}}  {value}"


def _file(report: Report, language: str) -> Iterator[str]:
    words = _WORDS[language]
    yield from _pairs(
        (words["name"], safe(report.file_name) or "–"),
        (words["size"], exact_size(report.file_size, language)),
        ("SHA-256", report.file_sha256),
        (words["instant"], _utc(report.checked_at)),
        (words["tool"], report.tool),
    )
    yield words["kept"]


def _who(report: Report, language: str) -> Iterator[str]:
    words = _WORDS[language]
    for one in report.signatures:
        if one.signer is None or one.kind != "signature":
            continue
        signer = one.signer
        yield from _pairs(
            (words["subject"], safe(signer.subject)),
            (words["issuer"], safe(signer.issuer)),
            (words["serial"], signer.serial),
            (words["certificate"], signer.sha256),
            (words["validity"], f"{_utc(signer.not_before)} – {_utc(signer.not_after)}"),
        )
    if report.anchor_sha256 is not None:
        yield from _pairs((words["anchored"], report.anchor_sha256))
    elif report.signatures:
        yield words["unanchored"]


def _when(report: Report, language: str) -> Iterator[str]:
    words, statement = _WORDS[language], report.statement
    stamped = next((one.best_time for one in report.signatures if one.kind == "signature" and one.best_time), None)
    pairs = []
    if report.proven_at is not None:
        pairs.append((words["proven"], _legal(report.proven_at, report)))
    elif stamped is not None:
        pairs.append((words["claimed"], _legal(stamped, report)))
    if statement is not None:
        pairs.append((words["stated"], _legal(statement.time, report)))
    if pairs:
        yield from _pairs(*pairs)


def _covered(report: Report, language: str) -> Iterator[str]:
    words = _WORDS[language]
    for one in report.signatures:
        kind = words["time_stamp"] if one.kind == "timestamp" else words["seal"]
        level = f", {one.level}" if one.level != "unknown" else ""
        yield f"{safe(one.field)} ({kind}){level} : {_intact(one, words)}"
    for name, size, sha256 in report.attachments:
        yield f"{safe(name)}, {exact_size(size, language)}, SHA-256 {sha256}"
    if report.log_index is not None:
        yield f"{words['journal']} : {words['entry'].format(index=report.log_index, size=report.log_size)}"


def _intact(one: SignatureReport, words: dict[Verdict | Outcome | str, str]) -> str:
    return words["unjudged"] if one.intact is None else words["intact"] if one.intact else words["broken"]


def _checks(report: Report, language: str) -> Iterator[str]:
    words = _WORDS[language]
    for one in report.checks:
        said = one.fr if language == "fr" else one.en
        lines = textwrap.wrap(f"{words[one.outcome]} · {said}", WIDTH - 6)
        yield f"{_MARKS[one.outcome]} {lines[0]}"
        yield from (f"  {rest}" for rest in lines[1:])
        if one.detail and one.outcome is not Outcome.PASSED:
            yield from (f"    {rest}" for rest in textwrap.wrap(safe(one.detail), WIDTH - 8))


def _limits(report: Report, language: str) -> Iterator[str]:
    if report.statement is not None:
        yield from textwrap.wrap(LIMITS[language][report.statement.kind], WIDTH - 4)
    yield _WORDS[language]["law"]


def _details(report: Report, language: str) -> Iterator[str]:
    words = _WORDS[language]
    indication = " / ".join(part for part in (report.verdict.indication, report.sub_indication) if part)
    yield from _pairs((words["indication"], indication or "–"))
    for one in report.checks:
        if one.detail and one.outcome is Outcome.PASSED:
            yield from textwrap.wrap(f"{one.code}: {safe(one.detail)}", WIDTH - 4, subsequent_indent="  ")


def _legal(moment: datetime, report: Report) -> str:
    statement = report.statement
    return legal_time(moment, zone=statement.zone, place=statement.place) if statement else _utc(moment)


def _utc(moment: datetime) -> str:
    return f"{moment:%d/%m/%Y %H:%M:%S} {offset(moment)}"
