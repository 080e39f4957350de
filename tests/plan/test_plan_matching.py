from __future__ import annotations

import time
from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.matching import TODAY, Tally, run
from bench.slips import make_roll
from sync.domain.concerns import Link
from sync.plan.matching import Match, Roll, Said
from sync.service.wordlists import load_given_names

if TYPE_CHECKING:
    from sync.plan.cells import Value

GIVEN = load_given_names()


def row(ref: str, name: str, group: str, legal: str = "", on_roll: str = "Yes") -> dict[str, Value]:
    """A row of the roll; `legal` as `name`: surname, forename."""
    surname, _, forename = (legal or name).partition(", ")
    return {
        "ref": ref, "name": name, "legal_surname": surname, "legal_forename": forename, "group": group,
        "year": group[:-1], "on_roll": on_roll,
    }  # fmt: skip


ROWS = [
    row("BEN22", "Turner, Ben", "7B", "Turner, Benjamin"),
    row("KWL22", "Smith, Ella", "7A"),
    row("KWL23", "Smith, Ellie", "7C"),
    row("TWN22", "Marsh, Ella", "8A"),
    row("TWN23", "Marsh, Ellie", "8A"),
    row("MHM22", "Ali, Mohammed", "7A"),
    row("MHM23", "Ali, Mohammed", "7B"),
    row("MHM24", "Ali, Muhammad", "10C"),
    row("DBL22", "Hartley-Okafor, Ngozi", "9A"),
    row("GRM22", "Ó Súilleabháin, Gráinne", "9B"),
    row("PRT22", "da Silva, João", "9C"),
    row("PLS22", "Wójcik, Łukasz", "10A"),
    row("VTN22", "Nguyễn, Anh Tuấn", "10B"),
    row("TRK22", "Y\u0131ld\u0131z, Ayşe", "10C"),
    row("HNC22", "王, 小明", "8B"),
    row("PNJ22", "ਸੰਧੂ, ਜਸਪ੍ਰੀਤ", "8C"),
    row("JPL22", "O'Neill, John-Paul", "8B"),
    row("PRF22", "Carter, Sky", "8C", "Nowak, Oliwia"),
    row("LFT22", "Bell, Amber", "9A", on_roll="Left 01/09/2026"),
    row("SBL22", "Kershaw, Finley", "7A"),
    row("SBL23", "Kershaw, Isla", "9A"),
    row("NLL22", "Null, NA", "9C"),
]
ROLL = Roll.of(ROWS, GIVEN)


def found(name: str, year: str = "", class_: str = "", ref: str = "") -> Match:
    return ROLL.match(Said(ref, name, year, class_))


def linked(name: str, year: str = "", class_: str = "") -> str:
    """The reference that is linked by name, "" for none."""
    match = found(name, year, class_)
    assert (match.link is Link.NAME) == bool(match.ref)
    return match.ref


# --- names as teachers write them ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "class_", "ref"),
    [
        ("Ben Turner", "7B", "BEN22"),
        ("Turner, Ben", "7B", "BEN22"),
        ("turner ben", "7b", "BEN22"),
        ("Benjamin Turner", "7B", "BEN22"),
        ("Benji Turner", "7B", "BEN22"),
        ("Ben James Turner", "7B", "BEN22"),
        ("Ben J. Turner", "7B", "BEN22"),
        ("Ben Tunrer", "7B", "BEN22"),
        ("Ben Turnner", "7B", "BEN22"),
        ("Ben Turmer", "7B", "BEN22"),
        ("BenTurner", "7B", "BEN22"),
        ("Benjamin (Ben) Turner", "7B", "BEN22"),
        ("Ben Turner (7B)", "", "BEN22"),
        ("Ngozi Hartley Okafor", "9A", "DBL22"),
        ("Ngozi Okafor-Hartley", "9A", "DBL22"),
        ("Ngozi Hartley", "9A", "DBL22"),
        ("Ngozi Okafor", "9A", "DBL22"),
        ("Grainne O'Suilleabhain", "9B", "GRM22"),
        ("gráinne suilleabhain", "9B", "GRM22"),
        ("Joao Silva", "9C", "PRT22"),
        ("Lukasz Wojcik", "10A", "PLS22"),
        ("Lucas Wojcik", "10A", "PLS22"),
        ("Anh Tuan Nguyen", "10B", "VTN22"),
        ("Nguyen Anh Tuan", "10B", "VTN22"),
        ("Ayse Yildiz", "10C", "TRK22"),
        ("王小明", "8B", "HNC22"),
        ("ਜਸਪ੍ਰੀਤ ਸੰਧੂ", "8C", "PNJ22"),
        ("John Paul ONeill", "8B", "JPL22"),
        ("JohnPaul O Neill", "8B", "JPL22"),
        ("Sky Carter", "8C", "PRF22"),
        ("Oliwia Nowak", "8C", "PRF22"),
        ("Olivia Nowak", "8C", "PRF22"),
        ("NA Null", "9C", "NLL22"),
    ],
)  # fmt: skip
def test_a_name_is_found_however_it_is_written(name: str, class_: str, ref: str) -> None:
    assert found(name, "", class_) == Match(ref, Link.NAME)


