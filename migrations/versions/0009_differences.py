"""Ledgers held against each other, and what differs."""

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table('reconciliations',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('source', sa.String(length=100), nullable=False),
    sa.Column('file_name', sa.String(length=200), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('month', sa.String(length=7), nullable=False),
    sa.Column('area_code', sa.String(length=18), nullable=False),
    sa.Column('sector', sa.String(length=32), nullable=True),
    sa.Column('created_by', BIG, nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['area_code'], ['areas.code'], name=op.f('fk_reconciliations_area_code')),
    sa.ForeignKeyConstraint(['sector'], ['sectors.code'], name=op.f('fk_reconciliations_sector')),
    sa.ForeignKeyConstraint(['created_by'], ['users.id'], name=op.f('fk_reconciliations_created_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reconciliations'))
    )
    op.create_table('differences',
    sa.Column('id', BIG, nullable=False),
    sa.Column('reconciliation_id', sa.String(length=36), nullable=True),
    sa.Column('key', sa.String(length=200), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('month', sa.String(length=7), nullable=False),
    sa.Column('area_code', sa.String(length=18), nullable=False),
    sa.Column('sector', sa.String(length=32), nullable=True),
    sa.Column('hazard_id', BIG, nullable=True),
    sa.Column('explanation', sa.Text(), nullable=False),
    sa.Column('ours', sa.JSON(), nullable=False),
    sa.Column('theirs', sa.JSON(), nullable=False),
    sa.Column('suggestion', sa.JSON(), nullable=False),
    sa.Column('status', sa.String(length=16), nullable=False),
    sa.Column('found_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('settled_by', BIG, nullable=True),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('event_id', sa.String(length=36), nullable=True),
    sa.ForeignKeyConstraint(['reconciliation_id'], ['reconciliations.id'], name=op.f('fk_differences_reconciliation_id')),
    sa.ForeignKeyConstraint(['area_code'], ['areas.code'], name=op.f('fk_differences_area_code')),
    sa.ForeignKeyConstraint(['sector'], ['sectors.code'], name=op.f('fk_differences_sector')),
    sa.ForeignKeyConstraint(['hazard_id'], ['hazards.id'], name=op.f('fk_differences_hazard_id')),
    sa.ForeignKeyConstraint(['settled_by'], ['users.id'], name=op.f('fk_differences_settled_by')),
    sa.ForeignKeyConstraint(['event_id'], ['events.id'], name=op.f('fk_differences_event_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_differences'))
    )
    with op.batch_alter_table('differences', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_differences_reconciliation_id'), ['reconciliation_id', 'key'], unique=True)
        batch_op.create_index(batch_op.f('ix_differences_status'), ['status', 'month'], unique=False)
        batch_op.create_index(batch_op.f('ix_differences_hazard_id'), ['hazard_id'], unique=False)
