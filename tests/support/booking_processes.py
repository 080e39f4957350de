"""What other processes do to a store in the tests of bookings; a module of its own, so that they can import it."""

from __future__ import annotations

import os
import random
import signal
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import event

from support.surgery import NOW, PHONE, ROOM, School
from sync.store import Booked, Link, Store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True)
class Scene:
    """What a test sends: links and Bob's booking, made before, so that the same is sent again after the crash."""

    ann: Link
    bob: Link
    cat: Link
    bobs: str


def set_up(school: School, *, queue: bool) -> Scene:
    """Bob has tue-0, Dan tue-1; tue-2 is free, or offered to Cat while Eve waits."""
    school.has(3)
    bob = school.family("bob")
    booked = school.bookings.claim(bob, "tue-0", ROOM, NOW, "form")
    school.bookings.claim(school.family("dan"), "tue-1", ROOM, NOW, "form")
    assert isinstance(booked, Booked)
    cat = school.family("cat")
    if queue:
        school.line.join(cat, "tue", NOW)
        school.line.join(school.family("eve"), "tue", NOW)
    return Scene(school.family("ann"), bob, cat, booked.booking.key)


def claim(school: School, scene: Scene) -> object:
    """Ann books the slot that is free."""
    return school.bookings.claim(scene.ann, "tue-2", PHONE, NOW, "form")


def take_offer(school: School, scene: Scene) -> object:
    """Cat books what she was offered."""
    return school.bookings.claim(scene.cat, "tue-2", ROOM, NOW, "form")


def change(school: School, scene: Scene) -> object:
    """Bob moves to the slot that is free."""
    return school.bookings.change(scene.bob, scene.bobs, "tue-2", PHONE, 1, NOW)


def cancel(school: School, scene: Scene) -> object:
    """Bob cancels, and Eve is next."""
    return school.bookings.cancel(scene.bob, scene.bobs, 1, NOW)


def delete(school: School, scene: Scene) -> object:
    """The SENCO deletes the slot that Bob has."""
    school.surgeries.delete_slot(school.workbook, "tue-0", NOW)
    return None


ACTS: dict[str, Callable[[School, Scene], object]] = {
    each.__name__: each for each in (claim, take_offer, change, cancel, delete)
}


def die_at(url: str, name: str, act: str, scene: Scene, step: int) -> None:
    """Does `act`, and is killed at its `step`-th step: before a statement, before a commit, or after all."""
    steps = 0

    def count(*_: object) -> None:
        nonlocal steps
        steps += 1
        if steps == step:
            os.kill(os.getpid(), signal.SIGKILL)

    with Store(url) as store:
        school = School(store, name)
        event.listen(store.engine, "before_cursor_execute", count)
        event.listen(store.engine, "commit", count)
        ACTS[act](school, scene)
        count()


def churn(url: str, links: list[Link], seed: int, presses: int, surgeries: Sequence[str] = ("tue",)) -> None:
    """Families who book, change, cancel, wait and leave, at random, in surgeries of four slots each."""
    choose = random.Random(seed)
    with Store(url) as store:
        school = School(store)
        for press in range(presses):
            link, surgery = choose.choice(links), choose.choice(surgeries)
            slot = f"{surgery}-{choose.randrange(4)}"
            acts: list[Callable[[], object]] = [
                partial(school.bookings.claim, link, slot, ROOM, NOW, f"{seed}-{press}"),
                partial(school.line.join, link, surgery, NOW),
                partial(school.line.leave, link, surgery, NOW),
            ]
            for each in school.bookings.of_link(link):
                acts += [
                    partial(school.bookings.change, link, each.key, slot, ROOM, each.version, NOW),
                    partial(school.bookings.cancel, link, each.key, each.version, NOW),
                ]
            choose.choice(acts)()


def press_in(url: str, links: list[Link], surgery: str, *, moves: bool) -> None:
    """One tab of every family: books in a surgery, and may move to the other one at once."""
    other = {"tue": "wed", "wed": "tue"}[surgery]
    with Store(url) as store:
        bookings = School(store).bookings
        for number, link in enumerate(links):
            made = bookings.claim(link, f"{surgery}-{number % 4}", ROOM, NOW, f"tab on {surgery}")
            if moves and isinstance(made, Booked):
                bookings.change(link, made.booking.key, f"{other}-{number % 4}", ROOM, 1, NOW)
