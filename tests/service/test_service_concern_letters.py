"""What staff are written about concerns: each letter once, and nothing of the child in any."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from support.concern_office import CONCERNS, DSL, SPEAK_NOW, TEACHER, ConcernOffice
from support.delivery import NOW, SENCO

from sync.domain.concerns import FormKey, Response, Screen
from sync.domain.errors import ConfigError
from sync.service.rounds import Rounds
from sync.store import ALERT, NewWork, Outbox

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.delivery import Office

HOLDING = (TEACHER, "Thank you: we have your form")
ACT_NOW = (TEACHER, "Please act now on the form you sent")
TO_SENCO, TO_DSL = (SENCO, "Please look at a response now"), (DSL, "Please look at a response now")
ASK = "Two minutes, please: what do you see?"
REMINDER = "A reminder: what do you see?"
OTHERS = ["b.teacher@school.example", "c.teacher@school.example"]


@pytest.fixture
def open_school(open_office: Callable[..., Office]) -> Callable[..., ConcernOffice]:
    def start(**sections: Any) -> ConcernOffice:
        return ConcernOffice(open_office(**{"calendar": {"enabled": False}, "concerns": CONCERNS} | sections))

    return start


@pytest.fixture
def school(open_school: Callable[..., ConcernOffice]) -> ConcernOffice:
    return open_school()


# The holding reply


def test_a_teacher_is_told_at_once_that_the_form_has_arrived_and_by_when_to_hear_more(school: ConcernOffice) -> None:
    concern = school.new()
    assert school.office.deliver() == (1, 0, 0)
    assert school.told() == [HOLDING]
    assert school.office.letters()[0].body == (
        "Hello,\n\n"
        "Thank you for your form. It has arrived, and the SENCO will read it.\n\n"
        f"Reference: {concern.key}\n\n"
        "You will hear what happens next by Wednesday 2 December 2026, 9am.\n\n"
        "Until then, please go on with what helps in your lesson. Note what you see, when, and what you tried. Talk "
        "with the child, and with the parents as you would anyway.\n\n"
        "If you write to us about it, use the reference, and leave the child's name out.\n\n"
        "If you think that a child is at risk of harm, do not wait for an answer to this. Speak to Ms Adeyemi "
        "(01632 960 199) now.\n\n"
        "Then record it in CPOMS.\n\n"
        "The SEN team, Hillcrest High School\n"
    )


def test_a_letter_that_waits_while_concerns_are_switched_off_is_kept_and_said_and_an_alert_goes_all_the_same(
    school: ConcernOffice,
) -> None:
    office, on = school.office, school.office.settings
    school.new()
    school.new(2, screen=Screen.HELD)
    office.settings = on.model_copy(update={"concerns": on.concerns.model_copy(update={"enabled": False})})
    office.deliver()
    assert (school.told(), office.outbox.backlog().waiting) == ([TO_SENCO, TO_DSL], 2)
    assert office.notice("concerns:off").startswith("Letters: Letters about concerns wait, because [concerns] was")
    office.settings = on
    office.wait(minutes=15)
    office.deliver()
    assert sorted(school.told()) == sorted([TO_SENCO, TO_DSL, HOLDING, ACT_NOW])
    assert "concerns:off" not in office.noticed()


def test_the_clock_in_the_reply_minds_the_half_terms_in_settings_and_the_hours_of_the_school(
    open_school: Callable[..., ConcernOffice],
) -> None:
    school = open_school(concerns=CONCERNS | {"day_starts": "08:15", "day_ends": "15:00"})
    school.has_terms(("2026-11-02", "2026-12-01"), ("2026-12-07", "2026-12-18"))
    school.office.wait(hours=7)
    school.sends()
    school.office.deliver()
    # Received after the last school day's hours: it counts from Monday 8:15am.
    assert "by Tuesday 8 December 2026, 8:15am." in school.office.letters()[0].body


def test_an_edited_response_brings_no_second_reply(school: ConcernOffice) -> None:
    school.sends()
    school.office.deliver()
    school.office.wait(minutes=5)
    school.sends(seen="Something else.")
    school.sends(seen="Something else.")
    school.office.deliver()
    assert school.told() == [HOLDING]


def test_a_form_that_was_lost_for_days_promises_nothing_in_the_past(school: ConcernOffice) -> None:
    school.sends(late=timedelta(days=5))
    school.office.deliver()
    assert "It reached us late, and we are sorry." in school.office.letters()[0].body
    assert "by " not in school.office.letters()[0].body.partition("late, and")[2].partition("\n")[0]


def test_a_response_without_an_address_is_said_on_sync_status(school: ConcernOffice) -> None:
    concern = school.new(teacher="")
    assert school.office.deliver() == (1, 0, 0)
    assert school.told() == []
    assert school.office.notice(f"concern:{concern.key}:reply") == (
        f"Concern {concern.key}: It came without an address, so nobody was written to: tell the teacher that it has "
        "arrived."
    )


def test_a_reply_does_not_wait_behind_invitations(school: ConcernOffice) -> None:
    office = school.office
    office.has(60)
    for number in range(12):
        office.invite("surgery", again=str(number))
    school.sends()
    office.deliver()
    assert school.told()[0] == HOLDING


# What may be about safeguarding


def test_who_writes_words_that_are_held_back_is_told_to_speak_to_the_dsl_and_so_are_senco_and_dsl(
    school: ConcernOffice,
) -> None:
    concern = school.new(screen=Screen.HELD)
    assert school.office.deliver() == (4, 0, 0)
    assert school.told() == [TO_SENCO, TO_DSL, ACT_NOW]
    to_senco, to_dsl, to_teacher = (each.body for each in school.office.letters())
    assert f"It is {concern.key}, and the sender was told to speak to Ms Adeyemi (01632 960 199)." in to_senco
    assert f"It is {concern.key}, and the sender was told to speak to you now." in to_dsl
    assert SPEAK_NOW in to_teacher
    assert f"Reference: {concern.key}" in to_teacher
    assert school.office.notice(f"alert:concern.alert:{concern.key}:1") == (
        f"Concern {concern.key}: On Tuesday 1 December 2026, 9am, a response came whose words may be about "
        "safeguarding. Sensync kept none of them: read it in the form, and speak to the DSL."
    )


def test_an_edit_that_is_held_back_tells_the_teacher_too_and_each_edit_alerts_once(school: ConcernOffice) -> None:
    school.sends()
    school.office.deliver()
    school.office.wait(minutes=1)
    for _ in range(3):
        school.sends(screen=Screen.HELD)
        school.office.deliver()
    assert school.told() == [HOLDING, ACT_NOW, TO_SENCO, TO_DSL]


def test_harm_is_told_without_a_key_and_without_a_teacher_for_nothing_was_kept(school: ConcernOffice) -> None:
    for _ in range(2):
        assert school.sends(harm="Yes") is None
        school.office.deliver()
    assert school.told() == [TO_SENCO, TO_DSL]
    to_senco, to_dsl = (each.body for each in school.office.letters())
    assert "somebody answered in the form that a child is at risk of harm" in to_senco
    assert "make sure that somebody has spoken to Ms Adeyemi" in to_senco
    assert "The form told them to speak to you now." in to_dsl
    assert [each for each in school.office.noticed() if each.startswith("alert:")] == [
        "alert:concern.alert:ACYDBN-1:2026-12-01T09:00:00+00:00"
    ]


def test_an_alert_leads_the_senco_to_the_responses_and_the_dsl_to_the_senco(school: ConcernOffice) -> None:
    from sync.domain.concerns import FormKey  # noqa: PLC0415

    school.forms.save(school.wid, FormKey.CONCERN, "1form", "https://forms.example/viewform", {})
    school.sends(harm="Yes")
    school.office.deliver()
    to_senco, to_dsl = (each.body for each in school.office.letters())
    assert f"The responses in the form:\n{school.office.ws.base_url}/forms/d/1form/edit#responses\n" in to_senco
    assert "http" not in to_dsl


def test_an_alert_says_when_the_response_was_sent_and_one_tells_of_all_that_are_old(school: ConcernOffice) -> None:
    school.sends(harm="Yes", late=timedelta(hours=20))
    key = "concern.alert:old:concern:2026-12-01"
    told = {"old": True, "submitted": (school.office.now - timedelta(days=7)).isoformat()}
    Outbox(school.office.store).put(school.wid, [NewWork(key, ALERT, key, told)], school.office.now)
    school.office.deliver()
    senco = [" ".join(each.body.split()) for each in school.to(SENCO)]
    assert "On Monday 30 November 2026, 1pm, somebody answered in the form" in senco[0]
    assert "Some that were sent before Tuesday 24 November 2026, 9am say that a child is at risk" in senco[1]
    assert len(school.to(DSL)) == 2
    assert school.office.notice(f"alert:{key}").startswith("The concern form: The form's responses were read for the")


def test_without_an_address_of_the_dsl_the_senco_alone_is_told_and_who_is_both_is_told_once(
    open_school: Callable[..., ConcernOffice],
) -> None:
    for dsl in ("", SENCO.upper()):
        school = open_school(concerns=CONCERNS | {"dsl_email": dsl})
        school.sends(harm="Yes")
        school.office.deliver()
        assert school.told() == [TO_SENCO]


def test_the_senco_has_an_address_of_her_own(open_school: Callable[..., ConcernOffice]) -> None:
    school = open_school(concerns=CONCERNS | {"senco_email": "s.enco@school.example"})
    school.sends(harm="Yes")
    school.office.deliver()
    assert school.told() == [("s.enco@school.example", TO_SENCO[1]), TO_DSL]


def test_an_alert_goes_before_a_burst_of_replies(school: ConcernOffice) -> None:
    for number in range(30):
        school.sends(number)
    school.sends(99, harm="Yes")
    school.office.deliver()
    assert school.told()[:2] == [TO_SENCO, TO_DSL]
    assert school.told()[2:] == [HOLDING] * 30


def test_where_no_letters_are_sent_an_alert_stands_on_sync_status_all_the_same(
    open_school: Callable[..., ConcernOffice],
) -> None:
    school = open_school(post={"by": "none"})
    school.sends()
    school.sends(2, harm="Yes")
    school.office.deliver()
    assert (school.told(), school.office.noticed(), school.office.outbox.backlog().waiting) == (
        [],
        ["alert:concern.alert:ACYDBN-2:2026-12-01T09:00:00+00:00"],
        0,
    )


def test_an_alert_is_on_sync_status_although_the_mailbox_lets_nobody_in(school: ConcernOffice) -> None:
    fault = school.office.ws.fail(403, path="/gmail", reason="insufficientPermissions", times=None)
    school.sends(harm="Yes")
    school.office.deliver()
    assert sorted(school.office.noticed()) == [
        "alert:concern.alert:ACYDBN-1:2026-12-01T09:00:00+00:00",
        "delivery:post",
    ]
    school.office.ws.weather.faults.remove(fault)
    school.office.wait(minutes=15)
    school.office.deliver()
    assert (school.told(), school.office.noticed()) == (
        [TO_SENCO, TO_DSL],
        ["alert:concern.alert:ACYDBN-1:2026-12-01T09:00:00+00:00"],
    )


# Feedback


def test_the_teacher_gets_her_words_once_with_the_reference_and_the_sheet_learns_when(school: ConcernOffice) -> None:
    concern = school.new()
    school.office.deliver()
    words = "Thank you.\n\nI will come into your lesson on Thursday;\nplease keep the seat at the front."
    for _ in range(2):
        school.feedbacks.send(school.wid, concern.key, words, "send", school.office.now)
        school.office.deliver()
    assert school.told() == [HOLDING, (TEACHER, "An answer to the form you sent")]
    body = school.office.letters()[1].body
    assert f"Reference: {concern.key}\n\nThank you.\n\nI will come into your lesson on Thursday;\nplease keep" in body
    assert school.feedbacks.newest(school.wid)[concern.key].sent_at == school.office.now


def test_words_that_a_worker_sent_before_it_died_are_not_sent_again(
    school: ConcernOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sync.store import Outbox  # noqa: PLC0415 - changed here alone

    concern = school.new()
    school.office.deliver()
    school.feedbacks.send(school.wid, concern.key, "Thank you.", "send", school.office.now)

    def dies(*_: object) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Outbox, "done", dies)
        with pytest.raises(KeyboardInterrupt):
            school.office.deliver()
    school.office.wait(minutes=10)
    school.office.deliver()
    assert school.told() == [HOLDING, (TEACHER, "An answer to the form you sent")]


# Round robins


def asked(school: ConcernOffice) -> str:
    school.has_robin_form()
    concern = school.new()
    school.office.deliver()
    school.robins.ask(school.wid, concern.key, OTHERS, school.office.now)
    school.office.deliver()
    return concern.key


def test_each_other_teacher_is_asked_once_with_a_link_that_says_which_concern(school: ConcernOffice) -> None:
    key = asked(school)
    assert school.robins.ask(school.wid, key, OTHERS, school.office.now) == 0
    school.office.deliver()
    assert school.told() == [HOLDING, *[(each, ASK) for each in OTHERS]]
    body = school.office.letters()[1].body
    assert f"Reference: {key}" in body
    assert f"Tell us what you see:\nhttps://docs.google.com/forms/d/e/robin/viewform?usp=pp_url&entry.1={key}\n" in body


def test_who_has_not_answered_after_three_school_days_is_reminded_once(school: ConcernOffice) -> None:
    school.has_terms(("2026-11-02", "2026-12-18"))
    school.office.clock[0] = datetime.fromisoformat("2026-12-03T15:00:00+00:00")
    key = asked(school)
    before = len(school.told())
    school.answers_robin(key, OTHERS[0])
    school.office.clock[0] = datetime.fromisoformat("2026-12-08T15:59:00+00:00")
    school.office.deliver()
    # The days on which nobody ran bring the SENCO her mails.
    assert [each for each in school.told()[before:] if each[0] != SENCO] == []
    school.office.wait(minutes=1)
    school.office.deliver()
    assert [each for each in school.told()[before:] if each[0] != SENCO] == [(OTHERS[1], REMINDER)]
    school.office.wait(days=7)
    school.office.deliver()
    assert [each for each in school.told()[before:] if each[0] != SENCO] == [(OTHERS[1], REMINDER)]


@pytest.mark.parametrize("row", [{"outcome": "Monitor"}, {"outcome": "Ask teachers (round robin)", "closed": 46000.0}])
def test_nobody_is_reminded_once_the_senco_has_decided(school: ConcernOffice, row: dict[str, Any]) -> None:
    key = asked(school)
    school.synced({key: row})
    school.office.wait(days=10)
    school.office.deliver()
    assert REMINDER not in [subject for _, subject in school.told()]


def test_who_answered_unasked_is_not_asked(school: ConcernOffice) -> None:
    school.has_robin_form()
    concern = school.new()
    school.answers_robin(concern.key, OTHERS[0])
    school.robins.ask(school.wid, concern.key, OTHERS, school.office.now)
    school.office.deliver()
    assert school.told() == [HOLDING, (OTHERS[1], ASK)]


def test_an_answer_that_is_held_back_alerts_and_tells_its_teacher(school: ConcernOffice) -> None:
    key = asked(school)
    school.answers_robin(key, OTHERS[0], screen=Screen.HELD)
    school.office.deliver()
    assert sorted(school.told()[3:]) == sorted([TO_SENCO, TO_DSL, (OTHERS[0], ACT_NOW[1])])


def test_asking_waits_for_its_form_and_says_so_until_it_is_there(school: ConcernOffice) -> None:
    concern = school.new()
    school.robins.ask(school.wid, concern.key, OTHERS[:1], school.office.now)
    school.office.deliver()
    assert (school.told(), school.office.noticed()) == ([HOLDING], ["robin:form"])
    school.has_robin_form()
    school.office.wait(minutes=15)
    school.office.deliver()
    assert (school.told(), school.office.noticed()) == ([HOLDING, (OTHERS[0], ASK)], [])


# The school's own words


def own_texts(folder: Path, before: str, after: str) -> None:
    from importlib import resources  # noqa: PLC0415 - here alone

    ours = (resources.files("sheets_templates") / "staff_letters.toml").read_text("utf-8")
    assert before in ours
    (folder / "staff_letters.toml").write_text(ours.replace(before, after), "utf-8")


def test_a_school_may_say_it_in_other_words(open_school: Callable[..., ConcernOffice], tmp_path: Path) -> None:
    own_texts(tmp_path, "Thank you for your form.", "Thanks a lot.")
    school = open_school(workbook={"templates_dir": str(tmp_path)})
    school.sends()
    school.office.deliver()
    assert "Thanks a lot. It has arrived" in school.office.letters()[0].body


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ("Speak to {dsl} now.", "Speak up.", "staff_letters.toml: parts.safeguarding must say {dsl}."),
        ("by {due}.", "soon.", "staff_letters.toml: received.next must say {due}."),
        (
            "Reference: {key}",
            "Reference: {name}",
            "staff_letters.toml: parts.reference may fill in {key} and nothing else.",
        ),
    ],
)
def test_words_that_leave_out_what_must_be_said_are_refused(
    open_school: Callable[..., ConcernOffice], tmp_path: Path, before: str, after: str, why: str
) -> None:
    own_texts(tmp_path, before, after)
    school = open_school(workbook={"templates_dir": str(tmp_path)})
    with pytest.raises(ConfigError) as caught:
        Rounds(school.office.settings, school.office.store, school.office.workbook, lambda: NOW, school.office.open)
    assert str(caught.value) == why


def test_a_subject_that_tells_is_refused_and_said_and_no_other_letter_waits_for_it(
    open_school: Callable[..., ConcernOffice], tmp_path: Path
) -> None:
    own_texts(tmp_path, "Thank you: we have your form", "Your SEN concern")
    school = open_school(workbook={"templates_dir": str(tmp_path)})
    concern = school.new()
    school.sends(2, harm="Yes")
    assert school.office.deliver()[2] == 1
    (aside,) = school.office.outbox.set_aside()
    assert school.office.notice(f"aside:{aside.id}").startswith(
        f"Letter: concern {concern.key}: This could not be done."
    )
    assert school.told() == [TO_SENCO, TO_DSL]


def test_a_held_answer_without_a_reference_of_ours_alerts_everybody_and_tells_its_teacher(
    school: ConcernOffice,
) -> None:
    now = school.office.now
    answer = Response(FormKey.ROBIN, "R-1", now, now, TEACHER, {"concern": ("?",), "share": ("Yes",)})
    assert school.robins.stray(school.wid, answer, screen=Screen.HELD, now=now)
    school.office.deliver()
    (alert,), (told,) = school.to(DSL), school.to(TEACHER)
    assert "It is an answer of the round robin without a reference" in " ".join(alert.body.split())
    assert (SPEAK_NOW in " ".join(told.body.split()), "Reference:" in told.body) == (True, False)


def test_whose_address_was_taken_back_is_not_written_to(school: ConcernOffice) -> None:
    key = school.new().key
    school.has_robin_form()
    school.robins.ask(school.wid, key, OTHERS, school.office.now)
    school.synced({key: {"outcome": "Ask teachers (round robin)", "ask": OTHERS[0]}})
    school.office.deliver()
    assert [(len(school.to(each))) for each in OTHERS] == [1, 0]
