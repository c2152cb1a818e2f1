"""Answers that take seconds are kept ready; a map of what is open reads one index."""

import sqlalchemy as sa
from alembic import op

import server.database

revision = '0019'
down_revision = "0018"
branch_labels = None
depends_on = None

OPEN = sa.text("state NOT IN ('closed', 'void')")


def upgrade() -> None:
    op.create_table(
        'ready_answers',
        sa.Column('key', sa.String(length=64), nullable=False),
        sa.Column('question', sa.JSON(), nullable=False),
        sa.Column('value', sa.Text(), nullable=False),
        sa.Column('tag', sa.String(length=64), nullable=False),
        sa.Column('as_of', server.database.Moment(timezone=True), nullable=False),
        sa.Column('asked_at', server.database.Moment(timezone=True), nullable=False),
        sa.Column('wanted_at', server.database.Moment(timezone=True), nullable=True),
        sa.Column('taken_at', server.database.Moment(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint('key', name=op.f('pk_ready_answers')),
    )
    with op.batch_alter_table('ready_answers', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_ready_answers_wanted_at'), ['wanted_at'], unique=False)
    with op.batch_alter_table('hazards', schema=None) as batch_op:
        batch_op.create_index(
            'ix_hazards_open_places',
            [
                'latitude', 'longitude', 'area_code', 'sector', 'level', 'state', 'deadline',
                'reporter_id', 'id',
            ],
            unique=False, sqlite_where=OPEN, postgresql_where=OPEN,
        )
