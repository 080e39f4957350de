"""A deployment: the manifest that a technician gives to Google, and what Google gives back for it. Pure."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

from local_workspace.calendar.channels import LOOPBACK

from .markup import markup

Json = dict[str, Any]

AUTH = "https://www.googleapis.com/auth/"
DRIVE_FILE = AUTH + "drive.file"
EMAIL = AUTH + "userinfo.email"
LOCALE = AUTH + "script.locale"
PREVIEW = AUTH + "workspace.linkpreview"
CALENDAR = AUTH + "calendar.addons.execute"
EVENT_READ = AUTH + "calendar.addons.current.event.read"

HOSTS = {"SHEETS": "sheets", "CALENDAR": "calendar"}
"""The hosts that this workspace plays, and what the manifest calls them."""
READERS = ("READ", "READ_WRITE")
"""Values of `currentEventAccess` with which an event's own words are sent (documented)."""

_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
_SCOPE = re.compile(r"https://[^\s\"\\]+|openid|email|profile", re.ASCII)


class ManifestError(ValueError):
    """A manifest that cannot be deployed; says what, where, and what to write instead."""


def is_callable(address: str) -> bool:
    """Whether an address can be a trigger's: https, as Google has it, or http on this computer."""
    try:
        parts = urlsplit(address)
        return bool(parts.hostname) and (
            parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
        )
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Deployment:
    """An add-on that is installed.

    Attributes:
        manifest: `{"oauthScopes", "addOns"}`, checked.
        client_id: the audience of user tokens (Google: `gcloud workspace-add-ons get-authorization`).
        service_account: in whose name the system tokens are.
        domain: of those who have the add-on, and the `hd` of their tokens; "" gives it to everybody.
    """

    id: str
    manifest: Json
    client_id: str
    service_account: str
    domain: str = ""

    def dump(self) -> Json:
        """The deployment as JSON."""
        return asdict(self)

    @property
    def scopes(self) -> list[str]:
        """The scopes that the manifest asks for."""
        return list(self.manifest["oauthScopes"])

    @property
    def common(self) -> Json:
        """What holds for all hosts."""
        common: Json = self.manifest["addOns"]["common"]
        return common

    @property
    def link_prefixes(self) -> list[str]:
        """The beginnings of the links that its cards may open."""
        return list(self.common.get("openLinkUrlPrefixes", []))

    @property
    def header(self) -> str:
        """Which token the Authorization header carries."""
        options = self.manifest["addOns"].get("httpOptions", {})
        return str(options.get("authorizationHeader", "SYSTEM_ID_TOKEN"))

    def host(self, name: str) -> Json | None:
        """What the manifest says of a host; None where the add-on is not for it."""
        found: Json | None = self.manifest["addOns"].get(HOSTS[name])
        return found

    def serves(self, account: str, host: str) -> bool:
        """Whether somebody sees it beside a host."""
        own = not self.domain or account.rpartition("@")[2].casefold() == self.domain.casefold()
        return own and self.host(host) is not None

    def trigger(self, host: str, name: str) -> str:
        """The address of a trigger of a host, "" for none; a homepage may be the common one."""
        found = (self.host(host) or {}).get(name)
        if found is None and name == "homepageTrigger":
            found = self.common.get(name)
        if not found or found.get("enabled") is False:
            return ""
        return str(found["runFunction"])

    def preview_trigger(self, url: str) -> str:
        """The address that previews a link in a sheet, "" where no pattern fits."""
        for one in (self.host("SHEETS") or {}).get("linkPreviewTriggers", []):
            if any(_fits(pattern, url) for pattern in one["patterns"]):
                return str(one["runFunction"])
        return ""


