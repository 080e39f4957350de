"""The forms are made once, whatever is cut off where; what a person did to them is told and not undone."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import delete
from support.config import CONCERNS
from support.delivery import SENCO, KilledError
from support.forms import send_form

from sync.domain.concerns import FormKey
from sync.domain.errors import ConfigError, RefusedError, SensyncError, TryAgainError, UsageError
from sync.google import forms as google_forms
from sync.plan.form import prefilled
from sync.plan.form_ids import QUESTION, form_id
from sync.service.form_setup import FormReport, Wanted, form_template, keep_forms, tend_forms
from sync.store import Forms, FormState
from sync.store.schema import form as form_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from support.delivery import Office

    from sync.google.door import Door


@pytest.fixture
def school(open_office: Callable[..., Office]) -> Office:
    return open_office(concerns=CONCERNS)


def keep(school: Office, door: Door | None = None, **wanted: bool) -> tuple[FormReport, ...]:
    return keep_forms(
        school.store, school.workbook, school.settings, door or school.open(), lambda: school.now, Wanted(**wanted)
    )


def concern(school: Office) -> Any:
    found = Forms(school.store).find(school.wid, FormKey.CONCERN)
    assert found is not None
    return found


def in_drive(school: Office) -> list[str]:
    """The names of all forms in the SENCO's Drive, those in the bin too."""
    found = school.phone.drive_list(f"mimeType = '{google_forms.FORM}'", "files(name,trashed)")["files"]
    return sorted(each["name"] + (" (in the bin)" if each["trashed"] else "") for each in found)


BOTH = ["Concerns about pupils", "Round robin about a pupil"]


def in_google(school: Office) -> dict[str, Any]:
    return google_forms.read(school.phone, concern(school).form_id)


def by_hand(school: Office, *, published: bool, accepting: bool) -> None:
    """Somebody closes or opens the form in Google Forms."""
    state = {"isPublished": published, "isAcceptingResponses": accepting}
    url = f"{school.phone.endpoints.forms}/{concern(school).form_id}:setPublishSettings"
    school.phone.call("POST", url, body={"publishSettings": {"publishState": state}})


def trash(school: Office, *, trashed: bool) -> None:
    school.phone.drive_update(concern(school).form_id, {"trashed": trashed})


def test_both_forms_are_made_published_and_put_on_record(school: Office) -> None:
    reports = keep(school)
    assert [(each.form.key, each.form.state, each.done) for each in reports] == [
        (FormKey.CONCERN, FormState.OPEN, ("made", "opened to school.example", "published")),
        (FormKey.ROBIN, FormState.OPEN, ("made", "opened to school.example", "published")),
    ]
    assert in_drive(school) == BOTH
    form = in_google(school)
    assert form["settings"]["emailCollectionType"] == "VERIFIED"
    assert form["publishSettings"] == {"publishState": {"isPublished": True, "isAcceptingResponses": True}}
    assert "Speak to Ms Adeyemi (01632 960 199) now" in str(form)
    assert concern(school).responder_uri == form["responderUri"]
    assert concern(school).questions["harm"] == form_id(QUESTION, "harm")


def test_a_second_round_finds_nothing_to_do_with_three_requests(school: Office) -> None:
    keep(school)
    before, known = school.requests(), concern(school)
    assert [each.done for each in keep(school)] == [(), ()]
    assert school.requests() - before == 3
    assert concern(school) == known


def test_the_narrow_scope_is_enough(school: Office) -> None:
    token = school.ws.tokens.issue(SENCO, 3600, frozenset({"https://www.googleapis.com/auth/drive.file"}))
    door = school.open()
    door.credentials.token = token
    keep(school, door)
    assert in_drive(school) == BOTH


def test_where_concerns_are_off_nothing_is_asked(open_office: Callable[..., Office]) -> None:
    office = open_office(concerns={**CONCERNS, "enabled": False})
    assert keep(office) == ()
    assert office.requests() == 0


def test_staff_can_answer_and_somebody_outside_cannot(school: Office) -> None:
    keep(school)
    questions = concern(school).questions
    answers = {questions["harm"]: "Yes", questions["told"]: "I am going to speak to the safeguarding lead now"}
    assert send_form(school.ws, concern(school).form_id, "teacher@school.example", answers)
    held = school.phone.call(
        "GET",
        f"{school.phone.endpoints.drive}/files/{concern(school).form_id}/permissions",
        [("includePermissionsForView", "published"), ("fields", "permissions(type,domain,role,view)")],
    )["permissions"]
    assert [each for each in held if each.get("view")] == [
        {"type": "domain", "domain": "school.example", "role": "reader", "view": "published"}
    ]


