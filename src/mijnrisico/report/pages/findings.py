"""What a run says in plain sentences: the numbers a reader takes along, the findings, and what to read beside them."""

import numpy as np

from mijnrisico.report import branches, building_facts, buildings, hazard_facts, norms
from mijnrisico.report.figures.f04_event_rate import poisson_interval, recent
from mijnrisico.report.figures.f10_hazard_map import hazard_numbers
from mijnrisico.report.figures.f17_risk_map import highest_by_class
from mijnrisico.report.run_folder import Frame, RunFolder, regular
from mijnrisico.report.words import Words

_STRONG, _HALF_BIN = 3.5, 0.05  # magnitudes are rounded to tenths: 3.5 or more begins at 3.45
_FAR_BELOW = 0.5


def key_numbers(run: RunFolder, words: Words) -> list[tuple[str, str, str, str]]:
    """Return (what, value, unit, band or change) for the four numbers that a reader takes along."""
    found = []
    if run.has_table("event_rate"):
        rate = run.table("event_rate").set_index("year")
        mean, low, high = (words.count(rate.loc[run.shown_year, s]) for s in ("mean", "p10", "p90"))
        beside = run.first_year if run.shown_year == run.last_year else run.last_year
        other = words.count(rate.loc[beside, "mean"])
        found.append(
            (
                words("key.events", year=run.shown_year, magnitude=_least(run, words)),
                mean,
                "",
                branches.chosen(run, words, "key.events_band", low=low, high=high, other=other, beside=beside),
            )
        )
    if run.has_grid("hazard"):
        numbers = hazard_numbers(run, words)
        found.append(
            (
                words("key.level", **numbers, period=hazard_facts.return_period(run)),
                *str(numbers["level"]).split("\N{NO-BREAK SPACE}"),
                words("key.band", low=numbers["low"], high=numbers["high"]),
            )
        )
        found.append(
            (
                words("key.area", **numbers),
                str(numbers["area"]),
                "km²",
                words("key.band", low=f"{numbers['area_low']}", high=f"{numbers['area_high']} km²"),
            )
        )
    if run.has_table("lpr_classes"):
        top = highest_by_class(run).iloc[0]
        mean, low, high = (words.per_million(float(top[c])) for c in ("lpr_mean", "p10", "p90"))
        half = words("key.risk_half", median=words.per_million(float(top.p50))) if "p50" in top else ""
        found.append(
            (
                words("key.risk", name=buildings.named(words, str(top["class"])), year=run.shown_year),
                mean,
                words("key.million"),
                words("key.risk_band", band=words.band(low, high), half=half),
            )
        )
    return found


def sentences(run: RunFolder, words: Words) -> list[str]:
    """Return the findings of the run in a few plain sentences."""
    found = _at_sites(run, words) if branches.shaking_only(run) and run.has_table("hazard_places") else []
    if run.has_grid("hazard"):
        found += level_sentences(run, words)
    if run.has_table("lpr_classes"):
        highest = highest_by_class(run)
        top = highest.iloc[0]
        count, count_high = (norms.exceeding(highest[c]) for c in ("lpr_mean", "p90"))
        found.append(
            words(
                f"finding.risk_{'above' if count else 'below'}",
                name=buildings.named(words, str(top["class"])),
                count=count,
                count_high=count_high,
                classes=len(highest),
                year=run.shown_year,
                value=words.per_million(float(top.lpr_mean)),
                high=words.per_million(float(top.p90)),
            )
        )
        found[-1] += half(words, top)
        if run.shown_year != run.first_year:
            found[-1] += " " + words("finding.risk_years", list=_risk_by_year(run, words))
    if building_facts.counted(run):
        found.append(counted_buildings(run, words))
    if run.has_table("event_rate"):
        numbers = rates(run, words)
        found.append(words(f"finding.rate_{numbers['case']}", **numbers))
        if numbers["case"] == "low":
            found[-1] += " " + _strong(run, words)
    return found


def counted_buildings(run: RunFolder, words: Words) -> str:
    """Return how many buildings lie above the norm, with the band over the models and the slightly elevated ones."""
    year = building_facts.year(run)
    above, kinds = building_facts.above(run, year), building_facts.in_risk_classes(run, year)
    numbers = {
        "year": year,
        "total": words.people(float(kinds.buildings.sum())),
        "count": words.people(above.buildings),
        "people": words.people(float(kinds.people["elevated"])),
        "slightly": words.people(float(kinds.buildings["slightly_elevated"])),
        "by_class": words.people(building_facts.by_class(run, year)),
    }
    some = "above" if above.buildings > 0.0 else "none"
    mixed = "_by_class" if numbers["by_class"] != numbers["count"] else ""
    found = [words(f"finding.buildings_{some}{mixed}", **numbers)]
    if band := building_facts.band(words, above):
        found.append(words(f"finding.buildings_band_{band['case']}", **band))
    if least := building_facts.least(run, words, above):
        found.append(words("finding.buildings_band_least", **least))
    some = float(kinds.buildings["slightly_elevated"]) > 0.0
    found.append(words("finding.buildings_slightly" if some else "finding.buildings_slightly_none", **numbers))
    file = building_facts.file_of(run)
    found.append(words(f"finding.buildings_{'file' if file else 'synthetic'}", file=file))
    return " ".join(found)


