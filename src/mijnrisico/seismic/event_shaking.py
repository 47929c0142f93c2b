"""Events that shake the buildings of a field: the compiled part of `event_losses`, and what it is given.

Arrays come together in named tuples, whose heads say what they hold. Slow twin: tests/seismic/event_losses_twin.py
"""

import math
from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

LN_START, LN_STEP, PEAK_STEP = -6.0, 0.05, 0.1
LN_G: Final = LN_START + LN_STEP * np.arange(151)
LN_PEAK: Final = LN_START + PEAK_STEP * np.arange(76)
"""Grids of ln SaAvg and ln PGA, g; below them nothing fails, above them as much as at their end."""
LEVEL_START, LEVEL_STEP, LEVELS = -10.0, 0.1, 120
"""Steps of the level of motion at the reference horizon by which the pilot keeps its losses, ln g."""
SOFT_REACH, SOFT_STEP = 16.0, 0.02
SOFT: Final = np.log1p(np.exp(np.arange(-SOFT_REACH, SOFT_REACH, SOFT_STEP)))
"""Table of ln(1 + e^u), zero below it and linear beyond it: error below 5e-5."""


class Motion(NamedTuple):
    """Motion at the reference horizon on magnitudes and a grid of ln distance, and how its variance parts along b.

    `ends`, `steps` of the grid; `mu` (magnitude, distance, median, period) in ln g; `along`, `rest` (magnitude,
    distance, spread, scatter, period[, period]) as b and T of `average_sa.Reference`, `mu_mean` and `along_mean` the
    means of two of them over the periods; `between`, `within`, `own`
    (magnitude, distance, spread, scatter) are a, c and d. `epsilon` (site,), `common` (period, period) the correlation
    of an aleatory site term, empty for an epistemic one; `split`, `split_weight` lay a normal on points, those of
    `peak` that of ln PGA, which is wider.
    """

    ends: Floats
    steps: Whole
    mu: Floats
    along: Floats
    rest: Floats
    mu_mean: Floats
    along_mean: Floats
    between: Floats
    within: Floats
    own: Floats
    epsilon: Floats
    common: Floats
    split: Floats
    split_weight: Floats
    split_peak: Floats
    split_peak_weight: Floats


class Ground(NamedTuple):
    """Where the places are and how their ground responds.

    `nodes` (row, column) is the node of a square, -1 for none; `x`, `y` (node,) m; `first` (node + 1,) the first place
    of each; `zone` (place,) a position among the zones; `mound` (place, 2) what a dwelling mound adds to ln SaAvg and
    ln PGA. `linear` (zone, magnitude, distance, period) is f1; `response` (zone, period, 8) are f2, ln f3, the limits
    of ln AF, and of phi_s2s its lowest value, its rise, ln of where it begins to rise and 1 / ln of how far it rises.
    """

    nodes: Whole
    x: Floats
    y: Floats
    first: Whole
    zone: Whole
    mound: Floats
    linear: NDArray[np.float32]
    response: Floats


class Failure(NamedTuple):
    """What shaking does in one branch of mapping, fragility and consequence.

    Expected: `of_average` (place, z, 8) on `LN_G`, buildings in ds2-ds4 and cs1-cs3, deaths from collapse by day and at
    night; `of_peak` (place, z, 3) on `LN_PEAK`, chimneys and deaths from them by day and at night. Groups: `first`
    (place + 1,), `kind`, `number` (group,), `persons` inside one building (group, 2). Per class: `b0`, `b1`, `sigma`
    (kind,), `ln_limit`, `pd_inside`, `pd_outside` (kind, 3), the last per person inside.
    """

    of_average: NDArray[np.float32]
    of_peak: NDArray[np.float32]
    first: Whole
    kind: Whole
    number: Floats
    persons: Floats
    b0: Floats
    b1: Floats
    sigma: Floats
    ln_limit: Floats
    pd_inside: Floats
    pd_outside: Floats


class Events(NamedTuple):
    """Events (event,): square, epicentre (m), depth (km), magnitude bin, rupture (km along the strike), branches.

    `z` is the between-event term, `time` 0 by day and 1 at night, `reach_km` the distance beyond which nothing counts.
    """

    row: Whole
    column: Whole
    x: Floats
    y: Floats
    depth_km: Floats
    bin: Whole
    strike: Floats
    forward_km: Floats
    backward_km: Floats
    median: Whole
    scatter: Whole
    site: Whole
    z: Floats
    time: Whole
    reach_km: Floats

    def pick(self, rows: Whole) -> "Events":
        """The events in these rows."""
        return self._make(column[rows] for column in self)


