"""Parents' links: one family's way in, without an account.

The token is 256 random bits and exists in the parent's link alone; here is its SHA-256, which needs no salt, as nobody
can go through 2^256 guesses. A link is for one adult and one child.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, delete, func, insert, literal_column, or_, select, update

from sync.domain.errors import TryAgainError
from sync.domain.meetings import Kind
from sync.store.booking_records import Link, NoLink, NoLinkReason, Opened
from sync.store.clashes import wait_for_turn
from sync.store.engine import reading, writing
from sync.store.schema import IN_QUEUE, booking, link, seen_row, waiting, workbook
from sync.store.schema import adult as adult_table

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, FromClause, Row, Select

    from sync.store.store import Store

_TOKEN_BYTES = 32


def hash_of(secret: str) -> str:
    """What is stored of a secret text: its SHA-256 in hexadecimal. Any text is taken, lone surrogates included."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def made_for(salt: str, email: str) -> str:
    """What is stored of the address that a link was made for; "" where there is none."""
    return hash_of(f"{salt}\0{email.casefold()}") if email else ""


_ADDRESS = (
    select(workbook.c.salt, adult_table.c.record)
    .select_from(
        workbook.outerjoin(
            adult_table,
            and_(
                adult_table.c.workbook_id == workbook.c.id,
                adult_table.c.key == bindparam("adult_key"),
                adult_table.c.ref == bindparam("child"),
            ),
        )
    )
    .where(workbook.c.id == bindparam("workbook"))
)

ALIVE = and_(link.c.id == bindparam("link_id"), link.c.revoked_at.is_(None), link.c.expires_at > bindparam("now"))
"""Whether a link that was found opens at `now`."""

_ALIVE = select(link.c.id).where(ALIVE)
_FIND = select(*(link.c[name] for name in Link.__slots__), link.c.revoked_at).where(
    link.c.token_hash == bindparam("hashed")
)

_roll, _register = seen_row.alias(), seen_row.alias()


def _theirs(table: FromClause) -> ColumnElement[bool]:
    """Whether a row of bookings or of the queues is of the family that a link is for."""
    return and_(table.c.workbook_id == link.c.workbook_id, table.c.adult == link.c.adult, table.c.ref == link.c.ref)


def _row_of(tab: FromClause, name: str) -> ColumnElement[bool]:
    """Joins a link to its child's row of a tab."""
    return and_(tab.c.workbook_id == link.c.workbook_id, tab.c.tab == name, tab.c.key == link.c.ref, tab.c.present)


def look_behind(others: FromClause) -> Select[Any]:
    """What the link of a token opens in a workbook at `now`, beside the one row of these; nulls where it opens nothing.

    Parameters: `hashed`, of the token, `workbook` and `now`.
    """
    opens = and_(
        link.c.token_hash == bindparam("hashed"),
        link.c.workbook_id == bindparam("workbook"),
        link.c.revoked_at.is_(None),
        link.c.expires_at > bindparam("now"),
    )
    return select(
        *others.c,
        *(link.c[name] for name in Link.__slots__),
        _roll.c.cells.label("roll"),
        _register.c.key.is_not(None).label("on_register"),
        select(booking.c.key).where(_theirs(booking), booking.c.cancelled_at.is_(None)).exists().label("booked"),
        select(waiting.c.id).where(_theirs(waiting), IN_QUEUE).exists().label("waits"),
    ).select_from(
        others.outerjoin(link, opens)
        .outerjoin(_roll, _row_of(_roll, "roll"))
        .outerjoin(_register, _row_of(_register, "register"))
    )


def opened_of(row: Row[Any]) -> Opened | None:
    """What a row of `look_behind` tells."""
    if row.id is None:
        return None
    found = Link(row.id, row.workbook_id, row.adult, row.ref, row.expires_at, row.purpose)
    return Opened(found, row.roll, bool(row.on_register), bool(row.booked), bool(row.waits))


_OPEN = look_behind(select(literal_column("1").label("one")).subquery())


def is_alive(connection: Connection, found: Link, now: datetime) -> bool:
    """Whether a link that opened a page still opens when the parent presses Confirm.

    Whoever ends a link waits for the workbook's turn, as who asks here in one has: so it opens until that is over, and
    who ended it finds what came of it.
    """
    return connection.execute(_ALIVE, {"link_id": found.id, "now": now}).first() is not None


OPEN_AFTER = timedelta(days=1)
"""How long after a meeting the links to it go on opening."""


def keep_open(connection: Connection, found: Link, meeting_ends: datetime, now: datetime) -> None:
    """Lets a family's links open until its meeting is over; who has one on paper gets no other by letter."""
    if found.expires_at < meeting_ends + OPEN_AFTER:
        prolong(connection, found.workbook_id, (found.adult, found.ref), found.purpose, meeting_ends, now)


def prolong(
    connection: Connection,
    workbook_id: int,
    family: tuple[str, str],
    purpose: str,
    meeting_ends: datetime,
    opened_at: datetime,
) -> None:
    """Lets the links for a purpose that opened at an instant open until a day after a meeting ends."""
    until = meeting_ends + OPEN_AFTER
    mine = (*_live(workbook_id, *family), link.c.purpose == purpose)
    connection.execute(
        update(link).where(*mine, link.c.expires_at > opened_at, link.c.expires_at < until).values(expires_at=until)
    )


