"""Korean spelling: what North and South write differently, and the particles after a noun.

A syllable of the block U+AC00 is (initial * 21 + vowel) * 28 + final (Unicode 15.1, section 3.12).
"""

from __future__ import annotations

import re
from itertools import pairwise
from types import MappingProxyType

_BASE, _LAST = 0xAC00, 0xD7A3
_NIEUN, _RIEUL, _IEUNG = 2, 5, 11  # initials
_FINAL_NIEUN, _FINAL_RIEUL = 4, 8

# The initial-sound law, which only the South applies (Rules of Hangul Orthography 1988, articles 10 to 12):
# at the head of a word ㄴ falls silent before ㅕㅛㅠㅣ, ㄹ before ㅑㅕㅖㅛㅠㅣ, and ㄹ turns to ㄴ before ㅏㅐㅗㅚㅜㅡ.
_SILENT_NIEUN = frozenset({6, 12, 17, 20})
_SILENT_RIEUL = frozenset({2, 6, 7, 12, 17, 20})
_SOFT_RIEUL = frozenset({0, 1, 8, 11, 13, 18})

# Article 11, note 1: 렬 and 률 after a vowel or ㄴ are 열 and 율 in the South (대렬, 비률).
_YEOL = MappingProxyType({"렬": "열", "률": "율"})

# After ㅐㅔㅚㅟㅢㅣ the North writes 였, after ㅚㅟㅢ also 여, where the South writes 었 and 어 (되였다, 뛰여).
_BEFORE_YEOSS = frozenset({1, 5, 11, 16, 19, 20})
_BEFORE_YEO = frozenset({11, 16, 19})

# Names and loan words that the two Koreas took from different languages: northern, southern.
NORTHERN = MappingProxyType(
    {
        "로씨야": "러시아",
        "쏘련": "소련",
        "꾸바": "쿠바",
        "뽈스까": "폴란드",
        "웽그리아": "헝가리",
        "도이췰란드": "독일",
        "에스빠냐": "스페인",
        "뛰르끼예": "튀르키예",
        "메히꼬": "멕시코",
        "윁남": "베트남",
        "체스꼬": "체코",
        "벌가리아": "불가리아",
        "로므니아": "루마니아",
        "스웨리예": "스웨덴",
        "단마르크": "덴마크",
        "벨지끄": "벨기에",
        "네데를란드": "네덜란드",
        "뽀르뚜갈": "포르투갈",
        "이딸리아": "이탈리아",
        "벨라루씨": "벨라루스",
        "흐르바쯔까": "크로아티아",
        "쓰르비아": "세르비아",
        "에짚트": "이집트",
        "수리아": "시리아",
        "팔레스티나": "팔레스타인",
        "까타르": "카타르",
        "카나다": "캐나다",
        "까자흐스딴": "카자흐스탄",
        "카자흐스딴": "카자흐스탄",
        "우즈베끼스딴": "우즈베키스탄",
        "뚜르크메니스딴": "투르크메니스탄",
        "따쥐끼스딴": "타지키스탄",
        "빠끼스딴": "파키스탄",
        "파키스딴": "파키스탄",
        "아프가니스딴": "아프가니스탄",
        "방글라데슈": "방글라데시",
        "나이제리아": "나이지리아",
        "까메룬": "카메룬",
        "모잠비끄": "모잠비크",
        "꽁고": "콩고",
        "니까라과": "니카라과",
        "뻬루": "페루",
        "빠나마": "파나마",
        "꼴롬비아": "콜롬비아",
        "캄보쟈": "캄보디아",
        "먄마": "미얀마",
        "와싱톤": "워싱턴",
        "도꾜": "도쿄",
        "딸라": "달러",
        "콤퓨터": "컴퓨터",
        "뻐스": "버스",
        "땅크": "탱크",
        "미싸일": "미사일",
        "로케트": "로켓",
        "키로메터": "킬로미터",
        "에네르기": "에너지",
        "프로그람": "프로그램",
        "텔레비죤": "텔레비전",
        "라지오": "라디오",
        "인터네트": "인터넷",
        "뜨락또르": "트랙터",
        "파쑈": "파쇼",
        "기발": "깃발",
    }
)
_NORTHERN = re.compile("|".join(sorted(NORTHERN, key=len, reverse=True)))


def _parts(syllable: str) -> tuple[int, int, int]:
    """Initial, vowel and final; (-1, -1, -1) for what is no whole syllable."""
    code = ord(syllable)
    if not _BASE <= code <= _LAST:
        return -1, -1, -1
    return (code - _BASE) // 588, (code - _BASE) % 588 // 28, (code - _BASE) % 28


