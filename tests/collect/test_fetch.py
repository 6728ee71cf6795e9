"""Answers are kept as sent; a hostile site costs one counted loss and little time."""

from __future__ import annotations

import gzip
import hashlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from caversham.collect.fetch import make_agent
from caversham.errors import FetchError, RobotsRefused
from caversham.ports import SourceState
from caversham.types import Address, ArticleId, Capture, CaptureId, CaptureKind, Earlier, TimeBasis
from tests.collect.conftest import HASTY, NOW, OUTLET, LyingNames
from tests.site import Answer, Site

Fetch = Callable[..., Capture]

EARLIER = Earlier(id=CaptureId("c" * 64), url="http://old.example/", captured_at=datetime(2026, 2, 1, tzinfo=UTC))


def test_an_answer_becomes_a_capture_as_sent(site: Site, fetch: Fetch) -> None:
    """Every field of the capture, the request head byte for byte as it went out."""
    site.put("/news/1?id=2", "<h1>Gruß</h1>", headers=(("X-Two", "a"), ("x-two", "b")), etag='"1"')

    capture = fetch(site.url("/news/1?id=2#top"), via="http://feed.example/")

    body = "<h1>Gruß</h1>".encode()
    assert capture == Capture(
        url=site.url("/news/1?id=2#top"),
        final_url=site.url("/news/1?id=2"),
        outlet=OUTLET,
        kind=CaptureKind.PAGE,
        captured_at=NOW,
        time_basis=TimeBasis.OBSERVED,
        status=200,
        headers=(
            ("Content-Type", "text/html; charset=utf-8"),
            ("X-Two", "a"),
            ("x-two", "b"),
            ("ETag", '"1"'),
            ("Content-Length", str(len(body))),
        ),
        body=body,
        sha256=hashlib.sha256(body).hexdigest(),
        via="http://feed.example/",
        request=site.last("/news/1").head,
    )


def test_we_say_who_we_are(site: Site, fetch: Fetch) -> None:
    """Agent, role address, what we can read; no cookie, no referrer."""
    fetch(site.url("/"))

    assert {
        "host": site.host,
        "user-agent": "Caversham/0.1 (+station@example.org)",
        "accept": "*/*",
        "accept-encoding": "gzip, deflate",
    } == dict(site.last("/").headers)


def test_a_contact_cannot_break_out_of_its_field() -> None:
    """The agent is one line, whatever station.toml says."""
    assert make_agent("a@b.example)\r\nX-Evil: 1") == "Caversham/0.1 (+a@b.exampleX-Evil: 1)"
    assert make_agent("") == "Caversham/0.1"


def test_a_packed_body_stays_packed(site: Site, fetch: Fetch) -> None:
    """Content encoding belongs to the answer; its digest is that of the bytes sent."""
    site.put_gzip("/", "<p>text</p>")

    capture = fetch(site.url("/"))

    packed = gzip.compress(b"<p>text</p>", mtime=0)
    assert (packed, hashlib.sha256(packed).hexdigest()) == (capture.body, capture.sha256)


def test_chunks_are_joined(site: Site, fetch: Fetch) -> None:
    """Transfer encoding belongs to the connection; the field that named it stays for the archive."""
    site.chunked("/", [b"one, ", b"two"])

    capture = fetch(site.url("/"))

    assert (capture.body, capture.headers[1]) == (b"one, two", ("Transfer-Encoding", "chunked"))


@pytest.mark.parametrize("status", [200, 204, 206, 300, 400, 401, 403, 404, 410, 429, 451, 500, 503, 599])
def test_every_status_is_an_answer(status: int, site: Site, fetch: Fetch) -> None:
    """What the server says is kept; what it means is decided later."""
    site.put("/", b"" if status == 204 else b"words", status=status)

    assert status == fetch(site.url("/")).status


def test_a_gzip_bomb_stays_small(site: Site, fetch: Fetch) -> None:
    """Nothing is unpacked while fetching."""
    site.bomb("/", size_mib=50)

    assert 100_000 > len(fetch(site.url("/")).body) > 0


def test_odd_bytes_in_fields_are_kept(site: Site, fetch: Fetch) -> None:
    """Header bytes survive as Latin-1, one character a byte."""
    site.put_raw("/", b"HTTP/1.1 200 OK\r\nX-Name: \xd0\x9c\xff\r\nContent-Length: 2\r\n\r\nok")

    assert ("X-Name", "\xd0\x9c\xff") in fetch(site.url("/")).headers