def _at_sites(run: RunFolder, words: Words) -> list[str]:
    """Return the highest level over the sites of a forecast from a file, or that all lie below the curve."""
    period = run.return_period
    known = regular(run.table("hazard_places"), year=run.shown_year, return_period_yr=period, imt="PGA")
    known = known.dropna(subset="mean_g").sort_values("mean_g")
    said = {"year": run.shown_year, "period": words.fixed(period)}
    if known.empty:
        return [words("finding.sites_below", **said)]
    top = known.iloc[-1]
    return [words("finding.sites", **said, place=top.place, level=words.level(float(top.mean_g), run.threshold_g))]


def rates(run: RunFolder, words: Words) -> dict[str, object]:
    """Compare the latest observed years with the model, in words, with the magnitude from which they are counted."""
    return recent(run.table("event_rate"), words) | {"magnitude": _least(run, words)}


def last_observed(run: RunFolder) -> int:
    """Return the last year of which the run has observations."""
    return int(run.table("event_rate").dropna(subset=["observed"]).year.max())


def observed_until(run: RunFolder, words: Words) -> str:
    """Say up to which year observations were used; nothing where the run has none."""
    known = run.has_table("event_rate") and run.table("event_rate").observed.notna().any()
    return words("caution.until", last=last_observed(run)) if known else ""


def _least(run: RunFolder, words: Words) -> str:
    return words.fixed(float(run.setting("source", "magnitude_min", default=1.45)), 2)


def half(words: Words, top: Frame) -> str:
    """Say what half of the models stay below, where that is far below the mean."""
    if "p50" not in top or not float(top.p50) < _FAR_BELOW * float(top.lpr_mean):
        return ""
    return " " + words("finding.half", median=words.per_million(float(top.p50)))


def _strong(run: RunFolder, words: Words) -> str:
    """Say what is known of the share of strong earthquakes, and that shaking and risk may err either way."""
    shares = strong_shares(run)
    if shares is None:
        return words("finding.strong_unknown")
    model, seen = shares
    numbers = {
        "strong": words.fixed(_STRONG, 1),
        "model": words.significant(100 * model),
        "seen": words.significant(100 * seen),
        "year": run.first_year,
    }
    return words("finding.strong_more", **numbers)


def strong_shares(run: RunFolder) -> tuple[float, float] | None:
    """Return the share of strong earthquakes by the model (first year) and as observed, where the model has more.

    None where the run does not tell, or the observed number of strong ones agrees with the model (80 % interval).
    """
    if not run.has_table("magnitude_frequency"):
        return None
    table = run.table("magnitude_frequency").assign(annual_rate=lambda t: t.annual_rate.astype(float))
    least = float(table.magnitude.min())
    seen, model = table[table.kind == "observed"], table[table.kind == "model"]
    column = "mmax" if "mmax" in table.columns else "branch"
    if not len(seen) or not len(model):
        return None
    source = run.setting("source", "mmax", default={}) or {}
    known = dict(zip(map(float, source.get("values", ())), source.get("weights", ()), strict=False))
    weight = model[column].astype(float).map(known).fillna(1.0)

    def at(rows: Frame, magnitude: float) -> float:
        return float(rows[(rows.magnitude - magnitude).abs() < _HALF_BIN / 2].annual_rate.sum())

    weighed = model.assign(annual_rate=model.annual_rate * weight)
    edge = _STRONG - _HALF_BIN
    total = float(run.table("event_rate").observed.sum())
    if not (at(seen, least) > 0 and at(weighed, least) > 0 and total > 0):
        return None
    by_model, observed = at(weighed, edge) / at(weighed, least), at(seen, edge) / at(seen, least)
    _, high = poisson_interval(np.array([round(observed * total)], float))
    return (by_model, observed) if by_model * total > float(high[0]) else None


