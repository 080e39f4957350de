"""How fast the local workspace is: mixed requests, a big workbook in a page, and what keeping its state costs.

Run from the root: `python -m bench.workspace`, or `--quick` for a tenth of it. The workspace runs in a process of its
own, as `python -m local_workspace` starts it. Ends with code 1 when a target is missed. docs/local-workspace.md says
what was found and on what machine.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

TOKEN = "bench"  # noqa: S105 - of a workspace that lives for this run
REQUESTS = 1000
MIXED_TARGET = 2.0
TABS, ROWS, COLUMNS = 10, 2000, 40
PAGE_TARGET = 1.0
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_ROOT = Path(__file__).resolve().parent.parent
_BLOCK = 60
"""Rows that the page asks for at a time (local_workspace/pages_static/book.js)."""
_TAB_FIELDS = "properties,merges,charts,filterViews,basicFilter,bandedRanges,protectedRanges"
_CELL_FIELDS = (
    "userEnteredValue,effectiveValue,formattedValue,hyperlink,note,"
    "dataValidation(condition,strict,inputMessage,showCustomUi),effectiveFormat"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One figure.

    Attributes:
        seconds: what was measured, the median where there were several runs.
        target: seconds it should stay under; None where there is none.
        note: runs, ratios.
    """

    name: str
    seconds: float
    target: float | None = None
    note: str = ""

    @property
    def met(self) -> bool:
        """Whether the target holds, or there is none."""
        return self.target is None or self.seconds <= self.target


class Client:
    """One keep-alive connection to a workspace."""

    def __init__(self, base_url: str) -> None:
        parts = urlsplit(base_url)
        self.base_url = base_url
        self._connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=300)
        self._headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON of an answer.

        Raises:
            RuntimeError: the workspace refused; the message holds its words.
        """
        raw = None if body is None else json.dumps(body).encode()
        self._connection.request(method, path, raw, self._headers)
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {content[:300]!r}")
        return json.loads(content) if content else None


@contextmanager
def running(*arguments: str) -> Iterator[Client]:
    """A workspace in a process of its own."""
    command = [sys.executable, "-u", "-m", "local_workspace", "--token", TOKEN, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=_ROOT) as process:
        try:
            line = process.stdout.readline().strip() if process.stdout else ""
            if not line:
                raise RuntimeError(f"The workspace ended with code {process.wait()}; its own words are above.")
            yield Client(line)
        finally:
            process.terminate()


def mixed(client: Client, count: int) -> float:
    """Seconds for so many requests, gets, updates, appends, batchUpdates and Drive lists in turn."""
    made = client("POST", "/v4/spreadsheets", {"properties": {"title": "Mixed", "locale": "en_GB"}})
    path = f"/v4/spreadsheets/{made['spreadsheetId']}"
    rows = [[f"H80{row:03}", "SLCN", row, f"=C{row + 1}*2"] for row in range(200)]
    client("PUT", f"{path}/values/A1:D200?valueInputOption=USER_ENTERED", {"values": rows})
    note = {"updateCells": {"start": {"rowIndex": 3, "columnIndex": 7}, "fields": "note", "rows": []}}
    note["updateCells"]["rows"] = [{"values": [{"note": "seen"}]}]
    calls: list[tuple[str, str, Any]] = [
        ("GET", f"{path}/values/A1:D50", None),
        ("PUT", f"{path}/values/F2?valueInputOption=USER_ENTERED", {"values": [["23/11/2026"]]}),
        ("POST", f"{path}/values/A1:append?valueInputOption=RAW", {"values": [["H80999", "SEMH", 1]]}),
        ("POST", f"{path}:batchUpdate", {"requests": [note]}),
        ("GET", f"{path}?fields=sheets.properties", None),
        ("PUT", f"{path}/values/C5?valueInputOption=RAW", {"values": [[7]]}),
        ("GET", f"{path}/values/D5", None),
        ("GET", f"/drive/v3/files?q={quote('trashed = false')}&fields={quote('files(id,name,version)')}", None),
    ]
    began = time.perf_counter()
    for call in islice(cycle(calls), count):
        client(*call)
    return time.perf_counter() - began


def mixed_findings(count: int, runs: int) -> list[Finding]:
    """The mixed requests without a state file and with one, in turn, so that both see the same machine."""
    without, kept = [], []
    for _ in range(runs):
        with running() as client:
            without.append(mixed(client, count))
        with tempfile.TemporaryDirectory() as folder, running("--state", str(Path(folder) / "s.db")) as client:
            kept.append(mixed(client, count))
    target = MIXED_TARGET * count / REQUESTS
    off, on = statistics.median(without), statistics.median(kept)
    return [
        Finding(f"{count:,} mixed requests, in memory", off, target, f"{count / off:,.0f} a second"),
        Finding(f"{count:,} mixed requests, state saved after every change", on, target, f"{on / off:.2f} of memory"),
    ]


def fill(client: Client, rows: int) -> str:
    """A workbook of ten tabs, one column of each a look-up into the first; gives its id."""
    tabs = [{"properties": {"sheetId": at, "title": f"Tab {at}", "gridProperties": _grid(rows)}} for at in range(TABS)]
    made = client("POST", "/v4/spreadsheets", {"properties": {"title": "Big", "locale": "en_GB"}, "sheets": tabs})
    look_up = "=IFNA(INDEX('Tab 0'!$C:$C,MATCH(INDEX($A:$A,ROW()),'Tab 0'!$A:$A,0)),\"\")"
    for at in range(TABS):
        values = [
            [f"H80{row:06}", *(f"r{row}c{column}" if column % 3 else row * column for column in range(1, COLUMNS - 1))]
            for row in range(rows)
        ]
        block = [[*row, look_up] for row in values] if at else values
        path = f"/v4/spreadsheets/{made['spreadsheetId']}/values/{quote(f'Tab {at}!A1')}"
        client("PUT", f"{path}?valueInputOption=USER_ENTERED", {"values": block})
    return str(made["spreadsheetId"])


def _grid(rows: int) -> dict[str, int]:
    return {"rowCount": rows, "columnCount": COLUMNS, "frozenRowCount": 1}


def page_answers(client: Client, book: str) -> None:
    """What the sheet page asks before it paints: the tabs, then the measures and the first rows of one."""
    path = f"/v4/spreadsheets/{book}?prettyPrint=false"
    client("GET", f"{path}&fields={quote(f'properties(title,locale,timeZone),namedRanges,sheets({_TAB_FIELDS})')}")
    first = quote("'Tab 1'!A1:AN60")
    client("GET", f"{path}&ranges={first}&fields={quote('sheets(data(rowMetadata,columnMetadata))')}")
    client("GET", f"{path}&ranges={first}&fields={quote(f'sheets(data(rowData(values({_CELL_FIELDS}))))')}")


def seconds(work: Callable[[], object]) -> float:
    """How long some work takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def workbook_findings(rows: int) -> list[Finding]:
    """A big workbook: filled, taken up again from its state, its first page answered, and painted."""
    cells = TABS * rows * COLUMNS
    with tempfile.TemporaryDirectory() as folder:
        state = str(Path(folder) / "s.db")
        with running("--state", state) as client:
            began = time.perf_counter()
            book = fill(client, rows)
            filled = time.perf_counter() - began
        began = time.perf_counter()
        with running("--state", state) as client:
            started = time.perf_counter() - began
            cold = seconds(lambda: page_answers(client, book))
            warm = statistics.median(seconds(lambda: page_answers(client, book)) for _ in range(5))
            write = f"/v4/spreadsheets/{book}/values/{quote('Tab 0!C5')}?valueInputOption=RAW"

            def edited() -> None:
                client("PUT", write, {"values": [["changed"]]})
                page_answers(client, book)

            edit = statistics.median(seconds(edited) for _ in range(5))
            found = [
                Finding(f"{cells:,} cells typed in, ten requests", filled),
                Finding("the same taken up from the state file, process started", started),
                Finding("the first answers after that, all formulas computed anew", cold),
                Finding("answers of its page, again", warm, PAGE_TARGET),
                Finding(f"a cell changed that {(TABS - 1) * rows:,} look-ups read, then the same", edit, PAGE_TARGET),
            ]
            browser = next((path for path in map(shutil.which, BROWSERS) if path), None)
            if browser is None:
                return found
            return [*found, *painted(client.base_url, book, browser)]


