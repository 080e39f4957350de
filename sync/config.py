"""The configuration: one `sensync.toml`, overridden by the environment, every problem reported at once.

Any key can be set by the environment as `SENSYNC_SECTION__KEY` (`SENSYNC_STORE__URL`, lists as JSON). Secrets
never stand in the file: they come from the environment, or from a file that the configuration names. Relative
paths are relative to the folder of `sensync.toml`. docs/configuration.md explains every key.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from sync.config_addon import AddonSettings, public_url
from sync.config_types import EMAIL, BaseUrl, Email, EmailOrNothing
from sync.config_types import Section as _Section
from sync.domain.errors import ConfigError

if TYPE_CHECKING:
    from datetime import tzinfo

    from pydantic_core import ErrorDetails

CONFIG_NAME = "sensync.toml"
CONFIG_VARIABLE = "SENSYNC_CONFIG"
TOKEN_VARIABLE = "SENSYNC_GOOGLE_TOKEN"  # noqa: S105 - the name of a variable, not a token
PREFIX = "SENSYNC_"

_SECRET_KEYS = re.compile(
    r"^(access_|refresh_|bearer_|api_|google_)?(token|key|secret|password|passwd)$|^(client_secret|private_key)$"
)
_SECRET_VALUES = re.compile(r"ya29\.|-----BEGIN|GOCSPX-|^1//0|^AIza|\"private_key\"")
_DOMAIN = re.compile(r"([a-z0-9-]+\.)+[a-z]{2,}", re.IGNORECASE)

_TOPIC = r"^$|^projects/[^/]+/topics/[^/]+$"
_SUBSCRIPTION = r"^$|^projects/[^/]+/subscriptions/[^/]+$"


def _time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:
        msg = "it is not a time zone; use a name such as Europe/London"
        raise ValueError(msg) from error
    return name


def _responder(text: str) -> str:
    kind, colon, rest = text.partition(":")
    if (kind == "group" and colon and EMAIL.fullmatch(rest)) or EMAIL.fullmatch(text) or _DOMAIN.fullmatch(text):
        return text
    msg = "it is not a domain (school.example), an address, or group: with a group's address"
    raise ValueError(msg)


TimeZoneName = Annotated[str, AfterValidator(_time_zone)]
AbsolutePath = Annotated[Path, AfterValidator(lambda path: path.expanduser().absolute())]
Share = Annotated[float, Field(gt=0, le=1)]


class SchoolSettings(_Section):
    """`[school]`: whose data this is. `la` and `estab` must agree with what the MIS files say."""

    name: Annotated[str, Field(min_length=1)]
    la: Annotated[str, Field(pattern=r"^\d{3}$")]
    estab: Annotated[str, Field(pattern=r"^\d{4}$")]
    time_zone: TimeZoneName = "Europe/London"
    locale: Annotated[str, Field(pattern=r"^[a-z]{2}_[A-Z]{2}$")] = "en_GB"

    @property
    def key(self) -> str:
        """LA and establishment number: what the store knows the school by, whatever its name becomes."""
        return f"{self.la}{self.estab}"

    @property
    def zone(self) -> tzinfo:
        """The school's time zone."""
        return ZoneInfo(self.time_zone)


class MisSettings(_Section):
    """`[mis]`: the files (or folders of files) that the MIS writes, and how this school names things."""

    paths: Annotated[tuple[AbsolutePath, ...], Field(min_length=1)]
    aliases: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    provision_aliases: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    precedence: dict[str, tuple[str, ...]] = Field(default_factory=dict)


class GoogleSettings(_Section):
    """`[google]`: who Sensync is for Google. Which keys are needed depends on `credentials`."""

    credentials: Literal["oauth", "service_account", "impersonation", "token"]
    client_secrets_file: AbsolutePath | None = None
    token_file: AbsolutePath | None = None
    key_file: AbsolutePath | None = None
    subject: Email | None = None
    target_principal: Email | None = None
    base_url: BaseUrl | None = None
    folder_id: str | None = None
    reads_per_minute: Annotated[int, Field(ge=1)] = 60
    writes_per_minute: Annotated[int, Field(ge=1)] = 60

    @property
    def pages(self) -> str:
        """Where people open files: Google, or what stands in for it; without a slash at its end."""
        return (self.base_url or "https://docs.google.com").rstrip("/")


class WorkbookSettings(_Section):
    """`[workbook]`: the SENCO's workbook. The store keeps the ids after set-up; an id given here must be the same."""

    spreadsheet_id: str | None = None
    teachers_spreadsheet_id: str | None = None
    title: str | None = None
    templates_dir: AbsolutePath | None = None
    share_with: tuple[Email, ...] = ()
    share_with_teachers: tuple[Email, ...] = ()


