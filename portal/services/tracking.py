"""What a sender follows: the list, one letter's timeline from the journal, and its proofs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from portal.db import journal as rows
from portal.db import letters, proofs
from portal.domain.errors import NotFound
from portal.domain.letter import Letter, ProofRecord
from portal.domain.lifecycle import Status
from portal.office import Office
from portal.security.vault import VaultDamaged
from portal.services import journal, prove, register
from portal.services.register import Opened
from verifier.statement import ETSI_EVENT, NAMESPACE, Failure, Party

PAGE = 50
FOR_SENDER = frozenset(
    {
        "deposited",
        "payment-begun",
        "payment-refused",
        "payment-abandoned",
        "cancelled",
        "SubmissionAcceptance",
        "NotificationForAcceptance",
        "NotificationForAcceptanceFailure",
        "dispatch-failed",
        "ConsignmentAcceptance",
        "ConsignmentRejection",
        "AcceptanceRejectionExpiry",
    }
)
"""Events on the sender's timeline. Visits and addresses are not the sender's to see."""


@dataclass(frozen=True)
class Row:
    """A line of the list."""

    letter: Letter
    recipient: Party | None
    """None where the envelope is damaged: the letter is listed all the same."""


@dataclass(frozen=True)
class Filters:
    """What the sender typed, None where nothing."""

    reference: str | None = None
    since: date | None = None
    until: date | None = None
    recipient: str | None = None
    status: Status | None = None
    below: int | None = None


@dataclass(frozen=True)
class Moment:
    """A fact on the timeline."""

    at: datetime
    event: str
    """Last part of the event's URI."""
    detail: dict[str, Any]


@dataclass(frozen=True)
class History:
    """All that the sender's page of one letter shows."""

    opened: Opened
    timeline: tuple[Moment, ...]
    proofs: tuple[ProofRecord, ...]
    failure: Failure | None
    """Why it was not delivered, from the latest BC."""


def listing(office: Office, sender_id: int, filters: Filters) -> tuple[list[Row], int | None]:
    """Return a page of a sender's letters, and the key of the next page if there is one."""
    zone = ZoneInfo(office.settings.legal_tz)
    search = letters.Search(
        reference=filters.reference,
        since=_midnight(filters.since, zone),
        until=_midnight(filters.until + timedelta(days=1), zone) if filters.until else None,
        recipient_index=register.recipient_index(office, filters.recipient) if filters.recipient else None,
        status=filters.status,
        below=filters.below,
    )
    with office.db.read() as conn:
        found = letters.of_sender(conn, sender_id, search, limit=PAGE + 1)
    kept = [letter for letter in found[:PAGE] if letter.wrapped_key is not None]
    lines = [Row(letter, _recipient(office, letter)) for letter in kept]
    return lines, found[PAGE - 1].number if len(found) > PAGE else None


def history(office: Office, sender_id: int, reference: str) -> History:
    """Return a sender's own letter with its timeline and proofs; raise `NotFound`."""
    with office.db.read() as conn:
        opened = register.by_reference(conn, office, reference, sender_id=sender_id)
        entries = rows.of_letter(conn, opened.letter.number)
        records = proofs.of_letter(conn, opened.letter.number)
    timeline = []
    for row in entries:
        event = row.event.removeprefix(ETSI_EVENT).removeprefix(f"{NAMESPACE}event/")
        if event in FOR_SENDER:
            timeline.append(Moment(row.at, event, journal.particulars(office, opened, row)))
    failures = [record for record in records if record.kind == "BC"]
    failure = prove.statement_of(office, opened, failures[-1]).failure if failures else None
    return History(opened, tuple(timeline), tuple(records), failure)


def proof(office: Office, sender_id: int, reference: str, proof_id: int) -> tuple[ProofRecord, Iterator[bytes]]:
    """Return a sealed proof of a sender's own letter; raise `NotFound`, also while it is being sealed."""
    with office.db.read() as conn:
        opened = register.by_reference(conn, office, reference, sender_id=sender_id)
        record = proofs.by_id(conn, proof_id)
    if record is None or record.letter_number != opened.letter.number or record.sealed_at is None:
        raise NotFound("proof")
    return record, prove.read(office, opened, record)


def _recipient(office: Office, letter: Letter) -> Party | None:
    try:
        return register.open_letter(office, letter).envelope.recipient
    except VaultDamaged:
        return None


def _midnight(day: date | None, zone: ZoneInfo) -> datetime | None:
    return datetime(day.year, day.month, day.day, tzinfo=zone) if day else None
