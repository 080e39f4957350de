"""For which e-mail address a link was made, hashed, so that it opens again for nobody with another one."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("link", sa.Column("made_for", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("link", "made_for")
