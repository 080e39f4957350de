from __future__ import annotations

import pytest
from school_year import pupil

from sync.domain.meetings import Audience
from sync.plan.audience import HINT, read_audience, say_audience, unknown, who_may_book
from sync.plan.identity import is_reference
from sync.plan.typed import CellError

REF, OTHER = "K7F3K", "M2345"
EVERYONE = Audience(register=False)


@pytest.mark.parametrize(
    ("typed", "audience"),
    [
        (None, Audience()),
        ("on the register", Audience()),
        ("Everyone", EVERYONE),
        ("Year 7", Audience(years=frozenset({"7"}))),
        ("Year 7, 8", Audience(years=frozenset({"7", "8"}))),
        ("Years 7-9 and Y11", Audience(years=frozenset({"7", "8", "9", "11"}))),
        ("Reception, year 1", Audience(years=frozenset({"R", "1"}))),
        ("Year R", Audience(years=frozenset({"R"}))),
        ("Nursery 2", Audience(years=frozenset({"N2"}))),
        ("everyone in Year 7", Audience(register=False, years=frozenset({"7"}))),
        ("all families, Year 7", Audience(register=False, years=frozenset({"7"}))),
        ("Families of pupils on the register in Year 7 only", Audience(years=frozenset({"7"}))),
        ("pupils with EHC plans", Audience(statuses=frozenset({"E"}))),
        ("EHC plans", Audience(statuses=frozenset({"E"}))),
        ("K", Audience(statuses=frozenset({"K"}))),
        ("SEN support or EHC plan", Audience(statuses=frozenset({"K", "E"}))),
        ("families short of three", Audience(short=True)),
        ("Year 7, short of three meetings", Audience(years=frozenset({"7"}), short=True)),
        (REF, Audience(register=False, refs=frozenset({REF}))),
        (f"{REF.lower()}; {OTHER}", Audience(register=False, refs=frozenset({REF, OTHER}))),
        (f"Rooster, Ann (7B) \u00b7 {REF}", Audience(register=False, refs=frozenset({REF}))),
        (
            f"Rooster, Ann (7B) \u00b7 {REF}, Hen, Bo (Year 3) \u00b7 {OTHER}",
            Audience(False, refs=frozenset({REF, OTHER})),
        ),
        (f"Rooster, Ann (7B) \u00b7 {REF}\nHen \u00b7 {OTHER}", Audience(False, refs=frozenset({REF, OTHER}))),
    ],
)
def test_the_words_mean_these_families(typed: str | None, audience: Audience) -> None:
    assert read_audience(typed) == audience


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("Adaeze Rooster", f"what is typed there is not something I know: {HINT}"),
        ("Year 7, Adaeze", f"part 2 of 2 is not something I know: {HINT}"),
        ("8", f"what is typed there is not something I know: {HINT}"),
        ("Year 70", f"what is typed there is not something I know: {HINT}"),
        (f"Year 7, {REF}", "it names pupils by reference and describes others too: use one row for each"),
        (f"Year 7, Rooster, Ann \u00b7 {REF}", f"a line from the roll must stand alone and end in a reference: {HINT}"),
        (f"Year 7, Rooster \u00b7 {REF}", f"a line from the roll must stand alone and end in a reference: {HINT}"),
        ("Rooster, Ann \u00b7 AAAAA", f"a line from the roll must stand alone and end in a reference: {HINT}"),
        ("everyone, EHC plans", "it says everyone and also narrows to the register: leave one of them out"),
    ],
)
def test_what_is_not_understood_is_told_without_repeating_a_name(typed: str, said: str) -> None:
    with pytest.raises(CellError) as error:
        read_audience(typed)
    assert str(error.value) == said


ROLL = {
    "K2222": pupil("K2222"),
    "K3333": pupil("K3333", year="8", status="E"),
    "N4444": pupil("N4444", status="N"),
    "N5555": pupil("N5555", status=None),
    "L6666": pupil("L6666", on_roll="Left 01/10/2026"),
}
MONITORED = {"N4444"}


@pytest.mark.parametrize(
    ("typed", "who"),
    [
        ("on the register", ("K2222", "K3333", "N4444")),
        ("everyone", ("K2222", "K3333", "N4444", "N5555")),
        ("Year 8", ("K3333",)),
        ("everyone, Year 7", ("K2222", "N4444", "N5555")),
        ("EHC plans", ("K3333",)),
        ("SEN support, Year 8", ()),
        ("short of three", ("K3333",)),
        ("N5555", ("N5555",)),
        ("L6666", ()),
    ],
)
def test_the_families_who_may_book(typed: str, who: tuple[str, ...]) -> None:
    assert all(is_reference(ref) for ref in ROLL)
    assert who_may_book(read_audience(typed), ROLL, register=MONITORED, short={"K3333", "N5555"}) == who


def test_a_reference_that_nobody_on_roll_has_is_told() -> None:
    assert unknown(read_audience("K2222, L6666, M7777"), ROLL) == (
        "No pupil on roll has the reference L6666: correct 'Who may book'.",
        "No pupil on roll has the reference M7777: correct 'Who may book'.",
    )


def test_an_audience_is_read_back_in_words() -> None:
    typed = ["", "everyone, reception, year 10, 9", "EHC plans, short of three", f"{OTHER}, {REF}"]
    assert [say_audience(read_audience(t)) for t in typed] == [
        "on the register",
        "everyone, Year R or 9 or 10",
        "on the register, EHC plans, short of three meetings",
        f"pupils {REF}, {OTHER}",
    ]
