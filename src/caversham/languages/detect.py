"""Detection: in which language a text is written, or that one cannot tell.

The script decides first; where several languages share it, py3langid chooses among the languages of that
script, and only a choice that is likelier than all others together counts.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from caversham.languages.scripts import LETTERS

UNDETERMINED = "und"  # BCP 47, section 4.1, item 5

_LETTER_LIMIT = 400  # letters looked at, three sentences: on 3,580 texts 600 decide otherwise twice, and as wrongly
_CODE_POINT_LIMIT = 3 * _LETTER_LIMIT
_SHORTEST = 20  # letters; fewer are too few to tell languages of one script apart (a name, a headline's stump)
_MARGIN = 0.5  # of the probability over all candidates
_WEIGHT = MappingProxyType({"Hani": 3, "Kana": 2, "Hang": 2})  # a character says as much as so many Latin letters
_KANA_SHARE = 0.05  # of the characters; Japanese news has .3 to .6, Chinese quotes a brand or a の
_HAN_ALONE = 30  # characters: no Japanese sentence of this length is without kana

# Languages that py3langid 0.4 knows, by script. Latin: all that are not named here.
_BY_SCRIPT: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "Hang": ("ko",),
        "Kana": ("ja",),
        "Hani": ("zh", "ja"),
        "Arab": ("ar", "fa", "ur", "ps", "ku", "ug"),
        "Cyrl": ("ru", "uk", "be", "bg", "sr", "mk", "kk", "ky", "mn", "tg", "tt", "ba"),
        "Grek": ("el",),
        "Hebr": ("he",),
        "Armn": ("hy",),
        "Geor": ("ka",),
        "Thai": ("th",),
        "Laoo": ("lo",),
        "Mymr": ("my",),
        "Khmr": ("km",),
        "Ethi": ("am",),
        "Tibt": ("bo",),
        "Deva": ("hi", "mr", "ne", "sa", "gom"),
        "Beng": ("bn", "as"),
        "Guru": ("pa",),
        "Gujr": ("gu",),
        "Orya": ("or",),
        "Taml": ("ta",),
        "Telu": ("te",),
        "Knda": ("kn",),
        "Mlym": ("ml",),
        "Sinh": ("si",),
    }
)
# Written varieties that belong to a language of ours (ISO 639-3, macrolanguages), and what is no language.
_VARIETIES = MappingProxyType(
    {"arz": "ar", "ary": "ar", "sdh": "ku", "nn": "no", "yue": "zh", "wuu": "zh", "uzs": "uz", "zxx": "und"}
)
# Dialects, classical and constructed languages in which no outlet of a state is known to publish: as candidates
# they would only take from the certainty of the language beside which they stand.
_UNPUBLISHED = frozenset(
    ("ace", "an", "bcl", "dz", "ext", "gcf", "gcr", "grc", "guw", "hbo", "la", "lij", "ltg", "pcm", "vec", "vo", "wa")
)
_NEVER_LATIN = _UNPUBLISHED.union(_VARIETIES, *_BY_SCRIPT.values())
_ALSO_LATIN = frozenset({"ku", "sr"})

# Letters of their own without which no text of some length in these languages is written (together a tenth of
# their letters). Source: the alphabets; Unicode 15.1, block Arabic.
_NEEDED: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "ur": re.compile("[ٹڈڑںےہھ]"),
        "ps": re.compile("[ټډړږښګڼېۍ]"),
        "ku": re.compile("[ڕێۆڵەڤ]"),
        "ug": re.compile("[ېۇۆۈەڭۋ]"),
    }
)
_NEEDED_FROM = 30  # letters
_PERSIAN = re.compile("[پچژگکی]")
_PERSIAN_SHARE = 0.005  # of the letters: in Persian پ چ ژ گ alone are about .02; in Arabic they stand in foreign names
# Older Persian texts write yeh and kaf with the Arabic letters, which the model has not learned. Where neither the
# Arabic article nor teh marbuta stands, it must come to the same with the Persian letters.
_ARABIC_MARK = re.compile(r"\b[وبفك]?ال|\bلل|ة")
_TO_PERSIAN = str.maketrans("يك", "یک")

_RUNS = {script: re.compile(f"[{letters}]+") for script, letters in LETTERS.items()}


def detect(text: str, hint: str | None = None) -> str:
    """The primary BCP 47 subtag of a text's language, or "und".

    `hint` (what the outlet publishes in) settles only what the text leaves open: too short, too close, or Han
    without kana. It is not believed against the script.
    """
    runs = _dominant_runs(text[:_CODE_POINT_LIMIT])
    if runs is None:
        return UNDETERMINED
    script, sample = runs
    candidates = _candidates(script)
    if script == "Hani":
        return "ja" if hint == "ja" and len(sample) < _HAN_ALONE else "zh"
    if len(candidates) == 1:
        return candidates[0]
    found = _choose_arabic(sample, candidates) if script == "Arab" else _choose(sample, candidates)
    return hint if found == UNDETERMINED and hint in candidates else found


def _dominant_runs(text: str) -> tuple[str, str] | None:
    """The script that says most, and the words in it; None: no letters."""
    runs = {script: pattern.findall(text) for script, pattern in _RUNS.items()}
    weights = {script: sum(map(len, words)) * _WEIGHT.get(script, 1) for script, words in runs.items()}
    han, kana = (sum(map(len, runs[script])) for script in ("Hani", "Kana"))
    if kana > _KANA_SHARE * (han + kana):
        weights["Kana"] += weights.pop("Hani")
    best = max(weights, key=lambda script: weights[script])
    if weights[best] == 0:
        return None
    return best, " ".join(runs[best])[:_LETTER_LIMIT]


@cache
def _candidates(script: str) -> tuple[str, ...]:
    if script != "Latn":
        return _BY_SCRIPT.get(script, (UNDETERMINED,))
    return tuple(code for code in _identifier().labels if code not in _NEVER_LATIN or code in _ALSO_LATIN)


def _choose_arabic(sample: str, candidates: tuple[str, ...]) -> str:
    narrowed = _narrow(sample, candidates)
    found = _choose(sample, narrowed)
    if _ARABIC_MARK.search(sample) or _choose(sample.translate(_TO_PERSIAN), narrowed) == found:
        return found
    return UNDETERMINED


def _narrow(sample: str, candidates: tuple[str, ...]) -> tuple[str, ...]:
    """Leave out what the letters of a text in Arabic script exclude."""
    excluded = {code for code, mark in _NEEDED.items() if len(sample) >= _NEEDED_FROM and not mark.search(sample)}
    if len(_PERSIAN.findall(sample)) > _PERSIAN_SHARE * len(sample):
        excluded.add("ar")
    return tuple(code for code in candidates if code not in excluded)


def _choose(sample: str, candidates: tuple[str, ...]) -> str:
    """The likeliest candidate, if it is likelier than all others together."""
    if len(candidates) == 1:
        return candidates[0]
    if len(sample) < _SHORTEST:
        return UNDETERMINED
    wanted = frozenset(candidates)
    scores: dict[str, float] = {}
    for label, score in _identifier().rank(sample):
        code = label if label in wanted else _VARIETIES.get(label, label)
        if code in wanted:
            scores[code] = max(score, scores.get(code, -math.inf))
    best = max(scores, key=lambda code: scores[code])
    # Scores are sums over features; py3langid itself divides by this to make probabilities of them.
    temperature = math.sqrt(len(sample.encode("utf-8", "surrogatepass")))
    total = sum(math.exp((score - scores[best]) / temperature) for score in scores.values())
    return best if 1 / total > _MARGIN else UNDETERMINED


@cache
def _identifier() -> Any:
    """The model of py3langid, loaded when first needed: 0.8 s and numpy."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415 - heavy, see above

    return LanguageIdentifier.from_model_file(MODEL_FILE)
