"""What waits for its place in the tree, in a table of its own"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "unplaced",
        sa.Column(
            "entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.ForeignKeyConstraint(["entry_id"], ["journal.id"], name=op.f("fk_unplaced_entry_id_journal")),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_unplaced")),
    )
    op.execute(
        "INSERT INTO unplaced (entry_id) SELECT id FROM journal "
        "WHERE NOT EXISTS (SELECT 1 FROM tree_leaves WHERE tree_leaves.entry_id = journal.id)"
    )
    _list_each_entry()


def _list_each_entry() -> None:
    """Let the database itself list each entry that comes, so that none is written and forgotten."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER journal_waits AFTER INSERT ON journal "
            "BEGIN INSERT INTO unplaced (entry_id) VALUES (NEW.id); END"
        )
        return
    op.execute(
        "CREATE FUNCTION journal_waits() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN INSERT INTO unplaced (entry_id) VALUES (NEW.id); RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER journal_waits AFTER INSERT ON journal FOR EACH ROW EXECUTE FUNCTION journal_waits()"
    )
