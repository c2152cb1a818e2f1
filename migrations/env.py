"""Alembic's environment: the connection is handed in by `server.migration`."""

from alembic import context

from server.models import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    user_module_prefix="server.database.",
)
with context.begin_transaction():
    context.run_migrations()
