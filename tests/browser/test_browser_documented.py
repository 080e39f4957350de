"""The docs' pictures are there, and each thing they say a person can do on the pages has its test."""

import re
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PICTURES = ROOT / "docs" / "screenshots"


def test_every_picture_that_is_named_exists_and_every_picture_is_named() -> None:
    pages = [ROOT / "README.md", *ROOT.glob("docs/*.md")]
    named = {name for page in pages for name in re.findall(r"screenshots/([\w-]+\.png)", page.read_text("utf-8"))}
    assert named == {path.name for path in PICTURES.iterdir()}


def test_each_test_that_the_page_names_exists() -> None:
    handbook = (ROOT / "docs" / "local-workspace.md").read_text("utf-8").partition("## The pages")[2]
    named = set(re.findall(r"`(test_\w+)`", handbook))
    there = {
        name
        for path in HERE.glob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
    }
    assert len(named) > 40
    assert named - there == set()
