"""Revoking: the operator takes back every link of a letter that left until now."""

from __future__ import annotations

from portal.db import letters
from portal.office import Office
from portal.services import journal, register


def revoke(office: Office, reference: str) -> None:
    """Let the letter's links lead nowhere from now on, and journal it; raise `NotFound`."""
    with office.db.write() as conn:
        opened = register.open_letter(office, letters.by_reference(conn, reference))
        letters.revoke(conn, opened.letter.number)
        journal.record(conn, office, opened, journal.own_event("link-revoked"), at=office.now(), actor="operator")
