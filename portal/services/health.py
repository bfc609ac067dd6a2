"""What the instance knows of its own condition: the database, the vault, the work that waits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from portal.db import due
from portal.domain.errors import Denied
from portal.office import Office

STUCK_AFTER = 4
"""Attempts after which open work is called stuck."""


@dataclass(frozen=True)
class Health:
    database: bool
    vault: bool
    pending: int
    stuck: tuple[dict[str, Any], ...]

    @property
    def ready(self) -> bool:
        """Whether the instance can serve; stuck work is the operator's, not the visitors'."""
        return self.database and self.vault


def check(office: Office) -> Health:
    """Look once at each part; never raises for a part that is away."""
    pending, database, vault = 0, True, True
    stuck: tuple[dict[str, Any], ...] = ()
    try:
        with office.db.read() as conn:
            pending, stuck = due.pending(conn), tuple(due.stuck(conn, attempts=STUCK_AFTER))
    except Denied:
        database = False
    try:
        written = office.vault.put(b"health")
        vault = office.vault.read_whole(written.object_id, written.key) == b"health"
        office.vault.delete(written.object_id)
    except OSError:
        vault = False
    return Health(database, vault, pending, stuck)
