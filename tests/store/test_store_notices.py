from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sync.domain.families import Notice
from sync.store import Notices

if TYPE_CHECKING:
    from sync.store import Store

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def test_a_notice_is_there_from_when_it_was_found_until_it_is_withdrawn(store: Store) -> None:
    book, notices = store.save_workbook("9994001", "sheet-1").id, Notices(store)
    notices.put(book, [Notice("push", "Google Calendar", "It cannot be reached.")], NOW)
    second = timedelta(seconds=1)
    assert [notices.has(book, "push", since) for since in (NOW - second, NOW, NOW + second)] == [True, True, False]
    assert not notices.has(book, "another", NOW)
    notices.withdraw(book, "push")
    assert not notices.has(book, "push", NOW)
