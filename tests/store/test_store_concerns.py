from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from support.concerns import FORM_ID, MINUTE, NOW, SENT, TEACHER, Found, Staff, concern_of, response

from sync.domain.concerns import Concern, FormKey, Link, Screen
from sync.store import How, RowChange, Store, schema

if TYPE_CHECKING:
    from pathlib import Path

    from sync.domain.concerns import Response

SURE = Found("B7F3K", Link.NAME)
UNSURE = Found(candidates=("B7F3K", "C2D4M"))


@pytest.fixture
def staff(store: Store) -> Staff:
    made = Staff(store)
    made.has_form()
    return made


def take(staff: Staff, given: Response, match: Found = SURE, screen: Screen = Screen.CLEAR) -> How:
    return staff.concerns.take(staff.wid, given, match=match, screen=screen, now=NOW)


def taken(staff: Staff, given: Response, match: Found = SURE, screen: Screen = Screen.CLEAR) -> Concern:
    take(staff, given, match, screen)
    found = concern_of(staff.concerns, staff.wid, given)
    assert found is not None
    return found


def everything(store: Store) -> str:
    """All text that the tables of concerns hold."""
    tables = (schema.concern, schema.concern_version, schema.harm, schema.asked, schema.outbox)
    with store.engine.connect() as connection:
        return repr([connection.execute(select(table)).all() for table in tables])


def test_a_response_becomes_one_concern_with_one_holding_reply(staff: Staff) -> None:
    assert take(staff, response()) is How.NEW
    (concern,) = staff.concerns.all(staff.wid)
    assert concern == Concern(
        key=concern.key,
        response="ACYDBN-1",
        version=1,
        received=SENT.replace(microsecond=123000),
        submitted=SENT,
        teacher=TEACHER,
        ref="B7F3K",
        link=Link.NAME,
        answers={"harm": ("No",), "name": ("Amara Lomax",), "seen": ("Hides under the table.",)},
    )
    assert (concern.key[:2], len(concern.key)) == ("C-", 7)
    assert staff.concerns.find(staff.wid, concern.key) == concern
    assert staff.told() == [
        (f"concern:{concern.key}", "concern.received", {"concern": concern.key, "version": 1}),
    ]


def test_the_same_response_again_changes_nothing(staff: Staff) -> None:
    first = taken(staff, response())
    assert take(staff, response(name="Somebody Else"), UNSURE, Screen.HELD) is How.KNOWN
    assert staff.concerns.all(staff.wid) == [first]
    assert [kind for _, kind, _ in staff.told()] == ["concern.received"]


def test_an_edit_is_a_new_version_beside_the_old_one_and_no_second_letter(staff: Staff) -> None:
    first = taken(staff, response(), UNSURE)
    assert first.candidates == ("B7F3K", "C2D4M")
    assert staff.concerns.editions(staff.wid) == {}
    assert take(staff, response(edited=5, seen="Hides, and sings.")) is How.EDITED
    (concern,) = staff.concerns.all(staff.wid)
    assert (concern.key, concern.version, concern.ref) == (first.key, 2, "B7F3K")
    assert concern.candidates == ()
    versions = staff.concerns.versions(staff.wid, first.key)
    assert staff.concerns.editions(staff.wid) == {first.key: versions}
    assert [(each.version, each.submitted, each.answers["seen"]) for each in versions] == [
        (1, SENT, ("Hides under the table.",)),
        (2, SENT + 5 * MINUTE, ("Hides, and sings.",)),
    ]
    assert [kind for _, kind, _ in staff.told()] == ["concern.received"]


def test_a_copy_that_was_overtaken_by_an_edit_is_known(staff: Staff) -> None:
    take(staff, response(edited=5, seen="Newest."))
    assert take(staff, response()) is How.KNOWN
    (concern,) = staff.concerns.all(staff.wid)
    assert concern.answers["seen"] == ("Newest.",)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_in_whatever_order_copies_come_the_newest_one_stands(staff: Staff, order: tuple[int, ...]) -> None:
    for edited in order:
        take(staff, response(edited=edited, seen=f"{edited} minutes"))
    (concern,) = staff.concerns.all(staff.wid)
    assert concern.answers["seen"] == ("2 minutes",)
    assert [kind for _, kind, _ in staff.told()] == ["concern.received"]


