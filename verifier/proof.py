"""The rules of our own proofs: what a sealed page says must hold together, and with the journal.

Each rule reads the evidence that the seal covers, never the page; that the page says the same is a rule of its own. A rule
returns its line of the report.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfoNotFoundError

from pyhanko.pdf_utils.reader import PdfFileReader

from verifier import journal, page
from verifier.deadline import deadline
from verifier.embedded import EmbeddedFile
from verifier.note import NoteRejected, VerifierKey
from verifier.report import Check, Outcome
from verifier.sentences import check
from verifier.statement import PROOF_ID, ProofKind, Statement, StatementMalformed

CLOCKS = timedelta(seconds=5)
"""How far the clocks of the service and of its time-stamping authority may lie apart."""
NAMES = (page.EVIDENCE_NAME, page.ENTRY_NAME, page.INCLUSION_NAME, page.POLICY_NAME)
MAX_EVIDENCE = 96 * 1024
"""Bytes of evidence.json: about 300 attachments."""


@dataclass(frozen=True)
class Findings:
    """What the rules of a proof found."""

    checks: tuple[Check, ...]
    statement: Statement | None = None
    log_index: int | None = None
    log_size: int | None = None


@dataclass
class Held:
    """A proof under examination."""

    raw: bytes
    reader: PdfFileReader | None
    """None where `drawn` is known to be the first revision."""
    files: Sequence[EmbeddedFile]
    stamped_at: datetime | None
    """Time in the seal's own time stamp, whoever made it."""
    policy: str | None
    """The journal policy that the caller pins, or None for the one inside the proof."""
    drawn: bytes | None = None
    """The page, where it was drawn already and the file is known to begin with it."""
    log: tuple[int, int] | None = field(default=None, init=False)

    def content(self, name: str) -> bytes | None:
        return _content(self.files, name)


def examine(held: Held) -> Findings:
    """Apply every rule; where the evidence cannot be read, no other rule has anything to stand on."""
    try:
        statement = stated(held.files)
    except StatementMalformed as fault:
        return Findings((check("evidence", Outcome.FAILED, str(fault)), _attachments(held)))
    checks = [check("evidence", Outcome.PASSED, statement.proof_id), _attachments(held), _page(held, statement)]
    checks += _rules(held, statement)
    if statement.test:
        checks.append(check("test", Outcome.SKIPPED))
    index, size = held.log or (None, None)
    return Findings(tuple(checks), statement, index, size)


def stated(files: Sequence[EmbeddedFile]) -> Statement:
    """Return what the evidence among a proof's files states; raise `StatementMalformed`."""
    raw = _content(files, page.EVIDENCE_NAME)
    if raw is None:
        raise StatementMalformed(f"expected one attached file {page.EVIDENCE_NAME}")
    if len(raw) > MAX_EVIDENCE:
        raise StatementMalformed(f"evidence: got {len(raw)} bytes, expected at most {MAX_EVIDENCE}")
    return Statement.from_evidence(raw)


def _attachments(held: Held) -> Check:
    names = [one.name for one in held.files]
    agree = sorted(names) == sorted(NAMES)
    return check("attachments", Outcome.PASSED if agree else Outcome.FAILED, ", ".join(names))


def attached(files: Sequence[EmbeddedFile]) -> list[page.Attached]:
    """Return a proof's files as they are given to the drawing of its page."""
    return [page.Attached(one.name, one.media_type, one.relationship, one.description, one.content) for one in files]


def _content(files: Sequence[EmbeddedFile], name: str) -> bytes | None:
    found = [one.content for one in files if one.name == name]
    return found[0] if len(found) == 1 else None


def _page(held: Held, statement: Statement) -> Check:
    if held.reader is None:
        same = held.drawn is not None and held.raw.startswith(held.drawn)
        return check("page", Outcome.PASSED if same else Outcome.FAILED, page.Agreement.IDENTICAL.value)
    given = attached(held.files)
    try:
        drawn = page.draw(statement, given)
        if held.raw.startswith(drawn):
            first = held.reader.xrefs.get_xref_container_info(0)
            # the drawn bytes must be the first revision, not dead bytes before it
            agreement = page.Agreement.IDENTICAL if first.end_location <= len(drawn) else page.Agreement.DIFFERENT
        else:
            agreement = page.agreement(statement, given, held.raw)
    except page.NotDrawn as fault:
        return check("page", Outcome.UNKNOWN, str(fault))
    same = agreement is not page.Agreement.DIFFERENT
    return check("page", Outcome.PASSED if same else Outcome.FAILED, agreement.value)


def _rules(held: Held, statement: Statement) -> Iterator[Check]:
    yield _citations(statement)
    if statement.deadline is not None:
        yield _deadline(statement)
        yield _act_in_time(statement)
    yield _seal_time(held, statement)
    yield _journal_entry(held, statement)
    yield from _inclusion(held, statement)