def test_the_senco_can_read_in_the_form_what_is_held_and_is_let_in_once(open_office: Callable[..., Office]) -> None:
    school = open_office(concerns={**CONCERNS, "senco_email": "lead@school.example"})
    said = "responses shown to lead@school.example"
    assert [said in each.done for each in keep(school)] == [True, True]
    assert [each.done for each in keep(school, answerers=True)] == [(), ()]
    for form in Forms(school.store).all(school.wid).values():
        assert school.ws.files[form.form_id].may_write("lead@school.example")
        assert not school.ws.files[form.form_id].may_write("teacher@school.example")


def test_a_mailbox_that_is_the_senco_s_own_has_its_forms_already(open_office: Callable[..., Office]) -> None:
    school = open_office(concerns={**CONCERNS, "senco_email": SENCO})
    assert [[done for done in each.done if "responses" in done] for each in keep(school)] == [[], []]


def test_whom_the_configuration_names_no_more_is_let_out_and_whom_a_person_let_in_stays(
    open_office: Callable[..., Office],
) -> None:
    people = ["school.example", "group:cover@school.example"]
    school = open_office(concerns={**CONCERNS, "senco_email": "lead@school.example", "responders": people})
    keep(school)
    hers = {"type": "user", "role": "writer", "emailAddress": "deputy@school.example"}
    school.phone.drive_permissions_create(concern(school).form_id, hers)
    section = {"senco_email": "new.lead@school.example", "responders": ["group:cover@school.example"]}
    changed = school.settings.concerns.model_copy(update=section)
    school.settings = school.settings.model_copy(update={"concerns": changed})
    stays = "still open to deputy@school.example, whom a person let in"
    first, second = keep(school, answerers=True)
    out = "closed to school.example, lead@school.example"
    assert {*first.done} == {"responses shown to new.lead@school.example", out, stays}
    assert {*second.done} == {"responses shown to new.lead@school.example", out}
    file = school.ws.files[concern(school).form_id]
    writers = [file.may_write(f"{each}@school.example") for each in ("lead", "new.lead", "deputy", "teacher")]
    assert writers == [False, True, True, False]
    assert [each.done for each in keep(school, answerers=True)] == [(stays,), ()]


def test_the_form_s_own_account_is_no_responder_any_more_and_owns_it_still(open_office: Callable[..., Office]) -> None:
    school = open_office(concerns={**CONCERNS, "responders": ["school.example", SENCO]})
    keep(school)
    changed = school.settings.concerns.model_copy(update={"responders": ["school.example"]})
    school.settings = school.settings.model_copy(update={"concerns": changed})
    assert [each.done for each in keep(school, answerers=True)] == [(), ()]
    assert school.ws.files[concern(school).form_id].owner == SENCO


def test_a_form_open_to_everybody_with_the_link_is_narrowed_to_staff(school: Office) -> None:
    keep(school)
    school.phone.drive_permissions_create(
        concern(school).form_id, {"type": "anyone", "role": "reader", "view": "published"}
    )
    first, second = keep(school, answerers=True)
    assert (first.done, second.done) == (("closed to everybody else who has the link",), ())


def test_another_safeguarding_lead_changes_the_forms_in_place(school: Office) -> None:
    keep(school)
    known, at = concern(school), in_google(school)["items"]
    section = school.settings.concerns.model_copy(update={"dsl_name": "Mr Bell"})
    school.settings = school.settings.model_copy(update={"concerns": section})
    assert [each.done for each in keep(school)] == [("2 changes made",), ("1 change made",)]
    assert concern(school) == known
    assert "Speak to Mr Bell (01632 960 199) now" in in_google(school)["items"][1]["description"]
    assert [each["itemId"] for each in in_google(school)["items"]] == [each["itemId"] for each in at]