def test_of_many_who_bring_one_response_at_once_one_makes_the_concern(staff: Staff, url: str) -> None:
    start = threading.Barrier(6)

    def bring(_number: int) -> How:
        with Store(url) as store:
            other = Staff(store)
            start.wait()
            return take(other, response())

    with ThreadPoolExecutor(6) as threads:
        hows = list(threads.map(bring, range(6)))
    assert sorted(hows) == [How.KNOWN] * 5 + [How.NEW]
    assert len(staff.concerns.all(staff.wid)) == 1
    assert [kind for _, kind, _ in staff.told()] == ["concern.received"]


def test_of_many_who_bring_edits_at_once_no_version_is_lost_or_made_twice(staff: Staff, url: str) -> None:
    start = threading.Barrier(6)

    def bring(edited: int) -> None:
        with Store(url) as store:
            other = Staff(store)
            start.wait()
            take(other, response(edited=edited, seen=str(edited)))

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(bring, range(6)))
    (concern,) = staff.concerns.all(staff.wid)
    versions = staff.concerns.versions(staff.wid, concern.key)
    assert concern.answers["seen"] == ("5",)
    assert [each.version for each in versions] == list(range(1, concern.version + 1))
    assert [each.submitted for each in versions] == sorted(each.submitted for each in versions)


# Harm


def test_of_a_response_that_tells_of_harm_nothing_is_kept_but_its_id_and_one_alert(staff: Staff, store: Store) -> None:
    given = response(harm="Yes", seen="The words of a child.")
    assert [take(staff, each) for each in (given, given)] == [How.HARM, How.KNOWN]
    assert staff.concerns.all(staff.wid) == []
    text = everything(store)
    assert ("The words" in text, TEACHER in text, "Amara" in text) == (False, False, False)
    payload = {"response": "ACYDBN-1", "submitted": SENT.isoformat()}
    assert staff.told() == [(f"concern.alert:ACYDBN-1:{SENT.isoformat()}", "concern.alert", payload)]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_response_edited_to_or_from_harm_is_a_concern_and_an_alert(staff: Staff, order: tuple[int, int]) -> None:
    given = (response(), response(edited=3, harm="Yes", seen="Worse."))
    hows = [take(staff, given[n]) for n in order]
    assert sorted(hows) == [How.HARM, How.NEW]
    (concern,) = staff.concerns.all(staff.wid)
    assert (concern.version, concern.answers["seen"]) == (1, ("Hides under the table.",))
    assert sorted(kind for _, kind, _ in staff.told()) == ["concern.alert", "concern.received"]


# Held by the screen


def test_of_a_held_response_no_answer_is_kept_and_an_alert_goes_beside_the_holding_reply(
    staff: Staff, store: Store
) -> None:
    concern = taken(staff, response(), screen=Screen.HELD)
    assert (concern.screen, concern.answers, concern.ref, concern.teacher) == (Screen.HELD, {}, "", TEACHER)
    text = everything(store)
    assert ("Amara" in text, "table" in text) == (False, False)
    payload = {"concern": concern.key, "version": 1}
    assert staff.told() == [
        (f"concern:{concern.key}", "concern.received", payload),
        (f"concern.alert:{concern.key}", "concern.alert", {**payload, "submitted": SENT.isoformat()}),
    ]


def test_an_edit_that_is_held_keeps_the_version_before_and_tells_the_teacher_too(staff: Staff) -> None:
    first = taken(staff, response())
    held = taken(staff, response(edited=2, seen="Something else."), screen=Screen.HELD)
    assert (held.version, held.screen, held.answers, held.ref) == (2, Screen.HELD, {}, "B7F3K")
    assert [each.screen for each in staff.concerns.versions(staff.wid, first.key)] == [Screen.CLEAR, Screen.HELD]
    assert [kind for _, kind, _ in staff.told()] == ["concern.received", "concern.alert", "concern.speak"]


