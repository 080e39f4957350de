"""Forms in whose place another was made, and the form that an answer of a round robin is in."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("asked", sa.Column("form_id", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "former_form",
        sa.Column("workbook_id", sa.Integer(), nullable=False),
        sa.Column("form_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("questions", sa.JSON(), nullable=False),
        sa.Column("swept_to", INSTANT, nullable=True),
        sa.Column("listed_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["workbook_id"], ["workbook.id"], name="fk_former_form_workbook_id"),
        sa.PrimaryKeyConstraint("workbook_id", "form_id", name="pk_former_form"),
    )


def downgrade() -> None:
    op.drop_table("former_form")
    op.drop_column("asked", "form_id")
