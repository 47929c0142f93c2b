"""What the hindcast of the packaged data says, and how far its settings decide it; prints one JSON line per case.

    python benchmarks/hindcast.py [--tables FOLDER] [CASE ...]

Cases: `summary`, the whole hindcast: its table, the scores by part and in the late years; `weights`, the score of
mixtures of all members by other rules: as they pool (Geweke and Amisano 2011, those of `ensemble_past_score`), equal,
and those of Marzocchi et al. (2012); `number`, the score of the number alone, beside that of a simple rule: the mean of
the three years before, with a negative binomial law whose variance is twice the mean; `even_share`, scores in the late
years of both thin sheets and the reference with another share of the events of every member spread evenly (0, 1, 5 %).

`--tables` takes the tables that `mijnrisico hindcast --out FOLDER` wrote instead of making them; `even_share` is always
computed. `weights` mixes whole forecasts: ln of the weighted sum of the probabilities that members gave to a year. The
ensembles of the hindcast mix the laws of the number and the fields apart, which scores a little otherwise.
"""

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from mijnrisico import front
from mijnrisico.seismic import catalogue, event_counts, pseudo_prospective
from mijnrisico.seismic.testing import geweke_amisano_2011, marzocchi_2012
from mijnrisico.studies.groningen import hindcast

CASES = ("summary", "weights", "number", "even_share")
SHARES = (0.0, 0.01, 0.05)
LATE = 2018
TRAILING = 3
PARTS = ("score_number", "score_space", "score_magnitude")


def events() -> pd.DataFrame:
    """The packaged earthquakes of the hindcast."""
    setting = front.template("groningen", []).source
    return catalogue.select(setting.magnitude_min, str(setting.since), f"{hindcast.YEARS[-1] + 1}-01-01")


def tables(
    years: Sequence[int] = hindcast.YEARS, models: Sequence[str] = ()
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, float]]:
    """Yearly table, summary and seconds of the hindcast of the packaged scenario."""
    start, cpu = time.perf_counter(), time.process_time()
    found = hindcast.hindcast(front.template("groningen", []), events(), years=years, models=models)
    spent = {"wall_s": round(time.perf_counter() - start, 1), "cpu_s": round(time.process_time() - cpu, 1)}
    return hindcast.table(found), hindcast.summary(found), spent


def by_year(yearly: pd.DataFrame, column: str = "score") -> pd.DataFrame:
    """A column of the yearly table by year and member (`elastic|constant`)."""
    member = yearly["model"] + yearly["magnitude_model"].where(
        yearly["magnitude_model"] == "", "|" + yearly.magnitude_model
    )
    return yearly.assign(member=member).pivot_table(index="year", columns="member", values=column, sort=False)


def rounded(values: pd.Series, digits: int = 2) -> dict[str, float]:
    """Numbers by name."""
    return {str(name): round(float(value), digits) for name, value in values.items()}


def summary(yearly: pd.DataFrame, whole: pd.DataFrame) -> dict[str, object]:
    """The table of the hindcast, its parts, when it was gained, and the weight that the smoothed past had."""
    score, weight = by_year(yearly), by_year(yearly, "past_score_weight")
    smoothed = weight.loc[:, weight.columns.str.startswith(hindcast.REFERENCE[0])].sum(axis=1)
    gain = score.sub(score["|".join(hindcast.REFERENCE)], axis=0)
    return {
        "table": json.loads(whole.to_json(orient="records")),
        "parts": {name: rounded(by_year(yearly, name).sum()) for name in PARTS},
        f"score_since_{LATE}": rounded(score.loc[LATE:].sum()),
        f"score_before_{LATE}": rounded(score.loc[: LATE - 1].sum()),
        "gain_by_year": {name: rounded(gain[name], 1) for name in (hindcast.OFFICIAL, hindcast.PAST_SCORE)},
        "weight_of_smoothed_past": rounded(smoothed),
    }


def weights(yearly: pd.DataFrame) -> dict[str, float]:
    """Score of mixtures of whole forecasts by each rule for the weights, which know earlier years alone."""
    members = by_year(yearly)
    score = members.loc[:, members.columns.str.contains("|", regex=False)].to_numpy()
    prior = np.full(score.shape[1], 1.0 / score.shape[1])
    rules = {
        "pool": geweke_amisano_2011.sequential_weights(score, prior)[:-1],
        "equal": np.tile(prior, (score.shape[0], 1)),
        "marzocchi": marzocchi_2012.sequential_weights(score, prior)[:-1],
    }
    top = score.max(axis=1)
    mixed = {name: np.log((weight * np.exp(score - top[:, None])).sum(axis=1)) + top for name, weight in rules.items()}
    return {name: round(float(each.sum()), 2) for name, each in mixed.items()}


def number(yearly: pd.DataFrame) -> dict[str, float]:
    """Score of the number: of members, and of the mean of the years just before (variance twice the mean)."""
    found = events()["time"].dt.year.to_numpy()
    score = by_year(yearly, "score_number")
    total = 0.0
    for year in score.index.to_numpy():
        mean = np.array(((found >= year - TRAILING) & (found < year)).sum() / TRAILING)
        total += float(event_counts.negative_binomial(np.array((found == year).sum()), mean, 2.0 * mean))
    return {f"trailing_{TRAILING}_years": round(total, 2)} | rounded(score.sum())


def even_share() -> dict[str, object]:
    """Scores of members over the late years for each share."""
    kept, found = pseudo_prospective.EVEN_SHARE, {}
    for share in SHARES:
        pseudo_prospective.EVEN_SHARE = share
        yearly, _, _ = tables(range(LATE, hindcast.YEARS[-1] + 1), ("elastic", "elastic_plastic"))
        found[f"{share:g}"] = rounded(by_year(yearly).filter(like="|").sum())
    pseudo_prospective.EVEN_SHARE = kept
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--tables", type=Path, metavar="FOLDER")
    parser.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(CASES))
    arguments = parser.parse_args()
    chosen, folder = arguments.cases or CASES, arguments.tables
    yearly, whole, spent = pd.DataFrame(), pd.DataFrame(), {}
    if folder is not None:
        yearly, whole = (
            pd.read_csv(folder / f"{name}.csv").fillna({"magnitude_model": ""})
            for name in ("hindcast", "hindcast_summary")
        )
    elif set(chosen) != {"even_share"}:
        yearly, whole, spent = tables()
    cases = {
        "summary": lambda: spent | summary(yearly, whole),
        "weights": lambda: weights(yearly),
        "number": lambda: number(yearly),
        "even_share": even_share,
    }
    for name in chosen:
        print(json.dumps({"case": name} | cases[name]()), flush=True)


if __name__ == "__main__":
    main()