# --- Conditional requests --------------------------------------------------------------------


def known(body: bytes = b"", **fields: str) -> Address:
    """Describe an address that was held with this body."""
    return Address(
        article=ArticleId("a" * 16),
        url="http://old.example/",
        outlet=OUTLET,
        via="",
        attempt_count=0,
        earlier=EARLIER,
        sha256=hashlib.sha256(body).hexdigest(),
        **fields,
    )


def test_an_unchanged_page_repeats_the_earlier_capture(site: Site, fetch: Fetch) -> None:
    """304 has no body; its hash is that of the body it stands for."""
    site.put("/", "text", etag='"7"')

    capture = fetch(site.url("/"), conditional=known(b"text", etag='"7"'))

    assert (304, b"", EARLIER, hashlib.sha256(b"text").hexdigest()) == (
        capture.status,
        capture.body,
        capture.repeats,
        capture.sha256,
    )


def test_the_date_of_the_last_answer_is_sent_back_as_it_was(site: Site, fetch: Fetch) -> None:
    """Servers compare the string."""
    modified = "Sun, 01 Feb 2026 00:00:00 GMT"
    site.put("/", "text", last_modified=modified)
    source = SourceState(
        url="http://old.example/",
        polled_at=None,
        next_poll_at=None,
        failure_count=0,
        earlier=EARLIER,
        sha256="d" * 64,
        etag="",
        last_modified=modified,
    )

    capture = fetch(site.url("/"), conditional=source)

    assert (capture.status, capture.repeats, capture.sha256) == (304, EARLIER, "d" * 64)


def test_an_equal_body_repeats_the_earlier_capture_and_is_there(site: Site, fetch: Fetch) -> None:
    """Sites without validators are compared by content."""
    site.put("/", "text")

    capture = fetch(site.url("/"), conditional=known(b"text"))

    assert (capture.status, capture.body, capture.repeats) == (200, b"text", EARLIER)


def test_a_changed_body_repeats_nothing(site: Site, fetch: Fetch) -> None:
    """A new text is a new capture."""
    site.put("/", "text, amended", etag='"8"')

    capture = fetch(site.url("/"), conditional=known(b"text", etag='"7"'))

    assert (capture.status, capture.body, capture.repeats) == (200, b"text, amended", None)


def test_an_error_page_with_the_same_bytes_repeats_nothing(site: Site, fetch: Fetch) -> None:
    """Only an answer 200 is a look at the text."""
    site.put("/", "text", status=404)

    assert fetch(site.url("/"), conditional=known(b"text")).repeats is None


def test_304_to_an_unconditional_request_is_no_answer(site: Site, fetch: Fetch) -> None:
    """It stands for a body that we do not hold."""
    site.put("/", status=304)

    assert reason_of(fetch, site.url("/")) == "bad_answer"


def test_a_validator_that_would_break_the_request_is_not_sent(site: Site, fetch: Fetch) -> None:
    """Stored fields are foreign text."""
    fetch(site.url("/"), conditional=known(etag='"a"\r\nX-Evil: 1', last_modified="1 Män 2026"))

    assert not {"if-none-match", "if-modified-since", "x-evil"} & set(site.last("/").headers)


# --- Redirects -------------------------------------------------------------------------------


def test_each_redirect_is_kept_on_the_way(site: Site, fetch: Fetch) -> None:
    """Hops are captures of their own, in order, with the address where they were given."""
    site.redirect("/a", "/b?x=1", status=301)
    site.redirect("/b", site.url("/c#part"), status=307)
    site.put("/c", "here")

    capture = fetch(site.url("/a"), via="feed")

    assert (site.url("/a"), site.url("/c"), b"here") == (capture.url, capture.final_url, capture.body)
    assert [
        (CaptureKind.REDIRECT, 301, site.url("/a"), b"moved", "feed"),
        (CaptureKind.REDIRECT, 307, site.url("/b?x=1"), b"moved", "feed"),
    ] == [(hop.kind, hop.status, hop.url, hop.body, hop.via) for hop in capture.hops]
    assert [hop.url for hop in capture.hops] == [hop.final_url for hop in capture.hops]
    assert [asked.head for asked in site.asked] == [hop.request for hop in capture.hops] + [capture.request]