class Links:
    """The links of one store."""

    def __init__(self, store: Store) -> None:
        self._engine = store.engine

    def issue(
        self,
        workbook_id: int,
        adult: str,
        ref: str,
        expires_at: datetime,
        now: datetime,
        *,
        purpose: str = Kind.SURGERY,
        to: str | None = None,
    ) -> str:
        """Makes a link and gives its token, this once. Earlier ones go on opening: see `end`.

        Whoever stores another address waits for the workbook's turn, as who asks here does: a link is made for the
        address that counts, and ended with it.

        Args:
            workbook_id: whose register the child is on.
            adult: our opaque key of the adult.
            ref: the child's reference.
            expires_at: when it stops to open.
            now: the present.
            purpose: what it opens (`meetings.purpose_of`).
            to: the e-mail address that a letter with it goes to; None for a link that goes by no e-mail.

        Raises:
            TryAgainError: the adult has another address than `to`, or is none of the child's any more.
        """
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        with writing(self._engine) as connection:
            wait_for_turn(connection, workbook_id)
            which = {"workbook": workbook_id, "adult_key": adult, "child": ref}
            row = connection.execute(_ADDRESS, which).one()
            email = (row.record or {}).get("email", "")
            if to is not None and to != email:
                raise TryAgainError("The adult has another e-mail address by now than the letter was written for.")
            connection.execute(
                insert(link).values(
                    workbook_id=workbook_id,
                    token_hash=hash_of(token),
                    adult=adult,
                    ref=ref,
                    made_at=now,
                    expires_at=expires_at,
                    purpose=purpose,
                    made_for=made_for(row.salt, email),
                )
            )
        return token

    def find(self, token: str, now: datetime) -> Link | NoLink:
        """The link of a token. Every kind of wrong link costs the same one look-up and gives an equal answer."""
        with reading(self._engine) as connection:
            row = connection.execute(_FIND, {"hashed": hash_of(token)}).one_or_none()
        if row is None:
            return NoLink(NoLinkReason.UNKNOWN)
        if row.revoked_at is not None:
            return NoLink(NoLinkReason.REVOKED)
        if row.expires_at <= now:
            return NoLink(NoLinkReason.EXPIRED)
        return Link(row.id, row.workbook_id, row.adult, row.ref, row.expires_at, row.purpose)

    def open(self, workbook_id: int, token: str, now: datetime) -> Opened | None:
        """What the link of a token opens in a workbook, in one look-up; None for every kind of wrong link alike."""
        with reading(self._engine) as connection:
            return opened_of(
                connection.execute(_OPEN, {"hashed": hash_of(token), "workbook": workbook_id, "now": now}).one()
            )

    def of_adult(self, workbook_id: int, adult: str, now: datetime, purpose: str = Kind.SURGERY) -> list[Link]:
        """The links of one adult that open at `now`, the newest for each child, in the order of the references."""
        columns = [link.c[name] for name in Link.__slots__]
        statement = (
            select(*columns)
            .where(
                link.c.workbook_id == workbook_id,
                link.c.adult == adult,
                link.c.purpose == purpose,
                link.c.revoked_at.is_(None),
                link.c.expires_at > now,
            )
            .order_by(link.c.ref, link.c.id)
        )
        with reading(self._engine) as connection:
            return list({row.ref: Link(*row) for row in connection.execute(statement)}.values())

    def holders(self, workbook_id: int, now: datetime) -> dict[tuple[str, str, str], datetime]:
        """Who has a link that opens at `now`: by adult, reference and purpose until when the last of them does."""
        columns = (link.c.adult, link.c.ref, link.c.purpose)
        alive = (link.c.workbook_id == workbook_id, link.c.revoked_at.is_(None), link.c.expires_at > now)
        statement = select(*columns, func.max(link.c.expires_at).label("until")).where(*alive).group_by(*columns)
        with reading(self._engine) as connection:
            return {(row.adult, row.ref, row.purpose): row.until for row in connection.execute(statement)}

    def made(self, workbook_id: int, adult: str, ref: str) -> set[int]:
        """The ids of every link of this adult and child, whether it opens or not."""
        whose = (link.c.workbook_id == workbook_id, link.c.adult == adult, link.c.ref == ref)
        with reading(self._engine) as connection:
            return set(connection.scalars(select(link.c.id).where(*whose)))

    def end(self, workbook_id: int, adult: str, ref: str, *, only: Collection[int] | None = None) -> int:
        """Makes links of this adult and child stop to open for good, and counts them.

        They are forgotten: what got into other hands must not come back with an adult who does, or with a meeting that
        is put off.

        Args:
            workbook_id: whose.
            adult: our opaque key of the adult.
            ref: the child's reference.
            only: ids of theirs, as `made` gave them; every link of theirs without.
        """
        whose = [link.c.workbook_id == workbook_id, link.c.adult == adult, link.c.ref == ref]
        if only is not None:
            whose.append(link.c.id.in_(only))
        with writing(self._engine) as connection:
            wait_for_turn(connection, workbook_id)
            return connection.execute(delete(link).where(*whose)).rowcount

    def purge(self, before: datetime) -> int:
        """Forgets the links that expired or were revoked before that instant, and counts them."""
        with writing(self._engine) as connection:
            gone = connection.execute(delete(link).where(or_(link.c.expires_at < before, link.c.revoked_at < before)))
        return gone.rowcount


def _live(workbook_id: int, adult: str, ref: str) -> tuple[ColumnElement[bool], ...]:
    return (
        link.c.workbook_id == workbook_id,
        link.c.adult == adult,
        link.c.ref == ref,
        link.c.revoked_at.is_(None),
    )
