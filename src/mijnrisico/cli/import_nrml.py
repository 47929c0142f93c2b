"""`mijnrisico import nrml`: a source model and sites of OpenQuake as the forecast and the sites of a scenario."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from mijnrisico import messages
from mijnrisico.cli import outputs, show
from mijnrisico.cli.options import COMMON, Common, option
from mijnrisico.errors import InputError, Problem, UsageError
from mijnrisico.messages import Phrase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mijnrisico.data.readers.nrml import SitePoint
    from mijnrisico.data.readers.nrml_points import Points

SPACING_KM: Final = 1.0
_EXAMPLE: Final = "mijnrisico import nrml sources.xml sites.xml --out my_field"
_POINTLIKE: Final = "PointMSR"


def import_nrml(
    *files: Annotated[Path, option("nrml_files")],
    out: Annotated[Path, option("nrml_out", "--out")] = Path(),
    spacing: Annotated[float, option("nrml_spacing", "--spacing")] = SPACING_KM,
    bin_width: Annotated[float, option("nrml_bin", "--bin")] = 0.1,
    common: Common = COMMON,
) -> int:
    """Write forecast.csv, sites.csv and a scenario that names them; nothing is overwritten."""
    if not files:
        raise UsageError(Problem("E003", "FILES", {"got": "FILES", "command": "import nrml", "example": _EXAMPLE}))
    for name, value, most in (("--spacing", spacing, 100.0), ("--bin", bin_width, 1.0)):
        if not 0.0 < value <= most:
            params = {"got": (f"{value:g}",), "option": name, "expected": Phrase("nrml.up_to", {"most": most})}
            raise UsageError(Problem("E005", name, {**params, "example": _EXAMPLE}))
    from mijnrisico.data.readers import nrml, nrml_points

    with common.inside():
        found = [nrml.read(path, bin_width=bin_width) for path in files]
        if problems := [problem for each in found for problem in each.problems]:
            raise InputError(problems)
        sources = [source for each in found for source in each.sources]
        sites = [site for each in found for site in each.sites]
        written: dict[str, str] = {}
        facts: dict[str, object] = {"sources": len(sources), "sites": len(sites)}
        if sources:
            points = nrml_points.as_points(sources, spacing)
            finite = not all(source.scaling == _POINTLIKE for source in sources)
            written["forecast.csv"] = _forecast(points)
            written["scenario.toml"] = _scenario(files[0].stem, points, finite=finite, with_sites=bool(sites))
            facts |= {"rate": float(points.rate.sum()), "rows": points.rate.size}
            facts |= {"points": len({*zip(points.lon, points.lat, strict=True)})}
        if sites:
            written["sites.csv"] = _sites(sites)
        outputs.none_there(out, written, of="import")
        outputs.write_texts(out, written)
        if common.json:
            show.as_json({"folder": out.as_posix(), "files": list(written), **facts})
            return 0
        lines = [messages.text("nrml.written", common.language, folder=out.as_posix(), files=", ".join(written))]
        if sources:
            lines.append(messages.text("nrml.of_sources", common.language, **facts))
            lines.append(messages.text("nrml.unused", common.language))
            path = (out / "scenario.toml").as_posix()
            lines.append(messages.text("nrml.next", common.language, path=path))
        show.console(no_color=common.no_color).print("\n".join(lines), markup=False, soft_wrap=True)
        return 0


def _forecast(points: "Points") -> str:
    import pandas as pd

    columns = {name: getattr(points, name) for name in ("lon", "lat", "depth_km", "magnitude")}
    frame = pd.DataFrame({**columns, "rate_per_year": points.rate})
    return str(frame.to_csv(index=False, float_format="%.12g"))


def _sites(sites: "Sequence[SitePoint]") -> str:
    import pandas as pd

    rows = [(site.name, site.lon, site.lat, site.vs30) for site in sites]
    frame = pd.DataFrame(rows, columns=["name", "lon", "lat", "vs30"])
    return str((frame if frame["vs30"].notna().any() else frame.drop(columns="vs30")).to_csv(index=False))


def _scenario(title: str, points: "Points", *, finite: bool, with_sites: bool) -> str:
    from mijnrisico.core import toml

    tree = {
        "title": title,
        "time": {"years": 1},
        "inputs": {"forecast": {"file": "forecast.csv"}},
        "rupture": {
            "strike": round(points.strike_deg, 3),
            "strike_sd": round(points.strike_sd_deg, 3),
            "finite": finite,
        },
        "motion": {"model": "atkinson_2015"},
        **({"sites": {"file": "sites.csv"}} if with_sites else {}),
    }
    return toml.write(tree)
