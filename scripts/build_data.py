"""Build the packaged data from a folder of source tables, write the digests and the page of documentation.

    python scripts/build_data.py --from SOURCES [--reference REFERENCES] [--into PACKAGE]

SOURCES is a folder with the files that the entries of `data/catalogue.toml` name under `built_from`;
REFERENCES is a folder with the results of independent programs (`gmm_v7.npz`, `fcm_v7.npz`,
`rupture_distance.npz`); without it the reference datasets that are already there are kept. One function
builds one group of files, nothing looks for files anywhere else, and the same input gives the same bytes.
Reading the parquet sources needs `pyarrow`, which the package itself does not.
"""

import argparse
import re
import sys
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
import xarray as xr
from data_catalogue import measured, page
from data_files import Target, read_features, write_dataset, write_features, write_table
from data_references import references
from data_subsidence import subsidence

from mijnrisico import data

REPOSITORY = Path(__file__).resolve().parents[1]
PACKAGE = REPOSITORY / "src" / "mijnrisico"

# The part of the country that the maps show: RD New, metres.
NORTH = shapely.box(205_000, 545_000, 285_000, 622_000)
POSTCODES_WITHIN_M = 15_000.0

PLACES = (
    "Loppersum, Zeerijp, Appingedam, Delfzijl, Ten Boer, Winsum, Bedum, Groningen, Hoogezand, Eemshaven, Winschoten"
)
BRANCHES = {
    name: rank for rank, name in enumerate(("lower", "central_lower", "middle", "central", "central_upper", "upper"))
}

Targets = dict[str, Target]


# ---------------------------------------------------------------------------------------- subsurface


def earthquakes(sources: Path, targets: Targets) -> dict[str, int]:
    """Induced earthquakes of the whole country, in order of time."""
    frame = pd.read_csv(sources / "seismicity/knmi_induced_catalogue_1986_2024.csv")
    return {"earthquakes": write_table(targets["earthquakes"], frame.sort_values(["time_utc", "event_id"]))}


def production(sources: Path, targets: Targets) -> dict[str, int]:
    """Monthly volumes per cluster, and the clusters."""
    volumes = pd.read_csv(sources / "production/groningen_production_monthly_by_cluster.csv")
    volumes["origin"] = volumes["source_table"].map(
        {
            "monthly_to_2021": "to_2021",
            "yearly_workbook_2023": "2022_2023",
            "yearly_workbook_2023_split_by_2020_21_share": "2022_2023_split",
        }
    )
    volumes = volumes.rename(columns={"cluster_code": "cluster"}).sort_values(["cluster", "month"])
    clusters = pd.read_csv(sources / "production/groningen_cluster_locations.csv").rename(
        columns={"cluster_code": "cluster", "cluster_name": "name", "location_note": "note"}
    )
    clusters["name"] = clusters["name"].str.replace("' t ", "'t ")
    return {
        "production_by_cluster": write_table(targets["production_by_cluster"], volumes),
        "production_clusters": write_table(targets["production_clusters"], clusters.sort_values("cluster")),
    }


def static_pressures(sources: Path, targets: Targets) -> dict[str, int]:
    """Static pressure measurements with their quality flag."""
    frame = pd.read_csv(sources / "pressure/groningen_static_pressures.csv").rename(
        columns={"well_code": "well", "well_name": "name", "cluster_code": "cluster"}
    )
    frame = frame.sort_values(["well", "date", "pressure_bara"], kind="stable")
    return {"static_pressures": write_table(targets["static_pressures"], frame)}


def field_outline(sources: Path) -> shapely.Polygon:
    """Return the gas-water-contact outline at full resolution, closed."""
    points = pd.read_csv(sources / "geometry/groningen_field_outline.csv")[["x_rd", "y_rd"]].to_numpy()
    parts = shapely.get_parts(shapely.make_valid(shapely.Polygon(points)))
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


