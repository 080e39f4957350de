"""What an installed Sensync has: every file that the repository keeps beside its code."""

from __future__ import annotations

import tomllib
from fnmatch import fnmatch
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

PACKAGES = ("addon", "local_workspace", "sheets_templates", "sync")


def test_every_file_beside_the_code_is_packed(pytestconfig: pytest.Config) -> None:
    root = pytestconfig.rootpath
    setuptools = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["setuptools"]
    data = setuptools["package-data"]

    def packed(path: str) -> bool:
        package, _, inside = path.partition("/")
        name = path.rpartition("/")[2]
        return any(fnmatch(name, each) for each in data["*"]) or any(fnmatch(inside, each) for each in data[package])

    data |= {package: data.get(package, []) for package in PACKAGES}
    files = [each.relative_to(root) for package in PACKAGES for each in (root / package).rglob("*") if each.is_file()]
    beside = [each.as_posix() for each in files if each.suffix != ".py" and "__pycache__" not in each.parts]
    assert "addon/apps_script/Concerns.gs" in beside
    assert [path for path in beside if not packed(path)] == []
