"""The form's script runs in Node, with a stand-in for Google's services, against the real application."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from playwright._impl._driver import compute_driver_executable
from support.concerns import FORM_ID
from support.hooks import NOW, SECRET, Gate, hook_settings
from werkzeug.serving import make_server

from local_workspace import LocalWorkspace
from sync.service.concern_hooks import sign

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "addon" / "apps_script"
NODE = str(compute_driver_executable()[0])
"""The Node that comes with Playwright, which the browser tests need anyway."""

EDIT_ID = "2_ABaOnudEditsTheResponse"
PROPERTIES = {"SENSYNC_ADDRESS": "https://book.school.example/", "SENSYNC_SECRET": SECRET}


@pytest.fixture(scope="module")
def ws() -> Iterator[LocalWorkspace]:
    with LocalWorkspace(accounts=[("senco@school.example", "Sally Senco")]) as running:
        yield running


@pytest.fixture
def gate(ws: LocalWorkspace, tmp_path: Path) -> Iterator[Gate]:
    made = Gate(ws, hook_settings(tmp_path, ws.base_url))
    yield made
    made.store.close()


@pytest.fixture
def port(gate: Gate) -> Iterator[int]:
    """The application behind a server on loopback."""
    server = make_server("127.0.0.1", 0, gate.client.application)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def run(call: str, **given: Any) -> dict[str, Any]:
    told = {
        "script": str(FOLDER / "Concerns.gs"),
        "call": call,
        "now": int(NOW.timestamp()),
        "properties": PROPERTIES,
        **given,
    }
    done = subprocess.run(
        [NODE, str(Path(__file__).with_name("stand_in.js"))],
        input=json.dumps(told),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def event(number: int = 1, form: str = FORM_ID) -> dict[str, Any]:
    return {"form": form, "id": f"{EDIT_ID}{number}", "time": 1_795_428_000_123, "email": "a.teacher@school.example"}


def test_what_the_script_signs_is_accepted_by_the_real_application(gate: Gate, port: int) -> None:
    done = run("tellSensync", events=[event()], port=port)
    assert (done["errors"], len(done["sent"]), gate.stored()) == ([], 1, ["concern"])
    (sent,) = done["sent"]
    assert sent["url"] == "https://book.school.example/hooks/forms"
    time = sent["headers"]["X-Sensync-Timestamp"]
    assert sent["headers"]["X-Sensync-Signature"] == sign(SECRET.encode(), time, sent["payload"].encode())


def test_nothing_but_the_forms_id_and_a_digest_leaves_the_form(gate: Gate, port: int) -> None:
    (sent,) = run("tellSensync", events=[event()], port=port)["sent"]
    body = json.loads(sent["payload"])
    assert set(body) == {"form", "response"}
    assert body["form"] == FORM_ID
    assert re.fullmatch(r"[0-9a-f]{64}", body["response"])
    assert (EDIT_ID in str(sent), "teacher" in str(sent)) == (False, False)


def test_two_teachers_who_send_in_the_same_second_are_both_told_of(gate: Gate, port: int) -> None:
    done = run("tellSensync", events=[event(1), event(2)], port=port)
    assert (done["errors"], gate.stored()) == ([], ["concern", "concern"])


def test_the_same_event_again_is_told_once(gate: Gate, port: int) -> None:
    done = run("tellSensync", events=[event(1), event(1)], port=port)
    assert (done["errors"], gate.stored()) == ([], ["concern"])


@pytest.mark.parametrize("answers", [[503, 500, 429], [0, 502]])
def test_while_sensync_is_away_it_tries_again_with_growing_waits(gate: Gate, port: int, answers: list[int]) -> None:
    done = run("tellSensync", events=[event()], answers=answers, port=port)
    assert (done["errors"], gate.stored()) == ([], ["concern"])
    assert done["slept"] == [1000, 2000, 4000][: len(answers)]
    assert len({each["headers"]["X-Sensync-Signature"] for each in done["sent"]}) == 1


def test_where_only_the_answer_was_lost_the_second_try_is_told_that_it_is_known(gate: Gate, port: int) -> None:
    done = run("tellSensync", events=[event()], answers=[-1], port=port)
    assert (done["errors"], len(done["sent"]), gate.stored()) == ([], 2, ["concern"])


LOST_NOTHING = " Nothing is lost: the next sync finds the response."


def test_when_nobody_answers_it_gives_up_and_says_so() -> None:
    done = run("tellSensync", events=[event()], answers=[0] * 4, port=9)
    assert len(done["sent"]) == 4
    assert done["errors"] == [
        "Sensync did not answer. Look whether it runs and can be reached from outside." + LOST_NOTHING
    ]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"properties": {**PROPERTIES, "SENSYNC_SECRET": "x" * 32}},
            "Sensync did not accept the signature: SENSYNC_SECRET is not the secret that it has.",
        ),
        (
            {"now": int(NOW.timestamp()) - 400},
            "Sensync found the time wrong. Look at the clock of Sensync's computer.",
        ),
        (
            {"events": [event(form="1FAIpQLSc-other")]},
            "Sensync does not know this form, or its hook is off: see [concerns] in sensync.toml.",
        ),
        ({"answers": [413]}, "Sensync answered 413."),
    ],
)
def test_what_trying_again_cannot_mend_is_said_at_once(gate: Gate, port: int, given: dict[str, Any], said: str) -> None:
    done = run("tellSensync", **{"events": [event()], "port": port, **given})
    assert (done["errors"], len(done["sent"]), gate.stored()) == ([said + LOST_NOTHING], 1, [])


@pytest.mark.parametrize("before", [[], ["tellSensync"], ["tellSensync", "tellSensync"]])
def test_installing_leaves_one_trigger_however_often_it_is_run(before: list[str]) -> None:
    done = run("install", triggers=["another", *before])
    assert (done["errors"], len(done["triggers"])) == ([], 2)
    assert done["triggers"][1] == (before[0] if before else "tellSensync on the form")
    assert done["logged"] == ["Sensync is told of responses to this form from now on."]


@pytest.mark.parametrize(
    ("properties", "named"),
    [
        ({}, "SENSYNC_ADDRESS"),
        ({**PROPERTIES, "SENSYNC_ADDRESS": "http://book.school.example"}, "SENSYNC_ADDRESS"),
        ({**PROPERTIES, "SENSYNC_ADDRESS": "https://book.school.example/b/x"}, "SENSYNC_ADDRESS"),
        ({**PROPERTIES, "SENSYNC_SECRET": "short"}, "SENSYNC_SECRET"),
    ],
)
def test_without_its_properties_it_says_which_is_missing_and_sends_nothing(
    properties: dict[str, str], named: str
) -> None:
    for call in ("install", "tellSensync"):
        done = run(call, properties=properties, events=[event()])
        (said,) = done["errors"]
        assert said.startswith(f"Set the script property {named} ")
        assert (done["sent"], done["triggers"]) == ([], [])


def test_the_script_asks_for_three_permissions_and_no_more() -> None:
    manifest = json.loads((FOLDER / "appsscript.json").read_text())
    assert [each.rpartition("/")[2] for each in manifest["oauthScopes"]] == [
        "forms.currentonly",
        "script.external_request",
        "script.scriptapp",
    ]
