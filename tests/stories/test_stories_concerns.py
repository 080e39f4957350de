"""Teachers' concerns in the sheet: what comes in, what the SENCO decides, and what that does elsewhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from support.cases import CONCERNS, INBOX, TEACHER, TEMPLATE, Cases
from support.story import REGISTER, TODO, Story, before_each_write, nothing_new, pupil

from sync.domain.concerns import Link
from sync.domain.records import StatusSpell
from sync.domain.response_clock import DEFAULT_HOURS
from sync.plan.cells import serial
from sync.plan.digest import daily, weekly
from sync.plan.mirror import MOST_CHARACTERS
from sync.service.concern_cases import read_cases
from sync.store import Feedbacks

if TYPE_CHECKING:
    from pathlib import Path


SUPPORT = "Add to SEN support (parents told)"


def test_a_concern_has_its_row_at_the_next_sync_and_the_one_after_writes_nothing(cases: Cases) -> None:
    key = cases.sends(1, cases.ref(6), since="May", tried="A seat at the front").key
    assert cases.requests_of(cases.sync) == (1, 1)
    row, inbox = cases.row(key), cases.inbox(key)
    assert (row["State"], row["Clock"], row["From"]) == ("New", "Green", TEACHER)
    assert (row["Received"], row["Due by"]) == ("23/11/2026 07:30", "24/11/2026 08:00")
    assert row["Pupil"] == f"Surname006, Forename006 (8A) · {cases.ref(6)}"
    assert row["What was seen"] == "Loses the thread when there is more than one instruction."
    assert (inbox["Found by"], inbox["Since"], inbox["Tried"]) == ("link", "May", "A seat at the front")
    assert nothing_new(cases)


def test_the_clock_turns_by_itself_and_stops_at_a_decision(cases: Cases) -> None:
    """It came on Monday before school: it is due on Tuesday at 8am, and amber for two hours of school before that."""
    key = cases.sends(1, cases.ref(6)).key
    cases.sync()
    seen = []
    for day, hour, minute in ((23, 8, 0), (23, 13, 59), (23, 14, 0), (24, 7, 59), (24, 8, 1)):
        cases.now = datetime(2026, 11, day, hour, minute, tzinfo=UTC)
        seen.append((cases.row(key)["Clock"], cases.requests_of(cases.sync)))
    # What is written on Tuesday are other times for the reviews, the first ones being too near by then.
    assert seen == [
        ("Green", (1, 0)),
        ("Green", (1, 0)),
        ("Amber", (1, 0)),
        ("Amber", (1, 1)),
        ("Red", (1, 0)),
    ]
    cases.senco.type(CONCERNS, key, "Outcome", "Observe")
    assert cases.row(key)["Clock"] == "Done"


def test_an_unsure_concern_waits_with_a_list_of_its_own_and_goes_to_the_pupil_she_chooses(cases: Cases) -> None:
    one = cases.sends(1, candidates=(cases.ref(7), cases.ref(8)), name="Forname 7").key
    two = cases.sends(2, candidates=(cases.ref(6),)).key
    cases.sync()
    row = cases.row(one)
    assert (row["State"], row["Pupil"]) == ("Whose?", "“Forname 7”, Year 9, 9A")
    assert row["Mind"] == "Whose is it? Choose under 'Pupil is'."
    assert "2 concerns wait for a pupil: choose who it is under 'Pupil is'." in cases.attention()
    lists = {key: list_of(cases, key) for key in (one, two)}
    assert [label[-5:] for label in lists[one]] == [cases.ref(7), cases.ref(8)]
    assert [label[-5:] for label in lists[two]] == [cases.ref(6)]
    cases.decides(one, Pupil_is=lists[one][1])
    assert (cases.concern(one).ref, cases.concern(one).link) == (cases.ref(8), Link.PERSON)
    row = cases.row(one)
    assert (row["State"], row["Ref"], row["Mind"]) == ("New", cases.ref(8), "")
    assert row["Pupil"] == lists[one][1]
    assert nothing_new(cases)
    cases.decides(one, Pupil_is="")
    assert (cases.concern(one).ref, cases.concern(one).link) == ("", Link.NONE)
    assert (cases.row(one)["State"], cases.row(one)["Pupil"]) == ("Whose?", "“Forname 7”, Year 9, 9A")
    # What waits is matched once more then, in case the run before was cut off.
    cases.sync()
    assert nothing_new(cases)


def list_of(cases: Cases, key: str) -> list[str]:
    """What the drop-down under *Pupil is* offers in a concern's row."""
    row, (_, column) = cases.senco.row_of(CONCERNS, key), cases.senco.header_row(CONCERNS, "Pupil is")
    place = f"{chr(65 + column)}{row + 1}"
    answer = cases.senco.get(fields="sheets.data.rowData.values.dataValidation", ranges=f"{CONCERNS}!{place}")
    (cell,) = answer["sheets"][0]["data"][0]["rowData"][0]["values"]
    (source,) = cell["dataValidation"]["condition"]["values"]
    told = cases.senco.get(f"/values/{source['userEnteredValue'].removeprefix('=')}").get("values", [[]])
    return [each for each in told[0] if each]


