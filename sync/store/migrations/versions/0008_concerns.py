"""Teachers' concerns, the forms that they come from, and what tells us that a form was filled in."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

INSTANT = sa.DateTime(timezone=True)


def _workbook(table: str) -> tuple[sa.Column[int], sa.ForeignKeyConstraint]:
    return (
        sa.Column("workbook_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["workbook_id"], ["workbook.id"], name=f"fk_{table}_workbook_id"),
    )


def _concern(table: str) -> tuple[sa.Column[int], sa.Column[str], sa.ForeignKeyConstraint]:
    return (
        sa.Column("workbook_id", sa.Integer(), nullable=False),
        sa.Column("concern", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workbook_id", "concern"], ["concern.workbook_id", "concern.key"], name=f"fk_{table}_workbook_id_concern"
        ),
    )


def upgrade() -> None:
    op.create_table(
        "form",
        *_workbook("form"),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("form_id", sa.Text(), nullable=False),
        sa.Column("responder_uri", sa.Text(), nullable=False),
        sa.Column("questions", sa.JSON(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("swept_to", INSTANT, nullable=True),
        sa.Column("listed_at", INSTANT, nullable=True),
        sa.Column("watch_id", sa.Text(), nullable=True),
        sa.Column("watch_expires", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("workbook_id", "key", name="pk_form"),
        sa.UniqueConstraint("form_id", name="uq_form_form_id"),
    )
    op.create_table(
        "nudge",
        sa.Column("id", sa.Integer(), nullable=False),
        *_workbook("nudge"),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("done_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_nudge"),
        sa.UniqueConstraint("workbook_id", "key", name="uq_nudge_workbook_id_key"),
    )
    op.create_index("ix_nudge_workbook_id_done_at", "nudge", ["workbook_id", "done_at"])
    op.create_table(
        "concern",
        *_workbook("concern"),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("form_id", sa.Text(), nullable=False),
        sa.Column("response", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("received", INSTANT, nullable=False),
        sa.Column("submitted", INSTANT, nullable=False),
        sa.Column("taken_at", INSTANT, nullable=False),
        sa.Column("teacher", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("candidates", sa.JSON(), nullable=False),
        sa.Column("linked_at", INSTANT, nullable=True),
        sa.Column("gone", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("workbook_id", "key", name="pk_concern"),
        sa.UniqueConstraint("workbook_id", "response", name="uq_concern_workbook_id_response"),
    )
    op.create_table(
        "concern_version",
        *_concern("concern_version"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("submitted", INSTANT, nullable=False),
        sa.Column("screen", sa.Text(), nullable=False),
        sa.Column("release_asked_at", INSTANT, nullable=True),
        sa.Column("released_at", INSTANT, nullable=True),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("workbook_id", "concern", "version", name="pk_concern_version"),
    )
    op.create_table(
        "harm",
        *_workbook("harm"),
        sa.Column("response", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("workbook_id", "response", name="pk_harm"),
    )
    op.create_table(
        "asked",
        *_concern("asked"),
        sa.Column("teacher", sa.Text(), nullable=False),
        sa.Column("asked_at", INSTANT, nullable=True),
        sa.Column("response", sa.Text(), nullable=True),
        sa.Column("submitted", INSTANT, nullable=True),
        sa.Column("screen", sa.Text(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("workbook_id", "concern", "teacher", name="pk_asked"),
    )
    op.create_index("ix_asked_workbook_id_response", "asked", ["workbook_id", "response"])


def downgrade() -> None:
    for table in ("asked", "harm", "concern_version", "concern", "nudge", "form"):
        op.drop_table(table)
