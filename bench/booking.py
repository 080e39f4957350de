"""Two hundred parents press Confirm at once: who gets which slot, whether each was told the truth, and how fast.

Run from the root: `python -m bench.booking`. Four worker processes take the presses of 200 parents for the 60 slots of
one surgery, all at the same instant, so that a press also waits for those before it. A parent whose slot is gone looks
again and presses on another, as people do, until there is none; every tenth double-clicks. At the end each answer is
compared with the database. On SQLite, and on PostgreSQL where SENSYNC_TEST_POSTGRES names a server or this machine has
one. Ends with code 1 when an answer was untrue or the target is missed.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import sys
import tempfile
import time
import uuid
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as wall_time
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from rich.console import Console
from rich.table import Table
from sqlalchemy import create_engine, make_url, text

from bench.postgres import binaries, private_cluster
from sync.domain.meetings import Choice, Kind, Slot, State, Surgery, Where
from sync.store import (
    AlreadyBooked,
    Booked,
    Bookings,
    Link,
    Links,
    NoLink,
    Outbox,
    Store,
    Surgeries,
    Taken,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future
    from multiprocessing.synchronize import Barrier

TARGET_P99 = 0.5
NOW = datetime(2026, 12, 1, 18, 0, tzinfo=UTC)
FULL = "full"
PATIENCE = 50


@dataclass(frozen=True, slots=True)
class Answer:
    """What a parent was told: the slot and booking they have, or None where the slot was gone."""

    slot: str | None
    booking: str | None = None


class Door(Protocol):
    """What parents press against: the store now, a web server's pages by another implementation."""

    def open_slots(self, token: str) -> list[str]:
        """The slots that are offered to this parent."""

    def press(self, token: str, slot: str, form: str) -> Answer:
        """Presses Confirm on a slot; `form` is the form's idempotency key."""


class StoreDoor:
    """Straight to the store, with all that a page has to look up there."""

    def __init__(self, url: str) -> None:
        self._store = Store(url)
        self._links, self._surgeries = Links(self._store), Surgeries(self._store)
        self._bookings = Bookings(self._store)

    def _link(self, token: str) -> Link:
        found = self._links.find(token, NOW)
        if isinstance(found, NoLink):
            msg = f"a link of the bench does not open: {found.reason}"
            raise TypeError(msg)
        return found

    def open_slots(self, token: str) -> list[str]:
        """The slots that are offered to this parent."""
        return [each.slot.key for each in self._surgeries.open_slots(self._link(token).workbook_id, NOW)]

    def press(self, token: str, slot: str, form: str) -> Answer:
        """Presses Confirm on a slot."""
        answer = self._bookings.claim(self._link(token), slot, Choice(Where.ROOM), NOW, form)
        if isinstance(answer, Booked | AlreadyBooked):
            return Answer(answer.booking.slot, answer.booking.key)
        if isinstance(answer, Taken):
            return Answer(None)
        msg = f"an answer that nothing in the bench leads to: {answer}"
        raise TypeError(msg)


@dataclass(frozen=True, slots=True)
class Told:
    """All that one parent was told. `seconds` from each press to its answer."""

    token: str
    answers: tuple[Answer, ...]
    full: bool
    seconds: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """One run. `untrue` holds a sentence for each answer that the database belies."""

    backend: str
    parents: int
    booked: int
    presses: int
    p50: float
    p99: float
    longest: float
    untrue: tuple[str, ...]


def prepare(url: str, parents: int, slots: int) -> list[str]:
    """Makes one surgery and gives the parents' tokens."""
    with Store(url) as store:
        store.migrate()
        workbook = store.save_workbook("Bench", "bench").id
        surgery = Surgery(
            "s1", Kind.SURGERY, date(2026, 12, 8), wall_time(8), wall_time(18), 10, state=State.OPEN, closes=None
        )
        first = datetime(2026, 12, 8, 8, 0, tzinfo=UTC)
        times = [first + timedelta(minutes=10 * number) for number in range(slots)]
        rows = [Slot(f"s1-{at:%H%M}", "s1", at, at + timedelta(minutes=10)) for at in times]
        Surgeries(store).save(workbook, [(surgery, rows)], NOW)
        links = Links(store)
        return [links.issue(workbook, f"adult{n}", f"REF{n}", NOW + timedelta(days=30), NOW) for n in range(parents)]


def work(open_door: Callable[[], Door], tokens: Sequence[str], threads: int, seed: int, start: Barrier) -> list[Told]:
    """One worker process: its parents all press when the barrier falls."""
    door = open_door()
    choose = random.Random(seed)
    answers: dict[str, list[Answer]] = {token: [] for token in tokens}
    seconds: dict[str, list[float]] = {token: [] for token in tokens}
    full: set[str] = set()
    running: dict[Future[Answer], tuple[str, float]] = {}
    with ThreadPoolExecutor(threads) as pool:

        def press(token: str, slots: Sequence[str], times: int = 1) -> None:
            slot, form = choose.choice(slots), uuid.uuid4().hex
            for _ in range(times):
                running[pool.submit(door.press, token, slot, form)] = (token, time.monotonic())

        # They have the page before them when the rush begins.
        pages = list(pool.map(door.open_slots, tokens))
        start.wait()
        for number, token in enumerate(tokens):
            press(token, pages[number], 2 if number % 10 == 0 else 1)
        while running:
            finished, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                token, since = running.pop(future)
                seconds[token].append(time.monotonic() - since)
                answers[token].append(future.result())
                still_pressing = token in {waiting for waiting, _ in running.values()}
                if still_pressing or any(answer.slot for answer in answers[token]):
                    continue
                slots = door.open_slots(token)
                if slots:
                    press(token, slots)
                else:
                    full.add(token)
    return [Told(token, tuple(answers[token]), token in full, tuple(seconds[token])) for token in tokens]


