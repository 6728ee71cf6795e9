"""Addresses that make a server ask its own network (Server-Side Request Forgery): none is ever connected to."""

from __future__ import annotations

import json
from pathlib import Path

from tests.collect.conftest import LyingNames, ask
from tests.site import Site
from tests.stations import page, put_feed
from tests.test_hostile import REPORT, follow, titles

# The names of the suite that could be public: what they lead to is judged at the socket, where they redirect to at each
# hop. `example.com` stands there in circled letters.
ASKED = [
    "169.254.169.254.nip.io",
    "307.r3dir.me",
    "62epax5fhvj3zzmzigyoe5ipkbn7fysllvges3a.302.r3dir.me",
    "company.127.0.0.1.nip.io",
    "example.com",
    "localh.st",
    "localtest.me",
    "nicob.net",
    "spoofed.redacted.oastify.com",
]


def suite_urls(shared: Path) -> list[str]:
    """All 143, those with a placeholder for the attacker's own name too."""
    lines = (shared / "suites/payloads_all_the_things/ssrf.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["url"] for line in lines]


def test_no_address_of_the_suite_gets_a_socket(shared: Path) -> None:
    """143 ways to ask for oneself: none is connected to, though the name service leads all names home."""
    urls = suite_urls(shared)

    reasons, sockets = ask(urls, LyingNames(("127.0.0.1", "::1")))

    assert ([], 143, {"address_refused", "bad_url"}) == (sockets, len(reasons), set(reasons))


def test_literal_addresses_and_private_names_are_refused_before_anybody_is_asked(shared: Path) -> None:
    """The name service hears only names that could be public; those of the suite that point home by DNS, or redirect."""
    names = LyingNames(("127.0.0.1",))

    ask(suite_urls(shared), names)

    assert sorted(set(names.asked)) == ASKED


def test_no_redirect_to_an_address_of_the_suite_is_followed(shared: Path) -> None:
    """A public site that redirects to ourselves gets one request, and nobody gets another."""
    urls = [url for url in suite_urls(shared) if url.isprintable()]
    with Site() as site:
        for number, url in enumerate(urls):
            site.redirect(f"/{number}", url.encode().decode("latin-1"))

        reasons, sockets = ask([site.url(f"/{n}") for n in range(len(urls))], LyingNames(), allowed=site.host)

        assert sockets == []
        assert {"address_refused", "bad_url", "answered"} >= set(reasons)
        assert [site.host] * len(site.asked) == [asked.headers["host"] for asked in site.asked]


def test_no_address_of_the_suite_is_asked_by_a_station(shared: Path, tmp_path: Path) -> None:
    """As the target of a redirect that a feed's link leads to; three notations of a host that would answer besides."""
    with Site() as hostile, Site() as canary:
        canary.put("/", page("Secret", REPORT))
        hostile.put("/good", page("A good item", REPORT))
        private = [f"http://127.1:{canary.port}/", f"http://[::ffff:127.0.0.1]:{canary.port}/", canary.url("/")]
        addresses = [*suite_urls(shared), *private]
        for number, address in enumerate(addresses):
            hostile.redirect(f"/r/{number}", address)
        put_feed(hostile, *(f"/r/{number}" for number in range(len(addresses))), "/good")
        with follow(tmp_path, hostile) as station:
            station.collect()

            assert len(canary.asked) == 0
            assert titles(station) == {"A good item"}
            assert station.status().skips["address_refused"] >= len(private)
