"""Who Sensync is for Google, from the configuration. docs/credentials.md explains each kind step by step.

The scope for the workbook is `drive.file`: the files that Sensync made, or that were given to it, and no others. What
is switched on beside it asks for scopes of its own, each as narrow as Google has it.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from google.auth import default as default_credentials
from google.auth import impersonated_credentials
from google.auth.exceptions import GoogleAuthError
from google.oauth2 import credentials as oauth2
from google.oauth2 import service_account

from sync.config import TOKEN_VARIABLE
from sync.domain.errors import NeedsPersonError
from sync.google.door import Door, Limits
from sync.google.endpoints import Endpoints
from sync.google.trouble import sign_in_error

if TYPE_CHECKING:
    from collections.abc import Sequence

    from google.auth.credentials import Credentials

    from sync.config import GoogleSettings, Settings

_AUTH = "https://www.googleapis.com/auth/"

SCOPES = (f"{_AUTH}drive.file",)
"""What every run needs."""

CALENDAR_SCOPES = (f"{_AUTH}calendar.app.created", f"{_AUTH}calendar.calendarlist.readonly")
"""Make a calendar with events; find it again, should Google's answer have been lost."""

SHARE_SCOPES = (f"{_AUTH}calendar.acls",)
"""Let the people in [calendar] editors and share_with have it; `calendar.app.created` does not reach that far."""

BUSY_SCOPES = (f"{_AUTH}calendar.freebusy",)
MAIL_SCOPES = (f"{_AUTH}gmail.send",)

_PRIVATE_FILE = 0o600


class _Quiet:
    """Keeps google-auth from looking up a "regional access boundary".

    From google-auth 2.43 on, a service account's first request starts a thread that sends its token to
    iamcredentials.googleapis.com, whichever server the request itself is for. There is no setting for it.
    """

    def _is_regional_access_boundary_lookup_required(self) -> bool:
        return False


class QuietServiceAccount(_Quiet, service_account.Credentials):
    """A service account's key that calls nothing but the token endpoint."""


class QuietImpersonation(_Quiet, impersonated_credentials.Credentials):
    """Keyless impersonation that calls nothing but the two endpoints it needs."""


def wanted_scopes(settings: Settings) -> tuple[str, ...]:
    """All scopes for what the configuration switches on: what a person is asked to grant when signing in."""
    calendar = settings.calendar
    return (
        *SCOPES,
        *(CALENDAR_SCOPES if calendar.enabled else ()),
        *(SHARE_SCOPES if calendar.enabled and calendar.is_shared else ()),
        *(BUSY_SCOPES if calendar.busy_times else ()),
        *(MAIL_SCOPES if settings.post.by == "gmail" else ()),
    )


def load_credentials(
    settings: GoogleSettings, *, interactive: bool = False, scopes: Sequence[str] = SCOPES
) -> Credentials:
    """The credentials that `[google]` describes.

    Args:
        settings: the section.
        interactive: whether a person is there to sign in; then `oauth` opens the sign-in page where no usable
            token is kept, and keeps the new one.
        scopes: what the token must be good for. A token given as such (`token`) is good for what it was made for.

    Raises:
        NeedsPersonError: a file is missing or not what it should be, or a person must sign in.
    """
    kind = settings.credentials
    if kind == "oauth":
        return _oauth(settings, scopes, interactive=interactive)
    if kind == "service_account":
        return _service_account(settings, scopes)
    if kind == "impersonation":
        return _impersonation(settings, scopes)
    return _token(settings)


def open_door(
    settings: GoogleSettings,
    *,
    interactive: bool = False,
    limits: Limits | None = None,
    scopes: Sequence[str] = SCOPES,
) -> Door:
    """The door to Google for `[google]`, with its quota.

    Raises:
        NeedsPersonError: as `load_credentials` does.
    """
    if limits is None:
        limits = Limits(reads_per_minute=settings.reads_per_minute, writes_per_minute=settings.writes_per_minute)
    credentials = load_credentials(settings, interactive=interactive, scopes=scopes)
    return Door(credentials, base_url=settings.base_url, limits=limits)


def _oauth(settings: GoogleSettings, scopes: Sequence[str], *, interactive: bool) -> Credentials:
    assert settings.token_file is not None  # noqa: S101 - load_settings has made sure
    kept = _read_json(settings.token_file, "[google] token_file") if settings.token_file.exists() else None
    if kept is not None and kept.get("refresh_token"):
        kept["token_uri"] = Endpoints(settings.base_url).token
        try:
            credentials: Credentials = oauth2.Credentials.from_authorized_user_info(kept)  # type: ignore[no-untyped-call]
        except ValueError as error:
            raise _broken(settings.token_file, "is not a token that Sensync kept", _SIGN_IN) from error
        missing = [each for each in scopes if each not in (kept.get("scopes") or SCOPES)]
        if not missing:
            return credentials
        if not interactive:
            raise NeedsPersonError(
                f"The kept sign-in of the role mailbox was not granted {', '.join(_short(each) for each in missing)}.",
                next_step="Run `sensync setup` in a window with a browser, sign in again and tick every box.",
            )
    if not interactive:
        raise NeedsPersonError(
            "Nobody has signed in with the role mailbox yet."
            if kept is None
            else "The kept sign-in of the role mailbox cannot be used.",
            next_step=_SIGN_IN,
        )
    return sign_in(settings, scopes)


