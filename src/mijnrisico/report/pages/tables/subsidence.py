"""The tables of a report of subsidence: depth per year, causes, points, fit, models, limits, objects."""

import re
from typing import Any

import numpy as np

from mijnrisico.report import subsidence_facts as facts
from mijnrisico.report.pages.tables.table import Table, plain, with_band
from mijnrisico.report.run_folder import Frame, RunFolder
from mijnrisico.report.words import Words
from mijnrisico.subsidence import limits

TARGET_PERCENT = 20.0
"""By how much a published value may differ before the table says so."""
_MOST_ROWS = 25
_TOLD_CHANCE = 0.05  # of exceeding a limit, for it to be named at an object
_MOST_RESIDUALS = 12
_NO_WEIGHT = 0.005  # a model that weighs less is counted, not listed
_FEWEST = 3  # measurements of an epoch or point, below which its fit says little
_MOST_YEARS = 4
_PER_MILLE = 1e3


def depth(run: RunFolder, words: Words) -> Table:
    """Deepest point, its band, the rate and the area that goes down, per shown year."""
    years = facts.shown_years(run)
    deepest = [facts.deepest(run, year) for year in years]
    least = facts.least_cm(run)
    rows = tuple(
        (
            str(one.year),
            with_band(words, facts.cm(words, one.mean_cm), facts.cm(words, one.p10_cm), facts.cm(words, one.p90_cm)),
            facts.place(run, words, one.x_m, one.y_m),
            words.fixed(facts.fastest(run, one.year)[0], 1),
            facts.area(words, facts.area_km2(facts.total_cm(run, one.year), least)),
        )
        for one in deepest
    )
    head = tuple(
        words(f"subsidence.depth.{c}", least=words.general(least, 3))
        for c in ("year", "deepest", "place", "rate", "area")
    )
    return Table(words("subsidence.depth.caption"), head, rows, words("subsidence.depth.note"), text_columns=(2,))


def causes(run: RunFolder, words: Words) -> Table:
    """Each activity on its own: its deepest point in the first and last shown year, and its share of the bowl."""
    years = facts.shown_years(run)
    first = {name: deepest for name, deepest, _ in facts.by_share(run, years[0])}
    last = facts.by_share(run, years[-1])
    volume = sum(abs(v) for _, _, v in last)
    lost = facts.lost_1e6_m3(run, years[-1])
    rows = tuple(
        (
            name,
            _kind(run, words, name),
            facts.cm(words, first[name]),
            facts.cm(words, deepest),
            words.general(lost[name], 3) if name in lost else "–",
            words.general(each, 3),
            f"{words.fixed(100.0 * each / volume, 1)}\N{NO-BREAK SPACE}%" if volume else "–",
        )
        for name, deepest, each in last
    )
    head = tuple(
        words(f"subsidence.causes.{c}", first=years[0], last=years[-1])
        for c in ("activity", "kind", "first", "last", "lost", "volume", "share")
    )
    caption = words(f"subsidence.causes.caption{'' if len(rows) > 1 else '_one'}")
    return Table(caption, head, rows, words("subsidence.causes.note", year=years[-1]), text_columns=(1,))


def _kind(run: RunFolder, words: Words, name: str) -> str:
    asked = [one for one in run.setting("activity", default=[]) if one.get("name") == name]
    return words.or_name("activity_kind", str(asked[0].get("kind", ""))) if asked else ""


def points(run: RunFolder, words: Words) -> Table:
    """Subsidence at each point in the shown years with its band, and whose the largest part of the last is."""
    table = run.table("subsidence_points")
    years = [year for year in facts.shown_years(run) if (table.year == year).any()][-_MOST_YEARS:]
    years = years or [int(table.year.max())]
    total = table[table.activity == facts.TOTAL].set_index(["point", "year"])
    rows = []
    for point in dict.fromkeys(table.point.astype(str)):
        cells = [_with_band(words, total.loc[(point, year)]) if (point, year) in total.index else "–" for year in years]
        rows.append((point, *cells, _most(words, table, point, years[-1])))
    head = (words("subsidence.points.point"), *map(str, years), words("subsidence.points.most", year=years[-1]))
    return Table(
        words("subsidence.points.caption"),
        head,
        tuple(rows),
        words("subsidence.points.note"),
        csv="../tables/subsidence_points.csv",
        text_columns=(len(years) + 1,),
    )


