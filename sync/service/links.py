"""Personal links for the school to give out itself: as a CSV file for its messaging system, and as printed letters.

The links lead to the booking pages and are as good as a key. They stand in the files that were asked for and nowhere
else: the store keeps a hash, the log and the screen a number.
"""

from __future__ import annotations

import csv
import io
import os
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sync.clock import utc_now
from sync.domain.errors import UsageError
from sync.domain.meetings import STAFF_REF, Kind, purpose_of
from sync.domain.school_clock import say_day, wall
from sync.domain.wording import counted
from sync.plan.cells import text
from sync.plan.families import first_name
from sync.plan.invitations import Invited
from sync.post.printed import Printed, letters_html
from sync.service.invitations import invited_now, staff_invited_now
from sync.service.to_change import inert
from sync.service.which import known_workbook
from sync.store import Bookings, Families, Links, Store, Surgeries, WaitingList
from sync.store.links import OPEN_AFTER

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from sync.config import Settings
    from sync.domain.families import Adult
    from sync.store import Workbook

COLUMNS = ("Pupil reference", "Adult", "E-mail", "Phone", "For", "Link", "Valid until")
_REVIEW = "Review"
_FOR = {Kind.SURGERY: "Surgery", Kind.MORNING: "Coffee morning", Kind.STAFF: "Staff drop-in"}
_NUMBER = re.compile(r"\+[\d ()-]+")


@dataclass(frozen=True, slots=True)
class PersonalLink:
    """One link with whom it is for. `until` is the instant at which it stops to open."""

    adult: Adult
    ref: str
    purpose: str
    child: str = field(repr=False)
    url: str = field(repr=False)
    until: datetime

    @property
    def what_for(self) -> str:
        """What it opens, in a word or two."""
        return next((word for kind, word in _FOR.items() if kind == self.purpose), _REVIEW)

    @property
    def last_day(self) -> str:
        """The last day on which it opens, in words."""
        return say_day(wall(self.until - timedelta(microseconds=1)))


@dataclass(frozen=True, slots=True)
class Written:
    """What became of it: how many links, of how many pupils, and how many adults were left out for having an e-mail.

    `ended` are the links that stopped to open, where that was asked for.
    """

    links: int
    pupils: int
    left_out: int
    ended: int = 0


def write_links(
    settings: Settings,
    *,
    csv_file: str | None = None,
    letters_file: str | None = None,
    everyone: bool = False,
    staff: bool = False,
    force: bool = False,
    now: Callable[[], datetime] = utc_now,
) -> Written:
    """Makes a link for each adult who may book now and has not, and writes them into the files that are named.

    Earlier links go on opening. The files are readable by their owner alone.

    Args:
        settings: the configuration.
        csv_file: for the school's messaging system.
        letters_file: HTML to print.
        everyone: those with an e-mail address too, who get theirs by mail where `[post]` sends it.
        staff: instead of families, members of staff (`[workbook] share_with_teachers`), for staff drop-ins.
        force: a file that is there is written over.
        now: the clock, giving aware instants.

    Raises:
        UsageError: no file is named, one is there already or cannot be written, there is no workbook yet, or there is
            nobody to make a link for. No link was made then.
        RefusedError: sensync.toml names another workbook than the store.
    """
    files = _files(csv_file, letters_file, needed=True)
    with Store(settings.store.url, now=now) as store:
        workbook = _workbook(store, settings)
        may_book = [each for each in _invited(store, workbook, settings, now(), staff=staff) if each.may_book_now]
        wanted = [each for each in may_book if everyone or staff or not each.adult.email]
        left_out = len({each.adult.key for each in may_book} - {each.adult.key for each in wanted})
        if not wanted:
            raise _nobody(left_out, staff=staff, settings=settings)
        _make(files, force=force)
        made = _issue(store, workbook, settings.booking.address, wanted, now())
    _write(made, settings, csv_file, letters_file, now())
    return Written(len(made), len({each.ref for each in made}), left_out)


