from __future__ import annotations

import io
import json
import logging
import stat
from typing import TYPE_CHECKING

import pytest

from sync.log import NoNames, configure_logging, log_keys, no_names

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOG = logging.getLogger("sync.test")


@pytest.fixture(autouse=True)
def quiet_afterwards() -> Iterator[None]:
    yield
    configure_logging()
    no_names._words.clear()
    no_names._pattern = None


def test_a_line_bears_the_keys_of_its_run(time_machine_at_nine: None) -> None:
    stream = io.StringIO()
    configure_logging(stream=stream)
    with log_keys(school="Hillcrest", run="4f"):
        LOG.info("read %d rows", 7)
    assert stream.getvalue() == "2026-11-23T09:00:00Z INFO sync.test school=Hillcrest run=4f read 7 rows\n"


@pytest.fixture
def time_machine_at_nine() -> Iterator[None]:
    import time_machine  # noqa: PLC0415

    with time_machine.travel("2026-11-23T09:00:00Z", tick=False):
        yield


def test_json_lines_are_json(time_machine_at_nine: None) -> None:
    stream = io.StringIO()
    configure_logging(stream=stream, as_json=True)
    with log_keys(run="4f"):
        LOG.warning("é")
    assert json.loads(stream.getvalue()) == {
        "at": "2026-11-23T09:00:00Z",
        "level": "warning",
        "logger": "sync.test",
        "run": "4f",
        "message": "é",
    }


def test_the_file_is_the_owners_alone_even_if_it_was_not(tmp_path: Path) -> None:
    file = tmp_path / "log" / "sensync.log"
    file.parent.mkdir()
    file.touch(0o644)
    configure_logging(file=file)
    LOG.info("x")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text().endswith(" x\n")


def test_a_second_set_up_replaces_the_first() -> None:
    first, second = io.StringIO(), io.StringIO()
    configure_logging(stream=first)
    configure_logging(stream=second)
    LOG.info("x")
    assert (first.getvalue(), second.getvalue().count(" x\n")) == ("", 1)


def test_an_exception_is_logged_by_kind_and_place_and_never_by_its_words() -> None:
    stream = io.StringIO()
    configure_logging(stream=stream)
    try:
        try:
            int("Anya Oduya")
        except ValueError as error:
            raise KeyError("Anya Oduya") from error
    except KeyError:
        LOG.exception("row 7 cannot be read")
    text = stream.getvalue()
    assert "builtins.ValueError at" in text
    assert "builtins.KeyError at" in text
    assert "test_config_log.py" in text
    # The lines of code are shown, and this test's own spell the name: all others must not.
    assert [line for line in text.splitlines() if "Anya" in line and "int(" not in line and "raise" not in line] == []


def test_hidden_names_addresses_and_tokens_do_not_appear() -> None:
    belt = NoNames()
    belt.hide(["Anya", "Oduya-Smith", "Jo", ""])
    assert belt.clean("ANYA and oduya-smith, Jo, Anyas") == "[hidden] and [hidden], Jo, Anyas"
    assert belt.clean("write to a.b@school.example with ya29.abc or Bearer xyz") == (
        "write to [hidden] with [hidden] or [hidden]"
    )


def test_the_belt_also_holds_for_arguments() -> None:
    stream = io.StringIO()
    configure_logging(stream=stream)
    no_names.hide(["Anya"])
    LOG.info("pupil %s", "Anya")
    assert stream.getvalue().endswith("pupil [hidden]\n")


def test_the_libraries_that_log_addresses_are_kept_quiet() -> None:
    configure_logging("debug")
    assert not logging.getLogger("urllib3.connectionpool").isEnabledFor(logging.WARNING)
    assert not logging.getLogger("googleapiclient.discovery").isEnabledFor(logging.WARNING)
    assert not logging.getLogger("google.auth.transport.requests").isEnabledFor(logging.WARNING)
