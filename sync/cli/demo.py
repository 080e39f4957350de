"""`sensync demo`: a made-up school, a Google Workspace on this computer, set-up and the first sync."""

from __future__ import annotations

import os
import socket
import sys
import threading
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sync.cli import Shell, pass_shell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local_workspace import LocalWorkspace
    from sync.config import Settings
    from sync.google.door import Door
    from sync.madeup import MadeUpSchool
    from sync.service.mirror import Report

ROBOT = "sensync@school.example"
SENCO = "senco@school.example"
TEACHER = "teacher@school.example"
HEAD = "head@school.example"
PARENT = "parent@home.example"
ACCOUNTS = (
    (SENCO, "The SENCO"),
    (TEACHER, "A teacher"),
    (PARENT, "A parent"),
    (HEAD, "The head"),
    (ROBOT, "Sensync (role mailbox)"),
)
"""A new browser acts as the first: never the owner, from whom Google's protection keeps nothing."""

_CONFIG = """\
# Made by `sensync demo`. The school, its pupils and this workspace are made up.
[school]
name = "{name}"
la = "{la}"
estab = "{estab}"

[mis]
paths = ["mis"]

[google]
credentials = "token"
token_file = "google.token"
base_url = "{base_url}"

[workbook]
share_with = ["{senco}", "{head}"]
share_with_teachers = ["{senco}", "{teacher}"]

[calendar]
enabled = true
busy_times = true
editors = ["{senco}"]

[post]
by = "gmail"
sender = "{robot}"
sender_name = "{name}"

[booking]
address = "{pages}"
contact = "Call the school office on 01632 960 000."

[store]
url = "sqlite:///sensync.sqlite3"

[log]
file = "sensync.log"
"""