def _with_band(words: Words, row: Frame) -> str:
    return with_band(words, *(facts.cm(words, float(row[f"{s}_cm"])) for s in ("mean", "p10", "p90")))


def _most(words: Words, table: Frame, point: str, year: int) -> str:
    """Name the activities at a point with their shares, the largest first; those below one per cent left out."""
    here = table[(table.point.astype(str) == point) & (table.year == year)]
    total = float(here[here.activity == facts.TOTAL].mean_cm.sum())
    parts = here[here.activity != facts.TOTAL].sort_values("mean_cm", ascending=False)
    if not total:
        return "–"
    shares = [
        (str(name), 100.0 * float(value) / total) for name, value in zip(parts.activity, parts.mean_cm, strict=True)
    ]
    said = [f"{name} {words.fixed(share)}\N{NO-BREAK SPACE}%" for name, share in shares if abs(share) >= 1.0]
    return ", ".join(said) or "–"


def overlap(run: RunFolder, words: Words) -> Table:
    """Area on which so many activities each cause more than the limit of the run, per shown year."""
    table = run.table("overlap")
    years = [year for year in facts.shown_years(run) if (table.year == year).any()]
    area = {(int(r.year), int(r.activities)): float(r.area_km2) for r in table.itertuples()}
    rows = tuple(
        (
            words("subsidence.overlap.number", count=count),
            *(facts.area(words, area.get((year, count), 0.0)) for year in years),
        )
        for count in sorted({count for _, count in area})
    )
    limit = words.general(facts.least_cm(run), 3)
    head = (words("subsidence.overlap.activities"), *map(str, years))
    return Table(words("subsidence.overlap.caption", limit=limit), head, rows, csv="../tables/overlap.csv")


def misfit(run: RunFolder, words: Words) -> Table:
    """How far measurements and model differ: all, per technique, and the epochs and points that fit worst."""
    table = run.table("misfit")
    often = table[table.observations >= _FEWEST].assign(ratio=lambda t: t.chi_square / t.observations)
    worst = [often[often.group == group].nlargest(5, "ratio") for group in ("epoch", "point")]
    chosen = [*(table[table.group == group] for group in ("all", "technique")), *worst]
    rows = tuple(
        (
            _whose(words, str(row.group), str(row.name_)),
            words.fixed(float(row.observations)),
            words.fixed(float(row.bias_mm), 1),
            words.fixed(float(row.rmse_mm), 1),
            words.fixed(float(row.mean_absolute_mm), 1),
            words.fixed(float(row.chi_square) / float(row.observations), 2),
        )
        for part in chosen
        for row in part.rename(columns={"name": "name_"}).itertuples()
    )
    head = tuple(
        words(f"subsidence.misfit.{c}") for c in ("whose", "observations", "bias", "rmse", "absolute", "chi_square")
    )
    return Table(
        words("subsidence.misfit.caption"), head, rows, words("subsidence.misfit.note"), csv="../tables/misfit.csv"
    )


def _whose(words: Words, group: str, name: str) -> str:
    if group == "all":
        return words("subsidence.misfit.all")
    named = words.or_name("technique", name) if group == "technique" else name
    if group == "epoch":
        named = facts.year(words, float(name))
    return words(f"subsidence.misfit.{group}", name=named)


