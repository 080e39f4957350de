"""`sensync deliver` as its user sees it."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from support.config import HILLCREST
from support.delivery import ADULTS, SENCO, TEACHER, Office, settings_of
from support.families import set_adults
from support.forms import send_form

from local_workspace import LocalWorkspace
from sync.cli import run
from sync.domain.concerns import FormKey
from sync.service.form_setup import keep_forms
from sync.store import Forms, Nudges, Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONFIG = (
    HILLCREST
    + """\
base_url = "{base}"
[calendar]
enabled = true
[post]
by = "gmail"
sender = "{senco}"
[store]
url = "{store}"
"""
)


@pytest.fixture
def workspace() -> Iterator[LocalWorkspace]:
    with LocalWorkspace(accounts=[(SENCO, "Sally Senco"), (TEACHER, "Tom Teacher")]) as running:
        yield running


@pytest.fixture
def config(tmp_path: Path, workspace: LocalWorkspace) -> Path:
    file = tmp_path / "sensync.toml"
    store = f"sqlite:///{tmp_path / 'sensync.sqlite3'}"
    file.write_text(CONFIG.format(base=workspace.base_url, senco=SENCO, store=store))
    (tmp_path / "token").write_text(workspace.token_for(SENCO))
    return file


@pytest.fixture
def office(config: Path, workspace: LocalWorkspace) -> Iterator[Office]:
    """With three slots that are far away, one of them booked."""
    url = f"sqlite:///{config.parent / 'sensync.sqlite3'}"
    with Store(url) as store:
        store.migrate()
        made = Office(workspace, store, settings_of(workspace.base_url, config.parent, url))
        # The command goes by the machine's clock.
        made.clock[0] = datetime.now(UTC)
        made.enrol()
        made.has(first=made.now + timedelta(days=3650))
        made.book()
        yield made


def test_it_says_what_was_done_and_what_waits(office: Office, config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--config", str(config), "deliver"]) == 0
    assert capsys.readouterr().out == "5 things done, 1 waiting for their time.\n"
    assert [title[:4] for title, *_ in office.events()] == ["Free", "Free", "Meet"]
    office.delete_by_hand()
    assert run(["--config", str(config), "deliver", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "done": 3,
        "failed": 0,
        "aside": 0,
        "waiting": 1,
        "letters_left": 0,
        "followed": 1,
        "trouble": "",
        "forms": {"new": 0, "edited": 0, "alerts": 0, "answers": 0, "released": 0, "trouble": ""},
    }
    assert [subject for _, subject in office.said()] == ["Your meeting is booked", "Your meeting is cancelled"]


def test_what_has_to_be_tried_again_is_said_and_ends_with_1(
    office: Office, config: Path, workspace: LocalWorkspace, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace.fail(403, path="/calendar/v3", reason="insufficientPermissions", times=None)
    assert run(["--config", str(config), "deliver"]) == 1
    told = capsys.readouterr()
    assert told.out == "1 thing done, 3 to be tried again, 5 waiting for their time.\n"
    assert told.err == (
        "What could not be done is tried again by itself.\n"
        "Where a person is needed, the tab 'Sync status' says so after the next `sensync sync`.\n"
    )


def test_what_was_set_aside_is_tried_again_when_its_cause_is_mended(
    office: Office, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = [replace(each, email="lomax at home") for each in ADULTS[:1]]
    set_adults(office.store, office.wid, wrong)
    assert run(["--config", str(config), "deliver"]) == 1
    (key,) = office.noticed()
    assert key.startswith("aside:")
    set_adults(office.store, office.wid, ADULTS)
    assert run(["--config", str(config), "deliver"]) == 0
    assert office.said() == []
    assert run(["--config", str(config), "deliver", "--again"]) == 0
    assert office.said() == [("lomax@home.example", "Your meeting is booked")]
    assert office.noticed() == []


CONCERNS = """\
[concerns]
enabled = true
dsl_name = "Ms Adeyemi"
dsl_phone = "01632 960 199"
responders = ["school.example"]
"""


@pytest.mark.parametrize("told", ["by a hook", "by nobody"])
def test_where_another_server_has_the_pages_it_reads_the_forms_too(
    office: Office, config: Path, workspace: LocalWorkspace, capsys: pytest.CaptureFixture[str], told: str
) -> None:
    config.write_text(config.read_text() + CONCERNS)
    section = office.settings.concerns.model_validate(tomllib.loads(CONCERNS)["concerns"])
    office.settings = office.settings.model_copy(update={"concerns": section})
    keep_forms(office.store, office.workbook, office.settings, office.open(), lambda: office.now)
    form = Forms(office.store).find(office.wid, FormKey.CONCERN)
    assert form is not None
    given = {"harm": "No", "name": "Somebody", "seen": "Hides."}
    send_form(workspace, form.form_id, TEACHER, {form.questions[key]: value for key, value in given.items()})
    if told == "by a hook":
        Nudges(office.store).put(office.wid, FormKey.CONCERN, "hook:1", office.now)
    assert run(["--config", str(config), "deliver"]) == 0
    assert "1 response of teachers read.\n" in capsys.readouterr().out
    assert [subject for to, subject in office.said() if to == TEACHER] == ["Thank you: we have your form"]
    assert Nudges(office.store).take(office.wid, office.now) == []


def test_without_a_workbook_there_is_nothing_to_deliver(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--config", str(config), "deliver"]) == 7
    assert capsys.readouterr().err == (
        "There is no workbook yet, so there is nothing to deliver.\n"
        "What to do: Run `sensync setup`, then `sensync sync`.\n"
    )


def test_what_was_set_aside_is_said_by_status_and_tried_again_when_asked_for(
    office: Office, config: Path, workspace: LocalWorkspace, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace.fail(400, path="/gmail/v1", reason="invalidArgument", times=None)
    assert run(["--config", str(config), "deliver"]) == 1
    (aside,) = office.outbox.set_aside(office.wid)
    capsys.readouterr()
    assert run(["--config", str(config), "status"]) == 0
    told = capsys.readouterr().out
    assert "Meetings:  3 slots to come, 1 of 3 places booked\n" in told
    assert [line for line in told.splitlines() if line.startswith("Outbox:")] == [
        "Outbox:    1 letter or event waits; 1 set aside"
    ]
    assert "  - 1 letter or event was set aside: mend the cause, then run `sensync deliver --again`.\n" in told
    assert f"  - {aside.kind}: {aside.error}\n" in told
    assert office.noticed() == [f"aside:{aside.id}"]

    workspace.weather.faults.clear()
    assert run(["--config", str(config), "deliver", "--again"]) == 0
    assert capsys.readouterr().out == (
        "1 thing that had been set aside: a fresh start.\n1 thing done, 1 waiting for their time.\n"
    )
    assert ([subject for _, subject in office.said()], office.noticed()) == (["Your meeting is booked"], [])
    assert run(["--config", str(config), "status", "--json"]) == 0
    meetings = json.loads(capsys.readouterr().out)["meetings"]
    assert meetings.pop("calendar_followed_at") is not None
    assert meetings.pop("oldest") is not None
    assert meetings == {"slots": 3, "places": 3, "booked": 1, "waiting": 1, "tried": 0, "aside": []}


def test_a_calendar_that_nobody_follows_is_said(
    office: Office, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["--config", str(config), "deliver"]) == 0
    office.surgeries.followed(office.wid, datetime.now(UTC) - timedelta(days=2))
    capsys.readouterr()
    assert run(["--config", str(config), "status"]) == 0
    assert "  - Calendar has not been followed for a day: run `sensync serve`" in capsys.readouterr().out
