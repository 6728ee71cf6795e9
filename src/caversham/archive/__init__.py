"""The archive: WARC records, the ledger that proves them, and the archives of other tools."""

from caversham.archive.foreign import iter_foreign
from caversham.archive.ledger import Leaves, merkle_root
from caversham.archive.logs import WarcArchive, Withdrawal
from caversham.archive.verify import LogHead, Problem, Report, verify
from caversham.archive.wacz import is_wacz, iter_wacz

__all__ = [
    "Leaves",
    "LogHead",
    "Problem",
    "Report",
    "WarcArchive",
    "Withdrawal",
    "is_wacz",
    "iter_foreign",
    "iter_wacz",
    "merkle_root",
    "verify",
]
