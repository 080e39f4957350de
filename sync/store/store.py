"""The store of one installation. Nothing here knows of Google or the MIS."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Insert, Table, Text, bindparam, delete, insert, select
from sqlalchemy.exc import IntegrityError

from sync.clock import utc_now
from sync.domain.errors import UsageError
from sync.store import schema
from sync.store.engine import dialect_insert, looking, open_engine, reading, remembered, writing
from sync.store.leases import Lease, current_leases, hold_fence
from sync.store.migrate import is_current, migrate
from sync.store.records import Cells, JournalEntry, LeaseRow, Outcome, RowChange, Rows, RunRecord, Seen, Workbook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from contextlib import AbstractContextManager
    from datetime import datetime
    from types import TracebackType
    from typing import Self


class Store:
    """The state of all workbooks of one installation, in SQLite or PostgreSQL.

    Call `migrate` once before anything else. Usable as a context manager, which closes it.

    Args:
        url: `sqlite:///file`, `sqlite://` or `postgresql://user@host/database`.
        now: the clock, giving aware instants.

    Raises:
        ConfigError: the URL names no database that we know, or its file cannot be made.
    """

    def __init__(self, url: str, *, now: Callable[[], datetime] = utc_now) -> None:
        self.engine = open_engine(url)
        self._now = now

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def migrate(self) -> None:
        """Creates the tables or brings them up to date; cheap where there is nothing to do.

        Raises:
            RefusedError: a newer Sensync wrote this database.
            TryAgainError: the database is busy or cannot be reached.
        """
        migrate(self.engine)

    def is_current(self) -> bool:
        """Whether the database has the tables that this Sensync knows, no older and no newer ones.

        Raises:
            TryAgainError: the database is busy or cannot be reached.
        """
        return is_current(self.engine)

    def close(self) -> None:
        """Closes all connections. SQLite folds its write-ahead log back into the one file."""
        self.engine.dispose()

    def looking(self) -> AbstractContextManager[None]:
        """Lets this thread read over one connection, and the same thing once, until it writes."""
        return looking(self.engine)

    # Workbooks

    def workbook(self, school: str) -> Workbook | None:
        """The workbook of `school` (its name in the configuration), None before set-up."""
        with reading(self.engine) as connection:
            row = connection.execute(select(schema.workbook).where(schema.workbook.c.school == school)).one_or_none()
        return None if row is None else Workbook(**row._asdict())

    def save_workbook(self, school: str, spreadsheet_id: str, teachers_spreadsheet_id: str | None = None) -> Workbook:
        """Records the workbook of `school`, or changes its ids; the salt is made once and stays.

        Raises:
            UsageError: another school already uses this spreadsheet.
        """
        ids = {"spreadsheet_id": spreadsheet_id, "teachers_spreadsheet_id": teachers_spreadsheet_id}
        try:
            with writing(self.engine) as connection:
                row = connection.execute(
                    dialect_insert(connection, schema.workbook)
                    .values(school=school, salt=secrets.token_hex(16), created_at=self._now(), **ids)
                    .on_conflict_do_update(index_elements=["school"], set_=ids)
                    .returning(*schema.workbook.c)
                ).one()
        except IntegrityError as error:
            raise UsageError(
                "This spreadsheet already belongs to another school in this store.",
                next_step="Give each school a workbook of its own: run `sensync setup` for this school.",
            ) from error
        return Workbook(**row._asdict())

    # Leases

    def lease(self, name: str, holder: str, ttl_seconds: float) -> Lease:
        """A lease called `name` for `holder` (such as `sync on pc-12, process 4711`), to be used in a `with`.

        Entering raises LeaseHeldError while another holder has it. The caller renews it with `.renew()` and
        hands `.fence` to `commit`.
        """
        return Lease(self.engine, name, holder, ttl_seconds, self._now)

    def leases(self) -> list[LeaseRow]:
        """The leases held at this moment."""
        with reading(self.engine) as connection:
            return current_leases(connection, self._now())

    # What the last run saw

    def seen(self, workbook_id: int) -> Seen:
        """What the last committed run saw: the rows present, and the named documents."""
        with reading(self.engine) as connection:
            documents = connection.execute(
                select(schema.document.c.name, schema.document.c.value).where(
                    schema.document.c.workbook_id == workbook_id
                )
            )
            return Seen(_rows(connection, workbook_id, present=True), {row.name: row.value for row in documents})

    def absent_rows(self, workbook_id: int) -> Rows:
        """Rows that were seen once and are no longer in the sheet, with their last cells."""
        with reading(self.engine) as connection:
            return _rows(connection, workbook_id, present=False)

    @remembered
    def row(self, workbook_id: int, tab: str, key: str) -> Cells | None:
        """One row that was present in the last committed run, None where it was not."""
        which = {"workbook": workbook_id, "tab_name": tab, "row_key": key}
        with reading(self.engine) as connection:
            cells: Cells | None = connection.execute(_ROW, which).scalar_one_or_none()
        return cells

    @remembered
    def rows_of(self, workbook_id: int, key: str, tabs: tuple[str, str]) -> dict[str, Cells]:
        """The rows with one key that were present in the last committed run, by tab: of these two, where there are."""
        which = {"workbook": workbook_id, "row_key": key, "one_tab": tabs[0], "other_tab": tabs[1]}
        with reading(self.engine) as connection:
            return {row.tab: row.cells for row in connection.execute(_ROWS_OF, which)}

    @remembered
    def tab(self, workbook_id: int, tab: str) -> dict[str, Cells]:
        """The rows of one tab that were present in the last committed run, by key."""
        with reading(self.engine) as connection:
            return _rows(connection, workbook_id, present=True, tab=tab).get(tab, {})

    @remembered
    def last_row(self, workbook_id: int, tab: str, key: str) -> Cells | None:
        """One row as it was last seen, be it in the sheet still or not; None where it never was."""
        which = {"workbook": workbook_id, "tab_name": tab, "row_key": key}
        with reading(self.engine) as connection:
            cells: Cells | None = connection.execute(_LAST_ROW, which).scalar_one_or_none()
        return cells

    @remembered
    def last_rows(self, workbook_id: int, tab: str) -> dict[str, Cells]:
        """The rows of one tab as they were last seen, by key; those that are gone from the sheet among them."""
        with reading(self.engine) as connection:
            return _rows(connection, workbook_id, present=None, tab=tab).get(tab, {})

    @remembered
    def document(self, workbook_id: int, name: str) -> Any:
        """One named document of the last committed run, None where there is none."""
        columns = schema.document.c
        with reading(self.engine) as connection:
            return connection.execute(
                select(columns.value).where(columns.workbook_id == workbook_id, columns.name == name)
            ).scalar_one_or_none()

    # Commit

    def commit(
        self,
        workbook_id: int,
        *,
        fence: int,
        run: RunRecord | None,
        rows: Iterable[RowChange] = (),
        documents: Mapping[str, Any] | None = None,
        journal: Iterable[JournalEntry] = (),
    ) -> int | None:
        """Records one run, all or nothing, and returns the run's id.

        Args:
            workbook_id: whose run it was.
            fence: of the lease under which the run worked.
            run: the run itself; its `id` is ignored. None only remembers `rows` and `documents`, between runs.
            rows: changed rows only; where a row comes twice, the last counts.
            documents: the named values to set; the others stay.
            journal: entries to add, in order.

        Raises:
            LeaseLostError: the lease ran out and was taken over; nothing is recorded.
            ValueError: a cell is not JSON (NaN among them); nothing is recorded.
        """
        last = {(change.tab, change.key): change for change in rows}
        kept = [
            {
                "workbook_id": workbook_id,
                "tab": change.tab,
                "key": change.key,
                "cells": change.cells,
                "present": change.present,
            }
            for change in last.values()
            if change.cells is not None
        ]
        forgotten = [{"b_tab": change.tab, "b_key": change.key} for change in last.values() if change.cells is None]
        named = [
            {"workbook_id": workbook_id, "name": name, "value": value} for name, value in (documents or {}).items()
        ]
        with writing(self.engine) as connection:
            hold_fence(connection, fence)
            run_id = None if run is None else _add_run(connection, workbook_id, fence, run)
            if forgotten:
                connection.execute(
                    delete(schema.seen_row).where(
                        schema.seen_row.c.workbook_id == workbook_id,
                        schema.seen_row.c.tab == bindparam("b_tab"),
                        schema.seen_row.c.key == bindparam("b_key"),
                    ),
                    forgotten,
                )
            if kept:
                connection.execute(_upsert(connection, schema.seen_row), kept)
            if named:
                connection.execute(_upsert(connection, schema.document), named)
            entries = [
                {
                    "workbook_id": workbook_id,
                    "run_id": run_id,
                    "at": entry.at,
                    "tab": entry.tab,
                    "key": entry.key,
                    "field": entry.field,
                    "old": entry.old,
                    "new": entry.new,
                    "effective_on": entry.effective_on,
                    "kind": entry.kind,
                    "note": entry.note,
                }
                for entry in journal
            ]
            if entries:
                connection.execute(insert(schema.journal), entries)
        return run_id

    # What happened

    def history(self, workbook_id: int, key: str, limit: int = 100) -> list[JournalEntry]:
        """The newest `limit` journal entries of one row key, newest first."""
        columns = [column for column in schema.journal.c if column.name in JournalEntry.__slots__]
        with reading(self.engine) as connection:
            rows = connection.execute(
                select(*columns)
                .where(schema.journal.c.workbook_id == workbook_id, schema.journal.c.key == key)
                .order_by(schema.journal.c.id.desc())
                .limit(limit)
            )
            return [JournalEntry(**row._asdict()) for row in rows]

    def runs(self, workbook_id: int, limit: int = 20, *, acts: bool = True) -> list[RunRecord]:
        """The newest `limit` runs, newest first; without `acts` those that were syncs (`schema.ACT`)."""
        wanted = [schema.run.c.workbook_id == workbook_id]
        if not acts:
            wanted.append(schema.run.c.summary[schema.ACT].as_string().is_(None))
        with reading(self.engine) as connection:
            rows = connection.execute(select(schema.run).where(*wanted).order_by(schema.run.c.id.desc()).limit(limit))
            return [
                RunRecord(
                    row.started_at,
                    row.finished_at,
                    Outcome(row.outcome),
                    row.summary,
                    row.requests,
                    row.marker,
                    row.id,
                )
                for row in rows
            ]


_LAST_ROW = select(schema.seen_row.c.cells).where(
    schema.seen_row.c.workbook_id == bindparam("workbook"),
    schema.seen_row.c.tab == bindparam("tab_name"),
    schema.seen_row.c.key == bindparam("row_key"),
)
_ROW = _LAST_ROW.where(schema.seen_row.c.present)
_ROWS_OF = select(schema.seen_row.c.tab, schema.seen_row.c.cells).where(
    schema.seen_row.c.workbook_id == bindparam("workbook"),
    schema.seen_row.c.tab.in_((bindparam("one_tab", type_=Text), bindparam("other_tab", type_=Text))),
    schema.seen_row.c.key == bindparam("row_key"),
    schema.seen_row.c.present,
)


def _upsert(connection: Connection, table: Table) -> Insert:
    """An INSERT that replaces the row of the same primary key."""
    statement = dialect_insert(connection, table)
    return statement.on_conflict_do_update(
        index_elements=list(table.primary_key),
        set_={column.name: statement.excluded[column.name] for column in table.c if not column.primary_key},
    )


def _rows(connection: Connection, workbook_id: int, *, present: bool | None, tab: str | None = None) -> Rows:
    """Rows by tab and key: those that are in the sheet, those that are not, or (None) both."""
    table = schema.seen_row
    wanted = [table.c.workbook_id == workbook_id]
    if present is not None:
        wanted.append(table.c.present.is_(present))
    if tab is not None:
        wanted.append(table.c.tab == tab)
    found: Rows = {}
    for row in connection.execute(
        select(table.c.tab, table.c.key, table.c.cells).where(*wanted).order_by(table.c.tab, table.c.key)
    ):
        found.setdefault(row.tab, {})[row.key] = row.cells
    return found


def _add_run(connection: Connection, workbook_id: int, fence: int, run: RunRecord) -> int:
    statement: Insert = insert(schema.run).values(
        workbook_id=workbook_id,
        fence=fence,
        started_at=run.started_at,
        finished_at=run.finished_at,
        outcome=Outcome(run.outcome).value,
        summary=run.summary,
        requests=run.requests,
        marker=run.marker,
    )
    run_id: int = connection.execute(statement.returning(schema.run.c.id)).scalar_one()
    return run_id
