"""What can go wrong, as one tree.

    CavershamError
    ├── SubjectError            about one subject: `pipeline.attempt` turns it into a counted Skip
    │   ├── FetchError          a look that brought no answer: url, reason
    │   │   ├── AddressRefused  the address is private or not allowed
    │   │   └── RobotsRefused   robots.txt asks us to stay away
    │   ├── FeedError           a feed, sitemap or list that cannot be read
    │   ├── RowError            a row of an import that cannot be used: path, line
    │   ├── RecordError         an archive record that cannot be read: path, offset
    │   ├── PayloadError        a body that cannot be unpacked within the limits
    │   ├── ExtractError        a page in which no article was found
    │   └── WithdrawnError      the address was withdrawn from this station
    ├── QueryError              a query that cannot be understood: position
    ├── NotHeld                 the station does not hold what was asked for
    ├── Refused                 the operator does not allow this to be served: sha256, reason
    ├── SettingsError           station.toml, the catalogue of outlets or an option is wrong
    ├── StationError            disk, lock or database: the run stops
    └── VerificationError       the archive does not prove what it should

`SubjectError.reason` is a short snake_case word that counts are kept by; the message is for people
and says what, which, why and what to do.
"""


class CavershamError(Exception):
    """Base of every error that Caversham raises itself."""


class SubjectError(CavershamError):
    """About one subject (an address, a row, a record); never stops a run."""

    reason = "failed"

    def __init__(self, message: str, *, subject: str, reason: str | None = None) -> None:
        super().__init__(message)
        self.subject = subject
        if reason is not None:
            self.reason = reason


class FetchError(SubjectError):
    """No usable answer came from an address."""

    reason = "no_answer"


class AddressRefused(FetchError):
    """The address, or one it redirects to, is not one that Caversham may ask."""

    reason = "address_refused"


class RobotsRefused(FetchError):
    """The site's robots.txt asks robots to leave this address alone."""

    reason = "robots"


class FeedError(SubjectError):
    """A feed, sitemap, listing or OPML file that cannot be read."""

    reason = "bad_feed"


class RowError(SubjectError):
    """A row of an import that cannot be used; `line` counts from 1."""

    reason = "bad_row"

    def __init__(self, message: str, *, subject: str, line: int | None = None, reason: str | None = None) -> None:
        super().__init__(message, subject=subject, reason=reason)
        self.line = line


class RecordError(SubjectError):
    """A record of an archive file that cannot be read; `offset` is in bytes of the file."""

    reason = "bad_record"

    def __init__(self, message: str, *, subject: str, offset: int | None = None, reason: str | None = None) -> None:
        super().__init__(message, subject=subject, reason=reason)
        self.offset = offset


class PayloadError(SubjectError):
    """A body that cannot be unpacked within the limits of size and depth."""

    reason = "bad_payload"


class ExtractError(SubjectError):
    """A page in which no article was found."""

    reason = "no_article"


class WithdrawnError(SubjectError):
    """The address was withdrawn from this station and is not taken in again."""

    reason = "withdrawn"


class QueryError(CavershamError):
    """A query that cannot be understood; `position` is a code point offset in `query`."""

    def __init__(self, message: str, *, query: str, position: int) -> None:
        super().__init__(message)
        self.query = query
        self.position = position


class NotHeld(CavershamError):
    """The station does not hold what was asked for."""


class Refused(CavershamError):
    """The operator's settings do not allow this to be served."""

    def __init__(self, message: str, *, sha256: str | None, reason: str) -> None:
        super().__init__(message)
        self.sha256 = sha256
        self.reason = reason


class SettingsError(CavershamError):
    """station.toml, the catalogue of outlets or an option is wrong."""


class StationError(CavershamError):
    """Disk, lock or database: the run cannot go on."""


class VerificationError(CavershamError):
    """The archive does not prove what it should."""
