"""Responses become concerns, by sweep and by nudge, whatever is lost, late, twice or cut off on the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy
from support.concern_desk import SECRET_WORD, Staffroom
from support.config import CONCERNS
from support.delivery import TEACHER
from support.forms import edit_response
from support.killing import killed_at

from sync.domain.concerns import FormKey
from sync.google import form_responses
from sync.service.concerns import Swept, release_asked, sweep, work_nudges
from sync.service.form_setup import Wanted, keep_forms
from sync.store import Concerns, FormState, Notices, schema

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.delivery import Office

    from sync.domain.concerns import Answers, Response
    from sync.google.door import Door
    from sync.plan.matching import Match
    from sync.store import How


def kinds(room: Staffroom) -> list[str]:
    return [kind for kind, _ in room.told()]


# Sweeping


def test_a_sweep_makes_a_concern_of_each_response_and_a_second_one_finds_nothing_new(room: Staffroom) -> None:
    room.send(seen="Hides under the table.")
    room.send(name="Somebody", seen="Cannot hold a pen.")
    assert room.sweep() == Swept(new=2)
    assert room.seen() == [("Hides under the table.", 1, "B7F3K", "clear"), ("Cannot hold a pen.", 1, "", "clear")]
    assert [each.teacher for each in room.concerns.all(room.wid)] == [TEACHER, TEACHER]
    assert kinds(room) == ["concern.received", "concern.received"]
    before, room.judged = room.office.requests(), []
    assert room.sweep() == Swept()
    assert (room.office.requests() - before, room.judged) == (2, [])


def test_an_edited_response_is_a_new_version_and_no_second_holding_reply(room: Staffroom) -> None:
    sent = room.send(seen="Hides.")
    room.sweep()
    room.edit(sent, seen="Hides, and sings.")
    assert room.sweep() == Swept(edited=1)
    assert room.seen() == [("Hides, and sings.", 2, "B7F3K", "clear")]
    (concern,) = room.concerns.all(room.wid)
    assert [each.answers["seen"] for each in room.concerns.versions(room.wid, concern.key)] == [
        ("Hides.",),
        ("Hides, and sings.",),
    ]
    assert kinds(room) == ["concern.received"]


def test_a_school_that_lost_its_store_has_each_concern_under_its_key_again_and_no_reply_for_old_ones(
    room: Staffroom,
) -> None:
    room.send(seen="Old.")
    room.send(seen=f"A {SECRET_WORD}, old.")
    room.send_harm()
    room.office.wait(days=8)
    room.send(seen="New.")
    harm = room.send_harm()
    sent = room.office.now
    room.sweep()
    keys = {each.response: each.key for each in room.concerns.all(room.wid)}
    form = room.form()
    again = room.office.store.save_workbook("9994002", "another sheet").id
    with room.office.store.engine.begin() as connection:
        moved = sqlalchemy.update(schema.form).values(workbook_id=again, swept_to=None, listed_at=None)
        connection.execute(moved.where(schema.form.c.form_id == form.form_id))
    desk = room.desk()
    desk.workbook_id = again
    room.office.wait(hours=3)
    assert sweep(desk) == Swept(new=3, alerts=3)
    assert {each.response: each.key for each in room.concerns.all(again)} == keys
    with room.office.store.engine.connect() as connection:
        out = schema.outbox.c
        rows = connection.execute(sqlalchemy.select(out.kind, out.payload).where(out.workbook_id == again)).all()
    new = next(each for each in room.concerns.all(again) if each.answers.get("seen") == ("New.",))
    weeks_ago = (room.office.now - timedelta(days=7)).isoformat()
    told = {str(payload): kind for kind, payload in rows}
    assert told == {
        str({"old": True, "submitted": weeks_ago}): "concern.alert",
        str({"response": harm, "submitted": sent.isoformat()}): "concern.alert",
        str({"concern": new.key, "version": 1}): "concern.received",
    }
    (notice,) = Notices(room.office.store).since(again, room.office.now - timedelta(days=1))
    assert notice.key == "form:concern:old"


def test_what_is_in_a_form_in_whose_place_another_was_made_is_read_and_released_all_the_same(room: Staffroom) -> None:
    office, art = room.office, "art@school.example"
    room.send(seen="One.")
    room.sweep()
    (concern,) = room.concerns.all(room.wid)
    room.send(art, FormKey.ROBIN, concern=concern.key, share="Yes", works=f"A {SECRET_WORD}.")
    room.sweep()
    late = room.send(seen="Not read yet.")
    before = {key: room.form(key).form_id for key in FormKey}
    for each in before.values():
        office.ws.files[each].trashed = True
    keep_forms(office.store, office.workbook, office.settings, office.open(), lambda: office.now, Wanted(again=True))
    assert [room.form(key).form_id == before[key] for key in FormKey] == [False, False]
    assert room.sweep() == Swept(new=1)
    assert [each[0] for each in room.seen()] == ["One.", "Not read yet."]
    (part,) = room.robins.all(room.wid)[concern.key]
    assert part.submitted is not None
    assert room.robins.ask_release(room.wid, concern.key, part.teacher, part.submitted)
    assert room.release() == Swept(released=1)
    assert room.robins.all(room.wid)[concern.key][0].answers["works"] == (f"A {SECRET_WORD}.",)
    # Once a day: an edit by its link, once it is out of the bin, and then that it was deleted for good.
    office.ws.files[before[FormKey.CONCERN]].trashed = False
    office.wait(seconds=5)
    answers = {"harm": "No", "name": "Amara Lomax", "seen": "Edited."}
    edit_response(office.ws, before[FormKey.CONCERN], late, room._ids(answers, FormKey.CONCERN))
    assert room.sweep() == Swept()
    office.wait(days=1)
    assert room.sweep() == Swept(edited=1)
    office.phone.call("DELETE", f"{office.phone.endpoints.drive}/files/{before[FormKey.CONCERN]}")
    office.wait(days=1)
    assert room.sweep() == Swept()
    assert office.noticed() == [f"form:concern:former:{before[FormKey.CONCERN]}"]
    assert [each.gone for each in room.concerns.all(room.wid)] == [None, None]


def test_more_responses_than_a_page_holds_are_all_read(room: Staffroom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(form_responses, "_PAGE", 3)
    for number in range(8):
        room.send(seen=str(number))
    assert room.sweep() == Swept(new=8)
    for number in range(8):
        room.send(seen=str(number + 8))
    assert room.sweep() == Swept(new=8)


def test_of_a_response_that_tells_of_harm_there_is_an_alert_and_no_concern(room: Staffroom) -> None:
    sent = room.send_harm()
    when = room.office.now.isoformat()
    room.office.wait(hours=1)
    assert [room.sweep(), room.sweep()] == [Swept(alerts=1), Swept()]
    assert room.seen() == []
    assert room.told() == [("concern.alert", {"response": sent, "submitted": when})]


def test_what_the_screen_holds_back_is_released_by_a_person_and_not_stored_before(room: Staffroom) -> None:
    room.send(seen=f"A {SECRET_WORD}.")
    assert room.sweep() == Swept(new=1, alerts=1)
    assert room.seen() == [("", 1, "", "held")]
    assert kinds(room) == ["concern.received", "concern.alert"]
    assert room.release() == Swept()
    (concern,) = room.concerns.all(room.wid)
    room.concerns.ask_release(room.wid, concern.key, 1, room.office.now)
    assert [room.sweep(), room.sweep()] == [Swept(released=1), Swept()]
    assert room.seen() == [(f"A {SECRET_WORD}.", 1, "B7F3K", "released")]


def test_what_was_edited_since_a_person_released_it_is_held_anew(room: Staffroom) -> None:
    sent = room.send(seen=f"A {SECRET_WORD}.")
    room.sweep()
    (concern,) = room.concerns.all(room.wid)
    room.concerns.ask_release(room.wid, concern.key, 1, room.office.now)
    room.edit(sent, seen=f"Another {SECRET_WORD}.")
    assert room.release() == Swept(edited=1, alerts=1)
    assert room.seen() == [("", 2, "", "held")]
    assert kinds(room) == ["concern.received", "concern.alert", "concern.alert", "concern.speak"]


def test_what_is_edited_just_as_it_is_read_for_its_release_is_not_released(room: Staffroom) -> None:
    sent = room.send(seen=f"A {SECRET_WORD}.")
    room.sweep()
    (concern,) = room.concerns.all(room.wid)
    room.concerns.ask_release(room.wid, concern.key, 1, room.office.now)
    desk = room.desk()
    usual = desk.judge()

    def match(answers: Answers) -> Match:
        room.edit(sent, seen=f"Another {SECRET_WORD}.")
        assert room.sweep() == Swept(edited=1, alerts=1)
        return usual.match(answers)

    desk.judge = lambda: replace(usual, match=match)
    assert release_asked(desk) == Swept()
    assert room.seen() == [("", 2, "", "held")]


def test_what_was_deleted_before_it_was_released_is_said(room: Staffroom) -> None:
    sent = room.send(seen=f"A {SECRET_WORD}.")
    room.sweep()
    (concern,) = room.concerns.all(room.wid)
    room.concerns.ask_release(room.wid, concern.key, 1, room.office.now)
    room.delete(sent)
    assert [room.release(), room.release()] == [Swept(), Swept()]
    assert room.office.notice(f"concern:{concern.key}:gone") == (
        f"Concern {concern.key}: Its response was deleted in the form before it was released, so nobody can read it "
        "any more. Ask the teacher what it said."
    )


def test_what_is_held_in_a_form_that_another_took_the_place_of_is_released_from_there(room: Staffroom) -> None:
    room.send(seen=f"A {SECRET_WORD}.")
    room.sweep()
    (concern,) = room.concerns.all(room.wid)
    office, old = room.office, room.form().form_id
    office.ws.files[old].trashed = True
    keep_forms(office.store, office.workbook, office.settings, office.open(), lambda: office.now, Wanted(again=True))
    assert room.form().form_id != old
    room.sweep()
    room.concerns.ask_release(room.wid, concern.key, 1, office.now)
    assert room.release() == Swept(released=1)
    assert room.seen() == [(f"A {SECRET_WORD}.", 1, "B7F3K", "released")]
    assert office.noticed() == []


def test_a_deleted_response_is_noticed_within_a_day_and_its_concern_stays(room: Staffroom) -> None:
    sent = room.send(seen="Hides.")
    room.send(seen="Sings.")
    room.sweep()
    room.delete(sent)
    room.sweep()
    assert room.office.noticed() == []
    room.office.wait(days=1)
    room.sweep()
    first, second = room.concerns.all(room.wid)
    assert (first.gone, second.gone) == (room.office.now, None)
    assert room.office.notice(f"concern:{first.key}:gone") == (
        f"Concern {first.key}: Its response was deleted in the form. The concern stays as it was; close it if it was a "
        "mistake."
    )
    assert [each[0] for each in room.seen()] == ["Hides.", "Sings."]


def test_a_form_that_was_deleted_is_said_and_the_other_one_is_read(room: Staffroom) -> None:
    room.send()
    room.sweep()
    (concern,) = room.concerns.all(room.wid)
    with room.office.ws.lock:
        room.office.ws.delete_file(room.office.ws.files[room.form().form_id])
    room.send(key=FormKey.ROBIN, concern=concern.key, share="Yes")
    done = room.sweep()
    assert (done.answers, done.trouble[:15]) == (1, "The concern for")
    assert (room.form().state, room.office.noticed()) == (FormState.GONE, ["form:concern"])


@pytest.mark.parametrize("status", [429, 500, 503])
def test_forms_that_do_not_answer_lose_nothing(room: Staffroom, status: int) -> None:
    room.send(seen="Hides.")
    room.sweep()
    fault = room.office.ws.fail(status, path="/v1/forms", times=None)
    room.send(seen="Sings.")
    room.nudge()
    assert (room.sweep().trouble == "", room.work().trouble == "") == (False, False)
    assert room.office.noticed() == []
    room.office.ws.weather.faults.remove(fault)
    room.office.wait(minutes=1)
    assert room.work() == Swept(new=1)


def test_a_permission_that_is_missing_is_said_once_and_withdrawn(room: Staffroom) -> None:
    fault = room.office.ws.fail(403, path="/v1/forms", times=None)
    assert [room.sweep().trouble == "" for _ in range(2)] == [False, False]
    assert room.office.noticed() == ["form:concern:unread", "form:robin:unread"]
    room.office.ws.weather.faults.remove(fault)
    room.sweep()
    assert room.office.noticed() == []


def test_a_response_that_cannot_be_read_keeps_no_other_from_being_read(
    room: Staffroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = form_responses.pages

    def broken(*args: Any) -> Any:
        for page in pages(*args):
            yield [{"responseId": "ACYDBN-odd", "createTime": "yesterday, =1+1"}, *page]

    monkeypatch.setattr(form_responses, "pages", broken)
    room.send()
    assert room.sweep().new == 1
    assert "yesterday" not in room.office.notice("response:ACYDBN-odd")


def test_a_response_that_trips_us_is_set_aside_and_keeps_no_other_from_being_read(
    room: Staffroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = Concerns.take

    def trips(self: Concerns, workbook_id: int, response: Response, **how: Any) -> How:
        if response.answers["seen"] == ("Odd.",):
            raise ValueError(response.answers["name"])
        return take(self, workbook_id, response, **how)

    monkeypatch.setattr(Concerns, "take", trips)
    odd = room.send(seen="Odd.", name="Amara Lomax")
    room.send(seen="Sings.")
    assert room.sweep() == Swept(new=1)
    assert "Amara" not in room.office.notice(f"response:{odd}")
    assert "stands nowhere but in the form" in room.office.notice(f"response:{odd}")
    monkeypatch.undo()
    room.office.wait(days=1)
    assert room.sweep() == Swept(new=1)


def test_characters_that_no_database_takes_are_left_out(room: Staffroom) -> None:
    room.send(seen="Hi\x00des\x07.\nSings.")
    assert room.sweep() == Swept(new=1)
    assert room.seen() == [("Hides.\nSings.", 1, "B7F3K", "clear")]


# Killed between any two steps


def tell_all(room: Staffroom) -> None:
    """What happened at the forms: a new response, an edit, one of harm, one that is held, one of the round robin."""
    (first,) = room.concerns.all(room.wid)
    room.edit(first.response, seen="Edited.")
    room.nudge(room.send(name="Somebody", seen="New."))
    room.send_harm()
    room.nudge(room.send(seen=SECRET_WORD))
    room.send(key=FormKey.ROBIN, concern=first.key, share="Yes")
    room.nudge(key=FormKey.ROBIN)


def state(room: Staffroom) -> dict[str, Any]:
    concerns = {each.key: each.response for each in room.concerns.all(room.wid)}
    order = {response: n for n, response in enumerate(concerns.values())}
    return {
        "seen": room.seen(),
        "told": sorted(
            (kind, order.get(concerns.get(str(payload.get("concern")), ""), -1), payload.get("version", 0))
            for kind, payload in room.told()
        ),
        "robin": [each.answers["share"] for each in next(iter(room.robins.all(room.wid).values()))],
        "waiting": room.nudges.take(room.wid, room.office.now + timedelta(days=1)),
        "noticed": room.office.noticed(),
    }


def begun(open_office: Callable[..., Office]) -> Staffroom:
    room = Staffroom(open_office(in_memory=True, concerns=CONCERNS))
    room.send(seen="First.")
    room.sweep()
    tell_all(room)
    return room


def settled(room: Staffroom) -> dict[str, Any]:
    for _ in range(3):
        room.office.wait(minutes=6)
        room.work()
        room.sweep()
    return state(room)


def nudged_and_swept(room: Staffroom, open_door: Callable[..., Door]) -> None:
    desk = room.desk(open_door)
    work_nudges(desk)
    sweep(desk)


def test_killed_before_or_after_any_step_it_ends_as_if_it_had_not_been(open_office: Callable[..., Office]) -> None:
    expected = settled(begun(open_office))
    assert [each[0] for each in expected["seen"]] == ["Edited.", "New.", ""]
    assert expected["told"] == [
        ("concern.alert", -1, 0),
        ("concern.alert", 2, 1),
        *[("concern.received", n, 1) for n in range(3)],
    ]
    for step in range(100):
        room = begun(open_office)
        killed = killed_at(room.office, step, partial(nudged_and_swept, room))
        assert settled(room) == expected, f"killed at step {step}"
        if not killed:
            assert step > 15
            return
    raise AssertionError("it never came to its end")