@njit(cache=True, nogil=True)
def _amplified(soft, constants, i, f1, x):
    """ln AF of period i at a reference motion x (ln g); ln(1 + e^u) from the table, zero below it and u beyond it."""
    u = x - constants[i, 1]
    position = max((u + SOFT_REACH) * (1.0 / SOFT_STEP), 0.0)
    k = min(int(position), soft.size - 2)
    bend = soft[k] + (position - k) * (soft[k + 1] - soft[k])
    return min(max(f1 + constants[i, 0] * bend, constants[i, 2]), constants[i, 3])


@njit(cache=True, nogil=True)
def _deviation(constants, i, x):
    """phi_s2s of period i at a reference motion x (ln g)."""
    return constants[i, 4] + constants[i, 5] * min(max((x - constants[i, 6]) * constants[i, 7], 0.0), 1.0)


@njit(cache=True, nogil=True, fastmath=True)
def _surface(soft, constants, low, high, part, x, rest, reach, half, epsilon, common, work, out):
    """Fill `out` with mean and variance of ln SaAvg and of ln PGA (ln g) at the surface; no mound.

    Steps 2 and 3 of `average_sa`: amplification and site term averaged over N(x_i, T_ii) by three points. `x` (period,)
    are reference motions along b, `rest` T, `reach` the root of three times its diagonal and `half` half its inverse,
    `constants` (period, 8) of the zone, `low`, `high` (period,) f1 at the ends of a step of distance and `part` where
    in it; `work` (3, period) is scratch.
    """
    periods = x.size
    slope, bow, sway = work[0], work[1], work[2]
    mean = peak = 0.0
    deviates = epsilon != 0.0 or common.size > 0
    for i in range(periods):
        f1 = low[i] + part * (high[i] - low[i])
        middle, below, above = x[i], x[i] - reach[i], x[i] + reach[i]
        n0 = _amplified(soft, constants, i, f1, middle)
        n1 = _amplified(soft, constants, i, f1, below)
        n2 = _amplified(soft, constants, i, f1, above)
        slope[i] = 1.0 + (n2 - n1) * half[i]
        mean += middle + (4.0 * n0 + n1 + n2) / 6.0
        if deviates:
            p0 = _deviation(constants, i, middle)
            p1 = _deviation(constants, i, below)
            p2 = _deviation(constants, i, above)
            sway[i] = (4.0 * p0 + p1 + p2) / 6.0
            bow[i] = (p2 - p1) * half[i]
            mean += epsilon * sway[i]
            slope[i] += epsilon * bow[i]
        if i == 0:
            peak = mean
    variance = 0.0
    for i in range(periods):
        row = 0.5 * rest[i, i] * slope[i]
        for j in range(i):
            row += rest[i, j] * slope[j]
        variance += 2.0 * slope[i] * row
    peak_variance = slope[0] * slope[0] * rest[0, 0]
    if common.size > 0:
        for i in range(periods):
            for j in range(periods):
                variance += common[i, j] * (sway[i] * sway[j] + bow[i] * bow[j] * rest[i, j])
        peak_variance += sway[0] * sway[0] + bow[0] * bow[0] * rest[0, 0]
    out[0], out[1] = mean / periods, max(variance, 0.0) / (periods * periods)
    out[2], out[3] = peak, peak_variance


@njit(cache=True, nogil=True, fastmath=True)
def _of_average(table, mean, variance, split, split_weight, out):
    """Expected `table` (z, 8) of ln SaAvg under a normal, laid on points, into `out`.

    A count of columns that is known when this is compiled makes it several times faster.
    """
    for q in range(8):
        out[q] = np.float32(0.0)
    sd = math.sqrt(variance)
    last = table.shape[0] - 1
    for k in range(split.size):
        position = (mean + sd * split[k] - LN_START) * (1.0 / LN_STEP)
        if position > 0.0:
            i = min(int(position), last - 1)
            share = split_weight[k] * min(position - i, 1.0)
            w0, w1 = np.float32(split_weight[k] - share), np.float32(share)
            for q in range(8):
                out[q] += w0 * table[i, q] + w1 * table[i + 1, q]


