"""Nothing that Sensync logs, prints or asks for in a URL names a pupil."""

from __future__ import annotations

import contextlib
import io
import re
import tomllib
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import pytest

from local_workspace import LocalWorkspace
from sync.cli import run
from sync.google.door import Limits
from sync.madeup import make_school
from sync.madeup.names import AWKWARD_SURNAMES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# One worker: the demo runs once for all of it.
pytestmark = pytest.mark.xdist_group("endtoend_no_names")

PUPILS = 300


class Overheard:
    """All that was printed, logged and asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.printed: list[str] = []
        self.workspaces: list[LocalWorkspace] = []

    def run(self, *arguments: str) -> int:
        """One command line with everything that it prints overheard."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run(arguments)
        self.printed += [out.getvalue(), err.getvalue()]
        return code

    @property
    def words(self) -> str:
        logs = [file.read_text(encoding="utf-8") for file in self.folder.rglob("*.log")]
        return "\n".join([*self.printed, *logs, *self.urls])

    @property
    def urls(self) -> list[str]:
        return [line.path for workspace in self.workspaces for line in workspace.requests]


@pytest.fixture(scope="module")
def overheard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Overheard]:
    """The demo, a refused sync, syncs that fail in several ways, and the commands that look; the log at debug."""
    folder = tmp_path_factory.mktemp("names") / "demo"
    heard = Overheard(folder)
    with pytest.MonkeyPatch.context() as patch:
        start = LocalWorkspace.start

        def started(workspace: LocalWorkspace) -> LocalWorkspace:
            heard.workspaces.append(workspace)
            return start(workspace)

        patch.setattr(LocalWorkspace, "start", started)
        patch.setenv("SENSYNC_LOG__LEVEL", "debug")
        demo = ("demo", "--once", "--port", "0", "--pupils", str(PUPILS), "--folder", str(folder))
        assert heard.run("-v", *demo) == 0
        config = ("-v", "--config", str(folder / "sensync.toml"))
        # The demo has ended, and its workspace with it.
        with pytest.MonkeyPatch.context() as hurry:
            hurry.setattr("sync.google.credentials.Limits", partial(Limits, deadline=2.0, first_wait=0.1))
            assert heard.run(*config, "sync") == 1
        address = tomllib.loads((folder / "sensync.toml").read_text(encoding="utf-8"))["google"]["base_url"]
        with LocalWorkspace(state=folder / "workspace.sqlite3", port=int(address.rsplit(":", 1)[1])) as workspace:
            report = folder / "mis" / "SEN report.csv"
            good = report.read_bytes()
            report.write_bytes(good[: len(good) // 2])
            assert heard.run(*config, "sync") == 7
            assert heard.run(*config, "plan", "--json") == 7
            report.write_bytes(good.replace(b",K,", b",Q7,"))
            assert heard.run(*config, "sync") == 0
            report.write_bytes(good)
            workspace.fail(400, path=":batchUpdate", times=None)
            assert heard.run(*config, "sync") in (1, 2)
            workspace.weather.faults.clear()
            workspace.fail(effect="truncate", when="after", path=":batchUpdate")
            assert heard.run(*config, "sync") == 0
            for command in (["plan"], ["status"], ["check"], ["restore"], ["sync", "--json"]):
                assert heard.run(*config, *command) == 0
        yield heard


def names() -> list[str]:
    school = make_school(seed=1, pupils=PUPILS, today=datetime.now(UTC).date())
    found = {
        name
        for pupil in school.pupils
        for name in (pupil.legal_surname, pupil.legal_forename, pupil.preferred_surname, pupil.preferred_forename)
        if name
    }
    # Names of the made-up school that are also words of any log: "this user may write" is not about the pupil May.
    return sorted(found - {*AWKWARD_SURNAMES, "May"})


def test_the_demo_is_overheard_at_work(overheard: Overheard) -> None:
    log = (overheard.folder / "sensync.log").read_text(encoding="utf-8")
    assert set(re.findall(r" (DEBUG|INFO|WARNING|ERROR) ", log)) == {"INFO", "WARNING", "ERROR"}
    assert len(overheard.urls) > 15
    assert len(names()) > 200


def test_nothing_printed_logged_or_asked_for_names_a_pupil(overheard: Overheard) -> None:
    heard = overheard.words
    assert [name for name in names() if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", heard, re.IGNORECASE)] == []


def test_no_url_holds_a_upn(overheard: Overheard) -> None:
    assert [url for url in overheard.urls if re.search(r"[A-Z]\d{11}[\dA-Z]", url)] == []
