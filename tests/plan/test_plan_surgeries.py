from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from school_year import CALENDAR, TUESDAY, at

from sync.domain.meetings import Audience, Kind, State, Surgery, Where
from sync.plan.audience import HINT
from sync.plan.cells import Value, serial
from sync.plan.surgeries import HEADERS, empty, read_surgery, say_surgery
from sync.plan.surgery_checks import what_cannot_be

if TYPE_CHECKING:
    from collections.abc import Mapping

ROW: Mapping[str, Value] = {
    "date": serial(TUESDAY),
    "from": "4pm",
    "to": "6pm",
    "minutes": 20.0,
    "where": "room 2 or phone",
}
PLAIN = Surgery(
    key="P-1",
    kind=Kind.SURGERY,
    day=TUESDAY,
    starts=time(16),
    ends=time(18),
    minutes=20,
    where=(Where.ROOM, Where.PHONE),
    room="room 2",
)


def read(**cells: Value) -> Surgery:
    reading = read_surgery("P-1", {**ROW, **cells}, CALENDAR)
    assert reading.problems == ()
    assert reading.surgery is not None
    return reading.surgery


def problems(**cells: Value) -> tuple[str, ...]:
    reading = read_surgery("P-1", {**ROW, **cells}, CALENDAR)
    assert reading.surgery is None
    return reading.problems


def test_one_row_is_one_surgery() -> None:
    assert read() == PLAIN


def test_a_full_row_is_understood_in_every_cell() -> None:
    row: dict[str, Value] = {
        "id": "P-9", "kind": "Surgery", "date": "Tuesday 8 December", "from": "4 to 6", "to": None,
        "minutes": "15 minutes each", "gap": "5", "breaks": "5:00-5:15, 5:40-5:45", "where": "video, phone or Room 2",
        "places": 2.0, "who": "Year 7, 8", "opens": "1 December 9am", "closes": "7 December", "state": "Open",
    }  # fmt: skip
    assert read_surgery("P-9", row, CALENDAR).surgery == Surgery(
        key="P-9",
        kind=Kind.SURGERY,
        day=TUESDAY,
        starts=time(16),
        ends=time(18),
        minutes=15,
        gap=5,
        breaks=((time(17), time(17, 15)), (time(17, 40), time(17, 45))),
        where=(Where.VIDEO, Where.PHONE, Where.ROOM),
        room="Room 2",
        places=2,
        audience=Audience(years=frozenset({"7", "8"})),
        opens=datetime(2026, 12, 1, 9, tzinfo=UTC),
        closes=datetime(2026, 12, 8, tzinfo=UTC),
        state=State.OPEN,
    )


def test_a_coffee_morning_is_one_slot_with_many_places() -> None:
    morning = read(kind="Coffee morning", **{"from": "9:30am", "to": "11am"}, minutes=None, places=25.0)
    assert (morning.kind, morning.minutes, morning.places) == (Kind.MORNING, 90, 25)
    assert problems(kind="Coffee morning", minutes=None) == ("'Places': it is empty: type how many families can come.",)


def test_a_staff_drop_in_and_a_closed_surgery_are_read_as_they_are_called() -> None:
    assert (read(kind="staff drop-in").kind, read(state="CLOSED").state) == (Kind.STAFF, State.CLOSED)


def test_what_is_usual_stands_where_a_cell_is_empty() -> None:
    plain = read(minutes=None)
    assert (plain.minutes, plain.gap, plain.places, plain.state, plain.audience) == (20, 0, 1, State.DRAFT, Audience())


def test_a_closing_date_that_is_the_surgerys_own_means_until_it_begins() -> None:
    assert read(closes="8 December").closes == datetime(2026, 12, 8, 16, tzinfo=UTC)


def test_a_break_of_an_evening_is_in_the_evening() -> None:
    evening = read(**{"from": "19:00", "to": "21:00"}, breaks="8:00-8:15")
    assert evening.breaks == ((time(20), time(20, 15)),)


@pytest.mark.parametrize(
    ("typed", "where", "room"),
    [
        ("phone", (Where.PHONE,), ""),
        ("By telephone", (Where.PHONE,), ""),
        ("Google Meet", (Where.VIDEO,), ""),
        ("in person or video call", (Where.ROOM, Where.VIDEO), ""),
        ("The corridor", (Where.ROOM,), "The corridor"),
        ("phone or phone, Hall", (Where.PHONE, Where.ROOM), "Hall"),
    ],
)
def test_where_is_a_room_or_a_way_to_speak(typed: str, where: tuple[Where, ...], room: str) -> None:
    read_back = read(where=typed)
    assert (read_back.where, read_back.room) == (where, room)


