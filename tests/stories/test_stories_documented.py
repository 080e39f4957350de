"""docs/what-happens-when.md names a test for every case, and each of them exists."""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).parent
TABLE = HERE.parents[1] / "docs" / "what-happens-when.md"


def test_every_case_in_the_document_has_its_test() -> None:
    rows = [
        line for line in TABLE.read_text(encoding="utf-8").splitlines() if line.startswith("| ") and "---" not in line
    ]
    cases = [line for line in rows if not line.endswith("| test |")]
    named = [re.findall(r"`(test_\w+)` \|$", line) for line in cases]
    assert [line for line, names in zip(cases, named, strict=True) if len(names) != 1] == []
    written = {
        name
        for file in (*HERE.glob("test_stories_*.py"), *HERE.parent.glob("service/test_service_*.py"))
        for name in re.findall(r"^def (test_\w+)", file.read_text("utf-8"), re.MULTILINE)
    }
    assert sorted({n for names in named for n in names} - written) == []
