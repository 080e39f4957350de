"""A process that ends between any two steps of its work, as a machine that loses its power does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy

from support.delivery import KilledError

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.delivery import Office
    from sync.google.door import Door


def killed_at(office: Office, step: int, work: Callable[[Callable[..., Door]], Any]) -> bool:
    """Does the work in a process that ends at its `step`-th step: a request, its answer, or a commit.

    Args:
        office: whose store and doors are counted.
        step: from 0.
        work: what it does; given what opens its doors.

    Returns:
        Whether it ended so; False where the work has fewer steps, and was done.
    """
    steps = 0

    def count(*_: object) -> None:
        nonlocal steps
        steps += 1
        if steps == step + 1:
            raise KilledError

    def open_door(*_: Any, **__: Any) -> Door:
        door = office.open()
        door.hooks.before.append(count)
        door.hooks.after.append(count)
        return door

    sqlalchemy.event.listen(office.store.engine, "commit", count)
    try:
        work(open_door)
    except KilledError:
        return True
    finally:
        sqlalchemy.event.remove(office.store.engine, "commit", count)
    return False
