"""The slots that somebody holds, by time: every claim asks whether its time meets one of them."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_HELD = sa.text("taken > 0")


def upgrade() -> None:
    op.create_index("ix_slot_held", "slot", ["workbook_id", "ends"], sqlite_where=_HELD, postgresql_where=_HELD)


def downgrade() -> None:
    op.drop_index("ix_slot_held", "slot")
