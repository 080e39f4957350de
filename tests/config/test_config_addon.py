from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sync.config import load_settings
from sync.domain.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

SCHOOL = """
[school]
name = "Hillcrest High School"
la = "999"
estab = "4001"
[mis]
paths = ["mis"]
[google]
credentials = "token"
token_file = "token"
"""
ADDON = """
[addon]
enabled = true
base_url = "https://sensync.school.example/"
service_account = "service-1@gcp-sa-gsuiteaddons.iam.gserviceaccount.com"
client_id = "1.apps.googleusercontent.com"
domain = "School.example"
[addon.roles]
senco = ["Senco@School.example"]
teacher = ["@Staff.school.example", "a.teacher@school.example"]
"""


def problems(folder: Path, text: str) -> list[str]:
    file = folder / "sensync.toml"
    file.write_text(SCHOOL + text)
    with pytest.raises(ConfigError) as caught:
        load_settings(file)
    return [each.removeprefix(f"{file}: ") for each in caught.value.problems]


def test_addresses_and_domains_are_read_in_small_letters(tmp_path: Path) -> None:
    file = tmp_path / "sensync.toml"
    file.write_text(SCHOOL + ADDON)
    addon = load_settings(file).addon
    assert addon.base_url == "https://sensync.school.example"
    assert addon.domain == "school.example"
    assert addon.roles.senco == ("senco@school.example",)
    assert addon.roles.teacher == ("@staff.school.example", "a.teacher@school.example")


def test_an_addon_that_is_switched_on_names_all_that_it_lacks(tmp_path: Path) -> None:
    assert problems(tmp_path, "[addon]\nenabled = true\n") == [
        "addon.service_account: it is missing; enabled = true needs it.",
        "addon.client_id: it is missing; enabled = true needs it.",
        "addon.domain: it is missing; enabled = true needs it.",
        "addon.roles.senco: name at least one address, or nobody could use the add-on.",
    ]


def test_google_calls_no_address_without_tls(tmp_path: Path) -> None:
    at = ADDON.replace("https://sensync.school.example/", "http://sensync.school.example")
    assert problems(tmp_path, at) == ["addon.base_url: it must begin with https://, since Google calls nothing else."]
    left_out = ADDON.replace('base_url = "https://sensync.school.example/"\n', "")
    named = '[booking]\naddress = "http://book.school.example"\n'
    assert problems(tmp_path, named + left_out) == [
        (
            "addon.base_url: it is missing, and of booking.address: it must begin with https://, since Google calls "
            "nothing else."
        )
    ]


def test_only_teachers_may_be_a_whole_domain(tmp_path: Path) -> None:
    at = ADDON.replace('"Senco@School.example"', '"@school.example"')
    assert problems(tmp_path, at) == ["addon.roles.senco.0: it is not an e-mail address."]
