"""Public holidays by law, against an independent calendar and days that were looked up."""

from datetime import date, timedelta

import pytest

from mijnrisico.studies.industry import holidays

YEARS = range(2014, 2041)


def test_the_days_of_the_law_are_those_of_an_independent_calendar():
    calendars = pytest.importorskip("holidays")
    theirs = calendars.Netherlands(years=YEARS, categories=("public", "optional"), language="en_US")
    sundays = {holidays.easter(year) + timedelta(days=days) for year in YEARS for days in (0, 49)}
    ours = {day for year in YEARS for day, each in holidays.of_year(year).items() if each.name != "equated"}
    assert ours == set(theirs) - sundays
    assert sundays <= set(theirs)  # Easter and Whit Sunday: no term ends on a Sunday anyway


def test_liberation_day_counts_every_year_and_not_only_every_fifth():
    assert all(date(year, 5, 5) in holidays.of_year(year) for year in YEARS)


def test_the_birthday_of_the_king_is_celebrated_on_saturday_when_it_falls_on_sunday():
    assert date(2025, 4, 26) in holidays.of_year(2025)
    assert date(2025, 4, 27) not in holidays.of_year(2025)
    assert date(2013, 4, 30) in holidays.of_year(2013)


@pytest.mark.parametrize("day", ["2021-05-14", "2022-05-27", "2024-12-27", "2026-01-02"])
def test_a_day_equated_by_decree_is_no_working_day(day):
    assert not holidays.is_working_day(date.fromisoformat(day))


def test_every_equated_day_is_a_weekday_within_the_years_of_its_decree_beside_a_holiday():
    from mijnrisico.studies.industry import rule

    for decree in rule.law_of_terms()["equated"]:
        for day in decree["days"]:
            assert day.year in decree["years"]
            assert day.weekday() < 5
            others = {each for each, found in holidays.of_year(day.year).items() if found.name != "equated"}
            others |= {date(day.year + 1, 1, 1)}
            assert {day - timedelta(days=1), day + timedelta(days=1)} & others or day == date(2018, 12, 24)


def test_a_year_without_a_decree_in_the_data_says_so():
    assert holidays.decree_known(2021)
    assert not holidays.decree_known(2029)


@pytest.mark.parametrize(
    ("day", "working"),
    [
        ("2021-04-01", "2021-04-01"),
        ("2021-04-02", "2021-04-06"),
        ("2021-05-13", "2021-05-17"),
        ("2021-12-25", "2021-12-27"),
        ("2022-12-31", "2023-01-02"),
        ("2026-01-01", "2026-01-05"),
    ],
)
def test_a_term_that_ends_on_a_free_day_runs_on_to_the_next_working_day(day, working):
    assert holidays.working_day_from(date.fromisoformat(day)).isoformat() == working
