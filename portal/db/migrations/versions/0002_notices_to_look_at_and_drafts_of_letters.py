"""Notices to look at, and the drafts that letters were"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("notices", sa.Column("concern", sa.Boolean(), nullable=False, server_default=sa.false()))
    # What was kept without a step until now was shown to nobody: all but the bank's "not yet" and its second "paid".
    op.execute(
        "UPDATE notices SET concern = true WHERE applied = false AND trans_status NOT IN "
        "('INITIAL', 'WAITING_AUTHORISATION', 'WAITING_AUTHORISATION_TO_VALIDATE', 'UNDER_VERIFICATION') "
        "AND NOT (trans_status = 'CAPTURED' AND EXISTS (SELECT 1 FROM notices AS paid WHERE paid.applied = true "
        "AND paid.trans_uuid = notices.trans_uuid AND paid.trans_status = 'AUTHORISED'))"
    )
    op.add_column("letters", sa.Column("draft_id", sa.String(32), nullable=True))
    op.create_index("ix_letters_draft_id", "letters", ["draft_id"], unique=True)
