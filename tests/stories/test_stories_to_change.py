"""The data manager's CSV of what to change in the MIS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.story import REGISTER, Story, upn

from sync.service.to_change import write_csv

if TYPE_CHECKING:
    from pathlib import Path


def test_the_data_managers_file_holds_what_the_tab_holds(story: Story, tmp_path: Path) -> None:
    ref = story.ref(3)
    story.senco.type(REGISTER, ref, "Proposed status", "E")
    story.sync()
    file = tmp_path / "to change.csv"
    write_csv(story.desk.store.seen(1).documents["to_change"], str(file))
    assert file.read_text(encoding="utf-8-sig").splitlines() == [
        "Ref,UPN,Pupil,Class,What to change,MIS says,SENCO says",
        f'{ref},{upn(3)},"Surname003, Forename003",10A,SEN status,K,E',
    ]
    assert file.stat().st_mode & 0o777 == 0o600
    story.senco.type(REGISTER, ref, "Proposed status", "")
    story.sync()
    assert story.desk.store.seen(1).documents["to_change"] == []


def test_a_text_that_would_run_as_a_formula_is_inert_in_the_file() -> None:
    for text in ("=1+1", "+1", "-1", "@A1", "\t=1", "\r=1"):
        assert f"'{text}" in write_csv([{"who": text}])
