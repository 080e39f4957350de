"""A small school with a workbook on the local workspace: the real engine, the real wire, the real store."""

from __future__ import annotations

import copy
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from google.oauth2.credentials import Credentials

from local_workspace import LocalWorkspace
from support.person import Person
from sync.domain.records import MisData, Need, Provision, Pupil, School, Source, StatusSpell
from sync.domain.upn import check_letter
from sync.google.door import Door, Limits
from sync.service.desk import Desk
from sync.service.mirror import Report, plan_only, sync
from sync.service.setup import Made, Wish, set_up
from sync.service.templates import load_teachers_template, load_template
from sync.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sync.plan.actions import Plan

ROBOT = "sensync@school.example"
SENCO = "senco@school.example"
TODAY = date(2026, 11, 23)
FAST = Limits(reads_per_minute=None, writes_per_minute=None, first_wait=0.0, longest_wait=0.0)
REGISTER, MAP, LOG, STATUS, TODO = "SEN register", "Provision map", "Change log", "Sync status", "To change in the MIS"
TEMPLATE = load_template()
TEACHERS = load_teachers_template()


def upn(number: int, *, temporary: bool = False) -> str:
    """A valid made-up UPN."""
    rest = f"9991001{22:02d}{number:03d}"
    if temporary:
        rest = rest[:-1] + "ABCDEFGHJK"[number % 10]
    return check_letter(rest) + rest


def pupil(number: int, status: str | None = "K", **more: Any) -> Pupil:
    """A made-up pupil; the number makes the name."""
    told: dict[str, Any] = {
        "upn": upn(number),
        "mis_id": str(5000 + number),
        "legal_surname": f"Surname{number:03d}",
        "legal_forename": f"Forename{number:03d}",
        "dob": date(2012, 1 + number % 12, 1 + number % 28),
        "sex": "F" if number % 2 else "M",
        "year_group": str(7 + number % 5),
        "registration_group": f"{7 + number % 5}A",
        "status_history": None if status is None else (StatusSpell(status, date(2024, 9, 2)),),
        "needs": (Need("SLCN", 1, date(2024, 9, 2)),) if status in ("K", "E") else (),
        "fsm": number % 3 == 0,
        "pp": number % 3 == 0,
        "eal": False,
        "looked_after": False,
        "attendance": 95.5,
    }
    return Pupil(**{**told, **more})


def provision(number: int, of: Pupil, **more: Any) -> Provision:
    """A made-up provision for a pupil."""
    told: dict[str, Any] = {
        "name": "Reading fluency group",
        "upn": of.upn,
        "mis_id": f"PR{number}",
        "wave": "Targeted",
        "area": "Cognition and learning",
        "delivered_by": "Teaching assistant",
        "minutes": 30.0,
        "times_a_week": 2.0,
        "group_size": 3.0,
        "start": date(2026, 9, 7),
        "end": date(2026, 12, 18),
    }
    return Provision(**{**told, **more})