def test_every_problem_of_a_row_is_told_at_once_with_its_cell_and_what_to_type() -> None:
    assert problems(
        kind="party", date="soon", **{"from": "after lunch", "to": None}, minutes=2.0, gap=300.0, breaks="at five, 7-8",
        where="room 2 or the hall", places="many", who="Adaeze", opens="then", closes="later", state="ajar",
    ) == (
        "'Kind': what is typed there is not one of the choices: choose Surgery, Coffee morning or Staff drop-in.",
        "'State': what is typed there is not one of the choices: choose Draft, Open or Closed.",
        "'Date': what is typed there is not a date: type a date such as 8/12/2026 or Tuesday 8 December 2026.",
        "'From': what is typed there is not a time: type a time such as 4pm or 16:00.",
        "'To': it is empty: type when it ends, such as 6pm.",
        "'Gap': 300 minutes between two slots is too long: type 120 or less.",
        "'Where': it names more than one room: type one room, and phone or video beside it if you like.",
        f"'Who may book': what is typed there is not something I know: {HINT}.",
        "'Places': what is typed there is not a whole number: type one such as 12.",
        "'Minutes': 2 minutes is too short for a meeting: type 5 or more.",
        "'Breaks': type each as two times, such as 5:00-5:15, with commas between.",
        "'Breaks': '7:00' could be morning or evening: type 07:00 or 19:00.",
        "'Opens': what is typed there is not a date: type a date such as 8/12/2026 or Tuesday 8 December 2026.",
        "'Closes': what is typed there is not a date: type a date such as 8/12/2026 or Tuesday 8 December 2026.",
    )  # fmt: skip


def test_cells_that_must_be_filled_say_so_by_their_header_of_today() -> None:
    reading = read_surgery("P-1", {"minutes": 20.0}, CALENDAR, {"date": "Which day", "where": "Room"})
    assert reading.problems == (
        "'Which day': it is empty: type the date.",
        "'From': it is empty: type when it begins, such as 4pm.",
        "'To': it is empty: type when it ends, such as 6pm.",
        "'Room': it is empty: type a room, phone or video (or 'room 2 or phone').",
    )
    assert problems(where=" , ") == ("'Where': type a room, phone or video (or 'room 2 or phone').",)
    assert problems(**{"from": "7 to 8", "to": None}) == (
        "'From': '7:00' could be morning or evening: type 07:00 or 19:00.",
    )


def test_a_row_in_which_nobody_has_typed_is_empty() -> None:
    assert empty({"id": "P-1", "status": "…", "date": "", "from": None})
    assert not empty({"id": "P-1", "where": "Hall"})


def test_a_surgery_is_read_back_in_a_sentence() -> None:
    assert say_surgery(PLAIN) == (
        "Tuesday 8 December 2026, 4pm to 6pm, 20 minutes each, room 2 or phone, for: on the register."
    )
    morning = read(kind="coffee morning", minutes=None, places=25.0, where="in person", who="everyone")
    assert say_surgery(morning) == (
        "Tuesday 8 December 2026, 4pm to 6pm, 120 minutes, 25 places, in person, for: everyone."
    )
    staff = read(kind="staff", gap=5.0)
    assert say_surgery(staff) == (
        "Tuesday 8 December 2026, 4pm to 6pm, 20 minutes each with 5 minutes between, room 2 or phone, for: staff."
    )


@pytest.mark.parametrize("key", [key for key in HEADERS if key != "where"])
def test_no_sentence_repeats_a_name_that_was_typed_into_the_wrong_cell(key: str) -> None:
    for name in ("Zebulon Rooster", "Zebulon 4pm", "4 Zebulon", "Zebulon, Ada (7B)"):
        found = problems(**{key: name})
        assert found
        assert not any(word in sentence for sentence in found for word in ("Zebulon", "zebulon", "Ada"))


def test_a_cell_that_holds_far_too_much_is_not_read() -> None:
    said = "'Breaks': there is far too much in this cell: shorten it."
    assert problems(breaks="5:00-5:15," * 1000) == (said,)


typed_cells = st.one_of(
    st.none(),
    st.booleans(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
    st.from_regex(r"[0-9 :.,/amp\-to]{1,12}", fullmatch=True),
    st.sampled_from(["4pm", "6pm", "8/12/2026", "4 to 6", "phone", "Year 7", "Open", "20"]),
)


@given(st.dictionaries(st.sampled_from(sorted(HEADERS)), typed_cells))
def test_whatever_is_typed_gives_a_surgery_or_sentences_that_name_their_cell(row: dict[str, Value]) -> None:
    reading = read_surgery("P-1", row, CALENDAR)
    assert (reading.surgery is None) == bool(reading.problems)
    names = tuple(f"'{header}': " for header in HEADERS.values())
    assert all(sentence.startswith(names) and sentence.endswith(".") for sentence in reading.problems)
    if reading.surgery:
        what_cannot_be(reading.surgery, now=at(TUESDAY, 9), calendar=CALENDAR)


def test_a_date_typed_by_hand_is_the_same_day_next_week() -> None:
    assert read(date="8/12").day == read(date="8 dec").day == date(2026, 12, 8)
