"""The tables of the catalogue, as the newest migration leaves them.

Instants are integers of microseconds since 1970 (UTC, negative before). Text sorts by code point on both
databases: SQLite compares bytes, PostgreSQL is told to by collation "C".
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    literal_column,
)

REVISION = "r0002"  # of the newest migration; a database that names another one is migrated, or newer than we are

TEXT = Text().with_variant(Text(collation="C"), "postgresql")
# SQLite numbers rows by itself only in a column of exactly this type.
SERIAL = BigInteger().with_variant(Integer(), "sqlite")

metadata = MetaData()

texts = Table(
    "texts",
    metadata,
    Column("id", TEXT, primary_key=True),  # SHA-256 of the UTF-8 text
    Column("zstd", LargeBinary, nullable=False),
)

contents = Table(
    "contents",
    metadata,
    Column("id", TEXT, primary_key=True),  # SHA-256 of all fields
    Column("text", TEXT, ForeignKey("texts.id"), nullable=False),
    Column("fields", TEXT, nullable=False),  # every other field of Content, compact JSON
    Index("contents_text", "text"),
)

captures = Table(
    "captures",
    metadata,
    Column("id", TEXT, primary_key=True),
    Column("article", TEXT),  # null: not a look at an item
    Column("content", TEXT, ForeignKey("contents.id")),  # null: nothing was extracted
    Column("comparable", TEXT),
    Column("url", TEXT, nullable=False),
    Column("final_url", TEXT, nullable=False),
    Column("outlet", TEXT, nullable=False),
    Column("kind", TEXT, nullable=False),
    Column("captured_at", BigInteger, nullable=False),
    Column("time_basis", TEXT, nullable=False),
    Column("status", Integer),
    Column("headers", TEXT, nullable=False),  # pairs, JSON
    Column("sha256", TEXT, nullable=False),
    Column("via", TEXT, nullable=False),
    Column("vantage", TEXT, nullable=False),
    Column("look", TEXT),  # null: our own look, which is always a new one
    Column("repeats", TEXT),
    Column("repeats_url", TEXT),
    Column("repeats_at", BigInteger),
    Column("writer", TEXT, nullable=False),
    Column("leaf", BigInteger, nullable=False),
    Column("file", TEXT, nullable=False),
    Column("start", BigInteger, nullable=False),  # first byte of the member
    Column("size", BigInteger, nullable=False),
    Index("captures_article", "article", "captured_at", "writer", "leaf"),
    Index("captures_content", "content"),
    Index("captures_look", "look", unique=True),
    # Holds all that `status` counts, so that it never reads the table itself.
    Index("captures_outlet", "outlet", "captured_at", "kind", "status", "size", "time_basis"),
)

articles = Table(
    "articles",
    metadata,
    Column("id", TEXT, primary_key=True),
    Column("url", TEXT, nullable=False),  # canonical
    Column("address", TEXT),  # to be asked for, as the source gave it; null: no source pointed at it
    Column("outlet", TEXT, nullable=False),
    Column("state", TEXT, nullable=False),
    Column("first_held_at", BigInteger),
    Column("last_seen_at", BigInteger),
    Column("checked_at", BigInteger),
    Column("next_look_at", BigInteger),  # null: never due
    Column("found_at", BigInteger),
    Column("via", TEXT, nullable=False),
    Column("title_hint", TEXT, nullable=False),
    Column("published_hint", TEXT, nullable=False),
    Index("articles_due", "outlet", "next_look_at", "id"),
)

# An index entry of PostgreSQL holds at most 2,704 bytes (a third of a page), and addresses may be longer: 600 code
# points are at most 2,400 bytes. Addresses that agree in all of them are told apart by id.
URL_ORDER = literal_column("substr(url, 1, 600)", TEXT)
Index("articles_url", URL_ORDER, articles.c.id, _table=articles)

versions = Table(
    "versions",
    metadata,
    Column("article", TEXT, ForeignKey("articles.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("capture", TEXT, ForeignKey("captures.id"), nullable=False),  # the first look, by which it is cited
    Column("content", TEXT, ForeignKey("contents.id"), nullable=False),
    Column("last_seen_at", BigInteger, nullable=False),
    Column("look_count", Integer, nullable=False),
    Index("versions_capture", "capture", unique=True),
    Index("versions_content", "content"),
)

aliases = Table(
    "aliases",
    metadata,
    Column("alias", TEXT, primary_key=True),
    Column("article", TEXT, nullable=False),  # never itself an alias
    Index("aliases_article", "article"),
)

withdrawals = Table(
    "withdrawals",
    metadata,
    Column("article", TEXT, primary_key=True),
    Column("url", TEXT, nullable=False),
    Column("withdrawn_at", BigInteger, nullable=False),
    Column("reason", TEXT, nullable=False),
)

sources = Table(
    "sources",
    metadata,
    Column("id", TEXT, primary_key=True),  # SHA-256 of the address, which may be too long for an index
    Column("url", TEXT, nullable=False),
    Column("outlet", TEXT, nullable=False),
    Column("polled_at", BigInteger),
    Column("next_poll_at", BigInteger),
    Column("failure_count", Integer, nullable=False),
    Column("earlier", TEXT),
    Column("earlier_url", TEXT),
    Column("earlier_at", BigInteger),
    Column("sha256", TEXT, nullable=False),
    Column("etag", TEXT, nullable=False),
    Column("last_modified", TEXT, nullable=False),
)

skips = Table(
    "skips",
    metadata,
    Column("id", SERIAL, primary_key=True, autoincrement=True),
    Column("step", TEXT, nullable=False),
    Column("subject", TEXT, nullable=False),
    Column("reason", TEXT, nullable=False),
    Column("detail", TEXT, nullable=False),
    Index("skips_reason", "reason"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("seq", SERIAL, primary_key=True, autoincrement=True),
    Column("article", TEXT, nullable=False),
    sqlite_autoincrement=True,  # a number that was cleared never comes back
)

positions = Table(
    "positions",
    metadata,
    Column("writer", TEXT, primary_key=True),
    Column("leaf", BigInteger, nullable=False),  # the first that is not catalogued
)

leases = Table(
    "leases",
    metadata,
    Column("host", TEXT, primary_key=True),
    Column("owner", TEXT, nullable=False),
    Column("token", BigInteger, nullable=False),  # grows with every holder
    Column("expires_at", BigInteger, nullable=False),
)

# Emptied by `clear`, children first. Leases are no part of what the archive holds.
DERIVED = (versions, captures, contents, texts, articles, aliases, withdrawals, sources, skips, outbox, positions)
