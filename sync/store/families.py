"""The adults of families, as the last sync read them from the MIS; who writes a letter finds the address here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter
from sqlalchemy import delete, insert, select

from sync.domain.families import Adult
from sync.store.engine import reading
from sync.store.schema import adult as adult_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnElement, Connection

    from sync.store.store import Store

_ADULT = TypeAdapter(Adult)

StoredAdults = dict[tuple[str, str], dict[str, Any]]
"""The records of adults by reference and key."""


def rows_of(adults: Iterable[Adult]) -> StoredAdults:
    """Adults as they are stored, by reference and key."""
    return {(each.ref, each.key): _ADULT.dump_python(each, mode="json") for each in adults}


def stored_adults(connection: Connection, workbook_id: int) -> StoredAdults:
    """The adults of a workbook's pupils as they are stored, by reference and key."""
    rows = connection.execute(select(adult_table).where(adult_table.c.workbook_id == workbook_id))
    return {(row.ref, row.key): row.record for row in rows}


def replace_adults(connection: Connection, workbook_id: int, wanted: StoredAdults) -> None:
    """Stores adults in the place of those that are there, in the caller's transaction."""
    connection.execute(delete(adult_table).where(adult_table.c.workbook_id == workbook_id))
    if wanted:
        rows = [
            {"workbook_id": workbook_id, "ref": ref, "key": key, "record": record}
            for (ref, key), record in wanted.items()
        ]
        connection.execute(insert(adult_table), rows)


class Families:
    """The adults of one store."""

    def __init__(self, store: Store) -> None:
        self._engine = store.engine

    def all(self, workbook_id: int) -> dict[str, list[Adult]]:
        """Every pupil's adults by the pupil's reference, the first to call first."""
        found: dict[str, list[Adult]] = {}
        for each in self._read(adult_table.c.workbook_id == workbook_id):
            found.setdefault(each.ref, []).append(each)
        return found

    def adult(self, workbook_id: int, key: str, ref: str) -> Adult | None:
        """One adult of one pupil, None where the MIS has them no more."""
        where = (adult_table.c.workbook_id == workbook_id, adult_table.c.key == key, adult_table.c.ref == ref)
        return next(iter(self._read(*where)), None)

    def _read(self, *where: ColumnElement[bool]) -> list[Adult]:
        with reading(self._engine) as connection:
            rows = connection.execute(select(adult_table.c.record).where(*where)).all()
        return sorted(
            (_ADULT.validate_python(row.record) for row in rows),
            key=lambda each: (each.ref, each.order is None, each.order, each.key),
        )
