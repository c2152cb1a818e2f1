"""Issued documents and their numbers."""

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table('document_series',
    sa.Column('prefix', sa.String(length=90), nullable=False),
    sa.Column('last', BIG, nullable=False),
    sa.PrimaryKeyConstraint('prefix', name=op.f('pk_document_series'))
    )
    op.create_table('issued_documents',
    sa.Column('event_id', sa.String(length=36), nullable=False),
    sa.Column('hazard_id', BIG, nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('version', BIG, nullable=False),
    sa.Column('number', sa.String(length=100), nullable=False),
    sa.Column('office', sa.Text(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('size', BIG, nullable=False),
    sa.Column('issued_by', BIG, nullable=False),
    sa.Column('issuer_name', sa.String(length=64), nullable=False),
    sa.Column('issued_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['event_id'], ['events.id'], name=op.f('fk_issued_documents_event_id')),
    sa.ForeignKeyConstraint(['hazard_id'], ['hazards.id'], name=op.f('fk_issued_documents_hazard_id')),
    sa.ForeignKeyConstraint(['issued_by'], ['users.id'], name=op.f('fk_issued_documents_issued_by')),
    sa.PrimaryKeyConstraint('event_id', name=op.f('pk_issued_documents')),
    sa.UniqueConstraint('hazard_id', 'kind', 'version', name=op.f('uq_issued_documents_hazard_id_kind_version')),
    sa.UniqueConstraint('number', name=op.f('uq_issued_documents_number'))
    )
