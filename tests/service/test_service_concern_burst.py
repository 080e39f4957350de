"""A thousand responses at once, by both hooks and by sweeps, while processes are killed and Google fails."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select
from support.concern_process import open_desk
from support.forms import edit_response, let_answer, send_form
from support.hooks import Gate, hook_settings

from local_workspace import LocalWorkspace
from sync.domain.concerns import FormKey
from sync.google.form_responses import pages
from sync.plan.form import form_requests, questions_of
from sync.service.concerns import Swept, sweep, work_nudges
from sync.service.form_setup import form_template
from sync.store.schema import outbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.google.door import Door
    from sync.service.concerns import ConcernDesk

ROOT = Path(__file__).parents[2]
SENCO, TEACHER = "senco@school.example", "teacher@school.example"
MANY, EDITED = 1000, 50


def make_form(gate: Gate, door: Door, key: FormKey) -> str:
    """A published form that staff may answer, on record in the store; its id."""
    template = form_template(gate.settings, key)
    made = door.call("POST", door.endpoints.forms, body={"info": {"title": template.title}})
    path = f"{door.endpoints.forms}/{made['formId']}"
    requests = form_requests(template, made, fresh=True)
    body = {"includeFormInResponse": True, "requests": requests}
    form = door.call("POST", f"{path}:batchUpdate", body=body)["form"]
    state = {"publishState": {"isPublished": True, "isAcceptingResponses": True}}
    door.call("POST", f"{path}:setPublishSettings", body={"publishSettings": state})
    let_answer(gate.ws, made["formId"], type="domain", domain="school.example")
    gate.staff.forms.save(gate.staff.wid, key, made["formId"], str(form["responderUri"]), questions_of(template, form))
    return str(made["formId"])


class Readers:
    """Processes that read, each killed after a while and followed by another."""

    def __init__(self, count: int, *arguments: str) -> None:
        self._command = [sys.executable, "-m", "support.concern_process", *arguments]
        self._running = [self._start() for _ in range(count)]
        self.killed = 0

    def _start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self._command,
            cwd=ROOT,
            env={"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", "PATH": ""},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # it says each time that Forms did not answer
            text=True,
        )

    def kill_one(self, chance: random.Random) -> None:
        place = chance.randrange(len(self._running))
        assert self._running[place].stdout is not None
        self._running[place].stdout.readline()  # it reads by now
        time.sleep(chance.random() * 0.4)
        self._running[place].kill()
        self._running[place].communicate()
        self.killed += 1
        self._running[place] = self._start()

    def end(self) -> None:
        for each in self._running:
            each.kill()
            each.communicate()


def shuffled(chance: random.Random, times: int) -> Iterator[int]:
    numbers = [number for number in range(MANY) for _ in range(times)]
    chance.shuffle(numbers)
    return iter(numbers)


def settle(desk: ConcernDesk) -> None:
    """Until nudges that died with their worker were worked as well."""
    for minutes in (10, 20, 30):
        later = datetime.now(UTC) + timedelta(minutes=minutes)
        desk.now = lambda later=later: later  # type: ignore[misc]
        assert work_nudges(desk).trouble == ""
        assert sweep(desk).trouble == ""
    assert (work_nudges(desk), sweep(desk)) == (Swept(), Swept())


def test_of_a_thousand_responses_each_becomes_one_concern_with_one_holding_reply(tmp_path: Path) -> None:
    chance = random.Random(7)
    with LocalWorkspace(accounts=[(SENCO, "Sally Senco"), (TEACHER, "Tom Teacher")]) as ws:
        gate = Gate(ws, hook_settings(tmp_path, ws.base_url))
        token = ws.token_for(SENCO)
        desk = open_desk(gate.settings.store.url, ws.base_url, token)
        form = make_form(gate, desk.door(), FormKey.CONCERN)
        make_form(gate, desk.door(), FormKey.ROBIN)
        asked = gate.staff.forms.all(gate.staff.wid)[FormKey.CONCERN].questions
        gate.clock[0] = datetime.now(UTC)
        sent: list[str] = []

        def answers(number: int, seen: str) -> dict[str, str]:
            return {asked["harm"]: "No", asked["name"]: f"Pupil {number}", asked["seen"]: seen}

        def teachers() -> None:
            sent.extend(send_form(ws, form, TEACHER, answers(number, f"Seen {number}")) for number in range(MANY))
            for number in range(EDITED):
                edit_response(ws, form, sent[number], answers(number, f"Edited {number}"))

        def script(number: int) -> int:
            return gate.script(form, f"digest-{number}")

        def push(number: int) -> int:
            return gate.push(f"{number}", form=form)

        def weather() -> None:
            for status in (503, 429, 500) * 4:
                ws.fail(status, path="/v1/forms", times=60)
                ws.fail(503, path="/v1/forms", times=5, when="after")
                time.sleep(0.7)

        readers = Readers(3, gate.settings.store.url, ws.base_url, token)
        try:
            others = [threading.Thread(target=each) for each in (teachers, weather)]
            for thread in others:
                thread.start()
            with ThreadPoolExecutor(6) as senders:
                told = Counter(senders.map(script, shuffled(chance, 2)))
                pushed = Counter(senders.map(push, shuffled(chance, 2)))
            for _ in range(6):
                readers.kill_one(chance)
            for thread in others:
                thread.join()
            ws.weather.faults.clear()
            # The workers that are left do most of it, however slow the machine: what follows is only the rest.
            patience = time.monotonic() + 120
            while len(gate.staff.concerns.all(gate.staff.wid)) <= MANY / 2 and time.monotonic() < patience:
                time.sleep(0.2)
        finally:
            readers.end()
        assert len(gate.staff.concerns.all(gate.staff.wid)) > MANY / 2
        settle(desk)

        assert (told, pushed) == (Counter({204: MANY, 409: MANY}), Counter({204: 2 * MANY}))
        assert readers.killed == 6
        concerns = gate.staff.concerns.all(gate.staff.wid)
        listed = [each["responseId"] for page in pages(desk.door(), form) for each in page]
        assert sorted(each.response for each in concerns) == sorted(listed) == sorted(sent)
        seen = {each.response: each.answers["seen"] for each in concerns}
        assert seen == {
            response: (f"{'Edited' if number < EDITED else 'Seen'} {number}",) for number, response in enumerate(sent)
        }
        with gate.store.engine.connect() as connection:
            rows = connection.execute(select(outbox.c.kind, outbox.c.payload)).all()
        assert Counter(row.kind for row in rows) == {"concern.received": MANY}
        assert sorted(row.payload["concern"] for row in rows) == sorted(each.key for each in concerns)
        gate.store.close()
