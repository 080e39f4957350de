"""What the buttons of a concern do: its card, and what the SENCO decides on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from addon import answers
from addon.calls import CHANGED, GONE, Call, becomes_of, print_of
from addon.cards import concern
from addon.cards.typed import given_back
from addon.roles import Right
from sync.service.addon_concerns import read_concern
from sync.service.addon_school import day, word

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from addon.answers import Json
    from sync.service.addon_concerns import ConcernFile
    from sync.service.addon_desk import AddonDesk

TAB: Final = "concerns"
_TEXTS: Final = ("outcome", "owner", "feedback", "send", "ask")
_DAYS: Final = ("review", "closed")
_COLUMNS: Final = ("chosen", *_TEXTS, *_DAYS)


class ConcernDeeds:
    """Answers the buttons of concerns.

    Args:
        desk: of the school.
    """

    def __init__(self, desk: AddonDesk) -> None:
        self._desk = desk
        self.deeds: dict[str, tuple[Right, Callable[[Call], Json]]] = {
            "concern": (Right.SEE_CONCERN_WORDS, self._shown),
            "concern_save": (Right.DO_WRITE, self._save),
        }

    def _file(self, call: Call) -> ConcernFile | None:
        return read_concern(self._desk.school(), call.given("key"), call.caller.address)

    def _card(self, call: Call, file: ConcernFile) -> Json:
        return concern.concern_card(call.reader, file, self._desk.triage(), _print(file))

    def _shown(self, call: Call) -> Json:
        file = self._file(call)
        if file is None:
            return call.sorry(GONE)
        return (answers.refreshed if call.given("again") else answers.shown)(self._card(call, file))

    def _save(self, call: Call) -> Json:
        file = self._file(call)
        if file is None or not call.may(Right.SEE_CONCERN_WORDS):
            return call.sorry(GONE)
        if not file.in_sheet:
            return call.sorry("This concern is not on Concerns yet.", "Press Sync now, and open it again.")
        if call.given("was") != _print(file):
            return call.sorry(CHANGED)
        chosen, unknown = self._chosen(call, file)
        if unknown:
            return answers.told("Pick the pupil from the suggestions, so that it is plain who is meant.")
        wanted = given_back(call.event, file.typed, _TEXTS, _DAYS)
        if wanted.get("send", "") not in ("", word(file.typed, "send")) and not wanted.get("feedback", "longer"):
            return answers.told("Write the feedback first.")
        cells = _changed(file.typed, wanted | ({"chosen": chosen} if chosen else {}))
        if not cells:
            return answers.told("Nothing was changed.")
        who, key = call.caller.address, file.line.key
        job = self._desk.write(who, call.given("once"), TAB, key, cells, about=key, then_sync=True)
        after = self._file(call)
        return answers.shown(self._card(call, after or file), becomes_of(job))

    def _chosen(self, call: Call, file: ConcernFile) -> tuple[str, bool]:
        """The line of the pupil who was chosen, "" for none; and whether somebody was named who is nobody."""
        typed, picked = call.event.text("who"), call.event.text("chosen")
        if typed:
            school = self._desk.school()
            found = school.find(typed, school.names().values())
            return (self._desk.label(found[0].ref), False) if len(found) == 1 else ("", True)
        offered = dict(file.candidates)
        return offered.get(picked, ""), bool(picked) and picked not in offered


def _print(file: ConcernFile) -> str:
    """Another where a cell was changed, the teacher edited the form, or it is about somebody else since."""
    told: Mapping[str, Any] = {
        **file.typed,
        "version": file.version,
        "ref": file.line.ref,
        "is": file.line.stands.value,
    }
    return print_of(told, (*_COLUMNS, "version", "ref", "is"))


def _changed(typed: Mapping[str, Any], wanted: Mapping[str, str | date | None]) -> dict[str, str | date | None]:
    """What is another than what stands there: so nobody is held to a word of an older list of choices."""
    return {
        name: value
        for name, value in wanted.items()
        if (day(typed, name) != value if name in _DAYS else word(typed, name) != value)
    }
