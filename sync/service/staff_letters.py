"""What each letter to staff about a concern says: sentences from `staff_letters.toml`. Pure but for that file.

A letter names a concern by its key and nothing of the child. Whoever reads it is told in each where safeguarding goes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from sync.domain.errors import ConfigError
from sync.domain.school_clock import say_day, say_instant
from sync.post.letters import Letter, Link
from sync.service.letters_out import fields_of, load_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date
    from pathlib import Path

    from sync.config import ConcernSettings
    from sync.plan.digest import Daily, Item, Weekly
    from sync.service.letters_out import Texts

FILE: Final = "staff_letters.toml"

_MUST: Final = {
    "parts.safeguarding": "dsl",
    "parts.reference": "key",
    "received.next": "due",
    "held.now": "dsl",
    "alert_senco.next": "dsl",
}
"""Sentences that a school may reword, and what each must go on saying."""

_MOST_LISTED: Final = 40


def load_staff_texts(own: Path | None = None) -> Texts:
    """The texts of the letters to staff; a school's own file in its `templates_dir` replaces ours.

    Raises:
        ConfigError: as `letters_out.load_texts`; or a sentence does not say any more what it must.
    """
    texts = load_texts(own, FILE)
    problems = [
        f"{FILE}: {key} must say {{{field}}}." for key, field in _MUST.items() if field not in fields_of(texts.all[key])
    ]
    if problems:
        raise ConfigError(*problems, next_step=f"Mend {FILE} in {own}, or take it away to use ours.")
    return texts


@dataclass(frozen=True, slots=True)
class Places:
    """Where links of letters lead; "" for what there is not.

    Attributes:
        workbook: the SENCO's.
        teachers: the teachers' workbook.
        responses: the concern form's responses, for who owns the form.
    """

    workbook: str = ""
    teachers: str = ""
    responses: str = ""


@dataclass(frozen=True, slots=True)
class StaffWriter:
    """What all letters to staff have in common.

    Attributes:
        texts: the sentences.
        school: its name.
        dsl: the safeguarding lead, with the number to ring.
        system: what safeguarding is recorded in, "" where the school does not say.
        places: where links lead.
        outcomes: reads those of the template's list, which a letter may name.
    """

    texts: Texts
    school: str
    dsl: str
    system: str
    places: Places
    outcomes: Callable[[], tuple[str, ...]] = tuple

    def received(self, key: str, to: str, concern: str, due: datetime | None) -> Letter:
        """The holding reply.

        Args:
            key: of the letter; the same letter has the same key.
            to: the address of the teacher.
            concern: the concern's key.
            due: by when the teacher hears more; None where that is over already.
        """
        then = self.texts("received.next", due=say_instant(due)) if due else self.texts("received.next_late")
        body = [self._reference(concern), then, self.texts("received.meanwhile"), self.texts("parts.answering")]
        return self._letter("received", key, to, [*body, *self._safeguarding()])

    def held(self, key: str, to: str, concern: str) -> Letter:
        """What a teacher gets whose words the safeguarding screen held back."""
        reference = [self._reference(concern)] if concern else []
        return self._letter("held", key, to, [self.texts("held.now", dsl=self.dsl), *self._record(), *reference])

    def alert(self, key: str, to: str, *, dsl: bool, concern: str, when: datetime, old: bool = False) -> Letter:
        """That a person should look at a response.

        Args:
            key: of the letter.
            to: the SENCO's address, or the safeguarding lead's.
            dsl: which of the two it is.
            concern: the concern's key; "" where nothing was kept, because harm was ticked.
            when: the response was sent then.
            old: it is about all that were sent before then, at once.
        """
        kind = "alert_dsl" if dsl else "alert_senco"
        said = {"when": say_instant(when), "dsl": self.dsl, "key": concern}
        what = "held" if concern else "old" if old else "harm"
        lead = self.texts(f"{kind}.{what}", **said)
        # The safeguarding lead may not open the SENCO's form.
        link = [] if dsl or not self.places.responses else [Link(self.texts("parts.form"), self.places.responses)]
        return self._letter(kind, key, to, [lead, self.texts(f"{kind}.next", **said), *link], lead=False)

    def feedback(self, key: str, to: str, concern: str, words: str) -> Letter:
        """The SENCO's own words to the teacher, each paragraph of hers one of the letter."""
        own = [part.strip() for part in words.split("\n\n") if part.strip()]
        body = [self._reference(concern), *own, self.texts("parts.answering"), *self._safeguarding()]
        return self._letter("feedback", key, to, body)

    def robin(self, key: str, to: str, concern: str, url: str, *, again: bool) -> Letter:
        """What a pupil's other teacher is asked.

        Args:
            key: of the letter.
            to: the teacher's address.
            concern: the concern's key.
            url: of the form, with the concern's key filled in.
            again: whether it is the reminder.
        """
        text, where = self.texts, self.places.teachers
        body: list[str | Link] = [self._reference(concern)]
        if where:
            body += [text("robin.who"), Link(text("robin.who_link"), where)]
        body += [text("robin.ask"), Link(text("robin.link"), url), text("robin.short"), *self._safeguarding()]
        return self._letter("robin_again" if again else "robin", key, to, body)

    def daily(self, key: str, to: str, found: Daily) -> Letter:
        """The SENCO's daily mail."""
        parts = {
            "daily.overdue": [_line(item) for item in found.overdue],
            "daily.today": [_line(item) for item in found.due_today],
            "daily.held": found.held,
            "daily.whose": found.unmatched,
            "daily.reviews": [_line(item) for item in (*found.reviews_overdue, *found.reviews_today)],
        }
        body = [self._list(name, lines) for name, lines in parts.items() if lines]
        return self._letter("daily", key, to, [*body, *self._workbook()])

    def weekly(self, key: str, to: str, found: Weekly, first: date, last: date) -> Letter:
        """The SENCO's weekly mail about the days from `first` to `last`."""
        text = self.texts
        counts = {"received": found.received, "edited": found.edited, "answered": found.answered, "late": found.late}
        lines = [text(f"weekly.{name}", count=str(count)) for name, count in counts.items() if count]
        lines += [f"{outcome}: {count}" for outcome, count in found.outcomes.items()]
        lines += [text("weekly.other", count=str(found.other))] if found.other else []
        lists = {"weekly.often": found.often, "weekly.open": found.open}
        body = ["\n".join(lines), *(self._list(name, each) for name, each in lists.items() if each)]
        lead = text("weekly.lead", first=say_day(first), last=say_day(last))
        return self._letter("weekly", key, to, [lead, *body, *self._workbook()], lead=False)

    def _list(self, name: str, lines: Sequence[str]) -> str:
        """A heading with the count, and a line for each."""
        shown = [self.texts(name, count=str(len(lines))), *lines[:_MOST_LISTED]]
        return "\n".join([*shown, "…"] if len(lines) > _MOST_LISTED else shown)

    def _workbook(self) -> list[Link]:
        return [Link(self.texts("parts.workbook"), self.places.workbook)] if self.places.workbook else []

    def _reference(self, concern: str) -> str:
        return self.texts("parts.reference", key=concern)

    def _safeguarding(self) -> list[str]:
        return [self.texts("parts.safeguarding", dsl=self.dsl), *self._record()]

    def _record(self) -> list[str]:
        return [self.texts("parts.record", system=self.system)] if self.system else []

    def _letter(self, kind: str, key: str, to: str, body: Iterable[str | Link], *, lead: bool = True) -> Letter:
        first = [self.texts(f"{kind}.lead")] if lead else []
        paragraphs = (self.texts("parts.greeting"), *first, *body, self.texts("parts.sign", school=self.school))
        return Letter(key, to, self.texts(f"{kind}.subject"), paragraphs)


def _line(item: Item) -> str:
    when = say_instant(item.when) if isinstance(item.when, datetime) else say_day(item.when)
    return f"{item.key} ({item.ref}): {when}" if item.ref else f"{item.key}: {when}"


def dsl_of(concerns: ConcernSettings) -> str:
    """The safeguarding lead as the forms and the letters name her: with the number to ring."""
    return f"{concerns.dsl_name} ({concerns.dsl_phone})"
