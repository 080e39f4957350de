"""The container file, read without building it: what it copies is there, what it starts is a command of ours."""

from __future__ import annotations

import fnmatch
import json
import re
import shlex
import tomllib
from pathlib import Path

from sync.cli import command
from sync.cli.serve import command as serve
from sync.config import CONFIG_VARIABLE, PREFIX

ROOT = Path(__file__).resolve().parents[2]


def steps() -> list[tuple[str, str]]:
    """The instructions, each with the rest of its line."""
    text = "\n".join(line for line in (ROOT / "Containerfile").read_text("utf-8").splitlines() if line[:1] != "#")
    joined = re.sub(r"\s*\\\n\s*", " ", text)
    return [tuple(line.split(maxsplit=1)) for line in joined.splitlines() if line.strip()]  # type: ignore[misc]


def all_of(name: str) -> list[str]:
    return [rest for step, rest in steps() if step == name]


def let_in() -> tuple[set[str], list[str]]:
    """Of .dockerignore: what is let in by name, and what is kept out within that."""
    lines = [line for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line and line[0] != "#"]
    assert lines[0] == "*"
    return {line[1:] for line in lines if line[0] == "!"}, [line for line in lines[1:] if line[0] != "!"]


def test_what_is_copied_is_there_and_all_that_the_package_is_made_of() -> None:
    sources = {source for copy in all_of("COPY") if "--from" not in copy for source in copy.split()[:-1]}
    assert [source for source in sources if not (ROOT / source).exists()] == []
    made_of = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    packages = {pattern.rstrip("*") for pattern in made_of["tool"]["setuptools"]["packages"]["find"]["include"]}
    modules = {f"{name}.py" for name in made_of["tool"]["setuptools"]["py-modules"]}
    licences = set(made_of["project"]["license-files"])
    assert sources == packages | modules | licences | {"pyproject.toml", made_of["project"]["readme"]}


def test_nothing_but_what_is_copied_reaches_the_build_and_no_store_or_secret() -> None:
    allowed, kept_out = let_in()
    assert allowed == {source for copy in all_of("COPY") if "--from" not in copy for source in copy.split()[:-1]}
    for secret in ("sync/sensync.sqlite3-wal", "sync/google.token.json", "addon/hook.secret", "sync/sensync.toml"):
        assert any(fnmatch.fnmatch(secret, pattern) for pattern in kept_out), secret


def test_it_starts_a_command_of_ours_that_gets_the_signal_and_the_platforms_port() -> None:
    (cmd,) = all_of("CMD")
    shell, option, line = json.loads(cmd)
    assert (shell, option) == ("sh", "-c")
    words = shlex.split(line.replace("${PORT:-8080}", "8123"))
    assert words[:4] == ["exec", "sensync", "-v", "serve"]
    assert "-v" in {option for each in command.params for option in each.opts}
    given = serve.make_context("serve", words[4:]).params
    assert (given["host"], given["port"], given["deliver"]) == ("0.0.0.0", 8123, True)  # noqa: S104 - in a container


def test_it_runs_as_nobody_in_particular_on_a_python_that_we_support() -> None:
    assert [user not in {"root", "0"} for user in all_of("USER")] == [True]
    images = all_of("FROM")
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["requires-python"]
    found = {tuple(map(int, re.findall(r"python:(\d+)\.(\d+)-slim", image)[0])) for image in images}
    assert len(found) == 1
    assert found.pop() >= tuple(map(int, re.findall(r"\d+", needed)))


def test_the_variables_that_it_sets_are_known() -> None:
    ours = {name for env in all_of("ENV") for name in re.findall(r"(\w+)=", env) if name.startswith(PREFIX)}
    assert ours == {CONFIG_VARIABLE}


def test_every_line_that_runs_it_mounts_the_folder_of_the_configuration() -> None:
    (env,) = (env for env in all_of("ENV") if CONFIG_VARIABLE in env)
    config = Path(re.findall(rf"{CONFIG_VARIABLE}=(\S+)", env)[0])
    told = "".join((ROOT / name).read_text("utf-8") for name in ("Containerfile", "docs/running.md"))
    runs = re.findall(r"docker run .*", told)
    # A file that is mounted by itself stays the one of the start, and so does every role in it.
    places = [{place.split(":")[1] for place in re.findall(r"-v (\S+)", run)} for run in runs]
    assert places == [{"/data", str(config.parent)}] * 3
