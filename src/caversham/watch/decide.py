"""When to look again: at an item, and at a source.

Both schedules are functions of what was seen; the caller compares the instant with its clock. An instant in the
past means: due now.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from caversham.types import CaptureKind, Look, State
from caversham.watch.states import is_failure, order_looks, standing_of, state_of

END_OF_TIME = datetime.max.replace(tzinfo=UTC)

# Counted from the first look that showed the item. GDELT: 18 % of bodies change within a week, 81 % of these in
# 24 h; so three of seven looks fall into the first day. Mass removals hit items many years old, so it never ends.
LOOKS_AFTER = tuple(timedelta(hours=hours) for hours in (1, 6, 24, 3 * 24, 7 * 24, 30 * 24, 90 * 24))
# Counted from the first look that found it missing: long enough for a site's own mistake to be mended.
MISSING_LOOKS_AFTER = tuple(timedelta(days=days) for days in (1, 7, 14))
EVERY = timedelta(days=180)  # once the steps above are used up, for ever

FIRST_RETRY = timedelta(minutes=10)
LONGEST_RETRY = timedelta(days=1)

# An agency that publishes 500 items a day turns over a feed of 20 to 50 items within one to two hours: ten minutes
# lose nothing even if a few polls fail, and thirty are enough while the feed stands still.
FEED_CHANGED = timedelta(minutes=10)
FEED_UNCHANGED = timedelta(minutes=30)
LISTING = timedelta(minutes=30)  # section pages hold fewer items than feeds turn over, and cost the site more
# A news sitemap holds what was published in the last two days (Google News sitemap format): each item is met 8 times.
SITEMAP = timedelta(hours=6)
ROBOTS = timedelta(hours=24)  # RFC 9309 2.4: not to be used for longer

_INTERVALS = {
    "feed": (FEED_CHANGED, FEED_UNCHANGED),
    "sitemap": (SITEMAP, SITEMAP),
    "robots": (ROBOTS, ROBOTS),
}


def next_look(looks: Iterable[Look], *, is_followed: bool = True) -> datetime | None:
    """The instant at which an item is due again; None if it is not to be looked at.

    An item that is not followed (only imported) is left alone; one that was only sighted is due since then.
    """
    ordered = order_looks(looks)
    if not is_followed or not ordered:
        return None
    tried = [look for look in ordered if look.kind is not CaptureKind.SIGHTING]
    if not tried:
        return ordered[0].captured_at
    checked_at = tried[-1].captured_at
    if failure_count := _failure_count(tried):
        return _later(checked_at, retry_after(failure_count))
    if state_of(tried) is State.MISSING:
        return _step_after(checked_at, _missing_since(tried), MISSING_LOOKS_AFTER)
    return _step_after(checked_at, _known_since(tried), LOOKS_AFTER)


def next_poll(kind: str, failure_count: int, *, changed: bool, last: datetime) -> datetime:
    """The instant at which a source (feed, sitemap, listing, robots) is due again after the poll at `last`.

    Any other kind is polled as a listing is. `failure_count` counts polls since the last answer.
    """
    if failure_count:
        return _later(last, retry_after(failure_count))
    after_change, otherwise = _INTERVALS.get(kind, (LISTING, LISTING))
    return _later(last, after_change if changed else otherwise)


def retry_after(failure_count: int) -> timedelta:
    """The pause after this many failures in a row: ten minutes, doubled each time up to a day."""
    # 2**8 times ten minutes are past the longest pause: larger powers are never needed.
    return min(FIRST_RETRY * (1 << min(failure_count - 1, 8)), LONGEST_RETRY)


def _failure_count(ordered: Sequence[Look]) -> int:
    """Failures since the last answer."""
    count = 0
    for look in reversed(ordered):
        if not is_failure(look):
            break
        count += 1
    return count


def _missing_since(ordered: Sequence[Look]) -> datetime:
    """The first missing look after which nothing showed the item; failures in between change nothing."""
    since = ordered[-1].captured_at
    for look in reversed(ordered):
        standing = standing_of(look)
        if standing in {State.LIVE, State.RESTRICTED}:
            break
        if standing is State.MISSING:
            since = look.captured_at
    return since


def _known_since(ordered: Sequence[Look]) -> datetime:
    """The first look that showed the item, or else the first one at all."""
    return next((look.captured_at for look in ordered if look.content is not None), ordered[0].captured_at)


def _step_after(checked_at: datetime, since: datetime, steps: Sequence[timedelta]) -> datetime:
    """The first instant of the schedule that begins at `since` which no look has reached yet."""
    held_for = checked_at - since
    for step in steps:
        if step > held_for:
            return _later(since, step)
    turns = (held_for - steps[-1]) // EVERY + 1
    return _later(since, steps[-1] + turns * EVERY)


def _later(instant: datetime, pause: timedelta) -> datetime:
    """`instant` and `pause` together, however far in the future an import claims to have been captured."""
    return instant + pause if END_OF_TIME - instant > pause else END_OF_TIME
