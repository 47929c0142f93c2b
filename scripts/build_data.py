"""Build the packaged data from a folder of source tables, and write their digests into the catalogue.

    python scripts/build_data.py --from SOURCES [--reference REFERENCES] [--into PACKAGE]

SOURCES is a folder with the files that the entries of `data/catalogue.toml` name under `built_from`;
REFERENCES is a folder with the results of independent programs (`gmm_v7.npz`, `fcm_v7.npz`,
`rupture_distance.npz`); without it the reference datasets that are already there are kept. One function
builds one group of files; nothing here looks for files anywhere else. The same input gives the same
bytes: tables are sorted by their key, archives carry no time, NetCDF is written without timestamps.
Reading the parquet sources needs `pyarrow`, which the package itself does not.
"""

import argparse
import gzip
import hashlib
import json
import re
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
import xarray as xr

PACKAGE = Path(__file__).resolve().parents[1] / "src" / "mijnrisico"
CRS_MEMBER = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::28992"}}

# The part of the country that the maps show: RD New, metres.
NORTH = shapely.box(205_000, 545_000, 285_000, 622_000)
POSTCODES_WITHIN_M = 15_000.0

PLACES = (
    "Loppersum Zeerijp Appingedam Delfzijl Ten_Boer Winsum Bedum Groningen Hoogezand Eemshaven Winschoten"
).split()

AMPLIFICATION = "a0 a1 b0 b1 a2 b2 a3 ma mb mref2 rref f2 f3 s1 s2 xl xh af_min af_max".split()
DISPLACEMENT_LIMITS = "dl_ds2 dl_ds3 dl_ds4 dl_cs1 dl_cs2 dl_cs3".split()
FRAGILITY = ["b0", "b1", "sigma", *DISPLACEMENT_LIMITS, "median_pga_chf", "beta_chf"]
CONSEQUENCE = (
    "pd_inside_cs1 pd_inside_cs2 pd_inside_cs3 pd_outside_cs1 pd_outside_cs2 pd_outside_cs3 median_pga_chd beta_chd"
).split()
BRANCH_ORDER = "lower central_lower middle central central_upper upper".split()


# ---------------------------------------------------------------------------------------- files


def write_table(path: Path, frame: pd.DataFrame) -> int:
    """Write a CSV with unix line ends, gzipped without time or name when the path ends in .gz."""
    data = frame.to_csv(index=False, lineterminator="\n").encode("utf-8")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(data, compresslevel=9, mtime=0) if path.suffix == ".gz" else data)
    return len(frame)


def write_features(
    path: Path, properties: Iterable[dict], geometries: Iterable[shapely.Geometry], decimals: int = 0
) -> int:
    """Write a GeoJSON feature collection, one feature a line, coordinates rounded, made valid where rounding harms."""
    lines = []
    for record, geometry in zip(properties, geometries, strict=True):
        rounded = shapely.set_precision(geometry, 10.0**-decimals)
        coordinates = _rounded(json.loads(shapely.to_geojson(rounded)), decimals)
        feature = {"type": "Feature", "properties": record, "geometry": coordinates}
        lines.append(json.dumps(feature, ensure_ascii=False, separators=(",", ":")))
    head = {"type": "FeatureCollection", "crs": CRS_MEMBER}
    text = json.dumps(head, separators=(",", ":"))[:-1] + ',"features":[\n' + ",\n".join(lines) + "\n]}\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
    return len(lines)


def _rounded(value: object, decimals: int) -> object:
    if isinstance(value, dict):
        return {key: _rounded(item, decimals) for key, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item, decimals) for item in value]
    if isinstance(value, float):
        return round(value) if decimals == 0 else round(value, decimals)
    return value


