"""A real web site on 127.0.0.1 that tests tell what to answer, well-behaved or hostile.

    with Site() as site:
        site.put("/news/1", "<h1>Harvest</h1>", etag='"1"')
        site.redirect("/old", "/news/1")
        ...fetch site.url("/old")...

        assert site.count("/news/1") == 1

The first `?` ends the path that routes are looked up by, unless the whole target has a route of its own.
A path without a route is answered 404. Routes may be changed at any time, also while requests run.

Well-behaved: `put` (304 by itself when etag or last_modified match), `put_gzip`, `redirect`, `retry_later`,
`put_sequence` (one answer after another, the last for ever), `chunked`, `remove`, `put_raw` (any bytes at all).
Hostile: `drip`, `stall`, `endless`, `cut_off`, `cut_chunk`, `bomb`, `flood`, `flood_field`.
Seen: `asked` (every request in order, with head bytes as received), `count`, `last`, `connection_count`,
`peak_connection_count` (most connections open at one moment).

The site keeps connections open, as HTTP/1.1 does, unless the client or the answer asks for close. Threads
end with the `with` block: pauses wait for an event, nothing sleeps.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import socket
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import Self

HEAD_LIMIT = 256 * 1024  # bytes of a request head; more than any test sends
MEBIBYTE = b"\0" * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request as it came in."""

    method: str
    target: str  # path and query; the whole address where the client thinks we are a proxy
    headers: Mapping[str, str]  # names in lower case
    head: bytes  # as received, with the empty line at its end

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a route says: a whole answer, from which the site makes status line and headers."""

    status: int = 200
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = b""
    etag: str = ""
    last_modified: str = ""


Stream = Iterator[bytes]  # raw bytes of the connection, status line first; it is closed at the end
Route = Callable[[Asked], Answer | Stream]


class Site:
    """A site whose answers tests set; see the module's docstring."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.connection_count = 0
        self.peak_connection_count = 0
        self._routes: dict[str, Route] = {}
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        _shut(self._listener)
        self._listener.close()
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            _shut(connection)
        for thread in list(self._threads):
            thread.join()

    # --- Where it is, what it saw ---

    @property
    def host(self) -> str:
        """Name and port, as station.toml would allow them."""
        return f"127.0.0.1:{self._port}"

    @property
    def port(self) -> int:
        """The port that the system chose."""
        return self._port

    def url(self, path: str = "/") -> str:
        """Make the address of a path."""
        return f"http://{self.host}{path}"

    def count(self, path: str) -> int:
        """Count the requests for a path, whatever their query."""
        return sum(asked.path == path for asked in list(self.asked))

    def last(self, path: str) -> Asked:
        """Get the latest request for a path; IndexError if there was none."""
        return [asked for asked in list(self.asked) if asked.path == path][-1]

    # --- Well-behaved routes ---

    def route(self, path: str, answer: Route) -> None:
        """Ask a function each time; an Answer is completed, an iterator of bytes is sent as it is."""
        self._routes[path] = answer

    def put(
        self,
        path: str,
        body: str | bytes = b"",
        *,
        status: int = 200,
        content_type: str = "text/html; charset=utf-8",
        headers: Sequence[tuple[str, str]] = (),
        etag: str = "",
        last_modified: str = "",
    ) -> None:
        """Answer always the same; 304 where the request names this etag or this last_modified."""
        answer = Answer(
            status=status,
            headers=(("Content-Type", content_type), *headers),
            body=body.encode() if isinstance(body, str) else body,
            etag=etag,
            last_modified=last_modified,
        )
        self.route(path, lambda _: answer)

    def put_gzip(self, path: str, body: str | bytes, *, content_type: str = "text/html; charset=utf-8") -> None:
        """Answer with a body packed by gzip, as Content-Encoding says."""
        packed = gzip.compress(body.encode() if isinstance(body, str) else body, mtime=0)
        self.put(path, packed, content_type=content_type, headers=(("Content-Encoding", "gzip"),))

    def put_sequence(self, path: str, answers: Sequence[Answer]) -> None:
        """Give these answers one after another; the last one again and again."""
        left = list(answers)
        lock = threading.Lock()

        def next_answer(asked: Asked) -> Answer:
            with lock:
                return left.pop(0) if len(left) > 1 else left[0]

        self.route(path, next_answer)

    def redirect(self, path: str, to: str, *, status: int = 302) -> None:
        """Point elsewhere; `to` is sent as it is: relative, absolute or nonsense."""
        self.put(path, b"moved", status=status, headers=(("Location", to),))

    def retry_later(self, path: str, after: str = "120", *, status: int = 503) -> None:
        """Refuse for now; `after` is the Retry-After field, seconds or a date."""
        self.put(path, b"later", status=status, headers=(("Retry-After", after),))

    def chunked(self, path: str, pieces: Sequence[bytes], *, content_type: str = "text/html; charset=utf-8") -> None:
        """Send the body in chunks, with the transfer encoding that names them."""
        head = _head(200, (("Content-Type", content_type), ("Transfer-Encoding", "chunked")))
        self.put_raw(path, head + b"".join(_chunk(piece) for piece in pieces) + b"0\r\n\r\n")

    def put_raw(self, path: str, answer: bytes) -> None:
        """Send these bytes, status line and all, and close."""
        self.route(path, lambda _: iter([answer]))

    def remove(self, path: str) -> None:
        """Answer 404 from now on."""
        self._routes.pop(path, None)

    # --- Hostile routes ---

    def drip(self, path: str, body: bytes, *, pause_s: float = 0.02) -> None:
        """Send one byte at a time, with a pause after each."""

        def bytes_slowly(asked: Asked) -> Stream:
            yield _head(200, (("Content-Length", str(len(body))),))
            for value in body:
                if self._closing.wait(pause_s):
                    return
                yield bytes([value])

        self.route(path, bytes_slowly)

    def stall(self, path: str) -> None:
        """Take the request and never say a word."""

        def silence(asked: Asked) -> Stream:
            self._closing.wait()
            yield b""

        self.route(path, silence)

    def endless(self, path: str) -> None:
        """Send a body that has no end and states no length."""

        def without_end(asked: Asked) -> Stream:
            yield _head(200, (("Content-Type", "text/html"), ("Connection", "close")))
            while not self._closing.is_set():
                yield b"<p>and so on</p>" * 4096

        self.route(path, without_end)

    def cut_off(self, path: str, body: bytes, *, promised: int) -> None:
        """Promise more bytes than come, then close."""
        self.put_raw(path, _head(200, (("Content-Length", str(promised)),)) + body)

    def cut_chunk(self, path: str, body: bytes) -> None:
        """Close in the middle of a chunk."""
        self.put_raw(
            path, _head(200, (("Transfer-Encoding", "chunked"),)) + _chunk(body + b"more")[: -len(b"more\r\n")]
        )

    def bomb(self, path: str, *, size_mib: int) -> None:
        """Send a small gzip body that unpacks to so many MiB of zeros."""
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        packed = b"".join(packer.compress(MEBIBYTE) for _ in range(size_mib)) + packer.flush()
        self.put(path, packed, headers=(("Content-Encoding", "gzip"),))

    def flood(self, path: str, *, count: int) -> None:
        """So many header fields before the body."""
        fields = [(f"X-Flood-{number}", "water") for number in range(count)]
        self.put_raw(path, _head(200, (*fields, ("Content-Length", "0"))))

    def flood_field(self, path: str, *, size_bytes: int) -> None:
        """One header field of so many bytes."""
        self.put_raw(path, _head(200, (("X-Flood", "w" * size_bytes), ("Content-Length", "0"))))

    # --- The server ---

    def _start(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self._open.add(connection)
                self.connection_count += 1
                self.peak_connection_count = max(self.peak_connection_count, len(self._open))
            if self._closing.is_set():
                _shut(connection)
            self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, connection.makefile("rb") as incoming:
                while not self._closing.is_set() and self._serve_one(connection, incoming):
                    pass
        except OSError:
            pass  # the client went away, or the test is over
        finally:
            with self._lock:
                self._open.discard(connection)

    def _serve_one(self, connection: socket.socket, incoming: io.BufferedReader) -> bool:
        """Answer one request; whether the connection stays open."""
        asked = _read_request(incoming)
        if asked is None:
            return False
        with self._lock:
            self.asked.append(asked)
        answer = self._answer(asked)
        if not isinstance(answer, Answer):
            for piece in answer:
                connection.sendall(piece)
            return False
        connection.sendall(_to_bytes(answer, asked))
        return asked.headers.get("connection", "").lower() != "close"

    def _answer(self, asked: Asked) -> Answer | Stream:
        route = self._routes.get(asked.target) or self._routes.get(asked.path)
        if route is None:
            return Answer(status=404, headers=(("Content-Type", "text/plain"),), body=b"not here")
        return route(asked)


def _read_request(incoming: io.BufferedReader) -> Asked | None:
    """Read a request head; None at the end of the connection. Bodies are not expected."""
    lines = [incoming.readline(HEAD_LIMIT)]
    while lines[-1] not in (b"\r\n", b"\n", b""):
        lines.append(incoming.readline(HEAD_LIMIT))
    if lines[-1] == b"":
        return None
    method, _, rest = lines[0].decode("latin-1").strip().partition(" ")
    fields = (line.decode("latin-1").partition(":") for line in lines[1:-1])
    return Asked(
        method=method,
        target=rest.rpartition(" ")[0],
        headers={name.strip().lower(): value.strip() for name, _, value in fields},
        head=b"".join(lines),
    )


def _is_unchanged(answer: Answer, asked: Asked) -> bool:
    if answer.status != HTTPStatus.OK:
        return False
    if "if-none-match" in asked.headers:
        return bool(answer.etag) and answer.etag in asked.headers["if-none-match"]
    return bool(answer.last_modified) and answer.last_modified == asked.headers.get("if-modified-since")


def _to_bytes(answer: Answer, asked: Asked) -> bytes:
    """Complete an answer with its validators and length, or make it a 304."""
    validators = [("ETag", answer.etag)] if answer.etag else []
    validators += [("Last-Modified", answer.last_modified)] if answer.last_modified else []
    if _is_unchanged(answer, asked):
        return _head(304, validators)
    body = b"" if asked.method == "HEAD" else answer.body
    return _head(answer.status, (*answer.headers, *validators, ("Content-Length", str(len(answer.body))))) + body


def _head(status: int, headers: Sequence[tuple[str, str]]) -> bytes:
    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Unknown"
    fields = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return f"HTTP/1.1 {status} {phrase}\r\n{fields}\r\n".encode("latin-1", "replace")


def _chunk(piece: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(piece), piece)


def _shut(connection: socket.socket) -> None:
    """Wake whoever reads or writes this socket."""
    with contextlib.suppress(OSError):  # it may be closed already
        connection.shutdown(socket.SHUT_RDWR)