def _citations(statement: Statement) -> Check:
    own = str(statement.number), statement.commitment
    for cited in statement.cites:
        named = PROOF_ID.match(cited.proof_id)
        if named is None or (named["number"], named["commitment"]) != own or cited.time > statement.time:
            return check("citations", Outcome.FAILED, cited.proof_id)
    return check("citations", Outcome.PASSED, str(len(statement.cites)))


def _deadline(statement: Statement) -> Check:
    if statement.presented_at is None:
        return check("deadline", Outcome.FAILED, "got a deadline without a presentation")
    try:
        expected = deadline(statement.presented_at, statement.zone)
    except (ZoneInfoNotFoundError, ValueError, OverflowError, OSError) as fault:
        return check("deadline", Outcome.FAILED, f"{statement.zone}: {fault}")
    detail = f"got {_z(statement.deadline)}, expected {_z(expected)}"
    return check("deadline", Outcome.PASSED if statement.deadline == expected else Outcome.FAILED, detail)


def _act_in_time(statement: Statement) -> Check:
    """An act exactly at the deadline is in time, and a letter is neglected from that instant on."""
    assert statement.deadline is not None  # noqa: S101 # the caller asks only where there is one
    moment, presented = statement.time, statement.presented_at
    times = [event.time for event in statement.events]
    if statement.kind is ProofKind.NEGLECT:
        agree = moment >= statement.deadline
    elif statement.kind in (ProofKind.RECEIPT, ProofKind.REFUSAL):
        agree = moment <= statement.deadline
    else:
        agree = True
    if presented is not None:
        agree = agree and (moment == presented if statement.kind is ProofKind.DISPATCH else moment >= presented)
    agree = agree and times == sorted(times)
    return check("act-in-time", Outcome.PASSED if agree else Outcome.FAILED, f"{_z(moment)} / {_z(statement.deadline)}")


def _seal_time(held: Held, statement: Statement) -> Check:
    if held.stamped_at is None:
        return check("seal-time", Outcome.UNKNOWN, "the seal carries no readable time stamp")
    later = held.stamped_at + CLOCKS >= statement.time
    detail = f"{_z(held.stamped_at)} / {_z(statement.time)}"
    return check("seal-time", Outcome.PASSED if later else Outcome.FAILED, detail)


def _journal_entry(held: Held, statement: Statement) -> Check:
    raw, evidence = held.content(page.ENTRY_NAME), held.content(page.EVIDENCE_NAME)
    if raw is None or evidence is None:
        return check("journal-entry", Outcome.FAILED, f"expected one attached file {page.ENTRY_NAME}")
    try:
        entry = journal.Entry.from_json(raw)
    except journal.EntryMalformed as fault:
        return check("journal-entry", Outcome.FAILED, str(fault))
    digest = hashlib.sha256(evidence).hexdigest()
    agree = (
        hmac.compare_digest(str(entry.evidence_sha256), digest)
        and entry.event == statement.events[-1].name.uri
        and entry.time == statement.time
    )
    detail = f"{entry.event} {_z(entry.time)} {entry.evidence_sha256}"
    return check("journal-entry", Outcome.PASSED if agree else Outcome.FAILED, detail)


def _inclusion(held: Held, statement: Statement) -> Iterator[Check]:
    raw, proof = held.content(page.ENTRY_NAME), held.content(page.INCLUSION_NAME)
    try:
        if raw is None or proof is None:
            raise journal.InclusionFailed(f"expected the attached files {page.ENTRY_NAME} and {page.INCLUSION_NAME}")
        inclusion = journal.InclusionProof.parse(proof.decode())
        checkpoint = inclusion.open(raw, _keys(held))
    except (journal.InclusionFailed, journal.EntryMalformed, NoteRejected, UnicodeDecodeError) as fault:
        yield check("inclusion", Outcome.FAILED, str(fault))
        return
    held.log = inclusion.index, checkpoint.size
    whose = "policy inside the proof" if held.policy is None else "pinned policy"
    yield check("inclusion", Outcome.PASSED, f"{inclusion.index} of {checkpoint.size}, {whose}")
    agree = checkpoint.origin == statement.issuer.log_origin
    detail = f"got {checkpoint.origin}, expected {statement.issuer.log_origin}"
    yield check("log-origin", Outcome.PASSED if agree else Outcome.FAILED, checkpoint.origin if agree else detail)


def _keys(held: Held) -> list[VerifierKey]:
    if held.policy is not None:
        return journal.policy_keys(held.policy)
    sealed = held.content(page.POLICY_NAME)
    if sealed is None:
        raise journal.InclusionFailed(f"expected one attached file {page.POLICY_NAME}")
    return journal.policy_keys(sealed.decode())


def _z(moment: datetime | None) -> str:
    return journal.format_time(moment) if moment else "-"