def residuals(run: RunFolder, words: Words) -> Table:
    """The measurements that lie furthest from the model for their errors, the worst first."""
    table = facts.observations(run)
    worst = table.loc[table.normalised.abs().sort_values(ascending=False, kind="stable").index[:_MOST_RESIDUALS]]
    rows = tuple(
        (
            str(row.point) + (words("subsidence.residuals.against", reference=row.reference) if row.reference else ""),
            words.or_name("technique", str(row.technique)),
            words.band(facts.year(words, row.from_year), facts.year(words, row.to_year)),
            words.fixed(float(row.value_mm), 1),
            words.fixed(float(row.modelled_mm), 1),
            words.fixed(float(row.residual_mm), 1),
            words.fixed(float(row.normalised), 1),
            words(f"subsidence.published.{'used' if row.used else 'unused'}"),
        )
        for row in worst.itertuples()
    )
    head = tuple(
        words(f"subsidence.residuals.{c}")
        for c in ("point", "technique", "period", "measured", "modelled", "residual", "normalised", "used")
    )
    note = words("subsidence.residuals.note", count=len(rows), all=words.fixed(len(table)))
    caption = words("subsidence.residuals.caption")
    return Table(caption, head, rows, note, csv="../tables/observations.csv", text_columns=(1, 2, 7))


def published_place(words: Words, row: Any) -> str:
    """Name where a published value holds: a place, or the deepest point of the bowl near it."""
    return words("subsidence.published.deepest", place=str(row.place)) if row.at == "deepest" else str(row.place)


def published(run: RunFolder, words: Words) -> Table:
    """Published values beside this run, with the difference and whether the model was fitted to them."""
    rows = []
    for row in run.table("published").itertuples():
        low, high = words.general(float(row.published_low_cm), 3), words.general(float(row.published_high_cm), 3)
        mean, least, most = (facts.cm(words, float(v)) for v in (row.modelled_cm, row.p10_cm, row.p90_cm))
        far = abs(float(row.difference_percent)) > TARGET_PERCENT
        others = (float(row.by_the_others_cm), float(row.by_the_others_p10_cm), float(row.by_the_others_p90_cm))
        sign = "+" if float(row.difference_percent) >= 0.0 else ""
        difference = f"{sign}{words.fixed(float(row.difference_percent))}\N{NO-BREAK SPACE}%"
        used = str(row.used).lower() in ("true", "1")
        rows.append(
            (
                published_place(words, row),
                str(int(row.year)),
                words.band(low, high),
                with_band(words, mean, least, most),
                difference,
                "–" if np.isnan(others[0]) else with_band(words, *(facts.cm(words, one) for one in others)),
                words(f"subsidence.published.{'far' if far else 'near'}"),
                words(f"subsidence.published.{'used' if used else 'unused'}"),
            )
        )
    head = tuple(
        words(f"subsidence.published.{c}", target=words.fixed(TARGET_PERCENT))
        for c in ("place", "year", "value", "modelled", "difference", "others", "judged", "fitted")
    )
    note = words("subsidence.published.note")
    caption = words("subsidence.published.caption")
    return Table(caption, head, tuple(rows), note, csv="../tables/published.csv", text_columns=(6, 7))


def strain_models(run: RunFolder, words: Words) -> Table:
    """Models of the shrinking below with their weights before and after the measurements, the heaviest first.

    Those that weigh nothing after the measurements are counted below the table, with what they weighed before.
    """
    whole = run.table("strain_models").sort_values("posterior_weight", ascending=False, kind="stable")
    light = whole.posterior_weight < _NO_WEIGHT
    light.iloc[0] = False
    table, rest = whole[~light], whole[light]
    rows = tuple(
        (
            words.or_name("strain_model", str(row.model)),
            words.or_name("kernel", str(row.surface)),
            "; ".join(part for part in (_parameters(words, row.parameters), _reading(words, row.reading)) if part),
            words.fixed(float(row.prior_weight), 2),
            words.fixed(float(row.posterior_weight), 2),
            words.fixed(float(row.chi_square), 1),
            words.fixed(float(row.log_evidence), 1),
        )
        for row in table.itertuples()
    )
    head = tuple(
        words(f"subsidence.models.{c}")
        for c in ("model", "surface", "parameters", "prior", "posterior", "chi_square", "evidence")
    )
    caption, note = words("subsidence.models.caption"), words("subsidence.models.note")
    if len(rest):
        before = words.fixed(float(rest.prior_weight.sum()), 2)
        note += words("subsidence.models.rest", count=len(rest), before=before, least=words.general(_NO_WEIGHT))
    return Table(caption, head, rows, note, csv="../tables/strain_models.csv", text_columns=(1, 2))