def test_a_question_that_the_template_drops_is_still_read_in_older_responses(school: Office, tmp_path: Path) -> None:
    keep(school)
    own = tmp_path / "own"
    own.mkdir()
    text = (resources.files("sheets_templates") / "concern_form.toml").read_text(encoding="utf-8")
    start, end = text.index('[[item]]\nkey = "view"'), text.index('[[item]]\nkey = "wanted"')
    (own / "concern_form.toml").write_text(text[:start] + text[end:], encoding="utf-8")
    book = school.settings.workbook.model_copy(update={"templates_dir": own})
    school.settings = school.settings.model_copy(update={"workbook": book})
    keep(school)
    assert concern(school).questions["view"] == form_id(QUESTION, "view")
    assert form_id(QUESTION, "view") not in str(in_google(school))


def test_words_that_a_person_changed_in_the_form_are_put_back_and_her_own_question_stays(school: Office) -> None:
    keep(school)
    form = in_google(school)
    own = {"title": "Room", "questionItem": {"question": {"textQuestion": {}}}}
    google_forms.change(
        school.phone,
        concern(school).form_id,
        [
            {"createItem": {"item": own, "location": {"index": 6}}},
            {"updateItem": {"item": {"title": "Risk?"}, "location": {"index": 0}, "updateMask": "title"}},
        ],
        form["revisionId"],
    )
    assert keep(school)[0].done == ("1 change made",)
    titles = [each["title"] for each in in_google(school)["items"]]
    assert (titles[0], titles[6], len(titles)) == ("Is a child at risk of harm?", "Room", 22)


# What a person did


def test_a_form_that_somebody_closed_stays_closed_and_is_told_of(school: Office) -> None:
    keep(school)
    by_hand(school, published=True, accepting=False)
    assert keep(school)[0].form.state is FormState.CLOSED
    assert keep(school)[0].done == ()
    assert in_google(school)["publishSettings"] == {"publishState": {"isPublished": True}}
    assert school.notice("form:concern") == (
        "Google Forms: The concern form takes no answers: somebody closed it or took it back from staff. To let staff "
        "answer again, open it in Google Forms or run `sensync form --open`."
    )


def test_a_form_that_is_opened_again_is_open_and_the_notice_goes(school: Office) -> None:
    keep(school)
    by_hand(school, published=False, accepting=False)
    assert keep(school)[0].form.state is FormState.CLOSED
    assert keep(school, opened=True)[0].done == ("opened again",)
    assert (concern(school).state, school.noticed()) == (FormState.OPEN, [])


def test_a_form_that_a_person_opens_again_herself_is_seen(school: Office) -> None:
    keep(school)
    by_hand(school, published=True, accepting=False)
    keep(school)
    by_hand(school, published=True, accepting=True)
    assert (keep(school)[0].form.state, school.noticed()) == (FormState.OPEN, [])


def test_a_form_closed_by_a_person_stays_closed_where_the_store_was_lost(school: Office) -> None:
    keep(school)
    by_hand(school, published=True, accepting=False)
    with school.store.engine.begin() as connection:
        connection.execute(delete(form_table))
    assert keep(school)[0].form.state is FormState.CLOSED
    assert in_drive(school) == BOTH


def test_a_form_in_the_bin_is_told_of_and_comes_back_with_its_links(school: Office) -> None:
    keep(school)
    known = concern(school)
    trash(school, trashed=True)
    assert keep(school)[0].form.state is FormState.GONE
    assert in_drive(school) == ["Concerns about pupils (in the bin)", "Round robin about a pupil"]
    assert school.noticed() == ["form:concern"]
    trash(school, trashed=False)
    assert keep(school)[0].form == known
    assert school.noticed() == []


def test_a_form_that_is_gone_is_made_again_when_a_person_says_so(school: Office) -> None:
    keep(school)
    known = concern(school)
    trash(school, trashed=True)
    assert keep(school, again=True)[0].done == ("made", "opened to school.example", "published")
    assert in_drive(school) == ["Concerns about pupils", "Concerns about pupils (in the bin)", BOTH[1]]
    assert concern(school).form_id != known.form_id
    assert keep(school, again=True)[0].done == ()


def test_a_form_that_was_deleted_for_good_is_gone(school: Office) -> None:
    keep(school)
    school.phone.call("DELETE", f"{school.phone.endpoints.drive}/files/{concern(school).form_id}")
    assert keep(school)[0].form.state is FormState.GONE


# Cut off anywhere


def requests_of_a_first_round(open_office: Callable[..., Office]) -> int:
    office = open_office(concerns=CONCERNS)
    keep(office)
    return office.requests()