@click.command("demo", short_help="Show Sensync with a made-up school on this computer.")
@click.option("--once", is_flag=True, help="End after the first sync, with a summary.")
@click.option("--port", default=8765, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option("--folder", default=".demo", show_default=True, type=click.Path(file_okay=False, path_type=Path),
              help="Where the made-up school, the workspace and the configuration are kept.")  # fmt: skip
@click.option("--pupils", default=1050, show_default=True, type=click.IntRange(20, 5000), help="How many pupils.")
@click.option("--seed", default=1, show_default=True, help="The same seed makes the same school.")
@click.option("--every", default=15, show_default=True, type=click.IntRange(1), help="Seconds between syncs.")
@pass_shell
def command(shell: Shell, once: bool, port: int, folder: Path, pupils: int, seed: int, every: int) -> None:
    """Show Sensync with a made-up school on this computer.

    Nothing leaves the computer, and nobody in it is real. What an earlier demo left in the folder is taken away at
    the start. While it runs, edit the workbook in the browser: a sync follows every few seconds. Open the letters and
    book as a parent. Press Enter to let a month pass in the MIS.
    """
    from sync.cli.demo_meetings import pages  # noqa: PLC0415 - fast --help
    from sync.cli.workspace import listening  # noqa: PLC0415
    from sync.madeup import make_school  # noqa: PLC0415
    from sync.madeup.files import write_folder  # noqa: PLC0415

    today = datetime.now(UTC).date()
    _empty(folder)
    school = make_school(seed=seed, pupils=pupils, today=today)
    files = write_folder(school, folder / "mis")
    click.echo(f"A made-up school of {pupils:,} pupils, nobody real (seed {seed}). Its MIS exported:")
    for file in files:
        click.echo(f"  {file}")
    with ExitStack() as stack:
        with listening(port):
            workspace = stack.enter_context(_workspace(folder, port))
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        stage = Stage(shell, folder, workspace, school, seed, today, listener)
        stage.configure()
        stage.first_sync()
        link = stage.open_surgery()
        stack.enter_context(pages(stage.settings(), listener, stage.now))
        if once:
            stage.let_a_parent_book(link)
            click.echo("Run the demo without ONCE (without --once) to open the workbook in a browser and edit it.")
            return
        stage.show_addresses(link)
        try:
            stage.keep_going(every)
        except KeyboardInterrupt:
            click.echo(f"\nThe demo has ended. What it made is in {folder}; the next demo takes that away.")


def _empty(folder: Path) -> None:
    """Take away what an earlier demo left, and nothing else."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    for name in ("workspace.sqlite3", "sensync.sqlite3"):
        for suffix in ("", "-wal", "-shm"):
            (folder / (name + suffix)).unlink(missing_ok=True)
    for name in ("sensync.toml", "google.token", "sensync.log"):
        (folder / name).unlink(missing_ok=True)


@contextmanager
def _workspace(folder: Path, port: int) -> Iterator[LocalWorkspace]:
    from local_workspace import LocalWorkspace  # noqa: PLC0415 - fast --help

    workspace = LocalWorkspace(state=folder / "workspace.sqlite3", port=port)
    for email, name in ACCOUNTS:
        workspace.add_account(email, name)
    workspace.start()
    try:
        yield workspace
    finally:
        workspace.close()


@dataclass(slots=True)
class Stage:
    """The demo under way: the folder, the workspace, the school and its day, and where the parents' pages listen."""

    shell: Shell
    folder: Path
    workspace: LocalWorkspace
    school: MadeUpSchool
    seed: int
    day: date
    listener: socket.socket

    def now(self) -> datetime:
        """The demo's clock: of today, or of the day that the school has come to."""
        return datetime.combine(self.day, datetime.now(UTC).time(), UTC)

    def configure(self) -> None:
        """Write the configuration that a technician would write, with its token; the SENCO shares her times."""
        from sync.cli import demo_meetings  # noqa: PLC0415

        token = self.folder / "google.token"
        token.touch(mode=0o600)
        token.write_text(self.workspace.token_for(ROBOT), encoding="utf-8")
        told = self.school.school
        text = _CONFIG.format(
            name=told.name, la=told.la, estab=told.estab, base_url=self.workspace.base_url, senco=SENCO, head=HEAD,
            teacher=TEACHER, robot=ROBOT, pages=f"http://127.0.0.1:{self.listener.getsockname()[1]}",
        )  # fmt: skip
        (self.folder / "sensync.toml").write_text(text, encoding="utf-8")
        with self._senco() as door:
            demo_meetings.share_busy_times(door, ROBOT)

    def settings(self) -> Settings:
        """The configuration, as any command reads it."""
        self.shell.config = str(self.folder / "sensync.toml")
        return self.shell.settings()

    def first_sync(self) -> None:
        """Set up, sync, and tell what that did."""
        from sync.cli.progress import progress  # noqa: PLC0415
        from sync.service.mirror import sync  # noqa: PLC0415
        from sync.service.opening import mis_reader, open_desk, wish  # noqa: PLC0415
        from sync.service.setup import set_up  # noqa: PLC0415

        settings = self.settings()
        with progress() as show, open_desk(settings, progress=show) as desk:
            set_up(desk, wish(settings))
            set_up_requests = desk.door.counter.requests
            report = sync(desk, mis_reader(settings, desk))
            sync_requests = desk.door.counter.requests - set_up_requests
        told = report.summary
        click.echo("")
        click.echo(
            f"Set-up made and shared two workbooks with {set_up_requests} requests to the local workspace; "
            f"the first sync filled them with {sync_requests}."
        )
        click.echo(
            f"{told['on_roll']:,} pupils are on roll, {told['ehc_plans']} with an EHC plan and {told['sen_support']} "
            f"at SEN support; {told['rows_added']} rows are in the register and the provision map."
        )
        click.echo("")

    def open_surgery(self) -> str:
        """Type a surgery as the SENCO would, sync, and tell what that led to; gives a parent's link, "" for none."""
        from sync.cli import demo_meetings  # noqa: PLC0415
        from sync.service.mirror import require_workbook  # noqa: PLC0415
        from sync.service.opening import open_desk  # noqa: PLC0415
        from sync.store import Families  # noqa: PLC0415

        settings = self.settings()
        day = demo_meetings.a_school_day(self.day)
        if day is None:
            click.echo("The half terms in a new workbook are over, so no parent surgery is shown.")
            return ""
        with open_desk(settings) as desk:
            workbook = require_workbook(desk)
            roll = desk.store.seen(workbook.id).rows["roll"]
            who = demo_meetings.an_audience(roll, Families(desk.store).all(workbook.id))
        with self._senco() as door:
            demo_meetings.type_surgery(door, workbook.spreadsheet_id, day, who)
            self.sync()
            demo_meetings.add_calendar(door, self._calendar())
        ((_, told),) = self._rows("surgery_status").items()
        click.echo(f"The SENCO types one row on 'Surgeries', and the sync answers: {told['said']}")
        sent = demo_meetings.letters(self.workspace, ROBOT)
        if not sent:
            click.echo(
                f"No letter went out: this school has no family with an e-mail address under '{who}'. "
                "Take more pupils (--pupils), or another school (--seed)."
            )
            return ""
        click.echo(f"The slots are in the calendar, and {len(sent)} letters went out: '{sent[0].subject}'.")
        return sent[0].link

    def let_a_parent_book(self, link: str) -> None:
        """A parent opens the link and books; the sheet and the calendar say so."""
        from sync.cli import demo_meetings  # noqa: PLC0415

        if not link:
            return
        click.echo(f"A parent opens the link, chooses a time and reads: '{demo_meetings.book_as_a_parent(link)}'.")
        self.sync()
        ((_, told),) = self._rows("surgery_status").items()
        with self._senco() as door:
            titles = demo_meetings.booked_titles(door, self._calendar())
        click.echo(f"The sheet says under 'Booked': {told['taken']}. The calendar says: '{', '.join(titles)}'.")

    def _senco(self) -> Door:
        """The SENCO's own way to the workspace: what her hands do in the demo."""
        from google.oauth2.credentials import Credentials  # noqa: PLC0415

        from sync.google.door import Door  # noqa: PLC0415

        token = Credentials(self.workspace.token_for(SENCO))  # type: ignore[no-untyped-call]
        return Door(token, base_url=self.workspace.base_url)

    def _calendar(self) -> str:
        """The id of the calendar of meetings."""
        from sync.service.mirror import require_workbook  # noqa: PLC0415
        from sync.service.opening import open_desk  # noqa: PLC0415
        from sync.store import Surgeries  # noqa: PLC0415

        with open_desk(self.settings()) as desk:
            kept = Surgeries(desk.store).calendar(require_workbook(desk).id)
        return kept.calendar_id if kept else ""

    def _rows(self, tab: str) -> dict[str, Any]:
        """A machine tab as the last sync wrote it."""
        from sync.service.mirror import require_workbook  # noqa: PLC0415
        from sync.service.opening import open_desk  # noqa: PLC0415

        with open_desk(self.settings()) as desk:
            return dict(desk.store.seen(require_workbook(desk).id).rows[tab])

    def show_addresses(self, link: str) -> None:
        """What there is to open and to try."""
        from sync.service.opening import address  # noqa: PLC0415
        from sync.service.status import read_status  # noqa: PLC0415

        settings = self.settings()
        book = read_status(settings).workbook
        if book is None:
            return
        click.echo("Open in a browser:")
        click.echo(f"  The SENCO's workbook    {address(settings, book.spreadsheet_id)}")
        click.echo(f"  The teachers' workbook  {address(settings, book.teachers_spreadsheet_id or '')}")
        click.echo(f"  The calendar            {self.workspace.base_url}/calendar")
        click.echo(f"  The letters             {self.workspace.base_url}/mail (choose Sensync's mailbox under Switch)")
        if link:
            click.echo(f"  A parent's own page     {link}")
        click.echo(f"  All files and accounts  {self.workspace.base_url}/")
        click.echo("Try in another window (plan, sync, check and history KEY work the same way):")
        click.echo(f"  {_program()} --config {self.folder / 'sensync.toml'} status")
        click.echo("")

    def keep_going(self, every: int) -> None:
        """Sync every few seconds until Ctrl-C; Enter lets a month pass in the MIS."""
        from sync.domain.errors import SensyncError  # noqa: PLC0415

        click.echo(f"Sort, type, rename, move or delete as you like: a sync follows every {every} seconds.")
        month = threading.Event()
        if sys.stdin.isatty():
            click.echo("Press Enter to let a month pass in the MIS.")
            threading.Thread(target=_wait_for_enter, args=(month,), daemon=True).start()
        click.echo("Ctrl-C ends the demo.")
        while True:
            passed = month.wait(every)
            month.clear()
            if passed:
                self._a_month_later()
            try:
                self._sync_again()
            except SensyncError as trouble:
                click.echo(f"{trouble} {trouble.next_step}".strip(), err=True)

    def _a_month_later(self) -> None:
        from sync.madeup import later  # noqa: PLC0415
        from sync.madeup.files import write_folder  # noqa: PLC0415

        self.day += timedelta(days=30)
        self.seed += 1
        self.school = later(self.school, self.seed, self.day)
        write_folder(self.school, self.folder / "mis")
        click.echo(f"It is {self.day:%d %B %Y} in the MIS.")

    def sync(self) -> Report:
        """A whole run, on the school's day."""
        from sync.service.opening import mis_reader, open_desk  # noqa: PLC0415
        from sync.service.whole import whole_sync  # noqa: PLC0415

        settings = self.settings()
        with open_desk(settings) as desk:
            desk.now = self.now
            return whole_sync(desk, settings, mis_reader(settings, desk)).report

    def _sync_again(self) -> None:
        from sync.service.said import sentence  # noqa: PLC0415

        report = self.sync()
        if report.wrote:
            click.echo(sentence(report))


def _program() -> str:
    """How this very program was called: in a fresh environment `sensync` alone is not on the path."""
    return sys.argv[0] if Path(sys.argv[0]).name.startswith("sensync") else "sensync"


def _wait_for_enter(month: threading.Event) -> None:
    while os.read(sys.stdin.fileno(), 1024):
        month.set()
