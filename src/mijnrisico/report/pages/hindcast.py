"""The chapter that judges the models: what each foretold of a year from the earthquakes before it, in words."""

import math

from mijnrisico.report import branches, hindcast_facts
from mijnrisico.report.hindcast_facts import Gain
from mijnrisico.report.pages.tables import Table
from mijnrisico.report.run_folder import Frame, RunFolder
from mijnrisico.report.words import Words

_MISSED_BY_CHANCE = 0.05
_NOTABLE = 0.01
_LATE = 4  # years that the columns `late_` of the summary are about, or all where there are fewer


def sentences(run: RunFolder, words: Words) -> tuple[str, ...]:
    """Return what the hindcast found in plain sentences, good or bad; nothing where the run has none."""
    if not (run.has_table("hindcast") and run.has_table("hindcast_summary")):
        return ()
    summary, years = hindcast_facts.summary(run), hindcast_facts.years(run)
    found = [_best(words, summary, years), _against_elastic(words, summary)]
    ensemble = hindcast_facts.one(summary, branches.ENSEMBLES[0], "")
    if len(ensemble):
        found.append(_ensemble(words, summary, ensemble.iloc[0]))
    found.append(_missed(words, summary, years))
    found += [_total(words, summary, years), words("hindcast.simple")]
    if weights := _weights(words, summary):
        found.append(weights)
    return tuple(s for s in (*found, words("hindcast.blind")) if s)


def in_short(run: RunFolder, words: Words) -> str:
    """Return one sentence for who reads the short version; empty where the run has no hindcast."""
    if not (run.has_table("hindcast") and run.has_table("hindcast_summary")):
        return ""
    years = hindcast_facts.years(run)
    model = branches.ENSEMBLES[0]
    part = hindcast_facts.one(years, model, "")
    if part.empty:
        best = hindcast_facts.best(hindcast_facts.summary(run))
        part = hindcast_facts.one(years, str(best.model), str(best.magnitude_model))
    above, below = hindcast_facts.outside(part)
    count = len(above) + len(below)
    numbers = {
        "years": len(part),
        "start": int(part.year.min()),
        "end": int(part.year.max()),
        "inside": len(part) - count,
    }
    return words("hindcast.short", **numbers)


def _best(words: Words, summary: Frame, years: Frame) -> str:
    top = hindcast_facts.best(summary)
    gain = hindcast_facts.gain(top)
    return words(
        f"hindcast.best_{gain.case}",
        name=branches.called(words, str(top.model), top.magnitude_model),
        count=len(hindcast_facts.single(summary)),
        start=int(years.year.min()),
        end=int(years.year.max()),
        events=words.fixed(float(top.events)),
        times=words.significant(math.exp(gain.mean / float(top.events))) if float(top.events) else "–",
        reference=branches.called(words, *hindcast_facts.REFERENCE),
        test=words("hindcast.t_test", **_said(words, hindcast_facts.gain_per_event(top), 2)),
        **_said(words, gain),
    )


def _against_elastic(words: Words, summary: Frame) -> str:
    """Sort the rate models, each with its best magnitudes, by what may be said of them against the elastic one."""
    each = hindcast_facts.best_of_each(summary)
    each = each[each.model != branches.ELASTIC]
    sorted_ = {"positive": [], "none": [], "negative": []}
    for _, row in each.iterrows():
        gain = hindcast_facts.gain_over_elastic(row)
        said = words("hindcast.gained", name=branches.called(words, str(row.model)), **_said(words, gain))
        sorted_[gain.case].append(said)
    if each.empty:
        return ""
    parts = [words(f"hindcast.elastic_{case}", list="; ".join(names)) for case, names in sorted_.items() if names]
    return " ".join(parts)


def _ensemble(words: Words, summary: Frame, row: Frame) -> str:
    """Say how all models together did, and whether any single one did better."""
    gain = hindcast_facts.gain(row)
    better = hindcast_facts.single(summary)
    count = int((better.score > float(row.score)).sum())
    said = words(f"hindcast.ensemble_{gain.case}", **_said(words, gain))
    return f"{said} {words('hindcast.beaten' if count else 'hindcast.unbeaten', count=count, models=len(better))}"


def _missed(words: Words, summary: Frame, years: Frame) -> str:
    """Name the years outside the 95 % band, of all models together or else of the best one."""
    name, magnitude = branches.ENSEMBLES[0], ""
    part = hindcast_facts.one(years, name, magnitude)
    if part.empty:
        top = hindcast_facts.best(summary)
        name, magnitude = str(top.model), str(top.magnitude_model)
        part = hindcast_facts.one(years, name, magnitude)
    above, below = hindcast_facts.outside(part)
    total = len(above) + len(below)
    return words(
        f"hindcast.missed_{'some' if total else 'none'}",
        name=branches.called(words, name, magnitude),
        count=total,
        years=len(part),
        above=words.years_listed(above),
        below=words.years_listed(below),
        chance=words.fixed(_MISSED_BY_CHANCE * len(part), 1),
        observed=words.fixed(float(part.observed.sum())),
        expected=words.fixed(float(part["mean"].sum())),
    )


