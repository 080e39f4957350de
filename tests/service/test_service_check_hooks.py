"""Whether a hook of a form was heard, as `sensync check` tells it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from support.concern_office import CONCERNS, ConcernOffice

from sync.domain.concerns import FormKey
from sync.service.check_hooks import look_at_hooks
from sync.store import Nudges

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest
    from support.delivery import Office

QUIET = "no response came lately that it could tell of"
SENT = "a response was sent on Tuesday 1 December 2026, 9am"


def test_a_hook_that_told_of_no_response_is_told_until_it_has(
    open_office: Callable[..., Office], monkeypatch: pytest.MonkeyPatch
) -> None:
    office = open_office(concerns=CONCERNS | {"pubsub_audience": "https://book.school.example/hooks/pubsub"})
    school, nudges = ConcernOffice(office), Nudges(office.store)

    def found() -> dict[str, tuple[bool, str]]:
        return {each.name: (each.passed, each.found) for each in look_at_hooks(office.settings, lambda: office.now)}

    assert found() == {"Pub/Sub, the concern form": (True, QUIET), "Pub/Sub, the round robin's form": (True, QUIET)}
    monkeypatch.setenv("SENSYNC_HOOK_SECRET", "s" * 32)
    school.new()
    nudges.put(office.wid, FormKey.CONCERN, "push:1", office.now)
    nudges.put(office.wid, FormKey.ROBIN, "hook:1", office.now)
    assert found() == {
        "Form's script, the concern form": (False, f"not heard; {SENT}"),
        "Form's script, the round robin's form": (True, "heard on Tuesday 1 December 2026, 9am"),
        "Pub/Sub, the concern form": (True, "heard on Tuesday 1 December 2026, 9am"),
        "Pub/Sub, the round robin's form": (True, QUIET),
    }
    office.wait(days=2)
    school.new(2)
    heard = "last heard on Tuesday 1 December 2026, 9am; a response was sent on Thursday 3 December 2026, 9am"
    assert found()["Pub/Sub, the concern form"] == (False, heard)
    office.clock[0] += timedelta(days=31)
    assert found()["Form's script, the concern form"] == (True, QUIET)


def test_a_school_without_hooks_has_no_line_of_them(open_office: Callable[..., Office]) -> None:
    assert list(look_at_hooks(open_office(concerns=CONCERNS).settings)) == []
