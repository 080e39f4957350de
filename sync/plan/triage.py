"""One row of *Concerns*: what the SENCO typed, held against the concern; what follows, and what to tell her. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from sync.domain.concerns import Concern, Feedback, Link, Screen
from sync.domain.school_clock import say_instant
from sync.plan.cells import Value, blank, text
from sync.plan.concern_words import legible, names_alone, names_the_child, not_answered, said
from sync.plan.facts import pupil_key
from sync.plan.typed import addresses, listed, words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sync.plan.casebook import Casebook
    from sync.plan.mirror import Rows

HERS: Final[Mapping[str, str]] = {
    "chosen": "Pupil is", "outcome": "Outcome", "review": "Review on", "feedback": "Feedback to the teacher",
    "send": "Send", "ask": "Ask", "release": "Release", "closed": "Closed on",
}  # fmt: skip
"""What of hers means something here, by column key, with the header it has at first."""
MOST_ASKED: Final = 30
"""Teachers whom one concern may ask: more than a pupil has; a list pasted by mistake writes to no staff room."""
_TICKS: Final = {"send": "Send again", "send again": "Send", "yes": "Send", "true": "Send"}
"""What sends feedback, each with what to choose next to send other words."""
_HELD: Final = (
    "Its words may be about safeguarding: Sensync kept none of them. Read them in the form and speak to the DSL. "
    "'Release' brings them here afterwards."
)
ON_ITS_WAY: Final = "Your feedback is on its way."
_ANEW: Final = "Sensync lost its memory and takes this for sent already."
_PART_HELD: Final = (
    "A colleague's answer may be about safeguarding: read it in the round robin's form and speak to the DSL. 'Release' "
    "brings it here afterwards."
)
_PART_ONCE_MORE: Final = "'Release': it came after you chose that. Read it; clear the cell, sync, choose anew."
_ONCE_MORE: Final = "'Release': it was edited after you chose that. Read it again; clear the cell, sync, choose anew."


def is_outcome(value: Value, beginning: str) -> bool:
    """Whether an outcome is the one that begins so, however a school goes on."""
    return words(value).startswith(beginning)


def is_closed(row: Mapping[str, Value]) -> bool:
    """Whether she has closed the concern: with a day, or with an outcome that says so."""
    return not blank(row.get("closed")) or is_outcome(row.get("outcome"), "closed")


def is_watched(row: Mapping[str, Value]) -> bool:
    """Whether the pupil belongs on the register tab because of it."""
    return not is_closed(row) and (is_outcome(row.get("outcome"), "monitor") or is_for_support(row))


def is_for_support(row: Mapping[str, Value]) -> bool:
    """Whether she decided that the pupil is to be at SEN support."""
    return is_outcome(row.get("outcome"), "add to sen support")


def is_released(row: Mapping[str, Value]) -> bool:
    """Whether she lets what is held come here."""
    return words(row.get("release")) in ("release", "released", "yes", "true")


def asks_teachers(row: Mapping[str, Value]) -> bool:
    """Whether she wants to hear teachers, and has not closed the concern."""
    return _is_to_ask(row) and not is_closed(row)


def _is_to_ask(row: Mapping[str, Value]) -> bool:
    return is_outcome(row.get("outcome"), "ask teachers")


def is_asked(row: Mapping[str, Value], teacher: str) -> bool:
    """Whether a teacher who was asked is still meant: until she takes the address, casefolded, out of *Ask*."""
    return blank(row.get("ask")) or teacher in listed(row.get("ask"))


def may_answer(address: str, responders: Sequence[str]) -> bool:
    """Whether the forms take an answer from an address; of a group nobody here knows who is in it.

    Args:
        address: folded.
        responders: domains, addresses, and `group:` with a group's address; none says nothing.
    """
    folded = [each.casefold() for each in responders]
    in_group = any(each.startswith("group:") for each in folded)
    return not folded or in_group or address in folded or address.rpartition("@")[2] in folded


@dataclass(frozen=True, slots=True)
class Stood:
    """What of hers stood in a row when Sensync saw it for the first time, its memory having been lost.

    Attributes:
        send: her choice under *Send*, folded, where the sheet says that her words went or were on their way.
        asked: addresses that the sheet says were asked and have not answered.
        release: whether *Release* was chosen.
    """

    send: str = ""
    asked: tuple[str, ...] = ()
    release: bool = False


NOTHING_STOOD: Final = Stood()


def what_stood(row: Mapping[str, Value], inbox: Mapping[str, Value]) -> Stood:
    """What stands in her row and has led to something, as far as *Concern inbox* in the sheet tells.

    Args:
        row: what her cells show.
        inbox: the concern's row there, as the last sync before wrote it.
    """
    went = not blank(inbox.get("sent")) or ON_ITS_WAY in text(inbox.get("said"))
    return Stood(
        words(row.get("send")) if went else "",
        not_answered(text(inbox.get("answered"))),
        not blank(row.get("release")),
    )


def still_stands(stood: Stood, row: Mapping[str, Value]) -> Stood:
    """What of it stands there unchanged: what she chooses anew counts as ever."""
    send = stood.send if words(row.get("send")) == stood.send else ""
    return Stood(send, stood.asked, stood.release and not blank(row.get("release")))


def held_parts(casebook: Casebook, key: str) -> dict[str, str]:
    """The answers to a round robin that are held: when each was sent, by the colleague's address."""
    parts = casebook.robins.get(key, ())
    return {each.teacher: each.submitted.isoformat() for each in parts if each.submitted and each.screen is Screen.HELD}