def _short(scope: str) -> str:
    return scope.removeprefix(_AUTH)


_SIGN_IN = "Run `sensync setup` in a window with a browser and sign in with the role mailbox."


def sign_in(settings: GoogleSettings, scopes: Sequence[str] = SCOPES) -> Credentials:
    """Opens Google's sign-in page, waits for the person, and keeps the token (file mode 0600).

    The one request that does not pass the door is in here, made by oauthlib with the person looking on: the
    exchange of the code for the token.

    Raises:
        NeedsPersonError: the client file is missing or not one, or the sign-in was not finished or not
        granted.
    """
    # Imported here: the sign-in is rare, and oauthlib is slow to import.
    from google_auth_oauthlib.flow import InstalledAppFlow  # noqa: PLC0415

    assert settings.client_secrets_file is not None  # noqa: S101 - load_settings has made sure
    assert settings.token_file is not None  # noqa: S101
    client = _read_json(settings.client_secrets_file, "[google] client_secrets_file")
    if "installed" not in client:
        raise _broken(
            settings.client_secrets_file,
            "is not an OAuth client of the kind Desktop app",
            "Make one in the Google Cloud console (APIs & Services, Credentials) and download its JSON.",
        )
    client["installed"]["token_uri"] = Endpoints(settings.base_url).token
    try:
        flow = InstalledAppFlow.from_client_config(client, list(scopes))
        granted: Any = flow.run_local_server(port=0, timeout_seconds=300, open_browser=True)
    except GoogleAuthError as error:
        raise sign_in_error(error) from error
    except Exception as error:
        # oauthlib and requests have no common base, and a closed window ends in an AttributeError of
        # wsgiref's.
        raise NeedsPersonError(
            f"The sign-in was not finished ({type(error).__name__}).",
            next_step="Run `sensync setup` again, choose the role mailbox and tick every box.",
        ) from error
    save_token(settings.token_file, granted.to_json())
    credentials: Credentials = granted
    return credentials


def save_token(file: Path, text: str) -> None:
    """Writes a token file whole or not at all, readable by its owner only."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # mkstemp gives mode 0600; the rename is atomic, so no reader finds half a token.
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).replace(file)
    except OSError as error:
        raise NeedsPersonError(
            f"{file}: the token cannot be kept there: {error.strerror}.",
            next_step="Give [google] token_file a place that this user may write to.",
        ) from error


def _service_account(settings: GoogleSettings, scopes: Sequence[str]) -> Credentials:
    assert settings.key_file is not None  # noqa: S101 - load_settings has made sure
    info = _read_json(settings.key_file, "[google] key_file")
    if info.get("type") != "service_account":
        raise _broken(settings.key_file, "is not the key of a service account", _NEW_KEY)
    info["token_uri"] = Endpoints(settings.base_url).token
    try:
        credentials: Any = QuietServiceAccount.from_service_account_info(info, scopes=list(scopes))  # type: ignore[no-untyped-call]
    except (ValueError, GoogleAuthError) as error:
        raise _broken(settings.key_file, "is not a whole key", _NEW_KEY) from error
    found: Credentials = credentials.with_subject(settings.subject) if settings.subject else credentials
    return found


_NEW_KEY = "Make a new JSON key in the Google Cloud console (IAM & Admin, Service accounts, Keys)."


def _impersonation(settings: GoogleSettings, scopes: Sequence[str]) -> Credentials:
    try:
        source, _ = default_credentials(scopes=["https://www.googleapis.com/auth/cloud-platform"])
    except GoogleAuthError as error:
        raise NeedsPersonError(
            "This computer has no Google identity of its own to impersonate the service account with.",
            next_step="Run `gcloud auth application-default login`, or give this machine a service account.",
        ) from error
    credentials: Credentials = QuietImpersonation(  # type: ignore[no-untyped-call]
        source_credentials=source,
        target_principal=settings.target_principal,
        target_scopes=list(scopes),
        subject=settings.subject,
    )
    return credentials


def _token(settings: GoogleSettings) -> Credentials:
    token = os.environ.get(TOKEN_VARIABLE, "").strip()
    if not token and settings.token_file is not None:
        token = _read_text(settings.token_file, "[google] token_file").strip()
    if not token or any(letter.isspace() for letter in token):
        raise NeedsPersonError(
            "There is no access token, or it is not one word.",
            next_step=f"Put one into {TOKEN_VARIABLE} or into the file that [google] token_file names.",
        )
    return oauth2.Credentials(token)  # type: ignore[no-untyped-call]


def _read_text(file: Path, key: str) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise NeedsPersonError(
            f"{file} ({key}) cannot be read: {error.strerror}.",
            next_step="Correct the path in sensync.toml, or let this user read the file.",
        ) from error
    except UnicodeDecodeError as error:
        raise _broken(file, "is not text", "Download it again.") from error


def _read_json(file: Path, key: str) -> dict[str, Any]:
    try:
        value = json.loads(_read_text(file, key))
    except ValueError as error:
        raise _broken(file, f"({key}) is not JSON", "Download it again; do not open and save it.") from error
    return value if isinstance(value, dict) else {}


def _broken(file: Path, what: str, repair: str) -> NeedsPersonError:
    return NeedsPersonError(f"{file} {what}.", next_step=repair)
