"""What the outlets of a world that does not exist published in thirty years.

Each article is a function of the seed and its number alone, so that any part of the world can be made again by
itself. The older the article, the lower its number. Words follow Zipf's law (Mandelbrot's form of it, with the
constants that Piantadosi 2014 gives for English); frequent nouns stand in most articles of their language.

Beside plain reports there are set phrases that live for some years and change once, near-copies of what another
outlet had a few days before, greetings that return every year on their day, and articles that are edited later.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import accumulate
from pathlib import Path

SEED = 1948
FIRST_DAY = date(1996, 1, 1)
DAY_COUNT = 30 * 365
WORD_COUNT = 40_000  # of each language
PHRASE_COUNT = 300  # of each language
GREETING_COUNT = 365
COPY_SHARE, GREETING_SHARE, PHRASE_SHARE, EDIT_SHARE = 0.08, 0.04, 0.35, 0.03
COPIED_BACK = 200  # a copy follows within so many articles, which is a few days

_SLOT = re.compile(r"\{(\w+)\}")
_Template = tuple[str, ...]  # text and names of slots in turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """A set phrase: its words until `changed_on`, then its later wording; both days between first and last."""

    language: str
    wording: str
    later: str
    first_on: date
    changed_on: date
    last_on: date

    def on(self, day: date) -> str:
        """How it is worded on a day."""
        return self.wording if day < self.changed_on else self.later


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One article of the world."""

    number: int
    outlet: str
    language: str
    published_on: date
    title: str
    text: str
    edited: str  # the text as it stood a day later; "" unchanged

    @property
    def url(self) -> str:
        """Where the outlet published it."""
        return f"https://{self.outlet}.example/{self.language}/{self.published_on:%Y/%m/%d}/{self.number}"

    def rows(self) -> Iterator[dict[str, object]]:
        """Observations of it: one, or two if it was edited."""
        seen_at = datetime(self.published_on.year, self.published_on.month, self.published_on.day, 12, tzinfo=UTC)
        for delay, text in enumerate(filter(None, (self.text, self.edited))):
            yield {
                "url": self.url,
                "captured_at": f"{seen_at + timedelta(days=delay):%Y-%m-%dT%H:%M:%SZ}",
                "status": 200,
                "outlet": self.outlet,
                "title": self.title,
                "text": text,
                "published_on": self.published_on.isoformat(),
                "lang": self.language,
            }


