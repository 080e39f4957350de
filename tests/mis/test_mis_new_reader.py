"""The promise of docs/writing-a-reader.md: a connector is one file and one line of the registry."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest
from mis_builders import TODAY, upn, write_csv, write_text

from sync.domain.records import StatusSpell
from sync.mis import ReadOptions, preview, read, registry

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "writing-a-reader.md"


@pytest.fixture
def connector(monkeypatch: pytest.MonkeyPatch) -> None:
    """The example of the guide, as it stands there, in the registry."""
    (example,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    module = ModuleType("example_api")
    monkeypatch.setitem(sys.modules, "example_api", module)
    exec(compile(example, str(GUIDE), "exec"), module.__dict__)  # noqa: S102 - the guide's example must run
    monkeypatch.setattr(registry, "READERS", (module.ExampleApiReader(), *registry.READERS))


STUDENTS = [{"upn": upn(1), "last_name": "Hen", "sen": "K - SEN Support"}, {"last_name": "Doe"}]
ANSWER = json.dumps({"exampleApi": 1, "students": STUDENTS})


@pytest.mark.usefixtures("connector")
def test_the_reader_of_the_guide_works_and_merges(tmp_path: Path) -> None:
    write_text(tmp_path / "answer.json", ANSWER)
    write_csv(tmp_path / "report.csv", [["UPN", "Surname", "Reg"], [upn(1), "Hen", "7A"]])
    data = read([tmp_path / "answer.json", tmp_path / "report.csv"], ReadOptions(), today=TODAY)
    (pupil,) = data.pupils
    assert (pupil.status_history, pupil.registration_group) == ((StatusSpell("K"),), "7A")
    assert [(p.source, p.row, p.reason) for p in data.problems] == [
        ("answer.json", 2, "has no UPN; the pupil is left out")
    ]


@pytest.mark.usefixtures("connector")
def test_the_reader_of_the_guide_is_previewed(tmp_path: Path) -> None:
    assert (
        preview(write_text(tmp_path / "answer.json", ANSWER), ReadOptions(), today=TODAY).label
        == "Example API (saved answer)"
    )
