"""What could not be answered, as a status and a document; never a traceback, a path or a setting."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request

from caversham.errors import CavershamError, NotHeld, QueryError, RecordError, Refused, SubjectError
from caversham.serve.documents import describe

Json = dict[str, Any]

log = logging.getLogger(__name__)

STATUSES: dict[type[CavershamError], int] = {  # the first one that fits
    QueryError: 400,
    NotHeld: 404,
    Refused: 451,  # RFC 7725
    RecordError: 500,
    SubjectError: 400,
}
UNAVAILABLE = "the station cannot answer now; its operator finds the reason in the log"
FAILED = "this answer failed inside the station; its operator finds the reason in the log"


class BusyError(CavershamError):
    """As many long answers are under way as the server gives at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An answer that could not be given."""

    status: int
    error: Json  # kind, message, and what else the kind has
    query: str = ""  # of a query that cannot be understood


def to_failure(request: Request, error: Exception) -> Failure:
    """What to tell of an error; what only the operator should read goes to the log."""
    if isinstance(error, QueryError):
        return Failure(status=400, error=describe(error), query=error.query)
    if isinstance(error, Refused):
        return Failure(status=451, error=describe(error))
    if isinstance(error, CavershamError):
        return _of_ours(request, error)
    if isinstance(error, RequestValidationError):
        return _failure(400, "BadRequest", _wrong_values(error))
    if isinstance(error, HTTPException):
        return _failure(error.status_code, "NotFound" if error.status_code == 404 else "BadRequest", error.detail)
    return _failure(500, "Failed", FAILED)


def _of_ours(request: Request, error: CavershamError) -> Failure:
    status = next((status for kind, status in STATUSES.items() if isinstance(error, kind)), 503)
    if status < 500 or isinstance(error, BusyError):
        return Failure(status=status, error=describe(error))
    log.error("answer_failed path=%r kind=%s error=%s", request.url.path, type(error).__name__, error)
    return _failure(status, type(error).__name__, UNAVAILABLE if status == 503 else FAILED)


def _failure(status: int, kind: str, message: str) -> Failure:
    return Failure(status=status, error={"kind": kind, "message": message})


def _wrong_values(error: RequestValidationError) -> str:
    return "; ".join(f"{one['loc'][-1]}: {one['msg']}" for one in error.errors()[:5])
