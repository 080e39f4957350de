"""Which family was written to about which surgery, so that nobody is invited to one twice."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "invitation",
        sa.Column("workbook_id", sa.Integer(), nullable=False),
        sa.Column("surgery", sa.Text(), nullable=False),
        sa.Column("adult", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["workbook_id", "surgery"], ["surgery.workbook_id", "surgery.key"], name="fk_invitation_workbook_id_surgery"
        ),
        sa.PrimaryKeyConstraint("workbook_id", "surgery", "adult", "ref", name="pk_invitation"),
    )


def downgrade() -> None:
    op.drop_table("invitation")
