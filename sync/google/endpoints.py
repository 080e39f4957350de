"""Where Google is: Google's own addresses, or those of a workspace that stands in for it.

The client libraries spell Google's addresses out in their code, so with a `base_url` every address is mapped
here, in one place, and none that cannot be mapped is called.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from sync.domain.errors import ConfigError

_GOOGLE = "googleapis.com"

_SERVICES = {
    "sheets": "Google Sheets",
    "drive": "Google Drive",
    "calendar": "Google Calendar",
    "forms": "Google Forms",
    "gmail": "Gmail",
    "oauth2": "Google's sign-in",
    "iamcredentials": "Google's sign-in",
}

_FIRST_SEGMENTS = {
    "v4": "sheets",
    "drive": "drive",
    "calendar": "calendar",
    "batch": "calendar",
    "gmail": "gmail",
    "token": "oauth2",
    "v1": "forms",
}


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Google's addresses; with `base_url` (`http://127.0.0.1:8765`) those of a stand-in at that address."""

    base_url: str | None = None

    def __post_init__(self) -> None:
        """Refuses a base URL that is not `http(s)://host[:port][/path]`."""
        if self.base_url is None:
            return
        parts = urlsplit(self.base_url)
        if parts.scheme not in {"http", "https"} or not parts.netloc or parts.query or parts.fragment:
            raise ConfigError(
                "[google] base_url is not an address of a server.",
                next_step="Use an address such as http://127.0.0.1:8765, or leave it out for Google itself.",
            )
        object.__setattr__(self, "base_url", self.base_url.rstrip("/"))

    @property
    def sheets(self) -> str:
        """The collection of spreadsheets of the Sheets API, version 4."""
        return f"{self.base_url or 'https://sheets.googleapis.com'}/v4/spreadsheets"

    @property
    def drive(self) -> str:
        """The root of the Drive API, version 3."""
        return f"{self.base_url or 'https://www.googleapis.com'}/drive/v3"

    @property
    def calendar(self) -> str:
        """The root of the Calendar API, version 3."""
        return f"{self.base_url or 'https://www.googleapis.com'}/calendar/v3"

    @property
    def calendar_batch(self) -> str:
        """Where many calls of the Calendar API are made in one request."""
        return f"{self.base_url or 'https://www.googleapis.com'}/batch/calendar/v3"

    @property
    def gmail(self) -> str:
        """The root of the Gmail API, version 1."""
        return f"{self.base_url or 'https://gmail.googleapis.com'}/gmail/v1"

    @property
    def forms(self) -> str:
        """The collection of forms of the Forms API, version 1."""
        return f"{self.base_url or 'https://forms.googleapis.com'}/v1/forms"

    @property
    def certificates(self) -> str:
        """The certificates that Google's identity tokens are verified with, by key id."""
        return f"{self.base_url or 'https://www.googleapis.com'}/oauth2/v1/certs"

    @property
    def token(self) -> str:
        """The OAuth token endpoint."""
        return f"{self.base_url}/token" if self.base_url else "https://oauth2.googleapis.com/token"

    def localise(self, url: str) -> str:
        """The address to call for `url`.

        Raises:
            ValueError: `url` is neither Google's nor below the base URL. A bearer token goes nowhere else.
        """
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        is_google = parts.scheme == "https" and (host == _GOOGLE or host.endswith(f".{_GOOGLE}"))
        if self.base_url is None:
            if is_google:
                return url
        elif url == self.base_url or url.startswith(f"{self.base_url}/"):
            return url
        elif is_google:
            return f"{self.base_url}{parts.path}" + (f"?{parts.query}" if parts.query else "")
        msg = f"refusing to call {host or 'an address without a host'}: it is not Google"
        raise ValueError(msg)

    def service(self, url: str) -> str:
        """The service behind `url` in words, for sentences: the only part of a URL that an error may show."""
        parts = urlsplit(url)
        host = (parts.hostname or "").split(".")[0]
        if host in _SERVICES and self.base_url is None:
            return _SERVICES[host]
        path = url[len(self.base_url) :] if self.base_url and url.startswith(self.base_url) else parts.path
        first = path.lstrip("/").split("/", 1)[0]
        return _SERVICES.get(_FIRST_SEGMENTS.get(first, ""), "Google")
