"""English."""

from caversham.languages.folding import fold_latin
from caversham.languages.language import Language, folded_words
from caversham.times import month_table

# Where English is an official or the usual language of news, and CLDR's short date begins with the day.
_COUNTRIES = """
    AG AU BB BD BS BW BZ CM CY DM FJ GB GD GH GM GY HK IE IN JM KE KN LC LK LS MT MU MW MY NG NZ PG PK RW SC SD SG SL SS
    SZ TT TZ UG VC ZM ZW
"""
_DAY_FIRST_IN = frozenset(_COUNTRIES.split())

LANGUAGE = Language(
    code="en",
    names={"en": "English"},
    scripts=frozenset({"Latn"}),
    has_spaces=True,
    months=month_table(
        (
            "January, Jan",
            "February, Feb, Febr",
            "March, Mar",
            "April, Apr",
            "May",
            "June, Jun",
            "July, Jul",
            "August, Aug",
            "September, Sep, Sept",
            "October, Oct",
            "November, Nov",
            "December, Dec",
        )
    ),
    day_first_in=_DAY_FIRST_IN,
    fold=fold_latin,
    stopwords=folded_words(
        "a about after all also an and any are as at be been before but by can could did do does for from had has "
        "have he her his how i if in into is it its may more most no not of on one only or other our out over she "
        "should so some such than that the their them then there these they this to under up was we were what when "
        "which who will with would you"
    ),
    stemmer="english",
)