def renew_links(
    settings: Settings,
    ref: str,
    *,
    adult: str = "",
    end: bool = False,
    csv_file: str | None = None,
    letters_file: str | None = None,
    force: bool = False,
    now: Callable[[], datetime] = utc_now,
) -> Written:
    """Ends the links of one pupil's adults, writes new ones, or both: for who lost a link, or has somebody else's.

    New links are for what these adults may book now, what they have booked or wait for, and what they have links for.
    What they have booked stays, and their place on a waiting list. Earlier links end once the new ones are in the
    files: a run that is cut short leaves nobody without.

    Args:
        settings: the configuration.
        ref: the pupil's reference.
        adult: only the adult with this e-mail address, telephone number or name, as the MIS has it; "" for all.
        end: whether earlier links stop to open, for good.
        csv_file: as for `write_links`, as are the others.
        letters_file: as there.
        force: as there.
        now: the clock, giving aware instants.

    Raises:
        UsageError: as for `write_links`, or there is no such pupil or adult. No link was ended then.
        RefusedError: sensync.toml names another workbook than the store.
    """
    files = _files(csv_file, letters_file, needed=not end)
    with Store(settings.store.url, now=now) as store:
        workbook = _workbook(store, settings)
        theirs = _adults(store, workbook, ref, adult)
        until = _of_use(store, workbook, settings, ref, theirs, now())
        wanted = [Invited(theirs[key], ref, purpose, (), last) for (key, purpose), last in until.items()]
        if files and not wanted:
            raise UsageError(
                f"There is nothing that the adults of {ref} could have a link for; nothing was written.",
                next_step="Open a surgery for them in the Surgeries tab and run `sensync sync`.",
            )
        _make(files, force=force)
        links = Links(store)
        earlier = {key: links.made(workbook.id, key, ref) for key in theirs}
        made = _issue(store, workbook, settings.booking.address, wanted, now()) if files else []
        _write(made, settings, csv_file, letters_file, now())
        ended = sum(links.end(workbook.id, key, ref, only=ids) for key, ids in earlier.items()) if end else 0
    return Written(len(made), 1, 0, ended)


def _of_use(
    store: Store, workbook: Workbook, settings: Settings, ref: str, theirs: Collection[str], now: datetime
) -> dict[tuple[str, str], datetime]:
    """What links of a pupil's adults are of use for, by the adult's key and the purpose: until when."""
    found = [
        (key, purpose, last)
        for (key, of, purpose), last in Links(store).holders(workbook.id, now).items()
        if of == ref and key in theirs
    ]
    found += [
        (each.adult.key, each.purpose, each.until)
        for each in _invited(store, workbook, settings, now, staff=False)
        if each.may_book_now and each.ref == ref and each.adult.key in theirs
    ]
    surgeries = {each.key: each for each in Surgeries(store).all(workbook.id)}
    slots = [each.slot for each in Surgeries(store).slots(workbook.id) if each.slot.ends > now]
    booked = {(each.adult, each.slot) for each in Bookings(store).active(workbook.id) if each.ref == ref}
    for key in theirs:
        waits = WaitingList(store).of_family(workbook.id, key, ref)
        found += [
            (key, purpose_of(surgeries[slot.surgery]), slot.ends + OPEN_AFTER)
            for slot in slots
            if (key, slot.key) in booked or slot.surgery in waits
        ]
    until: dict[tuple[str, str], datetime] = {}
    for key, purpose, last in found:
        until[key, purpose] = max(last, until.get((key, purpose), last))
    return until


def _adults(store: Store, workbook: Workbook, ref: str, asked: str) -> dict[str, Adult]:
    """The adults of a pupil, or the one who is asked for, by key.

    Raises:
        UsageError: there is none, or more than one is asked for. Nobody is named.
    """
    known = Families(store).all(workbook.id).get(ref, []) if ref != STAFF_REF else []
    if not known:
        raise UsageError(
            f"{ref}: there is no pupil with this reference whose adults are known.",
            next_step="Look the reference up in the MIS roll tab.",
        )
    wanted = " ".join(asked.split()).casefold()
    found = [each for each in known if not wanted or wanted in _known_by(each)]
    if len(found) != 1 and wanted:
        many = counted(len(found), "adult") if found else "No adult"
        raise UsageError(
            f"{many} of {ref} can be meant by --adult; {len(known)} in all are known.",
            next_step="Say the e-mail address or telephone number as the MIS has it, or leave --adult out.",
        )
    return {each.key: each for each in found}


def _known_by(adult: Adult) -> set[str]:
    return {each.casefold() for each in (adult.email, adult.phone, adult.name) if each}


def _files(csv_file: str | None, letters_file: str | None, *, needed: bool) -> list[Path]:
    files = [Path(each) for each in (csv_file, letters_file) if each is not None]
    if needed and not files:
        raise UsageError("No file is named.", next_step="Say --csv FILE, --letters FILE.html, or both.")
    if len(files) > 1 and files[0].absolute() == files[1].absolute():
        raise UsageError(f"{files[0]} is named twice.", next_step="Give the CSV and the letters a file each.")
    return files


def _workbook(store: Store, settings: Settings) -> Workbook:
    store.migrate()
    workbook = known_workbook(store, settings)
    if workbook is None:
        raise UsageError("There is no workbook yet.", next_step="Run `sensync setup`, then `sensync sync`.")
    return workbook