def reservoir(sources: Path, targets: Targets) -> dict[str, int]:
    """The reservoir on cells of 500 m."""
    with xr.open_dataset(sources / "reservoir/groningen_reservoir_grid_500m.nc", engine="h5netcdf") as file:
        grid = file[["thickness", "thickness_filled", "top_depth"]].load().drop_encoding()
    fraction = inside_fraction(field_outline(sources), grid.x.values, grid.y.values)
    grid = grid.assign(inside_fraction=(("y", "x"), np.round(fraction, 9)))
    long_names = {
        "thickness": "thickness of the Rotliegend reservoir as published",
        "thickness_filled": "thickness with partial edge cells and gaps filled from the neighbourhood",
        "top_depth": "depth of the top of the Rotliegend below datum, positive down",
        "inside_fraction": "exact fraction of the cell inside the field outline",
    }
    for name, text in long_names.items():
        grid[name].attrs = {"units": "1" if name == "inside_fraction" else "m", "long_name": text}
    grid.x.attrs = {"units": "m", "standard_name": "projection_x_coordinate", "long_name": "RD New easting"}
    grid.y.attrs = {"units": "m", "standard_name": "projection_y_coordinate", "long_name": "RD New northing"}
    grid.attrs = {"Conventions": "CF-1.11", "title": "Groningen reservoir, cells of 500 m", "crs": "EPSG:28992"}
    return {"reservoir": write_dataset(targets["reservoir"], grid)}


