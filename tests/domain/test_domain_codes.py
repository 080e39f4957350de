from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.domain import codes


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("K", "K"),
        (" k ", "K"),
        ("SEN Support", "K"),
        ("K - SEN Support", "K"),
        ("K: SEN support", "K"),
        ("SEN Support (K)", "K"),
        ("EHCP", "E"),
        ("EHC Plan", "E"),
        ("Education, Health and Care Plan", "E"),
        ("E - Education, Health and Care Plan", "E"),
        ("No Special Educational Need", "N"),
        ("N", "N"),
        ("s", "S"),
        ("Monitoring", "Monitoring"),
        ("A - School Action", "A - School Action"),
        ("", ""),
    ],
)
def test_a_status_is_read_from_code_label_or_both(text: str, code: str) -> None:
    assert codes.status_code(text) == code


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SLCN", ("SLCN",)),
        ("SLCN - Speech, Language and Communication Needs", ("SLCN",)),
        ("Speech, Language and Communication Needs", ("SLCN",)),
        ("ASD; SLCN", ("ASD", "SLCN")),
        ("hi, vi", ("HI", "VI")),
        ("Autism (ASD)", ("ASD",)),
        ("ASD - Autism, SLCN - Speech", ("ASD", "SLCN")),
        ("SLCN - Speech, Language and Communication Needs; ASD - Autism", ("SLCN", "ASD")),
        ("ASD, ASD", ("ASD",)),
        ("ASD; something of ours", ("ASD; something of ours",)),
        ("73e987da", ("73e987da",)),
        ("Down Syndrome", ("DS",)),
        ("  ", ()),
    ],
)
def test_needs_are_read_from_codes_labels_and_lists(text: str, expected: tuple[str, ...]) -> None:
    assert codes.need_codes(text) == expected


def test_every_label_of_the_dfe_gives_its_own_code() -> None:
    assert {label: codes.need_codes(label) for label in codes.NEEDS.values()} == {
        label: (code,) for code, label in codes.NEEDS.items()
    }
    assert {label: codes.status_code(label) for label in codes.STATUSES.values()} == {
        label: code for code, label in codes.STATUSES.items()
    }


def test_the_four_broad_areas() -> None:
    assert {code: codes.area_of(code) for code in codes.NEEDS} == {
        "SPLD": "Cognition and learning",
        "MLD": "Cognition and learning",
        "SLD": "Cognition and learning",
        "PMLD": "Cognition and learning",
        "SEMH": "Social, emotional and mental health",
        "SLCN": "Communication and interaction",
        "ASD": "Communication and interaction",
        "HI": "Sensory and/or physical",
        "VI": "Sensory and/or physical",
        "MSI": "Sensory and/or physical",
        "PD": "Sensory and/or physical",
        "DS": "",
        "OTH": "",
        "NSA": "",
    }
    assert codes.area_of("73e987da") == ""


@given(st.text())
def test_unknown_text_is_kept_as_it_is(text: str) -> None:
    assert codes.status_code(text) in {*codes.STATUSES, *codes.OLDER_STATUSES, text.strip()}
    assert codes.need_codes(text) in {(), (text.strip(),)} or set(codes.need_codes(text)) <= set(codes.NEEDS)


def test_a_crafted_text_of_a_hundred_thousand_characters_is_kept_at_once() -> None:
    text = "a" + " " * 100_000 + "a"
    start = time.process_time()
    assert (codes.status_code(text), codes.need_codes(text)) == (text, (text,))
    assert time.process_time() - start < 1
