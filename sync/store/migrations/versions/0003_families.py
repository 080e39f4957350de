"""Families' adults, what a link is for, places typed in the calendar, push channels, notices."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "adult",
        sa.Column("workbook_id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("record", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["workbook_id"], ["workbook.id"], name="fk_adult_workbook_id"),
        sa.PrimaryKeyConstraint("workbook_id", "ref", "key", name="pk_adult"),
    )
    op.create_index("ix_adult_workbook_id_key", "adult", ["workbook_id", "key"])
    op.create_table(
        "channel",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("workbook_id", sa.Integer(), nullable=False),
        sa.Column("resource_id", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("expires", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["workbook_id"], ["workbook.id"], name="fk_channel_workbook_id"),
        sa.PrimaryKeyConstraint("id", name="pk_channel"),
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workbook_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["workbook_id"], ["workbook.id"], name="fk_notice_workbook_id"),
        sa.PrimaryKeyConstraint("id", name="pk_notice"),
        sa.UniqueConstraint("workbook_id", "key", name="uq_notice_workbook_id_key"),
    )
    op.add_column("link", sa.Column("purpose", sa.Text(), nullable=False, server_default="surgery"))
    op.add_column("slot", sa.Column("place", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("slot", "place")
    op.drop_column("link", "purpose")
    for table in ("notice", "channel", "adult"):
        op.drop_table(table)