def test_the_list_of_a_concern_stays_its_own_when_she_sorts_and_new_rows_come(cases: Cases) -> None:
    one = cases.sends(1, candidates=(cases.ref(7),)).key
    cases.sync()
    two = cases.sends(2, candidates=(cases.ref(6),)).key
    cases.sync()
    cases.senco.sort(CONCERNS, "Concern", descending=cases.senco.row_of(CONCERNS, one) == 1 and one < two)
    assert [label[-5:] for key in (one, two) for label in list_of(cases, key)] == [cases.ref(7), cases.ref(6)]
    cases.senco.move_columns(CONCERNS, cases.senco.header_row(CONCERNS, "Pupil is")[1], 3)
    assert [label[-5:] for key in (one, two) for label in list_of(cases, key)] == [cases.ref(7), cases.ref(6)]
    assert nothing_new(cases)


def test_a_choice_that_names_nobody_is_answered(cases: Cases) -> None:
    key = cases.sends(1, candidates=(cases.ref(7),)).key
    cases.sync()
    cases.decides(key, Pupil_is="the tall one")
    assert cases.row(key)["Mind"].startswith("'Pupil is': that names no pupil of the roll.")
    assert cases.concern(key).ref == ""


def test_monitoring_puts_the_pupil_on_the_register_tab_until_it_is_closed(cases: Cases) -> None:
    key = cases.sends(1, cases.ref(6)).key
    cases.sync()
    assert cases.ref(6) not in cases.register()
    day = serial(date(2027, 1, 11))
    cases.decides(key, Outcome="Monitor", Review_on=day)
    row = cases.register()[cases.ref(6)]
    assert (row["Status"], row["Open concerns"], row["Last concern"]) == ("N", "1", "23/11/2026")
    assert row["Concern review"] == "11/01/2027"
    assert cases.senco.rows(TODO) == []
    assert nothing_new(cases)
    # Her colleagues see nothing of it, until she has strategies for them.
    assert row["Name"] not in [each["Name"] for each in cases.teachers.rows("Strategies")]
    cases.senco.type(REGISTER, cases.ref(6), "Strategies for teachers", "Seat near the front")
    cases.sync()
    assert row["Name"] in [each["Name"] for each in cases.teachers.rows("Strategies")]
    cases.senco.delete_rows(REGISTER, cases.senco.row_of(REGISTER, cases.ref(6)))
    cases.sync()
    assert cases.ref(6) in cases.register()
    cases.senco.type(CONCERNS, key, "Closed on", day)
    row = cases.register()[cases.ref(6)]
    assert (row["Open concerns"], row["Concern review"]) == ("0", "")
    cases.senco.delete_rows(REGISTER, cases.senco.row_of(REGISTER, cases.ref(6)))
    cases.sync()
    assert cases.ref(6) not in cases.register()


