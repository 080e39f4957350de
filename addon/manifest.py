"""What is deployed: the add-on's scopes, triggers and addresses, made from the addresses that the code answers.

(developers.google.com/workspace/add-ons/reference/rest/v1/projects.deployments)
"""

from __future__ import annotations

import json
from typing import Any, Final
from urllib.parse import urlsplit

from addon import paths
from sync.config_addon import public_url
from sync.domain.errors import UsageError

EXAMPLE: Final = "https://sensync.school.example"
"""The public address in the `manifest.json` of the repository: the one place to change by hand."""

EMAIL_SCOPE: Final = "https://www.googleapis.com/auth/userinfo.email"
FILE_SCOPE: Final = "https://www.googleapis.com/auth/drive.file"

SCOPES: Final = (
    EMAIL_SCOPE,  # who it is: the user token
    FILE_SCOPE,  # which file is open, once the person said yes to that one file
    "https://www.googleapis.com/auth/calendar.addons.execute",  # to be shown beside Calendar, and which event is open
    "https://www.googleapis.com/auth/workspace.linkpreview",  # to be shown a link of ours that somebody pastes
)
"""The least that the cards need. Writing is done by Sensync's own account, so none of these can write."""


def manifest(base: str) -> dict[str, Any]:
    """The deployment for one public address, which has no slash at its end."""
    where = urlsplit(base)
    links = [
        {
            "runFunction": f"{base}{paths.PREVIEW}",
            "labelText": "Pupil",
            "patterns": [{"hostPattern": where.hostname, "pathPrefix": f"{where.path}{paths.PUPIL}".strip("/")}],
        }
    ]
    home = {"runFunction": f"{base}{paths.HOME}"}
    return {
        "oauthScopes": list(SCOPES),
        "addOns": {
            "common": {
                "name": "Sensync",
                "logoUrl": f"{base}{paths.PICTURE}",
                "layoutProperties": {"primaryColor": "#1a5276"},
                "homepageTrigger": {**home, "enabled": True},
                "openLinkUrlPrefixes": ["https://docs.google.com/", f"{base}/"],
            },
            "sheets": {
                "homepageTrigger": home,
                "onFileScopeGrantedTrigger": {"runFunction": f"{base}{paths.GRANTED}"},
                "linkPreviewTriggers": links,
            },
            "docs": {"linkPreviewTriggers": links},
            "calendar": {
                "homepageTrigger": home,
                "eventOpenTrigger": {"runFunction": f"{base}{paths.EVENT}"},
                "currentEventAccess": "METADATA",
            },
            "httpOptions": {"authorizationHeader": "SYSTEM_ID_TOKEN", "granularOauthPermissionSupport": "OPT_IN"},
        },
    }


def manifest_text(base: str) -> str:
    """The same as the text of a file.

    Raises:
        UsageError: Google could not call that address.
    """
    try:
        address = public_url(base)
    except ValueError as error:
        raise UsageError(
            f"--base-url {base}: {error}.",
            next_step="Give the address at which Google reaches this server, such as https://book.school.example.",
        ) from error
    return json.dumps(manifest(address), indent=2) + "\n"