@njit(cache=True, nogil=True, fastmath=True)
def _of_peak(table, mean, variance, split, split_weight, out):
    """Expected `table` (z, 3) of ln PGA, as `_of_average`."""
    for q in range(3):
        out[q] = np.float32(0.0)
    sd = math.sqrt(variance)
    last = table.shape[0] - 1
    for k in range(split.size):
        position = (mean + sd * split[k] - LN_START) * (1.0 / PEAK_STEP)
        if position > 0.0:
            i = min(int(position), last - 1)
            share = split_weight[k] * min(position - i, 1.0)
            w0, w1 = np.float32(split_weight[k] - share), np.float32(share)
            for q in range(3):
                out[q] += w0 * table[i, q] + w1 * table[i + 1, q]


@njit(cache=True, nogil=True)
def _poisson(generator, mean):
    """A Poisson number, by multiplying uniforms; large means in parts of at most 30."""
    count = 0
    while mean > 0.0:
        part = min(mean, 30.0)
        mean -= part
        product, end = generator.random(), math.exp(-part)
        while product > end:
            count += 1
            product *= generator.random()
    return count


@njit(cache=True, nogil=True)
def _collapse(failure, place, mean, variance, time, weights, generator):
    """Deaths in and beside one building of the place that has collapsed, given ln SaAvg ~ N(mean, variance).

    The building is of a group by its expected share of those in cs1; `weights` (group,) is scratch.
    """
    start, stop = failure.first[place], failure.first[place + 1]
    total = 0.0
    for g in range(start, stop):
        kind = failure.kind[g]
        middle = failure.b0[kind] + failure.b1[kind] * mean
        sd = math.sqrt(failure.sigma[kind] ** 2 + failure.b1[kind] ** 2 * variance)
        total += failure.number[g] * 0.5 * math.erfc((failure.ln_limit[kind, 0] - middle) / (sd * math.sqrt(2.0)))
        weights[g - start] = total
    u = generator.random() * total
    g = start
    while g < stop - 1 and weights[g - start] <= u:
        g += 1
    kind = failure.kind[g]
    middle = failure.b0[kind] + failure.b1[kind] * mean
    sd = math.sqrt(failure.sigma[kind] ** 2 + failure.b1[kind] ** 2 * variance)
    u = generator.random() * math.erfc((failure.ln_limit[kind, 0] - middle) / (sd * math.sqrt(2.0)))
    state = 0
    for k in (1, 2):
        if u < math.erfc((failure.ln_limit[kind, k] - middle) / (sd * math.sqrt(2.0))):
            state = k
    persons = failure.persons[g, time]
    inside = int(persons)
    if generator.random() < persons - inside:
        inside += 1
    deaths = _poisson(generator, persons * failure.pd_outside[kind, state])
    for _ in range(inside):
        if generator.random() < failure.pd_inside[kind, state]:
            deaths += 1
    return deaths


