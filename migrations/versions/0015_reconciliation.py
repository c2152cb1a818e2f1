"""Outside ledgers: their lines, the candidates for them, and what people decided."""

import sqlalchemy as sa
from alembic import op

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
NEW = {
    'state': (sa.String(length=16), 'read'),
    'rows_done': (BIG, '0'),
    'rows_total': (BIG, '0'),
    'message': (sa.Text(), ''),
    'sheets': (sa.JSON(), '[]'),
    'cell_errors': (sa.JSON(), '[]'),
    'stated': (sa.JSON(), '{}'),
    'our_lines': (BIG, '0'),
}


def upgrade() -> None:
    with op.batch_alter_table('reconciliations', schema=None) as batch_op:
        for name, (kind, default) in NEW.items():
            batch_op.add_column(sa.Column(name, kind, nullable=False, server_default=default))
        batch_op.add_column(sa.Column('previous_id', sa.String(length=36), nullable=True))
        batch_op.add_column(sa.Column('heartbeat_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_reconciliations_previous_id'), 'reconciliations', ['previous_id'], ['id'])
        batch_op.create_index(batch_op.f('ix_reconciliations_state'), ['state'], unique=False)
        batch_op.create_index(batch_op.f('ix_reconciliations_area_code'), ['area_code', 'source', 'month'], unique=False)
    with op.batch_alter_table('reconciliations', schema=None) as batch_op:
        for name in NEW:
            batch_op.alter_column(name, server_default=None)
    with op.batch_alter_table('differences', schema=None) as batch_op:
        batch_op.add_column(sa.Column('row_key', sa.String(length=48), nullable=True))
    op.create_table('reconciliation_rows',
    sa.Column('id', BIG, nullable=False),
    sa.Column('reconciliation_id', sa.String(length=36), nullable=False),
    sa.Column('key', sa.String(length=48), nullable=False),
    sa.Column('ref', sa.String(length=100), nullable=False),
    sa.Column('record', sa.JSON(), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('hazard_id', BIG, nullable=True),
    sa.Column('how', sa.String(length=100), nullable=False),
    sa.ForeignKeyConstraint(['reconciliation_id'], ['reconciliations.id'], name=op.f('fk_reconciliation_rows_reconciliation_id')),
    sa.ForeignKeyConstraint(['hazard_id'], ['hazards.id'], name=op.f('fk_reconciliation_rows_hazard_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reconciliation_rows'))
    )
    with op.batch_alter_table('reconciliation_rows', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_reconciliation_rows_reconciliation_id'), ['reconciliation_id', 'key'], unique=True)
        batch_op.create_index(batch_op.f('ix_reconciliation_rows_hazard_id'), ['hazard_id'], unique=False)
    op.create_table('reconciliation_candidates',
    sa.Column('id', BIG, nullable=False),
    sa.Column('reconciliation_id', sa.String(length=36), nullable=False),
    sa.Column('row_id', BIG, nullable=False),
    sa.Column('hazard_id', BIG, nullable=False),
    sa.Column('score', sa.Float(), nullable=False),
    sa.Column('reasons', sa.JSON(), nullable=False),
    sa.Column('likely', sa.Boolean(), nullable=False),
    sa.Column('decision', sa.String(length=16), nullable=True),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('decided_by', BIG, nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['reconciliation_id'], ['reconciliations.id'], name=op.f('fk_reconciliation_candidates_reconciliation_id')),
    sa.ForeignKeyConstraint(['row_id'], ['reconciliation_rows.id'], name=op.f('fk_reconciliation_candidates_row_id')),
    sa.ForeignKeyConstraint(['hazard_id'], ['hazards.id'], name=op.f('fk_reconciliation_candidates_hazard_id')),
    sa.ForeignKeyConstraint(['decided_by'], ['users.id'], name=op.f('fk_reconciliation_candidates_decided_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reconciliation_candidates'))
    )
    with op.batch_alter_table('reconciliation_candidates', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_reconciliation_candidates_reconciliation_id'), ['reconciliation_id', 'decision'], unique=False)
        batch_op.create_index(batch_op.f('ix_reconciliation_candidates_row_id'), ['row_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_reconciliation_candidates_hazard_id'), ['hazard_id'], unique=False)
    op.create_table('match_decisions',
    sa.Column('id', BIG, nullable=False),
    sa.Column('area_code', sa.String(length=18), nullable=False),
    sa.Column('source', sa.String(length=100), nullable=False),
    sa.Column('row_key', sa.String(length=48), nullable=False),
    sa.Column('hazard_id', BIG, nullable=False),
    sa.Column('decision', sa.String(length=16), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('decided_by', BIG, nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['area_code'], ['areas.code'], name=op.f('fk_match_decisions_area_code')),
    sa.ForeignKeyConstraint(['hazard_id'], ['hazards.id'], name=op.f('fk_match_decisions_hazard_id')),
    sa.ForeignKeyConstraint(['decided_by'], ['users.id'], name=op.f('fk_match_decisions_decided_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_match_decisions'))
    )
    with op.batch_alter_table('match_decisions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_match_decisions_area_code'), ['area_code', 'source', 'row_key', 'hazard_id'], unique=True)
    op.create_table('column_memories',
    sa.Column('area_code', sa.String(length=18), nullable=False),
    sa.Column('source', sa.String(length=100), nullable=False),
    sa.Column('fields', sa.JSON(), nullable=False),
    sa.Column('updated_by', BIG, nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['area_code'], ['areas.code'], name=op.f('fk_column_memories_area_code')),
    sa.ForeignKeyConstraint(['updated_by'], ['users.id'], name=op.f('fk_column_memories_updated_by')),
    sa.PrimaryKeyConstraint('area_code', 'source', name=op.f('pk_column_memories'))
    )
