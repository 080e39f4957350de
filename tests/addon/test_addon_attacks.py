"""Who is not Google, or not of this school, learns nothing; who is, does no more than their role may."""

from __future__ import annotations

import json
import logging
import time
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.addon import BASE, PEOPLE, SECRET, AddonSchool, actions_of, card_of, ref, roll_row, text_input, texts_of
from support.config import HILLCREST

from addon.events import MOST_BYTES, UnreadableError, read_event
from addon.handlers import Handlers
from addon.manifest import EMAIL_SCOPE
from addon.paths import ACT, COMPLETE, EVENT, HOME, PATHS
from addon.roles import Role, role_of
from addon.verify import Doorkeeper, Refused
from sync.config_addon import RoleSettings
from sync.config_current import CurrentSettings
from sync.service.addon_desk import open_addon_desk
from sync.store import Jobs, RowChange
from webhook_app import create_app

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

HOUR = 3600


def status(school: AddonSchool, path: str = HOME, **tokens: Any) -> tuple[int, bytes]:
    answer = school.post(path, school.event(path, tokens=tokens))
    return answer.status_code, answer.data


def test_a_call_in_order_is_answered(school: AddonSchool) -> None:
    assert status(school)[0] == 200


@pytest.mark.parametrize("path", PATHS)
def test_without_googles_token_nobody_is_answered(school: AddonSchool, path: str) -> None:
    assert status(school, path, systemIdToken=None) == (401, b"")
    assert status(school, path, systemIdToken="x.y.z") == (401, b"")


def test_the_token_may_stand_in_the_header_alone(school: AddonSchool) -> None:
    event = school.event(HOME, tokens={"systemIdToken": None})
    bearer = {"Authorization": f"Bearer {school.system(HOME)}"}
    assert school.post(HOME, event, headers=bearer).status_code == 200
    assert school.post(HOME, event, headers={"Authorization": "Bearer x.y.z"}).status_code == 401


def test_a_proxy_that_puts_its_own_token_into_the_header_does_no_harm(school: AddonSchool) -> None:
    bearer = {"Authorization": f"Bearer {school.system(HOME, aud='https://run.example')}"}
    assert school.post(HOME, school.event(HOME), headers=bearer).status_code == 200


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": int(time.time()) - HOUR, "iat": int(time.time()) - 2 * HOUR},
        {"aud": f"{BASE}{ACT}"},
        {"aud": f"{BASE}{HOME}/"},
        {"aud": "https://another.example/addon/home"},
        {"aud": None},
        {"email": "service-43@gcp-sa-gsuiteaddons.iam.gserviceaccount.com"},
        {"email": None},
        {"email_verified": False},
        {"email_verified": "true"},
        {"iss": "https://accounts.google.example"},
        {"iss": ["https://accounts.google.com"]},
    ],
    # The hour in it would be another for each process that collects the tests.
    ids=lambda told: "expired" if "exp" in told else str(told),
)
def test_a_token_of_another_hour_address_project_or_issuer_is_refused(
    school: AddonSchool, claims: dict[str, Any]
) -> None:
    assert status(school, systemIdToken=school.system(HOME, **claims)) == (401, b"")


def test_what_a_request_says_of_its_own_host_proves_nothing(school: AddonSchool) -> None:
    event = school.event(HOME, tokens={"systemIdToken": school.system(HOME, aud=f"https://evil.example{HOME}")})
    assert school.post(HOME, event, base_url="https://evil.example").status_code in (400, 401)
    assert school.post(HOME, event, headers={"X-Forwarded-Host": "evil.example"}).status_code == 401


def test_a_token_that_somebody_else_signed_is_refused(school: AddonSchool) -> None:
    key = rsa.generate_private_key(65537, 2048)
    now = int(time.time())
    claims = {"aud": f"{BASE}{HOME}", "email": school.settings.addon.service_account, "email_verified": True,
              "iss": "https://accounts.google.com", "iat": now, "exp": now + HOUR}  # fmt: skip
    with school.ws.lock:
        forged = school.ws.pubsub.signer.signed(claims, key)
    assert status(school, systemIdToken=forged) == (401, b"")


