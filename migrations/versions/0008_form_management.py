"""Forms are managed by the office: drafts, files, to whom they are given, when they are retired."""

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    with op.batch_alter_table('forms', schema=None) as batch_op:
        batch_op.add_column(sa.Column('retired_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('areas', sa.JSON(), nullable=False, server_default='[]'))
        batch_op.add_column(sa.Column('roles', sa.JSON(), nullable=False, server_default='[]'))
    with op.batch_alter_table('forms', schema=None) as batch_op:
        batch_op.alter_column('areas', server_default=None)
        batch_op.alter_column('roles', server_default=None)
    with op.batch_alter_table('form_versions', schema=None) as batch_op:
        batch_op.add_column(sa.Column('xlsx', sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column('published_by', BIG, nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_form_versions_published_by'), 'users', ['published_by'], ['id'])
    op.create_table('form_drafts',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('form_id', sa.String(length=64), nullable=False),
    sa.Column('version', sa.String(length=64), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('file_name', sa.String(length=200), nullable=False),
    sa.Column('xform', sa.LargeBinary(), nullable=False),
    sa.Column('xlsx', sa.LargeBinary(), nullable=True),
    sa.Column('remarks', sa.JSON(), nullable=False),
    sa.Column('created_by', BIG, nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['created_by'], ['users.id'], name=op.f('fk_form_drafts_created_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_form_drafts'))
    )
    op.create_table('form_media',
    sa.Column('form_id', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('media_type', sa.String(length=50), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('md5', sa.String(length=32), nullable=False),
    sa.Column('updated_by', BIG, nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['form_id'], ['forms.form_id'], name=op.f('fk_form_media_form_id')),
    sa.ForeignKeyConstraint(['updated_by'], ['users.id'], name=op.f('fk_form_media_updated_by')),
    sa.PrimaryKeyConstraint('form_id', 'name', name=op.f('pk_form_media'))
    )
