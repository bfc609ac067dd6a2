"""The journal's rows and the tree behind them.

Appending an entry is a plain insert, so that consultations do not queue behind one another; a sequencer (`unplaced`,
`place`), which runs alone, gives positions afterwards and grows the tree. An entry that commits late is simply placed later.
What has no position yet is listed apart, by the database itself: asking for it costs the same however long the journal is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from portal.db.tables import checkpoints, journal, tree_leaves, tree_nodes
from portal.db.tables import unplaced as waiting
from verifier.journal import Entry, Frontier, leaf_hash

_APPEND = journal.insert()
_PLACED = waiting.delete().where(waiting.c.entry_id == sa.bindparam("e"))
_NODE = sa.select(tree_nodes.c.hash).where(
    tree_nodes.c.level == sa.bindparam("l"), tree_nodes.c.index == sa.bindparam("i")
)
_SEQUENCER = 5_241_966  # advisory lock of PostgreSQL: any number, the same everywhere


@dataclass(frozen=True)
class JournalRow:
    """An entry with what the instance keeps beside it."""

    id: int
    entry: bytes
    event: str
    at: datetime
    letter_number: int | None
    detail: bytes | None
    position: int | None
    """Index in the tree, None until it is placed."""


def append(conn: sa.Connection, entry: Entry, *, letter_number: int | None, detail: bytes | None) -> int:
    """Add an entry in the transaction of its fact and return its row id."""
    values = {
        "entry": entry.to_json(),
        "event": entry.event,
        "at": entry.time,
        "letter_number": letter_number,
        "detail": detail,
    }
    return int(conn.execute(_APPEND, values).inserted_primary_key[0])  # type: ignore[index]


def lock_sequencer(conn: sa.Connection) -> None:
    """Let only one sequencer run until this transaction ends (on SQLite every writer already runs alone)."""
    if conn.dialect.name == "postgresql":
        conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_SEQUENCER)))


def unplaced(conn: sa.Connection, *, limit: int) -> list[tuple[int, bytes]]:
    """Return entries that have no position yet, as (row id, exact bytes), in the order of their ids."""
    query = (
        sa.select(journal.c.id, journal.c.entry)
        .join_from(waiting, journal, waiting.c.entry_id == journal.c.id)
        .order_by(waiting.c.entry_id)
        .limit(limit)
    )
    return [(row.id, row.entry) for row in conn.execute(query)]


def place(conn: sa.Connection, entries: Iterable[tuple[int, bytes]]) -> int:
    """Give the entries the next positions, store the tree nodes they complete, and return the new size."""
    first = size(conn)
    frontier = Frontier(first, lambda level, index: node(conn, level, index))
    leaves, nodes = [], []
    for entry_id, raw in entries:
        leaves.append({"position": frontier.size, "entry_id": entry_id})
        for level, index, value in frontier.append(leaf_hash(raw)):
            nodes.append({"level": level, "index": index, "hash": value})
    if leaves:
        conn.execute(tree_leaves.insert(), leaves)
        conn.execute(tree_nodes.insert(), nodes)
        conn.execute(_PLACED, [{"e": leaf["entry_id"]} for leaf in leaves])
    return frontier.size


def size(conn: sa.Connection) -> int:
    """Return how many entries have a position."""
    last = conn.scalar(sa.select(sa.func.max(tree_leaves.c.position)))
    return 0 if last is None else int(last) + 1


def node(conn: sa.Connection, level: int, index: int) -> bytes:
    return bytes(conn.execute(_NODE, {"l": level, "i": index}).scalar_one())


def position(conn: sa.Connection, entry_id: int) -> int | None:
    return conn.scalar(sa.select(tree_leaves.c.position).where(tree_leaves.c.entry_id == entry_id))


def entry(conn: sa.Connection, entry_id: int) -> bytes:
    return bytes(conn.execute(sa.select(journal.c.entry).where(journal.c.id == entry_id)).scalar_one())


def entries(conn: sa.Connection, *, upto: int) -> Iterator[bytes]:
    """Yield the exact bytes of the first `upto` entries of the tree, in order."""
    query = (
        sa.select(journal.c.entry)
        .join(tree_leaves, tree_leaves.c.entry_id == journal.c.id)
        .where(tree_leaves.c.position < upto)
        .order_by(tree_leaves.c.position)
    )
    for row in conn.execution_options(yield_per=1000).execute(query):
        yield bytes(row.entry)


def page(conn: sa.Connection, *, below: int | None, limit: int) -> list[JournalRow]:
    """Return a page of the journal, newest first."""
    query = _rows().order_by(journal.c.id.desc()).limit(limit)
    if below is not None:
        query = query.where(journal.c.id < below)
    return [JournalRow(**row._mapping) for row in conn.execute(query)]


def of_letter(conn: sa.Connection, number: int) -> list[JournalRow]:
    """Return a letter's entries, oldest first."""
    query = _rows().where(journal.c.letter_number == number).order_by(journal.c.id)
    return [JournalRow(**row._mapping) for row in conn.execute(query)]


def put_checkpoint(conn: sa.Connection, *, size: int, note: str, at: datetime) -> None:
    conn.execute(checkpoints.insert().values(size=size, note=note, at=at))


def latest_checkpoint(conn: sa.Connection) -> tuple[int, str] | None:
    """Return size and signed note of the newest checkpoint."""
    row = conn.execute(
        sa.select(checkpoints.c.size, checkpoints.c.note).order_by(checkpoints.c.size.desc()).limit(1)
    ).one_or_none()
    return (int(row.size), str(row.note)) if row else None


def _rows() -> sa.Select[tuple[int, bytes, str, datetime, int | None, bytes | None, int | None]]:
    return sa.select(
        journal.c.id,
        journal.c.entry,
        journal.c.event,
        journal.c.at,
        journal.c.letter_number,
        journal.c.detail,
        tree_leaves.c.position,
    ).outerjoin(tree_leaves, tree_leaves.c.entry_id == journal.c.id)
