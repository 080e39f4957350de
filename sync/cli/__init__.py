"""The command line: one file a command, thin.

This module is all that `sensync --help` imports. A command's module is imported when the command is called;
the table `COMMANDS` says where it is. Errors end here, in `run`: one place that turns them into a sentence,
the next step and the exit code (docs/commands.md).
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import logging
import secrets
import sys
import traceback
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from sync import __version__
from sync.domain.errors import ConfigError, Exit, SensyncError
from sync.log import configure_logging, where

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sync.config import Settings

_LOG = logging.getLogger(__name__)

INTERRUPTED = 130
"""128 + SIGINT, as shells have it."""


class Entry(NamedTuple):
    """Where a command lives, and its line in `sensync --help` (so that help imports no command)."""

    module: str
    help: str


COMMANDS: dict[str, Entry] = {
    "setup": Entry("sync.cli.setup", "Sign in and build the workbook."),
    "check": Entry("sync.cli.check", "Look whether everything that a run needs is in order."),
    "mis": Entry("sync.cli.mis", "Look at what the MIS files say."),
    "plan": Entry("sync.cli.plan", "Print what a sync would do; write nothing."),
    "sync": Entry("sync.cli.sync", "Bring the workbook up to date with the MIS."),
    "status": Entry("sync.cli.status", "Show the workbook, the last runs and what needs attention."),
    "history": Entry("sync.cli.history", "Show what changed about one pupil or row, and when."),
    "to-change": Entry("sync.cli.to_change", "Write what to change in the MIS as a CSV file."),
    "restore": Entry("sync.cli.restore", "Put back rows that were deleted from the workbook."),
    "backup": Entry("sync.cli.backup", "Copy the store, while it is in use."),
    "links": Entry("sync.cli.links", "Write personal booking links as CSV or printed letters."),
    "form": Entry("sync.cli.form", "Show the forms for staff, and write links to them."),
    "deliver": Entry("sync.cli.deliver", "Send letters and events, follow Calendar, read the concern forms."),
    "serve": Entry("sync.cli.serve", "Serve the pages on which parents book."),
    "addon": Entry("sync.cli.addon", "Write what is deployed for the Workspace add-on."),
    "demo": Entry("sync.cli.demo", "Show Sensync with a made-up school on this computer."),
    "workspace": Entry("sync.cli.workspace", "Run the local workspace alone."),
}
"""Each module has a click command called `command`."""


@dataclass(slots=True)
class Shell:
    """What every command is given: the options before its name, and `settings()`, the configuration."""

    config: str | None = None
    verbosity: int = 0
    run_id: str = field(default_factory=lambda: secrets.token_hex(4))
    _settings: Settings | None = None

    def settings(self) -> Settings:
        """The configuration, read once; the log is set up by it.

        Raises:
            ConfigError: with every problem of the configuration.
        """
        if self._settings is None:
            from sync.config import load_settings  # noqa: PLC0415 - pydantic is slow to import

            self._settings = load_settings(self.config)
            self._start_log(self._settings)
        return self._settings

    def _start_log(self, settings: Settings) -> None:
        try:
            configure_logging(
                "debug" if self.verbosity else settings.log.level,
                settings.log.file,
                as_json=settings.log.as_json,
                stream=sys.stderr if self.verbosity else None,
            )
        except OSError as error:
            raise ConfigError(
                f"{settings.log.file}: the log cannot be written there: {error.strerror}.",
                next_step="Give [log] file a place that this user may write to, or leave it out.",
            ) from error

    @property
    def log_file(self) -> Path | None:
        """Where the log is, None before the configuration was read or where it names no file."""
        return self._settings.log.file if self._settings is not None else None


pass_shell = click.make_pass_decorator(Shell, ensure=True)
"""Gives a command its `Shell` as the first argument."""

json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON for scripts; errors too, on standard output."
)
"""The `--json` of every command that a script would read."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names of the commands that this installation has, in the order of `COMMANDS`."""
        return [name for name, entry in COMMANDS.items() if importlib.util.find_spec(entry.module)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command called `cmd_name`, None where there is none."""
        if cmd_name not in self.list_commands(ctx):
            return None
        found: click.Command = importlib.import_module(COMMANDS[cmd_name].module).command
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the list of commands from the table, importing none of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name].help) for name in self.list_commands(ctx)])


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Start with `sensync demo`, or copy sensync.example.toml to sensync.toml and run `sensync check`.",
)
@click.option(
    "--config",
    metavar="FILE",
    help="The configuration; otherwise $SENSYNC_CONFIG, otherwise ./sensync.toml.",
)
@click.option("-v", "--verbose", count=True, help="Show the log, and where an error came from; -vv its words too.")
@click.version_option(__version__, prog_name="sensync")
@click.pass_context
def command(ctx: click.Context, config: str | None, verbose: int) -> None:
    """Mirror the school's SEN register from its MIS into the SENCO's Google workbook."""
    shell: Shell = ctx.ensure_object(Shell)
    shell.config, shell.verbosity = config, verbose


def main() -> None:
    """The entry point `sensync`."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Runs one command line and returns its exit code; every error ends here.

    Exit codes: 0 done, 1 try again, 2 usage or configuration, 7 refused by a guard, 130 interrupted.
    """
    # Until the configuration says more, nothing is logged anywhere: not even by a library.
    configure_logging()
    shell = Shell()
    as_json = "--json" in arguments
    try:
        result = command.main(list(arguments), prog_name="sensync", standalone_mode=False, obj=shell)
    except SensyncError as error:
        tell(error, as_json=as_json)
        _show_origin(error, shell)
        return int(error.exit_code)
    except click.ClickException as error:
        if as_json:
            _report([error.format_message()], "", int(Exit.USAGE), "UsageError", as_json=True)
        else:
            error.show()
        return int(Exit.USAGE)
    except (KeyboardInterrupt, click.Abort):
        _report(
            ["Stopped."],
            "Whatever was finished stays; run again to go on.",
            INTERRUPTED,
            "Interrupted",
            as_json=as_json,
        )
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last resort; its text may hold a pupil's data
        tell_unexpected(error, shell, as_json=as_json)
        return int(Exit.TRY_AGAIN)
    return result if isinstance(result, int) else int(Exit.OK)


def tell(error: SensyncError, *, as_json: bool) -> None:
    """Tells the person (or the script) and the log of an error of ours."""
    _LOG.error("%s: %s", type(error).__name__, error)
    _report(list(error.problems), error.next_step, int(error.exit_code), type(error).__name__, as_json=as_json)


def _report(problems: list[str], next_step: str, code: int, kind: str, *, as_json: bool) -> None:
    """Sentences and the next step on stderr, or one JSON object on stdout."""
    if as_json:
        error: dict[str, Any] = {
            "kind": kind,
            "problems": problems,
            "next_step": next_step,
            "exit_code": code,
        }
        click.echo(json.dumps({"error": error}, ensure_ascii=False))
        return
    for problem in problems:
        click.echo(problem, err=True)
    if next_step:
        click.echo(f"What to do: {next_step}", err=True)


def tell_unexpected(error: Exception, shell: Shell, *, as_json: bool, again: str = "Run the command again.") -> None:
    """A calm sentence with a reference; the log gets the kind and place of the error, without its words."""
    _LOG.error("unexpected error, reference %s", shell.run_id, exc_info=error)
    where_logged = f"the log ({shell.log_file})" if shell.log_file else "what the same command prints with -v"
    happened = "Something went wrong that Sensync did not expect"
    _report(
        [f"{happened} ({type(error).__name__}, reference {shell.run_id})."],
        f"{again} If it returns, report it with {where_logged}; it names no pupil.",
        int(Exit.TRY_AGAIN),
        "Unexpected",
        as_json=as_json,
    )
    _show_origin(error, shell)


def _show_origin(error: BaseException, shell: Shell) -> None:
    """With -v where the error came from; with -vv also its words, which may quote data."""
    if not shell.verbosity:
        return
    click.echo("".join(traceback.format_exception(error)) if shell.verbosity > 1 else where(error), err=True)
