"""Burmese: the year first, the weekday last, by 24 hours; digits are Latin everywhere."""

DATE_FORMAT = "Y ခုနှစ် Fလ j ရက်"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "Y ခုနှစ် Fလ j ရက်၊ H:i"
YEAR_MONTH_FORMAT = "Y ခုနှစ် Fလ"
MONTH_DAY_FORMAT = "Fလ j ရက်"
SHORT_DATE_FORMAT = "d/m/Y"
SHORT_DATETIME_FORMAT = "d/m/Y H:i"
FIRST_DAY_OF_WEEK = 1
