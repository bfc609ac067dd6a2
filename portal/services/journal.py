"""Writing to the journal, giving its entries their places, and signing where it stands."""

from __future__ import annotations

import json
import secrets
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal.db import journal
from portal.domain.lifecycle import Status
from portal.office import Office
from portal.services.register import Opened
from verifier.journal import Entry, InclusionProof, commit, inclusion, root
from verifier.note import Checkpoint
from verifier.statement import ETSI_EVENT, NAMESPACE

DETAIL = "journal detail"
BATCH = 5000

ACCESS = ETSI_EVENT + "ContentAccessTracking"
"""Each access after the first."""


def own_event(name: str) -> str:
    """Return the URI of an event that EN 319 522 has no name for."""
    return f"{NAMESPACE}event/{name}"


def record(
    conn: sa.Connection,
    office: Office,
    opened: Opened,
    event: str,
    *,
    at: datetime,
    actor: str,
    status: Status | None = None,
    evidence_sha256: str | None = None,
    **detail: Any,
) -> int:
    """Journal a fact of a letter in the transaction of the fact, and return the entry's row id.

    `actor` and `detail` are personal: they go, with the entry's salt, under the letter's key; the entry holds commitments.
    `status` is what the letter becomes, None where it does not move.
    """
    salt = secrets.token_bytes(32)
    letter = opened.letter
    entry = Entry(
        event=event,
        time=at,
        letter_commitment=commit(salt, "letter", letter.core),
        actor_commitment=commit(salt, "actor", actor),
        prev_status=letter.status.value,
        status=(status or letter.status).value,
        evidence_sha256=evidence_sha256,
    )
    particulars = json.dumps(
        {"salt": salt.hex(), "actor": actor, **detail}, ensure_ascii=False, sort_keys=True
    ).encode()
    sealed = office.vault.seal(opened.key, particulars, DETAIL)
    return journal.append(conn, entry, letter_number=letter.number, detail=sealed)


def particulars(office: Office, opened: Opened, row: journal.JournalRow) -> dict[str, Any]:
    """Open what stands beside an entry of this letter: salt, actor, address and the like."""
    if row.detail is None:
        return {}
    found: dict[str, Any] = json.loads(office.vault.open(opened.key, row.detail, DETAIL))
    return found


def sequence(office: Office) -> int:
    """Give every waiting entry its place, sign a checkpoint if the log has grown, and return its size."""
    with office.db.write() as conn:
        journal.lock_sequencer(conn)
        waiting = journal.unplaced(conn, limit=BATCH)
        size = journal.place(conn, waiting) if waiting else journal.size(conn)
        latest = journal.latest_checkpoint(conn)
        if size and (latest is None or latest[0] < size):
            head = Checkpoint(office.log.name, size, root(size, lambda level, index: journal.node(conn, level, index)))
            journal.put_checkpoint(conn, size=size, note=office.log.sign(str(head)), at=office.now())
        return size


def grown(office: Office) -> bool:
    """Whether entries wait for their place."""
    with office.db.read() as conn:
        return bool(journal.unplaced(conn, limit=1))


def prove_inclusion(office: Office, entry_id: int) -> tuple[bytes, InclusionProof]:
    """Return an entry's exact bytes and where it stands under the newest checkpoint."""
    with office.db.read() as conn:
        position = journal.position(conn, entry_id)
        latest = journal.latest_checkpoint(conn)
    if position is None or latest is None or latest[0] <= position:
        sequence(office)
    with office.db.read() as conn:
        position = journal.position(conn, entry_id)
        latest = journal.latest_checkpoint(conn)
        if position is None or latest is None or latest[0] <= position:
            raise RuntimeError(f"entry {entry_id} has no place in the log yet")
        path = inclusion(position, latest[0], lambda level, index: journal.node(conn, level, index))
        return journal.entry(conn, entry_id), InclusionProof(position, tuple(path), latest[1])