def test_sen_support_is_to_be_changed_in_the_mis_until_the_mis_has_it_and_never_again(cases: Cases) -> None:
    key = cases.sends(1, cases.ref(6)).key
    cases.sync()
    cases.decides(key, Outcome=SUPPORT)
    assert cases.ref(6) in cases.register()
    line = {"Ref": cases.ref(6), "What to change": "SEN status", "MIS says": "N", "SENCO says": "K"}
    (told,) = cases.senco.rows(TODO)
    assert {name: told[name] for name in line} == line
    assert nothing_new(cases)
    cases.change(6, status_history=(StatusSpell("K", date(2026, 11, 23)),))
    cases.sync()
    assert cases.senco.rows(TODO) == []
    cases.change(6, status_history=(StatusSpell("N", date(2026, 11, 23)),))
    cases.sync()
    assert cases.senco.rows(TODO) == []
    assert nothing_new(cases)


def test_what_she_proposes_on_the_register_comes_before_what_a_concern_asks_for(cases: Cases) -> None:
    key = cases.sends(1, cases.ref(6)).key
    cases.sync()
    cases.decides(key, Outcome=SUPPORT)
    cases.senco.type(REGISTER, cases.ref(6), "Proposed status", "E")
    cases.sync()
    assert [row["SENCO says"] for row in cases.senco.rows(TODO)] == ["E"]


HOSTILE = (
    "=1+1",
    "+44",
    "-x",
    "@SUM(A1)",
    "\t=A1",
    '=IMPORTXML("http://x","//a")',
    "'x",
    "{=A1}",
    "#REF!",
    "TRUE",
    "1/2",
)


def test_what_a_teacher_writes_is_never_a_formula(cases: Cases) -> None:
    keys = {
        cases.sends(number, candidates=(cases.ref(6),), seen=words, name=words, tried=words).key: words.strip()
        for number, words in enumerate(HOSTILE)
    }
    cases.sync()
    for key, words in keys.items():
        inbox = cases.inbox(key)
        assert cases.row(key)["What was seen"] == words
        assert (inbox["What was seen"], inbox["Tried"], inbox["Name as written"]) == (words,) * 3
    assert nothing_new(cases)


def test_a_text_longer_than_a_cell_is_cut_and_says_where_the_rest_is(cases: Cases) -> None:
    key = cases.sends(1, cases.ref(6), seen="word \U0001f600 " * 9_000).key
    cases.sync()
    seen = cases.inbox(key)["What was seen"]
    assert len(seen.encode("utf-16-le")) // 2 <= MOST_CHARACTERS
    assert seen.endswith("… (the rest is in the form)")
    assert nothing_new(cases)


def test_her_words_on_concerns_survive_a_sort_a_moved_column_and_a_deleted_row(cases: Cases) -> None:
    keys = [cases.sends(n, cases.ref(6)).key for n in (1, 2, 3)]
    cases.sync()
    for key in keys:
        cases.decides(key, Notes=f"note on {key}", Outcome="Observe")
    cases.senco.sort(CONCERNS, "Notes", descending=True)
    cases.senco.move_columns(CONCERNS, cases.senco.header_row(CONCERNS, "Notes")[1], 2)
    cases.senco.delete_rows(CONCERNS, cases.senco.row_of(CONCERNS, keys[0]))
    cases.sync()
    assert {key: (cases.row(key)["Notes"], cases.row(key)["Outcome"]) for key in keys} == {
        key: (f"note on {key}", "Observe") for key in keys
    }
    assert nothing_new(cases)


def test_a_closed_row_that_she_deletes_stays_away(cases: Cases) -> None:
    key = cases.sends(1, cases.ref(6)).key
    cases.sync()
    cases.decides(key, Outcome="Closed, no action")
    assert cases.row(key)["State"] == "Closed"
    cases.senco.delete_rows(CONCERNS, cases.senco.row_of(CONCERNS, key))
    cases.sync()
    assert cases.senco.rows(CONCERNS) == []
    assert nothing_new(cases)


def test_an_edit_of_hers_in_the_instant_in_which_a_concern_arrives_is_kept(cases: Cases) -> None:
    first = cases.sends(1, cases.ref(6)).key
    cases.sync()
    second = cases.sends(2, cases.ref(7)).key

    def hers() -> None:
        cases.senco.type(CONCERNS, first, "Notes", "ring home")
        cases.senco.insert_rows(CONCERNS, 1, 2)
        cases.senco.move_columns(CONCERNS, cases.senco.header_row(CONCERNS, "Notes")[1], 1)

    before_each_write(cases, [hers])
    cases.sync()
    assert cases.row(first)["Notes"] == "ring home"
    assert cases.row(second)["State"] == "New"
    assert nothing_new(cases)


