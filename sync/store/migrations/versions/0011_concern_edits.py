"""When a response that told of harm was sent, answers of a round robin without a reference, the topic of a watch."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("harm", sa.Column("submitted", INSTANT, nullable=True))
    op.add_column("form", sa.Column("watch_topic", sa.Text(), nullable=True))
    op.create_table(
        "stray",
        sa.Column("workbook_id", sa.Integer(), nullable=False),
        sa.Column("response", sa.Text(), nullable=False),
        sa.Column("submitted", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["workbook_id"], ["workbook.id"], name="fk_stray_workbook_id"),
        sa.PrimaryKeyConstraint("workbook_id", "response", name="pk_stray"),
    )


def downgrade() -> None:
    op.drop_table("stray")
    op.drop_column("form", "watch_topic")
    op.drop_column("harm", "submitted")
