"""What an add-on may answer: each card and action that Google would not take is a failure that says where."""

from __future__ import annotations

import json
from typing import Any

import pytest
from google.apps.card_v1.types import Card
from google.protobuf import json_format
from support.addon_cards import every_widget
from support.addons import CLIENT, SERVICE, card, manifest, pushed, submitted, words

from local_workspace.addons.answers import AnswerError, read
from local_workspace.addons.manifest import Deployment

BASE = "http://127.0.0.1:9"
DEPLOYED = Deployment("sensync", manifest(BASE), CLIENT, SERVICE)
ACTION = {"action": {"function": f"{BASE}/addon/act"}}
BUTTON = {"text": "Save", "onClick": ACTION}


def answered(kind: str, body: Any, *, status: int = 200, host: str = "SHEETS") -> dict[str, Any]:
    return read(kind, status, json.dumps(body).encode(), DEPLOYED, host)


def refusal(kind: str, body: Any, **more: Any) -> str:
    with pytest.raises(AnswerError) as caught:
        answered(kind, body, **more)
    return str(caught.value)


def test_what_is_no_answer_at_all_is_refused() -> None:
    assert "status 500" in refusal("home", {}, status=500)
    for raw in (b"", b"<html>", b"\xff", b'"card"', b"[" * 100_000):
        with pytest.raises(AnswerError):
            read("home", 200, raw, DEPLOYED, "SHEETS")


@pytest.mark.parametrize(
    ("kind", "body", "told"),
    [
        ("home", card(words("a bare card")), 'Unknown name "header"'),
        ("home", submitted(navigations=[{"pushCard": card(words("x"))}]), "The answer is no RenderActions"),
        ("act", pushed(card(words("x"))), "The answer is no SubmitFormResponse"),
        ("complete", pushed(card(words("x"))), "The answer is no GetAutocompletionResponse"),
        ("complete", {}, "answered with autoComplete.items"),
        ("complete", {"autoComplete": {"items": [{"text": ""}]}}, "without a text"),
        ("preview", {"action": {}}, "action.link_preview"),
        ("preview", {"action": {"linkPreview": {"previewCard": {"sections": [{"widgets": [words("x")]}]}}}}, "neither"),
        ("home", {"action": {"linkPreview": {"title": "x"}}}, "a link preview alone"),
        ("act", submitted(navigations=[{}]), "navigations[0] holds nothing"),
        ("act", submitted(navigations=[{"pop": True, "popToRoot": True}]), "popToRoot and pop"),
        ("act", submitted(navigations=[{"popCard": True}]), 'Unknown name "popCard"'),
        ("act", submitted(navigations=[{"popToCard": ""}]), "popToCard is empty"),
        ("act", submitted(notification={}), "notification.text is required"),
        ("act", submitted(link={"url": "https://elsewhere.example/"}), "openLinkUrlPrefixes"),
        ("act", submitted(link={"url": "javascript:alert(1)"}), "https, mailto or tel"),
        ("act", {"requestingGoogleScopes": {}}, "holds scopes, or allScopes"),
        ("act", {"requestingGoogleScopes": {"scopes": ["https://x"]}}, "not in the manifest"),
        (
            "act",
            {"requestingGoogleScopes": {"allScopes": True}, "basicAuthorizationPrompt": {}},
            "in more than one way",
        ),
        ("act", {"basicAuthorizationPrompt": {"authorizationUrl": "javascript:x"}}, "whole https address"),
        ("act", {"renderActions": {"hostAppAction": {"calendarAction": {}}}}, "plays one host_app_action"),
    ],
)
def test_an_answer_of_another_kind_is_refused(kind: str, body: Any, told: str) -> None:
    assert told in refusal(kind, body)


MANY = [{"text": f"{number}", "value": f"{number}"} for number in range(101)]


@pytest.mark.parametrize(
    ("widget", "told"),
    [
        ({}, "holds none of textParagraph"),
        ({**words("x"), "divider": {}}, "textParagraph and divider"),
        ({"textParagraf": {"text": "x"}}, 'Unknown name "textParagraf"'),
        ({"textParagraph": {"text": ""}}, "text is required"),
        ({"decoratedText": {"topLabel": "x"}}, "text is required"),
        (
            {"decoratedText": {"text": "x", "button": BUTTON, "switchControl": {"name": "s"}}},
            "button and switchControl",
        ),
        ({"decoratedText": {"text": "x", "startIcon": {"knownIcon": "PUPIL"}}}, "no built-in icon"),
        ({"decoratedText": {"text": "x", "startIcon": {"iconUrl": "icon.png"}}}, "must begin with https://"),
        ({"buttonList": {"buttons": []}}, "buttons is required"),
        ({"buttonList": {"buttons": [{"text": "x"}]}}, "onClick is required"),
        ({"buttonList": {"buttons": [{"onClick": ACTION}]}}, "neither a text nor an icon"),
        ({"buttonList": {"buttons": [{"text": "x", "onClick": {}}]}}, "holds none of action"),
        ({"buttonList": {"buttons": [{"text": "x", "onClick": {"action": {"function": "save"}}}]}}, "whole https"),
        (
            {"buttonList": {"buttons": [{"text": "x", "onClick": {"openLink": {"url": "http://x.example"}}}]}},
            "Prefixes",
        ),
        ({"textInput": {"label": "x"}}, "name is required"),
        ({"textInput": {"name": "x", "type": "ONE_LINE"}}, "text_input.type"),
        ({"selectionInput": {"name": "x", "type": "DROPDOWN", "items": MANY}}, "101 entries; 100 is the most"),
        ({"selectionInput": {"name": "x", "type": "MULTI_SELECT", "items": MANY[:1]}}, "for Chat alone"),
        ({"dateTimePicker": {"name": "x", "valueMsEpoch": "soon"}}, "value_ms_epoch"),
        ({"columns": {"columnItems": [{}, {}, {}]}}, "3 entries; 2 is the most"),
        ({"columns": {"columnItems": [{"widgets": [{}]}]}}, "holds none of"),
        ({"chipList": {"chips": []}}, "not drawn by the local workspace"),
        ({"image": {"imageUrl": "file:///x.png"}}, "must begin with https://"),
    ],
)
def test_a_widget_that_google_would_not_draw_is_refused(widget: dict[str, Any], told: str) -> None:
    assert told in refusal("home", pushed(card(words("first"), widget)))


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, "neither a header nor sections"),
        ({"sections": [{"header": "x"}]}, "sections[0].widgets is required"),
        ({"header": {"subtitle": "x"}}, "header.title is required"),
        (card(words("x"), fixedFooter={"secondaryButton": BUTTON}), "primaryButton is required"),
        (card(words("x"), fixedFooter={"primaryButton": {"icon": {"knownIcon": "STAR"}, "onClick": ACTION}}), "a text"),
        (card(words("x"), cardActions=[{"actionLabel": "x"}]), "onClick is required"),
    ],
)
def test_a_card_that_google_would_not_draw_is_refused(body: dict[str, Any], told: str) -> None:
    assert told in refusal("home", pushed(body))


