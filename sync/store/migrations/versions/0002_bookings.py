"""Surgeries, slots, links, bookings, the waiting list, the outbox and rate limits."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

INSTANT = sa.DateTime(timezone=True)
ACTIVE = sa.text("cancelled_at IS NULL")
IN_LINE = sa.text("state IN ('waiting', 'offered')")


def upgrade() -> None:
    op.create_table(
        "calendar",
        sa.Column("workbook_id", sa.Integer(), nullable=False),
        sa.Column("calendar_id", sa.Text(), nullable=False),
        sa.Column("sync_token", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["workbook_id"], ["workbook.id"], name="fk_calendar_workbook_id"),
        sa.PrimaryKeyConstraint("workbook_id", name="pk_calendar"),
    )
    op.create_table(
        "surgery",
        sa.Column("workbook_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("opens", INSTANT, nullable=True),
        sa.Column("closes", INSTANT, nullable=True),
        sa.Column("record", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["workbook_id"], ["workbook.id"], name="fk_surgery_workbook_id"),
        sa.PrimaryKeyConstraint("workbook_id", "key", name="pk_surgery"),
    )
    op.create_table(
        "slot",
        sa.Column("workbook_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("surgery", sa.Text(), nullable=False),
        sa.Column("starts", INSTANT, nullable=False),
        sa.Column("ends", INSTANT, nullable=False),
        sa.Column("planned_starts", INSTANT, nullable=False),
        sa.Column("planned_ends", INSTANT, nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=True),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("seen", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["workbook_id", "surgery"], ["surgery.workbook_id", "surgery.key"], name="fk_slot_workbook_id_surgery"
        ),
        sa.PrimaryKeyConstraint("workbook_id", "key", name="pk_slot"),
        sa.UniqueConstraint("workbook_id", "event_id", name="uq_slot_workbook_id_event_id"),
    )
    op.create_index("ix_slot_workbook_id_surgery_starts", "slot", ["workbook_id", "surgery", "starts"])
    op.create_table(
        "link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workbook_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("adult", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["workbook_id"], ["workbook.id"], name="fk_link_workbook_id"),
        sa.PrimaryKeyConstraint("id", name="pk_link"),
        sa.UniqueConstraint("token_hash", name="uq_link_token_hash"),
    )
    op.create_index("ix_link_workbook_id_adult_ref", "link", ["workbook_id", "adult", "ref"])
    op.create_table(
        "booking",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("workbook_id", sa.Integer(), nullable=False),
        sa.Column("surgery", sa.Text(), nullable=False),
        sa.Column("slot", sa.Text(), nullable=False),
        sa.Column("seat", sa.Integer(), nullable=False),
        sa.Column("adult", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("choice", sa.JSON(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("booked_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("cancelled_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["workbook_id", "slot"], ["slot.workbook_id", "slot.key"], name="fk_booking_workbook_id_slot"
        ),
        sa.ForeignKeyConstraint(
            ["workbook_id", "surgery"], ["surgery.workbook_id", "surgery.key"], name="fk_booking_workbook_id_surgery"
        ),
        sa.PrimaryKeyConstraint("key", name="pk_booking"),
        sa.UniqueConstraint(
            "workbook_id", "adult", "ref", "idempotency_key", name="uq_booking_workbook_id_adult_ref_idempotency_key"
        ),
    )
    op.create_index(
        "ix_booking_active_seat",
        "booking",
        ["workbook_id", "slot", "seat"],
        unique=True,
        sqlite_where=ACTIVE,
        postgresql_where=ACTIVE,
    )
    op.create_index(
        "ix_booking_active_family",
        "booking",
        ["workbook_id", "surgery", "adult", "ref"],
        unique=True,
        sqlite_where=ACTIVE,
        postgresql_where=ACTIVE,
    )
    op.create_table(
        "waiting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workbook_id", sa.Integer(), nullable=False),
        sa.Column("surgery", sa.Text(), nullable=False),
        sa.Column("adult", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("joined_at", INSTANT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("slot", sa.Text(), nullable=True),
        sa.Column("offer_until", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["workbook_id", "surgery"], ["surgery.workbook_id", "surgery.key"], name="fk_waiting_workbook_id_surgery"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_waiting"),
    )
    op.create_index(
        "ix_waiting_in_line",
        "waiting",
        ["workbook_id", "surgery", "adult", "ref"],
        unique=True,
        sqlite_where=IN_LINE,
        postgresql_where=IN_LINE,
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workbook_id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("taken_until", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["workbook_id"], ["workbook.id"], name="fk_outbox_workbook_id"),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("workbook_id", "key", name="uq_outbox_workbook_id_key"),
    )
    op.create_index("ix_outbox_state_due_at", "outbox", ["state", "due_at"])
    op.create_index("ix_outbox_workbook_id_subject_id", "outbox", ["workbook_id", "subject", "id"])
    op.create_table(
        "rate",
        sa.Column("key_hash", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("key_hash", name="pk_rate"),
    )
    op.create_index("ix_rate_ends_at", "rate", ["ends_at"])


def downgrade() -> None:
    for table in ("rate", "outbox", "waiting", "booking", "link", "slot", "surgery", "calendar"):
        op.drop_table(table)
