"""What every request passes before any page sees it, and every answer before it leaves.

The server only reads: a request that could change something is refused, and so is one under a name that the
operator did not allow (a page elsewhere could otherwise point a name of its own at this machine and read along:
DNS rebinding). Answers forbid scripts and everything from elsewhere, whatever a page of an outlet brought in.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import partial

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

READING = ("GET", "HEAD")
HEADERS = {  # https://cheatsheetseries.owasp.org/cheatsheets/HTTP_Headers_Cheat_Sheet.html
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
}

_HOST = re.compile(r"(\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253})(?::\d{0,5})?", re.ASCII)  # RFC 9110, section 7.2


class Guard:
    """ASGI middleware: lets through what only reads, under an allowed name, and adds the safety headers."""

    def __init__(self, app: ASGIApp, *, hosts: Collection[str]) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the refusal, or what is behind."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = self._refuse(scope) or self._app
        await answer(scope, receive, partial(_send_safely, send))

    def _refuse(self, scope: Scope) -> JSONResponse | None:
        names = Headers(scope=scope).getlist("host")
        host = host_name(names[0]) if len(names) == 1 else None
        if host is None:
            return _refusal(400, "BadHost", "the request names no host, or none that is one")
        if host not in self._hosts:
            message = f"this server is not asked under the name {host!r}; its operator allows names by serve.hosts"
            return _refusal(421, "WrongHost", message)
        if scope["method"] not in READING:
            return _refusal(405, "ReadOnly", "this server only reads; use GET or HEAD", Allow=", ".join(READING))
        return None


def host_name(value: str) -> str | None:
    """The name in a Host header, in small letters and without the port; None: it is none.

    >>> host_name("LocalHost:8765"), host_name("[::1]:8765"), host_name("evil.example/x")
    ('localhost', '[::1]', None)
    """
    match = _HOST.fullmatch(value.strip().lower())
    return match[1] if match else None


async def _send_safely(send: Send, message: Message) -> None:
    if message["type"] == "http.response.start":
        headers = MutableHeaders(scope=message)
        for name, value in HEADERS.items():
            headers.setdefault(name, value)
    await send(message)


def _refusal(status: int, kind: str, message: str, **headers: str) -> JSONResponse:
    return JSONResponse({"error": {"kind": kind, "message": message}}, status_code=status, headers=headers)