def write_dataset(path: Path, data: xr.Dataset, packing: dict[str, dict] | None = None) -> int:
    """Write a compressed NetCDF-4; `packing` gives dtype and scale_factor of variables stored as integers."""
    pack = packing or {}
    compress = {"zlib": True, "complevel": 9, "shuffle": True}
    encoding = {}
    for name, variable in data.variables.items():
        numeric = variable.dtype.kind in "fiu" and variable.ndim > 0
        encoding[name] = (compress if numeric else {}) | pack.get(str(name), {})
        if variable.dtype.kind == "f" and "_FillValue" not in encoding[name]:
            encoding[name]["_FillValue"] = np.nan if variable.isnull().any() else None
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    data.to_netcdf(path, engine="h5netcdf", encoding=encoding)
    return int(max(variable.size for variable in data.data_vars.values()))


def read_features(path: Path) -> tuple[list[dict], np.ndarray]:
    """Read properties and geometries of the features that have a geometry."""
    features = [f for f in json.loads(path.read_text(encoding="utf-8"))["features"] if f["geometry"]]
    geometries = shapely.from_geojson([json.dumps(f["geometry"]) for f in features])
    return [f["properties"] for f in features], shapely.make_valid(geometries)


# ---------------------------------------------------------------------------------------- subsurface


def earthquakes(sources: Path, files: dict[str, Path]) -> dict[str, int]:
    """Induced earthquakes of the whole country, in order of time."""
    frame = pd.read_csv(sources / "seismicity/knmi_induced_catalogue_1986_2024.csv")
    names = "event_id time_utc place magnitude depth_km x_rd y_rd in_groningen_outline evaluation_mode".split()
    return {"earthquakes": write_table(files["earthquakes"], frame.sort_values(["time_utc", "event_id"])[names])}


def production(sources: Path, files: dict[str, Path]) -> dict[str, int]:
    """Monthly volumes per cluster, and the clusters."""
    volumes = pd.read_csv(sources / "production/groningen_production_monthly_by_cluster.csv")
    origin = {
        "monthly_to_2021": "to_2021",
        "yearly_workbook_2023": "2022_2023",
        "yearly_workbook_2023_split_by_2020_21_share": "2022_2023_split",
    }
    volumes["origin"] = volumes["source_table"].map(origin)
    volumes = volumes.rename(columns={"cluster_code": "cluster"}).sort_values(["cluster", "month"])
    clusters = pd.read_csv(sources / "production/groningen_cluster_locations.csv").rename(
        columns={"cluster_code": "cluster", "cluster_name": "name", "location_note": "note"}
    )
    clusters["name"] = clusters["name"].str.replace("' T", "'t").str.replace("' t", "'t").str.strip()
    return {
        "production_by_cluster": write_table(
            files["production_by_cluster"], volumes[["cluster", "month", "volume_nm3", "origin"]]
        ),
        "production_clusters": write_table(
            files["production_clusters"],
            clusters.sort_values("cluster")[["cluster", "name", "role", "x_rd", "y_rd", "note"]],
        ),
    }


def static_pressures(sources: Path, files: dict[str, Path]) -> dict[str, int]:
    """Static pressure measurements with their quality flag."""
    frame = pd.read_csv(sources / "pressure/groningen_static_pressures.csv").rename(
        columns={"well_code": "well", "well_name": "name", "cluster_code": "cluster"}
    )
    names = "well name cluster date pressure_bara flag comment x_rd y_rd".split()
    frame = frame.sort_values(["well", "date", "pressure_bara"], kind="stable")[names]
    return {"static_pressures": write_table(files["static_pressures"], frame)}


def field_outline(sources: Path) -> shapely.Polygon:
    """Return the gas-water-contact outline at full resolution, closed."""
    points = pd.read_csv(sources / "geometry/groningen_field_outline.csv")[["x_rd", "y_rd"]].to_numpy()
    outline = shapely.make_valid(shapely.Polygon(points))
    parts = shapely.get_parts(outline)
    return parts[np.argmax(shapely.area(parts))]


