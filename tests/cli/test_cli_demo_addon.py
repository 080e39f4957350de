"""What the demo's panel posts when it presses a button."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, cast

from addon.cards.parts import card, choice_field, day_field, section, text_field
from sync.cli.demo_addon import Panel
from sync.google.endpoints import Endpoints

if TYPE_CHECKING:
    from sync.google.door import Door


class Listening:
    """In place of the workspace: keeps what it is sent, and answers with an empty card."""

    endpoints = Endpoints("http://127.0.0.1:1")

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def call(self, _method: str, _url: str, *, body: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(body)
        return {"kind": "card", "navigations": [{"pushCard": {"sections": []}}]}


def test_a_press_sends_all_that_stands_in_the_card_but_what_is_typed_instead() -> None:
    pressed = {"text": "Save", "onClick": {"action": {"function": "save"}}}
    shown = card(
        "A meeting",
        [
            section(
                [
                    choice_field("happened", "Happened", [("", "Not said"), ("Held", "Held")], "Held"),
                    text_field("came", "Who came", "Mother"),
                    day_field("held_on", "Held on", date(2026, 11, 10)),
                    day_field("report_sent", "Report sent", date(2026, 11, 12)),
                    {"buttonList": {"buttons": [pressed]}},
                ]
            )
        ],
    )
    door = Listening()
    Panel(cast("Door", door), "sheet-1").press(shown, "Save", came="Father", held_on=date(2026, 11, 11))
    (asked,) = door.asked
    assert asked["formInputs"] == {
        "happened": {"stringInputs": {"value": ["Held"]}},
        "came": {"stringInputs": {"value": ["Father"]}},
        "held_on": {"dateInput": {"msSinceEpoch": "1794355200000"}},
        "report_sent": {"dateInput": {"msSinceEpoch": "1794441600000"}},
    }