@pytest.mark.parametrize(("year", "class_"), [("7", "7B"), ("Year 7", ""), ("", "7 B"), ("", ""), ("yr7", "Form 7B")])
def test_year_and_class_may_be_left_out_or_written_in_any_way(year: str, class_: str) -> None:
    assert linked("Ben Turner", year, class_) == "BEN22"


def test_a_form_that_is_no_class_here_counts_as_left_out() -> None:
    assert linked("Ben Turner", "", "7x/Ma3") == "BEN22"


# --- what is never enough --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "class_", "candidates"),
    [
        ("Kershaw", "7A", ("SBL22", "SBL23")),
        ("Turner", "7B", ("BEN22",)),
        ("Ben", "7B", ("BEN22",)),
        ("B Turner", "7B", ("BEN22",)),
        ("Ben T", "7B", ("BEN22",)),
    ],
)
def test_half_a_name_or_initials_only_offer_candidates(name: str, class_: str, candidates: tuple[str, ...]) -> None:
    assert found(name, "", class_) == Match(candidates=candidates)


def test_twins_of_like_names_are_told_apart_by_the_exact_name_only() -> None:
    assert [linked(name, "8", "8A") for name in ("Ella Marsh", "Ellie Marsh", "Elle Marsh", "Eli Marsh")] == [
        "TWN22", "TWN23", "", "",
    ]  # fmt: skip
    assert found("Elle Marsh", "8", "8A").candidates == ("TWN22", "TWN23")


def test_a_name_with_the_class_of_a_namesake_waits() -> None:
    assert found("Ella Smith", "7", "7C") == Match(candidates=("KWL22", "KWL23"))


def test_two_of_one_name_in_one_year_are_never_told_apart_by_class() -> None:
    assert found("Mohammed Ali", "7", "7B").candidates[:2] == ("MHM23", "MHM22")
    assert linked("Mohammed Ali", "7", "7B") == ""


def test_two_of_one_name_in_far_years_are_told_apart_by_year() -> None:
    assert linked("Mohammed Ali", "10", "10C") == "MHM24"


def test_without_year_and_class_namesakes_wait_with_all_of_them_offered() -> None:
    assert found("Mohammed Ali").link is Link.NONE
    assert set(found("Mohammed Ali").candidates) == {"MHM22", "MHM23", "MHM24"}


def test_a_brothers_name_with_his_sisters_class_waits() -> None:
    assert found("Finley Kershaw", "9", "9A") == Match(candidates=("SBL23", "SBL22"))


def test_a_leaver_is_offered_and_never_linked() -> None:
    assert found("Amber Bell", "9", "9A") == Match(candidates=("LFT22",))


def test_a_namesake_who_left_keeps_a_pupil_from_being_sure() -> None:
    roll = Roll.of([row("HRE22", "Bell, Amber", "9A"), row("LFT22", "Bell, Amber", "9B", on_roll="Left 01/09/2026")])
    assert roll.match(Said("", "Amber Bell")) == Match(candidates=("HRE22", "LFT22"))
    assert roll.match(Said("", "Amber Bell", "9", "9A")) == Match("HRE22", Link.NAME)


