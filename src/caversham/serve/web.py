"""The server: pages and API of one station, read only."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.requests import Request

from caversham.errors import CavershamError, SettingsError
from caversham.serve import api, pages
from caversham.serve.failures import Failure, to_failure
from caversham.serve.guard import HEADERS, Guard
from caversham.serve.rendering import render
from caversham.station import Station

MOST_CONNECTIONS = 200  # more are answered with 503 at once, rather than all of them late
SUMMARY = "What state outlets publish, change and delete. Read only; the documents are those of the command line."


def serve_station(folder: Path, *, host: str, port: int, announce: Callable[[str], None]) -> None:
    """Serve the station in `folder` until interrupted.

    Raises SettingsError where `host` and `port` cannot be listened on.
    """
    with Station(folder) as station, listen(host, port) as listener:
        station.drain()  # what an interruption left; nothing where another process is at it
        config = uvicorn.Config(
            make_app(station),
            access_log=False,  # who read what is nobody's business
            log_level="warning",
            lifespan="off",
            limit_concurrency=MOST_CONNECTIONS,
            proxy_headers=False,
            server_header=False,
            ws="none",
        )
        announce(f"http://{host}:{listener.getsockname()[1]}/  (end with Ctrl-C)")
        uvicorn.Server(config).run(sockets=[listener])


def make_app(station: Station) -> FastAPI:
    """The application that serves a station. Whoever gives the station closes it."""
    app = FastAPI(
        title="Caversham",
        summary=SUMMARY,
        version=version("caversham"),
        openapi_url="/api/openapi.json",
        docs_url=None,  # these two load scripts from elsewhere
        redoc_url=None,
    )
    app.state.station = _open_parts(station)
    app.state.export_slots = asyncio.Semaphore(api.EXPORTS_AT_ONCE)
    app.include_router(api.router)
    app.include_router(pages.router)
    app.mount("/static", StaticFiles(directory=str(files("caversham.serve") / "static")))
    app.add_middleware(Guard, hosts=station.settings.hosts)
    for kind in (CavershamError, HTTPException, RequestValidationError, Exception):
        app.add_exception_handler(kind, _answer_failure)
    app.openapi = lambda: _describe(app)  # type: ignore[method-assign] # the way that FastAPI documents
    return app


def _open_parts(station: Station) -> Station:
    """The station with its parts open: two threads that came first at the same time would open them twice."""
    for part in ("register", "archive", "store", "index"):
        getattr(station, part)
    return station


def listen(host: str, port: int) -> socket.socket:
    """A socket that takes connections at this address; port 0: any free one. Raises SettingsError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named, for asyncio switches Nagle's algorithm off only then: measured, 45 ms for each answer otherwise.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":  # elsewhere the option lets two programs take one port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host.strip("[]"), port))
        listener.listen(MOST_CONNECTIONS)
    except (OSError, UnicodeError) as error:
        listener.close()
        message = f"cannot listen on {host} port {port}: {error}; choose another: --host, --port"
        raise SettingsError(message) from error
    return listener


def _answer_failure(request: Request, error: Exception) -> Response:
    """A page for people; JSON for the API and for whoever does not ask for pages."""
    failure = to_failure(request, error)
    is_for_people = "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api")
    answer = _failure_page(failure) if is_for_people else JSONResponse({"error": failure.error}, failure.status)
    answer.headers.update(HEADERS)  # an unexpected error is answered outside of the guard
    return answer


def _failure_page(failure: Failure) -> Response:
    return render("failure.html", status=failure.status, failure=failure, error=failure.error, q=failure.query)


def _describe(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI description, without the answers to wrong values that FastAPI supposes: ours are 400."""
    if app.openapi_schema is None:
        schema = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
        for path in schema["paths"].values():
            for operation in path.values():
                operation["responses"].pop("422", None)
        schema.pop("components", None)
        app.openapi_schema = schema
    return app.openapi_schema
