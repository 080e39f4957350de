"""A run costs the requests that the design allows, counted on the wire by a proxy that is none of ours or theirs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from google.oauth2.credentials import Credentials

from bench.mirror import FIVE, JOINED, NOTHING, OURS, SCENARIOS, SET_UP, Figure, Planning, judge, run
from bench.wire import Wire
from sync.google.door import Door

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    with Wire() as wire:
        yield wire


@pytest.fixture(scope="module")
def figures(wire: Wire) -> dict[str, Figure]:
    found, _ = run(wire, 200, 0.0, lambda _what: None, peers=())
    return {figure.scenario: figure for figure in found}


def requests(figure: Figure) -> tuple[int, int, int, int]:
    return figure.reads, figure.writes, figure.teachers_reads, figure.teachers_writes


def test_set_up_and_the_first_sync_take_five_requests_and_the_teachers_workbook_three(
    figures: dict[str, Figure],
) -> None:
    assert requests(figures[SET_UP]) == (1, 4, 0, 3)


def test_a_run_that_finds_nothing_new_reads_once_and_writes_nothing(figures: dict[str, Figure]) -> None:
    assert requests(figures[NOTHING]) == (1, 0, 0, 0)


def test_five_changed_cells_take_one_read_and_one_write(figures: dict[str, Figure]) -> None:
    assert requests(figures[FIVE]) == (1, 1, 0, 0)


def test_fifty_new_pupils_take_one_read_and_one_write_and_one_write_to_the_teachers_workbook(
    figures: dict[str, Figure],
) -> None:
    assert requests(figures[JOINED]) == (1, 1, 0, 1)


def test_the_proxy_counts_the_bytes_that_the_door_counts(wire: Wire) -> None:
    door = Door(Credentials(wire.token), base_url=wire.base_url)  # type: ignore[no-untyped-call]
    rows = [{"values": [{"userEnteredValue": {"stringValue": f"Row {n}"}}]} for n in range(500)]

    def there_and_back() -> None:
        body = {"sheets": [{"data": [{"rowData": rows}]}]}
        made = door.sheets_create(body, "spreadsheetId")["spreadsheetId"]
        assert len(door.sheets_get(made, fields="sheets.data")["sheets"][0]["data"][0]["rowData"]) == 500

    counted = wire.measure(there_and_back).requests
    assert [(r.method, r.status) for r in counted] == [("POST", 200), ("GET", 200)]
    assert sum(r.bytes_in for r in counted) == door.counter.bytes_sent
    assert sum(r.bytes_out for r in counted) == door.counter.bytes_received


def test_latency_is_added_to_each_request(wire: Wire) -> None:
    door = Door(Credentials(wire.token), base_url=wire.base_url)  # type: ignore[no-untyped-call]
    wire.latency(0.15)
    try:
        elapsed = wire.measure(lambda: (door.drive_list("", "files(id)"), door.drive_list("", "files(id)"))).elapsed
    finally:
        wire.latency(0.0)
    assert elapsed >= 0.3


def test_each_target_that_is_missed_is_told() -> None:
    good = Figure(200, 0.0, SET_UP, OURS, 1, 4, 0, 3, 400, 400, 0.1, 1.0)
    counts = {SET_UP: (1, 4), NOTHING: (1, 0), FIVE: (1, 1), JOINED: (1, 1)}
    ours = [
        replace(good, scenario=s, reads=counts[s][0], writes=counts[s][1], teachers_writes=int(s == JOINED))
        for s in SCENARIOS
    ]
    peers = [replace(figure, tool="a peer", sent=900) for figure in ours]
    quick, slow = Planning(200, NOTHING, 0.1), Planning(200, JOINED, 0.2)

    def met(mine: list[Figure], planning: Planning = quick) -> list[bool]:
        return [verdict.met for verdict in judge([*mine, *peers], [planning])]

    assert met(ours) == [True] * 5
    assert met([replace(ours[0], writes=5), *ours[1:]]) == [False, True, True, True, True]
    assert met([ours[0], replace(ours[1], teachers_writes=1), *ours[2:]]) == [True, False, True, True, True]
    assert met([*ours[:3], replace(ours[3], reads=2)]) == [True, True, False, True, True]
    assert met([*ours[:2], replace(ours[2], received=901), ours[3]]) == [True, True, True, False, True]
    assert met(ours, slow) == [True, True, True, True, False]
