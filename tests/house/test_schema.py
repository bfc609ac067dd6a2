"""The tables as written and the tables as migrated are the same."""

from __future__ import annotations

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from portal.db import schema
from portal.db.engine import Database
from portal.db.tables import metadata


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


def test_postgresql_has_the_same_tables(postgresql: str) -> None:
    db = Database(postgresql)
    schema.upgrade(db)
    with db.read() as conn:
        context = MigrationContext.configure(conn, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    db.dispose()
