from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sync.domain.in_force import current_needs, current_status
from sync.domain.records import Need, StatusSpell

TODAY = date(2026, 1, 15)
N20 = StatusSpell("N", date(2020, 1, 6))
K22 = StatusSpell("K", date(2022, 9, 5))
E24 = StatusSpell("E", date(2024, 3, 1))
E27 = StatusSpell("E", date(2027, 1, 1))


def test_the_latest_spell_begun_wins_in_whatever_order_they_stand() -> None:
    assert [current_status(h, TODAY) for h in ([N20, K22, E24], [E24, K22, N20], [K22, E24, N20])] == [E24] * 3


def test_a_spell_of_the_future_is_not_yet_in_force() -> None:
    assert current_status([K22, E27], TODAY) == K22
    assert current_status([K22, E27], date(2027, 1, 1)) == E27
    assert current_status([E27], TODAY) is None


def test_no_block_and_an_empty_block_are_unknown() -> None:
    assert current_status(None, TODAY) is None
    assert current_status([], TODAY) is None


def test_a_spell_without_a_start_counts_as_the_oldest() -> None:
    assert current_status([K22, StatusSpell("E")], TODAY) == K22
    assert current_status([StatusSpell("E")], TODAY) == StatusSpell("E")


def test_a_last_spell_that_ended_means_none_in_force_from_the_day_after() -> None:
    ended = StatusSpell("K", date(2022, 9, 5), date(2025, 7, 20))
    assert current_status([N20, ended], TODAY) == StatusSpell("N", date(2025, 7, 21))
    assert current_status([ended], date(2025, 7, 20)) == ended


def test_of_two_spells_from_one_day_the_open_one_wins_then_the_later_in_the_file() -> None:
    closed = StatusSpell("K", date(2022, 9, 5), date(2022, 9, 5))
    other = StatusSpell("E", date(2022, 9, 5))
    assert current_status([K22, closed], TODAY) == K22
    assert current_status([K22, other], TODAY) == other
    assert current_status([other, K22], TODAY) == K22


def test_needs_that_ended_or_lie_ahead_are_not_current() -> None:
    asd = Need("ASD", 2, date(2022, 9, 5))
    needs = [
        Need("OTH"),
        asd,
        Need("SLCN", 1, date(2022, 9, 5), date(2023, 7, 20)),
        Need("MLD", 1, date(2026, 9, 1)),
        Need("HI", 3, None, TODAY),
        Need("VI", 1, TODAY),
    ]
    assert current_needs(needs, TODAY) == (Need("VI", 1, TODAY), asd, Need("HI", 3, None, TODAY), Need("OTH"))


def test_no_needs_and_unknown_needs_are_two_things() -> None:
    assert current_needs((), TODAY) == ()
    assert current_needs(None, TODAY) is None


spells = st.lists(
    st.builds(
        StatusSpell,
        st.sampled_from(["N", "K", "E"]),
        st.none() | st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    )
)


@given(spells, st.dates(date(2019, 1, 1), date(2031, 1, 1)))
def test_the_status_in_force_never_began_after_the_day(history: list[StatusSpell], day: date) -> None:
    spell = current_status(history, day)
    begun = [s for s in history if s.start is None or s.start <= day]
    assert (spell is None) == (not begun)
    if spell and spell.start:
        assert spell.start == max(s.start for s in begun if s.start)
        assert current_status(history, spell.start - timedelta(days=1)) != spell