def test_what_a_person_releases_is_stored_and_matched_and_released_once(staff: Staff) -> None:
    held = taken(staff, response(), screen=Screen.HELD)
    for _ in range(2):
        assert staff.concerns.release(staff.wid, held.key, response(), match=SURE, now=NOW)
        (released,) = staff.concerns.all(staff.wid)
        assert (released.screen, released.ref, released.answers["seen"]) == (
            Screen.RELEASED,
            "B7F3K",
            ("Hides under the table.",),
        )


def test_that_a_person_released_something_is_remembered_until_it_is_done(staff: Staff) -> None:
    held = taken(staff, response(), screen=Screen.HELD)
    other = taken(staff, response(2))
    assert staff.concerns.to_release(staff.wid) == []
    assert [staff.concerns.ask_release(staff.wid, held.key, 1, NOW) for _ in range(2)] == [True, False]
    assert not staff.concerns.ask_release(staff.wid, held.key, 2, NOW)
    assert not staff.concerns.ask_release(staff.wid, other.key, 1, NOW)
    assert staff.concerns.to_release(staff.wid) == [(held, FORM_ID)]
    staff.concerns.release(staff.wid, held.key, response(), match=SURE, now=NOW)
    assert staff.concerns.to_release(staff.wid) == []


def test_what_was_edited_since_it_was_held_is_not_released_unseen(staff: Staff) -> None:
    held = taken(staff, response(), screen=Screen.HELD)
    assert not staff.concerns.release(staff.wid, held.key, response(edited=1), match=SURE, now=NOW)
    assert not staff.concerns.release(staff.wid, held.key, response(2), match=SURE, now=NOW)
    assert not staff.concerns.release(staff.wid, "C-NONE9", response(), match=SURE, now=NOW)
    found = staff.concerns.find(staff.wid, held.key)
    assert found == held


# Which pupil


def test_whom_a_person_chose_stays_whatever_an_edit_or_a_release_says(staff: Staff) -> None:
    key = taken(staff, response(), UNSURE).key
    assert staff.concerns.link(staff.wid, key, "C2D4M", Link.PERSON, NOW)
    assert not staff.concerns.link(staff.wid, key, "C2D4M", Link.PERSON, NOW)
    assert not staff.concerns.link(staff.wid, key, "B7F3K", Link.NAME, NOW)
    edited = taken(staff, response(edited=1), SURE)
    assert (edited.ref, edited.link, edited.candidates) == ("C2D4M", Link.PERSON, ())
    assert staff.concerns.link(staff.wid, key, "", Link.NONE, NOW)
    assert taken(staff, response(edited=2), SURE).ref == "B7F3K"


def test_what_has_no_pupil_may_be_matched_again_and_what_has_one_or_was_edited_stays(staff: Staff) -> None:
    first, second = taken(staff, response(), UNSURE), taken(staff, response(2), SURE)
    assert not staff.concerns.match_anew(staff.wid, first.key, 2, OTHER)
    assert not staff.concerns.match_anew(staff.wid, second.key, 1, OTHER)
    assert staff.concerns.match_anew(staff.wid, first.key, 1, Found(candidates=("D9K2P",)))
    assert staff.concerns.match_anew(staff.wid, first.key, 1, OTHER)
    found = {each.key: (each.ref, each.link, each.candidates) for each in staff.concerns.all(staff.wid)}
    assert found == {first.key: ("C2D4M", Link.NAME, ()), second.key: ("B7F3K", Link.NAME, ())}


# Gone


OTHER = Found("C2D4M", Link.NAME)


def _show(staff: Staff, key: str) -> None:
    """A sync adds its row to Concerns; nothing is typed in it."""
    with staff.store.lease("sync", "tests", 60) as lease:
        staff.store.commit(staff.wid, fence=lease.fence, run=None, rows=[RowChange("concerns", key, {})])


