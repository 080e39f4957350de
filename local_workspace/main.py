"""Serve a workspace until stopped."""

from __future__ import annotations

import json
import signal
import threading
from typing import TYPE_CHECKING, Any

from .addons.control import put as install_addon
from .addons.manifest import ManifestError
from .calendar.seed import plant_calendars
from .calendar.times import zone
from .drive.api import is_file_id
from .drive.files import ROLES, TYPES
from .http import schema
from .http.control import fault_of
from .http.weather import MAX_SKEW, QUOTAS
from .http.wire import ApiError
from .workspace import LocalWorkspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from .http.weather import Fault

DEFAULT_ACCOUNTS = (
    ("senco@school.example", "The SENCO"),
    ("teacher@school.example", "A teacher"),
    ("parent@home.example", "A parent"),
    ("head@school.example", "The head"),
)
"""Who is there when nobody was named; the first is the main account."""


_SEED: dict[str, type] = {"accounts": object, "files": object, "calendars": object, "addons": object, "settings": dict}
_ACCOUNT: dict[str, type] = {"email": str, "name": str, "timeZone": object, "aliases": object}
_FILE: dict[str, type] = {"id": str, "owner": str, "name": str, "spreadsheet": dict, "permissions": object}
_PERMISSION: dict[str, type] = {"type": str, "role": str, "emailAddress": str, "domain": str}
_WORDS: dict[type, str] = {str: "a text", dict: "a JSON object"}
"""The members of a seed's entries, and what each holds; `object` where its own check says more."""


class SeedError(ValueError):
    """A seed file that cannot be used; says what, where and what to do."""


def plant(ws: LocalWorkspace, seed: dict[str, Any]) -> None:
    """Add the accounts and files of a seed; what is there already is left as it is.

    A seed is `{"accounts": [{"email", "name", "timeZone", "aliases"}], "calendars": [see `plant_calendars`],
    "files": [{"id", "owner", "name", "spreadsheet", "permissions": [{"type", "role", "emailAddress"}]}],
    "addons": [{"id", and what `addons.control.put` takes}], "settings": {the quotas of `Weather`}}`.

    Raises:
        SeedError: an entry lacks what it needs.
    """
    _check_members(seed, _SEED, "the seed")
    for index, account in enumerate(_objects(seed, "accounts")):
        _check_members(account, _ACCOUNT, f"accounts[{index}]")
        if not account.get("email"):
            raise SeedError(f"accounts[{index}] has no email. Give each account an email.")
        ws.add_account(account["email"], account.get("name", ""))
        if zone(str(account.get("timeZone", "UTC"))) is None:
            raise SeedError(f"accounts[{index}] has a timeZone that does not exist. Use a name such as Europe/London.")
        ws.calendars.add_primary(account["email"], account.get("timeZone", ""))
        aliases = account.get("aliases", [])
        if not isinstance(aliases, list) or not all(isinstance(alias, str) for alias in aliases):
            raise SeedError(f"accounts[{index}].aliases is not a list of addresses. Give a list, or leave it out.")
        if aliases:
            ws.mail.add_aliases(account["email"], aliases)
    for index, entry in enumerate(_objects(seed, "files")):
        _plant_file(ws, entry, f"files[{index}]")
    try:
        plant_calendars(ws, _objects(seed, "calendars"))
    except (ValueError, ApiError) as error:
        raise SeedError(
            f"The calendars of the seed cannot be made: {error}. Mend the entry, then start again."
        ) from error
    for index, entry in enumerate(_objects(seed, "addons")):
        _plant_addon(ws, entry, f"addons[{index}]")
    settings = seed.get("settings", {})
    unknown = sorted(set(settings) - set(QUOTAS))
    if unknown:
        raise SeedError(f"settings has no {unknown[0]!r}. It has {', '.join(QUOTAS)}.")
    for name in settings:
        if isinstance(settings[name], bool) or not isinstance(settings[name], int | None):
            raise SeedError(f"settings.{name} cannot be {settings[name]!r}. Give a whole number, or null for no limit.")
        setattr(ws.weather, name, settings[name])


def _check_members(entry: dict[str, Any], known: dict[str, type], where: str) -> None:
    """Refuse a member that is misspelt or of another kind; planted half, a seed is a rehearsal of something else."""
    for name, value in entry.items():
        if name not in known:
            raise SeedError(f"{where} has a member {name!r} that a seed does not know. It knows {', '.join(known)}.")
        if not isinstance(value, known[name]):
            raise SeedError(f"{name} of {where} is not {_WORDS[known[name]]}. See docs/local-workspace.md.")