class World:
    """All articles from number 0 to `size` - 1."""

    def __init__(self, size: int) -> None:
        self.size = size
        known = tomllib.loads((Path(__file__).parent / "world.toml").read_text(encoding="utf-8"))
        self.outlets: Sequence[Mapping[str, object]] = known["outlets"]
        self._tongues = {code: _Tongue(code, table) for code, table in known["languages"].items()}
        self.languages = tuple(self._tongues)
        self._outlets_in = {
            code: tuple(str(outlet["id"]) for outlet in self.outlets if code in outlet["languages"])
            for code in self.languages
        }

    def phrases(self, language: str) -> Sequence[Phrase]:
        """The set phrases of a language, the most used first."""
        return self._tongues[language].phrases

    def words(self, language: str) -> Sequence[str]:
        """The words of a language, the most frequent first."""
        return self._tongues[language].words

    def things(self, language: str) -> Sequence[str]:
        """Its frequent nouns."""
        return self._tongues[language].things

    def story(self, number: int) -> Story:
        """The article of this number."""
        chance = random.Random(SEED * 1_000_003 + number)
        language = chance.choice(self.languages)
        tongue = self._tongues[language]
        outlet = chance.choice(self._outlets_in[language])
        day = FIRST_DAY + timedelta(days=number * DAY_COUNT // self.size)
        kind = chance.random()
        if kind < GREETING_SHARE:
            day, title, sentences = tongue.greeting(chance, day)
        elif kind < GREETING_SHARE + COPY_SHARE and number:
            return self._copy(chance, number, day)
        else:
            title, sentences = tongue.report(chance, day)
        edited = tongue.join(_edit(chance, sentences)) if chance.random() < EDIT_SHARE else ""
        return Story(
            number=number, outlet=outlet, language=language, published_on=day, title=title,
            text=tongue.join(sentences), edited=edited,
        )  # fmt: skip

    def _copy(self, chance: random.Random, number: int, day: date) -> Story:
        """What another outlet had a little before, with a sentence less and some words changed."""
        other = number - chance.randint(1, min(number, COPIED_BACK))
        origin = random.Random(SEED * 1_000_003 + other)
        language = origin.choice(self.languages)
        tongue = self._tongues[language]
        origin.choice(self._outlets_in[language])
        origin.random()
        title, sentences = tongue.report(origin, FIRST_DAY + timedelta(days=other * DAY_COUNT // self.size))
        text = tongue.reword(chance, tongue.join(_edit(chance, sentences)))
        outlet = chance.choice(self._outlets_in[language])
        return Story(
            number=number, outlet=outlet, language=language, published_on=day, title=title, text=text, edited=""
        )


class _Tongue:
    """One language of the world."""

    def __init__(self, code: str, table: Mapping[str, object]) -> None:
        self.code = code
        self._space, self._stop = str(table["space"]), str(table["stop"])
        chance = random.Random(f"{SEED} {code}")
        self.words = _make_words(chance, _texts(table, "syllables"), _texts(table, "endings"))
        self._weights = list(accumulate(1 / (rank + 2.7) for rank in range(len(self.words))))
        self.things = _texts(table, "things")
        self._thing_weights = list(accumulate(1 / (rank + 0.5) for rank in range(len(self.things))))
        self._names = [_join_name(chance.sample(self.words[500:], 2), self._space) for _ in range(4000)]
        self._titles = tuple(map(_template, _texts(table, "titles")))
        self._sentences = tuple(map(_template, _texts(table, "sentences")))
        self._greeting_title = _template(str(table["greeting_title"]))
        self._greeting = tuple(map(_template, _texts(table, "greeting")))
        self.phrases = tuple(self._make_phrase(chance) for _ in range(PHRASE_COUNT))

    def report(self, chance: random.Random, day: date) -> tuple[str, list[str]]:
        """Title and sentences of a report."""
        title = self._fill(chance, chance.choice(self._titles), day)
        count = min(3 + int(chance.expovariate(0.35)), 30)
        sentences = [self._fill(chance, chance.choice(self._sentences), day) for _ in range(count)]
        if chance.random() < PHRASE_SHARE:
            phrase = self.phrases[int(PHRASE_COUNT * chance.random() ** 2)]
            if phrase.first_on <= day <= phrase.last_on:
                sentences[-1] += f",{self._space}{phrase.on(day)}"
        return title, sentences

    def greeting(self, chance: random.Random, near: date) -> tuple[date, str, list[str]]:
        """Day, title and sentences of a greeting that returns every year: its own words but for the year."""
        number = chance.randrange(GREETING_COUNT)
        day = date(near.year, 1, 1) + timedelta(days=number)
        own = random.Random(f"{SEED} {self.code} {number}")
        title = self._fill(own, self._greeting_title, day)
        return day, title, [self._fill(own, template, day) for template in self._greeting]

    def join(self, sentences: Sequence[str]) -> str:
        """Sentences as paragraphs of up to three."""
        stopped = [f"{sentence}{self._stop}" for sentence in sentences]
        return "\n".join("".join(stopped[at : at + 3]).strip() for at in range(0, len(stopped), 3))

    def reword(self, chance: random.Random, text: str) -> str:
        """The text with two of its frequent nouns exchanged."""
        old, new = chance.sample(self.things, 2)
        return text.replace(old, new)

    def _fill(self, chance: random.Random, template: _Template, day: date) -> str:
        """The template with its slots filled; its first letter is a capital where the script has them."""
        drawn = iter(chance.choices(self.words, cum_weights=self._weights, k=len(template) // 2))
        parts = list(template)
        for at in range(1, len(parts), 2):
            word = next(drawn)
            parts[at] = word if parts[at] == "w" else self._slot(chance, parts[at], day)
        filled = "".join(parts)
        return filled[:1].upper() + filled[1:]

    def _slot(self, chance: random.Random, name: str, day: date) -> str:
        match name:
            case "thing":
                return chance.choices(self.things, cum_weights=self._thing_weights)[0]
            case "person" | "place":
                return self._names[int(len(self._names) * chance.random() ** 3)]
            case "number":
                return str(int(10 ** (1 + 3 * chance.random())))
        return str(day.year)

    def _make_phrase(self, chance: random.Random) -> Phrase:
        words = chance.sample(self.words[50:5000], 5)
        later = [*words[:2], chance.choice(self.words[50:5000]), *words[3:]]
        first, changed, last = sorted(chance.sample(range(DAY_COUNT), 3))
        days = [FIRST_DAY + timedelta(days=number) for number in (first, changed, last)]
        return Phrase(
            language=self.code, wording=self._space.join(words), later=self._space.join(later),
            first_on=days[0], changed_on=days[1], last_on=days[2],
        )  # fmt: skip


def _make_words(chance: random.Random, syllables: Sequence[str], endings: Sequence[str]) -> list[str]:
    """Distinct words, short ones first as in every language (Zipf 1935)."""
    words: dict[str, None] = {}
    while len(words) < WORD_COUNT:
        length = 2 + (len(words) > 300) * (chance.random() < 0.5) + (len(words) > 3000)
        words["".join(chance.choices(syllables, k=length)) + chance.choice(endings)] = None
    return list(words)


def _edit(chance: random.Random, sentences: Sequence[str]) -> list[str]:
    """The sentences without one of them."""
    dropped = chance.randrange(len(sentences))
    return [sentence for at, sentence in enumerate(sentences) if at != dropped] or list(sentences)


def _join_name(parts: Sequence[str], space: str) -> str:
    return space.join(part.capitalize() for part in parts)


@cache
def _template(text: str) -> _Template:
    return tuple(_SLOT.split(text))


def _texts(table: Mapping[str, object], key: str) -> tuple[str, ...]:
    return tuple(map(str, table[key]))  # type: ignore[call-overload] # TOML
