"""A form in whose place another was made, and which cannot be read any more: how often a person is told of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from support.concern_desk import Staffroom
from support.config import CONCERNS

from sync.domain.concerns import FormKey
from sync.service.form_setup import Wanted, keep_forms
from sync.service.standing import forget_notices
from sync.store import Notices

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.delivery import Office


def replaced(room: Staffroom) -> str:
    """The concern form goes into the bin, and another is made; the id of the former one."""
    office, former = room.office, room.form(FormKey.CONCERN).form_id
    office.ws.files[former].trashed = True
    keep_forms(office.store, office.workbook, office.settings, office.open(), lambda: office.now, Wanted(again=True))
    room.sweep()
    assert office.noticed() == []
    return former


def notice_of(former: str) -> str:
    return f"form:concern:former:{former}"


def told_on(room: Staffroom, former: str) -> list[int]:
    """On which of the next four days a sweep finds something to tell of a former form."""
    found = []
    for day in range(1, 5):
        room.office.wait(days=1)
        room.sweep()
        if Notices(room.office.store).has(room.wid, notice_of(former), room.office.now - timedelta(hours=1)):
            found.append(day)
    return found


def delete_for_good(room: Staffroom, form_id: str) -> None:
    with room.office.ws.lock:
        room.office.ws.delete_file(room.office.ws.files[form_id])


def test_a_former_form_that_was_deleted_for_good_is_said_once_and_let_go(room: Staffroom) -> None:
    office, former = room.office, replaced(room)
    delete_for_good(room, former)
    assert told_on(room, former) == [1]
    assert "the one before was deleted for good" in office.notice(notice_of(former))
    office.wait(days=15)
    forget_notices(office.store, room.wid, office.now)
    assert told_on(room, former) == []
    assert office.noticed() == []


def test_a_former_form_is_not_let_go_while_the_one_of_today_is_not_found_either(room: Staffroom) -> None:
    former = replaced(room)
    faults = [room.office.ws.fail(404, path=f"/v1/forms/{each}", times=None) for each in (former, room.form().form_id)]
    assert told_on(room, former) == [1, 2, 3, 4]
    for fault in faults:
        room.office.ws.weather.faults.remove(fault)
    room.office.wait(days=1)
    room.sweep()
    assert room.office.noticed() == []
    assert [each.form_id for each in room.forms.former(room.wid)] == [former]


def test_a_former_form_that_a_person_can_mend_is_said_until_it_is_mended(room: Staffroom) -> None:
    former = replaced(room)
    fault = room.office.ws.fail(403, path=f"/v1/forms/{former}", times=None)
    assert told_on(room, former) == [1, 2, 3, 4]
    room.office.ws.weather.faults.remove(fault)
    room.office.wait(days=1)
    room.sweep()
    assert room.office.noticed() == []


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
