"""Days with a look are counted in an index, without reading the captures."""

from __future__ import annotations

from alembic import op

revision = "r0002"
down_revision = "r0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index of outlets anew, with the basis of the time."""
    op.drop_index("captures_outlet", "captures")
    op.create_index("captures_outlet", "captures", ["outlet", "captured_at", "kind", "status", "size", "time_basis"])
