"""How long the add-on's cards take with a thousand pupils, each kind of call by itself and all of them at once.

Run from the root: `python -m bench.addon`, or `--quick` for 200 pupils and fewer calls. A made-up school is synced into
a local workspace, with concerns, surgeries and bookings; one worker process then serves the real application over HTTP,
with the tokens of the local workspace verified as Google's are. A Save is a press of a card that was asked for before,
of each meeting or concern in turn; what it puts into the store to be written is ended after each kind. Two people call
at a time, since Google does not send one person's next press before the first was answered. Seconds are from sending to
the whole answer. Ends with code 1 when a p95 is beyond the target, or any answer is not the card that was asked for.
"""

from __future__ import annotations

import argparse
import json
import secrets
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests
from rich.console import Console
from rich.table import Table

from addon.calls import LATER
from addon.paths import ACT, COMPLETE, EVENT, HOME
from bench.booking import quantile
from bench.config import head
from bench.ours import made_up
from bench.sittings import CALENDAR, SLOTS, Met, book_surgeries
from bench.workers import workers
from local_workspace import LocalWorkspace
from local_workspace.addons.held import fields_of, text_input
from sync.clock import utc_now
from sync.config import load_settings
from sync.domain.concerns import FormKey, Link, Response, Screen
from sync.plan.matching import Match
from sync.service.mirror import sync
from sync.service.opening import open_desk, wish
from sync.service.setup import set_up
from sync.store import Concerns, Jobs, JobState, Store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sync.config import Settings
    from sync.domain.records import MisData
    from sync.service.desk import Desk

TARGET_P95 = 0.3
AT_ONCE = 2
_OK = 200
_BASE = "https://sensync.bench.example"
_HEADERS = {"Host": _BASE.partition("//")[2], "Content-Type": "application/json"}
_SERVICE = "service-1@gcp-sa-gsuiteaddons.iam.gserviceaccount.com"
_CLIENT = "1-bench.apps.googleusercontent.com"
_SENCO = "senco@bench.example"
_CONFIG = """\
base_url = "{base_url}"
reads_per_minute = 100000
writes_per_minute = 100000
[booking]
address = "https://book.bench.example"
[addon]
enabled = true
base_url = "{base}"
service_account = "{service}"
client_id = "{client}"
domain = "bench.example"
[addon.roles]
senco = ["{senco}"]
[concerns]
enabled = true
dsl_name = "Ms Bench"
dsl_phone = "01632 960 199"
safeguarding_system = "a book"
responders = ["bench.example"]
[log]
level = "error"
"""


@dataclass(frozen=True, slots=True)
class Call:
    """One call: its kind, its path, the parts of the event that are its own, and words of the card that answers it."""

    name: str
    path: str
    event: dict[str, Any]
    shows: str
    beside: dict[str, Any] = field(default_factory=lambda: {"sheets": {"addonHasFileScopePermission": True}})


@dataclass(frozen=True, slots=True)
class Result:
    """Seconds of each call of one kind, in order, and how many were not answered with their card."""

    name: str
    seconds: tuple[float, ...]
    wrong: int