def _objects(body: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """A list of JSON objects, [] when it is absent."""
    items = body.get(name, [])
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise SeedError(f"{name} is not a list of JSON objects. See docs/local-workspace.md.")
    return items


def _plant_addon(ws: LocalWorkspace, entry: dict[str, Any], where: str) -> None:
    name = str(entry.get("id", ""))
    if name in ws.addons.installed:
        return
    try:
        install_addon(ws, name, {key: value for key, value in entry.items() if key != "id"})
    except ManifestError as error:
        raise SeedError(f"{where} cannot be installed: {error}") from error


def _plant_file(ws: LocalWorkspace, entry: dict[str, Any], where: str) -> None:
    _check_members(entry, _FILE, where)
    if entry.get("id") and not is_file_id(entry["id"]):
        raise SeedError(f"{where} has the id {entry['id']!r}. Use letters, digits, - and _ alone.")
    owner = entry.get("owner", "")
    if owner not in ws.accounts:
        raise SeedError(f"{where} has the owner {owner!r}, who is not among the accounts. Add the account.")
    if entry.get("id") in ws.files:
        return
    permissions = _objects(entry, "permissions")
    for number, permission in enumerate(permissions):
        _check_members(permission, _PERMISSION, f"{where}.permissions[{number}]")
        if permission.get("type", "user") not in TYPES or permission.get("role") not in ROLES:
            raise SeedError(
                f"{where}.permissions[{number}] needs a type ({', '.join(TYPES)}) and a role ({', '.join(ROLES)})."
            )
    problems: list[tuple[str, str]] = []
    body = schema.sheets().check("Spreadsheet", entry.get("spreadsheet", {}), f"{where}.spreadsheet", problems)
    if problems:
        raise SeedError(f"{where} cannot be made: {problems[0][1]}")
    if entry.get("name"):
        body = {**body, "properties": {"title": entry["name"], **body.get("properties", {})}}
    try:
        book = ws.create_spreadsheet(owner, body, entry.get("id", ""))
    except ApiError as error:
        raise SeedError(f"{where} cannot be made: {error.message}") from error
    for permission in permissions:
        ws.share(book.id, permission)


def read_seed(path: Path) -> dict[str, Any]:
    """A seed file.

    Raises:
        SeedError: it is missing or no JSON object.
    """
    try:
        seed = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SeedError(f"The seed file {path} cannot be read ({error.strerror}). Check the path.") from error
    except ValueError as error:
        raise SeedError(f"The seed file {path} is not JSON ({error}). Mend it, or leave --seed out.") from error
    try:
        json.dumps(seed, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise SeedError(f"The seed file {path} holds half of a surrogate pair. Write the whole letter.") from error
    if not isinstance(seed, dict):
        raise SeedError(f"The seed file {path} does not hold a JSON object. See docs/local-workspace.md.")
    return seed


def _rule(text: str) -> Fault:
    """A fault of the command line."""
    try:
        rule = json.loads(text)
        return fault_of(rule if isinstance(rule, dict) else {str(text): None})
    except ValueError as error:
        raise SeedError(f"The fault {text} cannot be used ({error}). See docs/local-workspace.md.") from error


def serve(
    port: int = 0,
    state: Path | None = None,
    token: str | None = None,
    seed: Path | None = None,
    *,
    quotas: bool = False,
    key: Path | None = None,
    faults: Iterable[str] = (),
    weather_seed: int | None = None,
    skew: float = 0,
    announce: Callable[[str], None] = print,
    stop: threading.Event | None = None,
) -> None:
    """Serve until SIGINT, SIGTERM or `stop`.

    Args:
        port: 0 for a free one.
        state: the file that keeps everything; None keeps it in memory.
        token: a bearer token that acts as the main account.
        seed: a file of accounts, files and settings.
        quotas: whether Google's quotas hold (see `Weather.google_quotas`).
        key: where to write a service account's key file.
        faults: rules of weather, each a JSON object (see `local_workspace.http.weather.Fault`).
        weather_seed: repeats the weather of a run.
        skew: seconds by which the workspace's clock is ahead of the machine's.
        announce: told the base URL.
        stop: set it to stop.

    Raises:
        SeedError: the seed or a fault cannot be used.
        StateError: the state file cannot be used.
        OSError: the port is taken, or a file cannot be written.
    """
    if not abs(skew) <= MAX_SKEW:
        raise SeedError(f"A clock cannot be {skew} seconds ahead. Give at most ten years, {MAX_SKEW} seconds.")
    planted = {} if seed is None else read_seed(seed)
    rules = [_rule(text) for text in faults]
    stop = stop or threading.Event()
    ws = LocalWorkspace(state, port=port, token=token, seed=weather_seed)
    ws.weather.faults.extend(rules)
    ws.weather.skew = skew
    with ws:
        plant(ws, planted)
        if not ws.accounts:
            for email, name in DEFAULT_ACCOUNTS:
                ws.add_account(email, name)
        if quotas:
            ws.weather.google_quotas()
        if key is not None:
            robot = ws.service_account_key("sensync@local-workspace.iam.gserviceaccount.com", None)
            key.touch(mode=0o600)
            key.chmod(0o600)  # before anything secret is in it, also when it was there already
            key.write_text(json.dumps(robot, indent=2), encoding="utf-8")
        # Before the address is told: whoever has it may end the program at once.
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, lambda *_: stop.set())
        announce(ws.base_url)
        while not stop.wait(1):
            pass
