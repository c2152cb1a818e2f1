"""Filled forms that correct others, and sites that forms change."""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    with op.batch_alter_table('submissions', schema=None) as batch_op:
        batch_op.add_column(sa.Column('supersedes_id', BIG, nullable=True))
        batch_op.create_index(batch_op.f('ix_submissions_supersedes_id'), ['supersedes_id'], unique=False)
        batch_op.create_foreign_key(
            batch_op.f('fk_submissions_supersedes_id'), 'submissions', ['supersedes_id'], ['id']
        )
    with op.batch_alter_table('sites', schema=None) as batch_op:
        batch_op.add_column(sa.Column('version', BIG, nullable=False, server_default='1'))
    with op.batch_alter_table('sites', schema=None) as batch_op:
        batch_op.alter_column('version', server_default=None)

