"""The tables, once for SQLite and PostgreSQL. `migrations/` brings a database to this shape.

`Text` throughout: a school may name a column as long as it likes, and no length rule makes it safer.
`json` and not `jsonb` on PostgreSQL: it keeps the text as it was and takes an escaped NUL,
which `jsonb` refuses.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
)

if TYPE_CHECKING:
    from sqlalchemy import Dialect

REVISION = "0001"
"""The revision of `migrations/` that this module describes; a test holds the two together."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant, kept in UTC. SQLite knows no zones, so there it is stored without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuses a naive time: nobody could tell whose clock it was on."""
        if value is None:
            return None
        if value.tzinfo is None:
            msg = "the store keeps instants; this time has no zone"
            raise ValueError(msg)
        in_utc = value.astimezone(UTC)
        return in_utc.replace(tzinfo=None) if dialect.name == "sqlite" else in_utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Gives an aware time in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

workbook = Table(
    "workbook",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("school", Text, nullable=False, unique=True),
    Column("spreadsheet_id", Text, nullable=False, unique=True),
    Column("teachers_spreadsheet_id", Text, nullable=True),
    Column("salt", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

fence_counter = Table(
    # One row. Fences come from one counter, so a number alone says which lease it belonged to.
    "fence_counter",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("value", Integer, nullable=False),
)

lease = Table(
    "lease",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=True),
    Column("fence", Integer, nullable=False, unique=True),
    Column("taken_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
)

run = Table(
    "run",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("workbook_id", ForeignKey("workbook.id"), nullable=False),
    Column("fence", Integer, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("summary", JSON, nullable=False),
    Column("requests", Integer, nullable=False),
    Column("marker", Text, nullable=False),
    Index("ix_run_workbook_id_id", "workbook_id", "id"),
)

seen_row = Table(
    "seen_row",
    metadata,
    Column("workbook_id", ForeignKey("workbook.id"), primary_key=True),
    Column("tab", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("cells", JSON, nullable=False),
    Column("present", Boolean, nullable=False),
)

document = Table(
    "document",
    metadata,
    Column("workbook_id", ForeignKey("workbook.id"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", JSON(none_as_null=False), nullable=False),
)

journal = Table(
    "journal",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("workbook_id", ForeignKey("workbook.id"), nullable=False),
    Column("run_id", ForeignKey("run.id"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("tab", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("old", Text, nullable=True),
    Column("new", Text, nullable=True),
    Column("effective_on", Date, nullable=True),
    Column("kind", Text, nullable=False),
    Column("note", Text, nullable=False),
    Index("ix_journal_workbook_id_key_id", "workbook_id", "key", "id"),
)
