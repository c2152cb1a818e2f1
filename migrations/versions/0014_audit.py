"""Runs of the self-audit, and each difference of our own ledger once."""

import sqlalchemy as sa
from alembic import op

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
OWN = sa.text('reconciliation_id IS NULL')


def upgrade() -> None:
    op.create_table('audit_runs',
    sa.Column('id', BIG, nullable=False),
    sa.Column('night', sa.Date(), nullable=True),
    sa.Column('active', sa.Boolean(), nullable=True),
    sa.Column('asked_by', BIG, nullable=True),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('heartbeat_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('lines_total', BIG, nullable=False),
    sa.Column('lines_done', BIG, nullable=False),
    sa.Column('found', BIG, nullable=False),
    sa.Column('opened', BIG, nullable=False),
    sa.Column('resolved', BIG, nullable=False),
    sa.Column('failure', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['asked_by'], ['users.id'], name=op.f('fk_audit_runs_asked_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_runs')),
    sa.UniqueConstraint('night', name=op.f('uq_audit_runs_night')),
    sa.UniqueConstraint('active', name=op.f('uq_audit_runs_active'))
    )
    op.create_index('ix_differences_own', 'differences', ['key'], unique=True, sqlite_where=OWN, postgresql_where=OWN)
