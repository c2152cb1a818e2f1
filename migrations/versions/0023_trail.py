"""Checks of the chains of events, and who did what, found quickly."""

import sqlalchemy as sa
from alembic import op

revision = '0023'
down_revision = "0022"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table('chain_checks',
    sa.Column('id', BIG, nullable=False),
    sa.Column('night', sa.Date(), nullable=True),
    sa.Column('active', sa.Boolean(), nullable=True),
    sa.Column('asked_by', BIG, nullable=True),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('heartbeat_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('failure', sa.Text(), nullable=False),
    sa.Column('hazards_total', BIG, nullable=False),
    sa.Column('hazards_done', BIG, nullable=False),
    sa.Column('events', BIG, nullable=False),
    sa.Column('digests', BIG, nullable=False),
    sa.Column('fault_count', BIG, nullable=False),
    sa.Column('faults', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['asked_by'], ['users.id'], name=op.f('fk_chain_checks_asked_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_chain_checks')),
    sa.UniqueConstraint('night', name=op.f('uq_chain_checks_night')),
    sa.UniqueConstraint('active', name=op.f('uq_chain_checks_active'))
    )
    op.create_index(op.f('ix_events_actor_id'), 'events', ['actor_id', 'at'], unique=False)
    op.create_index(op.f('ix_events_action'), 'events', ['action', 'at'], unique=False)
