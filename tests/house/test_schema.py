"""The tables as written and the tables as migrated are the same."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from portal.db import schema
from portal.db.engine import Database
from portal.db.journal import unplaced
from portal.db.tables import journal, metadata, tree_leaves


def test_the_migrations_make_exactly_the_tables_of_the_code(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path / 'lse.sqlite'}")
    assert not schema.is_current(db)
    schema.upgrade(db)
    assert schema.is_current(db)
    with db.read() as conn:
        context = MigrationContext.configure(conn, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    schema.upgrade(db)
    assert schema.is_current(db)
    db.dispose()


def test_entries_that_waited_for_their_place_before_a_migration_still_do(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path / 'lse.sqlite'}")
    configuration = schema.configuration()
    with db.write() as conn:
        configuration.attributes["connection"] = conn
        command.upgrade(configuration, "0002")
        at = datetime(2026, 4, 14, tzinfo=UTC)
        for number in (1, 2, 3):
            conn.execute(journal.insert().values(id=number, entry=b"%d" % number, event="e", at=at))
        conn.execute(tree_leaves.insert().values(position=0, entry_id=2))
    schema.upgrade(db)
    with db.read() as conn:
        assert unplaced(conn, limit=9) == [(1, b"1"), (3, b"3")]
    db.dispose()


def test_postgresql_has_the_same_tables(postgresql: str) -> None:
    db = Database(postgresql)
    schema.upgrade(db)
    with db.read() as conn:
        context = MigrationContext.configure(conn, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    db.dispose()
