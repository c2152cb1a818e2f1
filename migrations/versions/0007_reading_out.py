"""Filled forms are read out by area."""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('submissions', schema=None) as batch_op:
        batch_op.add_column(sa.Column('area_code', sa.String(length=18), nullable=True))
    op.execute(
        'UPDATE submissions SET area_code = '
        '(SELECT users.area_code FROM users WHERE users.id = submissions.submitter_id)'
    )
    with op.batch_alter_table('submissions', schema=None) as batch_op:
        batch_op.alter_column('area_code', existing_type=sa.String(length=18), nullable=False)
        batch_op.create_index(batch_op.f('ix_submissions_area_code'), ['area_code'], unique=False)
        batch_op.create_index(batch_op.f('ix_submissions_form_id_id'), ['form_id', 'id'], unique=False)