class Story:
    """The school, its MIS, the workbook and the people in it."""

    def __init__(self, workspace: LocalWorkspace, folder: Path, pupils: Sequence[Pupil] = (), **kept: Any) -> None:
        self.workspace = workspace
        self.folder = folder
        self.pupils = list(pupils)
        self.provisions: list[Provision] | None = []
        self.full_roll = True
        self.problems: tuple[Any, ...] = ()
        self.now = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
        # NOW() and TODAY() in the sheets are those of the school, whatever the machine's clock says.
        workspace.clock = lambda: self.now
        self.store_url = f"sqlite:///{folder}/sensync.sqlite3"
        self.made: Made | None = None
        self.kept = kept
        self.desk = self.open()

    def open(self) -> Desk:
        """A fresh process: a new door, the store as it lies on disk."""
        door = Door(
            Credentials(self.workspace.token_for(ROBOT)),
            base_url=self.workspace.base_url,
            limits=FAST,
            sleep=lambda _s: None,
        )
        store = Store(self.store_url)
        store.migrate()
        self.desk = Desk(
            door=door,
            store=store,
            template=TEMPLATE,
            teachers=TEACHERS,
            school="9991001",
            zone=ZoneInfo("Europe/London"),
            now=lambda: self.now,
        )
        return self.desk

    def set_up(self, **wish: Any) -> Made:
        self.made = set_up(self.desk, Wish(share_with=(SENCO,), **wish))
        return self.made

    def mis(self) -> MisData:
        sources = [
            Source("export.xml", "ctf", datetime(2026, 11, 23, 7, 0, tzinfo=UTC), len(self.pupils), self.full_roll)
        ]
        provisions = None if self.provisions is None else tuple(self.provisions)
        return MisData(tuple(self.pupils), provisions, School("999", "1001"), tuple(sources), self.problems)

    def sync(self, **options: Any) -> Report:
        return sync(self.desk, self.mis, **options)

    def plan(self, **options: Any) -> Plan:
        return plan_only(self.desk, self.mis, **options)

    def begin(self) -> Story:
        """Set up and sync once."""
        self.set_up()
        self.sync()
        return self

    @property
    def book_id(self) -> int:
        book = self.desk.store.workbook("9991001")
        assert book is not None
        return book.id

    @property
    def spreadsheet_id(self) -> str:
        book = self.desk.store.workbook("9991001")
        assert book is not None
        return book.spreadsheet_id

    @property
    def senco(self) -> Person:
        """The SENCO's hands: an editor of the workbook, not its owner."""
        return Person(self.workspace.base_url, self.workspace.token_for(SENCO), self.spreadsheet_id)

    @property
    def owner(self) -> Person:
        """The hands of whoever signs in as the role mailbox, which owns the file."""
        return Person(self.workspace.base_url, self.workspace.token_for(ROBOT), self.spreadsheet_id)

    @property
    def teachers(self) -> Person:
        book = self.desk.store.workbook("9991001")
        assert book is not None
        assert book.teachers_spreadsheet_id is not None
        return Person(self.workspace.base_url, self.workspace.token_for(ROBOT), book.teachers_spreadsheet_id)

    def ref(self, number: int) -> str:
        """The reference of a made-up pupil."""
        for row in self.owner.rows("MIS roll"):
            if row["Legal surname"] == f"Surname{number:03d}":
                return str(row["Ref"])
        raise AssertionError(f"pupil {number} is not on the roll tab")

    def register(self) -> dict[str, dict[str, Any]]:
        """The register by reference."""
        return {str(r["Pupil"])[-5:]: r for r in self.senco.rows(REGISTER, key="Status")}

    def map(self) -> dict[str, dict[str, Any]]:
        return {str(r["ID"]): r for r in self.senco.rows(MAP)}

    def log(self) -> list[dict[str, Any]]:
        return self.senco.rows(LOG)

    def attention(self) -> list[str]:
        return [r["What"] for r in self.senco.rows(STATUS) if r["Topic"] == "Please look"]

    def change(self, number: int, **fields: Any) -> None:
        """The MIS changes a pupil."""
        self.pupils = [replace(p, **fields) if p.legal_surname == f"Surname{number:03d}" else p for p in self.pupils]

    def drop(self, number: int) -> None:
        self.pupils = [p for p in self.pupils if p.legal_surname != f"Surname{number:03d}"]

    def requests_of(self, action: Any) -> tuple[int, int]:
        """Reads and writes that an action makes."""
        counter = self.desk.door.counter
        before = (counter.reads, counter.writes)
        action()
        return counter.reads - before[0], counter.writes - before[1]


def nothing_new(story: Story) -> bool:
    """Whether one more sync reads once and writes nothing."""
    return story.requests_of(story.sync) == (1, 0)


S = TypeVar("S", bound=Story)


class Begun(Generic[S]):
    """A school set up and synced once; each test or example goes on from a copy of it.

    Args:
        kind: of school.
        running: the workspace; it has one such school at a time.
        pupils: of the school.
        provisions: in its MIS.
    """

    def __init__(
        self, kind: type[S], running: LocalWorkspace, pupils: Sequence[Pupil], provisions: Sequence[Provision] = ()
    ) -> None:
        self.kind, self.running, self.pupils, self.provisions = kind, running, list(pupils), list(provisions)
        self._kept = TemporaryDirectory()
        story = self._story(Path(self._kept.name))
        story.begin()
        story.desk.store.close()
        self._made = story.made
        # Spreadsheets never change in place; the records of files do.
        self._books, self._files = dict(running.books), copy.deepcopy(running.files)

    def close(self) -> None:
        """Let go of the copy that was kept."""
        self._kept.cleanup()

    def copy(self, folder: Path) -> S:
        """The school as it began, its store in `folder`; the last copy of it is forgotten."""
        with self.running.lock:
            self.running.books = dict(self._books)
            self.running.files = copy.deepcopy(self._files)
        shutil.copytree(self._kept.name, folder, dirs_exist_ok=True)
        story = self._story(folder)
        story.made = self._made
        return story

    def _story(self, folder: Path) -> S:
        story = self.kind(self.running, folder, self.pupils)
        story.provisions = list(self.provisions)
        return story


def workspace() -> Iterator[LocalWorkspace]:
    """A workspace with the accounts of the stories."""
    with LocalWorkspace() as running:
        for email, name in ((ROBOT, "Sensync"), (SENCO, "The SENCO")):
            running.add_account(email, name)
        yield running


def before_each_write(story: Story, actions: Sequence[Callable[[], None]]) -> None:
    """Have the n-th action happen after the read that led to the n-th write, and just before that write."""
    waiting = list(actions)

    def before(_method: str, url: str) -> None:
        if url.endswith(":batchUpdate") and waiting:
            waiting.pop(0)()

    story.desk.door.hooks.before.append(before)