def rush(open_door: Callable[[], Door], tokens: Sequence[str], processes: int, threads: int) -> list[Told]:
    """All parents at once, shared among worker processes."""
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager, context.Pool(processes) as pool:
        start = manager.Barrier(processes)
        shares = [(open_door, tokens[n::processes], threads, n, start) for n in range(processes)]
        return [told for share in pool.starmap(work, shares) for told in share]


def untruths(url: str, told: Sequence[Told]) -> list[str]:
    """Every way in which an answer and the database disagree."""
    with Store(url) as store:
        workbook = store.workbook("Bench")
        if workbook is None:
            return ["The database is empty."]
        links, found = Links(store), Bookings(store).active(workbook.id)
        families = {each.token: links.find(each.token, NOW) for each in told}
        slots = Surgeries(store).slots(workbook.id)
        told_outside = Outbox(store).take(NOW, 10_000)
    held = {(booking.adult, booking.ref): Answer(booking.slot, booking.key) for booking in found}
    problems = [f"{slot} was booked {n} times." for slot, n in Counter(each.slot for each in found).items() if n > 1]
    problems += [f"{each.slot.key} counts {each.taken} places." for each in slots if each.taken > 1]
    bookings = sorted(work.subject for work in told_outside if work.kind == "booking.booked")
    if bookings != sorted(f"booking:{booking.key}" for booking in found):
        problems.append("The outbox does not hold each booking once.")
    for parent in told:
        link = families[parent.token]
        has = held.pop((link.adult, link.ref), None) if isinstance(link, Link) else None
        said = {answer for answer in parent.answers if answer.slot is not None}
        if said != ({has} if has else set()):
            problems.append(f"A parent was told {said} and has {has}.")
        if parent.full == (has is not None):
            problems.append(f"A parent was told {'that all is full' if parent.full else 'nothing'} and has {has}.")
    if held:
        problems.append(f"{len(held)} bookings were told to nobody.")
    if any(parent.full for parent in told) and len(found) < len(slots):
        problems.append("Parents were told that all is full, and slots are free.")
    return problems


def run(backend: str, url: str, *, parents: int = 200, slots: int = 60, processes: int = 4, threads: int = 4) -> Result:
    """One rush on an empty database."""
    tokens = prepare(url, parents, slots)
    told = rush(_OpenStore(url), tokens, processes, threads)
    seconds = sorted(each for parent in told for each in parent.seconds)
    return Result(
        backend,
        parents,
        sum(1 for parent in told if any(answer.slot for answer in parent.answers)),
        len(seconds),
        _quantile(seconds, 0.5),
        _quantile(seconds, 0.99),
        seconds[-1],
        tuple(untruths(url, told)),
    )


@dataclass(frozen=True, slots=True)
class _OpenStore:
    """Opens a door in another process; a lambda could not travel there."""

    url: str

    def __call__(self) -> Door:
        return StoreDoor(self.url)


def _quantile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@contextmanager
def _databases() -> Iterator[list[tuple[str, str]]]:
    """An empty database of each kind that can be had: its name and its URL."""
    server, programs = os.environ.get("SENSYNC_TEST_POSTGRES"), binaries()
    with tempfile.TemporaryDirectory() as folder:
        urls = [("SQLite", f"sqlite:///{Path(folder) / 'bench.sqlite3'}")]
        if server:
            with _new_database(make_url(server).set(drivername="postgresql+psycopg").render_as_string(False)) as url:
                yield [*urls, ("PostgreSQL", url)]
        elif programs:
            with private_cluster(programs, durable=True) as cluster, _new_database(cluster) as url:
                yield [*urls, ("PostgreSQL", url)]
        else:
            yield urls


@contextmanager
def _new_database(server: str) -> Iterator[str]:
    name = f"sensync_bench_{uuid.uuid4().hex[:12]}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


def _show(results: Sequence[Result]) -> None:
    table = Table(title="Parents who press Confirm at once, seconds from a press to its answer")
    for heading in ("", "parents", "booked", "presses", "p50", "p99", "longest", "untrue answers"):
        table.add_column(heading, justify="left" if not heading else "right")
    for each in results:
        seconds = (f"{value:.3f}" for value in (each.p50, each.p99, each.longest))
        counts = (str(value) for value in (each.parents, each.booked, each.presses))
        table.add_row(each.backend, *counts, *seconds, str(len(each.untrue)))
    console = Console()
    console.print(table)
    for each in results:
        for sentence in each.untrue:
            console.print(f"{each.backend}: {sentence}")
        met = "met" if each.p99 < TARGET_P99 else "MISSED"
        console.print(f"{each.backend}: p99 under {TARGET_P99} s: {met}")
    if len(results) == 1:
        console.print("PostgreSQL was left out: there is none here (SENSYNC_TEST_POSTGRES names a server).")


def main() -> int:
    """Runs the bench on each database; 0 where every answer was true and the target is met."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--parents", type=int, default=200)
    parser.add_argument("--slots", type=int, default=60)
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--threads", type=int, default=4, help="in each process")
    options = parser.parse_args()
    with _databases() as databases:
        results = [run(backend, url, **vars(options)) for backend, url in databases]
    _show(results)
    return int(any(each.untrue or each.p99 >= TARGET_P99 for each in results))


if __name__ == "__main__":
    sys.exit(main())
