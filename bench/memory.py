"""Anonymous memory: what a program holds for itself, without the files that the system keeps for it."""

from __future__ import annotations

import resource
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

Result = TypeVar("Result")
EVERY_S = 0.2
_STATUS = Path("/proc/self/status")


def anonymous_mb() -> float:
    """Anonymous memory of this process now, in MB; on systems without /proc the peak of all its memory."""
    if _STATUS.exists():
        line = next(line for line in _STATUS.read_text().splitlines() if line.startswith("RssAnon"))
        return int(line.split()[1]) / 1000
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 10**6


def with_peak(work: Callable[[], Result]) -> tuple[Result, float]:
    """What the work gives, and the most anonymous memory that was seen while it went on, in MB."""
    seen = [anonymous_mb()]
    is_done = threading.Event()

    def watch() -> None:
        while not is_done.wait(EVERY_S):
            seen.append(anonymous_mb())

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        result = work()
    finally:
        is_done.set()
        watcher.join()
    return result, max(*seen, anonymous_mb())
