from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
import types
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

import sync.cli
from sync import __version__
from sync.cli import COMMANDS, Entry, json_option, pass_shell, run
from sync.domain.errors import Exit, RefusedError, TryAgainError

if TYPE_CHECKING:
    from collections.abc import Callable

DOCUMENT = Path(__file__).parents[2] / "docs/commands.md"
PRESENT = [name for name, entry in COMMANDS.items() if importlib.util.find_spec(entry.module)]


@pytest.fixture
def act(monkeypatch: pytest.MonkeyPatch) -> Callable[[Exception | None], None]:
    """Makes `sensync act` a command that raises what the test says."""

    def arrange(error: BaseException | None, result: object = None) -> None:
        @click.command("act")
        @json_option
        @pass_shell
        def command(shell: sync.cli.Shell, as_json: bool) -> object:
            if error is not None:
                raise error
            return result

        module = types.ModuleType("sync_test_act")
        module.command = command  # type: ignore[attr-defined]
        module.__spec__ = importlib.machinery.ModuleSpec("sync_test_act", None)
        monkeypatch.setitem(sys.modules, "sync_test_act", module)
        monkeypatch.setitem(COMMANDS, "act", Entry("sync_test_act", "Act."))

    return arrange


def test_help_imports_no_command_and_no_heavy_library() -> None:
    program = (
        "import sys; from sync.cli import run; code = run(['--help']); "
        "heavy = {'sqlalchemy', 'pydantic', 'google.auth', 'gspread', 'pandas', 'requests', 'flask'}; "
        "print(code, sorted(heavy & set(sys.modules)), [m for m in sys.modules if m.startswith('sync.cli.')])"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines()[-1] == "0 [] []"


def test_help_lists_every_command_that_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    listed = capsys.readouterr().out.split("Commands:\n")[1]
    assert re.findall(r"^  ([\w-]+)  ", listed, re.MULTILINE) == PRESENT


@pytest.mark.parametrize("name", PRESENT)
def test_every_command_has_help_that_begins_as_the_list_says(name: str) -> None:
    command = importlib.import_module(COMMANDS[name].module).command
    assert command.name == name
    assert command.get_short_help_str(200) == COMMANDS[name].help


def every_command() -> list[tuple[str, click.Command]]:
    found: list[tuple[str, click.Command]] = [("sensync", sync.cli.command)]
    for name in PRESENT:
        command = importlib.import_module(COMMANDS[name].module).command
        found.append((f"sensync {name}", command))
        if isinstance(command, click.Group):
            found += [(f"sensync {name} {inner}", each) for inner, each in command.commands.items()]
    return found


@pytest.mark.parametrize(
    ("path", "command"), every_command(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_command_option_and_argument_is_documented(path: str, command: click.Command) -> None:
    chapters = re.split(r"^#+ ", DOCUMENT.read_text(), flags=re.MULTILINE)
    (chapter,) = [each for each in chapters if each.split("\n")[0].strip() == f"`{path}`"]
    for parameter in command.params:
        names = parameter.opts if isinstance(parameter, click.Option) else [parameter.human_readable_name]
        for name in names:
            assert re.search(rf"`{re.escape(name)}(`| )", chapter), f"{path}: {name}"


def test_every_exit_code_is_documented() -> None:
    table = DOCUMENT.read_text().split("## Exit codes")[1].split("##")[0]
    assert re.findall(r"^\| (\d+) \|", table, re.MULTILINE) == [*(str(int(code)) for code in Exit), "130"]


def test_the_version_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"sensync, version {__version__}\n"


def test_a_commands_own_code_is_the_exit_code(act: Callable[..., None]) -> None:
    act(None, 2)
    assert run(["act"]) == 2
    act(None, None)
    assert run(["act"]) == 0


@pytest.mark.parametrize(
    "arguments",
    [["nope"], ["check", "--nope"], ["history"], ["status", "--runs", "0"], ["status", "--runs", "x"]],
)
def test_wrong_usage_is_exit_code_two_and_points_to_the_help(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "--help" in err


def test_an_error_of_ours_is_its_sentence_and_the_next_step(
    act: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    act(RefusedError("The roll shrank.", "The file is short.", next_step="Look at the export."))
    assert run(["act"]) == 7
    assert capsys.readouterr() == (
        "",
        "The roll shrank.\nThe file is short.\nWhat to do: Look at the export.\n",
    )


def test_with_json_an_error_is_json_on_standard_output(
    act: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    act(TryAgainError("Google is busy.", next_step="Run again."))
    assert run(["act", "--json"]) == 1
    out, err = capsys.readouterr()
    assert json.loads(out) == {
        "error": {
            "kind": "TryAgainError",
            "problems": ["Google is busy."],
            "next_step": "Run again.",
            "exit_code": 1,
        }
    }
    assert err == ""
    assert run(["act", "--json", "--nope"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["kind"] == "UsageError"


@pytest.mark.parametrize("arguments", [["act"], ["act", "--json"], ["-v", "act"]])
def test_an_unexpected_error_is_calm_and_quotes_nothing(
    act: Callable[..., None], capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    act(ValueError("Anya Oduya is not a number"))
    assert run(arguments) == 1
    out, err = capsys.readouterr()
    assert "Something went wrong that Sensync did not expect (ValueError, reference " in out + err
    assert "Anya" not in out + err
    assert ("Traceback" in err, "builtins.ValueError at" in err) == (False, arguments == ["-v", "act"])


def test_twice_verbose_shows_the_words_to_whoever_asked(
    act: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    act(ValueError("Anya Oduya is not a number"))
    assert run(["-vv", "act"]) == 1
    assert "ValueError: Anya Oduya is not a number" in capsys.readouterr().err


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()])
def test_being_stopped_is_exit_code_130(
    act: Callable[..., None], capsys: pytest.CaptureFixture[str], error: BaseException
) -> None:
    act(error)
    assert run(["act"]) == 130
    assert "Stopped." in capsys.readouterr().err


def test_a_missing_configuration_says_how_to_begin(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(["--config", str(tmp_path / "no.toml"), "status"]) == 2
    err = capsys.readouterr().err
    assert err.startswith(
        f"There is no configuration at {tmp_path / 'no.toml'}.\nWhat to do: Copy sensync.example.toml"
    )


def test_the_program_ends_with_the_code_that_run_gives(tmp_path: Path) -> None:
    ended = subprocess.run(
        [
            sys.executable,
            "-c",
            "from sync.cli import main; main()",
            "--config",
            str(tmp_path / "no.toml"),
            "status",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (2, "")


def test_a_reader_that_goes_away_causes_no_complaint() -> None:
    program = "import sys; sys.argv = ['sensync', '--help']; from sync.cli import main; main()"
    ended = subprocess.run(
        ["bash", "-c", '"$0" -c "$1" | true', sys.executable, program],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stderr == ""
