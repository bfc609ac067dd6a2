"""Proofs: owed by the transaction of the fact, sealed later, never twice for one fact."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal.db.tables import proofs
from portal.domain.letter import ProofRecord

_COLUMNS = [column for column in proofs.c if column.name != "sha256"]
_OWE = proofs.insert()


def owe(conn: sa.Connection, **values: Any) -> int:
    """Record that a proof is owed; the database refuses a second one for the same fact."""
    return int(conn.execute(_OWE.values(**values)).inserted_primary_key[0])  # type: ignore[index]


def by_id(conn: sa.Connection, proof_id: int) -> ProofRecord | None:
    return _record(conn.execute(sa.select(*_COLUMNS).where(proofs.c.id == proof_id)).one_or_none())


def of_letter(conn: sa.Connection, number: int) -> list[ProofRecord]:
    """Return a letter's proofs in the order of their facts."""
    rows = conn.execute(sa.select(*_COLUMNS).where(proofs.c.letter_number == number).order_by(proofs.c.id))
    return [record for record in map(_record, rows) if record]


def of_fact(conn: sa.Connection, number: int, kind: str, presentation: int) -> ProofRecord | None:
    where = (proofs.c.letter_number == number, proofs.c.kind == kind, proofs.c.presentation == presentation)
    return _record(conn.execute(sa.select(*_COLUMNS).where(*where)).one_or_none())


def seal(
    conn: sa.Connection, proof_id: int, *, at: datetime, object_id: str, object_key: bytes, size: int, sha256: str
) -> bool:
    """Record the sealed paper: True for exactly one of those who try at once."""
    sealed = conn.execute(
        proofs.update()
        .where(proofs.c.id == proof_id, proofs.c.sealed_at.is_(None))
        .values(sealed_at=at, object_id=object_id, object_key=object_key, size=size, sha256=sha256)
    )
    return sealed.rowcount == 1


def _record(row: Any) -> ProofRecord | None:
    return ProofRecord(**row._mapping) if row else None
