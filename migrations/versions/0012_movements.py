"""Movements, derived from the events that are here already; confirmed and closed months."""

import json

import sqlalchemy as sa
from alembic import op

from server.glossary import Action, State
from server.hazards.movements import replayed_movements
from server.hazards.replay import Happened, parse_moment

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')

HAZARDS_AT_ONCE = 1_000


def upgrade() -> None:
    op.create_table('movements',
    sa.Column('hazard_id', BIG, nullable=False),
    sa.Column('seq', BIG, nullable=False),
    sa.Column('position', sa.SmallInteger(), nullable=False),
    sa.Column('month', sa.String(length=7), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('area_code', sa.String(length=18), nullable=False),
    sa.Column('sector', sa.String(length=32), nullable=True),
    sa.Column('level', sa.String(length=24), nullable=False),
    sa.Column('delta', sa.SmallInteger(), nullable=False),
    sa.Column('late', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['hazard_id', 'seq'], ['events.hazard_id', 'events.seq'], name=op.f('fk_movements_hazard_id_seq')),
    sa.PrimaryKeyConstraint('hazard_id', 'seq', 'position', name=op.f('pk_movements'))
    )
    derive(op.get_bind())
    with op.batch_alter_table('movements', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_movements_month'), ['month', 'area_code'], unique=False)
    op.create_table('balance_confirmations',
    sa.Column('month', sa.String(length=7), nullable=False),
    sa.Column('area_code', sa.String(length=18), nullable=False),
    sa.Column('sector', sa.String(length=32), nullable=False),
    sa.Column('figures_hash', sa.String(length=64), nullable=False),
    sa.Column('confirmed_by', BIG, nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('unit', sa.String(length=100), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['area_code'], ['areas.code'], name=op.f('fk_balance_confirmations_area_code')),
    sa.ForeignKeyConstraint(['confirmed_by'], ['users.id'], name=op.f('fk_balance_confirmations_confirmed_by')),
    sa.PrimaryKeyConstraint('month', 'area_code', 'sector', name=op.f('pk_balance_confirmations'))
    )
    op.create_table('balance_closings',
    sa.Column('month', sa.String(length=7), nullable=False),
    sa.Column('snapshot', sa.Text(), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('signature', sa.String(length=64), nullable=False),
    sa.Column('closed_by', BIG, nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['closed_by'], ['users.id'], name=op.f('fk_balance_closings_closed_by')),
    sa.PrimaryKeyConstraint('month', name=op.f('pk_balance_closings'))
    )
    op.create_table('balance_cells',
    sa.Column('id', BIG, nullable=False),
    sa.Column('month', sa.String(length=7), nullable=False),
    sa.Column('area_code', sa.String(length=18), nullable=False),
    sa.Column('sector', sa.String(length=32), nullable=True),
    sa.Column('level', sa.String(length=24), nullable=False),
    sa.Column('opening', sa.Integer(), nullable=False),
    sa.Column('added', sa.Integer(), nullable=False),
    sa.Column('regraded', sa.Integer(), nullable=False),
    sa.Column('reclassified', sa.Integer(), nullable=False),
    sa.Column('handed_over', sa.Integer(), nullable=False),
    sa.Column('voided', sa.Integer(), nullable=False),
    sa.Column('closed', sa.Integer(), nullable=False),
    sa.Column('ending', sa.Integer(), nullable=False),
    sa.Column('late', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['month'], ['balance_closings.month'], name=op.f('fk_balance_cells_month')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_balance_cells'))
    )
    with op.batch_alter_table('balance_cells', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_balance_cells_month'), ['month', 'area_code'], unique=False)


def derive(connection: sa.Connection) -> None:
    """Write the movements of all hazards, some of them at a time.

    By the same replay as the application's own: it has to read every event ever written anyway.
    """
    newest = connection.scalar(sa.text('SELECT max(id) FROM hazards')) or 0
    for first in range(1, newest + 1, HAZARDS_AT_ONCE):
        chains = {}
        for hazard_id, event in events(connection, first, first + HAZARDS_AT_ONCE):
            chains.setdefault(hazard_id, []).append(event)
        rows = [
            {'hazard_id': hazard_id, **row}
            for hazard_id, chain in chains.items()
            for row in movements(hazard_id, chain)
        ]
        if rows:
            connection.execute(MOVEMENTS.insert(), rows)


MOVEMENTS = sa.table(
    'movements',
    *(sa.column(name) for name in ('hazard_id', 'seq', 'position', 'month', 'kind', 'area_code', 'sector', 'level', 'delta', 'late')),
)


def events(connection, first, end):
    query = sa.text(
        'SELECT hazard_id, id, action, to_state, actor_id, actor_name, at, data FROM events '
        'WHERE hazard_id >= :first AND hazard_id < :end ORDER BY hazard_id, seq'
    )
    return ((row[0], row[1:]) for row in connection.execute(query, {'first': first, 'end': end}))


def movements(hazard_id, chain):
    try:
        happened = [
            Happened(id, Action(action), State(to_state), actor_id, actor_name, parse_moment(at), json.loads(data))
            for id, action, to_state, actor_id, actor_name, at, data in chain
        ]
        return list(replayed_movements(happened))
    except (ValueError, KeyError, TypeError) as error:
        raise RuntimeError(
            f"the events of hazard id {hazard_id} can't be replayed ({error!r}): run `flask audit verify` "
            "with the version that was here before"
        ) from error