def _fits(pattern: Json, url: str) -> bool:
    """Whether a link is one that a pattern means: its host, or a host beneath `*.`, and whole parts of its path."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if parts.scheme not in ("http", "https"):
        return False
    wanted, host = pattern["hostPattern"].casefold(), (parts.hostname or "").casefold()
    here = host == wanted or parts.netloc.casefold() == wanted
    if wanted.startswith("*."):
        here = host.endswith(wanted[1:])
    prefix = pattern.get("pathPrefix", "").strip("/")
    path = parts.path.strip("/")
    return here and (not prefix or path == prefix or path.startswith(prefix + "/"))


def checked(manifest: Any) -> Json:
    """A manifest put straight.

    Raises:
        ManifestError: a field that is unknown, missing, ill-typed or against what Google documents.
    """
    if not isinstance(manifest, dict):
        raise ManifestError("A manifest is a JSON object with oauthScopes and addOns. Give it.")
    problems: list[tuple[str, str]] = []
    straight: Json = markup().check("Deployment", manifest, "", problems)
    if problems:
        raise ManifestError(problems[0][1])
    addons = straight.get("addOns")
    if not straight.get("oauthScopes") or addons is None:
        raise ManifestError("A manifest needs oauthScopes (a list that is not empty) and addOns.")
    for scope in straight["oauthScopes"]:
        if not _SCOPE.fullmatch(scope):
            raise ManifestError(f"oauthScopes holds {scope!r}, which is no scope. Write it whole: {AUTH}…")
    _check_common(addons.get("common") or {})
    if not any(name in addons for name in HOSTS.values()):
        raise ManifestError("addOns names no host of this workspace. Add sheets or calendar, {} being enough.")
    _check_hosts(addons, set(straight["oauthScopes"]))
    return straight


def _check_common(common: Json) -> None:
    for name in ("name", "logoUrl"):
        if not common.get(name):
            raise ManifestError(f"addOns.common.{name} is required. Give it.")
    if not is_callable(common["logoUrl"]):
        raise ManifestError("addOns.common.logoUrl must begin with https://, or http:// on this computer.")
    for name, colour in common.get("layoutProperties", {}).items():
        if not _COLOUR.fullmatch(colour):
            raise ManifestError(f"addOns.common.layoutProperties.{name} is {colour!r}. Write it as #1a5276.")
    _check_address(common.get("homepageTrigger"), "addOns.common.homepageTrigger")
    for number, action in enumerate(common.get("universalActions", [])):
        where = f"addOns.common.universalActions[{number}]"
        if not action.get("label") or ("openLink" in action) == ("runFunction" in action):
            raise ManifestError(f"{where} needs a label and one of openLink and runFunction.")
        if "runFunction" in action:
            _check_address(action, where)


def _check_address(trigger: Json | None, where: str) -> None:
    if trigger is not None and not is_callable(trigger.get("runFunction", "")):
        raise ManifestError(
            f"{where}.runFunction is required and must be a whole address that begins with https://, or with http:// "
            "on this computer."
        )


def _check_hosts(addons: Json, scopes: set[str]) -> None:
    for name in HOSTS.values():
        host = addons.get(name)
        if host is None:
            continue
        if not (host.get("homepageTrigger") or addons["common"].get("homepageTrigger")):
            raise ManifestError(f"addOns.{name} has no homepage. Give it or addOns.common a homepageTrigger.")
        for key, trigger in host.items():
            if key.endswith("Trigger") and key != "eventAttachmentTrigger":
                _check_address(trigger, f"addOns.{name}.{key}")
    sheets, calendar = addons.get("sheets") or {}, addons.get("calendar") or {}
    for number, trigger in enumerate(sheets.get("linkPreviewTriggers", [])):
        where = f"addOns.sheets.linkPreviewTriggers[{number}]"
        _check_address(trigger, where)
        patterns = trigger.get("patterns", [])
        if not trigger.get("labelText") or not patterns or not all(one.get("hostPattern") for one in patterns):
            raise ManifestError(f"{where} needs a labelText, and patterns that each have a hostPattern.")
    access = calendar.get("currentEventAccess", "UNSPECIFIED")
    needs = {
        "addOns.sheets.linkPreviewTriggers": (bool(sheets.get("linkPreviewTriggers")), PREVIEW),
        "addOns.sheets.onFileScopeGrantedTrigger": ("onFileScopeGrantedTrigger" in sheets, DRIVE_FILE),
        "addOns.calendar": ("calendar" in addons, CALENDAR),
        "addOns.calendar.currentEventAccess": (access in READERS, EVENT_READ),
    }
    for where, (asked, scope) in needs.items():
        if asked and scope not in scopes:
            raise ManifestError(f"{where} needs the scope {scope}. Add it to oauthScopes.")