def level_sentences(run: RunFolder, words: Words) -> list[str]:
    """Return how hard the ground shakes, and until when the area at or above the threshold lasts.

    What the choice of direction decides, and a model that is known to be too low, stand in the same paragraph.
    """
    below, below_high = hazard_facts.first_below(run), hazard_facts.first_below(run, "p90")
    numbers = hazard_numbers(run, words) | {
        "period": words.fixed(hazard_facts.return_period(run)),
        "below": below or "–",
        "below_high": below_high or "–",
        "end": run.last_year,
        "level_last": words.level(hazard_facts.shaking(run, run.last_year).level_g, run.threshold_g),
    }
    above = numbers["case"] == "above"
    first = [words(f"finding.level_{'above' if above else 'below'}", **numbers), _direction(run, words, run.shown_year)]
    if run.shown_year != run.first_year:
        first.insert(1, _peak(run, words))
    if not above:
        return [" ".join(filter(None, (*first, _bias(run, words))))]
    course = "stays" if below is None else "until_mean" if below_high is None else "until_both"
    if below == run.last_year:
        course = f"{course}_last"
    later = [words(f"finding.{course}", **numbers)]
    if (beside := below or run.last_year) != run.shown_year:
        later.append(_direction(run, words, beside))
    if below is not None:
        later.append(_bias(run, words))
    return [" ".join(filter(None, part)) for part in (first, later)]


def _peak(run: RunFolder, words: Words) -> str:
    """Say what the first, the shown and the last year give, where the shaking peaks after the first year."""
    numbers: dict[str, object] = {"threshold": words.fixed(run.threshold_g, 2)}
    for name, year in (("start", run.first_year), ("peak", run.shown_year), ("end", run.last_year)):
        found = hazard_facts.shaking(run, year)
        numbers[name] = year
        numbers[f"level_{name}"] = words.level(found.level_g, run.threshold_g)
        numbers[f"area_{name}"] = words.fixed(found.area_km2)
    reached = hazard_facts.shaking(run, run.shown_year).area_km2 > 0
    course = "_last" if run.shown_year == run.last_year else ""
    return words(f"finding.peak_{'area' if reached else 'level'}{course}", **numbers)


def _risk_by_year(run: RunFolder, words: Words) -> str:
    """Write the highest risk of the first, the shown and the last year, and of the year with the highest of all."""
    table = run.table("lpr_classes")
    worst = int(table.year[table.lpr_mean.idxmax()])
    years = sorted({*run.told_years, worst})
    return "; ".join(
        f"{year}: {words.per_million(float(highest_by_class(run, year).lpr_mean.iloc[0]))}" for year in years
    )


def _direction(run: RunFolder, words: Words, year: int) -> str:
    """Say what an arbitrary direction of the motion gives in a year, and whether that choice decides."""
    other = hazard_facts.arbitrary(run, year)
    if other is None:
        return words("finding.direction_unknown")
    return words(
        f"finding.direction_{'decides' if hazard_facts.direction_decides(run, year) else 'same'}",
        year=year,
        level=words.level(other.level_g, run.threshold_g),
        area=words.fixed(other.area_km2),
        threshold=words.fixed(run.threshold_g, 2),
    )


def _bias(run: RunFolder, words: Words) -> str:
    """Say that the model lags behind the latest years, where it does."""
    if not run.has_table("event_rate"):
        return ""
    numbers = rates(run, words)
    return words("finding.too_early", **numbers) if numbers["case"] == "low" else ""


def _caution(run: RunFolder, case: str) -> str:
    """Return what weighs most about the number of earthquakes: a missing delay, or how the models keep up."""
    if branches.elastic_only(run):
        return "elastic" if case == "low" else "elastic_only"
    return "models" if case == "close" else f"models_{case}"


def cautions(run: RunFolder, words: Words) -> list[str]:
    """Return what to read beside the numbers, what weighs most first."""
    if branches.shaking_only(run):
        stretched = [w["message"][words.lang] for w in run.manifest.get("warnings", []) if w.get("code") == "W606"]
        return [*(f"{message}." for message in stretched), words("caution.decision_given")]
    found = [words("caution.decision"), *([words("caution.house")] if run.has_table("lpr_classes") else [])]
    if run.has_table("event_rate"):
        numbers = rates(run, words)
        found.insert(0, words(f"caution.{_caution(run, str(numbers['case']))}", **numbers))
        found.insert(1, observed_until(run, words))
    if run.has_grid("hazard"):
        known, total = hazard_facts.coverage(run)
        inside, nodes = hazard_facts.blank_inside(run)
        found.append(
            words(
                "caution.blank",
                share=words.fixed(100 * (1 - known / max(total, 1))),
                count=words.fixed(total - known),
                total=words.fixed(total),
                inside=words.fixed(inside),
                nodes=words.fixed(nodes),
                margin=words.trimmed(hazard_facts.margin_m(run) / 1000),
            )
        )
    if run.has_table("lpr_classes"):
        file = building_facts.file_of(run)
        kind = "mix" if not building_facts.counted(run) else "buildings_file" if file else "buildings"
        found.append(words(f"caution.{kind}", file=file))
    return [*found, words("caution.norm")]
