"""The life of an article, told by the looks at it.

Looks are ordered by (captured_at, writer, leaf), whenever they were catalogued, so an older capture that comes
later takes its place in the past. Nothing here depends on the order of the arguments.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from caversham.types import Article, ArticleId, CaptureKind, Look, OutletId, Run, State

# RFC 9110 15.5.5 and 15.5.11: the address answers, and says that the item is not there.
MISSING_STATUSES = frozenset({404, 410})
# RFC 9110 15.5.4, RFC 7725: the address answers, but not to us. Such an answer never counts as a loss.
RESTRICTED_STATUSES = frozenset({403, 451})
# RFC 9110 15.5.9, RFC 8470 5.2, RFC 6585 4: "not now"; it says nothing about the item, as 5xx does not.
RETRY_STATUSES = frozenset({408, 425, 429})


def order_looks(looks: Iterable[Look]) -> tuple[Look, ...]:
    """The looks in the order in which the world showed them: by instant, then by place in the archive."""
    return tuple(sorted(looks, key=lambda look: (look.captured_at, look.position)))


def runs_of(looks: Iterable[Look]) -> tuple[Run, ...]:
    """The frames of an article's versions: runs of consecutive looks with equal title and text.

    Looks that showed no text (sightings, failures, answers without an article) make no run and break none.
    A, B, A are three runs.
    """
    shown = (look for look in order_looks(looks) if look.content is not None)
    runs = (tuple(run) for _, run in groupby(shown, key=lambda look: look.comparable))
    return tuple(
        Run(number=number, first=run[0], last_seen_at=run[-1].captured_at, look_count=len(run))
        for number, run in enumerate(runs, start=1)
    )


def article_of(article: ArticleId, url: str, outlet: OutletId, looks: Iterable[Look]) -> Article:
    """The article as far as these looks tell. Without any look nothing is known of it."""
    ordered = order_looks(looks)
    shown = [look.captured_at for look in ordered if look.content is not None]
    tried = [look.captured_at for look in ordered if look.kind is not CaptureKind.SIGHTING]
    return Article(
        id=article,
        url=url,
        outlet=outlet,
        state=state_of(ordered),
        first_held_at=shown[0] if shown else None,
        last_seen_at=shown[-1] if shown else None,
        checked_at=tried[-1] if tried else None,
    )


def outlet_of(looks: Iterable[Look]) -> OutletId:
    """The outlet under which the item was looked at last; "" if none is known."""
    outlets = [look.outlet for look in order_looks(looks) if look.kind is not CaptureKind.SIGHTING]
    return outlets[-1] if outlets else OutletId("")


def state_of(looks: Iterable[Look]) -> State:
    """What the last look that says anything says; unknown if none does."""
    standings = [standing for look in order_looks(looks) if (standing := standing_of(look))]
    return standings[-1] if standings else State.UNKNOWN


def standing_of(look: Look) -> State | None:
    """What one look by itself says of its article; None: nothing.

    A look that brought no answer says that the state is unknown from then on. A sighting says nothing, and neither
    does an answer in which no article was found: it may be a fault of ours as well as of the site.
    """
    if look.kind is CaptureKind.SIGHTING:
        return None
    if look.status in MISSING_STATUSES:
        return State.MISSING
    if look.status in RESTRICTED_STATUSES:
        return State.RESTRICTED
    if is_failure(look):
        return State.UNKNOWN
    # 304: the server says that what we hold still stands (RFC 9110 15.4.5).
    return State.LIVE if look.content is not None or look.status == 304 else None


def is_failure(look: Look) -> bool:
    """Whether the site gave no answer, or only that it could not give one."""
    if look.kind is CaptureKind.FAILURE:
        return True
    return look.status is not None and (look.status >= 500 or look.status in RETRY_STATUSES)
