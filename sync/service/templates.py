"""Reads the template files: the ones that come with Sensync, or a school's own copies of some of them."""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import TYPE_CHECKING, Any

from sync.domain.errors import ConfigError
from sync.plan.form_template import FormTemplate, parse_form
from sync.plan.template import Template, parse
from sync.plan.template_check import departures

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from sync.domain.concerns import FormKey


def load_toml(name: str, own: Path | None) -> dict[str, Any]:
    """A template file: the school's own, or ours where it has none.

    Raises:
        ConfigError: it is not TOML, or there is none of that name.
    """
    file = own / name if own and (own / name).is_file() else resources.files("sheets_templates") / name
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: it is not TOML: {error}.", next_step="Mend the file and try again.") from error
    except FileNotFoundError as error:
        raise ConfigError(f"There is no template file {name}.", next_step="Check templates_dir.") from error


def load_outcomes(own: Path | None = None) -> tuple[str, ...]:
    """The outcomes of a concern that the template offers, the school's own or ours.

    Raises:
        ConfigError: as `load_template`.
    """
    return load_template(own, ("concerns",)).tab("concerns").column("outcome").options


def load_template(own: Path | None = None, features: Collection[str] = ()) -> Template:
    """The SENCO's workbook.

    Args:
        own: the school's folder of template files; a file that is there replaces ours of the same name.
        features: what is switched on (`sync.plan.template.FEATURES`).

    Raises:
        ConfigError: with every problem found in the files.
    """
    if own and not own.is_dir():
        raise ConfigError(f"{own}: templates_dir is not a folder.", next_step="Correct it, or leave it out.")
    template = _workbook(own, features)
    problems = departures(template, _workbook(None, features)) if own else []
    if problems:
        raise ConfigError(*problems, next_step=f"Mend the files in {own} and try again.")
    return template


def _workbook(own: Path | None, features: Collection[str]) -> Template:
    workbook = load_toml("workbook.toml", own)
    tabs = {key: load_toml(f"{key}.toml", own) for key in workbook.get("workbook", {}).get("tabs", [])}
    return parse(workbook, tabs, features)


def load_teachers_template(own: Path | None = None, features: Collection[str] = ()) -> Template:
    """The teachers' workbook, with the colours of the SENCO's; `features` as for `load_template`."""
    told = load_toml("teachers.toml", own)
    owners = load_toml("workbook.toml", own).get("owners", {})
    others = [key for key in told.get("workbook", {}).get("tabs", []) if key != "strategies"]
    tabs = {"strategies": told, **{key: load_toml(f"{key}.toml", own) for key in others}}
    return parse({**told, "owners": owners}, tabs, features)


def load_form_template(key: FormKey, own: Path | None = None) -> FormTemplate:
    """A form for staff; a school's own file of that name in its `templates_dir` replaces ours.

    Raises:
        ConfigError: with every problem found in the file.
    """
    name = f"{key}_form.toml"
    ours = parse_form(key, load_toml(name, None))
    return parse_form(key, load_toml(name, own), ours) if own else ours
