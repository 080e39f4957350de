"""From a press to the sheet, and what the next card says: the real application, jobs, workbook and store."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from support.addon import (
    PEOPLE,
    AddonSchool,
    actions_of,
    addon_settings,
    card_of,
    day_input,
    notice_of,
    text_input,
    texts_of,
)
from support.cases import Cases
from support.story import ROBOT, Story, pupil

from addon.roles import Role
from sync.domain.concerns import Link
from sync.service import jobs as jobs_module
from sync.service.jobs import work_jobs

if TYPE_CHECKING:
    from pathlib import Path

    from local_workspace import LocalWorkspace


class Whole(AddonSchool):
    """An add-on over the workbook of a story; nothing is put into the store but what a sync puts there."""

    def __init__(self, story: Story, folder: Path, *, concerns: bool = False) -> None:
        self.story = story
        (folder / "token").write_text(story.workspace.token_for(ROBOT))
        settings = addon_settings(folder, story.workspace.base_url, concerns=concerns)
        school = settings.school.model_copy(update={"estab": "1001"})
        super().__init__(story.workspace, settings.model_copy(update={"school": school}))

    def __post_init__(self) -> None:
        from webhook_app import create_app  # noqa: PLC0415 - after the settings are whole

        self.store = self.story.desk.store
        self.client = create_app(self.settings, now=lambda: self.story.now).test_client()

    def work(self) -> None:
        work_jobs(self.settings, self.store, now=lambda: self.story.now)

    def follow(self, card: dict[str, Any], do: str, **given: Any) -> dict[str, Any]:
        """Presses the first button of a card that does this."""
        parameters = next(each for each in actions_of(card) if each["do"] == do)
        return self.press(**parameters, **given)


@pytest.fixture
def whole(story_workspace: LocalWorkspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Whole:
    story = Story(story_workspace, tmp_path, [pupil(n, "E" if n == 1 else "K") for n in range(1, 4)]).begin()
    monkeypatch.setattr(jobs_module, "mis_reader", lambda _settings, _desk: story.mis)
    return Whole(story, tmp_path)


def test_a_concern_is_given_its_pupil_and_decided_from_its_card(
    story_workspace: LocalWorkspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = Cases(story_workspace, tmp_path, [pupil(n, "K" if n < 3 else "N") for n in range(1, 5)])
    cases.begin()
    monkeypatch.setattr(jobs_module, "mis_reader", lambda _settings, _desk: cases.mis)
    whole, ref = Whole(cases, tmp_path, concerns=True), cases.ref(3)
    key = cases.sends(1, candidates=(cases.ref(2), ref), name="Forname 3").key
    assert "1 concern without its pupil" in texts_of(whole.home())
    cases.sync()
    card = card_of(whole.press("concern", key=key))
    decided = {
        "chosen": text_input(ref), "outcome": text_input("Monitor"), "owner": text_input("Ms Hale"),
        "review": day_input(date(2027, 1, 12)),
    }  # fmt: skip
    whole.follow(card, "concern_save", inputs=decided)
    whole.work()
    row = cases.row(key)
    assert (row["State"], row["Ref"], row["Outcome"], row["Owner"]) == ("Open", ref, "Monitor", "Ms Hale")
    assert (row["Review on"], row["Mind"]) == ("12/01/2027", "")
    assert cases.concern(key).link is Link.PERSON
    # To monitor puts the pupil on the register tab.
    assert ref in cases.register()
    told = texts_of(card_of(whole.press("pupil", ref=ref)))
    assert "Concerns\nMonitor\nReceived 23 Nov 2026 · review on 12 Jan 2027" in told
    assert "Raise a concern" in told
    note = f"By {PEOPLE[Role.SENCO]}, in the add-on."
    journal = {each.field: each.note for each in cases.desk.store.history(cases.book_id, key) if each.kind == "own act"}
    assert journal == dict.fromkeys(("Pupil is", "Outcome", "Owner", "Review on"), note)

    card = card_of(whole.press("concern", key=key))
    cases.senco.type("Concerns", key, "Owner", "Mr Idris")
    kept = {name: given for name, given in decided.items() if name != "chosen"}
    whole.follow(card, "concern_save", inputs={**kept, "owner": text_input("Ms Abara")})
    whole.work()
    assert cases.row(key)["Owner"] == "Mr Idris"
    assert "Not written\nSomebody changed this row of Concerns" in texts_of(card_of(whole.press("concern", key=key)))


def test_a_pupil_off_the_register_is_watched_and_a_review_is_proposed(
    story_workspace: LocalWorkspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = Story(story_workspace, tmp_path, [pupil(1, "K"), pupil(2, "N")]).begin()
    monkeypatch.setattr(jobs_module, "mis_reader", lambda _settings, _desk: story.mis)
    whole, ref = Whole(story, tmp_path), story.ref(2)
    assert ref not in story.register()
    form = card_of(whole.press("propose", ref=ref))
    asked = {"kind": text_input("SEN support review"), "by": day_input(date(2026, 12, 11))}
    whole.follow(form, "propose_save", inputs=asked)
    whole.work()
    rows = {row["ID"][:2]: row for row in story.senco.rows("Meetings") if row["Ref"] == ref}
    assert set(rows) == {"P-", "M-"}
    assert (rows["M-"]["ID"], rows["M-"]["Due by"]) == (f"M-{ref}-S-20261211", "11/12/2026")
    assert rows["M-"]["Proposed 1"]
    told = texts_of(card_of(whole.press("pupil", ref=ref)))
    assert told.count("SEN support review") == 1
    assert "Due by 11 Dec 2026 · times to offer" in told
    assert notice_of(whole.press("propose", ref=ref)) == "This review is due already."
    assert story.requests_of(story.sync) == (1, 0)

    form = card_of(whole.press("monitor", ref=ref))
    watched = {"next_review": day_input(date(2027, 1, 12)), "key_adult": text_input("Ms Hale")}
    whole.follow(form, "monitor_save", inputs=watched)
    whole.work()
    row = story.register()[ref]
    assert (row["Name"], row["Status"], row["Next review"], row["Key adult"]) == (
        "Surname002, Forename002", "N", "12/01/2027", "Ms Hale",
    )  # fmt: skip
    assert "Next review\n12 Jan 2027" in texts_of(card_of(whole.press("pupil", ref=ref)))
    assert story.requests_of(story.sync) == (1, 0)


def test_a_pupil_is_found_and_watched_and_a_word_that_somebody_else_typed_stands(whole: Whole) -> None:
    story, ref = whole.story, whole.story.ref(2)
    card = card_of(whole.press("find", inputs={"who": text_input("surname002")}))
    form = card_of(whole.follow(card, "monitor"))
    inputs = {"next_review": day_input(date(2027, 1, 12)), "key_adult": text_input("Ms Hale")}
    answer = whole.follow(form, "monitor_save", inputs=inputs)
    assert notice_of(answer).startswith("It is written in a moment")
    assert "Waits to be written" in texts_of(card_of(answer))
    whole.work()
    row = story.register()[ref]
    assert (row["Next review"], row["Key adult"]) == ("12/01/2027", "Ms Hale")
    told = texts_of(card_of(whole.press("pupil", ref=ref)))
    assert "Waits to be written" not in told
    assert "Next review\n12 Jan 2027" in told

    form = card_of(whole.press("monitor", ref=ref))
    story.senco.type("SEN register", ref, "Key adult", "Mr Idris")
    whole.follow(form, "monitor_save", inputs={**inputs, "key_adult": text_input("Ms Abara")})
    whole.work()
    assert story.register()[ref]["Key adult"] == "Mr Idris"
    assert "Not written\nSomebody changed this row of SEN register" in texts_of(whole.home())


def test_a_meeting_is_recorded_and_counts_after_the_sync(whole: Whole) -> None:
    story, ref = whole.story, whole.story.ref(2)
    form = card_of(whole.press("met", ref=ref))
    inputs = {"kind": text_input("Other"), "date": day_input(date(2026, 11, 20)), "came": text_input("Mother"),
              "time": {"timeInput": {"hours": 15, "minutes": 30}}}  # fmt: skip
    whole.follow(form, "met_save", inputs=inputs)
    whole.follow(whole.home(), "sync")
    whole.work()
    (row,) = [row for row in story.senco.rows("Meetings") if row["Who came"] == "Mother"]
    assert (row["Date"], row["Time"], row["What happened"], row["Ref"]) == ("20/11/2026", "3:30pm", "Held", ref)
    assert "1 of 3 held" in texts_of(card_of(whole.press("pupil", ref=ref)))
    assert "The sync, " in texts_of(whole.home())


def test_a_surgery_is_made_opened_and_closed(whole: Whole) -> None:
    story = whole.story
    form = card_of(whole.press("surgery_new"))
    clock = {"from": {"timeInput": {"hours": 16}}, "to": {"timeInput": {"hours": 17}}}
    where = {"where": text_input("Room 2"), "date": day_input(date(2026, 12, 8)), "state": text_input("Draft")}
    whole.follow(form, "surgery_add", inputs={"kind": text_input("Surgery"), **clock, **where})
    whole.work()
    listed = card_of(whole.press("surgeries"))
    opened = card_of(whole.follow(listed, "surgery"))
    assert "State\nDraft" in texts_of(opened)
    whole.follow(opened, "surgery_open")
    whole.work()
    (row,) = story.senco.rows("Surgeries")
    assert (row["State"], row["Booked"]) == ("Open", "0 of 3")
    card = card_of(whole.follow(card_of(whole.press("surgeries")), "surgery"))
    whole.follow(card, "surgery_close")
    whole.work()
    assert story.senco.rows("Surgeries")[0]["State"] == "Closed"


def test_provision_is_added_and_its_row_opened(whole: Whole) -> None:
    story, ref = whole.story, whole.story.ref(3)
    form = card_of(whole.press("provision", ref=ref))
    inputs = {"provision": text_input("Lego therapy"), "minutes": text_input("30"), "times": text_input("2")}
    wrong = whole.follow(form, "provision_save", inputs={**inputs, "minutes": text_input("half an hour")})
    assert notice_of(wrong) == "Minutes and times a week are numbers."
    whole.follow(form, "provision_save", inputs=inputs)
    whole.work()
    (row,) = story.senco.rows("Provision map")
    assert (row["Provision"], row["Minutes"], row["Ref"]) == ("Lego therapy", "30", ref)
    assert "Lego therapy\n30 min, 2 a week" in texts_of(card_of(whole.press("pupil", ref=ref)))
    card = card_of(whole.follow(card_of(whole.press("pupil", ref=ref)), "row"))
    at = story.senco.row_of("SEN register", ref) + 1
    (url,) = [each["onClick"]["openLink"]["url"] for section in card["sections"] for widget in section["widgets"]
              for each in widget.get("buttonList", {}).get("buttons", ()) if "openLink" in each["onClick"]]  # fmt: skip
    assert url.endswith(f"&range={at}:{at}")