def test_a_redirect_without_a_target_is_the_answer(site: Site, fetch: Fetch) -> None:
    """Nothing to follow, something to keep."""
    site.put("/", "moved, somewhere", status=302)

    capture = fetch(site.url("/"))

    assert (capture.status, capture.kind, capture.hops) == (302, CaptureKind.PAGE, ())


def test_a_redirect_in_raw_utf_8_is_followed(site: Site, fetch: Fetch) -> None:
    """Servers write names in their script; browsers read them as UTF-8."""
    site.put_raw("/", "HTTP/1.1 302 Found\r\nLocation: /новости\r\nContent-Length: 0\r\n\r\n".encode())
    site.put("/%D0%BD%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D0%B8", "news")

    assert fetch(site.url("/")).body == b"news"


def test_a_circle_of_redirects_is_left(site: Site, fetch: Fetch) -> None:
    """Each address is asked once."""
    site.redirect("/a", "/b")
    site.redirect("/b", "/a#again")

    assert (reason_of(fetch, site.url("/a")), len(site.asked)) == ("redirect_loop", 2)


def test_an_endless_chain_of_redirects_is_left(site: Site, fetch: Fetch) -> None:
    """Ten hops are followed, the eleventh is not."""
    for number in range(20):
        site.redirect(f"/{number}", f"/{number + 1}")

    assert (reason_of(fetch, site.url("/0")), len(site.asked)) == ("too_many_redirects", 11)


def test_ten_redirects_are_followed(site: Site, fetch: Fetch) -> None:
    """The limit itself is allowed."""
    for number in range(10):
        site.redirect(f"/{number}", f"/{number + 1}")
    site.put("/10", "far")

    assert (fetch(site.url("/0")).body, len(fetch(site.url("/0")).hops)) == (b"far", 10)


def test_a_stranger_does_not_lead_to_a_private_host_that_is_allowed(site: Site, fetch: Fetch) -> None:
    """station.toml allows the host for the operator's own addresses; no page of others may send us there."""
    site.redirect("/away", site.url("/inside"))
    site.put("/inside", "for the house only")
    settings = {"resolver": LyingNames(), "open_socket": lambda info: socket.socket(info[0], info[1], info[2])}

    reason = reason_of(fetch, f"http://news.example.org:{site.port}/away", settings=settings)

    assert (reason, [asked.path for asked in site.asked]) == ("address_refused", ["/away"])


@pytest.mark.parametrize("location", ["http://", "http://[::1", "mailto:a@b.example", "http://a b.example/"])
def test_a_redirect_to_nonsense_is_a_loss(location: str, site: Site, fetch: Fetch) -> None:
    """It is counted, and nothing is asked."""
    site.redirect("/", location)

    assert reason_of(fetch, site.url("/")) in {"bad_url", "address_refused"}
    assert len(site.asked) == 1


def test_the_target_of_a_redirect_needs_a_permit(site: Site, fetch: Fetch) -> None:
    """robots.txt of the target counts, not only that of the first address."""
    site.redirect("/", "/closed")
    permitted: list[str] = []

    async def permit(url: str) -> None:
        permitted.append(url)
        raise RobotsRefused("robots.txt says no", subject=url)

    with pytest.raises(RobotsRefused):
        fetch(site.url("/"), permit=permit)

    assert ([site.url("/closed")], 0) == (permitted, site.count("/closed"))


# --- Hostile answers -------------------------------------------------------------------------


def reason_of(fetch: Fetch, url: str, **options: Any) -> str:
    """Fetch what must fail; the reason."""
    with pytest.raises(FetchError) as caught:
        fetch(url, **options)
    return caught.value.reason


def test_a_silent_site_is_not_waited_for(site: Site, fetch: Fetch) -> None:
    """No first byte within the limit."""
    site.stall("/")

    assert reason_of(fetch, site.url("/"), settings={"limits": HASTY}) == "timeout"


def test_a_dripping_body_is_not_waited_for(site: Site, fetch: Fetch) -> None:
    """A byte now and then keeps no connection beyond the whole time allowed."""
    site.drip("/", b"x" * 10_000)

    assert reason_of(fetch, site.url("/"), settings={"limits": HASTY}) == "timeout"


def test_redirects_share_one_time_limit(site: Site, fetch: Fetch) -> None:
    """A chain of slow hops is no way around it."""
    for number in range(9):
        site.route(f"/{number}", slow_redirect(f"/{number + 1}"))

    assert reason_of(fetch, site.url("/0"), settings={"limits": HASTY}) == "timeout"
    assert len(site.asked) < 9