@pytest.mark.parametrize(
    "claims",
    [
        {"hd": "other.example", "email": "senco@other.example"},
        {"hd": "other.example"},
        {"hd": None},
        {"email_verified": False},
        {"email": None},
    ],
    ids=str,
)
def test_an_account_of_another_school_is_refused(school: AddonSchool, claims: dict[str, Any]) -> None:
    assert status(school, userIdToken=school.user(**claims)) == (403, b"")


@pytest.mark.parametrize(
    "claims", [{"aud": "43-x.apps.googleusercontent.com"}, {"exp": 1, "iat": 0}, {"iss": ["x"]}], ids=str
)
def test_a_user_token_for_another_client_or_hour_is_refused(school: AddonSchool, claims: dict[str, Any]) -> None:
    assert status(school, userIdToken=school.user(**claims)) == (401, b"")


def test_the_system_token_is_no_user_token(school: AddonSchool) -> None:
    assert status(school, userIdToken=school.system(HOME)) == (401, b"")


def test_who_has_not_agreed_to_say_who_they_are_is_asked(school: AddonSchool) -> None:
    answer = school.post(HOME, school.event(HOME, tokens={"userIdToken": None}))
    assert answer.get_json() == {"requestingGoogleScopes": {"scopes": [EMAIL_SCOPE]}}


def test_an_account_of_the_school_without_a_role_sees_no_pupil(school: AddonSchool) -> None:
    says = "Sensync has nothing to show to this account."
    for path in (HOME, EVENT):
        assert says in texts_of(card_of(school.call(path, Role.NONE)))
    for do in ("home", "pupil", "find", "sync", "surgery_add"):
        given = {"inputs": {"who": text_input("Surname")}, "ref": ref(0)}
        assert says in texts_of(card_of(school.press(do, Role.NONE, **given)))
    found = school.call(COMPLETE, Role.NONE, inputs={"who": text_input("Sur")}, of="pupil")
    assert found == {"autoComplete": {"items": []}}


def test_a_button_of_the_sencos_does_nothing_for_a_teacher(school: AddonSchool) -> None:
    for do in ("sync", "plan", "links", "met", "monitor", "provision_save", "surgery_open", "heap", "row", "week"):
        answer = school.press(do, Role.TEACHER, ref=ref(0), key="P-0000aaaa", once="1", of="reviews", tab="register")
        assert "You may not do that." in texts_of(card_of(answer))
    assert Jobs(school.store).newest(school.workbook.id) == []


def test_a_button_that_is_sent_again_after_a_role_was_withdrawn_does_nothing(school: AddonSchool) -> None:
    event = school.event(ACT, do="sync", once="1")
    roles = school.settings.addon.roles.model_copy(update={"senco": ("new.senco@school.example",)})
    addon = school.settings.addon.model_copy(update={"roles": roles})
    after = replace(school, settings=school.settings.model_copy(update={"addon": addon}))
    answer = after.post(ACT, event)
    assert "Sensync has nothing to show to this account." in texts_of(card_of(answer.get_json()))
    assert Jobs(after.store).newest(after.workbook.id) == []


def test_a_role_that_is_withdrawn_in_the_file_is_withdrawn_while_pages_are_served(
    school: AddonSchool, tmp_path: Path
) -> None:
    config = tmp_path / "sensync.toml"
    given = school.settings.addon

    def write(*senco: str) -> None:
        roles = f"senco = {json.dumps(senco)}\nteacher = {json.dumps(given.roles.teacher)}\n"
        addon = "".join(
            f"{name} = {json.dumps(getattr(given, name))}\n"
            for name in ("enabled", "base_url", "service_account", "client_id", "domain")
        )
        config.write_text(f"{HILLCREST}[addon]\n{addon}[addon.roles]\n{roles}")

    write(PEOPLE[Role.SENCO], "new.senco@school.example")
    current = CurrentSettings(school.settings, config)
    school.client = create_app(school.settings, current=current, now=lambda: school.clock[0]).test_client()
    event = school.event(ACT, do="sync", once="1")
    nobody = "Sensync has nothing to show to this account."
    assert nobody not in texts_of(card_of(school.post(ACT, event).get_json()))
    write("new.senco@school.example")
    assert nobody in texts_of(card_of(school.post(ACT, event).get_json()))
    config.write_text("[addon.roles\nsenco = [")
    assert nobody in texts_of(card_of(school.post(ACT, event).get_json()))
    assert "You may not do that." in texts_of(card_of(school.press("sync", Role.TEACHER, once="2")))
    assert len(Jobs(school.store).newest(school.workbook.id)) == 1


