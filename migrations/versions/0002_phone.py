"""Photos in pieces and who brought them; sites that a phone registered."""

from uuid import uuid4

import sqlalchemy as sa
from alembic import op


revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('photo_parts',
    sa.Column('user_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('start', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('size', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_photo_parts_user_id')),
    sa.PrimaryKeyConstraint('user_id', 'sha256', 'start', name=op.f('pk_photo_parts'))
    )
    with op.batch_alter_table('photo_parts', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_photo_parts_at'), ['at'], unique=False)

    op.create_table('photo_uploads',
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('user_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('capture', sa.String(length=16), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['sha256'], ['photos.sha256'], name=op.f('fk_photo_uploads_sha256')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_photo_uploads_user_id')),
    sa.PrimaryKeyConstraint('sha256', 'user_id', name=op.f('pk_photo_uploads'))
    )
    op.execute(
        "INSERT INTO photo_uploads (sha256, user_id, capture, at) "
        "SELECT sha256, uploaded_by, 'unknown', created_at FROM photos"
    )
    with op.batch_alter_table('sites', schema=None) as batch_op:
        batch_op.add_column(sa.Column('entity_id', sa.String(length=36), nullable=True))
        batch_op.add_column(sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
    connection = op.get_bind()
    sites = sa.table('sites', sa.column('id'), sa.column('entity_id'))
    for (site_id,) in connection.execute(sa.select(sites.c.id)).all():
        connection.execute(
            sa.update(sites).where(sites.c.id == site_id).values(entity_id=str(uuid4()))
        )
    with op.batch_alter_table('sites', schema=None) as batch_op:
        batch_op.alter_column('entity_id', existing_type=sa.String(length=36), nullable=False)
        batch_op.create_unique_constraint(batch_op.f('uq_sites_entity_id'), ['entity_id'])