_PARAMETER = re.compile(r"(?P<name>[a-z_]+) = (?P<value>[-+.\de]+)( \w+)?|(?P<deep>basement) (?P<depth>[.\de+]+) m")


def _parameters(words: Words, written: object) -> str:
    """Write the parameters of a branch, such as "tau = 7 yr; nu = 0.25, basement 5000 m", in the language of the page.

    >>> _parameters(Words("nl"), "tau = 7 yr; nu = 0.25, basement 5000 m")
    'vertraging 7 jaar; Poissongetal 0,25, starre ondergrond op 5000 m'
    """

    def told(match: re.Match[str]) -> str:
        name, value = match["name"] or match["deep"], match["value"] or match["depth"]
        key = f"subsidence.parameter.{name}"
        return words(key, value=words.general(float(value))) if words.has(key) else match[0]

    return _PARAMETER.sub(told, plain(written)).replace(" layers", words("subsidence.parameter.layers"))


def _reading(words: Words, reading: object) -> str:
    """How measurements that do not say what they are were read; nothing where there is one way."""
    return words.or_name("reading", str(reading)) if isinstance(reading, str) and reading else ""


def red_flag(run: RunFolder, words: Words) -> Table:
    """Chance that each limit of the question is exceeded, after each campaign."""
    table = run.table("red_flag")
    sources = {str(one.get("name")): str(one.get("source", "")) for one in run.setting("limit", default=[])}
    rows = tuple(
        (
            str(row.limit),
            _where(words, str(row.at)),
            f"{words.general(float(row.value), 3)}\N{NO-BREAK SPACE}{words.or_name('unit_of', str(row.unit))}",
            words("subsidence.red_flag.before")
            if np.isnan(row.campaign_year)
            else facts.year(words, float(row.campaign_year)),
            percent(words, float(row.probability)),
            sources.get(str(row.limit), ""),
        )
        for row in table.itertuples()
    )
    head = tuple(
        words(f"subsidence.red_flag.{c}") for c in ("limit", "at", "value", "campaign", "probability", "source")
    )
    caption, note = words("subsidence.red_flag.caption"), words("subsidence.red_flag.note")
    return Table(caption, head, rows, note, csv="../tables/red_flag.csv", text_columns=(1, 5))


def _where(words: Words, at: str) -> str:
    return words(f"subsidence.red_flag.{at}") if at in ("deepest", "largest") else at


def percent(words: Words, probability: float) -> str:
    """Write a chance in per cent: less than one, and almost one, as just that."""
    if not np.isfinite(probability):
        return "–"
    if 0.0 < probability < 0.005:
        return f"<{words.fixed(1)}\N{NO-BREAK SPACE}%"
    if 0.995 < probability < 1.0:
        return f">{words.fixed(99)}\N{NO-BREAK SPACE}%"
    return f"{words.fixed(100.0 * probability)}\N{NO-BREAK SPACE}%"


