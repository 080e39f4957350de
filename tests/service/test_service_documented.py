"""The table of docs/calendar-and-letters.md names tests that there are."""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).parent
DOCUMENT = HERE.parents[1] / "docs" / "calendar-and-letters.md"


def test_every_story_that_the_table_names_is_told() -> None:
    chapter = DOCUMENT.read_text("utf-8").partition("## What a person does in Google Calendar")[2].partition("\n## ")[0]
    rows = [line for line in chapter.splitlines() if line.startswith("| ")][1:]
    stories = "".join((HERE / f"test_service_{each}.py").read_text("utf-8") for each in ("follow", "told"))
    told = set(re.findall(r"^def test_(\w+)", stories, re.MULTILINE))
    named = [re.findall(r"`(\w+)`", row.rpartition("| ")[0].rpartition("| ")[2] + row.split("|")[3]) for row in rows]
    assert [row for row, tests in zip(rows, named, strict=True) if not tests or not set(tests) <= told] == []
