"""What was found about photos and places: the examination of originals, codes, findings."""

from hashlib import sha256

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'


def upgrade() -> None:
    with op.batch_alter_table('photos', schema=None) as batch_op:
        # Every photo that is here already waits to be examined.
        batch_op.add_column(sa.Column('state', sa.String(length=16), nullable=False, server_default='new'))
        batch_op.add_column(sa.Column('quarantine', sa.String(length=24), nullable=True))
        batch_op.add_column(sa.Column('claimed_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('taken_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('taken_latitude', sa.Float(), nullable=True))
        batch_op.add_column(sa.Column('taken_longitude', sa.Float(), nullable=True))
        batch_op.add_column(sa.Column('camera', sa.String(length=100), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('software', sa.String(length=100), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('look_rows', BIG, nullable=True))
        batch_op.add_column(sa.Column('look_columns', BIG, nullable=True))
        for band in range(4):
            batch_op.add_column(sa.Column(f'look_band_{band}', sa.Integer(), nullable=True))
    with op.batch_alter_table('photos', schema=None) as batch_op:
        for column in ('state', 'camera', 'software'):
            batch_op.alter_column(column, server_default=None)
        batch_op.create_index(batch_op.f('ix_photos_state'), ['state', 'created_at'], unique=False)
        for band in range(4):
            batch_op.create_index(batch_op.f(f'ix_photos_look_band_{band}'), [f'look_band_{band}'], unique=False)

    with op.batch_alter_table('hazards', schema=None) as batch_op:
        # The evidence of the hazards that are here already is looked at, too.
        batch_op.add_column(sa.Column('evidence_seq', BIG, nullable=False, server_default='0'))
    with op.batch_alter_table('hazards', schema=None) as batch_op:
        batch_op.alter_column('evidence_seq', server_default=None)
        batch_op.create_index(batch_op.f('ix_hazards_latitude'), ['latitude', 'longitude'], unique=False)
        batch_op.create_index(batch_op.f('ix_hazards_duplicate_of'), ['duplicate_of'], unique=False)
    op.create_index(
        'ix_hazards_evidence_due', 'hazards', ['id'], unique=False,
        sqlite_where=sa.text('evidence_seq < version'),
        postgresql_where=sa.text('evidence_seq < version'),
    )

    with op.batch_alter_table('hazard_photos', schema=None) as batch_op:
        batch_op.add_column(sa.Column('code', sa.String(length=12), nullable=True))
    give_codes()
    with op.batch_alter_table('hazard_photos', schema=None) as batch_op:
        batch_op.alter_column('code', existing_type=sa.String(length=12), nullable=False)
        batch_op.create_unique_constraint(batch_op.f('uq_hazard_photos_code'), ['code'])

    op.create_table('findings',
    sa.Column('id', BIG, nullable=False),
    sa.Column('hazard_id', BIG, nullable=False),
    sa.Column('event_id', sa.String(length=36), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=True),
    sa.Column('kind', sa.String(length=24), nullable=False),
    sa.Column('serious', sa.Boolean(), nullable=False),
    sa.Column('numbers', sa.JSON(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['event_id'], ['events.id'], name=op.f('fk_findings_event_id')),
    sa.ForeignKeyConstraint(['hazard_id'], ['hazards.id'], name=op.f('fk_findings_hazard_id')),
    sa.ForeignKeyConstraint(['sha256'], ['photos.sha256'], name=op.f('fk_findings_sha256')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_findings'))
    )
    with op.batch_alter_table('findings', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_findings_hazard_id'), ['hazard_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_findings_event_id'), ['event_id'], unique=False)


def give_codes() -> None:
    connection = op.get_bind()
    photos = sa.table('hazard_photos', sa.column('event_id'), sa.column('position'), sa.column('code'))
    for event_id, position in connection.execute(sa.select(photos.c.event_id, photos.c.position)).all():
        number = int.from_bytes(sha256(f'{event_id}/{position}'.encode()).digest()[:8], 'big')
        code = ''.join(ALPHABET[number >> (5 * each) & 31] for each in range(12))
        this = sa.and_(photos.c.event_id == event_id, photos.c.position == position)
        connection.execute(sa.update(photos).where(this).values(code=code))
