"""However often people move rows and columns in the very instant of our writes, each word ends where it was.

The board is in memory, so that thousands of examples take seconds. `tests/stateful` does the same over HTTP.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from board import TEMPLATE, Board, Office, formula, mis, pupil
from hypothesis import given, settings
from hypothesis import strategies as st

PUPILS = 6
HERS = ("notes", "strategies")
COMPUTED = [c.key for c in TEMPLATE.tab("register").columns if c.computed]
Act = Callable[["Restless", "tuple[int, int] | None"], None]


class Restless(Board):
    """A workbook in which people act in the instant of each write, knowing the cell that is about to be written."""

    def __init__(self) -> None:
        self.waiting: list[list[Act]] = []
        super().__init__()

    def batch_update(self, body: dict[str, Any]) -> dict[str, Any]:
        acts = self.waiting.pop(0) if self.waiting else []
        target = self._target(body) if acts else None
        for act in acts:
            act(self, target)
        return super().batch_update(body)

    def _target(self, body: dict[str, Any]) -> tuple[int, int] | None:
        register = self.sheet("register").id
        for request in body["requests"]:
            start = request.get("updateCells", {}).get("start", {})
            if start.get("sheetId") == register:
                return start["rowIndex"], start["columnIndex"]
        return None

    def sort_by(self, column: int, *, descending: bool) -> None:
        def order(row: list[dict[str, Any] | None]) -> tuple[bool, str]:
            return row[column] is None, str(next(iter((row[column] or {"": ""}).values())))

        sheet = self.sheet("register")
        full = sorted((r for r in sheet.cells[1:] if any(r)), key=order, reverse=descending)
        sheet.cells[1:] = full + [r for r in sheet.cells[1:] if not any(r)]

    def move_row(self, from_: int, to: int) -> None:
        cells = self.sheet("register").cells
        cells.insert(to, cells.pop(from_))


def sort(column: int, descending: bool) -> Act:
    return lambda board, _: board.sort_by(column, descending=descending)


def move_column(key: str, to: int) -> Act:
    return lambda board, _: board.move_column("register", key, to)


def move_row(from_: int, to: int) -> Act:
    return lambda board, _: board.move_row(from_, to)


def insert_row(at: int) -> Act:
    return lambda board, _: board.insert_row("register", at)


def bring(key: str, row: int) -> Act:
    """Move the cell of one of her columns to the very cell that is being written."""

    def act(board: Restless, target: tuple[int, int] | None) -> None:
        if target is not None:
            board.move_column("register", key, target[1])
            board.move_row(row, target[0])

    return act


rows = st.integers(1, PUPILS + 1)
acts = st.one_of(
    st.builds(sort, st.integers(0, 34), st.booleans()),
    st.builds(move_column, st.sampled_from([*HERS, *HERS, *COMPUTED]), st.integers(0, 34)),
    st.builds(move_row, rows, rows),
    st.builds(insert_row, rows),
    st.builds(bring, st.sampled_from(HERS), rows),
    st.builds(bring, st.sampled_from(HERS), rows),
)


ROLL = mis(*(pupil(n) for n in range(1, PUPILS + 1)))
LONGER = mis(*(pupil(n) for n in range(1, PUPILS + 3)))


def begin(words: list[tuple[str | None, str | None]]) -> tuple[Restless, Office]:
    """A register in which she wrote these notes and strategies, pupil by pupil."""
    board = Restless()
    office = Office(board)
    office.sync(ROLL)
    for n, told in enumerate(words, start=1):
        row = board.find("register", office.ref(f"UPN{n}"))
        for key, word in zip(HERS, told, strict=True):
            board.type("register", row, key, word)
    office.sync(ROLL)
    return board, office


def words_now(board: Board, office: Office) -> list[tuple[object, ...]]:
    found = []
    for n in range(1, PUPILS + 1):
        row = board.find("register", office.ref(f"UPN{n}"))
        found.append(tuple(board.value("register", row, key) for key in HERS))
    return found


word = st.sampled_from([None, "reads well", "reads well", "sits near the front", "check the hearing", "likes maps"])


@settings(max_examples=400)
@given(
    words=st.lists(st.tuples(word, word), min_size=PUPILS, max_size=PUPILS),
    damage=st.lists(st.tuples(rows, st.sampled_from(COMPUTED), st.booleans()), min_size=1, max_size=4),
    waiting=st.lists(st.lists(acts, max_size=2), max_size=4),
    joined=st.booleans(),
)
def test_no_word_is_displaced(
    words: list[tuple[str | None, str | None]],
    damage: list[tuple[int, str, bool]],
    waiting: list[list[Act]],
    joined: bool,
) -> None:
    board, office = begin(words)
    for row, key, cleared in damage:
        board.type("register", row, key, None if cleared else "typed over")
    board.waiting = waiting
    roll = LONGER if joined else ROLL
    office.settle(roll)
    office.settle(roll)  # with the acts that were left over
    assert words_now(board, office) == words
    plan = office.sync(roll)
    assert list(plan.describe()) == ["Nothing to do: the workbook agrees with the MIS."]


WORDS: list[tuple[str | None, str | None]] = [(f"words {n}", f"strategy {n}") for n in range(1, PUPILS + 1)]


@pytest.mark.parametrize("to", [0, 1, 5])
def test_a_new_row_that_met_a_moved_column_gets_its_own_shape(to: int) -> None:
    board, office = begin(WORDS)
    board.waiting = [[move_column("notes", to)]]
    office.settle(LONGER)
    for n in (7, 8):
        row = board.find("register", office.ref(f"UPN{n}"))
        assert [k for k in COMPUTED if formula(board, "register", row, k) is None] == []
        assert [board.value("register", row, k) for k in HERS] == [None, None]
    assert words_now(board, office) == WORDS
    assert len(board.values("register", "ref")) == PUPILS + 2


@pytest.mark.parametrize(
    ("key", "to"), [("notes", 0), ("notes", 3), ("strategies", 0), ("ref", 30), ("strategies", 31)]
)
def test_a_row_put_back_that_met_a_moved_column_has_its_words_in_their_columns(key: str, to: int) -> None:
    board, office = begin(WORDS)
    board.delete_row("register", board.find("register", office.ref("UPN2")))
    board.waiting = [[move_column(key, to)]]
    office.settle(ROLL)
    assert words_now(board, office) == WORDS
    assert len(board.values("register", "ref")) == PUPILS