@pytest.mark.parametrize(
    ("match", "reads_as"), [(OTHER, ("C2D4M",)), (UNSURE, ("B7F3K", "C2D4M")), (Found(), ("B7F3K",))]
)
def test_once_the_senco_may_have_seen_it_an_edit_does_not_move_a_concern_to_another_pupil(
    staff: Staff, match: Found, reads_as: tuple[str, ...]
) -> None:
    key = taken(staff, response()).key
    _show(staff, key)
    edited = taken(staff, response(edited=5, name="Jo"), match)
    assert (edited.version, edited.ref, edited.candidates) == (2, "B7F3K", reads_as)
    again = taken(staff, response(edited=6))
    assert (again.ref, again.candidates) == ("B7F3K", ())


def test_before_it_was_shown_an_edit_may_name_another_pupil_and_an_unsure_one_drops_nobody(
    staff: Staff,
) -> None:
    taken(staff, response())
    moved = taken(staff, response(edited=5), OTHER)
    assert (moved.ref, moved.link, moved.candidates) == ("C2D4M", Link.NAME, ())
    unsure = taken(staff, response(edited=6), UNSURE)
    assert (unsure.ref, unsure.candidates) == ("C2D4M", ("B7F3K", "C2D4M"))
    assert staff.concerns.link(staff.wid, unsure.key, "C2D4M", Link.PERSON, NOW)
    chosen = staff.concerns.find(staff.wid, unsure.key)
    assert chosen is not None
    assert (chosen.ref, chosen.link, chosen.candidates) == ("C2D4M", Link.PERSON, ())


def test_a_response_that_is_not_in_the_form_any_more_is_noticed_and_may_come_back(staff: Staff) -> None:
    keys = [taken(staff, response(n)).key for n in range(3)]
    later = NOW + MINUTE
    missing = staff.concerns.unlisted(staff.wid, FORM_ID, {"ACYDBN-0", "ACYDBN-2"}, later)
    assert [each.key for each in missing] == [keys[1]]
    assert staff.concerns.unlisted(staff.wid, FORM_ID, set(), NOW) == []
    assert staff.concerns.unlisted(staff.wid, "another form", set(), later) == []
    staff.concerns.gone(staff.wid, [keys[1]], later)
    found = staff.concerns.find(staff.wid, keys[1])
    assert found is not None
    assert (found.gone, found.answers["seen"]) == (later, ("Hides under the table.",))
    assert staff.concerns.unlisted(staff.wid, FORM_ID, {"ACYDBN-0", "ACYDBN-2"}, later) == []
    assert taken(staff, response(1)).gone is None


def test_of_many_responses_those_that_were_taken_and_are_there_are_known(staff: Staff) -> None:
    keys = [taken(staff, response(n, edited=n)).key for n in range(3)]
    staff.concerns.gone(staff.wid, [keys[2]], NOW)
    listed = [f"ACYDBN-{n}" for n in range(1, 1000)]
    assert staff.concerns.known(staff.wid, listed) == {"ACYDBN-1": SENT + MINUTE}
    assert staff.concerns.last_sent(staff.wid) == SENT + MINUTE
    assert staff.concerns.first_received(staff.wid) == min(each.received for each in staff.concerns.all(staff.wid))
    assert staff.robins.take(staff.wid, keys[0], response("r1", form=FormKey.ROBIN), screen=Screen.CLEAR, now=NOW)
    assert staff.robins.known(staff.wid, ["ACYDBN-r1", "ACYDBN-r2"]) == {"ACYDBN-r1": SENT}
    assert staff.robins.last_sent(staff.wid) == SENT


def test_another_workbook_sees_nothing(staff: Staff) -> None:
    concern = taken(staff, response())
    other = Staff(staff.store, "9994002")
    assert (other.concerns.all(other.wid), other.concerns.find(other.wid, concern.key)) == ([], None)
    assert (other.concerns.first_received(other.wid), other.concerns.last_sent(other.wid)) == (None, None)
    known = [each.concerns.known(each.wid, ["ACYDBN-1"]) for each in (staff, other)]
    assert known == [{"ACYDBN-1": SENT}, {}]
    assert not other.concerns.link(other.wid, concern.key, "C2D4M", Link.PERSON, NOW)
    assert take(other, response()) is How.NEW