class CalendarSettings(_Section):
    """`[calendar]`: slots in Google Calendar. Each key that is switched on asks Google for one more permission.

    `editors` are the SENCO and whoever else moves and deletes meetings there; their busy times are minded.
    """

    enabled: bool = False
    busy_times: bool = False
    title: str | None = None
    editors: tuple[Email, ...] = ()
    share_with: tuple[Email, ...] = ()

    @property
    def is_shared(self) -> bool:
        """Whether anybody beside the account in `[google]` is to have the calendar."""
        return bool(self.editors or self.share_with)


class PostSettings(_Section):
    """`[post]`: how letters go out. `gmail` sends from the mailbox of `[google]`, `smtp` through a mail server."""

    by: Literal["none", "gmail", "smtp"] = "none"
    sender: Email | None = None
    sender_name: str = ""
    host: str | None = None
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    security: Literal["starttls", "ssl", "none"] = "starttls"
    user: str | None = None
    password_file: AbsolutePath | None = None
    ca_file: AbsolutePath | None = None


class StoreSettings(_Section):
    """`[store]`: where Sensync remembers what it saw."""

    url: Annotated[str, Field(repr=False)] = "sqlite:///sensync.sqlite3"


class BookingSettings(_Section):
    """`[booking]`: the pages on which parents book. `address` is theirs as parents type it, without a path."""

    address: BaseUrl = "http://127.0.0.1:8080"
    contact: str = ""
    notice_hours: Annotated[int, Field(ge=0)] = 2
    siblings: bool = False
    trusted_proxies: Annotated[int, Field(ge=0, le=5)] = 0
    posts_per_address: Annotated[int, Field(ge=1)] = 600


class ConcernSettings(_Section):
    """`[concerns]`: teachers' concerns, their forms, and what tells us at once that a form was filled in.

    `responders` may answer: a domain, an address, or `group:` and a group's address. The `pubsub_` keys say what a
    message of Google Pub/Sub must bear to be believed; `pubsub_topic` is where Forms sends it.
    """

    enabled: bool = False
    dsl_name: str = ""
    dsl_phone: str = ""
    dsl_email: EmailOrNothing = ""
    senco_email: EmailOrNothing = ""
    safeguarding_system: str = ""
    responders: tuple[Annotated[str, AfterValidator(_responder)], ...] = ()
    phrases: AbsolutePath | None = None
    day_starts: time = time(8, 30)
    day_ends: time = time(16, 30)
    digest_time: time = time(7, 30)
    hook_secret_file: AbsolutePath | None = None
    pubsub_topic: Annotated[str, Field(pattern=_TOPIC)] = ""
    pubsub_subscription: Annotated[str, Field(pattern=_SUBSCRIPTION)] = ""
    pubsub_audience: str = ""
    pubsub_email: EmailOrNothing = ""


class GuardSettings(_Section):
    """`[guards]`: when a run refuses. Shares are of the roll, from 0 to 1."""

    max_leavers_share: Share = 0.1
    max_status_changes_share: Share = 0.5
    min_roll: Annotated[int, Field(ge=1)] = 1


