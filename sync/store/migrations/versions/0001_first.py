"""The first schema: workbook, lease, seen rows, documents, runs and journal."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# A migration is history, so it spells its types and does not import them from today's schema.
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "workbook",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school", sa.Text(), nullable=False),
        sa.Column("spreadsheet_id", sa.Text(), nullable=False),
        sa.Column("teachers_spreadsheet_id", sa.Text(), nullable=True),
        sa.Column("salt", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_workbook"),
        sa.UniqueConstraint("school", name="uq_workbook_school"),
        sa.UniqueConstraint("spreadsheet_id", name="uq_workbook_spreadsheet_id"),
    )
    counter = op.create_table(
        "fence_counter",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_fence_counter"),
    )
    op.bulk_insert(counter, [{"id": 1, "value": 0}])
    op.create_table(
        "lease",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("taken_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_lease"),
        sa.UniqueConstraint("fence", name="uq_lease_fence"),
    )
    op.create_table(
        "run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workbook_id", sa.Integer(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT, nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("summary", sa.JSON(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("marker", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["workbook_id"], ["workbook.id"], name="fk_run_workbook_id"),
        sa.PrimaryKeyConstraint("id", name="pk_run"),
    )
    op.create_index("ix_run_workbook_id_id", "run", ["workbook_id", "id"])
    op.create_table(
        "seen_row",
        sa.Column("workbook_id", sa.Integer(), nullable=False),
        sa.Column("tab", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("cells", sa.JSON(), nullable=False),
        sa.Column("present", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["workbook_id"], ["workbook.id"], name="fk_seen_row_workbook_id"),
        sa.PrimaryKeyConstraint("workbook_id", "tab", "key", name="pk_seen_row"),
    )
    op.create_table(
        "document",
        sa.Column("workbook_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["workbook_id"], ["workbook.id"], name="fk_document_workbook_id"),
        sa.PrimaryKeyConstraint("workbook_id", "name", name="pk_document"),
    )
    op.create_table(
        "journal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workbook_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("tab", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("old", sa.Text(), nullable=True),
        sa.Column("new", sa.Text(), nullable=True),
        sa.Column("effective_on", sa.Date(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_journal_run_id"),
        sa.ForeignKeyConstraint(["workbook_id"], ["workbook.id"], name="fk_journal_workbook_id"),
        sa.PrimaryKeyConstraint("id", name="pk_journal"),
    )
    op.create_index("ix_journal_workbook_id_key_id", "journal", ["workbook_id", "key", "id"])


def downgrade() -> None:
    for table in ("journal", "document", "seen_row", "run", "lease", "fence_counter", "workbook"):
        op.drop_table(table)
