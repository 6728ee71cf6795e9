"""What people ask of the million: queries of every kind in every language of the world, from a seed."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from bench.million.world import FIRST_DAY, SEED, World

KINDS = ("rare word", "frequent word", "phrase", "brackets", "prefix", "dates")
COUNT = 8  # of each kind in each language


class Asked(NamedTuple):
    """A query, and what it is an example of."""

    kind: str
    language: str
    text: str


def make_queries(world: World) -> tuple[Asked, ...]:
    """COUNT queries of each kind and language, in an order in which neither follows itself."""
    asked = [one for language in world.languages for one in _in_language(world, language)]
    random.Random(SEED).shuffle(asked)
    return tuple(asked)


def _in_language(world: World, language: str) -> Iterator[Asked]:
    chance = random.Random(f"{SEED} queries {language}")
    for _ in range(COUNT):
        for kind, text in _texts(world, language, chance).items():
            yield Asked(kind, language, text)


def _texts(world: World, language: str, chance: random.Random) -> Mapping[str, str]:
    words, things = world.words(language), world.things(language)
    year = FIRST_DAY.year + chance.randrange(30)
    one, two, three = chance.sample(words[20:2000], 3)
    return {
        "rare word": chance.choice(words[15_000:]),
        "frequent word": chance.choice(things[:3]),
        "phrase": f'"{_phrase(world, language, chance)}"',
        "brackets": f"({one} OR {two}) {chance.choice(things[:5])} -{three}",
        "prefix": f"{_beginning(chance.choice(words[1000:]))}*",
        "dates": f"{chance.choice(things[:5])} since:{year} until:{year + chance.randrange(3)}-06",
    }


def _phrase(world: World, language: str, chance: random.Random) -> str:
    """A set phrase, or a part of one."""
    phrase = chance.choice(world.phrases(language))
    parts = _parts(chance.choice((phrase.wording, phrase.later)))
    return "".join(parts[: chance.randint(3, len(parts))]).strip()


def _parts(wording: str) -> Sequence[str]:
    return [f"{word} " for word in wording.split(" ")] if " " in wording else list(wording)


def _beginning(word: str) -> str:
    """Enough of a word to mean something: most of it, at least two letters."""
    return word[: max(2, len(word) * 2 // 3)]
