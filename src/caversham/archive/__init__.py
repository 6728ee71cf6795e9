"""The archive: WARC records, the ledger that proves them, and the archives of other tools."""

from caversham.archive.ledger import Leaves, merkle_root
from caversham.archive.logs import WarcArchive, Withdrawal
from caversham.archive.verify import LogHead, Problem, Report, verify

__all__ = ["Leaves", "LogHead", "Problem", "Report", "WarcArchive", "Withdrawal", "merkle_root", "verify"]
