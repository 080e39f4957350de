"""A process that reads responses to the forms, by nudge and by sweep, until it is killed."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime

from google.oauth2.credentials import Credentials

from support.concern_desk import judge
from sync.google.door import Door, Limits
from sync.service.concerns import ConcernDesk, sweep, work_nudges
from sync.store import Store

HASTY = Limits(reads_per_minute=None, writes_per_minute=None, first_wait=0.02, longest_wait=0.05, deadline=2.0)
"""Gives up soon, so that Google's failures are met by the reading as a whole, and not by the door alone."""
PATIENT = Limits(reads_per_minute=None, writes_per_minute=None)


def open_desk(url: str, base_url: str, token: str, limits: Limits = PATIENT) -> ConcernDesk:
    """What reads, on a store and a door of its own."""
    store = Store(url)
    workbook = store.workbook("9994001")
    assert workbook is not None
    door = Door(Credentials(token), base_url=base_url, limits=limits)
    return ConcernDesk(store, workbook.id, lambda: door, judge, lambda: datetime.now(UTC))


def main(url: str, base_url: str, token: str) -> None:
    desk = open_desk(url, base_url, token, HASTY)
    sys.stdout.write("reads\n")
    sys.stdout.flush()
    while True:
        work_nudges(desk)
        sweep(desk)
        time.sleep(0.05)


if __name__ == "__main__":
    main(*sys.argv[1:])
