"""What our forms ask of Google, on the wire of Google itself; the rest is told with the local workspace."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from sync.domain.errors import NeedsPersonError
from sync.google import forms
from sync.google.errors import GoogleNeedsPersonError

if TYPE_CHECKING:
    import responses

    from sync.google.door import Door

FORMS = "https://forms.googleapis.com/v1/forms"
FILES = "https://www.googleapis.com/drive/v3/files"


def sent(google: responses.RequestsMock, number: int) -> tuple[str, str, Any]:
    request = google.calls[number].request
    body = json.loads(request.body) if request.body else None
    return str(request.method), str(request.url).split("?", maxsplit=1)[0], body


def test_a_form_is_made_with_nothing_but_its_titles_and_stamped_at_once(
    door: Door, google: responses.RequestsMock
) -> None:
    google.post(FORMS, json={"formId": "F1"})
    google.patch(f"{FILES}/F1", json={"id": "F1"})
    stamp = forms.stamp_of("9994001 sheet", "concern")
    assert forms.make(door, "A concern", "Concerns", stamp) == "F1"
    assert sent(google, 0) == ("POST", FORMS, {"info": {"title": "A concern", "documentTitle": "Concerns"}})
    assert "unpublished=true" in str(google.calls[0].request.url)
    assert sent(google, 1) == ("PATCH", f"{FILES}/F1", {"appProperties": stamp})
    assert stamp["sensyncForm"] == "concern"
    assert "9994001" not in str(stamp)


def test_in_a_folder_the_form_is_made_by_drive_and_stamped_in_the_same_request(
    door: Door, google: responses.RequestsMock
) -> None:
    google.post(FILES, json={"id": "F1"})
    assert forms.make(door, "A concern", "Concerns", {"sensyncForm": "concern"}, "folder-1") == "F1"
    assert sent(google, 0)[2] == {
        "name": "Concerns",
        "mimeType": "application/vnd.google-apps.form",
        "parents": ["folder-1"],
        "appProperties": {"sensyncForm": "concern"},
    }


def test_a_change_says_which_revision_it_was_planned_for(door: Door, google: responses.RequestsMock) -> None:
    google.post(f"{FORMS}/F1:batchUpdate", json={"form": {"formId": "F1"}})
    assert forms.change(door, "F1", [{"deleteItem": {"location": {"index": 0}}}], "00000007") == {"formId": "F1"}
    assert sent(google, 0)[2] == {
        "includeFormInResponse": True,
        "requests": [{"deleteItem": {"location": {"index": 0}}}],
        "writeControl": {"requiredRevisionId": "00000007"},
    }


def test_to_publish_is_what_the_schema_says_and_is_marked(door: Door, google: responses.RequestsMock) -> None:
    google.post(f"{FORMS}/F1:setPublishSettings", json={})
    google.patch(f"{FILES}/F1", json={"id": "F1"})
    forms.publish(door, "F1")
    assert sent(google, 0)[2] == {
        "publishSettings": {"publishState": {"isPublished": True, "isAcceptingResponses": True}},
        "updateMask": "publish_state",
    }
    assert sent(google, 1)[2] == {"appProperties": {"sensyncPublished": "yes"}}


def test_groups_domains_and_people_may_answer_and_those_who_may_are_not_asked_again(
    door: Door, google: responses.RequestsMock
) -> None:
    held = [
        {"id": "1", "type": "user", "emailAddress": "senco@school.example"},
        {"id": "2", "type": "domain", "domain": "school.example", "view": "published"},
        {"id": "3", "type": "anyone", "view": "published"},
    ]
    google.get(f"{FILES}/F1/permissions", json={"permissions": held})
    google.post(f"{FILES}/F1/permissions", json={"id": "4"})
    google.delete(f"{FILES}/F1/permissions/3", status=204)
    who = ("School.Example", "group:staff@school.example", "senco@school.example")
    found = forms.let_answer(door, "F1", who)
    given = ("group staff@school.example", "user senco@school.example")
    assert found == forms.Answerers(("group:staff@school.example", "senco@school.example"), narrowed=True, ours=given)
    assert [sent(google, number)[2] for number in (2, 3)] == [
        {"type": "group", "emailAddress": "staff@school.example", "role": "reader", "view": "published"},
        {"type": "user", "emailAddress": "senco@school.example", "role": "reader", "view": "published"},
    ]
    assert "includePermissionsForView=published" in str(google.calls[0].request.url)


DEPUTY = "deputy@school.example"
ANSWERS = {"id": "7", "type": "user", "role": "reader", "emailAddress": DEPUTY, "view": "published"}
READS = {"id": "7", "type": "user", "role": "writer", "emailAddress": DEPUTY}
OURS = (f"reads {DEPUTY}", f"user {DEPUTY}")


@pytest.mark.parametrize(
    ("by_a_person", "others"),
    [(READS, (DEPUTY,)), (READS | {"role": "commenter"}, ()), (READS | {"role": "owner"}, ())],
)
def test_who_has_the_form_from_a_person_keeps_it_when_they_are_no_responder_any_more(
    door: Door, google: responses.RequestsMock, by_a_person: dict[str, str], others: tuple[str, ...]
) -> None:
    """Drive has one id for all that one person has of a file, so that nothing of it can be taken alone."""
    google.get(f"{FILES}/F1/permissions", json={"permissions": [by_a_person, ANSWERS]})
    assert forms.let_answer(door, "F1", (), ours=OURS[1:]) == forms.Answerers(
        (), narrowed=False, others=others, ours=OURS[1:]
    )


def test_who_answers_by_us_and_reads_by_the_configuration_is_not_said_to_be_let_in_by_a_person(
    door: Door, google: responses.RequestsMock
) -> None:
    google.get(f"{FILES}/F1/permissions", json={"permissions": [READS, ANSWERS]})
    assert forms.let_answer(door, "F1", (), (DEPUTY,), OURS) == forms.Answerers((), narrowed=False, ours=OURS)


def test_what_is_gone_already_when_it_is_to_be_taken_is_taken(door: Door, google: responses.RequestsMock) -> None:
    """One DELETE takes all that one person has; and one whose answer was lost is sent again."""
    gone = {"error": {"code": 404, "errors": [{"reason": "notFound"}]}}
    google.get(f"{FILES}/F1/permissions", json={"permissions": [READS, ANSWERS]})
    google.delete(f"{FILES}/F1/permissions/7", status=204)
    google.delete(f"{FILES}/F1/permissions/7", status=404, json=gone)
    google.post(f"{FILES}/F1/permissions", json={"id": "8"})
    found = forms.let_answer(door, "F1", ("school.example",), ours=OURS)
    assert found == forms.Answerers(
        ("school.example",), narrowed=False, taken=(DEPUTY,), ours=("domain school.example",)
    )


def test_what_may_not_be_taken_is_told(door: Door, google: responses.RequestsMock) -> None:
    google.get(f"{FILES}/F1/permissions", json={"permissions": [ANSWERS]})
    refused = {"error": {"code": 403, "errors": [{"reason": "forbidden"}]}}
    google.delete(f"{FILES}/F1/permissions/7", status=403, json=refused)
    with pytest.raises(GoogleNeedsPersonError):
        forms.let_answer(door, "F1", (), ours=OURS)


def test_a_name_with_a_quote_stays_inside_the_search(door: Door, google: responses.RequestsMock) -> None:
    google.get(FILES, json={"files": []})
    assert forms.empty_without_stamp(door, "Ada's \\ form") is None
    query = google.calls[0].request.params["q"]  # type: ignore[attr-defined]
    assert query.startswith("name = 'Ada\\'s \\\\ form' and mimeType = ")


def test_files_of_others_and_forms_with_questions_are_not_taken_for_ours(
    door: Door, google: responses.RequestsMock
) -> None:
    found = [
        {"id": "theirs"},
        {"id": "stamped", "ownedByMe": True, "appProperties": {"sensyncOwner": "x"}},
        {"id": "full", "ownedByMe": True},
        {"id": "empty", "ownedByMe": True},
    ]
    google.get(FILES, json={"files": found})
    google.get(f"{FORMS}/full", json={"items": [{"itemId": "1"}]})
    google.get(f"{FORMS}/empty", json={"formId": "empty"})
    assert forms.empty_without_stamp(door, "Concerns") == "empty"


def test_to_look_makes_nothing_and_tells_an_api_that_is_off(door: Door, google: responses.RequestsMock) -> None:
    nobody = f"{FORMS}/sensync-check-there-is-no-such-form"
    google.get(nobody, status=404, json={"error": {"code": 404, "message": "Not found.", "status": "NOT_FOUND"}})
    forms.look(door)
    detail = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "SERVICE_DISABLED"}
    error = {"code": 403, "message": "Off.", "status": "PERMISSION_DENIED", "details": [detail]}
    google.replace("GET", nobody, status=403, json={"error": error})
    with pytest.raises(NeedsPersonError, match="Google Forms is not switched on"):
        forms.look(door)


def test_a_file_that_may_not_be_seen_is_gone_and_any_other_refusal_is_told(
    door: Door, google: responses.RequestsMock
) -> None:
    google.get(f"{FILES}/F1", status=404, json={"error": {"code": 404, "errors": [{"reason": "notFound"}]}})
    assert forms.file_of(door, "F1") is None
    google.replace("GET", f"{FILES}/F1", status=403, json={"error": {"code": 403, "errors": [{"reason": "forbidden"}]}})
    with pytest.raises(GoogleNeedsPersonError):
        forms.file_of(door, "F1")
