"""The world's sites as real HTTP servers on the loopback, at a simulated instant that the caller sets."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import zip_longest
from threading import Lock, Thread
from types import MappingProxyType, TracebackType
from typing import Any, Self

from caversham.demo.pages import Answer, render
from caversham.demo.world import World
from caversham.errors import StationError

ADDRESS = "127.0.0.1"
SLOW_CLIENT_S = 10.0  # ours: nobody on the loopback needs longer for a request line
POLL_S = 0.05  # how soon a server notices that it shall stop


class DemoSite:
    """All sites of a world, each on its port, served until closed. A port of 0 takes any free one."""

    def __init__(self, world: World, ports: Mapping[str, int] | None = None) -> None:
        """Listen at once, at the world's beginning.

        Raises StationError when a port is taken.
        """
        self._lock = Lock()
        self._now = world.begins
        self._request_count = 0
        self._servers: dict[str, ThreadingHTTPServer] = {}
        self._threads: list[Thread] = []
        try:
            for site, port in _wanted_ports(world, ports or {}).items():
                self._servers[site] = _listen(self, site, port)
        except StationError:
            self.close()
            raise
        self.world = world.at_ports({site: server.server_port for site, server in self._servers.items()})
        for server in self._servers.values():
            thread = Thread(target=server.serve_forever, args=(POLL_S,), daemon=True)
            thread.start()
            self._threads.append(thread)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def ports(self) -> Mapping[str, int]:
        """The port of each site."""
        return MappingProxyType({name: site.port for name, site in self.world.sites.items()})

    @property
    def request_count(self) -> int:
        """Requests answered so far, outages included."""
        with self._lock:
            return self._request_count

    @property
    def now(self) -> datetime:
        """The simulated instant, in UTC."""
        with self._lock:
            return self._now

    def set_time(self, instant: datetime) -> None:
        """Let the sites show what they show at this aware instant."""
        with self._lock:
            self._now = instant.astimezone(UTC)

    def answer(self, site: str, path: str) -> Answer:
        """What a site answers to a path now."""
        with self._lock:
            now = self._now
            self._request_count += 1
        return render(self.world, site, path, now)

    def close(self) -> None:
        """Stop listening. Closing twice is no error."""
        for thread, server in zip_longest(self._threads, self._servers.values()):
            if thread is not None:
                server.shutdown()
                thread.join()
            server.server_close()
        self._servers, self._threads = {}, []


def _wanted_ports(world: World, ports: Mapping[str, int]) -> dict[str, int]:
    return {name: ports.get(name, site.port) for name, site in world.sites.items()}


def _listen(demo: DemoSite, site: str, port: int) -> ThreadingHTTPServer:
    try:
        return ThreadingHTTPServer((ADDRESS, port), partial(_Handler, demo, site))
    except OSError as error:
        advice = "stop the program that holds it, or choose other ports"
        raise StationError(f"the demo site {site!r} cannot listen on {ADDRESS}:{port}: {error}; {advice}") from error


class _Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD, conditional requests included."""

    protocol_version = "HTTP/1.1"
    server_version = "DemoSite"
    sys_version = ""
    timeout = SLOW_CLIENT_S

    def __init__(self, demo: DemoSite, site: str, *connection: Any) -> None:
        self.demo = demo
        self.site = site
        super().__init__(*connection)  # answers the request before it returns

    def do_GET(self) -> None:
        self._send(self.demo.answer(self.site, self.path), has_body=True)

    def do_HEAD(self) -> None:
        self._send(self.demo.answer(self.site, self.path), has_body=False)

    def date_time_string(self, timestamp: float | None = None) -> str:  # noqa: ARG002 # the server asks so
        """The Date header: the simulated instant, so that two runs of the same month give the same bytes."""
        return format_datetime(self.demo.now, usegmt=True)

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent: the collector says what it asked for."""

    def _send(self, answer: Answer, *, has_body: bool) -> None:
        self.close_connection = True
        if answer.status == 0:
            return
        is_known = self._is_known(answer)
        self.send_response(HTTPStatus.NOT_MODIFIED if is_known else answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        if not is_known:
            self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("Connection", "close")
        self.end_headers()
        if has_body and not is_known:
            self.wfile.write(answer.body)

    def _is_known(self, answer: Answer) -> bool:
        """True when the client says that it holds this answer (RFC 9110 section 13.1.2)."""
        etag = next((value for name, value in answer.headers if name == "ETag"), None)
        asked = self.headers.get("If-None-Match", "")
        return etag is not None and etag in [mark.strip() for mark in asked.split(",")]
