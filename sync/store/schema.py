"""The tables, once for SQLite and PostgreSQL. `migrations/` brings a database to this shape.

`Text` throughout: a school may name a column as long as it likes, and no length rule makes it safer.
`json` and not `jsonb` on PostgreSQL: it keeps the text as it was and takes an escaped NUL,
which `jsonb` refuses.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    or_,
    text,
)

if TYPE_CHECKING:
    from sqlalchemy import Dialect

REVISION = "0013"
"""The revision of `migrations/` that this module describes; a test holds the two together."""

ACT: Final = "act"
"""Stands in the summary of a run that was a person's own act and no sync."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant, kept in UTC. SQLite knows no zones, so there it is stored without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuses a naive time: nobody could tell whose clock it was on."""
        if value is None:
            return None
        if value.tzinfo is None:
            msg = "the store keeps instants; this time has no zone"
            raise ValueError(msg)
        in_utc = value.astimezone(UTC)
        return in_utc.replace(tzinfo=None) if dialect.name == "sqlite" else in_utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Gives an aware time in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

workbook = Table(
    "workbook",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("school", Text, nullable=False, unique=True),
    Column("spreadsheet_id", Text, nullable=False, unique=True),
    Column("teachers_spreadsheet_id", Text, nullable=True),
    Column("salt", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

fence_counter = Table(
    # One row. Fences come from one counter, so a number alone says which lease it belonged to.
    "fence_counter",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("value", Integer, nullable=False),
)

lease = Table(
    "lease",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=True),
    Column("fence", Integer, nullable=False, unique=True),
    Column("taken_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
)

run = Table(
    "run",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("workbook_id", ForeignKey("workbook.id"), nullable=False),
    Column("fence", Integer, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("summary", JSON, nullable=False),
    Column("requests", Integer, nullable=False),
    Column("marker", Text, nullable=False),
    Index("ix_run_workbook_id_id", "workbook_id", "id"),
)

seen_row = Table(
    "seen_row",
    metadata,
    Column("workbook_id", ForeignKey("workbook.id"), primary_key=True),
    Column("tab", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("cells", JSON, nullable=False),
    Column("present", Boolean, nullable=False),
)

document = Table(
    "document",
    metadata,
    Column("workbook_id", ForeignKey("workbook.id"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", JSON(none_as_null=False), nullable=False),
)

journal = Table(
    "journal",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("workbook_id", ForeignKey("workbook.id"), nullable=False),
    Column("run_id", ForeignKey("run.id"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("tab", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("old", Text, nullable=True),
    Column("new", Text, nullable=True),
    Column("effective_on", Date, nullable=True),
    Column("kind", Text, nullable=False),
    Column("note", Text, nullable=False),
    Index("ix_journal_workbook_id_key_id", "workbook_id", "key", "id"),
)

calendar = Table(
    "calendar",
    metadata,
    Column("workbook_id", ForeignKey("workbook.id"), primary_key=True),
    Column("calendar_id", Text, nullable=False),
    Column("sync_token", Text, nullable=True),
    Column("followed_at", UtcDateTime, nullable=True),
)

channel = Table(
    "channel",
    metadata,
    Column("id", Text, primary_key=True),
    Column("workbook_id", ForeignKey("workbook.id"), nullable=False),
    Column("resource_id", Text, nullable=False),
    Column("token_hash", Text, nullable=False),
    Column("expires", UtcDateTime, nullable=False),
)

adult = Table(
    # `record` is the whole Adult: how to reach them stands nowhere else.
    "adult",
    metadata,
    Column("workbook_id", ForeignKey("workbook.id"), primary_key=True),
    Column("ref", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("record", JSON, nullable=False),
    Index("ix_adult_workbook_id_key", "workbook_id", "key"),
)

notice = Table(
    "notice",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("workbook_id", ForeignKey("workbook.id"), nullable=False),
    Column("key", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("place", Text, nullable=False),
    Column("what", Text, nullable=False),
    UniqueConstraint("workbook_id", "key"),
)

surgery = Table(
    # `record` is the whole Surgery; what conditions ask for stands beside it, and `state` here is the one that counts.
    "surgery",
    metadata,
    Column("workbook_id", ForeignKey("workbook.id"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("opens", UtcDateTime, nullable=True),
    Column("closes", UtcDateTime, nullable=True),
    Column("record", JSON, nullable=False),
)

_HELD = text("taken > 0")

slot = Table(
    # `taken` counts bookings and places held by an offer; `version` counts every change of the slot.
    # `planned_*` is what the sheet says, `starts` and `ends` where the SENCO may have moved it in her calendar.
    "slot",
    metadata,
    Column("workbook_id", Integer, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("surgery", Text, nullable=False),
    Column("starts", UtcDateTime, nullable=False),
    Column("ends", UtcDateTime, nullable=False),
    Column("planned_starts", UtcDateTime, nullable=False),
    Column("planned_ends", UtcDateTime, nullable=False),
    Column("places", Integer, nullable=False),
    Column("taken", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("event_id", Text, nullable=True),
    Column("etag", Text, nullable=True),
    Column("seen", JSON(none_as_null=True), nullable=True),
    Column("place", Text, nullable=True),
    ForeignKeyConstraint(["workbook_id", "surgery"], ["surgery.workbook_id", "surgery.key"]),
    UniqueConstraint("workbook_id", "event_id"),
    Index("ix_slot_workbook_id_surgery_starts", "workbook_id", "surgery", "starts"),
    Index("ix_slot_held", "workbook_id", "ends", sqlite_where=_HELD, postgresql_where=_HELD),
)

link = Table(
    # `made_for` is a hash of the e-mail address that the adult had then, "" where there was none.
    "link",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("workbook_id", ForeignKey("workbook.id"), nullable=False),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("adult", Text, nullable=False),
    Column("ref", Text, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime, nullable=True),
    Column("purpose", Text, nullable=False, server_default="surgery"),
    Column("made_for", Text, nullable=True),
    Index("ix_link_workbook_id_adult_ref", "workbook_id", "adult", "ref"),
)

_ACTIVE = text("cancelled_at IS NULL")

booking = Table(
    # The two partial unique indexes are the last word: one family a seat, one seat a family in a surgery.
    "booking",
    metadata,
    Column("key", Text, primary_key=True),
    Column("workbook_id", Integer, nullable=False),
    Column("surgery", Text, nullable=False),
    Column("slot", Text, nullable=False),
    Column("seat", Integer, nullable=False),
    Column("adult", Text, nullable=False),
    Column("ref", Text, nullable=False),
    Column("choice", JSON, nullable=False),
    Column("idempotency_key", Text, nullable=False),
    Column("booked_at", UtcDateTime, nullable=False),
    Column("version", Integer, nullable=False),
    Column("cancelled_at", UtcDateTime, nullable=True),
    ForeignKeyConstraint(["workbook_id", "slot"], ["slot.workbook_id", "slot.key"]),
    ForeignKeyConstraint(["workbook_id", "surgery"], ["surgery.workbook_id", "surgery.key"]),
    UniqueConstraint("workbook_id", "adult", "ref", "idempotency_key"),
    Index(
        "ix_booking_active_seat",
        "workbook_id",
        "slot",
        "seat",
        unique=True,
        sqlite_where=_ACTIVE,
        postgresql_where=_ACTIVE,
    ),
    Index(
        "ix_booking_active_family",
        "workbook_id",
        "surgery",
        "adult",
        "ref",
        unique=True,
        sqlite_where=_ACTIVE,
        postgresql_where=_ACTIVE,
    ),
)

IN_LINE, OFFERED = "waiting", "offered"
"""The states of a family that stands in a queue: it waits, or a place is held for it."""

_IN_QUEUE = text(f"state IN ('{IN_LINE}', '{OFFERED}')")

waiting = Table(
    # The queue of a surgery, in the order of `id`.
    "waiting",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("workbook_id", Integer, nullable=False),
    Column("surgery", Text, nullable=False),
    Column("adult", Text, nullable=False),
    Column("ref", Text, nullable=False),
    Column("joined_at", UtcDateTime, nullable=False),
    Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("slot", Text, nullable=True),
    Column("offer_until", UtcDateTime, nullable=True),
    ForeignKeyConstraint(["workbook_id", "surgery"], ["surgery.workbook_id", "surgery.key"]),
    Index(
        "ix_waiting_in_line",
        "workbook_id",
        "surgery",
        "adult",
        "ref",
        unique=True,
        sqlite_where=_IN_QUEUE,
        postgresql_where=_IN_QUEUE,
    ),
)

IN_QUEUE = or_(waiting.c.state == IN_LINE, waiting.c.state == OFFERED)
"""Whether a family stands in a queue. Written out: a list in its place is put together anew each time it is asked."""

invitation = Table(
    # Which family was written to about which surgery: outlives the outbox rows, which are forgotten once done.
    # `times` are those that the letter offered, of a review alone: other ones are worth another letter.
    "invitation",
    metadata,
    Column("workbook_id", Integer, primary_key=True),
    Column("surgery", Text, primary_key=True),
    Column("adult", Text, primary_key=True),
    Column("ref", Text, primary_key=True),
    Column("made_at", UtcDateTime, nullable=False),
    Column("times", JSON(none_as_null=True), nullable=True),
    ForeignKeyConstraint(["workbook_id", "surgery"], ["surgery.workbook_id", "surgery.key"]),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("workbook_id", ForeignKey("workbook.id"), nullable=False),
    Column("subject", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("payload", JSON, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("taken_until", UtcDateTime, nullable=True),
    Column("ended_at", UtcDateTime, nullable=True),
    Column("error", Text, nullable=False),
    UniqueConstraint("workbook_id", "key"),
    Index("ix_outbox_state_due_at", "state", "due_at"),
    Index("ix_outbox_workbook_id_subject_id", "workbook_id", "subject", "id"),
)

rate = Table(
    "rate",
    metadata,
    Column("key_hash", Text, primary_key=True),
    Column("count", Integer, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    Index("ix_rate_ends_at", "ends_at"),
)

form = Table(
    # `questions` is question key -> Google's questionId. `listed_at` is when all its responses were last listed.
    "form",
    metadata,
    Column("workbook_id", ForeignKey("workbook.id"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("form_id", Text, nullable=False, unique=True),
    Column("responder_uri", Text, nullable=False),
    Column("questions", JSON, nullable=False),
    Column("state", Text, nullable=False),
    Column("swept_to", UtcDateTime, nullable=True),
    Column("listed_at", UtcDateTime, nullable=True),
    Column("watch_id", Text, nullable=True),
    Column("watch_expires", UtcDateTime, nullable=True),
    Column("watch_topic", Text, nullable=True),
)

former_form = Table(
    # A form in whose place another was made: it may hold responses that were not read, and people edit what they sent.
    "former_form",
    metadata,
    Column("workbook_id", ForeignKey("workbook.id"), primary_key=True),
    Column("form_id", Text, primary_key=True),
    Column("key", Text, nullable=False),
    Column("questions", JSON, nullable=False),
    Column("swept_to", UtcDateTime, nullable=True),
    Column("listed_at", UtcDateTime, nullable=True),
)

nudge = Table(
    # Somebody told us that there is something to read in a form; what it is, the form says. No content.
    "nudge",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("workbook_id", ForeignKey("workbook.id"), nullable=False),
    Column("form", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("done_at", UtcDateTime, nullable=True),
    UniqueConstraint("workbook_id", "key"),
    Index("ix_nudge_workbook_id_done_at", "workbook_id", "done_at"),
)

concern = Table(
    # The unique response is what makes it one concern for one response, whoever is first to bring it.
    "concern",
    metadata,
    Column("workbook_id", ForeignKey("workbook.id"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("form_id", Text, nullable=False),
    Column("response", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("received", UtcDateTime, nullable=False),
    Column("submitted", UtcDateTime, nullable=False),
    Column("taken_at", UtcDateTime, nullable=False),
    Column("teacher", Text, nullable=False),
    Column("ref", Text, nullable=False),
    Column("link", Text, nullable=False),
    Column("candidates", JSON, nullable=False),
    Column("linked_at", UtcDateTime, nullable=True),
    Column("gone", UtcDateTime, nullable=True),
    UniqueConstraint("workbook_id", "response"),
)

concern_version = Table(
    # `answers` is {} while `screen` is "held". `release_asked_at` is when a person asked for its release.
    "concern_version",
    metadata,
    Column("workbook_id", Integer, primary_key=True),
    Column("concern", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("submitted", UtcDateTime, nullable=False),
    Column("screen", Text, nullable=False),
    Column("release_asked_at", UtcDateTime, nullable=True),
    Column("released_at", UtcDateTime, nullable=True),
    Column("answers", JSON, nullable=False),
    ForeignKeyConstraint(["workbook_id", "concern"], ["concern.workbook_id", "concern.key"]),
)

harm = Table(
    # Responses that said that a child is at risk of harm. That there was one, and when, is all that is kept.
    "harm",
    metadata,
    Column("workbook_id", ForeignKey("workbook.id"), primary_key=True),
    Column("response", Text, primary_key=True),
    Column("submitted", UtcDateTime, nullable=True),
)

stray = Table(
    # Answers of a round robin that bear no reference of ours: nothing is kept but that they were told of.
    "stray",
    metadata,
    Column("workbook_id", ForeignKey("workbook.id"), primary_key=True),
    Column("response", Text, primary_key=True),
    Column("submitted", UtcDateTime, nullable=False),
)

asked = Table(
    # Whom the round robin of a concern asked; `response` is the newest answer of that teacher, with `answers` as given;
    # `form_id` is the form that it is in, "" where that is not known, or the answer is there no more.
    "asked",
    metadata,
    Column("workbook_id", Integer, primary_key=True),
    Column("concern", Text, primary_key=True),
    Column("teacher", Text, primary_key=True),
    Column("asked_at", UtcDateTime, nullable=True),
    Column("form_id", Text, nullable=False, server_default=""),
    Column("response", Text, nullable=True),
    Column("submitted", UtcDateTime, nullable=True),
    Column("screen", Text, nullable=False),
    Column("answers", JSON, nullable=False),
    ForeignKeyConstraint(["workbook_id", "concern"], ["concern.workbook_id", "concern.key"]),
    Index("ix_asked_workbook_id_response", "workbook_id", "response"),
)

concern_feedback = Table(
    # One row for each time the SENCO had words sent. `tick` is what she chose under Send then, "" once it is cleared.
    "concern_feedback",
    metadata,
    Column("workbook_id", Integer, primary_key=True),
    Column("concern", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("words", Text, nullable=False),
    Column("tick", Text, nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("sent_at", UtcDateTime, nullable=True),
    ForeignKeyConstraint(["workbook_id", "concern"], ["concern.workbook_id", "concern.key"]),
)

job = Table(
    # What a person asked for from the add-on. `said` is how far it is, or what became of it; `lines` more of that.
    "job",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("workbook_id", ForeignKey("workbook.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("payload", JSON, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("said", Text, nullable=False),
    Column("lines", JSON, nullable=False),
    Column("ended_at", UtcDateTime, nullable=True),
    UniqueConstraint("workbook_id", "key"),
    Index("ix_job_workbook_id_ended_at", "workbook_id", "ended_at"),
)