class LogSettings(_Section):
    """`[log]`: what is written down about runs."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    file: AbsolutePath | None = None
    as_json: Annotated[bool, Field(alias="json")] = False


class Settings(BaseSettings):
    """The whole configuration, frozen. Made by `load_settings`; all paths in it are absolute."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        nested_model_default_partial_update=True,
    )

    school: SchoolSettings
    mis: MisSettings
    google: GoogleSettings
    workbook: WorkbookSettings = Field(default_factory=WorkbookSettings)
    calendar: CalendarSettings = Field(default_factory=CalendarSettings)
    post: PostSettings = Field(default_factory=PostSettings)
    store: StoreSettings = Field(default_factory=StoreSettings)
    booking: BookingSettings = Field(default_factory=BookingSettings)
    concerns: ConcernSettings = Field(default_factory=ConcernSettings)
    addon: AddonSettings = Field(default_factory=AddonSettings)
    guards: GuardSettings = Field(default_factory=GuardSettings)
    log: LogSettings = Field(default_factory=LogSettings)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the signature is pydantic's
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment comes before the file (which is handed in as arguments)."""
        return env_settings, init_settings


def find_config(given: str | Path | None = None) -> Path:
    """The path of the configuration: as given, else `SENSYNC_CONFIG`, else `./sensync.toml`; absolute."""
    return Path(given or os.environ.get(CONFIG_VARIABLE) or CONFIG_NAME).expanduser().absolute()


def load_settings(path: str | Path | None = None) -> Settings:
    """Reads and checks the configuration.

    Args:
        path: of the file; see `find_config` for what is taken without it.

    Raises:
        ConfigError: with every problem found, each naming the file (or variable), the key and what is
        allowed.
    """
    file = find_config(path)
    raw = _read(file)
    problems = [*_secrets_in(raw, file), *_unknown_variables()]
    settings: Settings | None = None
    try:
        settings = Settings(**_with_absolute_paths(raw, file.parent))
    except ValidationError as error:
        problems += [_sentence(each, file) for each in error.errors(include_url=False)]
    except SettingsError as error:
        problems.append(f"Environment: {error}; lists and tables are given as JSON.")
    if settings is not None:
        problems += _missing_for_credentials(settings.google, file)
        problems += _missing_for_post(settings.post, file)
        problems += _missing_for_concerns(settings.concerns, file)
        problems += _missing_for_addon(settings, file)
    if problems or settings is None:
        raise ConfigError(
            *problems,
            next_step="Correct the file; docs/configuration.md explains every key, with an example.",
        )
    return settings


def _read(file: Path) -> dict[str, Any]:
    try:
        with file.open("rb") as stream:
            return tomllib.load(stream)
    except FileNotFoundError as error:
        raise ConfigError(
            f"There is no configuration at {file}.",
            next_step=f"Copy sensync.example.toml to {CONFIG_NAME} and fill it in, or name it with --config.",
        ) from error
    except OSError as error:
        raise ConfigError(f"{file}: it cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: it is not UTF-8 text.", next_step="Save it again as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            f"{file}: it is not TOML: {error}.",
            next_step="Put text between quotes, and write Windows paths with / or between single quotes.",
        ) from error


def _walk(value: object, key: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _walk(inner, f"{key}.{name}" if key else str(name))
    elif isinstance(value, list):
        for inner in value:
            yield from _walk(inner, key)
    else:
        yield key, value


def _secrets_in(raw: Mapping[str, Any], file: Path) -> list[str]:
    """The keys that hold a secret in clear; their values are not repeated."""
    found = []
    for key, value in _walk(raw):
        is_secret = (
            isinstance(value, str)
            and value
            and (_SECRET_KEYS.search(key.rsplit(".", 1)[-1].lower()) or _SECRET_VALUES.search(value))
        )
        if is_secret:
            found.append(
                f"{file}: {key}: a secret must not stand here; put it into a file and name that "
                f"(key_file, token_file, client_secrets_file), or into the environment ({TOKEN_VARIABLE})."
            )
        elif key == "store.url" and isinstance(value, str) and urlsplit(value).password:
            found.append(
                f"{file}: store.url: a password must not stand here; give the address in the environment "
                f"({PREFIX}STORE__URL) or the password in ~/.pgpass."
            )
    return found


def _unknown_variables() -> list[str]:
    """Variables that look like ours and would be passed over in silence."""
    sections = Settings.model_fields
    return [
        f"Environment: {name}: there is no section {section!r}; allowed: {', '.join(sections)}."
        for name in sorted(os.environ)
        if name.startswith(PREFIX) and "__" in name
        for section in [name[len(PREFIX) :].split("__", 1)[0].lower()]
        if section not in sections
    ]


def _with_absolute_paths(raw: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The same tables, with relative paths made absolute from the folder of the file."""
    found: dict[str, Any] = {name: dict(part) if isinstance(part, dict) else part for name, part in raw.items()}
    for section, key in _PATHS:
        part = found.get(section)
        if not isinstance(part, dict):
            continue
        value = part.get(key)
        if isinstance(value, str):
            part[key] = str(_absolute(value, folder))
        elif isinstance(value, list):
            part[key] = [str(_absolute(each, folder)) if isinstance(each, str) else each for each in value]
    store = found.setdefault("store", {})
    if isinstance(store, dict):
        url = store.get("url", StoreSettings.model_fields["url"].default)
        store["url"] = _absolute_url(url, folder) if isinstance(url, str) else url
    return found


_PATHS = (
    ("mis", "paths"),
    ("google", "client_secrets_file"),
    ("google", "token_file"),
    ("google", "key_file"),
    ("workbook", "templates_dir"),
    ("post", "password_file"),
    ("post", "ca_file"),
    ("concerns", "phrases"),
    ("concerns", "hook_secret_file"),
    ("log", "file"),
)


def _absolute(path: str, folder: Path) -> Path:
    return folder / Path(path).expanduser()


def _absolute_url(url: str, folder: Path) -> str:
    """`sqlite:///name` with a relative name becomes one with an absolute name; other URLs stay."""
    scheme, slashes, name = url.partition(":///")
    if scheme != "sqlite" or not slashes or not name or name == ":memory:":
        return url
    return f"sqlite:///{_absolute(name, folder)}"


