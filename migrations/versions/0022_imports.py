"""Imports of people and sites, what a desk changed of places, and sites by their credit code."""

import sqlalchemy as sa
from alembic import op

revision = '0022'
down_revision = "0021"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table('imports',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('user_id', BIG, nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('file_name', sa.String(length=100), nullable=False),
    sa.Column('dry_run', sa.Boolean(), nullable=False),
    sa.Column('skip_bad', sa.Boolean(), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('rows_done', BIG, nullable=False),
    sa.Column('rows_total', BIG, nullable=False),
    sa.Column('rows_new', BIG, nullable=False),
    sa.Column('rows_known', BIG, nullable=False),
    sa.Column('rows_bad', BIG, nullable=False),
    sa.Column('problems', sa.JSON(), nullable=False),
    sa.Column('message', sa.Text(), nullable=False),
    sa.Column('attempts', BIG, nullable=False),
    sa.Column('heartbeat_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('files_until', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_imports_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_imports'))
    )
    with op.batch_alter_table('imports', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_imports_user_id'), ['user_id', 'created_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_imports_state'), ['state', 'created_at'], unique=False)
    op.create_table('place_changes',
    sa.Column('id', BIG, nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('user_id', BIG, nullable=False),
    sa.Column('user_name', sa.String(length=64), nullable=False),
    sa.Column('area_code', sa.String(length=18), nullable=True),
    sa.Column('site_id', BIG, nullable=True),
    sa.Column('before', sa.JSON(), nullable=False),
    sa.Column('after', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['area_code'], ['areas.code'], name=op.f('fk_place_changes_area_code')),
    sa.ForeignKeyConstraint(['site_id'], ['sites.id'], name=op.f('fk_place_changes_site_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_place_changes'))
    )
    with op.batch_alter_table('place_changes', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_place_changes_site_id'), ['site_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_place_changes_area_code'), ['area_code'], unique=False)
    with op.batch_alter_table('sites', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sites_credit_code'), ['credit_code'], unique=False)
