"""The forms are read with every sync and by `sensync serve`, on the real roll and with the real phrases."""

from __future__ import annotations

import time
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from support.concern_desk import Staffroom
from support.config import CONCERNS
from support.forms import PUSHER, push_route
from support.hooks import SECRET
from werkzeug.serving import make_server

from sync.domain.concerns import Link, Screen
from sync.domain.errors import ConfigError
from sync.service.concerns import Swept
from sync.service.judging import open_judge
from sync.service.rounds import open_rounds
from sync.service.wordlists import load_phrases
from sync.service.worker import Worker
from sync.store import RowChange
from webhook_app import create_app

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.delivery import Office


def enrol(office: Office) -> None:
    """The last sync saw this roll, with what matching asks of it."""
    rows = [
        RowChange("roll", ref, cells | {"year": "7", "group": "7B", "on_roll": "Yes"})
        for ref, cells in office.store.tab(office.wid, "roll").items()
    ]
    with office.store.lease("roll", "tests", 60) as lease:
        office.store.commit(office.wid, fence=lease.fence, run=None, rows=rows)


@pytest.fixture
def room(open_office: Callable[..., Office]) -> Staffroom:
    office = open_office(concerns=CONCERNS)
    enrol(office)
    return Staffroom(office)


def test_a_concern_is_linked_on_the_whole_roll_and_screened_with_our_phrases(room: Staffroom) -> None:
    judge = open_judge(room.office.settings, room.office.store, room.wid)
    assert judge.match({"name": ("Jan Ostrowski",), "class": ("7B",)}).ref == "C2D4M"
    assert judge.match({"ref": ("D9K2P",), "name": ("D9K2P",)}).link is Link.REFERENCE
    assert judge.match({"name": ("Nobody Known",)}).ref == ""
    assert judge.screen({"seen": ("Cannot hold a pen.",)}) is Screen.CLEAR
    assert judge.screen({"seen": ("Told me about self-harm.",)}) is Screen.HELD


def test_a_list_of_phrases_that_is_named_and_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such file"):
        load_phrases(tmp_path / "phrases.toml", None)
    (tmp_path / "phrases.toml").write_text('[group.own]\nphrases = ["purple"]\n')
    assert [each.key for each in load_phrases(tmp_path / "phrases.toml", None).groups] == ["own"]


def test_the_rounds_read_the_forms_where_concerns_are_on_and_ask_nothing_where_they_are_off(
    room: Staffroom, open_office: Callable[..., Office]
) -> None:
    room.send(name="Jan Ostrowski", year="Year 7", seen="Sings.")
    with room.office.rounds() as rounds:
        assert (rounds.sweep(), rounds.work_nudges(), rounds.release()) == (Swept(new=1), Swept(), Swept())
    assert room.seen() == [("Sings.", 1, "C2D4M", "clear")]
    off = open_office()
    with off.rounds() as rounds:
        assert (rounds.sweep(), rounds.work_nudges(), rounds.release()) == (Swept(), Swept(), Swept())
    assert off.requests() == 0


def test_phrases_that_cannot_be_used_let_no_response_through_and_are_said(room: Staffroom, tmp_path: Path) -> None:
    section = room.office.settings.concerns.model_copy(update={"phrases": tmp_path / "none.toml"})
    room.office.settings = room.office.settings.model_copy(update={"concerns": section})
    room.send()
    with room.office.rounds() as rounds:
        assert "there is no such file" in rounds.sweep().trouble
    assert (room.seen(), room.office.noticed()) == ([], ["form:concern:unread"])


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def test_a_teacher_sends_the_form_pubsub_tells_and_the_worker_has_the_concern(
    open_office: Callable[..., Office], tmp_path: Path
) -> None:
    (tmp_path / "hook.secret").write_text(SECRET)
    audience = "https://book.school.example/hooks/pubsub"
    office = open_office()
    topic, subscription = push_route(office.ws, "http://127.0.0.1:9/hooks/pubsub", audience)
    office = open_office(
        concerns={
            **CONCERNS,
            "pubsub_topic": topic,
            "pubsub_subscription": subscription,
            "pubsub_audience": audience,
            "pubsub_email": PUSHER,
        },
        booking={"address": "http://127.0.0.1"},
        post={"by": "none"},
    )
    enrol(office)
    room = Staffroom(office, topic)
    server = make_server("127.0.0.1", 0, create_app(office.settings, now=lambda: office.now))
    # Pub/Sub comes by the port of the test's server; the pages answer to the address in the configuration.
    server.app.config["TRUSTED_HOSTS"] = None  # type: ignore[attr-defined]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    push_route(office.ws, f"http://127.0.0.1:{server.server_port}/hooks/pubsub", audience)
    with open_rounds(
        office.settings, store=office.store, workbook=office.workbook, now=lambda: office.now, open_door=office.open
    ) as rounds:
        rounds.sweep()
    assert room.form().watch_id is not None
    worker = Worker(office.settings, pause=0.05, follow_every=3600, now=lambda: office.now, open_door=office.open)
    try:
        worker.start()
        time.sleep(1)
        room.send(name="Jan Ostrowski", year="Year 7", seen="Sings.")
        until(lambda: room.seen() == [("Sings.", 1, "C2D4M", "clear")])
    finally:
        worker.stop()
        server.shutdown()
        thread.join()
        server.server_close()
    assert [kind for kind, _ in room.told()] == ["concern.received"]