def _total(words: Words, summary: Frame, years: Frame) -> str:
    """Name the models, the ensembles too, whose band of the number over all years, or the last ones, was left.

    Of each rate model the one with its best magnitudes; empty where all lay within.
    """
    together = summary[summary.model.isin(branches.ENSEMBLES)]
    last = sorted(years.year.unique())
    said = []
    for key, of, span in (("total", hindcast_facts.total, last), ("late", hindcast_facts.late, last[-_LATE:])):
        missed = []
        for part in (together, hindcast_facts.best_of_each(summary)):
            for _, row in part.iterrows():
                observed, expected, low, high = of(row)
                if observed < low or observed > high:
                    band = {name: words.fixed(value) for name, value in (("low", low), ("high", high))}
                    called = branches.called(words, str(row.model))
                    missed.append(words("hindcast.gained", name=called, gain=words.fixed(expected), **band))
        if missed:
            observed = words.fixed(of(summary.iloc[0])[0])
            span = {"start": int(span[0]), "end": int(span[-1])}
            said.append(words(f"hindcast.{key}", observed=observed, list="; ".join(missed), **span))
    return " ".join(said)


def _weights(words: Words, summary: Frame) -> str:
    """Say which rate models have any weight by past score; empty where the run does not tell."""
    alone = hindcast_facts.single(summary)
    now = alone.groupby("model", sort=False).weight_now.sum()
    now = now[now >= _NOTABLE].sort_values(ascending=False)
    if now.empty:
        return ""
    said = "; ".join(
        f"{branches.called(words, str(m))} {words.fixed(100 * w)}\N{NO-BREAK SPACE}%" for m, w in now.items()
    )
    return words("hindcast.weights", list=said)


def _said(words: Words, gain: Gain, digits: int = 1) -> dict[str, str]:
    values = {"gain": gain.mean, "low": gain.low, "high": gain.high}
    return {k: words.fixed(value, digits) if math.isfinite(value) else "–" for k, value in values.items()}


def _with_band(words: Words, gain: Gain) -> str:
    said = _said(words, gain)
    if not math.isfinite(gain.mean):
        return "–"
    if not math.isfinite(gain.low) or gain.low == gain.high:
        return said["gain"]
    return f"{said['gain']} ({words('hindcast.to', low=said['low'], high=said['high'])})"


def table(run: RunFolder, words: Words) -> Table:
    """The ensembles, and each rate model with the magnitudes that scored best, the best first, over all years.

    Expected number, score, gains with their band, years inside; the weight by past score is that of all magnitudes.
    """
    rows = []
    found = hindcast_facts.summary(run)
    together = found[found.model.isin(branches.ENSEMBLES)]
    weights = hindcast_facts.single(found).groupby("model").weight_now.sum(min_count=1)
    for part in (together, hindcast_facts.best_of_each(found)):
        for _, row in part.iterrows():
            weight = float(weights.get(str(row.model), math.nan))
            rows.append(
                (
                    branches.called(words, str(row.model), row.magnitude_model),
                    words.fixed(float(row.expected)),
                    words.fixed(float(row.score), 1),
                    _with_band(words, hindcast_facts.gain(row)),
                    _with_band(words, hindcast_facts.gain_over_elastic(row)),
                    f"{words.fixed(float(row.in_band))}/{words.fixed(float(row.years))}",
                    "–" if not math.isfinite(weight) else f"{words.trimmed(100 * weight, 1)}\N{NO-BREAK SPACE}%",
                )
            )
    columns = ("model", "expected", "score", "gain", "elastic", "in_band", "weight")
    head = tuple(words(f"hindcast.{c}") for c in columns)
    years = hindcast_facts.years(run) if run.has_table("hindcast") else None
    span = (
        {"start": int(years.year.min()), "end": int(years.year.max())}
        if years is not None
        else {"start": "", "end": ""}
    )
    return Table(
        words("hindcast.caption", **span),
        head,
        tuple(rows),
        words(
            "hindcast.note",
            events=words.fixed(float(found.events.iloc[0])) if len(found) else "–",
            reference=branches.called(words, *hindcast_facts.REFERENCE),
        ),
        csv="../tables/hindcast_summary.csv",
    )


def regions(run: RunFolder, words: Words) -> Table:
    """Expected earthquakes and the chance of a strong one per municipality, in the first year, most first."""
    found = run.table("chance_regions")
    year = run.first_year
    found = found[found.year == year]
    small, large = float(found.magnitude.min()), float(found.magnitude.max())
    by_region = {m: found[found.magnitude == m].set_index("region") for m in (small, large)}
    order = by_region[small].sort_values("expected_events", ascending=False).index
    rows = tuple(
        (
            words.or_name("region", str(region)),
            words.significant(float(by_region[small].expected_events[region])),
            _chance(words, by_region[large].loc[region]),
        )
        for region in order
        if float(by_region[small].expected_events[region]) > 0.005
    )
    numbers = {"year": year, "small": words.fixed(small, 1), "large": words.fixed(large, 1)}
    head = tuple(words(f"regions.{c}", **numbers) for c in ("region", "events", "chance"))
    return Table(words("regions.caption", **numbers), head, rows, words("regions.note"), "../tables/chance_regions.csv")


def _chance(words: Words, row: Frame) -> str:
    mean, low, high = (_percent(words, float(row[c])) for c in ("chance", "p10", "p90"))
    return f"{mean} ({words.band(low, high)})"


def _percent(words: Words, share: float) -> str:
    """Write a chance in per cent with two digits; what is less than a thousandth of a per cent only so."""
    if 0.0 < share < 1e-5:
        return f"<\N{NO-BREAK SPACE}{words.trimmed(1e-3, 3)}"
    return words.significant(100 * share)
