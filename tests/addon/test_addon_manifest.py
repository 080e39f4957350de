"""The add-on's manifest: what Google is told of it."""

from __future__ import annotations

from typing import Any

import pytest
from support.addon import BASE, AddonSchool

from addon import paths
from addon.manifest import EXAMPLE, SCOPES, manifest, manifest_text
from sync.domain.errors import UsageError


def test_the_file_of_the_repository_is_what_the_code_makes(pytestconfig: pytest.Config) -> None:
    assert (pytestconfig.rootpath / "manifest.json").read_text() == manifest_text(EXAMPLE)


def test_triggers_and_routes_agree(school: AddonSchool) -> None:
    found: set[str] = set()

    def look(value: Any) -> None:
        if isinstance(value, dict):
            found.update([value["runFunction"]] if "runFunction" in value else [])
            for each in value.values():
                look(each)
        if isinstance(value, list):
            for each in value:
                look(each)

    look(manifest(BASE))
    assert found == {f"{BASE}{path}" for path in paths.PATHS if path not in (paths.ACT, paths.COMPLETE)}
    served = {str(rule) for rule in school.client.application.url_map.iter_rules() if "POST" in (rule.methods or ())}
    assert set(paths.PATHS) <= served
    picture = school.client.get(paths.PICTURE, base_url=BASE)
    assert (picture.status_code, picture.mimetype) == (200, "image/png")
    assert picture.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_scopes_are_the_least_and_none_can_write_what_the_add_on_did_not_make() -> None:
    assert [each.rpartition("/")[2] for each in SCOPES] == [
        "userinfo.email",
        "drive.file",
        "calendar.addons.execute",
        "workspace.linkpreview",
    ]


@pytest.mark.parametrize("url", ["http://school.example", "school.example", "https://school.example?x=1", ""])
def test_an_address_that_google_cannot_call_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="--base-url"):
        manifest_text(url)