def test_a_press_is_one_job_however_often_it_is_sent_and_another_persons_is_another(school: AddonSchool) -> None:
    for role in (Role.SENCO, Role.SENCO, Role.DEPUTY):
        given = {"ref": ref(0), "once": "1", "inputs": {"provision": text_input("Reading")}}
        school.press("provision_save", role, **given)
    asked = [job.asked_by for job in Jobs(school.store).newest(school.workbook.id)]
    assert sorted(asked) == [PEOPLE[Role.DEPUTY], PEOPLE[Role.SENCO]]


def test_a_teacher_finds_nobody_beyond_the_teachers_pages(school: AddonSchool) -> None:
    hidden = ref(11)
    assert "not on roll, or not on the register" in texts_of(card_of(school.press("pupil", Role.TEACHER, ref=hidden)))
    for typed in ("Surname0011", hidden):
        found = school.call(COMPLETE, Role.TEACHER, inputs={"who": text_input(typed)}, of="pupil")
        assert found == {"autoComplete": {"items": []}}


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.NONE])
def test_whoever_is_suggested_has_a_card_and_nobody_else(school: AddonSchool, role: Role) -> None:
    school.commit(
        RowChange("register", ref(11), {"key_adult": "Ms Hale"}),
        RowChange("roll", ref(2), roll_row(2, "N")),
        RowChange("roll", ref(9), roll_row(9, "K")),
    )

    def has_card(pupil: str) -> bool:
        return "not on roll" not in texts_of(card_of(school.press("pupil", role, ref=pupil)))

    def is_suggested(pupil: str) -> bool:
        told = school.call(COMPLETE, role, inputs={"who": text_input(pupil)}, of="pupil")
        return told != {"autoComplete": {"items": []}}

    everybody = [ref(number) for number in range(12)]
    carded = [each for each in everybody if has_card(each)]
    assert carded == [each for each in everybody if is_suggested(each)]
    assert carded == ([ref(number) for number in (0, 1, 3, 4, 5)] if role is Role.TEACHER else everybody)


@pytest.mark.parametrize("do", ["", "nothing", "__class__", "settle", "_act", "a" * 500])
def test_an_action_that_was_made_up_is_a_card_and_nothing_else(school: AddonSchool, do: str) -> None:
    assert "older version" in texts_of(card_of(school.press(do)))


@pytest.mark.parametrize("key", ["", "' OR 1=1 --", "../../etc/passwd", "ZZZZZ", "\x00", "🐔" * 100])
def test_a_key_that_was_made_up_is_a_card_and_nothing_else(school: AddonSchool, key: str) -> None:
    for do, right in school_deeds(school).items():
        if do in ("sync", "plan", "home", "refresh", "file", "find", "row"):
            continue
        answer = school.press(do, ref=key, key=key, id=key, of=key, tab=key, was=key, once=key)
        assert right, do
        assert SECRET not in texts_of(answer), do
    assert Jobs(school.store).newest(school.workbook.id) == []


def school_deeds(school: AddonSchool) -> Mapping[str, Any]:
    desk = open_addon_desk(school.settings)
    assert desk is not None
    return Handlers(desk).deeds


BAD = [
    b"", b"null", b"[]", b"1", b'"x"', b"{", b"\xff\xfe", b"[" * 50_000,
    b'{"commonEventObject": 1}', b'{"commonEventObject": {"parameters": []}}',
    b'{"commonEventObject": {"parameters": {"do": 1}}}',
    b'{"commonEventObject": {"formInputs": {"x": 1}}}',
    b'{"commonEventObject": {"formInputs": {"x": {"stringInputs": {"value": "text"}}}}}',
    b'{"commonEventObject": {"formInputs": {"x": {"dateInput": {"msSinceEpoch": "tomorrow"}}}}}',
    b'{"commonEventObject": {"formInputs": {"x": {"dateInput": {"msSinceEpoch": 1e300}}}}}',
    b'{"commonEventObject": {"formInputs": {"x": {"timeInput": {"hours": 25}}}}}',
    b'{"commonEventObject": {"formInputs": {"x": {"timeInput": {"hours": "x"}}}}}',
    b'{"sheets": {"id": {}}}', b'{"authorizationEventObject": {"systemIdToken": ["x"]}}',
]  # fmt: skip