def slow_redirect(to: str) -> Callable[[object], Iterator[bytes]]:
    """Redirect, after a while."""

    def answer(_: object) -> Iterator[bytes]:
        yield b"HTTP/1.1 302 Found\r\n"
        threading.Event().wait(0.15)
        yield f"Location: {to}\r\nContent-Length: 0\r\n\r\n".encode()

    return answer


def test_an_endless_body_is_cut_short(site: Site, fetch: Fetch) -> None:
    """Counted while it streams, without waiting for an end."""
    site.endless("/")

    assert reason_of(fetch, site.url("/")) == "too_large"


def test_a_body_that_states_too_great_a_length_is_not_begun(site: Site, fetch: Fetch) -> None:
    """Fifty megabytes are refused at the header."""
    site.cut_off("/", b"x", promised=50 * 1024 * 1024)

    assert reason_of(fetch, site.url("/")) == "too_large"


def test_a_body_at_the_limit_is_kept(site: Site, fetch: Fetch) -> None:
    """The limit itself is allowed, one byte more is not."""
    site.put("/fits", b"x" * 100_000)
    site.put("/over", b"x" * 100_001)

    assert len(fetch(site.url("/fits")).body) == 100_000
    assert reason_of(fetch, site.url("/over")) == "too_large"


def test_a_body_cut_off_is_a_loss(site: Site, fetch: Fetch) -> None:
    """Half a page must never look like an edit."""
    site.cut_off("/length", b"half", promised=8)
    site.cut_chunk("/chunk", b"half")
    site.put_raw("/end", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")

    assert [reason_of(fetch, site.url(path)) for path in ("/length", "/chunk", "/end")] == ["cut_off"] * 3


def test_a_flood_of_fields_is_a_bad_answer(site: Site, fetch: Fetch) -> None:
    """Too many, or one too long."""
    site.flood("/many", count=1000)
    site.flood_field("/long", size_bytes=100_000)

    assert [reason_of(fetch, site.url(path)) for path in ("/many", "/long")] == ["bad_answer"] * 2


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\0" * 1000,
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc",
        b"HTTP/1.1 200 OK\r\nno colon here\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 3,
    ],
)
def test_what_is_no_http_is_a_loss(answer: bytes, site: Site, fetch: Fetch) -> None:
    """Whatever listens there, the run goes on."""
    site.put_raw("/", answer)

    assert reason_of(fetch, site.url("/")) in {"bad_answer", "no_answer", "cut_off"}


def test_a_closed_port_is_no_answer(site: Site, fetch: Fetch) -> None:
    """Nobody listens."""
    with Site() as gone:
        host = gone.host

    assert reason_of(fetch, f"http://{host}/", settings={"allowed_hosts": frozenset({host})}) == "no_answer"


def test_a_name_that_nobody_knows_is_no_answer(fetch: Fetch) -> None:
    """The name service has no address."""
    assert reason_of(fetch, "http://news.example.org/", settings={"resolver": LyingNames(())}) == "no_answer"


def test_what_is_no_tls_on_the_port_of_tls_is_a_tls_failure(fetch: Fetch) -> None:
    """Broken encryption has a reason of its own and is never worked around."""
    with nonsense_server() as port:
        host = f"127.0.0.1:{port}"

        assert reason_of(fetch, f"https://{host}/", settings={"allowed_hosts": frozenset({host})}) == "tls"


# --- Proxies ---------------------------------------------------------------------------------


def test_an_http_proxy_is_told_the_name(site: Site, fetch: Fetch) -> None:
    """The name is resolved over there, the proxy stands in the capture without its password."""
    site.route("http://news.example.org/1", lambda _: Answer(body=b"from afar"))
    names = LyingNames()

    capture = fetch(
        "http://news.example.org/1",
        settings={"proxies": {OUTLET: f"http://me:secret@{site.host}"}, "resolver": names},
    )

    assert (b"from afar", f"http://{site.host}") == (capture.body, capture.vantage)
    assert "news.example.org" not in names.asked
    assert capture.request.startswith(b"GET http://news.example.org/1 HTTP/1.1\r\n")
    assert b"proxy-authorization" in site.last("http://news.example.org/1").head.lower()
    assert b"proxy-authorization" not in capture.request.lower()


