"""Which times of a review a family was written to about, so that other times are told, too."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("invitation", sa.Column("times", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("invitation", "times")
