"""What the SENCO tells a teacher of a concern: her words as they stood when she chose to send them."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "concern_feedback",
        sa.Column("workbook_id", sa.Integer(), nullable=False),
        sa.Column("concern", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("tick", sa.Text(), nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("sent_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["workbook_id", "concern"],
            ["concern.workbook_id", "concern.key"],
            name="fk_concern_feedback_workbook_id_concern",
        ),
        sa.PrimaryKeyConstraint("workbook_id", "concern", "number", name="pk_concern_feedback"),
    )


def downgrade() -> None:
    op.drop_table("concern_feedback")
