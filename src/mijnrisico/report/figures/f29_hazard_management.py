"""F29: is it going as foretold? Earthquakes counted up against the forecast, and the greatest earthquake density."""

from datetime import date

import numpy as np
import pandas as pd
from matplotlib.ticker import FuncFormatter, MaxNLocator, MultipleLocator

from mijnrisico.messages import Language
from mijnrisico.report import origin, thresholds
from mijnrisico.report.draw import maps, style
from mijnrisico.report.draw.sheet import Drawing, Sheet, sheet, styled
from mijnrisico.report.run_folder import Frame, RunFolder
from mijnrisico.report.stamp import day as day_of
from mijnrisico.report.words import Words
from mijnrisico.seismic import density, event_counts
from mijnrisico.units import DAYS_PER_YEAR

_PAST_YEARS = 10
_Z = 1.2815515655446004  # standard deviations from the median to P90 of a normal law
_HIGH = 2.2
_EPOCH = pd.Timestamp("1970-01-01")
_HALF_BIN = 0.05
_SINCE_2020 = pd.Timestamp("2020-01-01")
_MAGNITUDES = (1.0, 1.2)  # counted from, until 2020 and since


@styled
def f29_hazard_management(run: RunFolder, lang: Language) -> Drawing:
    """Draw the cumulative count of the last years and the coming ones in its P10-P90, and the density in time."""
    words = Words(lang)
    rate = run.table("event_rate").sort_values("year", ignore_index=True)
    counted = cumulative(rate)
    followed = follow(run)
    numbers = _numbers(run, words, counted, followed)
    title = words(f"F29.title_{numbers['case']}", **numbers)
    subtitle, source = words("F29.subtitle", **numbers), origin.source(run, words, "F29", "catalogue")
    paper = sheet(2.9, title, subtitle, source)
    _counts(paper, words, counted, numbers)
    _density(paper, words, run, followed)
    reading = words("F29.reading", **numbers)
    reading += words("F29.reading_density", **numbers) if len(followed) else words("F29.no_density")
    return Drawing(
        "F29_hazard_management",
        paper.figure,
        pd.concat([counted.assign(part="count"), followed.assign(part="density")], ignore_index=True),
        title,
        subtitle,
        reading,
        words("F29.alt", **numbers) + (words("F29.alt_density", **numbers) if len(followed) else ""),
        source,
    )


