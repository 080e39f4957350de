from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sync.cli import run

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_the_deployment_is_printed_for_an_address(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["addon", "manifest", "--base-url", "https://sen.school.example/"]) == 0
    told = json.loads(capsys.readouterr().out)
    home = told["addOns"]["common"]["homepageTrigger"]
    assert home == {"runFunction": "https://sen.school.example/addon/home", "enabled": True}


def test_the_deployment_is_written_into_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "deployment.json"
    assert run(["addon", "manifest", "--base-url", "https://sen.school.example", "--out", str(file)]) == 0
    assert capsys.readouterr().out == f"Written to {file}.\n"
    assert json.loads(file.read_text())["oauthScopes"][0].endswith("userinfo.email")


def test_an_address_without_tls_and_a_file_that_cannot_be_are_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["addon", "manifest", "--base-url", "http://sen.school.example"]) == 2
    assert "it must begin with https://, since Google calls nothing else" in capsys.readouterr().err
    nowhere = str(tmp_path / "none" / "file.json")
    assert run(["addon", "manifest", "--base-url", "https://sen.school.example", "--out", nowhere]) == 2
    assert f"{nowhere}: it cannot be written" in capsys.readouterr().err
