"""Boundaries of areas, by version."""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table('boundary_sets',
    sa.Column('id', BIG, nullable=False),
    sa.Column('source', sa.String(length=200), nullable=False),
    sa.Column('demo', sa.Boolean(), nullable=False),
    sa.Column('datum', sa.String(length=8), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('current', sa.Boolean(), nullable=False),
    sa.Column('imported_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_boundary_sets'))
    )
    op.create_table('boundaries',
    sa.Column('set_id', BIG, nullable=False),
    sa.Column('area_code', sa.String(length=18), nullable=False),
    sa.Column('geometry', sa.LargeBinary(), nullable=False),
    sa.Column('south', sa.Float(), nullable=False),
    sa.Column('north', sa.Float(), nullable=False),
    sa.Column('west', sa.Float(), nullable=False),
    sa.Column('east', sa.Float(), nullable=False),
    sa.ForeignKeyConstraint(['area_code'], ['areas.code'], name=op.f('fk_boundaries_area_code')),
    sa.ForeignKeyConstraint(['set_id'], ['boundary_sets.id'], name=op.f('fk_boundaries_set_id')),
    sa.PrimaryKeyConstraint('set_id', 'area_code', name=op.f('pk_boundaries'))
    )
    with op.batch_alter_table('boundaries', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_boundaries_set_id'), ['set_id', 'west', 'east'], unique=False)