@njit(cache=True, nogil=True)
def shake(events, half, field, least, motion, ground, failure, soft, generator, expected, deaths):
    """Fill `expected` (event, 1, quantity) given the shaking, and `deaths` (event,) as drawn.

    `field` (event, row, column) is w around the square of each epicentre, within `half` squares; without events it is
    drawn here, without correlation. Places where the mean of ln SA at the reference horizon is below `least` (ln g) do
    not count. For the pilot `expected` has a row per point of the distance grid and then one per step of that mean,
    and `deaths` no events.
    """
    periods = motion.mu.shape[3]
    spreads = motion.along.shape[2]
    places = ground.zone.size
    rows, columns = ground.nodes.shape
    x, work = np.empty(periods), np.empty((3, periods))
    of_average, of_peak, shaking = np.empty(8, np.float32), np.empty(3, np.float32), np.empty(4)
    reach, halves = np.empty(periods), np.empty(periods)
    index, of_zone, mound, first, linear, response = (
        ground.nodes, ground.zone, ground.mound, ground.first, ground.linear, ground.response,
    )  # fmt: skip
    by_place = expected.shape[1] > 1
    mu_mean, b_mean = motion.mu_mean, motion.along_mean
    mu, b, rests, common = motion.mu, motion.along, motion.rest, motion.common
    between, within, own = motion.between, motion.within, motion.own
    ends, steps, split, split_weight = motion.ends, motion.steps, motion.split, motion.split_weight
    split_peak, split_peak_weight = motion.split_peak, motion.split_peak_weight
    averages, peaks = failure.of_average, failure.of_peak
    place_of, running, means, variances = (
        np.empty(places, np.int64),
        np.empty(places),
        np.empty(places),
        np.empty(places),
    )
    weights = np.empty(max(failure.kind.size, 1))
    for e in range(events.bin.size):
        expected[e] = 0.0
        bin_, median, scatter, time = events.bin[e], events.median[e], events.scatter[e], events.time[e]
        spread = min(median, spreads - 1)
        epsilon = motion.epsilon[events.site[e]]
        sine, cosine = math.sin(events.strike[e]), math.cos(events.strike[e])
        reach2, z = events.reach_km[e] ** 2, events.z[e]
        collapsed = by_chimney = 0.0
        used = 0
        for r in range(max(events.row[e] - half, 0), min(events.row[e] + half + 1, rows)):
            for c in range(max(events.column[e] - half, 0), min(events.column[e] + half + 1, columns)):
                node = index[r, c]
                if node < 0:
                    continue
                east, north = (ground.x[node] - events.x[e]) * 1e-3, (ground.y[node] - events.y[e]) * 1e-3
                along, across = east * sine + north * cosine, east * cosine - north * sine
                beyond = max(max(along - events.forward_km[e], -along - events.backward_km[e]), 0.0)
                r2 = across * across + beyond * beyond + events.depth_km[e] ** 2
                if r2 > reach2:
                    continue
                ln_r = 0.5 * math.log(r2)
                segment, cell = 0, 0
                while segment < steps.size - 1 and ln_r > ends[segment + 1]:
                    cell += steps[segment]
                    segment += 1
                position = max((ln_r - ends[segment]) * steps[segment] / (ends[segment + 1] - ends[segment]), 0.0)
                inner = min(int(position), steps[segment] - 1)
                part = min(position - inner, 1.0)
                cell += inner
                near = cell if part < 0.5 else cell + 1
                if field.size > 0:
                    w = float(field[e, r - events.row[e] + half, c - events.column[e] + half])
                else:
                    w = generator.standard_normal()
                t = between[bin_, near, spread, scatter] * z + within[bin_, near, spread, scatter] * w
                t += own[bin_, near, spread, scatter] * generator.standard_normal()
                low = mu_mean[bin_, cell, median] + t * b_mean[bin_, cell, spread, scatter]
                high = mu_mean[bin_, cell + 1, median] + t * b_mean[bin_, cell + 1, spread, scatter]
                level = low + part * (high - low)
                if level < least:
                    continue
                rest = rests[bin_, near, spread, scatter]
                for i in range(periods):
                    low = mu[bin_, cell, median, i] + t * b[bin_, cell, spread, scatter, i]
                    high = mu[bin_, cell + 1, median, i] + t * b[bin_, cell + 1, spread, scatter, i]
                    x[i] = low + part * (high - low)
                    reach[i] = math.sqrt(3.0 * rest[i, i])
                    halves[i] = 0.5 / reach[i]
                before = -1
                row = expected[e, near if by_place else 0]
                for p in range(first[node], first[node + 1]):
                    if of_zone[p] != before:
                        before = of_zone[p]
                        _surface(
                            soft, response[before], linear[before, bin_, cell], linear[before, bin_, cell + 1], part,
                            x, rest, reach, halves, epsilon, common, work, shaking,
                        )  # fmt: skip
                    here = shaking[0] + mound[p, 0]
                    _of_average(averages[p], here, shaking[1], split, split_weight, of_average)
                    _of_peak(peaks[p], shaking[2] + mound[p, 1], shaking[3], split_peak, split_peak_weight, of_peak)
                    dead = of_average[6 + time] + of_peak[1 + time]
                    row[0] += dead
                    row[1] += of_peak[0]
                    for q in range(6):
                        row[2 + q] += of_average[q]
                    if by_place:
                        step = min(max(int((level - LEVEL_START) / LEVEL_STEP), 0), LEVELS - 1)
                        of_level = expected[e, expected.shape[1] - LEVELS + step]
                        of_level[0] += dead
                        of_level[1] += of_peak[0]
                        for q in range(6):
                            of_level[2 + q] += of_average[q]
                    by_chimney += of_peak[1 + time]
                    if of_average[3] > 0.0:
                        collapsed += of_average[3]
                        place_of[used], running[used] = p, collapsed
                        means[used], variances[used] = here, shaking[1]
                        used += 1
        if deaths.size == 0:
            continue
        killed = _poisson(generator, by_chimney)
        for _ in range(_poisson(generator, collapsed)):
            u = generator.random() * collapsed
            k, above = 0, used - 1
            while k < above:
                half_way = (k + above) // 2
                if running[half_way] > u:
                    above = half_way
                else:
                    k = half_way + 1
            killed += _collapse(failure, place_of[k], means[k], variances[k], time, weights, generator)
        deaths[e] = killed
