"""The part of `sensync demo` that shows the add-on: its panel beside the sheet and the calendar, and a press in it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from addon.manifest import manifest
from local_workspace.addons.held import day_input, fields_of, text_input
from sync.google.door import segment
from sync.plan.cells import quoted
from sync.service.templates import load_template

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from sync.google.door import Door

Json = dict[str, Any]

NAME: Final = "sensync"
SERVICE: Final = "service-123456789@gcp-sa-gsuiteaddons.iam.gserviceaccount.com"
CLIENT: Final = "123456789-sensync-demo.apps.googleusercontent.com"
LOOK_AGAIN: Final = timedelta(weeks=3)

_PATIENCE, _PAUSE = 30.0, 0.2


def install(door: Door, pages: str, domain: str) -> None:
    """Deploy the add-on for the school's accounts, as a technician does with gcloud.

    Args:
        door: of the workspace's main account.
        pages: the address of `sensync serve`.
        domain: whose accounts have it.
    """
    body = {"manifest": manifest(pages), "clientId": CLIENT, "serviceAccount": SERVICE, "domain": domain}
    door.call("PUT", f"{door.endpoints.base_url}/local/addons/{NAME}", body=body, repeatable=True)


class PanelError(RuntimeError):
    """The panel shows something else than the demo looks for."""


@dataclass(frozen=True, slots=True)
class Panel:
    """One person's panel beside a spreadsheet: asks as the page does, so each answer comes from the add-on's server."""

    door: Door
    spreadsheet: str

    def ask(self, **asked: Any) -> Json:
        """What the page does with the add-on's answer.

        Raises:
            PanelError: the add-on failed.
        """
        body = {"host": "SHEETS", "file": self.spreadsheet, **asked}
        told: Json = self.door.call("POST", f"{self.door.endpoints.base_url}/addons/{NAME}/run", body=body)
        if told["kind"] == "failure":
            raise PanelError(f"{told['message']} {told.get('detail', '')}".strip())
        return told

    def home(self) -> Json:
        """The first card."""
        return _card(self.ask(kind="home"))

    def suggestions(self, card: Json, field: str, typed: str) -> list[str]:
        """What is suggested while somebody types into a field."""
        fields = (each["textInput"] for each in _widgets(card) if "textInput" in each)
        held = next((each for each in fields if each["name"] == field), Json())
        if "autoCompleteAction" not in held:
            raise PanelError(f"The card has no field {field!r} with suggestions.")
        told = self.ask(kind="complete", formInputs=_inputs(card, {field: typed}), **_sent(held["autoCompleteAction"]))
        return list(told["items"])

    def press(self, card: Json, text: str, **typed: str | date) -> Json:
        """Fill in fields, press a button; the card that follows."""
        held = next((each for each in _buttons(card) if each["text"] == text), None)
        if held is None or "action" not in held["onClick"]:
            raise PanelError(f"The card has no button {text!r}.")
        return _card(self.ask(kind="act", formInputs=_inputs(card, typed), **_sent(held["onClick"]["action"])))


def _card(told: Json) -> Json:
    moves = told.get("navigations") or [{}]
    card: Json | None = moves[-1].get("pushCard") or moves[-1].get("updateCard")
    if card is None:
        raise PanelError(f"The add-on showed no card: {told.get('notification') or told['kind']}.")
    return card


def _widgets(card: Json) -> Iterator[Json]:
    for section in card.get("sections", ()):
        yield from section["widgets"]


def _buttons(card: Json) -> Iterator[Json]:
    for widget in _widgets(card):
        yield from widget.get("buttonList", {}).get("buttons", ())


def _sent(action: Json) -> Json:
    parameters = {each["key"]: each["value"] for each in action.get("parameters", ())}
    return {"function": action["function"], "parameters": parameters}


def _inputs(card: Json, typed: Mapping[str, str | date]) -> Json:
    """What stands in a card, and in its place what is typed."""
    given = {name: text_input(each) if isinstance(each, str) else day_input(each) for name, each in typed.items()}
    return fields_of(card) | given


def watch_a_pupil(panel: Panel, name: str, ref: str, day: date) -> None:
    """Find a pupil of the register by typing, press Monitor, pick a day, and save.

    Raises:
        PanelError: a card shows something else.
    """
    home = panel.home()
    line = next((each for each in panel.suggestions(home, "who", name) if each.endswith(ref)), None)
    if line is None:
        raise PanelError("The pupil is not among the suggestions.")
    form = panel.press(panel.press(home, "Find", who=line), "Monitor")
    panel.press(form, "Save", next_review=day)


def wait_for_the_day(door: Door, spreadsheet: str, ref: str, day: date) -> float | None:
    """Seconds until the sheet itself shows the day in the pupil's row; None where it does not come."""
    tab = load_template().tab("register")
    url = f"{door.endpoints.sheets}/{spreadsheet}/values/{segment(quoted(tab.title))}"
    began = time.monotonic()
    while (waited := time.monotonic() - began) < _PATIENCE:
        headers, *rows = door.call("GET", url)["values"]
        at, of = (headers.index(tab.column(key).header) for key in ("next_review", tab.key_column.key))
        row: list[str] = next((row for row in rows if row[of : of + 1] == [ref]), [])
        if row[at : at + 1] == [f"{day:%d/%m/%Y}"]:
            return waited
        time.sleep(_PAUSE)
    return None
