"""Sending a form, its way through the sections, and reading the responses in pages and since an instant."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from support.form_sheet import (
    ANSWERS,
    AREA,
    HARM,
    HARMED,
    LATER,
    READ,
    SEEN,
    WHO,
    Sheet,
    choice,
    concern_form,
    question,
)
from support.forms import delete_response, edit_response, let_answer, send_form
from workspace_kit import NOON, PARENT, SENCO, TEACHER, Caller

if TYPE_CHECKING:
    from local_workspace import LocalWorkspace


@pytest.fixture
def form(call: Caller) -> Sheet:
    return concern_form(call)


class Clock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> dt.datetime:
        return self.now

    def on(self, **by: int) -> None:
        self.now += dt.timedelta(**by)


@pytest.fixture
def clock(ws: LocalWorkspace, monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(ws, "clock", made)
    return made


def send(form: Sheet, answers: dict[str, Any], email: str = TEACHER) -> dict[str, Any]:
    given = {name: value if isinstance(value, list) else [value] for name, value in answers.items()}
    return form.call("POST", f"/local/forms/{form.id}/responses", {"email": email, "answers": given})  # type: ignore[no-any-return]


def told(form: Sheet, answers: dict[str, Any], email: str = TEACHER) -> dict[str, str]:
    given = {name: value if isinstance(value, list) else [value] for name, value in answers.items()}
    error = form.call.refused("POST", f"/local/forms/{form.id}/responses", {"email": email, "answers": given})
    assert error["code"] == 400, error
    return {one.get("field", ""): one["description"] for one in error["details"][0]["fieldViolations"]}


def test_a_response_has_the_shape_of_googles(form: Sheet, clock: Clock) -> None:
    clock.on(microseconds=146_460)
    made = send(form, {**ANSWERS, AREA: ["Mood", "Sleep", "Reading"], LATER: "2026-09-07"})
    assert made == {
        "formId": form.id,
        "responseId": made["responseId"],
        "createTime": "2026-11-23T12:00:00.146Z",
        "lastSubmittedTime": "2026-11-23T12:00:00.146460Z",
        "respondentEmail": TEACHER,
        "answers": {
            HARM: {"questionId": HARM, "textAnswers": {"answers": [{"value": "No"}]}},
            WHO: {"questionId": WHO, "textAnswers": {"answers": [{"value": "pupil 17"}]}},
            SEEN: {"questionId": SEEN, "textAnswers": {"answers": [{"value": "Squints\nat the board"}]}},
            AREA: {
                "questionId": AREA,
                "textAnswers": {"answers": [{"value": "Reading"}, {"value": "Mood"}, {"value": "Sleep"}]},
            },
            LATER: {"questionId": LATER, "textAnswers": {"answers": [{"value": "2026-09-07"}]}},
        },
    }
    assert form.call("GET", f"{form.path}/responses/{made['responseId']}") == made
    del made["formId"]
    assert form.responses() == {"responses": [made]}
    assert form.call.refused("GET", f"{form.path}/responses/none")["status"] == "NOT_FOUND"


def test_answers_beside_the_way_are_not_sent(form: Sheet) -> None:
    made = send(form, {**ANSWERS, **HARMED})
    assert set(made["answers"]) == {HARM, READ}


def test_what_cannot_be_sent_is_told_by_question(form: Sheet) -> None:
    missing = "This question must be answered."
    assert told(form, {HARM: "No", WHO: " "}) == {WHO: missing, SEEN: missing}
    assert told(form, {}) == {HARM: missing, READ: missing, WHO: missing, SEEN: missing}
    assert told(form, {**ANSWERS, HARM: "Maybe"})[HARM] == "“Maybe” is not among the options."
    assert told(form, {**ANSWERS, WHO: "two\nlines"}) == {WHO: "This answer has one line."}
    assert told(form, {**ANSWERS, "77": "x"}) == {"77": "The form has no such question."}
    assert told(form, {**ANSWERS, AREA: ["one", "two"]}) == {AREA: "“one” is not among the options."}


@pytest.mark.parametrize(
    ("kind", "fits", "fails"),
    [
        ({"dateQuestion": {"includeYear": True}}, ["2024-02-29"], ["2026-02-29", "2026-9-7", "07/09/2026"]),
        ({"dateQuestion": {}}, ["02-29"], ["13-01", "2026-01-01"]),
        ({"dateQuestion": {"includeTime": True}}, ["05-19 14:51"], ["05-19", "05-19 24:00"]),
        ({"dateQuestion": {"includeTime": True, "includeYear": True}}, ["1986-05-19 14:51"], ["1986-05-19"]),
        ({"timeQuestion": {}}, ["14:51"], ["24:00", "9:05"]),
        ({"timeQuestion": {"duration": True}}, ["48:30"], ["48:60"]),
        ({"scaleQuestion": {"low": 0, "high": 5}}, ["0", "5"], ["6", "-1", "x"]),
        ({"ratingQuestion": {"iconType": "STAR", "ratingScaleLevel": 5}}, ["1", "5"], ["0", "6"]),
        ({"choiceQuestion": choice("DROP_DOWN", "A", "B")}, ["A"], ["C"]),
    ],
)
def test_each_kind_of_question_takes_what_it_should(
    call: Caller, kind: dict[str, Any], fits: list[str], fails: list[str]
) -> None:
    form = Sheet(call)
    form.add(question("x", "a1", **kind))
    form.publish()
    for value in fits:
        assert send(form, {"a1": value}, SENCO)["answers"]["a1"]["textAnswers"] == {"answers": [{"value": value}]}
    for value in fails:
        assert set(told(form, {"a1": value}, SENCO)) == {"a1"}
    assert "answers" not in send(form, {}, SENCO)


def test_each_row_of_a_grid_is_a_question(call: Caller) -> None:
    form = Sheet(call)
    rows = [{"questionId": f"d{number}", "rowQuestion": {"title": f"Row {number}"}} for number in (1, 2)]
    grid = {"columns": choice("CHECKBOX", "A", "B")}
    form.add({"title": "Grid", "questionGroupItem": {"questions": rows, "grid": grid}})
    form.publish()
    made = send(form, {"d1": ["B", "A"]}, SENCO)
    assert made["answers"] == {"d1": {"questionId": "d1", "textAnswers": {"answers": [{"value": "A"}, {"value": "B"}]}}}
    assert told(form, {"d2": "C"}, SENCO) == {"d2": "“C” is not among the options."}


def test_a_way_back_is_no_way_to_send(call: Caller) -> None:
    form = Sheet(call)
    form.add(question("x", "a1", choiceQuestion=choice("RADIO", {"value": "A", "goToAction": "RESTART_FORM"}, "B")))
    form.publish()
    assert told(form, {"a1": "A"}, SENCO) == {"": "The answers lead back to a section that they came from."}
    assert send(form, {"a1": "B"}, SENCO)["respondentEmail"] == SENCO


def test_only_an_open_form_takes_answers_and_only_from_whom_it_was_given_to(form: Sheet, ws: LocalWorkspace) -> None:
    def refused(email: str = TEACHER) -> str:
        body = {"email": email, "answers": {}}
        error = form.call.refused("POST", f"/local/forms/{form.id}/responses", body)
        assert error["code"] == 403
        return str(error["message"])

    assert refused(PARENT).startswith("You need permission to answer this form.")
    let_answer(ws, form.id, type="user", emailAddress=PARENT)
    assert send(form, HARMED, PARENT)["respondentEmail"] == PARENT
    form.publish({"publishState": {"isPublished": True}})
    assert refused() == "This form is no longer accepting responses."
    form.publish({"publishState": {}})
    assert refused() == "This form is not published."
    form.call("PATCH", f"/drive/v3/files/{form.id}", {"trashed": True})
    assert refused() == "The owner has put this form in the bin."


def test_the_address_stands_with_the_answer_where_the_form_collects_it(form: Sheet) -> None:
    def collect(kind: str) -> None:
        form.batch({"updateSettings": {"settings": {"emailCollectionType": kind}, "updateMask": "*"}})

    collect("DO_NOT_COLLECT")
    assert "respondentEmail" not in send(form, HARMED)
    collect("RESPONDER_INPUT")
    assert send(form, HARMED)["respondentEmail"] == TEACHER
    assert (
        form.call.refused("POST", f"/forms/d/e/{form.public}/formResponse", {"answers": {}, "email": "x"})["code"]
        == 400
    )


def test_an_edit_keeps_id_and_first_time_and_a_deleted_one_is_gone(
    form: Sheet, ws: LocalWorkspace, clock: Clock
) -> None:
    first = send_form(ws, form.id, TEACHER, ANSWERS)
    second = send_form(ws, form.id, TEACHER, HARMED)
    clock.on(minutes=5)
    edit_response(ws, form.id, first, {**ANSWERS, SEEN: "Better now"})
    after = form.call("GET", f"{form.path}/responses/{first}")
    assert (after["createTime"], after["lastSubmittedTime"]) == ("2026-11-23T12:00:00Z", "2026-11-23T12:05:00Z")
    assert after["answers"][SEEN]["textAnswers"] == {"answers": [{"value": "Better now"}]}
    path = f"/local/forms/{form.id}/responses/{first}"
    form.call("PATCH", path, {"answers": {HARM: ["Yes"], READ: ["Yes"]}})
    assert set(form.call("GET", f"{form.path}/responses/{first}")["answers"]) == {HARM, READ}
    form.call("DELETE", path)
    delete_response(ws, form.id, second)
    assert form.responses() == {}
    assert form.call.refused("DELETE", path)["code"] == 404


def test_the_filter_compares_the_last_submission_to_the_nanosecond(
    form: Sheet, ws: LocalWorkspace, clock: Clock
) -> None:
    clock.on(microseconds=500)
    first = send_form(ws, form.id, TEACHER, HARMED)
    clock.on(seconds=10)
    second = send_form(ws, form.id, TEACHER, HARMED)

    def found(text: str) -> list[str]:
        return [one["responseId"] for one in form.responses(text).get("responses", [])]

    assert found("timestamp >= 2026-11-23T12:00:00.0005Z") == [first, second]
    assert found("timestamp > 2026-11-23T12:00:00.000500Z") == [second]
    assert found("timestamp >= 2026-11-23T12:00:00.000500001Z") == [second]
    assert found("timestamp > 2026-11-23T12:00:10.0005Z") == []
    clock.on(seconds=10)
    edit_response(ws, form.id, first, HARMED)
    assert found("timestamp>2026-11-23T12:00:11Z") == [first]


@pytest.mark.parametrize(
    "text",
    [
        "timestamp < 2026-11-23T12:00:00Z",
        "timestamp > 2026-11-23T12:00:00+00:00",
        "timestamp > 2026-13-23T12:00:00Z",
        "timestamp > 2026-11-23",
        "timestamp = 2026-11-23T12:00:00Z",
        "email = x",
    ],
)
def test_any_other_filter_is_refused(form: Sheet, text: str) -> None:
    path = f"{form.path}/responses?filter={text.replace(' ', '%20').replace('+', '%2B')}"
    assert form.call.refused("GET", path)["message"].startswith(f"Invalid filter: '{text}'")


def test_pages_follow_one_another_with_the_same_filter_alone(form: Sheet, ws: LocalWorkspace, clock: Clock) -> None:
    sent = []
    for _ in range(5):
        clock.on(seconds=1)
        sent.append(send_form(ws, form.id, TEACHER, HARMED))
    since = "timestamp >= 2026-11-23T12:00:02Z"
    first = form.responses(since, pageSize="2")
    edit_response(ws, form.id, sent[1], HARMED)
    clock.on(seconds=1)
    late = send_form(ws, form.id, TEACHER, HARMED)
    second = form.responses(since, pageSize="2", pageToken=first["nextPageToken"])
    third = form.responses(since, pageSize="2", pageToken=second["nextPageToken"])
    assert "nextPageToken" not in third
    found = [one["responseId"] for page in (first, second, third) for one in page["responses"]]
    assert found == [*sent[1:], late]
    for query in (
        f"pageToken={first['nextPageToken']}",
        "pageToken=nonsense",
        "pageSize=-1",
        "pageSize=two",
        "maxResults=2",
    ):
        assert form.call.refused("GET", f"{form.path}/responses?{query}")["code"] == 400
    assert len(form.responses(pageSize="0")["responses"]) == 6


def test_what_the_page_reads_and_sends(form: Sheet, teacher: Caller) -> None:
    page = f"/forms/d/e/{form.public}"
    shown = teacher("GET", f"{page}/content")
    assert (shown["state"], shown["email"], shown["collects"]) == ("open", TEACHER, "VERIFIED")
    assert [part["title"] for part in shown["sections"]] == ["A concern", "Tell the DSL now", "About the pupil"]
    assert shown["entries"]["entry.161"] == HARM
    given = {"answers": {HARM: ["Yes"], READ: ["Yes"]}}
    assert teacher("POST", f"{page}/formResponse", given) == {}
    assert form.responses()["responses"][0]["respondentEmail"] == TEACHER
    form.call("PATCH", f"/local/forms/{form.id}", {"editable": True})
    edit = teacher("POST", f"{page}/formResponse", given)
    assert teacher("GET", f"{page}/content?edit2={edit['edit2']}")["answers"] == {HARM: ["Yes"], READ: ["Yes"]}
    assert form.call.refused("GET", f"{page}/content?edit2={edit['edit2']}")["code"] == 403
    assert teacher("POST", f"{page}/formResponse", {**given, **edit}) == edit
    assert len(form.responses()["responses"]) == 2
    form.call("PATCH", f"/local/forms/{form.id}", {"editable": False})
    assert teacher.refused("POST", f"{page}/formResponse", {**given, **edit})["code"] == 403
    assert teacher.refused("GET", "/forms/d/e/none/content")["code"] == 404
    form.publish({"publishState": {"isPublished": True}})
    closed = teacher("GET", f"{page}/content")
    assert (closed["state"], "sections" in closed) == ("closed", False)


def test_who_may_not_change_the_form_has_no_hand_in_its_answers(form: Sheet, teacher: Caller) -> None:
    made = send(form, HARMED)
    path = f"/local/forms/{form.id}"
    for method, where, body in (
        ("GET", path, None),
        ("PATCH", path, {"editable": True}),
        ("POST", f"{path}/responses", {"email": TEACHER, "answers": {}}),
        ("DELETE", f"{path}/responses/{made['responseId']}", None),
    ):
        assert teacher.refused(method, where, body)["code"] == 403
    for body in ({"editable": 1}, {"colour": True}, {"answers": []}):
        assert form.call.refused("PATCH", path, body)["code"] == 400
    assert form.call.refused("POST", f"{path}/responses", {"email": TEACHER, "answers": {"a1": "Yes"}})["code"] == 400
