"""Keys by which a client such as ODK Collect acts for a person."""

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table('app_keys',
    sa.Column('id', BIG, nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('user_id', BIG, nullable=False),
    sa.Column('label', sa.String(length=50), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_app_keys_user_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_app_keys')),
    sa.UniqueConstraint('hash', name=op.f('uq_app_keys_hash'))
    )
    with op.batch_alter_table('app_keys', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_app_keys_user_id'), ['user_id'], unique=False)
