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
from sync.cli.demo_people import ACCOUNTS, CONFIG, DSL, HALE, HEAD, IDRIS, ROBOT, SENCO, TEACHER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local_workspace import LocalWorkspace
    from sync.config import Settings
    from sync.google.door import Door
    from sync.madeup import MadeUpSchool
    from sync.service.mirror import Report
    from sync.store import KnownForm, Workbook


@click.command("demo", short_help="Show Sensync with a made-up school on this computer.")
@click.option("--once", is_flag=True, help="End when everything was shown, with a summary.")
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
    book as a parent; fill in the concern form as a teacher. Press the mark at the right of the workbook or the
    calendar for the add-on. Press Enter to let a month pass in the MIS.
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
        booked = once and stage.let_a_parent_book(link)
        stage.let_teachers_write()
        stage.sync()
        if booked:
            stage.tell_of_the_booking()
        stage.let_the_senco_decide()
        if once:
            stage.let_the_senco_press()
            click.echo(_ONCE)
            return
        stage.show_addresses(link)
        try:
            stage.keep_going(every)
        except KeyboardInterrupt:
            click.echo(f"\nThe demo has ended. What it made is in {folder}; the next demo takes that away.")


_ONCE = """
Run the demo without ONCE (without --once) and open, in a browser, the addresses that it prints:
  the SENCO's workbook    'Surgeries', 'Meetings', 'Bookings'; 'Concerns' and 'Concern inbox'; 'SEN register'
  the teachers' workbook  'Strategies' and 'Classes', with a link into the concern form in each row
  the concern form        as a teacher: Ms Hale and Mr Idris are under Switch
  the add-on              the mark at the right of the SENCO's workbook and of the calendar
  the letters             holding reply, feedback, alert; the families' letters"""


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
        from sync.cli import demo_addon, demo_concerns, demo_meetings  # noqa: PLC0415

        token = self.folder / "google.token"
        token.touch(mode=0o600)
        token.write_text(self.workspace.token_for(ROBOT), encoding="utf-8")
        told = self.school.school
        pages = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        text = CONFIG.format(
            name=told.name, la=told.la, estab=told.estab, base_url=self.workspace.base_url, senco=SENCO, head=HEAD,
            teacher=TEACHER, hale=HALE, idris=IDRIS, dsl=DSL, robot=ROBOT, pages=pages, topic=demo_concerns.TOPIC,
            subscription=demo_concerns.SUBSCRIPTION, audience=demo_concerns.audience(pages),
            pusher=demo_concerns.PUSHER, addon_service=demo_addon.SERVICE, addon_client=demo_addon.CLIENT,
        )  # fmt: skip
        (self.folder / "sensync.toml").write_text(text, encoding="utf-8")
        with self.door_of(SENCO) as door:
            demo_meetings.share_busy_times(door, ROBOT)
            demo_addon.install(door, pages, SENCO.rpartition("@")[2])
        with self.door_of(ROBOT) as door:
            demo_concerns.configure(door, pages)

    def settings(self) -> Settings:
        """The configuration, as any command reads it."""
        self.shell.config = str(self.folder / "sensync.toml")
        return self.shell.settings()

    def first_sync(self) -> None:
        """Set up, sync, and tell what that did."""
        from sync.cli.progress import progress  # noqa: PLC0415
        from sync.service.form_setup import Wanted, keep_forms  # noqa: PLC0415
        from sync.service.mirror import sync  # noqa: PLC0415
        from sync.service.opening import mis_reader, open_desk, wish  # noqa: PLC0415
        from sync.service.setup import set_up  # noqa: PLC0415

        settings = self.settings()
        with progress() as show, open_desk(settings, progress=show) as desk:
            made = set_up(desk, wish(settings))
            set_up_requests = desk.door.counter.requests
            show("Making the forms")
            forms = keep_forms(desk.store, made.workbook, settings, desk.door, desk.now, Wanted(answerers=True))
            form_requests = desk.door.counter.requests - set_up_requests
            report = sync(desk, mis_reader(settings, desk))
            sync_requests = desk.door.counter.requests - set_up_requests - form_requests
        told = report.summary
        click.echo("")
        click.echo(
            f"Set-up made and shared two workbooks with {set_up_requests} requests to the local workspace, and "
            f"{len(forms)} forms with {form_requests}; the first sync filled the workbooks with {sync_requests}."
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
        with self.door_of(SENCO) as door:
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

    def let_a_parent_book(self, link: str) -> bool:
        """A parent opens the link and books; False where there is no link."""
        from sync.cli import demo_meetings  # noqa: PLC0415

        if link:
            said = demo_meetings.book_as_a_parent(link)
            click.echo(f"A parent opens the link, chooses a time and reads: '{said}'.")
        return bool(link)

    def tell_of_the_booking(self) -> None:
        """What the sheet and the calendar say of it, after a sync."""
        from sync.cli import demo_meetings  # noqa: PLC0415

        ((_, told),) = self._rows("surgery_status").items()
        with self.door_of(SENCO) as door:
            titles = demo_meetings.booked_titles(door, self._calendar())
        click.echo(f"The sheet says under 'Booked': {told['taken']}. The calendar says: '{', '.join(titles)}'.")

    def let_teachers_write(self) -> None:
        """Teachers send the concern form; Google tells the pages, and each has a letter before any sync."""
        from sync.cli import demo_concerns  # noqa: PLC0415
        from sync.service.judging import open_judge  # noqa: PLC0415
        from sync.service.opening import open_desk  # noqa: PLC0415

        settings = self.settings()
        with open_desk(settings) as desk:
            workbook, form = self._concern_form()
            rows = {tab: desk.store.tab(workbook.id, tab) for tab in ("roll", "register")}
            judge = open_judge(settings, desk.store, workbook.id)
            wanted = demo_concerns.letters_to_send(form, rows["roll"], rows["register"], judge)
        if not wanted:
            click.echo("This school is too small to show concerns: take more pupils (--pupils).")
            return
        click.echo("")
        for each in wanted:
            with self.door_of(each.teacher) as door:
                demo_concerns.fill_in(door, form, each)
            click.echo(f"A teacher sends the concern form: {each.shows}.")
        seconds = demo_concerns.wait_for_replies(self.workspace, ROBOT, len(wanted))
        if seconds is None:
            click.echo("The holding replies have not gone yet; `sensync status` says what waits.", err=True)
            return
        click.echo(f"Google tells Sensync through Pub/Sub, and {seconds:.0f} s later these letters have gone:")
        for to, subject in demo_concerns.letters(
            self.workspace, ROBOT, demo_concerns.RECEIVED, demo_concerns.ACT_NOW, demo_concerns.ALERTED
        ):
            click.echo(f"  to {to}: '{subject}'")

    def let_the_senco_decide(self) -> None:
        """What a sync made of the forms; the SENCO decides, and another sync carries it out."""
        from sync.cli import demo_concerns  # noqa: PLC0415

        for key, row in self._rows("concern_inbox").items():
            click.echo(f"'Concerns' has a row {key}: {demo_concerns.said_of(row)}")
        typed = demo_concerns.decisions(self._rows("concern_inbox"), self.day)
        if not typed:
            return
        with self.door_of(SENCO) as door:
            demo_concerns.type_decisions(door, self._concern_form()[0].spreadsheet_id, typed)
        self.sync()
        for to, subject in demo_concerns.letters(self.workspace, ROBOT, demo_concerns.ANSWERED):
            click.echo(f"The SENCO chooses 'Monitor', types feedback and chooses 'Send'; {to} gets: '{subject}'.")
        inbox = self._rows("concern_inbox")
        chosen = [key for key, each in typed.items() if "chosen" in each and inbox[key].get("link") == "you"]
        if chosen:
            click.echo(f"She picks a pupil from the list for {', '.join(chosen)}, and the concern is that pupil's.")

    def let_the_senco_press(self) -> None:
        """Beside her sheet: a pupil found by typing, *Monitor* and a day; the sheet then says so."""
        from sync.cli import demo_addon  # noqa: PLC0415

        roll, register = self._rows("roll"), self._rows("register")
        ref = next((ref for ref in sorted(register) if roll.get(ref, {}).get("on_roll") == "Yes"), None)
        if ref is None:
            click.echo("Nobody is on the register, so the add-on is not shown: take more pupils (--pupils).")
            return
        spreadsheet, day = self._concern_form()[0].spreadsheet_id, self.day + demo_addon.LOOK_AGAIN
        with self.door_of(SENCO) as door:
            panel = demo_addon.Panel(door, spreadsheet)
            demo_addon.watch_a_pupil(panel, str(roll[ref]["name"]), ref, day)
            waited = demo_addon.wait_for_the_day(door, spreadsheet, ref, day)
        if waited is None:
            click.echo("What was asked for in the add-on is not written yet; its first card says why.", err=True)
            return
        click.echo(
            f"Beside the sheet, in the add-on, the SENCO finds pupil {ref} by typing, presses 'Monitor' and picks "
            f"{day:%d/%m/%Y}; {waited:.1f} s later 'Next review' says so in the pupil's row."
        )

    def _concern_form(self) -> tuple[Workbook, KnownForm]:
        """The workbook and the concern form, as the store knows them."""
        from sync.domain.concerns import FormKey  # noqa: PLC0415
        from sync.service.mirror import require_workbook  # noqa: PLC0415
        from sync.service.opening import open_desk  # noqa: PLC0415
        from sync.store import Forms  # noqa: PLC0415

        with open_desk(self.settings()) as desk:
            workbook = require_workbook(desk)
            form = Forms(desk.store).find(workbook.id, FormKey.CONCERN)
        if form is None:
            raise RuntimeError("The demo's set-up left no concern form in the store.")
        return workbook, form

    def door_of(self, account: str) -> Door:
        """Somebody's own way to the workspace: what their hands do in the demo."""
        from google.oauth2.credentials import Credentials  # noqa: PLC0415

        from sync.google.door import Door  # noqa: PLC0415

        token = Credentials(self.workspace.token_for(account))  # type: ignore[no-untyped-call]
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
        click.echo(f"  The concern form        {self._concern_form()[1].responder_uri} (as a teacher, under Switch)")
        click.echo(f"  The calendar            {self.workspace.base_url}/calendar")
        click.echo("  The add-on              the mark at the right of the workbook and the calendar: press it")
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
        from sync.store import LeaseHeldError  # noqa: PLC0415

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
            except LeaseHeldError:
                continue  # somebody has pressed a button of the add-on, and that is being done
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
