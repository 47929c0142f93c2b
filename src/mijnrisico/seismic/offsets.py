"""Where a cell lies from a site: the nodes of a table of distances that its offset falls between, and the sum of cells.

A table holds the hypocentral distances at which something is known and the harmonics cos(2 n a) of the azimuth a
relative to the strike. An offset takes four neighbouring nodes with the weights of the cubic through them in ln
distance, each with every harmonic. Segments of the table have equal steps in ln distance and are never reached across,
so that what is interpolated may bend where two of them meet. A table of point sources has one harmonic: no azimuth.
"""

import numpy as np
from numba import njit

SCATTER_COLUMNS = 32
"""Maps that are summed together; their sums of a site stay in the cache of the processor."""


@njit(cache=True)
def offset_stencil(east_m, north_m, depth_km, sine, cosine, ln_nodes, steps, cosines, nodes, values):
    """Where an offset (m) falls in the table: four hypocentral nodes and weights, and cos(2 n a) for each harmonic.

    `sine` and `cosine` are those of the strike, clockwise from north. Fills `cosines` (harmonic,), `nodes` (4,),
    `values` (4,); False when the hypocentre is beyond the last node.
    """
    along = east_m * sine + north_m * cosine
    across = east_m * cosine - north_m * sine
    square = along * along + across * across
    x = 0.5 * np.log(square * 1e-6 + depth_km * depth_km)
    if x > ln_nodes[-1]:
        return False
    cosines[0] = 1.0
    if cosines.size > 1:
        c = (along * along - across * across) / square if square > 0.0 else 1.0
        cosines[1] = c
        for n in range(2, cosines.size):
            cosines[n] = 2.0 * c * cosines[n - 1] - cosines[n - 2]
    start, segment = 0, 0
    while segment < steps.size - 1 and x > ln_nodes[start + steps[segment]]:
        start += steps[segment]
        segment += 1
    width = ln_nodes[start + 1] - ln_nodes[start]
    lowest = min(max(int((x - ln_nodes[start]) / width) - 1, 0), steps[segment] - 3)
    t = (x - ln_nodes[start + lowest]) / width
    for i in range(4):
        nodes[i] = start + lowest + i
    values[0] = -(t - 1.0) * ((t - 2.0) * -0.5) * ((t - 3.0) / -3.0)
    values[1] = t * (2.0 - t) * ((t - 3.0) * -0.5)
    values[2] = t * 0.5 * (t - 1.0) * (3.0 - t)
    values[3] = t / 3.0 * ((t - 1.0) * 0.5) * (t - 2.0)
    return True


@njit(cache=True, nogil=True)
def scatter(first, last, site_x, site_y, x, y, depth_km, maps, sine, cosine, ln_nodes, steps, harmonics, out):
    """Sum cells at x, y, depth with `maps` (cell, q) onto the nodes of each site: out (site, node x harmonic + 1, q).

    The last row holds what lies beyond the largest distance. Tasks first..last are pairs of a site and a block of
    `SCATTER_COLUMNS` columns of the maps, site major.
    """
    cells, columns = maps.shape
    last_row = ln_nodes.size * harmonics
    blocks = (columns + SCATTER_COLUMNS - 1) // SCATTER_COLUMNS
    sums, source = np.empty((last_row + 1) * SCATTER_COLUMNS), np.zeros(SCATTER_COLUMNS)
    cosines, nodes, values = np.empty(harmonics), np.empty(4, dtype=np.int64), np.empty(4)
    for task in range(first, last):
        site, start = task // blocks, (task % blocks) * SCATTER_COLUMNS
        width = min(SCATTER_COLUMNS, columns - start)
        # rows of whole vectors, and unsigned indices: no test for counting from the end
        row = np.uint64((width + 3) // 4 * 4)
        sums[: (last_row + 1) * row] = 0.0
        for cell in range(cells):
            for q in range(width):
                source[q] = maps[cell, start + q]
            east, north = site_x[site] - x[cell], site_y[site] - y[cell]
            if offset_stencil(east, north, depth_km[cell], sine, cosine, ln_nodes, steps, cosines, nodes, values):
                for i in range(4):
                    at = np.uint64(nodes[i] * harmonics) * row
                    for n in range(harmonics):
                        factor = values[i] * cosines[n]
                        for q in range(row):
                            sums[at + q] += factor * source[q]
                        at += row
            else:
                for q in range(row):
                    sums[np.uint64(last_row) * row + q] += source[q]
        for r in range(last_row + 1):
            for q in range(width):
                out[site, r, start + q] = sums[np.uint64(r) * row + np.uint64(q)]
