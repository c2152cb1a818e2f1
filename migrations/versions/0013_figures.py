"""Figures of a month, and who sent nothing in it, are found without reading every row."""

import sqlalchemy as sa
from alembic import op

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None

EVER_LISTED = sa.text('listing IS NOT NULL')


def upgrade() -> None:
    with op.batch_alter_table('hazards', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_hazards_found_on'), ['found_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_hazards_closed_on'), ['closed_on'], unique=False)
        batch_op.create_index(
            'ix_hazards_listed', ['id'], unique=False,
            sqlite_where=EVER_LISTED, postgresql_where=EVER_LISTED,
        )
    with op.batch_alter_table('submissions', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_submissions_submitter_id'))
        batch_op.create_index(
            batch_op.f('ix_submissions_submitter_id'), ['submitter_id', 'received_at'], unique=False
        )
