"""What another unit finished, or was accepted of it, does not count once a hazard is reassigned."""

from alembic import op

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade() -> None:
    # In these states nothing is finished; only a reassigned hazard could say otherwise.
    op.execute(
        "UPDATE hazards SET finished_on = NULL, accepted_on = NULL, acceptors = '[]', "
        "acceptor_ids = '[]', acceptance_opinion = '' "
        "WHERE state IN ('assigned', 'plan_review', 'rectifying')"
    )
