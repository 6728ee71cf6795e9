"""The one place where a failure becomes a Skip."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from caversham.errors import SubjectError
from caversham.types import Skip

T = TypeVar("T")


def attempt(step: str, subject: str, make: Callable[[], T]) -> T | Skip:
    """What `make` gives, or the Skip that says why it gave nothing.

    Errors about one subject become a Skip with their reason; so does a fault of our own or of a library that a
    hostile page set off (reason "fault"), because one page must not stop a run. Errors about the run
    (settings, disk, database) propagate.
    """
    try:
        return make()
    except SubjectError as error:
        return Skip(step=step, subject=subject, reason=error.reason, detail=str(error))
    except (OSError, MemoryError):
        raise
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RuntimeError) as error:
        return Skip(step=step, subject=subject, reason="fault", detail=f"{type(error).__name__}: {error}")
