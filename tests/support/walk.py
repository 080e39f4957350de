"""A school on one day, all of it real: MIS files, workspace, store, sync, and the pages that parents open."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from sync.cli import Shell
from sync.cli.demo import Stage
from sync.cli.demo_meetings import pages
from sync.cli.demo_people import PARENT, ROBOT, SENCO
from sync.domain.records import Contact
from sync.madeup import make_school
from sync.madeup.files import write_folder
from sync.madeup.needs import status_on
from sync.service.mirror import require_workbook
from sync.service.opening import mis_reader, open_desk, wish
from sync.service.setup import set_up
from sync.service.whole import whole_sync
from sync.store import Surgeries

from .person import Person

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from local_workspace import LocalWorkspace
    from sync.config import Settings
    from sync.madeup import MadeUpSchool

TODAY = date(2026, 11, 23)
SEED = 3


@dataclass
class Walk:
    """The school under way, with a clock of its own; the SENCO's and a family's mailbox are in the workspace."""

    workspace: LocalWorkspace
    settings: Settings
    upn: str
    now: datetime = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

    def set_up(self) -> None:
        """The workbook, and the first sync."""
        with open_desk(self.settings) as desk:
            desk.now = lambda: self.now
            set_up(desk, wish(self.settings))
        self.sync()

    def sync(self) -> None:
        """A run, as `sensync sync` makes it."""
        with open_desk(self.settings) as desk:
            desk.now = lambda: self.now
            whole_sync(desk, self.settings, mis_reader(self.settings, desk))

    @property
    def spreadsheet(self) -> str:
        """The id of the SENCO's workbook."""
        with open_desk(self.settings) as desk:
            return require_workbook(desk).spreadsheet_id

    @property
    def teachers(self) -> str:
        """The id of the teachers' workbook."""
        with open_desk(self.settings) as desk:
            return require_workbook(desk).teachers_spreadsheet_id or ""

    @property
    def calendar(self) -> str:
        """The id of the calendar of meetings."""
        with open_desk(self.settings) as desk:
            kept = Surgeries(desk.store).calendar(require_workbook(desk).id)
        assert kept is not None
        return kept.calendar_id

    @cached_property
    def ref(self) -> str:
        """The reference of the family's child."""
        return next(str(row["Ref"]) for row in self.senco.rows("MIS roll") if row["UPN"] == self.upn)

    @property
    def senco(self) -> Person:
        """The SENCO's hands in her workbook."""
        return Person(self.workspace.base_url, self.workspace.token_for(SENCO), self.spreadsheet)


def one_family(school: MadeUpSchool) -> tuple[MadeUpSchool, str]:
    """The same school, where one family's mailbox is in the workspace: of a pupil at SEN support, whose UPN is told."""
    mother = Contact(1, "Mrs", "Maya", "Lomax", "PAM", PARENT, "01632 960101", parental_responsibility=True)
    first = next(at for at, pupil in enumerate(school.pupils) if status_on(pupil, school.today) == "K")
    pupils = list(school.pupils)
    pupils[first] = replace(pupils[first], contacts=(mother,))
    return replace(school, pupils=tuple(pupils)), pupils[first].upn


@contextmanager
def walking(workspace: LocalWorkspace, folder: Path, pupils: int = 60) -> Iterator[Walk]:
    """The school set up, its pages served and its letters delivered until the block ends."""
    school, upn = one_family(make_school(seed=SEED, pupils=pupils, today=TODAY))
    write_folder(school, folder / "mis")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stage = Stage(Shell(), folder, workspace, school, SEED, TODAY, listener)
        stage.configure()
        walk = Walk(workspace, stage.settings(), upn)
        walk.set_up()
        with pages(walk.settings, listener, lambda: walk.now):
            yield walk


__all__ = ["PARENT", "ROBOT", "SENCO", "Walk", "walking"]
