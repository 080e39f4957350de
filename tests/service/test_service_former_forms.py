"""Forms in whose place others were made, again and again: what keeps one of them from being read is said of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.concern_desk import CONCERNS, Staffroom

from sync.domain.concerns import FormKey
from sync.service.form_setup import Wanted, keep_forms

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.delivery import Office


def make_another(room: Staffroom) -> str:
    """The forms go to the bin, and others are made in their place; the id of the concern form that went."""
    office, went = room.office, room.form().form_id
    for key in FormKey:
        office.ws.files[room.form(key).form_id].trashed = True
    keep_forms(office.store, office.workbook, office.settings, office.open(), lambda: office.now, Wanted(again=True))
    return went


@pytest.mark.parametrize("mended", [0, 1])
def test_a_form_of_before_that_is_read_again_leaves_standing_that_another_cannot_be(
    open_office: Callable[..., Office], mended: int
) -> None:
    """Whichever of the two is asked for first: the mended one takes back what was said of itself alone."""
    room = Staffroom(open_office(concerns=CONCERNS))
    office = room.office
    former = [make_another(room), make_another(room)]
    faults = [office.ws.fail(403, path=f"/v1/forms/{each}/", times=None) for each in former]
    room.sweep()
    assert sorted(office.noticed()) == sorted(f"form:concern:former:{each}" for each in former)
    office.ws.weather.faults.remove(faults.pop(mended))
    office.wait(days=1)
    room.sweep()
    assert office.noticed() == [f"form:concern:former:{former[1 - mended]}"]
    office.ws.weather.faults.remove(faults.pop())
    office.wait(days=1)
    room.sweep()
    assert office.noticed() == []