def calls(school: Filled) -> list[list[Call]]:
    """Every kind of card that is opened often, and typing; of a kind, calls that are made in turn."""
    refs, names = school.refs, school.names
    ref, met = refs[len(refs) // 2], school.met[0]
    typed = {"who": text_input(names[len(names) // 2][:3])}
    key = school.concerns[len(school.concerns) // 2]
    acts: dict[str, tuple[dict[str, Any], str]] = {
        "pupil": ({"parameters": {"do": "pupil", "ref": ref}}, ref),
        "find": ({"parameters": {"do": "find"}, "formInputs": typed}, '"ref"'),
        "list of reviews": ({"parameters": {"do": "heap", "of": "short"}}, min(refs)),
        "list of concerns": ({"parameters": {"do": "heap", "of": "concerns"}}, '"concern"'),
        "concern": ({"parameters": {"do": "concern", "key": key}}, "Loses the thread"),
        "surgeries": ({"parameters": {"do": "surgeries"}}, f" of {SLOTS}"),
        "surgery": ({"parameters": {"do": "surgery", "key": met.surgery}}, met.ref),
        "week": ({"parameters": {"do": "week"}}, met.ref),
        "meeting": ({"parameters": {"do": "meeting", "key": met.meeting}}, "What became of it"),
        "form": ({"parameters": {"do": "monitor", "ref": ref}}, "Look again on"),
        "row": ({"parameters": {"do": "row", "tab": "register", "key": ref}}, "SEN register"),
    }
    beside = {"calendar": {"calendarId": CALENDAR, "id": met.event}}
    return [
        [Call("home", HOME, {}, "The last sync")],
        [Call("typing", COMPLETE, {"parameters": {"of": "pupil"}, "formInputs": typed}, '"text"')],
        *([Call(name, ACT, event, shows)] for name, (event, shows) in acts.items()),
        [Call("event", EVENT, {"hostApp": "CALENDAR"}, met.meeting, beside)],
    ]


def saves(ws: LocalWorkspace, port: int, school: Filled) -> list[list[Call]]:
    """A Save of each meeting that is booked, and of each concern, as their cards are now."""
    opened = {
        "save a meeting": [{"do": "meeting", "key": each.meeting} for each in school.met],
        "save a concern": [{"do": "concern", "key": key} for key in school.concerns],
    }
    with requests.Session() as session:
        return [
            [_save(name, _card(session, port, _body(ws, Call(name, ACT, {"parameters": asked}, "")))) for asked in each]
            for name, each in opened.items()
        ]


def _card(session: requests.Session, port: int, body: bytes) -> dict[str, Any]:
    answer = session.post(f"http://127.0.0.1:{port}{ACT}", data=body, headers=_HEADERS, timeout=30)
    (shown,) = answer.json()["renderActions"]["action"]["navigations"]
    card: dict[str, Any] = shown["pushCard"]
    return card


def _save(name: str, card: dict[str, Any]) -> Call:
    """A press of the button *Save* of a card, with all that stands in its fields and another outcome."""
    pressed = next(
        button["onClick"]["action"]
        for section in card["sections"]
        for widget in section["widgets"]
        for button in widget.get("buttonList", {}).get("buttons", ())
        if button["text"] == "Save"
    )
    sent = {each["key"]: each["value"] for each in pressed["parameters"]}
    typed = fields_of(card) | {"outcome": text_input("Look again after half term")}
    return Call(name, ACT, {"parameters": sent, "formInputs": typed}, LATER)


@dataclass(frozen=True, slots=True)
class Filled:
    """A school on disk: its configuration and store, and what calls ask for.

    `refs` are references on the register, `names` those on the roll, `concerns` keys; `met` is what is booked.
    """

    config: Path
    store: str
    refs: list[str]
    names: list[str]
    concerns: list[str]
    met: list[Met]


def fill(folder: Path, ws: LocalWorkspace, pupils: int) -> Filled:
    """A school that was set up and synced twice, with a concern about every fifth pupil, and surgeries.

    Two families in three of those on the register have booked, as far as there are times.
    """
    mis: MisData = made_up(pupils).first
    ws.add_account("sensync@bench.example", "Sensync")
    (folder / "token").write_text(ws.token_for("sensync@bench.example"))
    config = folder / "sensync.toml"
    words = {"base_url": ws.base_url, "base": _BASE, "service": _SERVICE, "client": _CLIENT, "senco": _SENCO}
    config.write_text(head(f"{mis.school.la}{mis.school.estab}") + _CONFIG.format(**words))
    settings = load_settings(config)
    with open_desk(settings) as desk:
        set_up(desk, wish(settings))
        sync(desk, lambda: mis)
        keys = raise_concerns(desk, settings, pupils // 5)
        sync(desk, lambda: mis)
    with Store(settings.store.url) as store:
        book = store.workbook(settings.school.key)
        assert book is not None  # noqa: S101 - it was set up just now
        refs = list(store.tab(book.id, "register"))
        names = [str(row["name"]) for row in store.tab(book.id, "roll").values()]
        met = book_surgeries(store, book.id, refs[: len(refs) * 2 // 3], utc_now())
    return Filled(config, settings.store.url, refs, names, keys, met)


def raise_concerns(desk: Desk, settings: Settings, many: int) -> list[str]:
    """Concerns of the last weeks in the store, one in five without its pupil; their keys, the newest first."""
    store, now = desk.store, desk.now()
    book = store.workbook(settings.school.key)
    assert book is not None  # noqa: S101 - it was set up just now
    refs = list(store.tab(book.id, "roll"))
    words = "Loses the thread when there is more than one instruction. " * 12
    concerns = Concerns(store)
    for number in range(many):
        at = now - timedelta(hours=2 * number)
        said = {"harm": ("No",), "name": (f"Pupil {number}",), "seen": (words,), "tried": (words,), "view": (words,)}
        response = Response(FormKey.CONCERN, f"bench-{number}", at, at, "teacher@bench.example", said)
        about = (refs[number % len(refs)], Link.REFERENCE, ()) if number % 5 else ("", Link.NONE, tuple(refs[:3]))
        concerns.take(book.id, response, match=Match(*about), screen=Screen.CLEAR, now=at)
    return [each.key for each in reversed(concerns.all(book.id))]


def measure(
    ws: LocalWorkspace, port: int, kinds: Sequence[Sequence[Call]], times: int, done: Callable[[], None]
) -> list[Result]:
    """Each kind so many times, by so many people at once; `done` after each kind."""
    with requests.Session() as session, ThreadPoolExecutor(AT_ONCE) as pool:
        groups = [(kind[0].name, [kind[number % len(kind)] for number in range(times)]) for kind in kinds]
        mixed = [kinds[number % len(kinds)] for number in range(times)]
        groups.append(("all, mixed", [kind[number // len(kinds) % len(kind)] for number, kind in enumerate(mixed)]))
        results = []
        for name, group in groups:
            bodies = [(each, _body(ws, each)) for each in group]
            found = list(pool.map(lambda told: _send(session, port, *told), bodies))
            seconds = tuple(sorted(took for took, _ in found))
            results.append(Result(name, seconds, sum(not good for _, good in found)))
            done()
        return results


def end_jobs(url: str, school: str) -> None:
    """Ends what waits to be written, without writing it."""
    with Store(url) as store:
        book, jobs = store.workbook(school), Jobs(store)
        assert book is not None  # noqa: S101 - it was set up
        while (job := jobs.take(book.id, utc_now())) is not None:
            jobs.end(job, JobState.DONE, "", utc_now())


def _body(ws: LocalWorkspace, call: Call) -> bytes:
    signer = ws.pubsub.signer
    with ws.lock:
        system = signer.token(_SERVICE, f"{_BASE}{call.path}")
        user = signer.signed(signer.claims(_SENCO, _CLIENT, hd="bench.example"))
    common = {"hostApp": "SHEETS", **call.event}
    if "once" in common.get("parameters", {}):
        # Of another showing of the card: else it is the same press, sent again.
        common["parameters"] = common["parameters"] | {"once": secrets.token_hex(8)}
    told = {
        "commonEventObject": common,
        "authorizationEventObject": {"systemIdToken": system, "userIdToken": user},
        **call.beside,
    }
    return json.dumps(told).encode()


def _send(session: requests.Session, port: int, call: Call, body: bytes) -> tuple[float, bool]:
    began = time.perf_counter()
    answer = session.post(f"http://127.0.0.1:{port}{call.path}", data=body, headers=_HEADERS, timeout=30)
    took = time.perf_counter() - began
    return took, answer.status_code == _OK and call.shows in answer.text


def _show(results: Sequence[Result]) -> None:
    table = Table(title="The add-on's cards: seconds to the whole answer")
    for heading in ("", "calls", "p50", "p95", "longest", "wrong"):
        table.add_column(heading, justify="left" if not heading else "right")
    for each in results:
        figures = (quantile(each.seconds, 0.5), quantile(each.seconds, 0.95), each.seconds[-1])
        table.add_row(each.name, str(len(each.seconds)), *(f"{figure:.3f}" for figure in figures), str(each.wrong))
    Console().print(table)


def main() -> int:
    """The whole bench; 1 when the target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="200 pupils, and fewer calls")
    quick = parser.parse_args().quick
    with tempfile.TemporaryDirectory() as made, LocalWorkspace() as ws:
        school = fill(Path(made), ws, 200 if quick else 1000)
        with workers(school.config, 1, 2) as (port,):
            kinds = [*calls(school), *saves(ws, port, school)]
            done = partial(end_jobs, school.store, load_settings(school.config).school.key)
            measure(ws, port, kinds, 4, done)
            results = measure(ws, port, kinds, 40 if quick else 200, done)
    _show(results)
    slow = [each.name for each in results if quantile(each.seconds, 0.95) > TARGET_P95]
    wrong = [each.name for each in results if each.wrong]
    print(f"p95 under {TARGET_P95} s: {'yes' if not slow else 'no, ' + ', '.join(slow)}")
    return 1 if slow or wrong else 0


if __name__ == "__main__":
    sys.exit(main())