def budget(run: RunFolder, words: Words) -> Table:
    """Volume rate of each basin beside its space, per year; about a dozen years of each, and always its worst."""
    table = run.table("budget")
    worst = set(facts.worst_years(table).index)
    rows = []
    for basin, part in table.groupby("basin", sort=False):
        ordered = part.sort_values("year")
        step = max(1, -(-len(ordered) // 12))
        rows += [
            (
                str(basin),
                words("subsidence.budget.worst", year=int(row.year)) if row.Index in worst else str(int(row.year)),
                with_band(
                    words,
                    words.fixed(float(row.load_mm_per_year), 1),
                    words.fixed(float(row.load_p10_mm_per_year), 1),
                    words.fixed(float(row.load_p90_mm_per_year), 1),
                ),
                words.fixed(float(row.space_mm_per_year), 1),
                percent(words, float(row.probability_above)),
            )
            for row in ordered[ordered.index.isin(worst) | (np.arange(len(ordered)) % step == 0)].itertuples()
        ]
    head = tuple(words(f"subsidence.budget.{c}") for c in ("basin", "year", "load", "space", "probability"))
    caption, note = words("subsidence.budget.caption"), words("subsidence.budget.note")
    return Table(caption, head, tuple(rows), note, csv="../tables/budget.csv")


def objects(run: RunFolder, words: Words) -> Table:
    """What happens to each object in the last year of the table, those that settle most first."""
    table = run.table("subsidence_objects")
    year = int(table.year.max())
    last = table[table.year == year]
    one = last.drop_duplicates("object").sort_values("settlement_cm", ascending=False)
    rows = tuple(
        (
            str(row.object),
            with_band(
                words,
                facts.cm(words, float(row.settlement_cm)),
                facts.cm(words, float(row.settlement_p10_cm)),
                facts.cm(words, float(row.settlement_p90_cm)),
            ),
            words.general(_PER_MILLE * float(row.tilt), 2),
            one_in(words, float(row.relative_rotation)),
            words.general(_PER_MILLE * float(row.strain_horizontal), 2),
            words.fixed(float(row.freeboard_change_cm), 1),
            _beyond(words, last[last.object == row.object]),
        )
        for row in one.head(_MOST_ROWS).itertuples()
    )
    head = tuple(
        words(f"subsidence.objects.{c}")
        for c in ("object", "settlement", "tilt", "rotation", "strain", "freeboard", "beyond")
    )
    left = len(one) - len(rows)
    note = words("subsidence.objects.note", least=percent(words, _TOLD_CHANCE))
    note += words("subsidence.objects.more", count=left) if left > 0 else ""
    caption = words("subsidence.objects.caption", year=year)
    return Table(caption, head, rows, note, csv="../tables/subsidence_objects.csv", text_columns=(6,))


def one_in(words: Words, ratio: float) -> str:
    """Write a slope as a fraction: 1/500; a number beyond ten million as just that, with two digits.

    >>> one_in(Words("en"), 2e-3), one_in(Words("en"), 1.8e-7), one_in(Words("en"), 0.0)
    ('1/500', '1/5\\xa0600\\xa0000', '0')
    """
    if not np.isfinite(ratio):
        return "–"
    return f"1/{words.years(1.0 / ratio)}" if ratio > 0.0 else words.fixed(0)


def _beyond(words: Words, rows: Frame) -> str:
    """Name the limits that the mean exceeds, and those exceeded with a chance worth telling, with that chance."""
    told = rows[(rows.verdict == "exceeded") | (rows.probability_exceeded >= _TOLD_CHANCE)]
    named = [
        words(
            "subsidence.objects.chance",
            limit=words.or_name("subsidence_limit", str(row.limit)),
            probability=percent(words, float(row.probability_exceeded)),
        )
        for row in told.itertuples()
    ]
    return "; ".join(named) or words("subsidence.objects.none")


def limits_used(run: RunFolder, words: Words) -> Table:
    """Every limit that objects were held against: how it was read, and how many objects are within and beyond it."""
    table = run.table("subsidence_objects")
    last = table[table.year == table.year.max()]
    known = {limit.name: limit for limit in limits.packaged()}
    rows = []
    for name, part in last.groupby("limit", sort=False):
        limit = known.get(str(name))
        count = part.verdict.value_counts()
        verdicts = "; ".join(
            words("subsidence.limits.count", verdict=words.or_name("subsidence_verdict", str(v)), count=int(n))
            for v, n in count.items()
        )
        rows.append(
            (
                words.or_name("subsidence_limit", str(name)),
                verdicts,
                words(f"subsidence.basis.{limit.basis}") if limit else words("subsidence.basis.own"),
                (f"{limit.norm.instrument}, {limit.norm.article}".rstrip(", ") if limit else ""),
            )
        )
    head = tuple(words(f"subsidence.limits.{c}") for c in ("limit", "verdict", "basis", "source"))
    caption, note = words("subsidence.limits.caption"), words("subsidence.limits.note")
    return Table(caption, head, tuple(rows), note, text_columns=(1, 2, 3))