def test_a_decision_is_carried_out_by_the_next_run_when_one_is_cut_off_before_the_store(
    cases: Cases, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = cases.sends(1, candidates=(cases.ref(7),)).key
    cases.sync()

    class Cut(BaseException):
        pass

    def cut(*_args: Any) -> None:
        raise Cut

    told = {"Pupil is": cases.ref(7), "Feedback to the teacher": "Thank you.", "Send": "Send"}
    for header, value in told.items():
        cases.senco.type(CONCERNS, key, header, value)
    with monkeypatch.context() as patch:
        patch.setattr("sync.service.mirror.keep_decisions", cut)
        with pytest.raises(Cut):
            cases.sync()
    assert cases.concern(key).ref == ""
    cases.open()
    cases.sync()
    assert cases.concern(key).ref == cases.ref(7)
    assert cases.letters("concern.feedback") == [{"concern": key, "number": 1}]
    assert nothing_new(cases)


def test_the_numbers_of_home_and_dashboard_are_those_of_the_tab(cases: Cases) -> None:
    for number in (1, 2):
        cases.sends(number, cases.ref(6))
    third = cases.sends(3, candidates=(cases.ref(6),)).key
    cases.sync()
    cases.decides(third, Pupil_is=cases.ref(6), Outcome="Monitor")
    home = {row[1]: row[2] for row in cases.senco.grid("Home") if len(row) > 2}
    assert home["Concerns to decide"] == "2"
    board = {row[0]: row[1] for row in cases.senco.grid("Dashboard") if len(row) > 1}
    assert (board["To decide"], board["Open"], board["Monitored"], board["Closed"]) == ("2", "1", "1", "0")


def test_switching_concerns_on_later_adds_the_tabs_and_leaves_home_whole(story: Story, tmp_path: Path) -> None:
    assert {CONCERNS, INBOX}.isdisjoint(story.senco.tabs())
    assert "Open concerns" not in next(iter(story.register().values()))
    story.senco.type(REGISTER, story.ref(3), "Notes", "hers")
    cases = Cases(story.workspace, tmp_path, story.pupils)
    made = cases.set_up()
    assert made.added == [
        "the tab 'Concerns'",
        "the tab 'Concern inbox'",
        "the column 'Open concerns' of 'SEN register'",
        "the column 'Last concern' of 'SEN register'",
        "the column 'Concern review' of 'SEN register'",
        "the colours of 'SEN register'",
    ]
    key = cases.sends(1, cases.ref(6)).key
    cases.sync()
    assert cases.row(key)["State"] == "New"
    assert (cases.register()[cases.ref(3)]["Notes"], cases.register()[cases.ref(3)]["Open concerns"]) == ("hers", "0")
    whole = Cases(story.workspace, tmp_path, []).senco.grid("Home")
    texts = [row.cells[1] for row in TEMPLATE.tab("home").rows if len(row.cells) > 1]
    plain = [text for text in texts if isinstance(text, str) and not text.startswith("=")]
    assert [row[1] for row in whole if len(row) > 1 and row[1] in plain] == plain
    assert nothing_new(cases)


def test_the_letters_to_the_senco_find_what_she_decided_and_when_without_asking_google(cases: Cases) -> None:
    one, two = cases.sends(1, cases.ref(6)), cases.sends(2, cases.ref(7))
    cases.sync()
    decided = cases.now
    cases.decides(one.key, Outcome="Monitor", Review_on=serial(date(2027, 1, 11)))
    cases.now += timedelta(hours=2)
    cases.decides(one.key, Outcome="Observe", Closed_on=serial(date(2026, 11, 23)))
    three = cases.sends(3, cases.ref(8))
    found = {case.concern.key: case for case in read_cases(cases.desk.store, cases.book_id, DEFAULT_HOURS)}
    assert {key: (case.outcome, case.decided, case.review, case.closed) for key, case in found.items()} == {
        one.key: ("Observe", decided, date(2027, 1, 11), True),
        two.key: ("", None, None, False),
        three.key: ("", None, None, False),
    }
    due = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
    assert [found[each.key].clock.due for each in (one, two)] == [due, due]
    assert found[three.key].clock.due == datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
    assert [item.key for item in daily(found.values(), due + timedelta(minutes=1)).overdue] == [two.key]
    assert weekly(found.values(), decided, cases.now, ["Observe"]).outcomes == {"Observe": 1}


def test_the_words_of_a_leaver_stay_and_the_register_row_is_not_asked_for(cases: Cases) -> None:
    key = cases.sends(1, cases.ref(6)).key
    cases.sync()
    cases.pupils = [each for each in cases.pupils if each.legal_surname != "Surname006"]
    cases.decides(key, Outcome="Monitor")
    assert cases.ref(6) not in cases.register()
    assert "This pupil has left." in cases.row(key)["Mind"]


def test_a_concern_about_a_pupil_whom_the_office_enters_later_finds_them_unless_she_has_chosen(cases: Cases) -> None:
    about = {"name": "Zebedee Quartermaine", "year": "", "class": ""}
    key, hers, old = (cases.sends(number, **about).key for number in (1, 2, 3))
    cases.sync()
    assert cases.row(key)["State"] == "Whose?"
    cases.senco.type(CONCERNS, hers, "Pupil is", cases.ref(6))
    cases.senco.type(CONCERNS, old, "Closed on", serial(date(2026, 11, 23)))
    cases.pupils = [*cases.pupils, pupil(40, None, legal_surname="Quartermaine", legal_forename="Zebedee")]
    cases.sync()
    found = cases.concern(key)
    assert (cases.inbox(key)["Found by"], found.link, found.candidates) == ("name", Link.NAME, ())
    assert cases.row(key)["Pupil"].startswith("Quartermaine, Zebedee")
    assert (cases.concern(hers).ref, cases.concern(hers).link) == (cases.ref(6), Link.PERSON)
    assert cases.concern(old).ref == ""
    assert nothing_new(cases)


def test_a_lost_store_leaves_the_rows_and_her_words_and_sends_nothing_twice(cases: Cases) -> None:
    key = cases.sends(1, cases.ref(6)).key
    held = cases.sends(2, cases.ref(6), held=True).key
    cases.sync()
    cases.senco.type(CONCERNS, held, "Release", "Release")
    told = {"Feedback_to_the_teacher": "Thank you.", "Send": "Send", "Notes": "hers"}
    cases.decides(key, Outcome="Ask teachers (round robin)", Ask="a@school.example, b@school.example", **told)
    assert (len(cases.letters("concern.feedback")), len(cases.letters("concern.robin"))) == (1, 2)
    Feedbacks(cases.desk.store).sent(cases.book_id, key, 1, cases.now)
    cases.sync()
    before = cases.row(key)
    book = cases.desk.store.workbook("9991001")
    assert book is not None
    cases.desk.store.close()
    (cases.folder / "sensync.sqlite3").unlink()
    desk = cases.open()
    desk.store.save_workbook("9991001", book.spreadsheet_id, book.teachers_spreadsheet_id)
    # Before the forms are read again, and after; and she has added a teacher meanwhile.
    cases.sync()
    assert (cases.row(key)["Notes"], cases.row(key)["State"]) == ("hers", "Open")
    assert cases.sends(1, cases.ref(6)).key == key
    assert cases.sends(2, cases.ref(6), held=True, edited=20).key == held
    cases.decides(key, Ask="a@school.example, b@school.example, c@school.example")
    assert cases.letters("concern.feedback") == []
    assert [each["teacher"] for each in cases.letters("concern.robin")] == ["c@school.example"]
    assert cases.plan().decided.released == {}
    row = cases.row(key)
    assert (row["Sent"], row["Asked"]) == (
        before["Sent"],
        "0 of 3 answered. Not yet: a@school.example, b@school.example, c@school.example.",
    )
    assert "takes this for sent already. If these words have not gone, choose Send again." in row["Mind"]
    cases.pupils = [replace(each) for each in cases.pupils]
    assert nothing_new(cases)
    cases.decides(key, Send="Send again")
    assert cases.letters("concern.feedback") == [{"concern": key, "number": 1}]
    assert "takes this for sent" not in cases.row(key)["Mind"]