def _join(initial: int, vowel: int, final: int) -> str:
    return chr(_BASE + (initial * 21 + vowel) * 28 + final)


def fold_spelling(word: str) -> str:
    """The word as North and South find each other in it; syllables whole, NFC.

    >>> fold_spelling("력사"), fold_spelling("되였다"), fold_spelling("비률")
    ('역사', '되었다', '비율')
    """
    if not word:
        return word
    southern = _NORTHERN.sub(lambda name: NORTHERN[name[0]], word, count=1) if _NORTHERN.match(word) else word
    return _fold_head(southern[0]) + "".join(_fold_inner(before, syllable) for before, syllable in pairwise(southern))


def _fold_head(syllable: str) -> str:
    initial, vowel, final = _parts(syllable)
    if (initial == _NIEUN and vowel in _SILENT_NIEUN) or (initial == _RIEUL and vowel in _SILENT_RIEUL):
        return _join(_IEUNG, vowel, final)
    if initial == _RIEUL and vowel in _SOFT_RIEUL:
        return _join(_NIEUN, vowel, final)
    return syllable


def _fold_inner(before: str, syllable: str) -> str:
    _, vowel, final = _parts(before)
    if syllable in _YEOL and final in {0, _FINAL_NIEUN}:
        return _YEOL[syllable]
    if final == 0 and ((syllable == "였" and vowel in _BEFORE_YEOSS) or (syllable == "여" and vowel in _BEFORE_YEO)):
        return "었" if syllable == "였" else "어"
    return syllable


# Particles, by what they may follow (Standard Korean Dictionary, entries of 조사). Others follow anything.
_AFTER_CONSONANT = frozenset(("은", "이", "을", "과", "으로", "으로서", "으로써", "이라는", "이라고", "이며"))
_AFTER_VOWEL = frozenset(("는", "가", "를", "와", "라는", "라고"))
_AFTER_VOWEL_OR_RIEUL = frozenset(("로", "로서", "로써"))
_AFTER_ANY = frozenset(
    (
        "의",
        "에",
        "에서",
        "에게",
        "에게서",
        "께",
        "께서",
        "한테",
        "도",
        "만",
        "까지",
        "부터",
        "마다",
        "조차",
        "마저",
        "처럼",
        "보다",
        "들",
    )
)
_PARTICLES = _AFTER_CONSONANT | _AFTER_VOWEL | _AFTER_VOWEL_OR_RIEUL | _AFTER_ANY
_LONGEST = max(map(len, _PARTICLES))

# A single syllable is left over only where no noun of two syllables ends so, or before a noun known to be short.
_SAFE_AFTER_ONE = frozenset(("은", "는", "을", "를"))
_SHORT_NOUNS = frozenset("당핵땅힘꽃돈뜻법집책")

# Words that end like a particle, and would else lose it.
_WHOLE = (
    "주의", "회의", "협의", "합의", "결의", "토의", "항의", "정의", "강의", "논의", "건의", "동의",
    "심의", "모의", "김정은", "국가", "반도", "제도", "지도", "정도", "속도", "강도", "태도", "의도",
    "남도", "북도", "강원도", "황해도", "경기도", "량강도", "성과", "결과", "사이", "차이", "아이", "어린이",
    "높이", "도로", "대로", "새로", "서로", "스스로", "바로", "불만", "대만", "아직도", "그들",
)  # fmt: skip


def strip_particles(word: str) -> str:
    """The noun without particles, as often as one can be taken off: all its forms meet in one.

    >>> strip_particles("평양에서는"), strip_particles("사회주의를"), strip_particles("회의")
    ('평양', '사회주의', '회의')
    """
    while (shorter := _strip_one(word)) != word:
        word = shorter
    return word


def _strip_one(word: str) -> str:
    if word.endswith(_WHOLE):
        return word
    sizes = range(min(_LONGEST, len(word) - 1), 0, -1)
    return next((word[:-size] for size in sizes if _is_particle(word[:-size], word[-size:])), word)


def _is_particle(noun: str, ending: str) -> bool:
    if ending not in _PARTICLES or (len(noun) == 1 and not _may_stand_alone(noun, ending)):
        return False
    _, vowel, final = _parts(noun[-1])
    if vowel < 0:
        return False
    if ending in _AFTER_CONSONANT:
        return final != 0 and not (final == _FINAL_RIEUL and ending.startswith("으"))
    if ending in _AFTER_VOWEL:
        return final == 0
    return ending in _AFTER_ANY or final in {0, _FINAL_RIEUL}


def _may_stand_alone(noun: str, ending: str) -> bool:
    return len(ending) > 1 or ending in _SAFE_AFTER_ONE or noun in _SHORT_NOUNS