def painted(base_url: str, book: str, executable: str) -> list[Finding]:
    """Seconds from opening the page in Chromium until the cells of the first screen are there."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only where there is a browser

    times = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--headless=new", "--no-sandbox"])
        for _ in range(5):
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.goto(f"{base_url}/")
            began = time.perf_counter()
            page.goto(f"{base_url}/spreadsheets/d/{book}/edit")
            page.get_by_text("r1c1", exact=True).first.wait_for()
            times.append(time.perf_counter() - began)
            page.close()
        browser.close()
    slowest = f"slowest of {len(times)}: {max(times):.2f} s"
    return [Finding("its page opened in Chromium, grid painted", statistics.median(times), PAGE_TARGET, slowest)]


def show(findings: Sequence[Finding]) -> None:
    """The findings as a table."""
    table = Table(title=f"Python {platform.python_version()}, {os.cpu_count()} cores")
    for heading in ("", "seconds", "target", ""):
        table.add_column(heading, justify="left" if not heading else "right")
    for found in findings:
        target = "" if found.target is None else f"{found.target:.1f} {'met' if found.met else 'MISSED'}"
        table.add_row(found.name, f"{found.seconds:.3f}", target, found.note)
    Console(width=130).print(table)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, show, and say by the code whether every target was met."""
    parser = argparse.ArgumentParser(prog="python -m bench.workspace", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the requests and rows")
    quick = parser.parse_args(arguments).quick
    count, rows = (REQUESTS // 10, ROWS // 10) if quick else (REQUESTS, ROWS)
    findings = mixed_findings(count, runs=1 if quick else 5) + workbook_findings(rows)
    show(findings)
    return 0 if all(found.met for found in findings) else 1


if __name__ == "__main__":
    sys.exit(main())
