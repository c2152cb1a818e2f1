"""What a desk counts is found without reading the hazards themselves."""

import sqlalchemy as sa
from alembic import op

revision = '0017'
down_revision = "0016"
branch_labels = None
depends_on = None

OPEN = sa.text("state NOT IN ('closed', 'void')")
ASKED = sa.text("extension_requested IS NOT NULL")
LOOKED = sa.text("action IN ('recheck', 'visit')")


def upgrade() -> None:
    op.create_index(
        'ix_hazards_desk',
        'hazards',
        ['state', 'level', 'area_code'],
        postgresql_include=['id', 'sector', 'found_on', 'deadline', 'rectifier_id', 'reporter_id'],
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    op.create_index(
        'ix_hazards_asked', 'hazards', ['id'], sqlite_where=ASKED, postgresql_where=ASKED
    )
    op.create_index(
        'ix_events_looks', 'events', ['hazard_id'], sqlite_where=LOOKED, postgresql_where=LOOKED
    )