@dataclass(slots=True)
class Judged:
    """What one row leads to.

    Attributes:
        concern: as it stands with what she decided.
        feedback: the newest words for the teacher, with what she decided.
        linked, released, cleared, sends, asked, recalled, parts: as in `Decided`.
        mind: sentences for her.
    """

    concern: Concern
    feedback: Feedback | None = None
    linked: str = ""
    released: bool = False
    cleared: bool = False
    sends: tuple[str, str] | None = None
    asked: tuple[str, ...] = ()
    recalled: tuple[str, ...] = ()
    parts: dict[str, datetime] = field(default_factory=dict)
    mind: list[str] = field(default_factory=list)


def judge(
    concern: Concern,
    row: Mapping[str, Value],
    *,
    casebook: Casebook,
    roll: Rows,
    released_before: int | None,
    now: datetime,
    headers: Mapping[str, str] = HERS,
    stood: Stood = NOTHING_STOOD,
    parts_before: Mapping[str, str] = MappingProxyType({}),
) -> Judged:
    """Hold a concern against what she typed.

    Args:
        concern: as the store has it.
        row: what her cells show, by column key (see `HERS`).
        casebook: what is kept of concerns.
        roll: the MIS roll by reference.
        released_before: the version that she had before her when she chose *Release*; None while it is not chosen.
        now: an aware instant.
        headers: each column's header as it reads in the sheet now.
        stood: what of hers is older than all that is remembered.
        parts_before: which answers of colleagues she had before her as held when she chose *Release*, as `held_parts`
            gives them.
    """
    judge_ = _Judge(concern, row, casebook, roll, now, headers, stood)
    judge_.release(released_before)
    judge_.release_parts(parts_before)
    judge_.link()
    judge_.outcome()
    judge_.feedback()
    judge_.ask()
    judge_.edits()
    return judge_.judged


