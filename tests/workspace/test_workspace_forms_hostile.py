"""Nothing that a caller sends to Forms or Pub/Sub makes the server fail or leaves half a change."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.form_sheet import ANSWERS, DSL, OPEN, Sheet, choice, concern_form, create, question, section
from support.forms import send_form
from workspace_kit import SENCO, TEACHER, Caller, RefusalError

if TYPE_CHECKING:
    from local_workspace import LocalWorkspace

GRID = {
    "title": "Grid",
    "questionGroupItem": {
        "questions": [{"questionId": "d1", "rowQuestion": {"title": "Row"}}],
        "grid": {"columns": choice("RADIO", "A", "B")},
    },
}
GOOD: list[tuple[str, dict[str, Any]]] = [
    (
        ":batchUpdate",
        {
            "requests": [
                create(GRID, 0),
                create(question("x", choiceQuestion=choice("RADIO", {"value": "A", "goToSectionId": DSL})), 2),
                create(question("x", scaleQuestion={"low": 1, "high": 5, "lowLabel": "little"}), 1),
                create(section("Last", "e1"), 0),
                {"moveItem": {"originalLocation": {"index": 3}, "newLocation": {"index": 1}}},
                {
                    "updateItem": {
                        "item": question("y", textQuestion={"paragraph": True}),
                        "location": {"index": 0},
                        "updateMask": "title,questionItem.question.textQuestion",
                    }
                },
                {"updateFormInfo": {"info": {"title": "T", "description": "D"}, "updateMask": "*"}},
                {"updateSettings": {"settings": {"emailCollectionType": "VERIFIED"}, "updateMask": "*"}},
                {"deleteItem": {"location": {"index": 1}}},
            ],
            "writeControl": {"requiredRevisionId": ""},
            "includeFormInResponse": True,
        },
    ),
    (":setPublishSettings", {"publishSettings": OPEN, "updateMask": "publish_state"}),
    (
        "/watches",
        {
            "watch": {"target": {"topic": {"topicName": "projects/p/topics/t"}}, "eventType": "RESPONSES"},
            "watchId": "concern-watch",
        },
    ),
]
ODD = st.sampled_from(
    [None, True, 0, -1, 2**31, 2**63, 1e308, "", "x", "a1", "*", "title.x", "\u0000", "é\u202e", [], [[]], {}, {"": 1}]
)


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(place for key, item in inner for place in places(item, (*at, key)))]


@st.composite
def mangled(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """A good call, of which a place or two hold something else."""
    path, body = draw(st.sampled_from(GOOD))
    body = copy.deepcopy(body)
    for _ in range(draw(st.integers(1, 2))):
        place = draw(st.sampled_from(places(body)[1:] or [()]))
        if not place:
            break
        target: Any = body
        for key in place[:-1]:
            target = target[key]
        target[place[-1]] = copy.deepcopy(draw(ODD))
    return path, body


def answered(call: Caller, path: str, body: Any) -> int:
    """The status of a call."""
    try:
        call("POST", path, body)
    except RefusalError as error:
        return error.status
    return 200


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mangled())
def test_no_mangled_call_fails_the_server_or_spoils_the_form(ws: LocalWorkspace, asked: tuple[str, Any]) -> None:
    ws.reset()
    call = Caller(ws.base_url, ws.token_for(SENCO))
    form = concern_form(call)
    before = form.read()
    path, body = asked
    status = answered(call, form.path + path, body)
    assert status in (200, 400, 404, 409)
    if status != 200:
        assert form.read() == before
    after = form.read()
    if after["publishSettings"] == OPEN:
        teacher = Caller(ws.base_url, ws.token_for(TEACHER))
        assert teacher("GET", f"/forms/d/e/{form.public}/content")["state"] == "open"


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"{",
        b'{"answers": null}',
        b'{"answers": {"a1": [1]}}',
        b'{"answers": [["a1"]]}',
        b'{"answers": {"a1": "\xff"}}',
    ],
)
def test_answers_that_are_none_are_refused(call: Caller, teacher: Caller, body: bytes) -> None:
    form = concern_form(call)
    with pytest.raises(RefusalError) as refused:
        teacher("POST", f"/forms/d/e/{form.public}/formResponse", body)
    assert refused.value.status == 400
    assert form.responses() == {}


WORDS = [
    "=1+1",
    "<script>alert(1)</script>",
    "a\u0000b",
    "\u202eevil",
    "'; drop table thing; --",
    "x" * 50_000,
    "\r\n.\r\n",
]


@pytest.mark.parametrize("words", WORDS)
def test_what_people_write_comes_back_as_they_wrote_it(call: Caller, ws: LocalWorkspace, words: str) -> None:
    form = concern_form(call)
    sent = send_form(ws, form.id, TEACHER, {**ANSWERS, "a3": words})
    answer = form.call("GET", f"{form.path}/responses/{sent}")["answers"]["a3"]
    assert answer["textAnswers"] == {"answers": [{"value": words}]}


def test_another_sites_page_sends_nothing_in_a_teachers_name(call: Caller, ws: LocalWorkspace) -> None:
    form = concern_form(call)
    body = json.dumps({"answers": {"a1": ["Yes"], "a9": ["Yes"]}}).encode()
    cookie = {"Cookie": f"account={TEACHER}"}
    for headers in ({}, {"X-Local-Workspace": "1", "Origin": "http://evil.example"}):
        stranger = Caller(ws.base_url, None, cookie | headers)
        with pytest.raises(RefusalError) as refused:
            stranger("POST", f"/forms/d/e/{form.public}/formResponse", body)
        assert refused.value.status == 403
    assert form.responses() == {}
    assert Sheet(call).responses() == {}