@given(st.dictionaries(st.text(min_size=1), st.lists(st.text(), max_size=3).map(tuple), max_size=5))
def test_any_answers_come_back_as_they_were_given(given: dict[str, tuple[str, ...]]) -> None:
    with Store("sqlite://") as store:
        store.migrate()
        staff = Staff(store)
        answers = {"seen": ("=HYPERLINK(1)",)} | given | {"harm": ("No",)}
        concern = taken(staff, replace(response(), answers=answers))
        assert concern.answers == answers


# Round robin


def test_a_round_robin_asks_each_teacher_once_and_keeps_the_newest_answer(staff: Staff) -> None:
    key = taken(staff, response()).key
    staff.told()
    teachers = ["B@school.example", "c@school.example"]
    assert [staff.robins.ask(staff.wid, key, teachers, NOW) for _ in range(2)] == [2, 0]
    assert [(kind, payload["teacher"]) for _, kind, payload in staff.told()] == [
        ("concern.robin", "b@school.example"),
        ("concern.robin", "c@school.example"),
    ]
    answer = {"form": FormKey.ROBIN, "teacher": "b@school.example", "share": "In part"}

    def give(given: Response) -> bool:
        return staff.robins.take(staff.wid, key, given, screen=Screen.CLEAR, now=NOW)

    assert give(response("r2", edited=4, works="Short tasks.", **answer))  # type: ignore[arg-type]
    assert not give(response("r1", works="Nothing.", **answer))  # type: ignore[arg-type]
    assert not give(response("r2", edited=4, works="Other.", **answer))  # type: ignore[arg-type]
    first, second = staff.robins.all(staff.wid)[key]
    assert [staff.robins.find(staff.wid, key, each.teacher) for each in (first, second)] == [first, second]
    assert staff.robins.find(staff.wid, key, "d@school.example") is None
    assert (first.teacher, first.response, first.answers["works"]) == (
        "b@school.example",
        "ACYDBN-r2",
        ("Short tasks.",),
    )
    assert (second.teacher, second.asked_at, second.response) == ("c@school.example", NOW, None)


def test_an_answer_whose_reference_was_corrected_stands_with_that_concern_alone(staff: Staff) -> None:
    asked, meant = (taken(staff, response(name)).key for name in ("1", "2"))
    staff.robins.ask(staff.wid, asked, [TEACHER], NOW)
    first, corrected, later = (response("r1", edited=n, form=FormKey.ROBIN, works="Short tasks.") for n in (0, 4, 8))

    def stands() -> dict[str, list[str | None]]:
        return {key: [part.response for part in parts] for key, parts in staff.robins.all(staff.wid).items()}

    def take(key: str, given: Response) -> bool:
        return staff.robins.take(staff.wid, key, given, screen=Screen.CLEAR, now=NOW)

    assert take(asked, first)
    assert take(meant, corrected)
    assert stands() == {asked: [None], meant: ["ACYDBN-r1"]}
    (part,) = staff.robins.all(staff.wid)[asked]
    assert (part.asked_at, part.submitted, part.answers) == (NOW, None, {})
    # A copy of before that comes late; a letter to whom was asked is not written twice.
    assert not take(asked, first)
    assert staff.robins.ask(staff.wid, asked, [TEACHER], NOW) == 0
    assert staff.robins.stray(staff.wid, later, screen=Screen.CLEAR, now=NOW)
    assert stands() == {asked: [None]}


def test_an_answer_about_a_concern_that_there_is_not_is_not_kept(staff: Staff) -> None:
    given = response("r1", form=FormKey.ROBIN)
    assert not staff.robins.take(staff.wid, "C-GUESS", given, screen=Screen.CLEAR, now=NOW)
    assert staff.robins.all(staff.wid) == {}


def test_who_answers_unasked_is_kept_and_needs_no_letter(staff: Staff) -> None:
    key = taken(staff, response()).key
    staff.told()
    assert staff.robins.take(staff.wid, key, response("r1", form=FormKey.ROBIN), screen=Screen.CLEAR, now=NOW)
    assert staff.robins.ask(staff.wid, key, [TEACHER], NOW) == 0
    (asked,) = staff.robins.all(staff.wid)[key]
    assert (asked.asked_at, asked.response) == (None, "ACYDBN-r1")
    assert staff.told() == []


