"""From a press to the sheet, and what the next card says: the real application, jobs, workbook and store."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from support.addon import AddonSchool, actions_of, addon_settings, card_of, day_input, notice_of, text_input, texts_of
from support.story import ROBOT, Story, pupil

from sync.service import jobs as jobs_module
from sync.service.jobs import work_jobs

if TYPE_CHECKING:
    from pathlib import Path

    from local_workspace import LocalWorkspace


class Whole(AddonSchool):
    """An add-on over the workbook of a story; nothing is put into the store but what a sync puts there."""

    def __init__(self, story: Story, folder: Path) -> None:
        self.story = story
        (folder / "token").write_text(story.workspace.token_for(ROBOT))
        settings = addon_settings(folder, story.workspace.base_url)
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
