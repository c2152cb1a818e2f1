"""Where somebody is signed in, since when an account is signed out everywhere, what is done to it."""

import sqlalchemy as sa
from alembic import op

revision = '0021'
down_revision = "0020"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.add_column('users', sa.Column('signed_out_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('tokens', sa.Column('address', sa.String(length=45), nullable=True))
    op.add_column('tokens', sa.Column('client', sa.String(length=200), nullable=True))
    op.add_column('tokens', sa.Column('seen_at', sa.DateTime(timezone=True), nullable=True))
    op.create_table('account_log',
    sa.Column('id', BIG, nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by_id', BIG, nullable=False),
    sa.Column('user_id', BIG, nullable=False),
    sa.Column('deed', sa.String(length=24), nullable=False),
    sa.Column('changes', sa.JSON(), nullable=False),
    sa.Column('note', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['by_id'], ['users.id'], name=op.f('fk_account_log_by_id')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_account_log_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_account_log'))
    )
    op.create_index(op.f('ix_account_log_user_id'), 'account_log', ['user_id'], unique=False)
