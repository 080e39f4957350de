"""A school as its technician has it: a folder with sensync.toml, MIS files, and the command line."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sqlite3
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from support.person import Person
from support.story import ROBOT, SENCO

from sync.cli import run
from sync.madeup import make_school
from sync.madeup.files import write_folder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from local_workspace import LocalWorkspace
    from sync.madeup import MadeUpSchool

ROOT = Path(__file__).resolve().parents[2]
TODAY = datetime.now(UTC).date()
SCHOOL = make_school(seed=3, pupils=60, today=TODAY)
# What the store keeps of runs; everything else is what Sensync remembers of the workbook.
_OF_RUNS = {"run", "lease", "fence_counter", "alembic_version"}

CONFIG = """
[school]
name = "Aldermere School"
la = "{la}"
estab = "{estab}"
[mis]
paths = [{paths}]
[google]
credentials = "token"
token_file = "google.token"
base_url = "{base_url}"
reads_per_minute = 100000
writes_per_minute = 100000
[workbook]
share_with = ["{senco}"]
[log]
file = "sensync.log"
level = "debug"
"""


class Ended(NamedTuple):
    """What a command line left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class CliSchool:
    """One school with a workbook of its own on a local workspace."""

    def __init__(
        self,
        workspace: LocalWorkspace,
        folder: Path,
        *,
        la: str = "999",
        estab: str = "4321",
        paths: Iterable[Path] = (),
    ) -> None:
        self.workspace = workspace
        self.folder = folder
        self._looked_at: list[object] = []
        self.mis = folder / "mis"
        self.mis.mkdir(parents=True)
        self.config = folder / "sensync.toml"
        given = ", ".join(f'"{path}"' for path in paths) or '"mis"'
        text = CONFIG.format(la=la, estab=estab, paths=given, base_url=workspace.base_url, senco=SENCO)
        self.config.write_text(text, encoding="utf-8")
        (folder / "google.token").write_text(workspace.token_for(ROBOT), encoding="utf-8")

    def sensync(self, *arguments: str) -> Ended:
        """The command line, in this process."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run(["--config", str(self.config), *arguments])
        return Ended(code, out.getvalue(), err.getvalue())

    def ok(self, *arguments: str) -> Ended:
        """The same, where it must go well."""
        ended = self.sensync(*arguments)
        assert ended.code == 0, ended
        return ended

    def process(self, *arguments: str) -> subprocess.Popen[str]:
        """The command line as a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "sync.cli", "--config", str(self.config), *arguments],
            cwd=ROOT,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def begin(self, school: MadeUpSchool = SCHOOL) -> CliSchool:
        """MIS files, set-up and the first sync."""
        write_folder(school, self.mis)
        self.ok("setup")
        self.ok("sync")
        return self

    @property
    def ids(self) -> list[str]:
        with sqlite3.connect(self.folder / "sensync.sqlite3") as store:
            (row,) = store.execute("SELECT spreadsheet_id, teachers_spreadsheet_id FROM workbook").fetchall()
        return list(row)

    def hands(self, email: str = SENCO, *, teachers: bool = False) -> Person:
        """Somebody at work in the workbook."""
        return Person(self.workspace.base_url, self.workspace.token_for(email), self.ids[teachers])

    @property
    def robot(self) -> Person:
        return self.hands(ROBOT)

    def workbooks(self) -> list[tuple[int, int]]:
        """Both workbooks as they stand: equal only if not one write was applied between two looks.

        A spreadsheet of the workspace is a value: any write, be it of the same words, puts another in its place.
        """
        shown = self.workspace.snapshot()
        self._looked_at.append(shown)  # so that no id is given to a second object
        return [(id(shown[file]), self.workspace.files[file].version) for file in self.ids]

    def remembered(self) -> dict[str, list[Any]]:
        """What the store remembers of the workbook; not that there was a run."""
        with sqlite3.connect(self.folder / "sensync.sqlite3") as store:
            names = [name for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            return {
                name: sorted(store.execute(f"SELECT * FROM {name}").fetchall(), key=repr)  # noqa: S608 - our own names
                for name in sorted(names)
                if name not in _OF_RUNS and not name.startswith("sqlite_")
            }

    def log(self) -> str:
        return (self.folder / "sensync.log").read_text(encoding="utf-8")


def without(school: MadeUpSchool, count: int) -> MadeUpSchool:
    """The same school after the last `count` pupils of its list have left."""
    return replace(school, pupils=school.pupils[:-count])