def cut_off_and_run_again(open_office: Callable[..., Office], when: str) -> Iterator[tuple[int, Office]]:
    """For each request of a first round, a school whose round was cut off there, and run again ten minutes later."""
    most = requests_of_a_first_round(open_office)
    assert most > 10
    for cut in range(most):
        office = open_office(concerns=CONCERNS)
        door = office.open()
        _kill_at(door, cut, when)
        with pytest.raises(KilledError):
            keep(office, door)
        office.wait(minutes=10)
        keep(office)
        yield cut, office


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_round_cut_off_at_any_request_and_run_again_ends_in_one_form(
    open_office: Callable[..., Office], when: str
) -> None:
    for cut, office in cut_off_and_run_again(open_office, when):
        assert in_drive(office) == BOTH, (cut, when)
        assert [each.done for each in keep(office)] == [(), ()]
        assert in_google(office)["publishSettings"]["publishState"] == {
            "isPublished": True,
            "isAcceptingResponses": True,
        }
        assert len(in_google(office)["items"]) == 21


def _kill_at(door: Door, number: int, when: str) -> None:
    """Ends the process before a request is sent, or when its answer has come."""
    send, count = door._send, [0]

    def sent(*args: Any, **kwargs: Any) -> Any:
        mine, count[0] = count[0], count[0] + 1
        if mine == number and when == "before":
            raise KilledError
        answer = send(*args, **kwargs)
        if mine == number:
            raise KilledError
        return answer

    door._send = sent  # type: ignore[method-assign]


@pytest.mark.parametrize("path", ["/v1/forms", "batchUpdate", "setPublishSettings", "/permissions"])
def test_a_lost_answer_makes_no_second_form(school: Office, path: str) -> None:
    fault = school.ws.fail(503, when="after", method="POST", path=path, times=1)
    for _ in range(3):
        try:
            keep(school)
        except TryAgainError:
            continue
        break
    assert (fault.times, in_drive(school)) == (0, BOTH)
    assert [each.done for each in keep(school)] == [(), ()]