def test_two_pupils_in_one_form_wait() -> None:
    match = found("Ben Turner and Isla Kershaw", "7", "7B")
    assert (match.link, match.candidates[0]) == (Link.NONE, "BEN22")


@pytest.mark.parametrize(
    "name", ["Ben Turner Isla Kershaw", "Benn Turner Isla Kershaw", "Ben T Isla Kershaw", "Turner Ben Isla K Kershaw"]
)
def test_two_names_one_after_the_other_wait_with_both_pupils_even_by_the_reference_of_one(name: str) -> None:
    for class_ in ("7B", "9A"):
        assert found(name, class_[:-1], class_) == Match(candidates=("BEN22", "SBL23", "SBL22"))
    assert found(name, "7", "7B", ref="BEN22") == Match(candidates=("BEN22", "SBL23", "SBL22"))


def test_a_long_name_that_is_one_pupils_own_is_not_taken_for_two() -> None:
    rows = [
        row("LNG22", "Khan Malik, Mohammed Ali", "7B"),
        row("ONE22", "Ali, Mohammed", "10C"),
        row("TWO22", "Malik, Khan", "11D"),
    ]
    assert Roll.of(rows, GIVEN).match(Said("", "Mohammed Ali Khan Malik", "7", "7B")) == Match("LNG22", Link.NAME)


DOUBTFUL = [
    "Ben Turner's brother", "Ben Turner brother", "brother of Ben Turner", "Ben Turner little sister",
    "Ben Turner (twin)", "twin of Ben Turner", "Ben Turner\u2019s cousin", "Mum of Ben Turner",
    "Ben Turner's mum", "friend of Ben Turner", "Ben Turner's group", "not Ben Turner",
    "not Ben Turner but his brother",
    "Ben Turner (not Benji)", "Ben Turner (no, Isla)", "it isn't Ben Turner", "Ben Turner or Isla Kershaw",
    "Ben Turner / Isla Kershaw", "Ben Turner - Isla Kershaw", "Ben Turner \u2013 Isla", "Ben Turner and Isla",
    "Ben Turner & co", "Ben Turner + Isla", "Ben Turner with Isla", "Ben Turner, Isla Kershaw", "Mr Ben Turner",
    "the boy next to Ben Turner", "Ben Turner. Isla Kershaw", "Ben Turner" + " " * 200 + "'s sister",
]  # fmt: skip


@pytest.mark.parametrize("name", DOUBTFUL)
def test_a_name_beside_a_relation_a_denial_or_another_name_is_never_linked(name: str) -> None:
    assert found(name, "7", "7B").link is Link.NONE
    assert found(name, "7", "7B", ref="BEN22").link is Link.NONE
    assert "BEN22" in found(name, "7", "7B", ref="BEN22").candidates


@pytest.mark.parametrize(
    "name",
    ["hit by Ben Turner", "someone like Ben Turner", "same as Ben Turner", "opposite Ben Turner",
     "replaced Ben Turner", "works for Ben Turner", "7B group around Ben Turner", "Ben Turner bullying victim",
     "previously Ben Turner", "Unknown, desk by Ben Turner", "ex Benjamin Turner", "Ben Turner wound this one up",
     "Ben Turner and eight more of them in all my lessons"],
)  # fmt: skip
def test_a_pupil_who_is_merely_mentioned_is_offered_and_not_linked(name: str) -> None:
    assert found(name, "7", "7B") == Match(candidates=("BEN22",))


@pytest.mark.parametrize(
    "name",
    ["Ben Turner class 7B", "form 7B Ben Turner", "Ben Turner in 7B", "Ben J Turner", "Ben Xoloitz Turner",
     "Benjamin Isla Turner", "Ben Turner Oak", "Ben Turner Year 7"],
)  # fmt: skip
def test_what_says_no_more_of_a_pupil_than_a_name_or_a_class_does_not_keep_a_link_back(name: str) -> None:
    assert found(name, "7", "Oak" if "Oak" in name else "7B") == Match("BEN22", Link.NAME)


@pytest.mark.parametrize("name", ["Ben Turner's brother", "not Ben Turner", "Ben Turner or Isla Kershaw"])
def test_whoever_a_doubtful_name_names_is_offered(name: str) -> None:
    assert "BEN22" in found(name, "7", "7B").candidates


