"""What a response is judged by: the roll of the last sync, and the phrases of the safeguarding screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.domain.concerns import Screen
from sync.plan.matching import Roll, Said
from sync.plan.screen import screen
from sync.service.concerns import ConcernDesk, Judge
from sync.service.wordlists import load_given_names, load_phrases

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sync.config import Settings
    from sync.google.door import Door
    from sync.store import Store


def open_concern_desk(
    settings: Settings, store: Store, workbook_id: int, door: Callable[[], Door], now: Callable[[], datetime]
) -> ConcernDesk:
    """What reads the responses of the school in the configuration; roll and phrases are read once they are needed."""
    return ConcernDesk(
        store=store,
        workbook_id=workbook_id,
        door=door,
        judge=lambda: open_judge(settings, store, workbook_id),
        now=now,
        topic=settings.concerns.pubsub_topic,
    )


def open_judge(settings: Settings, store: Store, workbook_id: int) -> Judge:
    """Matches on the roll as the last sync saw it, and screens with the school's phrases or ours.

    Raises:
        ConfigError: with every problem of the names' or the phrases' file.
    """
    own = settings.workbook.templates_dir
    roll = Roll.of(store.tab(workbook_id, "roll").values(), load_given_names(own))
    phrases = load_phrases(settings.concerns.phrases, own)
    return Judge(
        match=lambda answers: roll.match(Said.of(answers)),
        screen=lambda answers: Screen.HELD if screen(answers, phrases) else Screen.CLEAR,
    )
