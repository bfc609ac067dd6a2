"""The tables. Personal data stands in `people` (accounts) and, for letters, only in columns encrypted under the letter's key.

Statuses are text with the values of `portal.domain.lifecycle.Status`; instants are aware UTC; digests are hexadecimal text,
secrets are stored as digests of 256 random bits.
"""

from __future__ import annotations

import sqlalchemy as sa

from portal.db.engine import Instant

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

people = sa.Table(
    "people",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("email", sa.Text, nullable=False, unique=True),
    sa.Column("first_name", sa.Text, nullable=False),
    sa.Column("last_name", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False),  # postal lines, one per line
    sa.Column("status", sa.Text, nullable=False),  # particulier | professionnel
    sa.Column("role", sa.Text, nullable=False),  # sender | auditor | operator
    sa.Column("password", sa.Text, nullable=False),  # argon2id
    sa.Column("created_at", Instant, nullable=False),
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("digest", sa.LargeBinary(32), primary_key=True),
    sa.Column("person_id", Id, sa.ForeignKey("people.id"), nullable=False, index=True),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
)

drafts = sa.Table(
    "drafts",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),  # 128 random bits, hexadecimal
    sa.Column("sender_id", Id, sa.ForeignKey("people.id"), nullable=False, index=True),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("key_id", sa.Text, nullable=False),
    sa.Column("wrapped_key", sa.LargeBinary, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
)

letters = sa.Table(
    "letters",
    metadata,
    sa.Column("number", Id, primary_key=True),
    sa.Column("public_id", sa.LargeBinary(16), nullable=False, unique=True),
    sa.Column("reference", sa.Text, nullable=False, unique=True),
    sa.Column("sender_id", Id, sa.ForeignKey("people.id"), nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("status_at", Instant, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("paid_at", Instant),
    sa.Column("presentation", sa.Integer, nullable=False),
    sa.Column("presented_at", Instant),
    sa.Column("deadline", Instant),
    sa.Column("opened_at", Instant),
    sa.Column("link_version", sa.Integer, nullable=False),
    sa.Column("amount", sa.Integer, nullable=False),
    sa.Column("commitment", sa.String(64), nullable=False),
    sa.Column(
        "recipient_index", sa.LargeBinary(32), nullable=False
    ),  # keyed digest of the address, for the sender's filter
    sa.Column("key_id", sa.Text, nullable=False),
    sa.Column("wrapped_key", sa.LargeBinary),  # NULL: erased
    sa.Column("sealed", sa.LargeBinary, nullable=False),  # the envelope
    sa.Column("bound", sa.LargeBinary),  # prefix of the first consultation, under the letter's key
    sa.Column("draft_id", sa.String(32)),  # the draft it was, so that a second click finds the letter
    sa.Index("ix_letters_sender_number", "sender_id", "number"),
    sa.Index("ix_letters_status_deadline", "status", "deadline"),
    sa.Index("ix_letters_draft_id", "draft_id", unique=True),
    sqlite_autoincrement=True,  # a number is never given twice
)

references = sa.Table(
    "references",
    metadata,
    sa.Column("day", sa.String(6), primary_key=True),
    sa.Column("last", sa.Integer, nullable=False),
)

payments = sa.Table(
    "payments",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("letter_number", Id, sa.ForeignKey("letters.number"), nullable=False, index=True),
    sa.Column("trans_id", sa.String(6), nullable=False),
    sa.Column("trans_day", sa.String(8), nullable=False),  # UTC: trans_id is unique per UTC day
    sa.Column("amount", sa.Integer, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.UniqueConstraint("trans_day", "trans_id"),
)

notices = sa.Table(
    "notices",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("trans_uuid", sa.Text, nullable=False),
    sa.Column("trans_status", sa.Text, nullable=False),
    sa.Column("letter_number", Id, sa.ForeignKey("letters.number"), nullable=False, index=True),
    sa.Column("received_at", Instant, nullable=False),
    sa.Column("applied", sa.Boolean, nullable=False),  # whether a step followed
    sa.Column("concern", sa.Boolean, nullable=False),  # whether the operator has still to look at it
    sa.UniqueConstraint("trans_uuid", "trans_status"),
)

proofs = sa.Table(
    "proofs",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("letter_number", Id, sa.ForeignKey("letters.number"), nullable=False),
    sa.Column("kind", sa.String(2), nullable=False),
    sa.Column("presentation", sa.Integer, nullable=False),
    sa.Column("proof_id", sa.Text, nullable=False),
    sa.Column("event_at", Instant, nullable=False),
    sa.Column("evidence", sa.LargeBinary, nullable=False),  # under the letter's key
    sa.Column("evidence_sha256", sa.String(64), nullable=False),
    sa.Column("entry_id", Id, sa.ForeignKey("journal.id"), nullable=False),
    sa.Column("sealed_at", Instant),
    sa.Column("object_id", sa.Text),
    sa.Column("object_key", sa.LargeBinary),  # under the letter's key
    sa.Column("size", sa.Integer),
    sa.Column("sha256", sa.String(64)),
    sa.UniqueConstraint("letter_number", "kind", "presentation"),
)

due = sa.Table(
    "due",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("letter_number", Id, sa.ForeignKey("letters.number"), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("due_at", Instant, nullable=False),
    sa.Column("leased_until", Instant),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("done_at", Instant),
    sa.Column("fault", sa.Text),  # class of the last failure, never its text: that may hold an address
    sa.UniqueConstraint("letter_number", "kind"),
    sa.Index(
        "ix_due_open", "due_at", sqlite_where=sa.text("done_at IS NULL"), postgresql_where=sa.text("done_at IS NULL")
    ),
)

journal = sa.Table(
    "journal",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("entry", sa.LargeBinary, nullable=False),  # the exact bytes that are hashed
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("letter_number", Id, index=True),
    sa.Column("detail", sa.LargeBinary),  # salt and personal particulars, under the letter's key
    sqlite_autoincrement=True,
)

tree_leaves = sa.Table(
    "tree_leaves",
    metadata,
    sa.Column("position", Id, primary_key=True, autoincrement=False),
    sa.Column("entry_id", Id, sa.ForeignKey("journal.id"), nullable=False, unique=True),
)

unplaced = sa.Table(  # filled by a trigger on the journal, emptied by the sequencer
    "unplaced",
    metadata,
    sa.Column("entry_id", Id, sa.ForeignKey("journal.id"), primary_key=True, autoincrement=False),
)

tree_nodes = sa.Table(
    "tree_nodes",
    metadata,
    sa.Column("level", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("index", Id, primary_key=True, autoincrement=False),
    sa.Column("hash", sa.LargeBinary(32), nullable=False),
)

checkpoints = sa.Table(
    "checkpoints",
    metadata,
    sa.Column("size", Id, primary_key=True, autoincrement=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
)

visits = sa.Table(
    "visits",
    metadata,
    sa.Column("digest", sa.LargeBinary(32), primary_key=True),
    sa.Column("letter_number", Id, sa.ForeignKey("letters.number"), nullable=False, index=True),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("grace_until", Instant),  # only the browser that made the act has one
)

rebind_codes = sa.Table(
    "rebind_codes",
    metadata,
    sa.Column("letter_number", Id, sa.ForeignKey("letters.number"), primary_key=True, autoincrement=False),
    sa.Column("digest", sa.LargeBinary(32), nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),  # the code, for the mail, under the letter's key
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
)
