"""The catalogue's first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0001"
down_revision = None
branch_labels = None
depends_on = None

# Not taken from schema.py: that moves on, and a revision stays what it was.
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make every table."""
    op.create_table(
        "texts",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("zstd", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "contents",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("text", TEXT, sa.ForeignKey("texts.id"), nullable=False),
        sa.Column("fields", TEXT, nullable=False),
    )
    op.create_index("contents_text", "contents", ["text"])
    op.create_table(
        "captures",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("article", TEXT),
        sa.Column("content", TEXT, sa.ForeignKey("contents.id")),
        sa.Column("comparable", TEXT),
        sa.Column("url", TEXT, nullable=False),
        sa.Column("final_url", TEXT, nullable=False),
        sa.Column("outlet", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("captured_at", sa.BigInteger, nullable=False),
        sa.Column("time_basis", TEXT, nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("headers", TEXT, nullable=False),
        sa.Column("sha256", TEXT, nullable=False),
        sa.Column("via", TEXT, nullable=False),
        sa.Column("vantage", TEXT, nullable=False),
        sa.Column("look", TEXT),
        sa.Column("repeats", TEXT),
        sa.Column("repeats_url", TEXT),
        sa.Column("repeats_at", sa.BigInteger),
        sa.Column("writer", TEXT, nullable=False),
        sa.Column("leaf", sa.BigInteger, nullable=False),
        sa.Column("file", TEXT, nullable=False),
        sa.Column("start", sa.BigInteger, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
    )
    op.create_index("captures_article", "captures", ["article", "captured_at", "writer", "leaf"])
    op.create_index("captures_content", "captures", ["content"])
    op.create_index("captures_look", "captures", ["look"], unique=True)
    op.create_index("captures_outlet", "captures", ["outlet", "captured_at", "kind", "status", "size"])
    op.create_table(
        "articles",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("url", TEXT, nullable=False),
        sa.Column("address", TEXT),
        sa.Column("outlet", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("first_held_at", sa.BigInteger),
        sa.Column("last_seen_at", sa.BigInteger),
        sa.Column("checked_at", sa.BigInteger),
        sa.Column("next_look_at", sa.BigInteger),
        sa.Column("found_at", sa.BigInteger),
        sa.Column("via", TEXT, nullable=False),
        sa.Column("title_hint", TEXT, nullable=False),
        sa.Column("published_hint", TEXT, nullable=False),
    )
    op.create_index("articles_due", "articles", ["outlet", "next_look_at", "id"])
    op.create_index("articles_url", "articles", [sa.text("substr(url, 1, 600)"), "id"])
    op.create_table(
        "versions",
        sa.Column("article", TEXT, sa.ForeignKey("articles.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("capture", TEXT, sa.ForeignKey("captures.id"), nullable=False),
        sa.Column("content", TEXT, sa.ForeignKey("contents.id"), nullable=False),
        sa.Column("last_seen_at", sa.BigInteger, nullable=False),
        sa.Column("look_count", sa.Integer, nullable=False),
    )
    op.create_index("versions_capture", "versions", ["capture"], unique=True)
    op.create_index("versions_content", "versions", ["content"])
    op.create_table(
        "aliases",
        sa.Column("alias", TEXT, primary_key=True),
        sa.Column("article", TEXT, nullable=False),
    )
    op.create_index("aliases_article", "aliases", ["article"])
    op.create_table(
        "withdrawals",
        sa.Column("article", TEXT, primary_key=True),
        sa.Column("url", TEXT, nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
    )
    op.create_table(
        "sources",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("url", TEXT, nullable=False),
        sa.Column("outlet", TEXT, nullable=False),
        sa.Column("polled_at", sa.BigInteger),
        sa.Column("next_poll_at", sa.BigInteger),
        sa.Column("failure_count", sa.Integer, nullable=False),
        sa.Column("earlier", TEXT),
        sa.Column("earlier_url", TEXT),
        sa.Column("earlier_at", sa.BigInteger),
        sa.Column("sha256", TEXT, nullable=False),
        sa.Column("etag", TEXT, nullable=False),
        sa.Column("last_modified", TEXT, nullable=False),
    )
    op.create_table(
        "skips",
        sa.Column("id", SERIAL, primary_key=True, autoincrement=True),
        sa.Column("step", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("detail", TEXT, nullable=False),
    )
    op.create_index("skips_reason", "skips", ["reason"])
    op.create_table(
        "outbox",
        sa.Column("seq", SERIAL, primary_key=True, autoincrement=True),
        sa.Column("article", TEXT, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "positions",
        sa.Column("writer", TEXT, primary_key=True),
        sa.Column("leaf", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "leases",
        sa.Column("host", TEXT, primary_key=True),
        sa.Column("owner", TEXT, nullable=False),
        sa.Column("token", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
    )