@pytest.mark.parametrize("name", ["Ben Turner - 7B", "7B - Ben Turner", "Turner-Ben", "Ben Turner (7B) -"])
def test_a_dash_before_a_class_is_no_second_name(name: str) -> None:
    assert found(name) == Match("BEN22", Link.NAME)


def test_a_word_of_doubt_that_is_the_pupils_own_name_is_none() -> None:
    rows = [row("MTE22", "Kovács, Máté", "7A"), row("RRR22", "Cohen, Or", "7B"), row("TMM22", "Green, Tom", "7B")]
    roll = Roll.of(rows, GIVEN)
    assert roll.match(Said("", "Mate Kovacs", "7", "7A")) == Match("MTE22", Link.NAME)
    assert roll.match(Said("", "Or Cohen", "7", "7B")) == Match("RRR22", Link.NAME)
    assert roll.match(Said("", "Tom Green mate", "7", "7B")).link is Link.NONE


def test_a_slip_that_makes_another_name_is_not_taken_for_a_slip() -> None:
    roll = Roll.of([row("JDE22", "Hill, Jade", "7A"), row("JNE22", "Cole, Jane", "9B")], GIVEN)
    assert roll.match(Said("", "Jane Hill", "7", "7A")) == Match(candidates=("JDE22",))


def test_somebody_who_is_not_on_the_roll_is_nobody() -> None:
    assert found("Wilhelmina Featherstone", "9", "9A") == Match()


def test_an_empty_form_and_an_empty_roll_give_nobody() -> None:
    assert found("") == Match()
    assert found("   ", "7", "7B") == Match()
    assert Roll.of([], GIVEN).match(Said("BEN22", "Ben Turner", "7", "7B")) == Match()


def test_at_most_three_candidates_are_offered_best_first() -> None:
    roll = Roll.of([row(f"BBBB{n}", f"Wood, {name}", "7A") for n, name in enumerate(("Ann", "Bea", "Cat", "Dot"), 2)])
    assert roll.match(Said("", "Wood", "7", "7A")) == Match(candidates=("BBBB2", "BBBB3", "BBBB4"))


# --- a reference -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", "Ben Turner", "Ben", "Turner", "BT", "B Turner", "Benji Tuner"])
def test_a_reference_is_believed_unless_the_name_speaks_against_it(name: str) -> None:
    expected = Match(candidates=("BEN22",)) if name == "BT" else Match("BEN22", Link.REFERENCE)
    assert found(name, ref="BEN22") == expected


def test_a_reference_is_read_with_blanks_and_small_letters() -> None:
    assert found("", ref=" ben22 ") == Match("BEN22", Link.REFERENCE)


def test_a_reference_beats_namesakes() -> None:
    assert found("Mohammed Ali", "7", "7B", ref="MHM23") == Match("MHM23", Link.REFERENCE)


def test_a_reference_with_the_twins_name_waits_with_both() -> None:
    assert found("Ellie Marsh", "8", "8A", ref="TWN22") == Match(candidates=("TWN22", "TWN23"))


def test_a_reference_with_another_pupils_name_waits_with_both() -> None:
    assert found("Isla Kershaw", "9", "9A", ref="BEN22") == Match(candidates=("BEN22", "SBL23", "SBL22"))


def test_a_reference_with_two_names_waits() -> None:
    assert found("Ben Turner & Isla Kershaw", ref="BEN22").link is Link.NONE


@pytest.mark.parametrize(("year", "class_"), [("9", ""), ("", "9A"), ("", "7A"), ("9", "7B"), ("8", "8C")])
def test_a_reference_without_a_name_waits_where_year_or_class_is_anothers(year: str, class_: str) -> None:
    assert found("", year, class_, ref="BEN22") == Match(candidates=("BEN22",))


@pytest.mark.parametrize(("year", "class_"), [("7", ""), ("", "7B"), ("Year 7", "7b"), ("", "7x/Ma3"), ("", "")])
def test_a_reference_without_a_name_is_believed_where_nothing_contradicts(year: str, class_: str) -> None:
    assert found("", year, class_, ref="BEN22") == Match("BEN22", Link.REFERENCE)