def test_a_socks_proxy_is_told_the_name(site: Site, fetch: Fetch) -> None:
    """socks5h: no name service is asked on this side."""
    site.put("/1", "from afar")
    names = LyingNames()
    with socks_proxy(site.port) as proxy:
        capture = fetch(
            "http://news.example.org/1",
            settings={"proxies": {OUTLET: f"socks5h://127.0.0.1:{proxy.port}"}, "resolver": names},
        )

    assert (b"from afar", f"socks5h://127.0.0.1:{proxy.port}") == (capture.body, capture.vantage)
    assert (proxy.asked, names.asked) == (["news.example.org:80"], [])
    assert site.last("/1").head == capture.request


@pytest.mark.parametrize("scheme", ["http", "socks5h", "socks5"])
def test_a_dead_proxy_is_never_bypassed(scheme: str, site: Site, fetch: Fetch) -> None:
    """Fail closed: the site must not learn our address."""
    with Site() as gone:
        dead = gone.host

    assert reason_of(fetch, site.url("/"), settings={"proxies": {OUTLET: f"{scheme}://{dead}"}}) == "proxy"
    assert site.asked == []


@pytest.mark.parametrize("scheme", ["http", "socks5h"])
def test_a_proxy_that_talks_nonsense_is_never_bypassed(scheme: str, site: Site, fetch: Fetch) -> None:
    """Whatever comes back, nothing is asked directly."""
    with nonsense_server() as port:
        reason = reason_of(fetch, site.url("/"), settings={"proxies": {OUTLET: f"{scheme}://127.0.0.1:{port}"}})

    assert reason in {"proxy", "bad_answer"}
    assert site.asked == []


def test_a_proxy_that_wants_a_password_is_a_loss(site: Site, fetch: Fetch) -> None:
    """407 is the proxy's word, not the outlet's page."""
    site.route("http://news.example.org/", lambda _: Answer(status=407))

    assert (
        reason_of(fetch, "http://news.example.org/", settings={"proxies": {OUTLET: f"http://{site.host}"}}) == "proxy"
    )


@pytest.mark.parametrize("scheme", ["http", "socks5h"])
def test_a_proxy_is_not_asked_for_private_addresses(scheme: str, site: Site, fetch: Fetch) -> None:
    """Its network is as private as ours."""
    settings = {"proxies": {OUTLET: f"{scheme}://{site.host}"}}
    urls = ["http://127.0.0.1/", "http://10.0.0.1/", "http://localhost/", "http://metadata/", "http://[::1]/"]

    assert [reason_of(fetch, url, settings=settings) for url in urls] == ["address_refused"] * 5
    assert site.asked == []


def test_only_the_outlet_with_a_proxy_uses_it(site: Site, fetch: Fetch) -> None:
    """Proxies are settings of outlets."""
    site.put("/", "here")

    assert fetch(site.url("/"), settings={"proxies": {"other": "http://127.0.0.1:9"}}).vantage == ""


class SocksProxy:
    """A SOCKS5 server (RFC 1928) that leads every name to one port of this machine."""

    def __init__(self, target_port: int) -> None:
        self.asked: list[str] = []
        self._target_port = target_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    def serve_once(self) -> None:
        """Take one connection and carry it until an end closes."""
        client, _ = self._listener.accept()
        with client, socket.create_connection(("127.0.0.1", self._target_port)) as target:
            client.recv(client.recv(2)[1])
            client.sendall(b"\x05\x00")
            length = client.recv(5)[4]
            name = client.recv(length).decode()
            self.asked.append(f"{name}:{int.from_bytes(client.recv(2), 'big')}")
            client.sendall(b"\x05\x00\x00\x01\0\0\0\0\0\0")
            target.sendall(client.recv(65536))
            client.sendall(target.recv(65536))
            client.recv(1)

    def close(self) -> None:
        """Stop listening."""
        self._listener.close()


@contextmanager
def socks_proxy(target_port: int) -> Iterator[SocksProxy]:
    proxy = SocksProxy(target_port)
    thread = threading.Thread(target=proxy.serve_once, daemon=True)
    thread.start()
    yield proxy
    thread.join(5)
    proxy.close()


@contextmanager
def nonsense_server() -> Iterator[int]:
    """Answer anything with bytes that are no protocol."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve_once() -> None:
            client, _ = listener.accept()
            with client:
                client.recv(65536)
                client.sendall(b"\xff\xfe nonsense\r\n\r\n" * 10)

        thread = threading.Thread(target=serve_once, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(5)
