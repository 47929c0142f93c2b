"""From what stands in a table of displacements to rows of differences in time and with a reference."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from mijnrisico.errors import Problem
from mijnrisico.messages import Phrase

UP: Final = (0.0, 0.0, 1.0)
_UNIT: Final[Mapping[str, tuple[float, float, float]]] = {
    "up": UP,
    "height": UP,
    "east": (1.0, 0.0, 0.0),
    "north": (0.0, 1.0, 0.0),
}

Made = tuple[pd.DataFrame, list[Problem], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Value:
    """A column of values: its component, factor to metres, whether it is a rate; and the same of its deviation."""

    column: str
    component: str
    factor: float
    rate: bool
    sigma: str = ""
    sigma_factor: float = 1.0
    sigma_rate: bool = False


def long(
    frame: pd.DataFrame, values: Sequence[Value], numbers: Mapping[str, np.ndarray], look: np.ndarray
) -> pd.DataFrame:
    """Return one row for each number: those of `frame` once for each column of values, in m, with their direction.

    A rate is multiplied by its period, a deviation where it is one of a rate.
    """
    parts = []
    for value in values:
        period = (frame["to_year"] - frame["from_year"]).to_numpy()
        years = period if value.rate else 1.0
        direction = look if value.component == "los" else np.broadcast_to(_UNIT[value.component], (len(frame), 3))
        sigma = np.full(len(frame), np.nan)
        if value.sigma:
            sigma = np.abs(numbers[value.sigma] * value.sigma_factor * (period if value.sigma_rate else 1.0))
        parts.append(
            frame.assign(
                component=value.component,
                value_m=numbers[value.column] * value.factor * years,
                sigma_m=sigma,
                east=direction[:, 0],
                north=direction[:, 1],
                up=direction[:, 2],
            )
        )
    return pd.concat(parts, ignore_index=True)


def periods(rows: pd.DataFrame) -> Made:
    """Return rows that are differences already; E503 where a period does not go forward."""
    back = rows[~(rows["to_year"] > rows["from_year"])].drop_duplicates("where")
    if back.empty:
        return rows, [], ()
    got = tuple(f"{row.from_year:g} – {row.to_year:g} ({row.where})" for row in back.itertuples())
    params = {"got": got, "expected": Phrase("subsidence_observe.expected.forward"), "example": "2012.5, 2018.5"}
    return rows, [Problem("E503", f"{back['where'].iloc[0]} [to]", params)], ()


def series(rows: pd.DataFrame) -> Made:
    """Return differences against the first epoch of each point, less those of its reference where it has one.

    The deviation of a difference is that of its epochs together. E301 where a point has an epoch twice; E503 where the
    reference is no point of the file or was not measured in an epoch that is needed. Points with one epoch say nothing
    and are named.
    """
    twice = rows[rows.duplicated(["set", "point", "component", "to_year"])]
    if not twice.empty:
        got = tuple(f"{row.point} {row.to_year:g} ({row.where})" for row in twice.itertuples())
        return rows, [Problem("E301", str(twice["where"].iloc[0]), {"of": "pressure", "got": got})], ()
    made, unused, absent = [], [], []
    value = rows.set_index(["set", "component", "point", "to_year"])["value_m"].to_dict()
    for (set_, component, point), own in rows.groupby(["set", "component", "point"], sort=False):
        ordered = own.sort_values("to_year")
        reference = str(ordered["reference"].iloc[0])
        if point == reference:
            continue
        if len(ordered) < 2:
            unused.append(str(point))
            continue
        first, rest = ordered.iloc[0], ordered.iloc[1:]
        change = rest["value_m"].to_numpy() - first["value_m"]
        if reference:
            held = [value.get((set_, component, reference, year), np.nan) for year in ordered["to_year"]]
            absent += [
                f"{reference} {year:g}" for year, one in zip(ordered["to_year"], held, strict=True) if np.isnan(one)
            ]
            change = change - (np.array(held[1:]) - held[0])
        sigma = np.hypot(rest["sigma_m"].to_numpy(), first["sigma_m"])
        made.append(rest.assign(from_year=first["to_year"], value_m=change, sigma_m=sigma))
    found = pd.concat(made) if made else rows.iloc[:0]
    problems = []
    if absent:
        expected = Phrase("subsidence_observe.expected.reference_epochs")
        params = {"got": tuple(dict.fromkeys(absent)), "expected": expected, "example": 'reference = "..."'}
        problems.append(Problem("E503", "reference", params))
    return found.sort_index(), problems, tuple(dict.fromkeys(unused))


def referred(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[Problem]]:
    """Give every reference its place: that of its own columns, else that of the point of the same name in the file.

    Rows without a reference have none. E503 for a reference of which the place is nowhere.
    """
    own = frame.drop_duplicates("point").set_index("point")
    relative = frame["reference"] != ""
    placed = {
        f"reference_{axis}": frame[f"reference_{axis}"]
        .where(frame[f"reference_{axis}"].notna(), frame["reference"].map(own[axis]))
        .where(relative)
        for axis in ("x_m", "y_m")
    }
    found = frame.assign(**placed)
    lost = found[relative & (found["reference_x_m"].isna() | found["reference_y_m"].isna())]
    if lost.empty:
        return found, []
    got = tuple(dict.fromkeys(lost["reference"]))
    params = {"got": got, "expected": Phrase("subsidence_observe.expected.reference_known"), "example": own.index[0]}
    return found, [Problem("E503", f"{lost['where'].iloc[0]} [reference]", params)]