def _missing_for_credentials(google: GoogleSettings, file: Path) -> list[str]:
    """What the chosen kind of credentials needs and the section does not give."""
    needed = {
        "oauth": ("client_secrets_file", "token_file"),
        "service_account": ("key_file",),
        "impersonation": ("target_principal",),
        "token": () if os.environ.get(TOKEN_VARIABLE) else ("token_file",),
    }[google.credentials]
    return [
        f"{file}: google.{key}: it is missing; credentials = {google.credentials!r} needs it"
        + (f" (or the variable {TOKEN_VARIABLE})." if google.credentials == "token" else ".")
        for key in needed
        if getattr(google, key) is None
    ]


def _missing_for_post(post: PostSettings, file: Path) -> list[str]:
    """What the chosen way of letters needs and the section does not give."""
    needed = {"none": (), "gmail": ("sender",), "smtp": ("sender", "host")}[post.by]
    return [
        f"{file}: post.{key}: it is missing; by = {post.by!r} needs it." for key in needed if getattr(post, key) is None
    ]


def _missing_for_concerns(concerns: ConcernSettings, file: Path) -> list[str]:
    """What `[concerns]` needs once it is enabled and does not give."""
    if not concerns.enabled:
        return []
    needed = {"dsl_name": "enabled = true", "dsl_phone": "enabled = true", "responders": "enabled = true"}
    if concerns.pubsub_audience:
        # A token with the right audience alone may be anybody's: Google signs for whoever asks.
        needed |= {"pubsub_email": "pubsub_audience", "pubsub_subscription": "pubsub_audience"}
    problems = [
        f"{file}: concerns.{key}: it is missing; {why} needs it."
        for key, why in needed.items()
        if not getattr(concerns, key)
    ]
    if concerns.day_starts >= concerns.day_ends:
        problems.append(f"{file}: concerns.day_ends: it must be later than day_starts.")
    return problems


def _missing_for_addon(settings: Settings, file: Path) -> list[str]:
    """What `[addon]` needs once it is enabled and does not give."""
    addon = settings.addon
    if not addon.enabled:
        return []
    problems = [
        f"{file}: addon.{key}: it is missing; enabled = true needs it."
        for key in ("service_account", "client_id", "domain")
        if not getattr(addon, key)
    ]
    if addon.base_url is None:
        try:
            public_url(settings.booking.address)
        except ValueError as error:
            problems.append(f"{file}: addon.base_url: it is missing, and of booking.address: {error}.")
    if not addon.roles.senco:
        problems.append(f"{file}: addon.roles.senco: name at least one address, or nobody could use the add-on.")
    return problems


def _sentence(error: ErrorDetails, file: Path) -> str:
    location = tuple(error["loc"])
    key = ".".join(str(part) for part in location)
    variable = f"{PREFIX}{'__'.join(str(part).upper() for part in location[:2])}"
    where = f"Environment: {variable}" if variable in os.environ else f"{file}: {key}"
    return f"{where}: {_what_is_wrong(error)}."


def _what_is_wrong(error: ErrorDetails) -> str:
    kind = error["type"]
    context = error.get("ctx", {})
    if kind == "missing":
        return "it is missing"
    if kind == "extra_forbidden":
        allowed = _allowed_keys(error["loc"])
        return f"there is no such key; allowed: {allowed}" if allowed else "there is no such key"
    if kind == "literal_error":
        return f"{error['input']!r} is not allowed; allowed: {context.get('expected', '')}"
    if kind == "string_pattern_mismatch":
        return f"{error['input']!r} is not right; it must be {_PATTERNS[str(context['pattern'])]}"
    if kind == "string_type" and error["loc"][-1] in {"la", "estab"}:
        return "write the digits between quotes, so that a leading zero stays"
    if kind == "value_error":
        return str(context["error"])
    if kind in {"too_short", "string_too_short"}:
        return "it must not be empty"
    return error["msg"].replace("Input should", "it should")


_PATTERNS = {
    r"^\d{3}$": "three digits between quotes",
    r"^\d{4}$": "four digits between quotes",
    r"^[a-z]{2}_[A-Z]{2}$": "a language and a country, such as en_GB",
    _TOPIC: "a topic's whole name, such as projects/school/topics/forms",
    _SUBSCRIPTION: "a subscription's whole name, such as projects/school/subscriptions/forms",
}


def _allowed_keys(location: tuple[int | str, ...]) -> str:
    fields = Settings.model_fields
    if len(location) > 1:
        section = fields.get(str(location[0]))
        model = section.annotation if section else None
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            return ""
        fields = model.model_fields
    return ", ".join(field.alias or name for name, field in fields.items())
