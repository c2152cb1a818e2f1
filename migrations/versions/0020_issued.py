"""The newest of all issued documents are found without reading every one."""

from alembic import op

revision = '0020'
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('issued_documents', schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f('ix_issued_documents_issued_at'), ['issued_at', 'event_id'], unique=False
        )
