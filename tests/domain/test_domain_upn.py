from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.domain import upn

serials = st.from_regex(r"\A[0-9]{11}[0-9ABCDEFGHJKLMNPQRTUVWXYZ]\Z")


@pytest.mark.parametrize(
    ("number", "letter"),
    [("201100018042", "R"), ("20110001804V", "T"), ("801200001001", "H"), ("674123101121", "R")],
)
def test_the_check_letters_that_the_dfe_publishes(number: str, letter: str) -> None:
    assert upn.check_letter(number) == letter


@given(serials)
def test_every_number_with_its_check_letter_is_valid(number: str) -> None:
    assert upn.fault(upn.check_letter(number) + number) is None


@given(serials, st.integers(0, 11), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(number: str, place: int, shift: int) -> None:
    # A weight (2 to 13) times a difference (1 to 9) is never a multiple of 23, which is prime.
    if not number[place].isdigit():
        return
    wrong = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]
    assert upn.is_valid(upn.check_letter(number) + wrong) is False


def test_a_temporary_upn_ends_in_a_letter() -> None:
    assert [upn.is_temporary(u) for u in ("T20110001804V", "R201100018042", "A20110001804V")] == [
        True,
        False,
        False,
    ]


def test_lower_case_and_spaces_are_forgiven() -> None:
    assert upn.normalise(" h801 2000 01001 ") == "H801200001001"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "has 0 characters where a UPN has 13"),
        ("H80120000100", "has 12 characters where a UPN has 13"),
        ("I801200001001", "is not a letter, eleven digits and a digit (or, if temporary, a letter)"),
        ("A801200001001", "fails the check-letter test (the letter should be H)"),
        ("H80120000100\u0661", "is not a letter, eleven digits and a digit (or, if temporary, a letter)"),
        ("H80120000100S", "is not a letter, eleven digits and a digit (or, if temporary, a letter)"),
    ],
)
def test_a_fault_says_what_is_wrong(text: str, reason: str) -> None:
    assert upn.fault(text) == reason


@given(st.text())
def test_any_text_can_be_asked_about(text: str) -> None:
    assert upn.is_valid(upn.normalise(text)) == (upn.fault(upn.normalise(text)) is None)


def test_a_check_letter_of_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match="eleven digits"):
        upn.check_letter("12")