def _write(
    made: list[PersonalLink], settings: Settings, csv_file: str | None, letters_file: str | None, now: datetime
) -> None:
    if csv_file is not None:
        _fill(Path(csv_file), as_csv(made), encoding="utf-8-sig")
    if letters_file is not None:
        _fill(Path(letters_file), as_letters(made, settings, now), encoding="utf-8")


def _invited(
    store: Store, workbook: Workbook, settings: Settings, now: datetime, *, staff: bool
) -> tuple[Invited, ...]:
    if staff:
        return staff_invited_now(store, workbook, settings.workbook.share_with_teachers, now)
    return invited_now(store, workbook.id, now)


def _nobody(left_out: int, *, staff: bool, settings: Settings) -> UsageError:
    happened = "There is nobody to make a link for; nothing was written."
    if left_out:
        return UsageError(
            f"{happened} {counted(left_out, 'adult')} who may book now can be reached by e-mail.",
            next_step="Say --all to have them in the file, too.",
        )
    if staff and not settings.workbook.share_with_teachers:
        return UsageError(
            happened, next_step="Name the members of staff in sensync.toml, [workbook] share_with_teachers."
        )
    return UsageError(
        happened,
        next_step=f"Open a {'staff drop-in' if staff else 'surgery'} in the Surgeries tab and run `sensync sync`. "
        "Whoever has booked already needs no link, and a full surgery has no place to give.",
    )


def _issue(
    store: Store, workbook: Workbook, address: str, wanted: Iterable[Invited], now: datetime
) -> list[PersonalLink]:
    links = Links(store)
    made = []
    for each in wanted:
        token = links.issue(workbook.id, each.adult.key, each.ref, each.until, now, purpose=each.purpose)
        row = None if each.ref == STAFF_REF else store.row(workbook.id, "roll", each.ref)
        child = first_name(text((row or {}).get("name")))
        made.append(PersonalLink(each.adult, each.ref, each.purpose, child, f"{address}/b/{token}", each.until))
    return made


def as_csv(links: Iterable[PersonalLink]) -> str:
    """The links as CSV, a row each, in `COLUMNS`; a cell that would run as a formula is led in by an apostrophe."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for each in links:
        adult = each.adult
        # "+44 7700 900123" is no formula that does anything, and a messaging system wants it as it is.
        phone = adult.phone if _NUMBER.fullmatch(adult.phone) else inert(adult.phone)
        ref = "" if each.ref == STAFF_REF else each.ref
        writer.writerow([ref, inert(adult.name), inert(adult.email), phone, each.what_for, each.url, each.last_day])
    return out.getvalue()


def as_letters(links: Iterable[PersonalLink], settings: Settings, now: datetime) -> str:
    """The links as letters, an A4 page each."""
    return letters_html(
        (
            Printed(
                to=each.adult.name or (each.adult.email if each.ref == STAFF_REF else ""),
                child=each.child,
                ref="" if each.ref == STAFF_REF else each.ref,
                invites=_what_to_do(each),
                url=each.url,
                until=each.last_day,
            )
            for each in links
        ),
        school=settings.school.name,
        contact=settings.booking.contact,
        day=say_day(wall(now)),
    )


def _what_to_do(link: PersonalLink) -> str:
    if link.purpose == Kind.STAFF:
        return "choose a time to meet the SENCO"
    if link.purpose == Kind.MORNING:
        return "book a place at our coffee morning"
    return f"choose a time to talk with us about {link.child or 'your child'}"


def _make(files: Iterable[Path], *, force: bool) -> None:
    """Makes files that their owner alone can read, before any link is made.

    Raises:
        UsageError: one is there already, or cannot be made; those that were made are taken away again.
    """
    new: list[Path] = []
    for file in files:
        try:
            known = force and file.exists()
            os.close(os.open(file, os.O_WRONLY | os.O_CREAT | (0 if force else os.O_EXCL), 0o600))
            new += [] if known else [file]
            file.chmod(0o600)
        except OSError as error:
            for each in new:
                each.unlink(missing_ok=True)
            if isinstance(error, FileExistsError):
                raise UsageError(
                    f"{file} is there already; nothing was written.",
                    next_step="Name another file, or say --force to write over it.",
                ) from error
            raise _unwritable(file, error) from error


def _fill(file: Path, content: str, *, encoding: str) -> None:
    try:
        file.write_text(content, encoding=encoding, newline="")
    except OSError as error:
        raise _unwritable(file, error) from error


def _unwritable(file: Path, error: OSError) -> UsageError:
    return UsageError(
        f"{file}: it cannot be written: {error.strerror}.", next_step="Name a file in a folder you may write to."
    )
