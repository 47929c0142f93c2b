"""What a run leaves behind about people: what is not in its numbers."""

import pytest
import xarray as xr

from mijnrisico.studies.groningen import people_tables


def test_the_time_in_which_nobody_is_counted_is_what_day_and_night_leave_of_the_inhabitants() -> None:
    inside = {"people_day": ("building", [30.0, 10.0]), "people_night": ("building", [80.0, 10.0])}
    known = xr.Dataset(inside, attrs={"inhabitants": 100.0})
    assert people_tables.uncounted_time(known) == [("time_outside_share", pytest.approx(0.35), "1")]
    assert people_tables.uncounted_time(known.assign_attrs(inhabitants=50.0))[0][1] == 0.0
    assert people_tables.uncounted_time(xr.Dataset(inside)) == []
