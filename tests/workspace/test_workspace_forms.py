"""Forms v1: making a form, changing it, publishing it, and what is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from google.oauth2.credentials import Credentials
from googleapiclient import discovery_cache
from googleapiclient.discovery import build_from_document
from googleapiclient.errors import HttpError
from support.form_sheet import DSL, HARM, OPEN, READ, Sheet, choice, concern_form, create, question, section
from workspace_kit import PARENT, SENCO, Caller, RefusalError

from local_workspace import LocalWorkspace

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def form(call: Caller) -> Sheet:
    return Sheet(call)


def test_a_new_form_is_unpublished_empty_and_a_file_of_drive(form: Sheet, call: Caller) -> None:
    assert form.made == {
        "formId": form.id,
        "info": {"title": "A concern", "documentTitle": "Concern form"},
        "settings": {"emailCollectionType": "VERIFIED"},
        "revisionId": form.made["revisionId"],
        "responderUri": f"http://127.0.0.1:{call.address[1]}/forms/d/e/{form.public}/viewform",
        "publishSettings": {"publishState": {}},
    }
    assert form.read() == form.made
    file = call("GET", f"/drive/v3/files/{form.id}?fields=name,mimeType,webViewLink")
    assert (file["name"], file["mimeType"]) == ("Concern form", "application/vnd.google-apps.form")
    assert file["webViewLink"].endswith(f"/forms/d/{form.id}/edit")
    listed = call("GET", "/drive/v3/files?q=mimeType%3D'application/vnd.google-apps.form'")["files"]
    assert [one["id"] for one in listed] == [form.id]
    call("PATCH", f"/drive/v3/files/{form.id}", {"name": "Renamed"})
    assert form.read()["info"]["documentTitle"] == "Renamed"


def test_a_form_may_be_published_as_it_is_made(call: Caller) -> None:
    assert Sheet(call, unpublished="false").read()["publishSettings"] == OPEN
    assert Sheet(call, unpublished="true").read()["publishSettings"] == {"publishState": {}}


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"info": {"title": "x", "description": "y"}}, "Only info.title can be set when creating a form."),
        ({"info": {"title": "x"}, "items": []}, "Only info.title can be set when creating a form."),
        ({"info": {}}, "info.title is required"),
        ({"info": {"title": "x"}, "isPublished": True}, 'Unknown name "isPublished"'),
        ({"info": {"title": 7}}, "Invalid value at 'info.title' (TYPE_STRING), 7"),
    ],
)
def test_creating_takes_the_titles_alone(call: Caller, body: dict[str, Any], told: str) -> None:
    error = call.refused("POST", "/v1/forms", body)
    assert (error["code"], error["status"]) == (400, "INVALID_ARGUMENT")
    assert told in error["message"]


def test_items_are_made_with_the_ids_chosen_or_with_new_ones(form: Sheet) -> None:
    replies = form.add(
        section("Two", "0b1"), question("Mine", "00c2", textQuestion={}), question("Any", textQuestion={})
    )
    assert replies[0] == {"createItem": {"itemId": "0b1"}}
    assert replies[1]["createItem"]["questionId"] == ["00c2"]
    assert len(replies[2]["createItem"]["questionId"][0]) == 8
    items = form.read()["items"]
    assert [item["title"] for item in items] == ["Two", "Mine", "Any"]
    assert items[1]["questionItem"] == {"question": {"questionId": "00c2", "textQuestion": {}}}


def test_a_grid_is_one_item_with_a_question_for_each_row(form: Sheet) -> None:
    rows = [{"questionId": f"d{number}", "rowQuestion": {"title": f"Row {number}"}} for number in (1, 2)]
    grid = {"columns": choice("RADIO", "A", "B")}
    made = form.add({"title": "Grid", "questionGroupItem": {"questions": rows, "grid": grid}})
    assert made[0]["createItem"]["questionId"] == ["d1", "d2"]
    assert form.read()["items"][0]["questionGroupItem"] == {"questions": rows, "grid": grid}


def test_items_are_moved_updated_and_deleted(form: Sheet) -> None:
    form.add(*(question(name, f"a{at}", textQuestion={}) for at, name in enumerate("xyz", 1)))
    form.batch({"moveItem": {"originalLocation": {"index": 2}, "newLocation": {"index": 0}}})
    assert [item["title"] for item in form.read()["items"]] == ["z", "x", "y"]
    form.batch({"deleteItem": {"location": {"index": 1}}})
    changed = {
        "title": "why",
        "description": "told",
        "questionItem": {"question": {"textQuestion": {"paragraph": True}}},
    }
    mask = "description,questionItem.question.textQuestion"
    form.batch({"updateItem": {"item": changed, "location": {"index": 1}, "updateMask": mask}})
    item = form.read()["items"][1]
    assert (item["title"], item["description"]) == ("y", "told")
    assert item["questionItem"]["question"] == {"questionId": "a2", "textQuestion": {"paragraph": True}}


def test_an_item_that_was_read_and_is_written_back_keeps_its_ids(form: Sheet) -> None:
    form.add(question("Old", "a1", required=True, textQuestion={}))
    item = form.read()["items"][0]
    form.batch({"updateItem": {"item": {**item, "title": "New"}, "location": {"index": 0}, "updateMask": "*"}})
    assert form.read()["items"] == [{**item, "title": "New"}]
    form.batch({"updateItem": {"item": question("No ids", textQuestion={}), "location": {}, "updateMask": "*"}})
    assert form.read()["items"][0]["questionItem"]["question"]["questionId"] != "a1"


def test_a_question_that_becomes_of_another_kind_is_of_that_kind_alone(form: Sheet) -> None:
    form.add(question("Old", "a1", textQuestion={}))
    item = question("", "", choiceQuestion=choice("RADIO", "A"))
    mask = "questionItem.question.choiceQuestion"
    form.batch({"updateItem": {"item": item, "location": {}, "updateMask": mask}})
    held = form.read()["items"][0]["questionItem"]["question"]
    assert held == {"questionId": "a1", "choiceQuestion": choice("RADIO", "A")}


def test_title_description_and_settings_change_by_their_masks(form: Sheet) -> None:
    form.batch(
        {"updateFormInfo": {"info": {"title": "T", "description": "D\nE"}, "updateMask": "description"}},
        {
            "updateSettings": {
                "settings": {"emailCollectionType": "DO_NOT_COLLECT"},
                "updateMask": "emailCollectionType",
            }
        },
    )
    read = form.read()
    assert read["info"] == {"title": "A concern", "documentTitle": "Concern form", "description": "D\nE"}
    assert read["settings"] == {"emailCollectionType": "DO_NOT_COLLECT"}
    assert "Rename the file" in form.refused(
        {"updateFormInfo": {"info": {"documentTitle": "x"}, "updateMask": "documentTitle"}}
    )


def test_a_section_that_goes_takes_the_ways_to_it_with_it(call: Caller) -> None:
    form = concern_form(call)
    assert [item["itemId"] for item in form.read()["items"]][1] == DSL
    form.batch({"deleteItem": {"location": {"index": 1}}})
    options = form.read()["items"][0]["questionItem"]["question"]["choiceQuestion"]["options"]
    assert options == [{"value": "Yes"}, {"value": "No", "goToSectionId": "b2"}]


def test_a_batch_is_carried_out_whole_or_not_at_all(form: Sheet) -> None:
    before = form.read()
    told = form.refused(create(question("x", textQuestion={}), 0), create(question("y", textQuestion={}), 5))
    assert told == "Invalid requests[1].createItem: location.index 5 is out of range: it must be from 0 to 1."
    assert form.read() == before


def test_a_change_of_another_revision_is_refused(form: Sheet) -> None:
    first = form.made["revisionId"]
    answer = form.batch(
        create(question("x", textQuestion={}), 0),
        writeControl={"requiredRevisionId": first},
        includeFormInResponse=True,
    )
    assert answer["writeControl"] == {"requiredRevisionId": answer["form"]["revisionId"]}
    assert answer["form"] == form.read()
    assert "not the latest" in form.refused(
        create(question("y", textQuestion={}), 0), writeControl={"requiredRevisionId": first}
    )


OK = {"textQuestion": {}}


@pytest.mark.parametrize(
    ("item", "told"),
    [
        ({"title": "x"}, "An item must have exactly one of"),
        ({**question("x", **OK), "pageBreakItem": {}}, "An item must have exactly one of"),
        (question("x", textQuestion={}, dateQuestion={}), "A question must have exactly one of"),
        (question("two\nlines", **OK), "Displayed text cannot contain newlines"),
        (question("x", "xyz", **OK), "Invalid ID: 'xyz'"),
        (question("x", "80000000", **OK), "Invalid ID: '80000000'"),
        (question("x", "0a1", **OK), "Duplicate ID: '0a1'"),
        (question("x", choiceQuestion=choice("RADIO")), "at least one option"),
        (question("x", choiceQuestion=choice("RADIO", "A", "A")), "Duplicate option: 'A'"),
        (question("x", choiceQuestion=choice("RADIO", {"value": ""})), "An option needs a value"),
        (question("x", choiceQuestion=choice("DROP_DOWN", {"isOther": True})), "Only RADIO and CHECKBOX"),
        (
            question("x", choiceQuestion=choice("CHECKBOX", {"value": "A", "goToAction": "SUBMIT_FORM"})),
            "Only RADIO and DROP_DOWN options may have goToAction",
        ),
        (
            question("x", choiceQuestion=choice("RADIO", {"value": "A", "goToSectionId": "77"})),
            "goToSectionId '77' is no section of the form as it stands at this request",
        ),
        (question("x", scaleQuestion={"low": 3, "high": 5}), "A scale goes from 0 or 1"),
        (question("x", fileUploadQuestion={"folderId": "f"}), "file upload question is not supported"),
        (question("x", rowQuestion={"title": "r"}), "A rowQuestion stands in a question group"),
        ({"imageItem": {"image": {"sourceUri": "https://x.example/a.png"}}}, "carries no images"),
    ],
)
def test_an_item_that_cannot_be_is_refused_by_its_place(form: Sheet, item: dict[str, Any], told: str) -> None:
    form.add(question("there", "a1", **OK))
    message = form.refused(create(item, 0))
    assert message.startswith("Invalid requests[0].createItem: ")
    assert told in message


def test_requests_that_cannot_be_are_refused(form: Sheet) -> None:
    assert form.refused() == "Must specify at least one request."
    assert form.refused({}) == "Invalid requests[0]: No request set."
    assert "location is required" in form.refused({"createItem": {"item": question("x", **OK)}})
    assert "oneof field 'kind'" in form.refused({"deleteItem": {}, "moveItem": {}})
    assert "Invalid update_mask: 'colour'" in form.refused(
        {"updateFormInfo": {"info": {"title": "x"}, "updateMask": "colour"}}
    )
    assert "update_mask is required" in form.refused({"updateSettings": {"settings": {}}})
    assert 'Unknown name "paragraf"' in form.refused(create(question("x", textQuestion={"paragraf": True}), 0))


def test_publishing_needs_the_state_and_accepting_needs_publishing(form: Sheet) -> None:
    path = f"{form.path}:setPublishSettings"
    for body, told in (
        ({"publishSettings": {"isPublished": True}}, 'Unknown name "isPublished"'),
        ({"publishSettings": {}}, "publish_state is required"),
        ({"publishSettings": {"publishState": {"isAcceptingResponses": True}}}, "cannot be true while"),
        ({"publishSettings": OPEN, "updateMask": "title"}, "Invalid update_mask"),
    ):
        assert told in form.call.refused("POST", path, body)["message"]
    assert form.publish() == {"formId": form.id, "publishSettings": OPEN}
    closed = {"publishState": {"isPublished": True}}
    assert form.publish({"publishState": {"isPublished": True, "isAcceptingResponses": False}}) == {
        "formId": form.id,
        "publishSettings": closed,
    }
    assert form.read()["revisionId"] == form.made["revisionId"]


def test_only_who_may_change_a_form_hears_of_it_through_the_api(form: Sheet, teacher: Caller) -> None:
    assert teacher.refused("GET", form.path) == {
        "code": 403,
        "message": "The caller does not have permission",
        "status": "PERMISSION_DENIED",
    }
    form.give(type="user", emailAddress="teacher@school.example")
    assert teacher.refused("GET", f"{form.path}/responses")["code"] == 403
    assert teacher.refused("GET", "/v1/forms/none")["status"] == "NOT_FOUND"
    body = {"type": "user", "role": "writer", "emailAddress": "teacher@school.example"}
    form.call("POST", f"/drive/v3/files/{form.id}/permissions", body)
    assert teacher("GET", form.path)["formId"] == form.id


def test_a_copy_asks_the_same_and_a_deleted_form_is_gone(call: Caller) -> None:
    form = concern_form(call)
    copy = call("POST", f"/drive/v3/files/{form.id}/copy", {"name": "Copy"})["id"]
    read = call("GET", f"/v1/forms/{copy}")
    assert read["items"] == form.read()["items"]
    assert (read["info"]["documentTitle"], read["publishSettings"]) == ("Copy", {"publishState": {}})
    assert read["responderUri"] != form.made["responderUri"]
    call("DELETE", f"/drive/v3/files/{form.id}")
    assert call.refused("GET", form.path)["code"] == 404
    made = call("POST", "/drive/v3/files", {"name": "From Drive", "mimeType": "application/vnd.google-apps.form"})
    assert call("GET", f"/v1/forms/{made['id']}")["info"] == {"title": "From Drive", "documentTitle": "From Drive"}


def test_a_token_needs_a_scope_of_forms_or_drive(ws: LocalWorkspace, form: Sheet) -> None:
    def refused(*scopes: str) -> dict[str, Any]:
        with ws.lock:
            token = ws.tokens.issue(SENCO, scopes=frozenset(f"https://www.googleapis.com/auth/{one}" for one in scopes))
        return Caller(ws.base_url, token).refused("POST", "/v1/forms", {"info": {}})

    assert refused("calendar", "forms.body.readonly")["details"][0]["metadata"] == {"service": "forms.googleapis.com"}
    assert refused("drive.file")["code"] == 400
    assert Caller(ws.base_url, "no").refused("GET", form.path)["status"] == "UNAUTHENTICATED"


def test_faults_of_the_weather_have_the_shape_of_the_newer_apis(ws: LocalWorkspace, form: Sheet) -> None:
    ws.fail(503, path="/v1/forms")
    assert form.call.refused("GET", form.path) == {
        "code": 503,
        "message": "The service is currently unavailable.",
        "status": "UNAVAILABLE",
    }


def test_the_client_library_speaks_to_it(ws: LocalWorkspace) -> None:
    document = json.loads(str(discovery_cache.get_static_doc("forms", "v1")))
    document["rootUrl"] = f"{ws.base_url}/"
    credentials = Credentials(ws.token_for(SENCO))  # type: ignore[no-untyped-call]
    forms = build_from_document(document, credentials=credentials).forms()
    made = forms.create(body={"info": {"title": "By the library"}}).execute()
    assert made["info"]["documentTitle"] == "Untitled form"
    body = {"requests": [create(question("x", HARM, textQuestion={}), 0)]}
    forms.batchUpdate(formId=made["formId"], body=body).execute()
    forms.setPublishSettings(formId=made["formId"], body={"publishSettings": OPEN}).execute()
    assert forms.responses().list(formId=made["formId"], filter="timestamp > 2026-01-01T00:00:00Z").execute() == {}
    with pytest.raises(HttpError, match="Requested entity was not found"):
        forms.responses().get(formId=made["formId"], responseId="none").execute()


def test_a_service_account_has_no_room_for_a_form(ws: LocalWorkspace) -> None:
    robot = "robot@sensync.iam.gserviceaccount.com"
    ws.add_account(robot)
    caller = Caller(ws.base_url, ws.token_for(robot))
    assert caller.refused("POST", "/v1/forms", {"info": {"title": "x"}})["code"] == 403


def test_forms_answers_and_watches_are_taken_up_again(tmp_path: Path) -> None:
    state = tmp_path / "ws.db"
    with LocalWorkspace(state, accounts=[SENCO, PARENT]) as first:
        form = concern_form(Caller(first.base_url, first.token_for(SENCO)))
        before = form.read()
        sent = form.call(
            "POST", f"/local/forms/{form.id}/responses", {"email": SENCO, "answers": {HARM: ["Yes"], READ: ["Yes"]}}
        )
    with LocalWorkspace(state) as second:
        call = Caller(second.base_url, second.token_for(SENCO))
        port = second.base_url.rpartition(":")[2]
        after = call("GET", form.path)
        assert after == {**before, "responderUri": f"http://127.0.0.1:{port}/forms/d/e/{form.public}/viewform"}
        assert call("GET", f"{form.path}/responses/{sent['responseId']}") == sent


def test_reads_lists_and_writes_have_quotas_of_their_own(ws: LocalWorkspace, form: Sheet) -> None:
    form.call("PUT", "/local/quotas", {"form_reads": 1, "form_lists": 1, "form_writes": 1})
    for ask in (form.read, form.responses, lambda: form.batch(create(question("x", textQuestion={}), 0))):
        ask()
        with pytest.raises(RefusalError) as refused:
            ask()
        assert refused.value.body["error"] == {
            "code": 429,
            "message": "Resource has been exhausted (e.g. check quota).",
            "status": "RESOURCE_EXHAUSTED",
        }
    ws.weather.google_quotas()
    assert (ws.weather.form_reads, ws.weather.form_lists, ws.weather.form_writes) == (390, 180, 150)