class _Judge:
    """One row under judgement."""

    def __init__(
        self,
        concern: Concern,
        row: Mapping[str, Value],
        casebook: Casebook,
        roll: Rows,
        now: datetime,
        headers: Mapping[str, str],
        stood: Stood,
    ) -> None:
        self.row = row
        self.stood = stood
        self.candidates = concern.candidates
        self.casebook = casebook
        self.roll = roll
        self.now = now
        self.headers = headers
        self.judged = Judged(concern, casebook.feedback.get(concern.key))

    @property
    def concern(self) -> Concern:
        return self.judged.concern

    def _say(self, sentence: str) -> None:
        self.judged.mind.append(sentence)

    def _about(self, column: str, sentence: str) -> None:
        self._say(f"'{self.headers.get(column, HERS[column])}': {sentence}")

    def release(self, released_before: int | None) -> None:
        """What the safeguarding screen held back comes here by her word alone, for the version that she has read."""
        concern = self.concern
        if concern.screen is Screen.RELEASED and not concern.answers:
            self._say("Released: its words arrive at the next sync.")
        if concern.screen is not Screen.HELD:
            return
        if concern.gone is not None:
            self._say("It was held for the DSL, and then deleted in the form: Sensync never had its words.")
        elif not is_released(self.row):
            self._say(_HELD)
        elif released_before != concern.version:
            self._say(f"{_HELD} {_ONCE_MORE}")
        else:
            self.judged.released = True
            self._say("Released: its words arrive at the next sync.")

    def release_parts(self, before: Mapping[str, str]) -> None:
        """Answers of colleagues that are held: as she saw them when she chose *Release*."""
        held = held_parts(self.casebook, self.concern.key)
        if not held:
            return
        if not is_released(self.row):
            self._say(_PART_HELD)
            return
        for teacher, sent in held.items():
            if before.get(teacher) == sent:
                self.judged.parts[teacher] = datetime.fromisoformat(sent)
        new = len(held) > len(self.judged.parts)
        self._say(
            f"{_PART_HELD} {_PART_ONCE_MORE}" if new else "Released: a colleague's words arrive at the next sync."
        )

    def link(self) -> None:
        """The pupil that she chose, over any that was found."""
        typed = self.row.get("chosen")
        chosen = pupil_key(typed)
        if not blank(typed) and chosen not in self.roll:
            self._about(
                "chosen", "that names no pupil of the roll. Choose from the list, or copy a line of 'MIS roll'."
            )
        elif chosen and (chosen != self.concern.ref or self.concern.candidates):
            self.judged.linked = chosen
            self.judged.concern = replace(self.concern, ref=chosen, link=Link.PERSON, candidates=())
        concern = self.concern
        if not concern.ref and concern.screen is not Screen.HELD:
            where = self.headers.get("chosen", HERS["chosen"])
            known = [ref for ref in concern.candidates if ref in self.roll]
            self._say(
                f"Whose is it? Choose under '{where}'."
                if known
                else f"Nobody on the roll is like that: copy the pupil's line from 'MIS roll' to '{where}'."
            )
        elif concern.ref and concern.candidates:
            where = self.headers.get("chosen", HERS["chosen"])
            self._say(f"Since the teacher's edit it may be about another pupil. It stays here: choose under '{where}'.")
        elif concern.ref and text(self.roll.get(concern.ref, {}).get("on_roll")) not in ("Yes", ""):
            self._say("This pupil has left.")

    def outcome(self) -> None:
        """What an outcome asks for beside itself."""
        outcome = self.row.get("outcome")
        if not self.concern.ref and (is_watched(self.row) or is_for_support(self.row)):
            self._about("outcome", "choose the pupil first, and it takes effect.")
        if is_outcome(outcome, "monitor") and not is_closed(self.row) and blank(self.row.get("review")):
            self._about("review", "monitoring needs a day on which you look again, within six to eight weeks.")

    def feedback(self) -> None:
        """Words go once for each choice under *Send*: half a sentence that she is typing must not go by itself."""
        tick, last = words(self.row.get("send")), self.judged.feedback
        if not tick:
            if last is not None and last.tick:
                self.judged.cleared = True
                self.judged.feedback = replace(last, tick="")
            return
        if tick not in _TICKS:
            self._about("send", "choose Send or Send again.")
            return
        told = legible(text(self.row.get("feedback")))
        if last is not None and (last.words == told or last.tick == tick):
            if last.words != told:
                self._about("send", f"the words were changed after they went. To send these, choose {_TICKS[tick]}.")
            elif last.sent_at is None:
                self._say(ON_ITS_WAY)
            return
        if last is None and tick == self.stood.send:
            self._about("send", f"{_ANEW} If these words have not gone, choose {_TICKS[tick]}.")
            return
        if why := self._cannot_go(told):
            self._about(*why)
            return
        self.judged.sends = (told, tick)
        self.judged.feedback = Feedback(self.concern.key, told, tick, self.now)
        self._say(ON_ITS_WAY)

    def _cannot_go(self, told: str) -> tuple[str, str] | None:
        concern = self.concern
        if not told:
            return "feedback", "there is nothing to send yet."
        if not concern.teacher:
            return "send", "the form gave no address: tell the teacher yourself."
        # Until both are known, nobody can tell whether the words name the child.
        if concern.screen is Screen.HELD or (concern.screen is Screen.RELEASED and not concern.answers):
            return "send", "your feedback waits until the words that are held are released and here."
        if concern.ref not in self.roll:
            return "send", "your feedback waits until the pupil is chosen: only then is it seen if it holds a name."
        pupils = [self.roll[ref] for ref in (concern.ref, *self.candidates) if ref in self.roll]
        names = [text(pupil.get(name)) for pupil in pupils for name in ("name", "legal_surname", "legal_forename")]
        if names_the_child(told, [*names, names_alone(said(concern.answers, "name"))], self.casebook.given):
            return "feedback", "it holds the child's name, or a word like it. E-mail goes without: take it out."
        return None

    def ask(self) -> None:
        """The round robin: each address is asked once."""
        typed = self.row.get("ask")
        if not _is_to_ask(self.row):
            if not blank(typed) and blank(self.row.get("outcome")):
                self._about("ask", "teachers are asked once the outcome is 'Ask teachers'.")
            return
        given, wrong = addresses(typed, self.casebook.families)
        good = [each for each in given if each != self.concern.teacher]
        if is_closed(self.row):
            if not blank(typed):
                self._about("ask", "nobody is asked about what is closed.")
        elif self.concern.screen is Screen.HELD:
            self._about("ask", "nobody is asked while its words are held.")
        elif wrong:
            self._about("ask", "type e-mail addresses of members of staff, with commas between them.")
        elif len(good) > MOST_ASKED:
            self._about("ask", f"these are {len(good)} addresses; {MOST_ASKED} teachers are the most to ask.")
        elif not good:
            self._about("ask", "type the addresses of the pupil's other teachers.")
        elif outsiders := [each for each in good if not may_answer(each, self.casebook.responders)]:
            self._about("ask", f"the form takes no answer from {', '.join(outsiders)}. Ask colleagues of the school.")
        elif not self.concern.ref:
            self._say("Choose the pupil first: then the teachers are asked.")
        else:
            known = {part.teacher for part in self.casebook.robins.get(self.concern.key, ())}
            new = [address for address in good if address not in known]
            self.judged.recalled = tuple(address for address in new if address in self.stood.asked)
            self.judged.asked = tuple(address for address in new if address not in self.stood.asked)

    def edits(self) -> None:
        """What happened to the response since."""
        concern = self.concern
        if concern.gone is not None and concern.screen is not Screen.HELD:
            self._say(f"Deleted in the form on {say_instant(concern.gone)}; its words are kept here.")
        if concern.version > 1 and concern.screen is not Screen.HELD:
            self._say(f"Edited by the teacher on {say_instant(concern.submitted)}: 'Read' leads to the earlier words.")
