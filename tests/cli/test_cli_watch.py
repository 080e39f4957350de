"""`sensync sync --watch` outlives whatever one run stumbles on."""

from __future__ import annotations

import json
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

import sync.cli.sync as command
from sync.cli import run
from sync.domain.errors import ConfigError, SensyncError
from sync.service import opening, whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONFIG = """
[school]
name = "Hillcrest High School"
la = "999"
estab = "4001"
[mis]
paths = ["mis"]
[google]
credentials = "token"
token_file = "token"
[log]
file = "sensync.log"
"""


@pytest.fixture
def watch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs `sync --watch` whose runs end so, one after the other; Ctrl-C ends it after the last."""
    (tmp_path / "sensync.toml").write_text(CONFIG)
    (tmp_path / "mis").mkdir()
    monkeypatch.chdir(tmp_path)

    @contextmanager
    def open_desk(*_: Any, **__: Any) -> Iterator[Any]:
        yield SimpleNamespace(door=SimpleNamespace(counter=SimpleNamespace(requests=0)))

    monkeypatch.setattr(opening, "open_desk", open_desk)
    monkeypatch.setattr(opening, "mis_reader", lambda *_: None)

    def start(
        *errors: Exception, options: tuple[str, ...] = ("--watch", "1s")
    ) -> tuple[int, list[dict[str, Any]], str]:
        left = list(errors)

        def whole_sync(*_: Any) -> None:
            raise left.pop(0)

        def sleep(_seconds: float) -> None:
            if not left:
                raise KeyboardInterrupt

        monkeypatch.setattr(whole, "whole_sync", whole_sync)
        monkeypatch.setattr(command.time, "sleep", sleep)
        code = run(["sync", *options, "--json"])
        told = [json.loads(line)["error"] for line in capsys.readouterr().out.splitlines()]
        return code, told, (tmp_path / "sensync.log").read_text()

    return start


def test_watching_goes_on_after_an_error_that_nobody_expected_and_logs_it_without_its_words(watch: Any) -> None:
    code, told, log = watch(OverflowError("Amara Lomax"), ValueError("again"))
    assert (code, [each["kind"] for each in told]) == (130, ["Unexpected", "Unexpected", "Interrupted"])
    assert told[0]["problems"][0].startswith("Something went wrong that Sensync did not expect (OverflowError, ")
    assert told[0]["next_step"].startswith("The next run goes on from here. If it returns, report it with the log")
    assert ("OverflowError" in log, "Amara" in log) == (True, False)


def test_without_watching_such_an_error_ends_the_command(watch: Any) -> None:
    code, told, _ = watch(OverflowError("Amara Lomax"), options=())
    assert (code, [each["kind"] for each in told]) == (1, ["Unexpected"])


def test_watching_ends_where_the_configuration_has_to_be_mended(watch: Any) -> None:
    trouble: SensyncError = ConfigError("no such file")
    code, told, _ = watch(trouble)
    assert (code, [each["kind"] for each in told]) == (2, ["ConfigError"])
