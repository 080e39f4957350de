"""What a mirror costs: requests, bytes on the wire, CPU and time, Sensync beside three other tools.

Run from the root: `python -m bench.mirror`, or `--quick` for 200 pupils without latency. Every tool mirrors the same
tabs of the same made-up school into the same local workspace through the same counting proxy, in the same run. Ends
with code 1 when a target is missed. docs/benchmarks.md says what is counted and what the figures do not show.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from google.auth.transport.requests import AuthorizedSession
from google.oauth2.credentials import Credentials
from rich.console import Console
from rich.table import Table

from bench.ours import Ours, School, made_up
from bench.peers import PEERS, cost
from bench.wire import Measured, Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from bench.peers import Cost, Peer, Tables

OURS = "Sensync"
SET_UP, NOTHING, FIVE, JOINED = "set-up", "nothing new", "5 cells changed", "50 pupils new"
SCENARIOS = (SET_UP, NOTHING, FIVE, JOINED)
SIZES = (200, 1000, 2000)
LATENCIES = (0.0, 0.1)
PLANNING_CPU = 0.2
SET_UP_REQUESTS = 5


@dataclass(frozen=True, slots=True)
class Figure:
    """One tool in one scenario.

    Attributes:
        pupils: on roll before the fifty new ones.
        latency: seconds added to each request.
        reads, writes: requests for the mirrored workbook; everything that is not a GET counts as a write.
        teachers_reads, teachers_writes: requests for the teachers' workbook, which only Sensync makes.
        sent, received: bytes of bodies as they travelled, for both workbooks.
        cpu: seconds of CPU in the client's process.
        elapsed: seconds that passed.
    """

    pupils: int
    latency: float
    scenario: str
    tool: str
    reads: int
    writes: int
    teachers_reads: int
    teachers_writes: int
    sent: int
    received: int
    cpu: float
    elapsed: float

    @property
    def bytes(self) -> int:
        """Both directions."""
        return self.sent + self.received


@dataclass(frozen=True, slots=True)
class Planning:
    """Seconds of CPU that planning alone takes before the sync of a scenario, median of five."""

    pupils: int
    scenario: str
    cpu: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a target is met, with the figures that decide it."""

    target: str
    met: bool
    found: str


def run(
    wire: Wire, pupils: int, latency: float, say: Callable[[str], None], peers: Sequence[Peer] = PEERS
) -> tuple[list[Figure], list[Planning]]:
    """All scenarios of one size and latency: Sensync, then each of the peers with the same facts.

    Args:
        wire: the wire to measure on.
        pupils: how many are on roll at first.
        latency: seconds to add to each request.
        say: told what is being done.
        peers: the tools to compare with.
    """
    wire.latency(latency)
    school = made_up(pupils)
    figures, planning, tables = _ours(wire, school, pupils, latency, say)
    for peer in peers:
        say(f"{pupils} pupils, {latency * 1000:.0f} ms: {peer.name}")
        figures += _peer(wire, peer, tables, pupils, latency)
    return figures, planning


def _ours(
    wire: Wire, school: School, pupils: int, latency: float, say: Callable[[str], None]
) -> tuple[list[Figure], list[Planning], dict[str, Tables]]:
    figures: list[Figure] = []
    planning: list[Planning] = []
    tables: dict[str, Tables] = {}
    mornings = (school.first, school.first, school.five_cells, school.joined)
    with tempfile.TemporaryDirectory() as folder, Ours(wire, Path(folder)) as ours:
        for scenario, mis in zip(SCENARIOS, mornings, strict=True):
            say(f"{pupils} pupils, {latency * 1000:.0f} ms: {OURS}, {scenario}")
            made = wire.measure(ours.set_up) if scenario == SET_UP else Measured((), 0.0, 0.0)
            planning.append(Planning(pupils, scenario, ours.planning_cpu(mis)))
            measured = made.then(wire.measure(partial(ours.sync, mis)))
            teachers = cost(ours.teachers_part(measured.requests))
            figures.append(_figure(measured, teachers, pupils, latency, scenario, OURS))
            tables[scenario] = ours.tables()
    return figures, planning, tables