def cumulative(rate: Frame, past_years: int = _PAST_YEARS) -> Frame:
    """Count up the last observed years from zero, and the years of the forecast from what was observed by then.

    Columns: `year`, `period` (past, forecast), `observed`, `mean`, `p10`, `p90`, all counted up to the end of the year.
    """
    seen = rate.dropna(subset=["observed"]).tail(past_years)
    ahead = rate[rate.year > seen.year.max()]
    frames = []
    for name, rows, start in (("past", seen, 0.0), ("forecast", ahead, float(seen.observed.sum()))):
        if not len(rows):
            continue
        low, high = cumulative_band(*(rows[c].to_numpy(float) for c in ("mean", "p10", "p90")))
        frames.append(
            pd.DataFrame(
                {
                    "year": rows.year,
                    "period": name,
                    "observed": rows.observed.cumsum(),
                    "mean": start + rows["mean"].cumsum(),
                    "p10": start + low,
                    "p90": start + high,
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def cumulative_band(mean: np.ndarray, p10: np.ndarray, p90: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return P10 and P90 of the count up to and including each year, from those of the single years (year,).

    The chance of a year (Poisson) is taken as independent of other years; what its band has beyond that (models,
    parameters, clusters) as common to all: Var = sum m + (sum s)^2 with s^2 = ((p90 - p10)/2.563)^2 - m, at least 0.
    The law is a negative binomial with that mean and variance. Where clusters make most of the rest, it is too wide.
    """
    rest = np.sqrt(np.maximum(((p90 - p10) / (2.0 * _Z)) ** 2 - mean, 0.0))
    total = np.cumsum(mean)
    law = event_counts.pmf(event_counts.negative_binomial, total, total + np.cumsum(rest) ** 2)
    low, high = event_counts.quantile(law, np.array([0.1, 0.9]))
    return low.astype(float), high.astype(float)


def follow(run: RunFolder) -> Frame:
    """Return the greatest density at every moment it changes, counted from M 1.0 until 2020 and from M 1.2 since.

    Columns: `moment`, `magnitude_min`, `density_per_km2_year`, `events`, `x_rd`, `y_rd`. Empty where the catalogue
    holds no earthquake weaker than M 1.2, or none induced in the field.
    """
    events = run.table("catalogue")
    inside = maps.contains(events.x_rd.to_numpy(float), events.y_rd.to_numpy(float)) & (events.type == "induced")
    events = events[inside & (events.magnitude >= _MAGNITUDES[0] - _HALF_BIN)]
    columns = ["moment", "magnitude_min", "density_per_km2_year", "events", "x_rd", "y_rd"]
    if not (events.magnitude < _MAGNITUDES[1] - _HALF_BIN).any():
        return pd.DataFrame(columns=columns)
    moment = pd.to_datetime(events.time)
    end = (
        pd.Timestamp(f"{run.first_year}-01-01")
        if run.setting("source", "until") is None
        else pd.Timestamp(str(run.setting("source", "until")))
    )
    end = max(end, moment.max())
    frames = []
    for magnitude, since, until in ((_MAGNITUDES[0], None, _SINCE_2020), (_MAGNITUDES[1], _SINCE_2020, None)):
        counted = events.magnitude >= magnitude - _HALF_BIN
        day = ((moment[counted] - _EPOCH).dt.total_seconds() / 86_400.0).to_numpy()
        found = density.greatest(day, events.x_rd[counted].to_numpy(float), events.y_rd[counted].to_numpy(float))
        frame = pd.DataFrame(
            {
                "moment": _EPOCH + pd.to_timedelta(found.day, unit="D").round("s"),
                "magnitude_min": magnitude,
                "density_per_km2_year": found.density,
                "events": found.count.astype(int),
                "x_rd": found.x,
                "y_rd": found.y,
            }
        )
        frames.append(_between(frame, since or moment.min() + pd.Timedelta(days=density.WINDOW_DAYS), until or end))
    return pd.concat([frame for frame in frames if len(frame)], ignore_index=True)[columns]


def _between(frame: Frame, since: pd.Timestamp, until: pd.Timestamp) -> Frame:
    """Return the moments in a period, with the value that held at its begin and at its end."""
    before = frame[frame.moment <= since].tail(1).assign(moment=since)
    within = frame[(frame.moment > since) & (frame.moment <= until)]
    kept = pd.concat([before, within])
    if since >= until or kept.empty:
        return kept.iloc[:0]
    return pd.concat([kept, kept.tail(1).assign(moment=until)])


def _counts(paper: Sheet, words: Words, counted: Frame, numbers: dict) -> None:
    axes = paper.axes(0.5, 0.4, 3.2, _HIGH)
    for name, colour in (("past", style.GREY), ("forecast", style.BLUE)):
        rows = counted[counted.period == name]
        if not len(rows):
            continue
        start = 0.0 if name == "past" else float(counted[counted.period == "past"].observed.iloc[-1])
        year = np.concatenate([[rows.year.iloc[0]], rows.year + 1.0])
        low, mean, high = (np.concatenate([[start], rows[c]]) for c in ("p10", "mean", "p90"))
        axes.fill_between(year, low, high, color="#dde1e6" if name == "past" else style.BLUE_BAND, linewidth=0)
        axes.plot(year, mean, color=colour, linewidth=1.6)
    past = counted[counted.period == "past"]
    year = np.concatenate([[past.year.iloc[0]], past.year + 1.0])
    axes.plot(year, np.concatenate([[0.0], past.observed]), "o-", color=style.INK, markersize=3.6, linewidth=1.1)
    now = float(past.year.iloc[-1] + 1)
    axes.axvline(now, color=style.QUIET, linewidth=0.8, linestyle=(0, (2, 2)))
    for text, x, y, colour, side in (
        (words("F29.observed"), now, float(past.observed.iloc[-1]), style.INK, "right"),
        (words("F29.forecast"), float(counted.year.iloc[-1] + 1), float(counted["mean"].iloc[-1]), style.BLUE, "right"),
    ):
        axes.annotate(
            text,
            (x, y),
            (-4, 6),
            textcoords="offset points",
            ha=side,
            va="bottom",
            fontsize=7.5,
            color=colour,
            fontweight="bold",
            gid="halo",
        )
    middle = past.iloc[len(past) // 2]
    axes.annotate(
        words("F29.model"),
        (middle.year + 1, middle.p10),
        (4, -4),
        textcoords="offset points",
        va="top",
        fontsize=7.5,
        color=style.QUIET,
        gid="halo",
    )
    axes.set_ylim(0, None)
    axes.yaxis.grid(visible=True)
    axes.xaxis.set_major_locator(MultipleLocator(5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:.0f}"))
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: words.fixed(v)))
    axes.set_title(words("F29.panel_count", **numbers), loc="left", fontsize=9, fontweight="bold", pad=6)


def _density(paper: Sheet, words: Words, run: RunFolder, followed: Frame) -> None:
    left, wide = 4.35, 3.85
    if not len(followed):
        paper.text(left, 1.6, words("F29.no_density_here"), fontsize=8.5)
        return
    axes = paper.axes(left, 0.4, wide, _HIGH)
    for magnitude, colour in zip(_MAGNITUDES, (style.INK, style.BLUE), strict=True):
        rows = followed[followed.magnitude_min == magnitude]
        if not len(rows):
            continue
        axes.step(_years(rows.moment), rows.density_per_km2_year, where="post", color=colour, linewidth=1.1)
        top = rows.density_per_km2_year.max()
        axes.annotate(
            words("F29.from", magnitude=words.fixed(magnitude, 1)),
            (float(_years(rows.moment).iloc[-1]), float(top)),
            (-2, 10),
            textcoords="offset points",
            ha="right",
            fontsize=7.5,
            color=colour,
            fontweight="bold",
            gid="halo",
        )
    high, named = float(followed.density_per_km2_year.max()), list[str]()
    for known in thresholds.thresholds("earthquake_density"):
        since, until = (_year(day) for day in (known.valid_from, known.valid_until))
        axes.plot([since, until], [known.value] * 2, color=style.ORANGE, linewidth=1.6)
        high = max(high, known.value)
        named.append(
            words(
                "F29.threshold",
                level=words(f"F29.level_{known.level}"),
                value=words.trimmed(known.value, 2),
                since=known.valid_from.year,
                until=known.valid_until.year,
            )
        )
    first = float(_years(followed.moment).min())
    axes.set_xlim(first, max(run.first_year + 0.2, float(_years(followed.moment).max())))
    axes.set_ylim(0, 1.3 * high)
    axes.text(
        0.02,
        0.97,
        "\n".join(named),
        transform=axes.transAxes,
        va="top",
        fontsize=7.5,
        color=style.ORANGE,
        fontweight="bold",
    )
    axes.yaxis.grid(visible=True)
    axes.xaxis.set_major_locator(MultipleLocator(5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:.0f}"))
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: words.trimmed(v, 2)))
    axes.set_title(words("F29.panel_density"), loc="left", fontsize=9, fontweight="bold", pad=6)
    paper.text(left, 0.02, words("F29.unread"), fontsize=7.5, color=style.QUIET)


def _years(moment: Frame) -> Frame:
    return moment.dt.year + (moment.dt.day_of_year - 1) / DAYS_PER_YEAR


def _year(day: date) -> float:
    return day.year + (day.timetuple().tm_yday - 1) / DAYS_PER_YEAR


def _numbers(run: RunFolder, words: Words, counted: Frame, followed: Frame) -> dict[str, object]:
    past, ahead = (counted[counted.period == name] for name in ("past", "forecast"))
    last, end = past.iloc[-1], (ahead if len(ahead) else past).iloc[-1]
    case = "above" if last.observed > last.p90 else "below" if last.observed < last.p10 else "inside"
    base = float(last.observed) if len(ahead) else 0.0
    said: dict[str, object] = {
        "case": case,
        "magnitude": words.fixed(float(run.setting("source", "magnitude_min", default=1.45)), 2),
        "past_from": int(past.year.iloc[0]),
        "past_to": int(last.year),
        "observed": words.fixed(float(last.observed)),
        "mean": words.fixed(float(last["mean"])),
        "low": words.fixed(float(last.p10)),
        "high": words.fixed(float(last.p90)),
        "end": int(end.year),
        "ahead_from": int(last.year) + 1,
        "ahead": words.fixed(float(end["mean"]) - base),
        "ahead_low": words.fixed(float(end.p10) - base),
        "ahead_high": words.fixed(float(end.p90) - base),
        "radius": words.fixed(density.RADIUS_M / 1000.0),
        "first": words.fixed(_MAGNITUDES[0], 1),
        "second": words.fixed(_MAGNITUDES[1], 1),
        "missing": "; ".join(words(f"F29.missing_{q}_{level}") for q, level in thresholds.not_configured()),
    }
    if len(followed):
        top = followed.loc[followed.density_per_km2_year.astype(float).idxmax()]
        now = followed.iloc[-1]
        said |= {
            "top": words.fixed(float(top.density_per_km2_year), 2),
            "top_year": int(top.moment.year),
            "top_place": maps.near(words, float(top.x_rd), float(top.y_rd)),
            "now": words.fixed(float(now.density_per_km2_year), 2),
            "now_count": int(now.events),
            "now_day": day_of(str(now.moment.date()), words),
            "now_from": words.fixed(float(now.magnitude_min), 1),
        }
    return said
