"""Alembic's entry: it works on the connection, and in the transaction, that `sync.store.migrate` opened."""

from alembic import context

from sync.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    # SQLite can roll back CREATE TABLE, and the engine begins its transactions itself.
    transactional_ddl=True,
)
context.run_migrations()