def _peer(wire: Wire, peer: Peer, tables: dict[str, Tables], pupils: int, latency: float) -> list[Figure]:
    credentials = Credentials(wire.token)  # type: ignore[no-untyped-call]
    made: list[str] = []

    def work(scenario: str) -> None:
        if scenario == SET_UP:
            made.append(_new_spreadsheet(wire, credentials, peer.name))
        peer.mirror(wire.base_url, credentials, made[0], tables[scenario])

    nobody = cost(())
    return [
        _figure(wire.measure(partial(work, scenario)), nobody, pupils, latency, scenario, peer.name)
        for scenario in SCENARIOS
    ]


def _new_spreadsheet(wire: Wire, credentials: Credentials, title: str) -> str:
    """An empty spreadsheet, by the one request that takes."""
    with AuthorizedSession(credentials) as session:  # type: ignore[no-untyped-call]
        url = f"{wire.base_url}/v4/spreadsheets?fields=spreadsheetId"
        answer = session.post(url, json={"properties": {"title": title}}, timeout=60)
        answer.raise_for_status()
        return str(answer.json()["spreadsheetId"])


def _figure(measured: Measured, teachers: Cost, pupils: int, latency: float, scenario: str, tool: str) -> Figure:
    whole = cost(measured.requests)
    return Figure(
        pupils=pupils,
        latency=latency,
        scenario=scenario,
        tool=tool,
        reads=whole.reads - teachers.reads,
        writes=whole.writes - teachers.writes,
        teachers_reads=teachers.reads,
        teachers_writes=teachers.writes,
        sent=whole.sent,
        received=whole.received,
        cpu=measured.cpu,
        elapsed=measured.elapsed,
    )


def judge(figures: Sequence[Figure], planning: Sequence[Planning]) -> list[Verdict]:
    """A verdict for each target."""
    ours = [f for f in figures if f.tool == OURS]
    set_ups = [f for f in ours if f.scenario == SET_UP]
    quiet = [f for f in ours if f.scenario == NOTHING]
    busy = [f for f in ours if f.scenario in (FIVE, JOINED)]
    most = max(f.reads + f.writes for f in set_ups)
    cheapest = [(f, min(p.bytes for p in _beside(f, figures))) for f in ours]
    closest = min(cheapest, key=lambda pair: pair[1] / pair[0].bytes)
    slowest = max(planning, key=lambda p: (p.pupils, p.cpu))
    return [
        Verdict(
            f"Set-up with the first sync: at most {SET_UP_REQUESTS} requests to the SENCO's workbook",
            most <= SET_UP_REQUESTS,
            f"{most}",
        ),
        Verdict(
            "Nothing new: 1 read, 0 writes, and none to the teachers' workbook",
            all(_requests(f) == (1, 0, 0, 0) for f in quiet),
            _told(quiet),
        ),
        Verdict(
            "Any change: 1 read + 1 write, and at most 1 write to the teachers' workbook",
            all(_requests(f)[:3] == (1, 1, 0) and f.teachers_writes <= 1 for f in busy),
            _told(busy),
        ),
        Verdict(
            "Never more bytes than any peer in the same scenario, the teachers' workbook included",
            all(f.bytes <= least for f, least in cheapest),
            f"at the closest {closest[0].bytes:,} beside {closest[1]:,} "
            f"({closest[0].scenario}, {closest[0].pupils:,} pupils)",
        ),
        Verdict(
            f"Planning {slowest.pupils:,} pupils: under {PLANNING_CPU} s of CPU",
            slowest.cpu < PLANNING_CPU,
            f"{slowest.cpu:.3f} s at most ({slowest.scenario})",
        ),
    ]


def _beside(figure: Figure, figures: Iterable[Figure]) -> list[Figure]:
    """The peers' figures of the same size, latency and scenario."""
    case = (figure.pupils, figure.latency, figure.scenario)
    return [f for f in figures if f.tool != OURS and (f.pupils, f.latency, f.scenario) == case]