def fault_points(sources: Path, targets: Targets) -> dict[str, int]:
    """Points along the mapped faults, in order along each fault."""
    points = pd.read_parquet(sources / "reservoir/groningen_fault_points_bourne_oates_2017.parquet")
    points = points.sort_values(["fault_id", "part", "point_id"], kind="stable")
    columns: dict[str, tuple[str, str, str, float | None]] = {
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
    faults = xr.Dataset(
        {
            name: (
                "point",
                points[column].to_numpy(np.int64 if step is None else np.float64),
                {"units": unit, "long_name": text},
            )
            for name, (column, unit, text, step) in columns.items()
        },
        attrs={"title": "Points along the faults of Groningen", "crs": "EPSG:28992"},
    )
    steps = {name: step for name, (_, _, _, step) in columns.items()}
    return {"fault_points": write_dataset(targets["fault_points"], faults, steps)}


# ---------------------------------------------------------------------------------------- maps and people


def maps(sources: Path, targets: Targets) -> dict[str, int]:
    """Outline, coast, municipalities and gas fields: the background of the maps."""
    outline = field_outline(sources)
    name = {"name": "Groningen", "boundary": "gas-water contact"}
    points = pd.read_csv(sources / "geometry/netherlands_coast_outline.csv")
    coast = [
        ({"segment": int(number)}, line)
        for number, group in points.groupby("segment_id")
        if len(group) > 1
        for line in shapely.get_parts(
            shapely.simplify(shapely.LineString(group[["x_rd", "y_rd"]]).intersection(NORTH), 20.0)
        )
        if not line.is_empty
    ]
    municipalities = [
        (record | {"population": int(record["population"])}, shape)
        for record, shape in _features(sources / "geometry/municipalities_north_netherlands.geojson", NORTH)
    ]
    fields = [
        (record | {"name": record["field_name"]}, shape.simplify(60.0))
        for record, shape in _features(sources / "geometry/nlog_fields_2022_04.geojson", NORTH)
        if record["category"] == "gas field"
    ]
    municipalities.sort(key=lambda pair: pair[0]["municipality"])
    fields.sort(key=lambda pair: pair[0]["nlog_id"])
    return {
        "groningen_outline": write_features(targets["groningen_outline"], [name], [outline], decimals=1),
        "coast": write_features(targets["coast"], *zip(*coast, strict=True)),
        "municipalities": write_features(targets["municipalities"], *zip(*municipalities, strict=True)),
        "gas_fields": write_features(targets["gas_fields"], *zip(*fields, strict=True)),
    }


def _features(path: Path, meeting: shapely.Geometry) -> list[tuple[dict, shapely.Geometry]]:
    records, shapes = read_features(path)
    keep = shapely.intersects(shapes, meeting)
    return [(record, shape) for record, shape, kept in zip(records, shapes, keep, strict=True) if kept]


def people(sources: Path, targets: Targets) -> dict[str, int]:
    """Postcodes near the field with their population, and the places that reports name."""
    near = field_outline(sources).buffer(POSTCODES_WITHIN_M)
    whole = ("pc4", "population", "x_rd", "y_rd")
    postcodes = [
        (record | {name: round(record[name]) for name in whole}, shape)
        for record, shape in _features(sources / "geometry/pc4_north_netherlands.geojson", near)
    ]
    postcodes.sort(key=lambda pair: pair[0]["pc4"])

    centres = pd.read_csv(sources / "exposure/centres_of_population.csv").set_index("place")
    inhabitants = pd.read_csv(sources / "exposure/population_by_pc4.csv")
    inhabitants = inhabitants[inhabitants["province"] == "Groningen"]
    places = []
    for place in PLACES.split(", "):
        if place in centres.index:
            x, y = centres.loc[place, ["x_rd", "y_rd"]]
            source = "centre of population (TNO)"
        else:
            own = inhabitants[inhabitants["place"] == place]
            x, y = (np.average(own[axis], weights=own["population"]) for axis in ("x_rd", "y_rd"))
            source = "population-weighted mean of the postcodes (CBS)"
        places.append({"place": place, "x_rd": round(x), "y_rd": round(y), "source": source})
    return {
        "postcodes": write_features(targets["postcodes"], *zip(*postcodes, strict=True)),
        "places": write_table(targets["places"], pd.DataFrame(places)),
        "esrm20_buildings": write_table(targets["esrm20_buildings"], esrm20(sources)),
    }


def esrm20(sources: Path) -> pd.DataFrame:
    """Buildings and occupants of ESRM20 in the two northern provinces, homes per municipality, work per province."""
    frame = pd.read_csv(sources / "exposure/esrm20_buildings_groningen_drenthe.csv").rename(
        columns={
            "occupancy": "use",
            "occupancy_type": "kind",
            "settlement_type": "settlement",
            "occupants_per_asset": "occupants",
            "occupants_per_asset_day": "occupants_day",
            "occupants_per_asset_night": "occupants_night",
        }
    )
    frame["use"] = frame["use"].map({"Res": "residential", "Com": "commercial"})
    return frame.sort_values(["use", "province", "municipality_2012", "kind", "taxonomy"], kind="stable")


def site_zones(sources: Path, targets: Targets) -> dict[str, int]:
    """Geological zones of the site response, in order of their number."""
    records, shapes = read_features(sources / "site/geological_zones_v6.geojson")
    zones = [
        (
            record | {"has_v7_amplification": record["in_amplification_v6_v7"], "geology": record["geology_label"]},
            shape,
        )
        for record, shape in zip(records, shapes, strict=True)
    ]
    zones.sort(key=lambda pair: pair[0]["zone"])
    return {"site_zones": write_features(targets["site_zones"], *zip(*zones, strict=True))}


# ---------------------------------------------------------------------------------------- model tables


def in_order(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Sort by keys, branches from lower to upper instead of by the alphabet."""
    return frame.sort_values(
        keys, key=lambda column: column.map(BRANCHES) if column.name == "branch" else column, kind="stable"
    )


def ground_motion(sources: Path, targets: Targets) -> dict[str, int]:
    """Coefficients of the ground-motion model V7: medians, sigmas, correlation, amplification, tree, wierden."""

    def v7(name: str) -> pd.DataFrame:
        read = pd.read_parquet if name.endswith("parquet") else pd.read_csv
        frame = read(sources / "gmm" / name)
        return frame[frame["gmm_version"] == "V7"].reset_index(drop=True)

    def period_s(label: pd.Series) -> pd.Series:
        return label.str.extract(r"SA\(([\d.]+)\)")[0].astype(float)

    sigmas, pairs, zones = v7("gmm_sigmas.csv"), v7("gmm_correlations.csv"), v7("gmm_amplification.parquet")
    sigmas["period_s"] = period_s(sigmas["im"])
    pairs["period_1_s"], pairs["period_2_s"] = period_s(pairs["im_1"]), period_s(pairs["im_2"])
    zones["period_s"] = period_s(zones["im"])
    tables = {
        "gmm_v7_medians": in_order(v7("gmm_medians.csv"), ["period_s", "branch", "parameter"]),
        "gmm_v7_sigmas": in_order(sigmas, ["component", "period_s", "branch"]),
        "gmm_v7_correlations": pairs.sort_values(["period_1_s", "period_2_s"]),
        "gmm_v7_amplification": zones.sort_values(["zone", "period_s"]),
        "gmm_v7_logic_tree": v7("gmm_logic_tree.csv"),
        "gmm_wierde_factor": pd.read_csv(sources / "gmm/gmm_wierde_factor.csv"),
    }
    return {name: write_table(targets[name], frame) for name, frame in tables.items()}


def measured_by(label: pd.Series) -> pd.Series:
    """Write labels of measures in one way: SA(1) for SA(1.0), PGA, PGV and D5-75 as they are."""
    period = label.str.extract(r"SA\(([\d.]+)\)")[0].astype(float)
    return label.where(period.isna(), "SA(" + period.map("{:g}".format) + ")")


def by_measure(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Sort by keys: PGV and PGA before the periods in order, branches from lower to upper."""

    def rank(column: pd.Series) -> pd.Series:
        if column.name == "branch":
            return column.map(BRANCHES)
        if str(column.name).startswith("measure"):
            first = {"PGV": -2.0, "PGA": -1.0, "D5-75": np.inf}
            return column.map(lambda name: first[name] if name in first else float(name[3:-1]))
        return column

    return frame.sort_values(keys, key=rank, kind="stable")


def ground_motion_v5_v6(sources: Path, targets: Targets) -> dict[str, int]:
    """Coefficients of the ground-motion models V5 and V6, one row a measure and branch, and the duration of V5."""
    folder, rows = sources / "gmm", {}
    for version in ("V5", "V6"):

        def own(name: str, version: str = version) -> pd.DataFrame:
            frame = (pd.read_parquet if name.endswith("parquet") else pd.read_csv)(folder / name)
            frame = frame[frame["gmm_version"] == version].reset_index(drop=True)
            for label, column in {"im": "measure", "im_1": "measure_1", "im_2": "measure_2"}.items():
                if label in frame:
                    frame[column] = measured_by(frame[label])
            return frame

        medians = own("gmm_medians.csv").pivot(index=["measure", "branch"], columns="parameter", values="value")
        sigmas = own("gmm_sigmas.csv")
        sigmas["column"] = sigmas["component"] + "_" + sigmas["branch"]
        sigmas = sigmas.pivot(index="measure", columns="column", values="value")
        pairs = own("gmm_correlations.csv")
        pairs = pairs[(pairs["measure_1"] != "D5-75") & (pairs["measure_2"] != "D5-75")]
        tables = {
            "medians": by_measure(medians.reset_index(), ["measure", "branch"]),
            "sigmas": by_measure(sigmas.reset_index(), ["measure"]),
            "correlations": by_measure(pairs, ["measure_1", "measure_2"]),
            "amplification": by_measure(own("gmm_amplification.parquet"), ["zone", "measure"]),
            "logic_tree": own("gmm_logic_tree.csv"),
        }
        if version == "V5":
            duration = own("gmm_duration_v5.csv").pivot(index="branch", columns="parameter", values="value")
            tables["duration"] = in_order(duration.reset_index(), ["branch"])
            spectral = own("gmm_duration_correlations_v5.csv")
            spectral = spectral.rename(columns={"correlation_with_d5_75": "correlation"})
            tables["duration_correlations"] = by_measure(spectral, ["measure"])
        for kind, frame in tables.items():
            name = f"gmm_{version.lower()}_{kind}"
            rows[name] = write_table(targets[name], frame)
    return rows


def other_motion(sources: Path, targets: Targets) -> dict[str, int]:
    """PGV of Groningen, models for other fields, and the empirical correlation of the site term."""
    folder = sources / "gmm"
    site = pd.read_csv(folder / "period_correlation_empirical_2024.csv")
    site["measure_1"], site["measure_2"] = measured_by(site["im_1"]), measured_by(site["im_2"])
    pgv = pd.read_csv(folder / "pgv_ds1_models.csv")
    pgv = pgv[pgv["model_version"] == 2021].pivot(index="component", columns="parameter", values="value")
    other = pd.read_csv(folder / "other_motion_models.csv")
    other["measure"] = measured_by(other["im"])
    douglas = other[other["model"] == "douglas_2013"].copy()
    letters = douglas["variant"].str.extract(r"SD(\d+)Q(\d+)K(\d+)").astype(int)
    douglas["stress_drop_bar"], douglas["quality_factor"] = letters[0], letters[1]
    douglas["kappa_s"] = letters[2] / 1000.0
    scatter = douglas.dropna(subset=["phi"]).rename(columns={"tau_s": "tau_soultz", "tau_b": "tau_basel"})
    scatter = scatter[["measure", "phi", "tau_soultz", "tau_basel"]].drop_duplicates()
    if scatter["measure"].duplicated().any():
        raise SystemExit("douglas_2013: the standard deviations differ between variants, and did not before")
    variant = ["stress_drop_bar", "quality_factor", "kappa_s"]
    tables = {
        "gmm_site_correlations_2024": by_measure(site, ["measure_1", "measure_2"]),
        "gmm_pgv_2021": pgv.reset_index(),
        "gmm_atkinson_2015": by_measure(other[other["model"] == "atkinson_2015"], ["measure"]),
        "gmm_douglas_2013_medians": by_measure(douglas.dropna(subset=["b1"]), [*variant, "measure"]),
        "gmm_douglas_2013_sigmas": by_measure(scatter, ["measure"]),
    }
    return {name: write_table(targets[name], frame) for name, frame in tables.items()}


def vulnerability(sources: Path, targets: Targets) -> dict[str, int]:
    """Fragility and consequence of FCM V5, V6 and V7, one row a class and branch; weights, conversion, names of V5."""
    rows = {}
    for kind in ("fragility", "consequence"):
        long = pd.read_csv(sources / f"fcm/fcm_{kind}.csv")
        for version in ("V5", "V6", "V7"):
            name = f"fcm_{version.lower()}_{kind}"
            wide = (
                long[long["fcm_version"] == version]
                .pivot(index=["vulnerability_class", "branch"], columns="parameter", values="value")
                .reset_index()
                .rename(columns={"t1": "t1_s", "t2": "t2_s"})
            )
            left_out = [column for column in wide if column not in targets[name].columns]
            if np.any(wide[left_out].to_numpy()):
                raise SystemExit(f"{name}: {left_out} are left out because they are zero, and now they are not")
            rows[name] = write_table(targets[name], in_order(wide, ["vulnerability_class", "branch"]))
    codes = pd.read_csv(sources / "fcm/fcm_v5_structural_codes.csv")
    codes = codes.rename(columns={"nam_v5_structural_system": "structural_system"})
    conversion = pd.read_csv(sources / "fcm/fcm_tno2020_conversion.csv")
    conversion = conversion.rename(columns={"model_uncertainty_sigma": "model_uncertainty"})
    others = {
        "fcm_logic_tree": pd.read_csv(sources / "fcm/fcm_logic_tree.csv"),
        "fcm_v5_structural_systems": codes,
        "fcm_tno2020_conversion": conversion,
        "ds1_fragility": pd.read_csv(sources / "damage/ds1_fragility.csv"),
    }
    return rows | {name: write_table(targets[name], frame) for name, frame in others.items()}


RECORDED = re.compile(
    r"recorded maximum (?P<measure>PG[AV]), (?P<place>[^,]+) (?P<date>\d{4}-\d\d-\d\d)( M[\d.]+)?"
    r"(, station (?P<station>[^,]+))?(, (?P<epicentral_km>[\d.]+) km)?"
)


def recorded_peaks(anchors: pd.DataFrame) -> pd.DataFrame:
    """Recorded maxima among the published results, a row each, with the event that the text names."""
    rows = []
    for quantity, value, unit, source in anchors[["quantity", "value", "unit", "source"]].itertuples(index=False):
        if found := RECORDED.fullmatch(quantity):
            rows.append(found.groupdict() | {"value": value, "unit": unit, "source": source})
    return pd.DataFrame(rows).assign(epicentral_km=lambda frame: frame["epicentral_km"].astype(float))


def expected_municipalities(companies: pd.DataFrame) -> pd.DataFrame:
    """The municipalities where the industry rule of 2021 expects 0.05 g, as published results, a row each."""
    expected = companies.loc[companies["municipality_in_note_art3"] == "yes", "municipality_2021_derived"]
    rows = [
        {
            "theme": "hazard",
            "quantity": f"PGA of at least 0.05 g, 475-year return period, expected in the municipality of {name}",
            "value": 0.05,
            "unit": "g",
            "period": "2021",
            "source": "Beleidsregel vergoeding kosten aardbevingsbestendige industrie Groningen (Stcrt. 2021, 6830), "
            "explanatory note to article 3",
            "note": "one of five, and nowhere else; boundaries of 2021; no model or component in what was read",
        }
        for name in sorted(set(expected))
    ]
    return pd.DataFrame(rows)


def annex_i(sources: Path, targets: Targets) -> dict[str, int]:
    """The establishments of annex I of the industry rule, as printed."""
    frame = pd.read_csv(sources / "industry/annex_i_companies.csv").rename(
        columns={"municipality_2021_derived": "municipality_2021"}
    )
    frame["in_note_to_article_3"] = frame["municipality_in_note_art3"] == "yes"
    return {"industry_annex_i": write_table(targets["industry_annex_i"], frame)}


def published(sources: Path, targets: Targets) -> dict[str, int]:
    """Published results that ours are held against."""
    anchors = pd.read_csv(sources / "published/published_result_anchors.csv")
    companies = pd.read_csv(sources / "industry/annex_i_companies.csv")
    anchors = pd.concat([anchors, expected_municipalities(companies)], ignore_index=True)
    parameters = pd.read_csv(sources / "published/source_model_parameters.csv")
    return {
        "published_anchors": write_table(targets["published_anchors"], anchors),
        "recorded_peaks": write_table(targets["recorded_peaks"], in_order(recorded_peaks(anchors), ["date"])),
        "source_parameters": write_table(targets["source_parameters"], parameters),
    }


BUILDERS = (
    earthquakes,
    production,
    static_pressures,
    reservoir,
    fault_points,
    maps,
    people,
    site_zones,
    ground_motion,
    ground_motion_v5_v6,
    other_motion,
    vulnerability,
    annex_i,
    published,
    subsidence,
)


def build(sources: Path, reference: Path | None, package: Path) -> dict[str, int]:
    """Build every file below `package`, update its catalogue, and return the rows of each entry built."""
    catalogue = package / "data" / "catalogue.toml"
    text = catalogue.read_text(encoding="utf-8")
    entries = tomllib.loads(text)
    targets = {name: Target(package / e["file"], tuple(e["columns"])) for name, e in entries.items()}
    folders = {name: reference if name.startswith("reference_") else sources for name in entries}
    wanted = {
        folder / file for name, folder in folders.items() if folder is not None for file in entries[name]["built_from"]
    }
    missing = sorted(str(path) for path in wanted if not path.is_file())
    if missing:
        raise SystemExit("source tables not found:\n  " + "\n  ".join(missing))

    rows: dict[str, int] = {}
    for builder in BUILDERS:
        rows |= builder(sources, targets)
    if reference is not None:
        rows |= references(reference, targets)
    for name, count in rows.items():
        text = measured(text, name, targets[name].path, count)
    catalogue.write_text(text, encoding="utf-8", newline="\n")
    return rows


def main() -> None:
    """Read the command line, build, and write the page of documentation when it is the package's own data."""
    parser = argparse.ArgumentParser(description="Build the packaged data of mijnrisico from source tables.")
    parser.add_argument("--from", dest="sources", type=Path, required=True, help="folder of source tables")
    parser.add_argument("--reference", type=Path, help="folder with results of independent programs (npz)")
    parser.add_argument("--into", type=Path, default=PACKAGE, help="package folder to write (default: this one)")
    arguments = parser.parse_args()
    rows = build(arguments.sources, arguments.reference, arguments.into)
    for name, count in rows.items():
        sys.stdout.write(f"{name:28s} {count:8d}\n")
    if arguments.into == PACKAGE:
        path = REPOSITORY / "docs" / "look-up" / "data.md"
        path.write_text(page(data.entries()), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
