"""What becomes of a concern whose words are held, released, edited or deleted in the form."""

from __future__ import annotations

from datetime import timedelta

from support.cases import CONCERNS, INBOX, Cases
from support.story import LOG, nothing_new

from sync.domain.concerns import FormKey, Response, Screen
from sync.store import Concerns, Robins


def test_words_that_are_held_are_nowhere_in_the_sheet_and_wait_for_her(cases: Cases) -> None:
    key = cases.sends(1, cases.ref(6), held=True, seen="the very words").key
    cases.sync()
    row = cases.row(key)
    assert (row["State"], row["What was seen"]) == ("Held", "(Held: its words wait in the form.)")
    assert row["Mind"].startswith("Its words may be about safeguarding: Sensync kept none of them.")
    assert "the very words" not in str(cases.senco.rows(INBOX) + cases.senco.rows(CONCERNS) + cases.senco.rows(LOG))
    assert any(what.startswith("1 response waits in the form") for what in cases.attention())
    assert cases.plan().decided.released == {}
    cases.senco.type(CONCERNS, key, "Release", "Release")
    assert cases.plan().decided.released == {key: 1}
    cases.sync()
    assert cases.row(key)["Mind"] == "Released: its words arrive at the next sync."
    assert nothing_new(cases)


def test_an_edit_of_a_held_response_needs_another_release(cases: Cases) -> None:
    key = cases.sends(1, cases.ref(6), held=True).key
    cases.sync()
    cases.decides(key, Release="Release")
    cases.sends(1, cases.ref(6), held=True, edited=5)
    cases.sync()
    assert cases.plan().decided.released == {}
    assert "it was edited after you chose that" in cases.row(key)["Mind"]
    cases.decides(key, Release="")
    cases.senco.type(CONCERNS, key, "Release", "Release")
    assert cases.plan().decided.released == {key: 2}


def test_release_counts_for_nothing_that_she_had_not_before_her_when_she_chose_it(cases: Cases) -> None:
    about = cases.ref(6)
    clear, colleagues, raced = (cases.sends(n, about, held=n == 3).key for n in (1, 2, 3))
    robins = Robins(cases.desk.store)

    def colleague_sends(concern: str) -> None:
        given = {"concern": (concern,), "works": ("held",)}
        response = Response(FormKey.ROBIN, f"R-{concern}", cases.now, cases.now, "art@school.example", given)
        robins.take(cases.book_id, concern, response, screen=Screen.HELD, now=cases.now)

    colleague_sends(colleagues)
    cases.sync()
    for key in (clear, colleagues, raced):
        cases.senco.type(CONCERNS, key, "Release", "Release")
    # Both come before the sync that reads what she chose.
    cases.sends(3, about, held=True, edited=5)
    colleague_sends(raced)
    cases.sync()
    assert {part.concern for part in robins.to_release(cases.book_id)} == {colleagues}
    for number in (1, 2):
        cases.sends(number, about, held=True, edited=10)
    cases.sync()
    assert Concerns(cases.desk.store).to_release(cases.book_id) == []
    for key in (clear, colleagues, raced):
        assert "'Release': it was edited after you chose that. Read it again;" in cases.row(key)["Mind"]
    assert "'Release': it came after you chose that." in cases.row(raced)["Mind"]


def test_an_edited_response_keeps_its_row_and_the_words_before_stand_beside(cases: Cases) -> None:
    key = cases.sends(1, cases.ref(6), since="May").key
    cases.sync()
    cases.decides(key, Owner="SENCO")
    assert cases.sends(1, cases.ref(6), since="April", edited=15).key == key
    cases.sync()
    row, inbox = cases.row(key), cases.inbox(key)
    assert (row["Owner"], inbox["Since"], inbox["Version"]) == (
        "SENCO",
        "April",
        "2, edited on Monday 23 November 2026, 7:45am",
    )
    assert inbox["Earlier words"] == "Until Monday 23 November 2026, 7:45am:\nSince: May"
    assert row["Mind"] == "Edited by the teacher on Monday 23 November 2026, 7:45am: 'Read' leads to the earlier words."
    assert nothing_new(cases)


def test_a_response_that_was_deleted_in_the_form_stays_and_is_marked(cases: Cases) -> None:
    key = cases.sends(1, cases.ref(6)).key
    cases.sync()
    Concerns(cases.desk.store).gone(cases.book_id, [key], cases.now)
    cases.sync()
    assert cases.inbox(key)["State"] == "Deleted"
    assert cases.row(key)["Mind"].startswith("Deleted in the form on Monday 23 November 2026, 8am")
    assert cases.row(key)["What was seen"] == "Loses the thread when there is more than one instruction."


def test_an_edit_that_reads_as_about_another_pupil_waits_for_the_senco_whatever_she_has_typed_since(
    cases: Cases,
) -> None:
    key = cases.sends(1, cases.ref(6)).key
    cases.sync()
    before = cases.row(key)["Pupil"]
    # No sync yet: she types, and the edit is read first.
    cases.senco.type(CONCERNS, key, "Outcome", "Monitor")
    cases.sends(1, cases.ref(7), edited=60, seen="Oops, another child.")
    cases.sync()
    assert cases.row(key)["Pupil"] == before
    assert (cases.ref(6) in cases.register(), cases.ref(7) in cases.register()) == (True, False)
    assert "It stays here: choose under 'Pupil is'." in cases.row(key)["Mind"]
    assert [each for each in cases.attention() if "may be about another pupil" in str(each)] != []
    cases.decides(key, Pupil_is=cases.ref(7))
    assert (cases.concern(key).ref, cases.concern(key).candidates) == (cases.ref(7), ())
    assert "It stays here" not in cases.row(key)["Mind"]


def test_an_edit_of_a_closed_concern_is_said_and_its_deleted_row_comes_back(cases: Cases) -> None:
    key = cases.sends(1, cases.ref(6)).key
    cases.sync()
    cases.decides(key, Outcome="Closed, no action")
    cases.senco.delete_rows(CONCERNS, cases.senco.row_of(CONCERNS, key))
    cases.sync()
    assert cases.senco.rows(CONCERNS) == []
    cases.now += timedelta(hours=3)
    cases.sends(1, cases.ref(6), edited=60, seen="Much worse: refuses school.")
    cases.sync()
    assert cases.row(key)["Outcome"] == "Closed, no action"
    said = f"{key}: it is closed, and its teacher has edited it since."
    assert [each for each in cases.attention() if each.startswith(said)] != []
    cases.now += timedelta(days=15)
    cases.sync()
    assert [each for each in cases.attention() if each.startswith(said)] == []