def test_a_leavers_reference_waits() -> None:
    assert found("Amber Bell", ref="LFT22") == Match(candidates=("LFT22",))


def test_an_unknown_reference_leaves_the_name_to_decide() -> None:
    assert found("Ben Turner", "7", "7B", ref="ZZZ99") == Match("BEN22", Link.NAME)


# --- the border ------------------------------------------------------------------------------------------------


def test_who_is_meant_is_read_from_the_answers_of_a_concern() -> None:
    answers = {"name": (" Ben Turner ",), "class": ("7B",), "seen": ("words",)}
    assert Said.of(answers) == Said("", "Ben Turner", "", "7B")


def test_a_name_is_kept_out_of_the_representation() -> None:
    assert repr(Said("BEN22", "Ben Turner", "7", "7B")) == "Said(ref='BEN22', year='7', class_='7B')"


def test_rows_as_a_sheet_shows_them_are_read() -> None:
    rows: list[dict[str, Value]] = [
        {"ref": "NMB22", "name": "Bell, Ada", "year": 7.0, "group": "7A", "on_roll": "Yes"},
        {"ref": "NNE22", "name": "Prince", "year": None, "group": None, "on_roll": "Yes"},
        {"ref": None, "name": "Gone, Nobody"},
    ]
    roll = Roll.of(rows)
    assert roll.match(Said("", "Ada Bell", "7")) == Match("NMB22", Link.NAME)
    assert roll.match(Said("", "Prince", "8")).candidates == ("NNE22",)


@given(st.text(max_size=60), st.text(max_size=8), st.text(max_size=8), st.text(max_size=8))
def test_whatever_is_typed_gives_an_answer_of_the_roll(name: str, year: str, class_: str, ref: str) -> None:
    match = found(name, year, class_, ref)
    refs = {str(each["ref"]) for each in ROWS}
    assert {match.ref, *match.candidates} <= refs | {""}
    assert len(match.candidates) == len(set(match.candidates)) <= 3
    assert bool(match.ref) == (match.link is not Link.NONE)
    assert not (match.ref and match.candidates)


@given(st.permutations(ROWS))
def test_the_order_of_the_roll_makes_no_difference(rows: list[dict[str, Value]]) -> None:
    roll = Roll.of(rows, GIVEN)
    for said in (Said("", "Mohammed Ali"), Said("", "Kershaw"), Said("", "Elle Marsh", "8", "8A"), Said("", "Smith")):
        assert roll.match(said) == ROLL.match(said)


# --- how good it is (bench/matching.py is the larger measure) --------------------------------------------------


def test_on_a_made_up_roll_no_link_is_wrong_and_well_formed_names_are_linked() -> None:
    tally = Tally()
    run(tally, 7, 2000, 1500)
    assert tally.mistakes == []
    assert tally.linked.total() > 1000
    assert tally.well_formed_share >= 0.95


def test_a_match_on_2000_pupils_takes_less_than_20_milliseconds() -> None:
    made = make_roll(3, 2000, TODAY)
    roll = Roll.of(made.rows, GIVEN)
    begin = time.process_time()
    for child in made.children[:50]:
        roll.match(Said("", f"{child.forename} {child.surname}x", child.year, child.group))
    assert (time.process_time() - begin) / 50 < 0.02


@pytest.mark.parametrize("name", ["x" * 100_000, "(" * 100_000, "ab " * 30_000, "Ella " * 30_000, "7" * 100_000])
def test_a_flood_of_letters_keeps_nobody_busy(name: str) -> None:
    begin = time.process_time()
    found(name, name, name)
    assert time.process_time() - begin < 1


def test_a_made_up_roll_has_namesakes_leavers_and_strangers() -> None:
    made = make_roll(1, 500, date(2026, 11, 23))
    assert len([each for each in made.hard if (each.forename, each.surname) == ("Mohammed", "Ali")]) == 4
    assert len(made.leavers) == 25
    there = {(each.forename, each.surname) for each in made.children}
    assert [each for each in made.strangers if (each.forename, each.surname) in there] == []