def test_a_held_answer_of_a_round_robin_is_not_kept_and_alerts(staff: Staff, store: Store) -> None:
    key = taken(staff, response()).key
    staff.told()
    given = response("r1", form=FormKey.ROBIN, works="Said at home they are hit.")
    for _ in range(2):
        staff.robins.take(staff.wid, key, given, screen=Screen.HELD, now=NOW)
    assert "hit" not in everything(store)
    assert [(kind, payload) for _, kind, payload in staff.told()] == [
        ("concern.alert", {"concern": key, "teacher": TEACHER, "submitted": given.submitted.isoformat()})
    ]


# Forms and nudges


def test_a_form_is_known_by_its_key_and_begins_anew_where_another_takes_its_place(staff: Staff) -> None:
    staff.forms.swept(staff.wid, FormKey.CONCERN, SENT)
    assert not staff.forms.swept(staff.wid, FormKey.CONCERN, SENT - MINUTE)
    staff.forms.watched(staff.wid, FormKey.CONCERN, "watch-a", NOW + timedelta(days=7), "projects/school/topics/forms")
    staff.has_form()
    kept = staff.forms.find(staff.wid, FormKey.CONCERN)
    assert kept is not None
    assert (kept.form_id, kept.swept_to, kept.watch_id) == (FORM_ID, SENT, "watch-a")
    staff.has_form("another")
    other = staff.forms.find(staff.wid, FormKey.CONCERN)
    assert other is not None
    assert (other.form_id, other.swept_to, other.watch_id) == ("another", None, None)
    assert list(staff.forms.all(staff.wid)) == [FormKey.CONCERN]


def test_a_nudge_is_kept_once_and_forgotten_a_while_after(staff: Staff) -> None:
    def put(key: str) -> bool:
        return staff.nudges.put(staff.wid, FormKey.CONCERN, key, NOW)

    assert [put("a"), put("a"), put("b")] == [True, False, True]
    assert staff.nudges.take(staff.wid, NOW - MINUTE) == []
    first, second = staff.nudges.take(staff.wid, NOW)
    assert (first.form, first.at) == (second.form, second.at) == (FormKey.CONCERN, NOW)
    assert staff.nudges.take(staff.wid, NOW) == []
    assert staff.nudges.take(staff.wid, NOW + 5 * MINUTE) == [first, second]
    staff.nudges.done([first.id], NOW)
    staff.nudges.later([second.id], NOW + MINUTE)
    assert staff.nudges.take(staff.wid, NOW) == []
    assert staff.nudges.take(staff.wid, NOW + MINUTE) == [second]
    assert not put("a")
    assert staff.nudges.purge(NOW + timedelta(seconds=1)) == 2
    assert put("a")


def test_who_stores_a_nudge_does_not_fold_sqlites_log_and_the_next_who_keeps_something_does(tmp_path: Path) -> None:
    file = tmp_path / "sensync.sqlite3"
    with Store(f"sqlite:///{file}") as store:
        store.migrate()
        staff = Staff(store)
        before = file.stat().st_size
        for number in range(1200):
            staff.nudges.put(staff.wid, FormKey.CONCERN, f"nudge {number}", NOW)
        assert file.stat().st_size == before
        assert len(staff.nudges.take(staff.wid, NOW)) == 1200
        assert file.stat().st_size > before


def test_harm_alerts_each_time_it_was_sent_and_a_sweep_repeats_none(staff: Staff) -> None:
    sent = [response(harm="Yes"), response(harm="Yes", edited=5), response(harm="Yes", edited=9)]
    hows = [take(staff, each) for each in (sent[0], sent[0], sent[2], sent[1], sent[2])]
    assert hows == [How.HARM, How.KNOWN, How.HARM, How.KNOWN, How.KNOWN]
    assert [kind for _, kind, _ in staff.told()] == ["concern.alert", "concern.alert"]