@pytest.mark.parametrize("body", BAD, ids=range(len(BAD)))
def test_a_body_that_google_does_not_send_is_refused_before_anything_else(school: AddonSchool, body: bytes) -> None:
    answer = school.post(HOME, body)
    assert (answer.status_code, answer.data) == (400, b"")


def test_a_body_is_bounded(school: AddonSchool) -> None:
    answer = school.post(HOME, b'{"x": "' + b"x" * MOST_BYTES + b'"}')
    assert (answer.status_code, answer.data) == (413, b"")
    assert school.post(HOME, b"do=sync", content_type="application/x-www-form-urlencoded").status_code == 415
    assert school.client.get(HOME, base_url=BASE).status_code == 405


def test_texts_are_bounded() -> None:
    for inside in ({"parameters": {"x": "x" * 501}}, {"parameters": {str(n): "" for n in range(41)}},
                   {"formInputs": {"x" * 101: {"stringInputs": {"value": ["x"]}}}}):  # fmt: skip
        with pytest.raises(UnreadableError):
            read_event(json.dumps({"commonEventObject": inside}).encode())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["commonEventObject", "parameters", "formInputs", "x", "stringInputs", "value", "dateInput",
                         "msSinceEpoch", "timeInput", "hours", "sheets", "id", "authorizationEventObject"]),
        inner, max_size=3),
    max_leaves=12,
)  # fmt: skip


@given(JSON)
@settings(max_examples=300, suppress_health_check=list(HealthCheck))
def test_whatever_json_comes_is_an_event_or_is_refused(told: Any) -> None:
    with suppress(UnreadableError):
        read_event(json.dumps(told).encode())


def test_nothing_personal_is_logged(school: AddonSchool, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    school.home()
    school.press("pupil", ref=ref(1))
    school.press("find", inputs={"who": text_input("Surname0001")})
    school.press("monitor_save", ref=ref(1), was="x", once="x")
    status(school, userIdToken=school.user(hd="other.example"))
    for word in ("Surname", "Forename", SECRET, "senco@", ref(1), "ya29", "eyJ"):
        assert word not in caplog.text


def test_certificates_are_fetched_once_for_many_calls(school: AddonSchool) -> None:
    before = sum("certs" in each.path for each in school.ws.requests)
    for _ in range(5):
        school.home()
    assert sum("certs" in each.path for each in school.ws.requests) - before <= 1


def test_the_first_role_counts_and_a_domain_is_no_ending() -> None:
    roles = RoleSettings(senco=("a@s.example",), teacher=("a@s.example", "@staff.s.example"))
    found = [role_of(roles, each) for each in ("A@S.example", "b@staff.s.example", "b@evilstaff.s.example", "", "@")]
    assert found == [Role.SENCO, Role.TEACHER, Role.NONE, Role.NONE, Role.NONE]


def test_tokens_are_never_looked_at_for_an_audience_that_is_not_configured(school: AddonSchool) -> None:
    audiences: list[str] = []

    def claims(_token: str, audience: str) -> None:
        audiences.append(audience)

    found = Doorkeeper(claims, BASE, school.settings.addon).admit(HOME, ("a", "b", "a", ""), "u")
    assert (found, audiences) == (Refused.NOT_GOOGLE, [f"{BASE}{HOME}"] * 2)


def test_what_a_button_carries_names_nobody(school: AddonSchool) -> None:
    school.has_surgery()
    for do, more in (("pupil", {"ref": ref(1)}), ("heap", {"of": "reviews"}), ("surgery", {"key": "P-0000aaaa"})):
        for parameters in actions_of(card_of(school.press(do, **more))):
            assert "urname" not in str(parameters)
