"""Time zones as they are written beside a time."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone, tzinfo
from types import MappingProxyType
from zoneinfo import ZoneInfo

from caversham.times.spelling import fold_print

# RFC 822 section 5.1: in a feed these are the zones of North America, whatever they mean elsewhere.
RFC822_HOURS = MappingProxyType(
    {"ut": 0, "gmt": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7}
)

# Names with one meaning, in hours from UTC. Source: IANA tz database, files `europe`, `asia`, `northamerica`.
_HOURS = MappingProxyType(
    {
        **dict.fromkeys(("utc", "uct", "gmt", "ut", "z", "wet", "всемирное время", "غرينتش", "世界时", "世界時"), 0.0),
        **dict.fromkeys(("cet", "met", "mez", "west"), 1.0),
        **dict.fromkeys(("cest", "mest", "mesz", "eet"), 2.0),
        **dict.fromkeys(("eest", "trt"), 3.0),
        "msd": 4.0,
        "pkt": 5.0,
        "npt": 5.75,
        "wib": 7.0,
        "hkt": 8.0,
        "sgt": 8.0,
        "kst": 9.0,
        "jst": 9.0,
        "est": -5.0,
        "edt": -4.0,
        "cdt": -5.0,
        "mst": -7.0,
        "mdt": -6.0,
        "pst": -8.0,
        "pdt": -7.0,
        "irst": 3.5,
        "irdt": 4.5,
        "vet": -4.0,
        "brt": -3.0,
    }
)
# Names with several meanings: honoured where they are the outlet's own, else the time is not certain.
_AMBIGUOUS = frozenset({"cst", "ist", "bst", "ast", "gst", "sst", "amt", "ect", "ct", "et", "pt", "mt"})

_PLACES = MappingProxyType(
    {
        "Europe/Moscow": "msk, мск, moscow time, moscow, по москве, по московскому времени, московское время, "
        "московского времени, москва, heure de moscou, hora de moscú, moskauer zeit, 莫斯科时间, بتوقيت موسكو",
        "Asia/Shanghai": "beijing time, bjt, 北京时间, 北京時間, heure de beijing, heure de pékin, hora de beijing, "
        "по пекинскому времени, بتوقيت بكين",
        "Asia/Tokyo": "tokyo time, japan time, 日本時間, 東京時間, 东京时间",
        "Asia/Seoul": "seoul time, korea time, korean time, 한국시간, 한국 시간, 서울시간, 首尔时间",
        "Asia/Pyongyang": "pyongyang time, 평양시간, 평양 시간, 平壤时间",
        "Asia/Tehran": "tehran time, به وقت تهران, به وقت ایران, بتوقيت طهران, hora de teherán, heure de téhéran",
        "Asia/Damascus": "damascus time, بتوقيت دمشق",
        "Asia/Riyadh": "mecca time, makkah time, riyadh time, بتوقيت مكة, بتوقيت مكة المكرمة, بتوقيت السعودية",
        "Africa/Cairo": "cairo time, بتوقيت القاهرة",
        "Europe/Paris": "paris time, heure de paris",
        "Europe/Berlin": "berlin time, berliner zeit, ortszeit berlin",
        "Europe/London": "london time, بتوقيت لندن",
        "Europe/Kyiv": "kyiv time, kiev time, по киевскому времени",
        "Europe/Minsk": "minsk time, по минскому времени",
        "America/Caracas": "caracas time, hora de caracas, hora de venezuela",
        "America/Havana": "havana time, hora de la habana, hora de cuba",
        "UTC": "بتوقيت غرينتش, بتوقیت جرینتش, по гринвичу, hora universal, temps universel",
    }
)
_ZONE_OF_PLACE = {fold_print(name.strip()): key for key, names in _PLACES.items() for name in names.split(",")}

# A bare "-03:00" may be the end of a time span; a bare "-0300" or "+03:00" is not.
_OFFSET = re.compile(
    r"(?:(?:utc|gmt|ut)\s?(?P<s1>[+-])\s?(?P<h1>\d{1,2})(?::?(?P<m1>\d\d))?"
    r"|(?P<s2>[+])(?P<h2>\d\d):?(?P<m2>\d\d)|(?P<s3>-)(?P<h3>\d\d)(?P<m3>\d\d))(?![\d:])",
    re.ASCII,
)
_LEAD = re.compile(r"[\s,|]*(?:(?:uhr|hrs?|hours|h)\b\.?)?[\s,]*[(\[]?\s*")
_NAME = re.compile(
    rf"(?:{'|'.join(sorted(map(re.escape, {*_HOURS, *_AMBIGUOUS, *_ZONE_OF_PLACE}), key=len, reverse=True))})(?!\w)"
)


def make_offset(sign: str, hours: str, minutes: str | None) -> tzinfo | None:
    """The zone of a written offset; None: no zone is that far from UTC."""
    offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
    if offset > timedelta(hours=15, minutes=59) or int(minutes or 0) > 59:
        return None
    return timezone(-offset if sign == "-" else offset)


def zone_after(rest: str, tz: tzinfo, local: datetime, *, otherwise: tzinfo | None) -> tzinfo | None:
    """The zone that `rest`, in the plain spelling, begins with; `otherwise` where it begins with none.

    None where a zone is written that may be several: its name counts only as that of `tz` at `local`.
    """
    lead = _LEAD.match(rest)
    start = lead.end() if lead else 0
    match = _OFFSET.match(rest, start)
    if match:
        number = next(number for number in "123" if match[f"s{number}"])
        return make_offset(match[f"s{number}"], match[f"h{number}"], match[f"m{number}"])
    match = _NAME.match(rest, start)
    return _named_zone(match[0], tz, local) if match else otherwise


def _named_zone(name: str, tz: tzinfo, local: datetime) -> tzinfo | None:
    if name in _ZONE_OF_PLACE:
        return ZoneInfo(_ZONE_OF_PLACE[name])
    if name == (tz.tzname(local) or "").lower():
        return tz
    return timezone(timedelta(hours=_HOURS[name])) if name in _HOURS else None