def test_the_place_of_a_fault_is_told() -> None:
    told = refusal("home", pushed({"sections": [{"widgets": [words("x"), {"textInput": {"name": "n", "hint": "x"}}]}]}))
    assert "'action.navigations[0].push_card.sections[0].widgets[1].text_input'" in told


def sections(*sizes: int) -> list[dict[str, Any]]:
    return [{"header": f"s{at}", "widgets": [words("x")] * size} for at, size in enumerate(sizes)]


def test_over_a_hundred_widgets_the_overflowing_section_and_all_later_ones_are_dropped() -> None:
    outcome = answered("home", pushed({"sections": sections(60, 40)}))
    assert (len(outcome["navigations"][0]["pushCard"]["sections"]), outcome["notes"]) == (2, [])
    outcome = answered("home", pushed({"sections": sections(60, 41, 1)}))
    assert [one["header"] for one in outcome["navigations"][0]["pushCard"]["sections"]] == ["s0"]
    assert "navigations[0].pushCard.sections[1] and all after it are dropped" in outcome["notes"][0]
    wide = {"columns": {"columnItems": [{"widgets": [words("x")] * 50}, {"widgets": [words("x")] * 50}]}}
    assert answered("home", pushed(card(wide)))["navigations"][0]["pushCard"]["sections"] == []


def test_an_action_that_opens_a_dialog_blanks_the_card() -> None:
    dialog = {"text": "x", "onClick": {"action": {**ACTION["action"], "interaction": "OPEN_DIALOG"}}}
    outcome = answered("home", pushed(card({"buttonList": {"buttons": [dialog]}})))
    assert outcome["navigations"] == [{"pushCard": {"name": ""}}]
    assert "whole card stays blank" in outcome["notes"][0]


def test_what_is_for_chat_is_noted_for_the_developer() -> None:
    outcome = answered("home", pushed(card({"buttonList": {"buttons": [{**BUTTON, "type": "FILLED"}]}})))
    assert "is for Chat and does nothing here" in outcome["notes"][0]


def test_links_are_opened_as_https_and_kept_on_this_computer() -> None:
    for url, opened in (
        ("http://school.example/x", "https://school.example/x"),
        (f"{BASE}/pupil", f"{BASE}/pupil"),
        ("mailto:a@school.example", "mailto:a@school.example"),
    ):
        assert answered("act", submitted(link={"url": url}))["link"]["url"] == opened


def test_the_workspaces_own_pages_stand_in_the_place_of_googles() -> None:
    own = "http://127.0.0.1:8765"
    answer = json.dumps(submitted(link={"url": f"{own}/spreadsheets/d/x/edit#gid=0"})).encode()
    with pytest.raises(AnswerError):
        read("act", 200, answer, DEPLOYED, "SHEETS", own)
    addons = DEPLOYED.manifest["addOns"]
    common = {**addons["common"], "openLinkUrlPrefixes": ["https://docs.google.com/"]}
    googles = Deployment("sensync", {"oauthScopes": [], "addOns": {**addons, "common": common}}, CLIENT, SERVICE)
    assert read("act", 200, answer, googles, "SHEETS", own)["link"]["url"] == f"{own}/spreadsheets/d/x/edit#gid=0"


def test_the_ways_of_asking_for_access_are_read() -> None:
    assert answered(
        "home", {"basicAuthorizationPrompt": {"authorizationUrl": "https://a.example", "resource": "MIS"}}
    ) == {
        "kind": "signIn",
        "url": "https://a.example",
        "resource": "MIS",
    }
    asked = {"customAuthorizationPrompt": pushed(card(words("Sign in")))}
    assert answered("act", asked)["navigations"] == [{"pushCard": card(words("Sign in"))}]
    file = {"renderActions": {"hostAppAction": {"editorAction": {"requestFileScopeForActiveDocument": {}}}}}
    assert answered("act", file)["fileScope"]
    assert "no active document" in refusal("act", file, host="CALENDAR")


def test_a_click_may_be_answered_with_nothing() -> None:
    assert answered("act", {}) == {"kind": "render", "navigations": [], "notes": []}


def test_a_card_of_every_widget_is_read_as_googles_own_message_and_here() -> None:
    full = every_widget(f"{BASE}/addon/act")
    json_format.ParseDict(full, Card.pb(Card()))
    assert answered("home", pushed(full)) == {"kind": "render", "navigations": [{"pushCard": full}], "notes": []}
