"""Bringing a database to the present schema. Alembic is imported only where there is something to do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Column, MetaData, Table, Text, inspect, select, text

from sync.domain.errors import RefusedError
from sync.store.engine import reading, writing
from sync.store.schema import REVISION

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

_SCRIPTS = Path(__file__).with_name("migrations")
_VERSION = Table("alembic_version", MetaData(), Column("version_num", Text))

_MIGRATION_LOCK = 0x5E45_7A4C
"""Any number, the same for all Sensyncs on one PostgreSQL server."""


def revision_of(connection: Connection) -> str | None:
    """The revision that the database is at, None for an empty one."""
    if not inspect(connection).has_table(_VERSION.name):
        return None
    return connection.execute(select(_VERSION.c.version_num)).scalar_one_or_none()


def is_current(engine: Engine) -> bool:
    """Whether the database is at `schema.REVISION`."""
    with reading(engine) as connection:
        return revision_of(connection) == REVISION


def migrate(engine: Engine) -> None:
    """Brings the database to `schema.REVISION` in one transaction; does nothing where it is there already.

    Raises:
        RefusedError: a newer Sensync wrote this database.
    """
    if is_current(engine):
        return
    with writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            # Two processes that start together must not both create the tables.
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
        found = revision_of(connection)
        if found != REVISION:
            _upgrade(connection, found)


def _upgrade(connection: Connection, found: str | None) -> None:
    from alembic import command  # noqa: PLC0415 - a sixth of a second that most runs need not spend
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise RefusedError(
            f"The store is at revision {found}, which this Sensync does not know: a newer one has used it.",
            next_step="Install the newer Sensync again, or point [store] url at another database.",
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
