"""Exports in the background, and the log of all exports."""

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table('exports',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('user_id', BIG, nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('format', sa.String(length=8), nullable=False),
    sa.Column('query', sa.JSON(), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('rows_done', BIG, nullable=False),
    sa.Column('rows_total', BIG, nullable=True),
    sa.Column('rights', sa.Text(), nullable=False),
    sa.Column('attempts', BIG, nullable=False),
    sa.Column('worker', sa.String(length=36), nullable=True),
    sa.Column('heartbeat_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('problem', sa.Text(), nullable=False),
    sa.Column('size', BIG, nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_exports_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_exports'))
    )
    with op.batch_alter_table('exports', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_exports_user_id'), ['user_id', 'created_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_exports_state'), ['state', 'created_at'], unique=False)
    op.create_table('export_log',
    sa.Column('id', BIG, nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('user_id', BIG, nullable=False),
    sa.Column('user_name', sa.String(length=64), nullable=False),
    sa.Column('user_role', sa.String(length=32), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('format', sa.String(length=8), nullable=False),
    sa.Column('query', sa.JSON(), nullable=False),
    sa.Column('lines', BIG, nullable=False),
    sa.Column('phones', sa.Boolean(), nullable=False),
    sa.Column('export_id', sa.String(length=36), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_export_log_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_export_log'))
    )
    with op.batch_alter_table('export_log', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_export_log_at'), ['at'], unique=False)
        batch_op.create_index(batch_op.f('ix_export_log_user_id'), ['user_id'], unique=False)