def test_a_person_who_edits_while_we_do_is_planned_for_again(school: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(school)
    section = school.settings.concerns.model_copy(update={"dsl_name": "Mr Bell"})
    school.settings = school.settings.model_copy(update={"concerns": section})
    real, met = google_forms.change, []

    def change(door: Door, form: str, requests: Any, revision: str) -> Any:
        if not met:
            met.append(form)
            own = {"createItem": {"item": {"title": "Room", "textItem": {}}, "location": {"index": 3}}}
            real(school.phone, form, [own], "")
        return real(door, form, requests, revision)

    monkeypatch.setattr(google_forms, "change", change)
    keep(school)
    titles = [each["title"] for each in in_google(school)["items"]]
    assert (len(titles), titles[3]) == (22, "Room")
    assert "Mr Bell" in str(in_google(school))


def test_ids_that_google_did_not_keep_are_refused_loudly(school: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.service.form_setup.questions_of", lambda *_: {})
    with pytest.raises(RefusedError, match="Google did not keep our ids of questions in the concern form: harm, told"):
        keep(school)


# In a sync


def test_a_sync_goes_on_without_the_forms_and_says_what_is_wrong(school: Office) -> None:
    school.ws.fail(403, method="GET", path="/drive/v3/files", times=1, reason="accessNotConfigured")
    tended = tend_forms(school.store, school.workbook, school.settings, school.open(), lambda: school.now)
    assert tended.reports == ()
    assert tended.trouble
    assert school.noticed() == ["forms"]
    tended = tend_forms(school.store, school.workbook, school.settings, school.open(), lambda: school.now)
    assert ([each.form.state for each in tended.reports], school.noticed()) == ([FormState.OPEN, FormState.OPEN], [])


def test_a_sync_looks_at_its_forms_once_a_day_or_when_something_changed(school: Office) -> None:
    def tended() -> tuple[int, tuple[FormReport, ...]]:
        before = school.requests()
        door = school.open()
        reports = tend_forms(school.store, school.workbook, school.settings, door, lambda: school.now).reports
        return school.requests() - before, reports

    tended()
    requests, reports = tended()
    assert (requests, [(each.form.state, each.done) for each in reports]) == (0, [(FormState.OPEN, ())] * 2)
    section = school.settings.concerns.model_copy(update={"dsl_name": "Mr Bell"})
    school.settings = school.settings.model_copy(update={"concerns": section})
    assert [each.done for each in tended()[1]] == [("2 changes made",), ("1 change made",)]
    assert tended()[0] == 0
    by_hand(school, published=True, accepting=False)
    assert tended()[0] == 0
    school.wait(days=1)
    assert [each.form.state for each in tended()[1]] == [FormState.CLOSED, FormState.OPEN]
    # What is amiss is looked at each time: whoever mends it is believed at once.
    by_hand(school, published=True, accepting=True)
    assert [each.form.state for each in tended()[1]] == [FormState.OPEN, FormState.OPEN]
    Forms(school.store).mark(school.wid, FormKey.ROBIN, FormState.GONE)
    assert [each.form.state for each in tended()[1]] == [FormState.OPEN, FormState.OPEN]
    assert tended()[0] == 0


def test_a_network_that_is_gone_for_a_moment_is_no_matter_for_a_person(school: Office) -> None:
    school.ws.fail(503, method="GET", path="/drive/v3/files", times=99)
    tended = tend_forms(school.store, school.workbook, school.settings, school.open(), lambda: school.now)
    assert tended.trouble
    assert school.noticed() == []


def test_two_at_once_are_one(school: Office) -> None:
    with school.store.lease(f"forms:{school.workbook.spreadsheet_id}", "another", 60):
        with pytest.raises(TryAgainError):
            keep(school)
        assert (
            tend_forms(school.store, school.workbook, school.settings, school.open(), lambda: school.now).trouble == ""
        )
    assert in_drive(school) == []


def test_without_anybody_to_answer_the_form_is_not_published(open_office: Callable[..., Office]) -> None:
    office = open_office(concerns={**CONCERNS, "responders": []})
    with pytest.raises(UsageError, match=r"\[concerns\] responders is empty"):
        keep(office)
    (file, *_) = google_forms.our_files(office.phone, f"9994001 {office.spreadsheet}")
    assert google_forms.read(office.phone, file.id)["publishSettings"] == {"publishState": {}}


def test_a_template_with_a_mistake_changes_no_form(school: Office, tmp_path: Path) -> None:
    keep(school)
    (tmp_path / "robin_form.toml").write_text("[form]\n", encoding="utf-8")
    book = school.settings.workbook.model_copy(update={"templates_dir": tmp_path})
    school.settings = school.settings.model_copy(update={"workbook": book})
    with pytest.raises(ConfigError):
        keep(school)


def test_without_words_of_the_school_the_form_still_says_what_to_do(open_office: Callable[..., Office]) -> None:
    plain = {**CONCERNS, "dsl_name": "", "dsl_phone": "", "safeguarding_system": ""}
    help_text = form_template(open_office(concerns=plain).settings, FormKey.CONCERN).item("dsl").help
    assert help_text.startswith(
        "Speak to the designated safeguarding lead now, face to face or by phone, and record it in "
        "the school's safeguarding system."
    )


def test_a_link_fills_in_the_form_that_was_made(school: Office) -> None:
    keep(school)
    known = concern(school)
    url = prefilled(known.responder_uri, known.questions, {"ref": "B7F3K"})
    assert url == f"{known.responder_uri}?usp=pp_url&entry.{int(form_id(QUESTION, 'ref'), 16)}=B7F3K"


def test_no_error_of_ours_is_more_than_a_sentence(school: Office) -> None:
    school.ws.fail(400, method="POST", path="batchUpdate", times=9)
    with pytest.raises(SensyncError) as error:
        keep(school)
    assert str(error.value).startswith("Google Forms refused the request (400")


def name_alone(school: Office, *responders: str) -> None:
    """From now on `[concerns]` names these alone as who may answer."""
    section = school.settings.concerns.model_copy(update={"responders": list(responders)})
    school.settings = school.settings.model_copy(update={"concerns": section})


@pytest.mark.parametrize("when", ["before", "after"])
def test_whom_a_set_up_let_in_that_failed_is_let_out_once_nobody_names_them(
    open_office: Callable[..., Office], when: str
) -> None:
    for cut, office in cut_off_and_run_again(open_office, when):
        name_alone(office, "group:staff@school.example")
        done = [each.done for each in keep(office, answerers=True)]
        assert done == [("opened to group:staff@school.example", "closed to school.example")] * 2, (cut, when)
