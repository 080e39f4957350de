"""Every card in every state is one that Google takes, is small enough, and says nothing that its reader must not see.

`google-apps-card` has Google's own description of cards: it refuses an unknown field, a wrong word of a list, and two
widgets in one.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from google.apps import card_v1
from google.protobuf import json_format
from support.addon import (
    BASE,
    CALENDAR,
    EVENT,
    NOW,
    SECRET,
    WRITER,
    AddonSchool,
    actions_of,
    addon_settings,
    card_of,
    concern_key,
    day_input,
    links_of,
    notice_of,
    ref,
    text_input,
    texts_of,
)

from addon import paths
from addon.events import read_event
from addon.handlers import Handlers
from addon.roles import RIGHTS, Right, Role
from local_workspace.addons.cards import problems_of
from sync.domain.families import Adult
from sync.plan.cells import serial
from sync.service.addon_desk import open_addon_desk
from sync.store import ACT, Bookings, JobKind, Jobs, JobState, Outcome, RowChange, RunRecord

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from local_workspace import LocalWorkspace

SHOWN = [Role.SENCO, Role.DEPUTY, Role.HEAD, Role.TEACHER]
_SHOWS: tuple[tuple[str, dict[str, str]], ...] = (
    ("home", {}), ("refresh", {}), ("setup", {}), ("week", {}), ("surgeries", {}), ("surgery_new", {}),
    *(("heap", {"of": of}) for of in (
        "concerns", "whose", "look_again", "reviews", "times", "unsaid", "reports", "short", "gaps",
    )),
    *(("concern", {"key": concern_key(number)}) for number in range(6)), ("propose", {"ref": ref(11)}),
    ("propose", {"ref": ref(1)}), ("monitor", {"ref": ref(11)}),
    *(("pupil", {"ref": ref(number)}) for number in (0, 1, 11)),
    *((do, {"ref": ref(1)}) for do in ("monitor", "provision", "met", "links")),
    *(("meeting", {"key": key}) for key in ("M-R0000", "M-R0001", "M-P0001", "M-P0002")),
    ("surgery", {"key": "P-0000aaaa"}), ("sync", {"once": "1"}), ("plan", {"once": "1"}), ("find", {}),
    ("nothing", {}), ("pupil", {"ref": "ZZZZZ"}),
)  # fmt: skip


MOST_WIDGETS = 100


def take(card: dict[str, Any]) -> None:
    """Raises where Google would not show the card."""
    json_format.ParseDict(card, card_v1.Card.pb(card_v1.Card()))
    assert sum(len(each["widgets"]) for each in card["sections"]) <= MOST_WIDGETS
    # The local workspace's host judges cards as strictly as it knows of Google; it is another reading of the documents.
    assert problems_of(card, "card", ("https://", "http://127.0.0.1")) == []
    assert card["sections"]
    assert all(each["widgets"] for each in card["sections"])


@pytest.fixture(scope="module")
def big(ws: LocalWorkspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AddonSchool]:
    """A thousand pupils, two hundred of them on the register, each with many of everything; 200 concerns."""
    folder: Path = tmp_path_factory.mktemp("big")
    settings = addon_settings(folder, ws.base_url, concerns=True)
    made = AddonSchool(ws, settings, pupils=1000, on_register=200)
    made.has_surgery()
    made.has_form()
    made.has_many_concerns(200)
    made.commit(RowChange("meetings", "M-P0001", {"happened": f"{SECRET} happened", "outcome": f"{SECRET} outcome"}))
    yield made
    made.store.close()


def test_the_oracle_refuses_what_google_would_refuse() -> None:
    good = {"header": {"title": "x"}, "sections": [{"widgets": [{"textParagraph": {"text": "x"}}]}]}
    take(good)
    for widget in (
        {"textParagraph": {"text": "x", "colour": "red"}},
        {"textParagraph": {"text": "x"}, "divider": {}},
        {"selectionInput": {"name": "x", "type": "LIST"}},
    ):
        with pytest.raises(json_format.ParseError):
            take({**good, "sections": [{"widgets": [widget]}]})


@pytest.mark.parametrize("role", Role)
def test_every_card_of_a_school_of_a_thousand_is_one_that_google_takes(big: AddonSchool, role: Role) -> None:
    for host in ("SHEETS", "CALENDAR", "GMAIL"):
        take(big.home(role, host=host))
    for beside in ({}, {"id": CALENDAR}, {"calendarId": CALENDAR, "id": EVENT}):
        take(card_of(big.call(paths.EVENT, role, host="CALENDAR", beside=beside)))
    for do, parameters in _SHOWS:
        take(card_of(big.press(do, role, inputs={"who": text_input("Surname00")}, **parameters)))


@pytest.mark.parametrize("role", [Role.HEAD, Role.TEACHER, Role.NONE])
def test_no_card_says_what_its_reader_must_not_see(big: AddonSchool, role: Role) -> None:
    cards = [big.home(role, host=host) for host in ("SHEETS", "CALENDAR")]
    cards.append(card_of(big.call(paths.EVENT, role, host="CALENDAR", beside={"calendarId": CALENDAR, "id": EVENT})))
    cards += [card_of(big.press(do, role, **parameters)) for do, parameters in _SHOWS]
    told = texts_of(cards)
    forbidden = {
        Role.HEAD: [
            f"{SECRET} {word}"
            for word in (
                "notes",
                "strengths",
                "barriers",
                "outcome",
                "words",
                "bringing",
                "access",
                "happened",
                "meeting",
                "seen",
                "Smth",
                "mind",
                "colleague",
                "Monitor",
            )
        ]
        + [WRITER, "wait in the form", "Whose?"],
        Role.TEACHER: [
            SECRET,
            "£",
            "Surname0500",
            "EHC plan, ",
            "Polish",
            "Meetings this year",
            "Concerns",
            "oncern to",
            "Received",
            "school hour",
            WRITER,
        ],
        Role.NONE: [SECRET, "£", "Surname", "strategies", "Year"],
    }[role]
    assert [word for word in forbidden if word in told] == []


def test_a_teacher_sees_what_the_teachers_pages_say(school: AddonSchool) -> None:
    card = card_of(school.press("pupil", Role.TEACHER, ref=ref(1)))
    assert texts_of(card["header"]) == "Surname0001, Forename0001\nYear 8 · 8A"
    link = f"Link for a document\n{BASE}/addon/p/{ref(1)}\nlink"
    assert [texts_of(each) for each in card["sections"]] == [
        "Status\nSEN support\nKey adult\nMs Hale\n" + link,
        "Strategies for teachers\nSeat at the front.<br>&lt;b&gt;Short&lt;/b&gt; steps.",
        "Home",
    ]
    assert actions_of(card) == [{"do": "home"}]


def test_the_senco_sees_all_of_a_pupil(school: AddonSchool) -> None:
    told = texts_of(card_of(school.press("pupil", ref=ref(1))))
    for words in (
        "Since 2 Sep 2024", f"{SECRET} SLCN", f"{SECRET} notes", f"{SECRET} group 2", "30 min, 2 a week", "£402",
        "£1,250", "1 of 3 held", "1 more booked", "21 Nov 2026", f"{SECRET} no outcomes",
        "Due by 18 Dec 2026 · times to offer", "Held, 10 Nov 2026",
    ):  # fmt: skip
        assert words in told, words


def test_what_people_wrote_is_text_and_no_markup(school: AddonSchool) -> None:
    with school.store.lease("tests", "tests", 60) as lease:
        hostile = '<a href="https://evil.example">Click</a><img src=x>'
        row = RowChange("register", ref(1), {"strategies": hostile, "key_adult": hostile})
        school.store.commit(school.workbook.id, fence=lease.fence, run=None, rows=[row])
    told = texts_of(card_of(school.press("pupil", ref=ref(1))))
    assert "<a" not in told
    assert "<img" not in told


def test_the_first_card_says_how_the_last_sync_went_and_what_needs_her(school: AddonSchool) -> None:
    told = texts_of(school.home())
    for words in (
        "The last sync, today at 7am, wrote what was new. 12 pupils on roll, 2 EHC plans, 4 at SEN support.",
        "6 reviews are due", "6 reviews have times to offer", "3 meetings are over", "1 report is owed",
        "6 families are short", "6 pupils have gaps",
    ):  # fmt: skip
        assert words in told, words


def test_a_refused_sync_is_said_with_what_to_do(school: AddonSchool) -> None:
    run = RunRecord(NOW, NOW, Outcome.REFUSED, {"refused": ["The roll shrank by half. Look at the file."]})
    with school.store.lease("tests", "tests", 60) as lease:
        school.store.commit(school.workbook.id, fence=lease.fence, run=run)
    told = texts_of(school.home())
    assert "The last sync, today at 9am, refused to write anything." in told
    look, needs = (told.index(each) for each in ("Please look\nThe last run refused to write anything;", "Needs you"))
    assert look < needs
    assert "press Show the plan to look again.\nThe roll shrank by half. Look at the file." in told


def test_what_a_good_sync_found_in_the_files_comes_after_what_needs_her(school: AddonSchool) -> None:
    found = [f"row {number}: a status that is no longer valid" for number in range(4)]
    with school.store.lease("tests", "tests", 60) as lease:
        run = RunRecord(NOW, NOW, Outcome.OK, {"attention": found})
        school.store.commit(school.workbook.id, fence=lease.fence, run=run)
    titles = [each.get("header", "") for each in school.home()["sections"]]
    assert titles.index("Needs you") < titles.index("Please look")
    look = school.home()["sections"][titles.index("Please look")]
    assert (len(look["widgets"]), look["uncollapsibleWidgetsCount"]) == (4, 2)


def test_after_any_number_of_acts_the_last_sync_is_still_said(school: AddonSchool) -> None:
    with school.store.lease("tests", "tests", 60) as lease:
        for _ in range(45):
            run = RunRecord(NOW, NOW, Outcome.OK, {ACT: 1})
            school.store.commit(school.workbook.id, fence=lease.fence, run=run)
    assert "The last sync, today at 7am, wrote what was new." in texts_of(school.home())


def test_beside_another_file_the_card_leads_to_the_workbook(school: AddonSchool) -> None:
    seen = {"addonHasFileScopePermission": True}
    assert "This is not the SEN workbook." in texts_of(school.home(beside={**seen, "id": "another"}))
    assert "This is not the SEN workbook." not in texts_of(school.home(beside={**seen, "id": "sheet-1"}))
    asked = school.home(beside={})
    assert "Sensync cannot see which file this is." in texts_of(asked)
    # A teacher may not open the workbook, so nothing leads there.
    for beside in ({}, {**seen, "id": "another"}):
        assert [each["do"] for each in actions_of(school.home(Role.TEACHER, beside=beside))] == ["find"]
        assert links_of(school.home(Role.TEACHER, beside=beside)) == {}
    assert school.press("file") == {
        "renderActions": {"hostAppAction": {"editorAction": {"requestFileScopeForActiveDocument": {}}}}
    }


def test_typing_suggests_pupils_with_year_and_class(school: AddonSchool) -> None:
    line = f"Surname0001, Forename0001 · Year 8 · 8A · {ref(1)}"
    for typed in ("surname0001", "FORENAME0001 8a", "surname0001, y8", line):
        found = school.call(paths.COMPLETE, inputs={"who": text_input(typed)}, of="pupil")
        assert found == {"autoComplete": {"items": [{"text": line}]}}, typed
    picked = card_of(school.press("find", inputs={"who": text_input(line)}))
    assert picked["header"]["title"] == "Surname0001, Forename0001"


def test_several_who_may_be_meant_are_a_list_and_nobody_is_said(school: AddonSchool) -> None:
    several = card_of(school.press("find", inputs={"who": text_input("surname00")}))
    assert several["header"]["title"] == "Who is meant?"
    assert len(actions_of(several["sections"][0])) == 10
    nobody = card_of(school.press("find", inputs={"who": text_input("<b>Zzz")}))
    assert "Nobody was found for “&lt;b&gt;Zzz”." in texts_of(nobody)


def test_jobs_are_shown_while_they_wait_work_and_after(school: AddonSchool) -> None:
    jobs, book = Jobs(school.store), school.workbook.id
    told = texts_of(card_of(school.press("sync", once="1")))
    assert "The sync waits for its turn" in told
    assert "Sync now" not in told
    job = jobs.take(book, NOW)
    assert job is not None
    jobs.say(job, "Reading the workbook", NOW)
    assert "The sync is being made\nReading the workbook" in texts_of(school.home())
    jobs.end(job, JobState.DONE, "Nothing new.", NOW, ["MIS: look at the file."])
    after = school.home()
    assert "The sync, 9am\nNothing new." in texts_of(after)
    take(after)
    whole = card_of(school.press("job", id=str(job.id)))
    assert "MIS: look at the file." in texts_of(whole)
    take(whole)


def test_an_act_that_could_not_be_written_is_said_to_whoever_wrote_it(school: AddonSchool) -> None:
    school.press("held", key="M-P0000", was="wrong", once="1")
    assert Jobs(school.store).newest(school.workbook.id) == []
    card = card_of(school.press("meeting", key="M-P0000"))
    (save,) = [each for each in actions_of(card) if each["do"] == "meeting_save"]
    del save["do"]
    school.press("meeting_save", inputs={"happened": text_input("Held"), "outcome": text_input("Agreed.")}, **save)
    jobs = Jobs(school.store)
    job = jobs.take(school.workbook.id, NOW)
    assert job is not None
    assert (job.kind, job.subject, job.payload["cells"], job.payload["expected"]) == (
        JobKind.ACT, ref(0),
        {"happened": "Held", "held_on": None, "came": None, "outcome": "Agreed.", "report_sent": None},
        {"happened": None, "held_on": None, "came": None, "outcome": None, "report_sent": None},
    )  # fmt: skip
    jobs.end(job, JobState.REFUSED, "Somebody changed this row.", NOW)
    assert jobs.newest(school.workbook.id)[0].payload == {}
    assert "Not written\nSomebody changed this row." in texts_of(card_of(school.press("pupil", ref=ref(0))))
    assert "Not written" not in texts_of(card_of(school.press("pupil", Role.DEPUTY, ref=ref(0))))


def test_a_parents_link_is_made_for_each_adult_who_may_book(school: AddonSchool) -> None:
    school.has_surgery()
    school.has_family(Adult("adult-9", ref(2), "Ms Nine", "nine@home.example"))
    card = card_of(school.press("links", ref=ref(2)))
    take(card)
    (field,) = [each["textInput"] for each in card["sections"][0]["widgets"] if "textInput" in each]
    assert field["label"].startswith("Ms Nine, until ")
    token = field["value"].removeprefix("https://book.school.example/b/")
    page = school.client.get(f"/b/{token}", base_url="https://book.school.example")
    assert page.status_code == 200
    nobody = card_of(school.press("links", ref=ref(3)))
    assert "No adult of this pupil can book anything now." in texts_of(nobody)


def test_an_event_says_whom_it_is_about_only_here(school: AddonSchool) -> None:
    school.has_surgery()
    given = {"host": "CALENDAR", "beside": {"calendarId": CALENDAR, "id": EVENT}}
    told = texts_of(card_of(school.call(paths.EVENT, **given)))
    for words in (
        "Surname0001, Forename0001",
        "Polish",
        f"{SECRET} words",
        f"{SECRET} bringing",
        f"{SECRET} access",
        "Tuesday 24 November 2026",
        "4pm to 4:20pm",
    ):
        assert words in told, words
    for beside in ({"calendarId": "other", "id": EVENT}, {"calendarId": CALENDAR, "id": "other"}, {"id": EVENT}):
        other = card_of(school.call(paths.EVENT, host="CALENDAR", beside=beside))
        assert "This is no meeting of Sensync's." in texts_of(other)


def test_an_event_that_was_booked_since_the_last_sync_offers_one(school: AddonSchool) -> None:
    school.has_surgery()
    given = {"host": "CALENDAR", "beside": {"calendarId": CALENDAR, "id": EVENT}}
    card = card_of(school.call(paths.EVENT, **given))
    assert "The next sync puts this meeting on Meetings." in texts_of(card)
    assert [each["do"] for each in actions_of(card)] == ["pupil", "sync", "home"]
    head = card_of(school.call(paths.EVENT, Role.HEAD, **given))
    assert [each["do"] for each in actions_of(head)] == ["pupil", "home"]
    (booking,) = Bookings(school.store).active(school.workbook.id)
    row = {"ref": ref(1), "kind": "Surgery", "date": serial(date(2026, 11, 24))}
    school.commit(RowChange("meeting_status", f"M-{booking.key}", row))
    card = card_of(school.call(paths.EVENT, **given))
    assert [each["do"] for each in actions_of(card)] == ["pupil", "held", "missed", "meeting", "home"]
    assert "Where\nRoom 2" in texts_of(card)


def test_what_the_sheet_reckoned_of_a_review_is_not_said_of_a_day_to_come(school: AddonSchool) -> None:
    assert "Next review\n21 Nov 2026\nOverdue" in texts_of(card_of(school.press("pupil", ref=ref(1))))
    school.commit(RowChange("register", ref(1), {"next_review": serial(date(2027, 1, 12))}))
    told = texts_of(card_of(school.press("pupil", ref=ref(1))))
    assert "Next review\n12 Jan 2027" in told
    assert "Overdue" not in told


def test_a_card_of_something_that_waits_shows_itself_anew(school: AddonSchool) -> None:
    given = {"next_review": day_input(date(2027, 1, 12)), "key_adult": text_input("Ms Hale")}
    form = card_of(school.press("monitor", ref=ref(1)))
    save = next(each for each in actions_of(form) if each["do"] == "monitor_save")
    card = card_of(school.press(**save, inputs=given))
    again = next(each for each in actions_of(card) if "again" in each)
    assert again == {"do": "pupil", "ref": ref(1), "again": "yes"}
    (moved,) = school.press(**again)["renderActions"]["action"]["navigations"]
    assert list(moved) == ["updateCard"]


def test_the_week_shows_what_is_booked(school: AddonSchool) -> None:
    school.has_surgery()
    told = texts_of(school.home(host="CALENDAR"))
    assert "Tuesday 24 November 2026" in told
    assert "4pm to 4:20pm · Surname0001, Forename0001" in told
    school.clock[0] = NOW + timedelta(days=3)
    assert "Nothing is booked in the next seven days." in texts_of(school.home(host="CALENDAR"))


def test_a_surgery_is_made_from_the_pickers(school: AddonSchool) -> None:
    inputs = {
        "kind": text_input("Surgery"), "date": day_input(date(2026, 12, 8)),
        "from": {"timeInput": {"hours": 16, "minutes": 0}}, "to": {"timeInput": {"hours": 17, "minutes": 30}},
        "where": text_input("Room 2"), "state": text_input("Open"),
    }  # fmt: skip
    school.press("surgery_add", inputs=inputs, once="1")
    (job,) = Jobs(school.store).newest(school.workbook.id)
    assert job.payload["cells"] == {
        "kind": "Surgery", "date": 46364.0, "from": "16:00", "to": "17:30", "where": "Room 2", "state": "Open",
    }  # fmt: skip
    assert job.payload["then_sync"] is True
    late = {**inputs, "date": day_input(date(2026, 11, 1))}
    answer = school.press("surgery_add", inputs=late, once="2")
    assert answer == {"renderActions": {"action": {"notification": {"text": "Pick a day to come."}}}}


def test_invitations_are_for_all_that_is_open_and_where_no_mail_is_sent_it_says_so(school: AddonSchool) -> None:
    school.has_surgery()
    school.has_family(Adult("adult-9", ref(2), "Ms Nine", "nine@home.example"))
    said = texts_of(card_of(school.press("invite", key="P-0000aaaa")))
    assert "Nothing was sent: letters are not sent by mail here." in said
    assert "`sensync links`" in said
    post = school.settings.post.model_copy(update={"by": "smtp"})
    mailing = replace(school, settings=school.settings.model_copy(update={"post": post}))
    told = [notice_of(mailing.press("invite", key="P-0000aaaa")) for _ in range(2)]
    assert told == [
        "1 invitation goes out now, for everything that families may book.",
        "Every family that can be reached by mail has its invitation.",
    ]


def test_a_link_in_a_document_is_an_opaque_chip_with_a_card_for_those_who_may(school: AddonSchool) -> None:
    def preview(role: Role, url: str, host: str = "DOCS") -> tuple[str, str]:
        told = school.call(paths.PREVIEW, role, host=host, beside={"matchedUrl": {"url": url}})["action"]["linkPreview"]
        take(told["previewCard"])
        return told["title"], texts_of(told["previewCard"])

    link = f"{BASE}/addon/p/{ref(1)}"
    for host in ("DOCS", "SHEETS"):
        title, card = preview(Role.SENCO, link, host)
        assert (title, f"{SECRET} notes" in card) == (f"Pupil {ref(1)}", True)
    title, card = preview(Role.TEACHER, link)
    assert (title, SECRET in card, "Seat at the front." in card) == (f"Pupil {ref(1)}", False, True)
    assert preview(Role.NONE, link)[0] == "Sensync"
    for other in (
        f"https://evil.example/addon/p/{ref(1)}",
        f"{link}/more",
        f"{BASE}/addon/p/",
        "",
        f"{BASE}/addon/p/{ref(11)}",
    ):
        title, card = preview(Role.TEACHER, other)
        assert title == "Sensync"
        assert "This link is of no pupil on the register." in card
    followed = [school.client.get(f"/addon/p/{each}", base_url=BASE).data for each in (ref(1), "ZZZZZ")]
    assert followed[0] == followed[1]


def test_a_card_comes_even_where_the_store_fails(school: AddonSchool, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr("addon.handlers.read_home", broken)
    card = school.home()
    take(card)
    assert "Something went wrong that Sensync did not expect." in texts_of(card)
    assert SECRET not in texts_of(card)


# Roles and events


def test_every_button_names_an_action_that_its_reader_may_do(big: AddonSchool) -> None:
    desk = open_addon_desk(big.settings)
    assert desk is not None
    deeds = Handlers(desk).deeds
    for role in Role:
        cards = [big.home(role), *(card_of(big.press(do, role, **parameters)) for do, parameters in _SHOWS)]
        assert {deeds[each["do"]] for each in actions_of(cards)} <= RIGHTS[role]
    assert {name for name, right in deeds.items() if right not in Right} == set()


def test_every_right_is_the_sencos_and_nobody_without_a_role_has_one() -> None:
    assert RIGHTS[Role.SENCO] == frozenset(Right)
    assert RIGHTS[Role.TEACHER] == {Right.SEE_PUPILS}
    assert RIGHTS[Role.NONE] == frozenset()
    assert [role for role in SHOWN if Right.DO_WRITE in RIGHTS[role]] == [Role.SENCO, Role.DEPUTY]


def test_instants_are_read_as_numbers_and_as_texts() -> None:
    for told in (1_796_688_000_000, "1796688000000"):
        body = {"commonEventObject": {"formInputs": {"d": {"dateInput": {"msSinceEpoch": told}}}}}
        assert read_event(json.dumps(body).encode()).instants["d"] == datetime(2026, 12, 8, tzinfo=UTC)
