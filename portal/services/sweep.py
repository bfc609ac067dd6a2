"""Sweeping: what nobody came back to, and what a process that died left behind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from portal.db import letters
from portal.db import sweep as rows
from portal.office import Office
from portal.services import register

BATCH = 100
UPLOAD = timedelta(days=1)
"""Longer than any upload lasts."""


@dataclass(frozen=True)
class Swept:
    """How much was deleted of each."""

    drafts: int
    unfinished: int
    expired: int


def sweep(office: Office) -> Swept:
    """Delete old drafts with their files, half-written files, and sessions and visits that are over."""
    drafts = 0
    while found := _old_drafts(office):
        drafts += found
    now = office.now()
    with office.db.write() as conn:
        expired = rows.expired(conn, now=now)
    return Swept(drafts, office.vault.forget_unfinished(before=now - UPLOAD), expired)


def _old_drafts(office: Office) -> int:
    """Delete some drafts that nobody saved for as many days as the settings say, rows first; return how many."""
    before = office.now() - timedelta(days=office.settings.draft_days)
    gone: set[str] = set()
    with office.db.write() as conn:
        found = letters.drafts_before(conn, before, limit=BATCH)
        for draft in found:
            key = office.vault.unwrap(draft.wrapped_key, draft.key_id)
            gone |= register.unpack(office.vault.open(key, draft.sealed, register.ENVELOPE)).object_ids
            letters.take_draft(conn, draft.id, draft.sender_id)
    for object_id in gone:
        office.vault.delete(object_id)
    return len(found)