def _requests(figure: Figure) -> tuple[int, int, int, int]:
    return figure.reads, figure.writes, figure.teachers_reads, figure.teachers_writes


def _told(figures: Iterable[Figure]) -> str:
    seen = sorted({_requests(f) for f in figures})
    return "; ".join(f"{r} + {w}, teachers' {tr} + {tw}" for r, w, tr, tw in seen)


def table(figures: Sequence[Figure], pupils: int) -> Table:
    """The figures of one size: the first latency's, and the time that passed at each."""
    mine = [f for f in figures if f.pupils == pupils]
    latencies = sorted({f.latency for f in mine})
    shown = Table(title=f"{pupils:,} pupils (x: the peer's figure over Sensync's)", title_justify="left")
    for name in ("Scenario", "Tool"):
        shown.add_column(name)
    headings = ["Reads", "Writes", "Teachers' writes", "Sent kB", "Received kB", "Bytes x", "CPU s", "CPU x"]
    headings += [f"{word} {latency * 1000:.0f} ms" for latency in latencies for word in ("s at", "x at")]
    for name in headings:
        shown.add_column(name, justify="right")
    for base in (f for f in mine if f.tool == OURS and f.latency == latencies[0]):
        group = [base, *_beside(base, mine)]
        for figure in group:
            times = [_same(figure, mine, latency) for latency in latencies]
            ours = [_same(base, mine, latency) for latency in latencies]
            shown.add_row(
                base.scenario if figure is base else "",
                figure.tool,
                str(figure.reads),
                str(figure.writes),
                str(figure.teachers_writes) if figure is base else "",
                f"{figure.sent / 1000:,.1f}",
                f"{figure.received / 1000:,.1f}",
                _ratio(figure.bytes, base.bytes),
                f"{figure.cpu:.2f}",
                _ratio(figure.cpu, base.cpu),
                *(
                    text
                    for theirs, our in zip(times, ours, strict=True)
                    for text in (f"{theirs.elapsed:.2f}", _ratio(theirs.elapsed, our.elapsed))
                ),
                end_section=figure is group[-1],
            )
    return shown


def _same(figure: Figure, figures: Iterable[Figure], latency: float) -> Figure:
    """The figure of the same tool and scenario at another latency."""
    return next(f for f in figures if (f.tool, f.scenario, f.latency) == (figure.tool, figure.scenario, latency))


def _ratio(theirs: float, ours: float) -> str:
    return f"{theirs / ours:.1f}"


def machine() -> str:
    """What the figures were taken on."""
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print and judge; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.mirror", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="200 pupils, no latency")
    parser.add_argument("--json", type=Path, help="write every figure to this file")
    given = parser.parse_args(arguments)
    # Without a terminal there is no width to fit, and a table cut short says nothing.
    console = Console(width=None if sys.stdout.isatty() else 200)
    progress = Console(stderr=True)
    figures: list[Figure] = []
    planning: list[Planning] = []
    sizes, latencies = (SIZES[:1], LATENCIES[:1]) if given.quick else (SIZES, LATENCIES)
    with Wire() as wire:
        for pupils in sizes:
            for latency in latencies:
                found, planned = run(wire, pupils, latency, lambda what: progress.print(what, style="dim"))
                figures += found
                planning += planned
    verdicts = judge(figures, planning)
    console.print(f"{machine()}\n")
    for pupils in sizes:
        console.print(table(figures, pupils))
    for verdict in verdicts:
        console.print(f"{'met   ' if verdict.met else 'MISSED'}  {verdict.target}: {verdict.found}", highlight=False)
    if given.json:
        told = {"machine": machine(), "figures": figures, "planning": planning, "verdicts": verdicts}
        given.json.write_text(json.dumps(told, default=asdict, indent=2), encoding="utf-8")
    return 0 if all(verdict.met for verdict in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
