"""The steps of docs/running.md: a store that is lost is put back from a backup."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from endtoend_school import SCHOOL, CliSchool, without
from support.story import REGISTER

from sync.madeup.files import write_folder
from sync.store import Link, Links, NoLink, Store

if TYPE_CHECKING:
    from pathlib import Path

    from local_workspace import LocalWorkspace


def test_a_store_that_is_put_back_loses_no_word_and_opens_the_links_of_its_time(
    story_workspace: LocalWorkspace, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    school = CliSchool(story_workspace, tmp_path / "school")
    url, backup = f"sqlite:///{school.folder / 'sensync.sqlite3'}", school.folder / "kept" / "monday.sqlite3"
    backup.parent.mkdir()
    school.begin(without(SCHOOL, 1))

    def link(adult: str) -> str:
        with Store(url) as store:
            return Links(store).issue(1, adult, "B7F3K", now + timedelta(days=30), now)

    given_out = link("adult-1")
    hands = school.hands()
    notes = hands.header_row(REGISTER, "Notes")[1]
    hands.type_at(REGISTER, 1, notes, "typed before the backup")
    school.ok("sync")
    assert school.ok("backup", str(backup)).out.startswith(f"{backup}: the store as it is now, whole, ")

    hands.type_at(REGISTER, 2, notes, "typed after the backup")
    write_folder(SCHOOL, school.mis)
    school.ok("sync")
    hands.type_at(REGISTER, 3, notes, "typed after the last sync")
    too_late = link("adult-2")
    before = {tab: sorted(map(repr, hands.grid(tab))) for tab in (REGISTER, "Provision map", "Meetings")}

    for file in school.folder.glob("sensync.sqlite3*"):
        file.unlink()
    shutil.copy(backup, school.folder / "sensync.sqlite3")
    school.ok("status")
    school.ok("sync")
    assert {tab: sorted(map(repr, hands.grid(tab))) for tab in before} == before
    settled = school.ok("sync", "--json").json
    assert (settled["wrote"], settled["requests"]) == (False, 1)
    with Store(url) as store:
        found = [type(Links(store).find(token, now)) for token in (given_out, too_late)]
    assert found == [Link, NoLink]
