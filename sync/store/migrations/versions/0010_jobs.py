"""What people asked for from the add-on, and what became of it."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workbook_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["workbook_id"], ["workbook.id"], name="fk_job_workbook_id_workbook"),
        sa.PrimaryKeyConstraint("id", name="pk_job"),
        sa.UniqueConstraint("workbook_id", "key", name="uq_job_workbook_id_key"),
    )
    op.create_index("ix_job_workbook_id_ended_at", "job", ["workbook_id", "ended_at"])


def downgrade() -> None:
    op.drop_index("ix_job_workbook_id_ended_at", table_name="job")
    op.drop_table("job")
