"""Pieces of configuration for tests: the beginning of a `sensync.toml`, to which each adds what it is about."""

from __future__ import annotations

from typing import Any

from bench.config import head

HILLCREST = head("9994001")
"""The rest of [google] comes first after it."""

CONCERNS: dict[str, Any] = {
    "enabled": True,
    "dsl_name": "Ms Adeyemi",
    "dsl_phone": "01632 960 199",
    "safeguarding_system": "CPOMS",
    "responders": ["school.example"],
}
"""The section [concerns] of a school where they are on."""


def addon_section(*sencos: str, enabled: bool = True) -> str:
    """The section [addon], in which these people are the SENCOs."""
    names = ", ".join(f'"{each}"' for each in sencos)
    return f"""\
[addon]
enabled = {str(enabled).lower()}
base_url = "https://sensync.school.example"
service_account = "service-42@gcp-sa-gsuiteaddons.iam.gserviceaccount.com"
client_id = "42-abc.apps.googleusercontent.com"
domain = "school.example"
[addon.roles]
senco = [{names}]
"""