def inside_fraction(outline: shapely.Polygon, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the exact fraction (y, x) of each square cell that lies inside the outline."""
    half = (x[1] - x[0]) / 2
    east, north = np.meshgrid(x, y)
    cells = shapely.box(east - half, north - half, east + half, north + half)
    shapely.prepare(outline)
    fraction = shapely.contains(outline, cells).astype(float)
    edge = shapely.intersects(outline, cells) & (fraction == 0)
    fraction[edge] = shapely.area(shapely.intersection(cells[edge], outline)) / (2 * half) ** 2
    return fraction


def reservoir(sources: Path, files: dict[str, Path]) -> dict[str, int]:
    """The 500 m reservoir grid and the fault points."""
    with xr.open_dataset(sources / "reservoir/groningen_reservoir_grid_500m.nc", engine="h5netcdf") as file:
        source = file.load()
    data = source[["thickness", "thickness_filled", "top_depth"]]
    fraction = inside_fraction(field_outline(sources), data.x.values, data.y.values)
    data = data.assign(inside_fraction=(("y", "x"), np.round(fraction, 9)))
    long_names = {
        "thickness": "thickness of the Rotliegend reservoir as published",
        "thickness_filled": "thickness with partial edge cells and gaps filled from the neighbourhood",
        "top_depth": "depth of the top of the Rotliegend below datum, positive down",
        "inside_fraction": "exact fraction of the cell inside the field outline",
    }
    for name, text in long_names.items():
        data[name].attrs = {"units": "1" if name == "inside_fraction" else "m", "long_name": text}
    data.x.attrs = {"units": "m", "standard_name": "projection_x_coordinate", "long_name": "RD New easting"}
    data.y.attrs = {"units": "m", "standard_name": "projection_y_coordinate", "long_name": "RD New northing"}
    data.attrs = {"Conventions": "CF-1.11", "title": "Groningen reservoir, cells of 500 m", "crs": "EPSG:28992"}

    points = pd.read_parquet(sources / "reservoir/groningen_fault_points_bourne_oates_2017.parquet")
    points = points.sort_values(["fault_id", "part", "point_id"], kind="stable")
    columns = {
        "fault_id": ("fault_id", "1", "number of the fault", None),
        "part": ("part", "1", "part of the fault between gaps of more than 300 m", None),
        "x": ("x_rd", "m", "RD New easting", 1.0),
        "y": ("y_rd", "m", "RD New northing", 1.0),
        "throw": ("throw_m", "m", "difference of the top of the Rotliegend between both sides", 0.01),
        "thickness": ("thickness_mean_m", "m", "total reservoir thickness, mean of both sides", 0.1),
        "length": ("length_m", "m", "half the distance to both neighbours on the fault", 0.1),
        "z_top_left": ("z_top_left_m", "m", "elevation of the top, left side, negative down", 0.01),
        "z_top_right": ("z_top_right_m", "m", "elevation of the top, right side, negative down", 0.01),
    }
    variables, packing = {}, {}
    for name, (column, unit, text, step) in columns.items():
        values = points[column].to_numpy()
        packing[name] = {"dtype": "int32"}
        if step is not None:
            values = values.astype(float)
            packing[name] |= {"scale_factor": step, "_FillValue": -(2**31)}
        variables[name] = ("point", values, {"units": unit, "long_name": text})
        if step is not None and np.abs(values / step - np.round(values / step)).max() > 1e-6:
            raise SystemExit(f"{column}: values do not fit steps of {step}")
    faults = xr.Dataset(variables, attrs={"title": "Fault points, Groningen", "crs": "EPSG:28992"})
    return {
        "reservoir": write_dataset(files["reservoir"], data),
        "fault_points": write_dataset(files["fault_points"], faults, packing),
    }


# ---------------------------------------------------------------------------------------- maps and people


def maps(sources: Path, files: dict[str, Path]) -> dict[str, int]:
    """Outline, coast, municipalities and gas fields: the background of the maps."""
    outline = field_outline(sources)
    rows = {
        "groningen_outline": write_features(
            files["groningen_outline"], [{"name": "Groningen", "boundary": "gas-water contact"}], [outline], 1
        )
    }
    points = pd.read_csv(sources / "geometry/netherlands_coast_outline.csv")
    segments = [
        (int(number), shapely.LineString(group[["x_rd", "y_rd"]].to_numpy()).intersection(NORTH))
        for number, group in points.groupby("segment_id")
        if len(group) > 1
    ]
    lines = [
        (number, part)
        for number, segment in segments
        for part in shapely.get_parts(shapely.simplify(segment, 20.0))
        if not part.is_empty
    ]
    rows["coast"] = write_features(
        files["coast"], [{"segment": number} for number, _ in lines], [line for _, line in lines]
    )
    properties, shapes = read_features(sources / "geometry/municipalities_north_netherlands.geojson")
    keep = [
        ({"municipality": p["municipality"], "province": p["province"], "population": int(p["population"])}, s)
        for p, s in zip(properties, shapes, strict=True)
        if s.intersects(NORTH)
    ]
    keep.sort(key=lambda pair: pair[0]["municipality"])
    rows["municipalities"] = write_features(files["municipalities"], *zip(*keep, strict=True))

    properties, shapes = read_features(sources / "geometry/nlog_fields_2022_04.geojson")
    fields = [
        ({"nlog_id": p["nlog_id"], "name": p["field_name"], "status": p["status"]}, s.simplify(60.0))
        for p, s in zip(properties, shapes, strict=True)
        if p["category"] == "gas field" and s.intersects(NORTH)
    ]
    fields.sort(key=lambda pair: pair[0]["nlog_id"])
    rows["gas_fields"] = write_features(files["gas_fields"], *zip(*fields, strict=True))
    return rows


def people(sources: Path, files: dict[str, Path]) -> dict[str, int]:
    """Postcodes near the field with their population, and the places that reports name."""
    near = field_outline(sources).buffer(POSTCODES_WITHIN_M)
    properties, shapes = read_features(sources / "geometry/pc4_north_netherlands.geojson")
    keep = [
        (
            {
                "pc4": int(p["pc4"]),
                "place": p["place"],
                "municipality": p["municipality"],
                "population": int(p["population"]),
                "x_rd": round(p["x_rd"]),
                "y_rd": round(p["y_rd"]),
            },
            shape,
        )
        for p, shape in zip(properties, shapes, strict=True)
        if shape.intersects(near)
    ]
    keep.sort(key=lambda pair: pair[0]["pc4"])

    centres = pd.read_csv(sources / "exposure/centres_of_population.csv").set_index("place")
    postcodes = pd.read_csv(sources / "exposure/population_by_pc4.csv")
    postcodes = postcodes[postcodes["province"] == "Groningen"]
    places = []
    for place in (name.replace("_", " ") for name in PLACES):
        if place in centres.index:
            x, y, source = *centres.loc[place, ["x_rd", "y_rd"]], "centre of population (TNO)"
        else:
            own = postcodes[postcodes["place"] == place]
            x, y = (np.average(own[axis], weights=own["population"]) for axis in ("x_rd", "y_rd"))
            source = "population-weighted mean of the postcodes (CBS)"
        places.append((place, round(x), round(y), source))
    return {
        "postcodes": write_features(files["postcodes"], *zip(*keep, strict=True)),
        "places": write_table(files["places"], pd.DataFrame(places, columns=["place", "x_rd", "y_rd", "source"])),
    }


def site_zones(sources: Path, files: dict[str, Path]) -> dict[str, int]:
    """Geological zones of the site response, in order of their number."""
    properties, shapes = read_features(sources / "site/geological_zones_v6.geojson")
    zones = [
        (
            {
                "zone": int(p["zone"]),
                "has_v7_amplification": bool(p["in_amplification_v6_v7"]),
                "geology": p["geology_label"],
                "vs30_m_s": p["vs30_m_s"],
            },
            shape,
        )
        for p, shape in zip(properties, shapes, strict=True)
    ]
    zones.sort(key=lambda pair: pair[0]["zone"])
    return {"site_zones": write_features(files["site_zones"], *zip(*zones, strict=True))}


# ---------------------------------------------------------------------------------------- model tables


def period_of(label: pd.Series) -> pd.Series:
    """Return the period in seconds of labels like SA(0.85)."""
    return label.str.extract(r"SA\(([\d.]+)\)")[0].astype(float)


def in_branch_order(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Sort by keys, branches from lower to upper instead of by the alphabet."""
    rank = {name: number for number, name in enumerate(BRANCH_ORDER)}
    return frame.sort_values(
        keys, key=lambda column: column.map(rank) if column.name == "branch" else column, kind="stable"
    ).reset_index(drop=True)


def ground_motion(sources: Path, files: dict[str, Path]) -> dict[str, int]:
    """Coefficients of the ground-motion model V7: medians, sigmas, correlation, amplification, tree, wierden."""

    def v7(name: str) -> pd.DataFrame:
        read = pd.read_parquet if name.endswith("parquet") else pd.read_csv
        frame = read(sources / "gmm" / name)
        return frame[frame["gmm_version"] == "V7"].reset_index(drop=True)

    medians = in_branch_order(v7("gmm_medians.csv"), ["period_s", "branch", "parameter"])
    sigmas = v7("gmm_sigmas.csv").assign(period_s=lambda f: period_of(f["im"]))
    sigmas = in_branch_order(sigmas, ["component", "period_s", "branch"])
    correlations = v7("gmm_correlations.csv").assign(
        period_1_s=lambda f: period_of(f["im_1"]), period_2_s=lambda f: period_of(f["im_2"])
    )
    correlations = correlations.sort_values(["period_1_s", "period_2_s"])
    amplification = v7("gmm_amplification.parquet").assign(period_s=lambda f: period_of(f["im"]))
    amplification = amplification.sort_values(["zone", "period_s"])

    tree = v7("gmm_logic_tree.csv")
    wierde = pd.read_csv(sources / "gmm/gmm_wierde_factor.csv").rename(columns={"wierde_ln_factor": "ln_factor"})
    tables = {
        "gmm_v7_medians": medians[["period_s", "branch", "parameter", "value"]],
        "gmm_v7_sigmas": sigmas[["period_s", "component", "branch", "value"]],
        "gmm_v7_correlations": correlations[["period_1_s", "period_2_s", "correlation"]],
        "gmm_v7_amplification": amplification[["zone", "period_s", *AMPLIFICATION]],
        "gmm_v7_logic_tree": tree[["node", "branch", "branch_value", "weight"]],
        "gmm_wierde_factor": wierde[["period_s", "ln_factor"]],
    }
    return {name: write_table(files[name], frame) for name, frame in tables.items()}


def vulnerability(sources: Path, files: dict[str, Path]) -> dict[str, int]:
    """Fragility and consequence of FCM V7 and TNO2020, one row a class and branch, and their weights."""
    rows = {}
    for kind, columns in (("fragility", FRAGILITY), ("consequence", CONSEQUENCE)):
        long = pd.read_csv(sources / f"fcm/fcm_{kind}.csv")
        for version, name in (("V7", f"fcm_v7_{kind}"), ("TNO2020", f"fcm_tno2020_{kind}")):
            wide = (
                long[long["fcm_version"] == version]
                .pivot(index=["vulnerability_class", "branch"], columns="parameter", values="value")
                .reset_index()
            )
            unused = [column for column in ("t1", "t2", "b2", "b3") if column in wide]
            if unused and np.any(wide[unused].to_numpy()):
                raise SystemExit(f"{name}: coefficients {unused} are left out because they are zero; they are not")
            wide = in_branch_order(wide, ["vulnerability_class", "branch"])
            rows[name] = write_table(files[name], wide[["vulnerability_class", "branch", *columns]])
    tree = pd.read_csv(sources / "fcm/fcm_logic_tree.csv")[["node", "branch", "weight"]]
    return rows | {"fcm_logic_tree": write_table(files["fcm_logic_tree"], tree)}


def published(sources: Path, files: dict[str, Path]) -> dict[str, int]:
    """Published results that ours are held against."""
    anchors = pd.read_csv(sources / "published/published_result_anchors.csv")
    parameters = pd.read_csv(sources / "published/source_model_parameters.csv")
    return {
        "published_anchors": write_table(files["published_anchors"], anchors),
        "source_parameters": write_table(files["source_parameters"], parameters),
    }


# ---------------------------------------------------------------------------------------- references


def references(folder: Path, files: dict[str, Path]) -> dict[str, int]:
    """Results of independent programs as labelled datasets."""
    gmm, fcm, rupture = (dict(np.load(folder / f"{name}.npz")) for name in ("gmm_v7", "fcm_v7", "rupture_distance"))
    axes = ("zone", "period_s", "magnitude", "distance_rupture_km", "SA_reference_cms2")
    motion = {
        "reference_median_ln": ("branch", *axes[1:4]),
        "c2c_variance": axes[1:4],
        "reference_gm_variance": ("tau_branch", "phi_branch", "period_s"),
        "af_median_ln": axes,
        "af_linear_ln": axes[:4],
        "af_nonlinear_ln": ("zone", "period_s", "SA_reference_cms2"),
        "af_variance_as_run": ("zone", "period_s", "SA_reference_cms2"),
        "af_variance_arg_in_g": ("zone", "period_s", "SA_reference_cms2"),
        "af_max_ln": ("zone", "period_s"),
        "wierde_ln": ("surface", "period_s"),
        "corr": ("period_s", "period_2_s"),
        "branch_median_weights": ("magnitude", "branch"),
    }
    motion = xr.Dataset(
        {
            name: (dims, gmm[name], unit("ln(cm/s2)" if name == "reference_median_ln" else "1"))
            for name, dims in motion.items()
        },
        coords={
            "zone": ("zone", gmm["zone"].astype(np.int64)),
            "period_s": ("period_s", gmm["period_s"], unit("s")),
            "magnitude": ("magnitude", gmm["magnitude"], unit("1")),
            "distance_rupture_km": ("distance_rupture_km", gmm["distance_rupture_km"], unit("km")),
            "SA_reference_cms2": ("SA_reference_cms2", gmm["SA_reference_cms2"], unit("cm/s2")),
            "branch": ("branch", gmm["branch"].astype(object)),
            "surface": ("surface", np.array(["regular", "wierde"], dtype=object)),
        },
    )
    triple = np.array(["lower", "middle", "upper"], dtype=object)
    curves = xr.Dataset(
        {
            "structural_poe": (("branch", "cls", "limit_state", "sa"), fcm["structural_poe"], unit("1")),
            "structural_poe_mean": (("cls", "limit_state", "sa"), fcm["structural_poe_mean"], unit("1")),
            "structural_pod_mean": (("cls", "location", "sa"), fcm["structural_pod_mean"], unit("1")),
            "pod_given_limit_state": (("branch", "cls", "location", "limit_state"), fcm["pod_cond_poe"], unit("1")),
            "chimney_poe": (("branch", "cls", "sa"), fcm["chimney_poe"], unit("1")),
            "chimney_pod": (("branch", "cls", "sa"), fcm["chimney_pod"], unit("1")),
            "chimney_pod_mean": (("cls", "sa"), fcm["chimney_pod_mean"], unit("1")),
            "lpr_mean_if_equal": (("cls", "sa"), fcm["LPR_mean_if_SaAvg_equals_PGA"], unit("1")),
            "weight_fragility": ("branch", fcm["weights_fragility"], unit("1")),
            "weight_consequence": ("branch", fcm["weights_consequence"], unit("1")),
        },
        coords={
            "cls": ("cls", fcm["vulnerability_class"].astype(object)),
            "limit_state": ("limit_state", fcm["limit_state"].astype(object)),
            "location": ("location", fcm["location"].astype(object)),
            "branch": ("branch", triple),
            "sa": ("sa", fcm["SA_g"], unit("g")),
        },
    ).rename(cls="vulnerability_class")
    point = ("magnitude", "distance_hypocenter_km", "azimuth_deg")
    distances = xr.Dataset(
        {
            "R_quantiles_km": ((*point, "quantile"), rupture["R_quantiles_km"], unit("km")),
            "R_mean_km": (point, rupture["R_mean_km"], unit("km")),
            "node_pmf": ((*point, "node_R_km"), rupture["node_pmf"], unit("1")),
            "rupture_length_median_km": (
                "rupture_length_magnitude",
                rupture["rupture_length_median_km"],
                unit("km"),
            ),
        },
        coords={
            "magnitude": ("magnitude", rupture["magnitude"], unit("1")),
            "distance_hypocenter_km": ("distance_hypocenter_km", rupture["distance_hypocenter_km"], unit("km")),
            "azimuth_deg": ("azimuth_deg", rupture["azimuth_deg"], unit("degree")),
            "quantile": ("quantile", rupture["quantile"], unit("1")),
            "node_R_km": ("node_R_km", rupture["node_R_km"], unit("km")),
            "rupture_length_magnitude": (
                "rupture_length_magnitude",
                rupture["rupture_length_magnitude"],
                unit("1"),
            ),
        },
        attrs={"samples": int(rupture["n_sample"])},
    )
    return {
        "reference_gmm_v7": write_dataset(files["reference_gmm_v7"], motion),
        "reference_fcm_v7": write_dataset(files["reference_fcm_v7"], curves),
        "reference_rupture_distance": write_dataset(files["reference_rupture_distance"], distances),
    }


def unit(text: str) -> dict[str, str]:
    """Return the attributes of a variable in this unit."""
    return {"units": text}


# ---------------------------------------------------------------------------------------- catalogue


def measured(catalogue: str, name: str, path: Path, rows: int) -> str:
    """Return the text of the catalogue with digest, size and rows of one entry filled in."""
    data = path.read_bytes()
    values = {"sha256": f'"{hashlib.sha256(data).hexdigest()}"', "bytes": str(len(data)), "rows": str(rows)}
    head, separator, rest = catalogue.partition(f"\n[{name}]\n")
    if not separator:
        raise SystemExit(f"catalogue.toml has no entry [{name}]")
    body, separator, tail = rest.partition("\n[")
    for key, value in values.items():
        body, count = re.subn(rf"(?m)^{key} = .*$", f"{key} = {value}", body)
        if count != 1:
            raise SystemExit(f"catalogue.toml: [{name}] needs one line '{key} = '")
    return f"{head}\n[{name}]\n{body}{separator}{tail}"


BUILDERS = (
    earthquakes,
    production,
    static_pressures,
    reservoir,
    maps,
    people,
    site_zones,
    ground_motion,
    vulnerability,
    published,
)


def build(sources: Path, reference: Path | None, package: Path) -> dict[str, int]:
    """Build every file below `package`, update its catalogue, and return the rows of each entry built."""
    catalogue = package / "data" / "catalogue.toml"
    text = catalogue.read_text(encoding="utf-8")
    entries = tomllib.loads(text)
    files = {name: package / entry["file"] for name, entry in entries.items()}
    wanted = [
        (reference if name.startswith("reference_") else sources) / file
        for name, entry in entries.items()
        for file in entry["built_from"]
        if reference is not None or not name.startswith("reference_")
    ]
    missing = sorted({str(path) for path in wanted if not path.is_file()})
    if missing:
        raise SystemExit("source tables not found:\n  " + "\n  ".join(missing))

    rows: dict[str, int] = {}
    for builder in BUILDERS:
        rows |= builder(sources, files)
    if reference is not None:
        rows |= references(reference, files)
    for name, count in rows.items():
        text = measured(text, name, files[name], count)
    catalogue.write_text(text, encoding="utf-8", newline="\n")
    return rows


def main() -> None:
    """Read the command line and build."""
    parser = argparse.ArgumentParser(description="Build the packaged data of mijnrisico from source tables.")
    parser.add_argument("--from", dest="sources", type=Path, required=True, help="folder of source tables")
    parser.add_argument("--reference", type=Path, help="folder with results of independent programs (npz)")
    parser.add_argument("--into", type=Path, default=PACKAGE, help="package folder to write (default: this one)")
    arguments = parser.parse_args()
    rows = build(arguments.sources, arguments.reference, arguments.into)
    for name, count in rows.items():
        sys.stdout.write(f"{name:28s} {count:8d}\n")


if __name__ == "__main__":
    main()
