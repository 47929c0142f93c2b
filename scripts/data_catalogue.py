"""The catalogue of packaged data as a text: fill in what was measured, and write it out for readers."""

import hashlib
import re
from pathlib import Path

from mijnrisico.data import Entry

KINDS = {"table": "table", "dataset": "NetCDF", "polygons": "GeoJSON"}


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


def page(entries: tuple[Entry, ...]) -> str:
    """Return the page of documentation that lists every packaged dataset with its pedigree (Markdown)."""
    total = sum(entry.bytes for entry in entries) / 1e6
    lines = [
        "# Data",
        "",
        "<!-- Made from src/mijnrisico/data/catalogue.toml by scripts/build_data.py: change it there. -->",
        "",
        f"The package carries {len(entries)} datasets, {total:.1f} MB together. Each file is compared with its SHA-256",
        "when it is read; `mijnrisico data list` shows them and `mijnrisico data verify` checks all. In Python:",
        "",
        "```python",
        "from mijnrisico import data",
        "",
        'data.table("earthquakes")  # pandas.DataFrame, units in .attrs["units"]',
        'data.dataset("reservoir")  # xarray.Dataset, units per variable',
        'data.polygons("site_zones")  # properties, shapely geometries',
        "```",
        "",
        "Coordinates are RD New (EPSG:28992), metres; times are UTC; gas volumes are Nm3. An empty field is missing.",
        "Where the licence is unclear, attribute the source and ask before you redistribute the data.",
        "",
        "## To build it again",
        "",
        "`python scripts/build_data.py --from SOURCES --reference REFERENCES` builds every file, this page and the",
        "digests; twice gives the same bytes. SOURCES is a folder with cleaned copies of the sources, under the names",
        "that each entry gives as *built from*; REFERENCES holds the results of independent programs.",
        "",
        "## In short",
        "",
        "| dataset | what | rows | licence |",
        "|---|---|---:|---|",
        *(f"| [{e.name}](#{e.name}) | {e.title} | {e.rows:,} | {_short(e.licence)} |" for e in entries),
    ]
    for entry in entries:
        lines += _section(entry)
    return "\n".join(lines) + "\n"


def _short(licence: str) -> str:
    return re.sub(r"\s*\(.*?\)", "", licence).split(":")[0].strip()


def _section(entry: Entry) -> list[str]:
    facts = {
        "source": entry.source,
        "address": entry.address,
        "licence": entry.licence,
        "version": entry.retrieved,
        "coordinates": entry.crs,
        "how it was made": entry.derivation,
        "file": f"`{entry.file}` ({KINDS[entry.kind]}, {entry.bytes:,} bytes)",
        "sha256": f"`{entry.sha256}`",
        "built from": ", ".join(f"`{name}`" for name in entry.built_from),
    }
    gaps = ["", "What is not in it, or not certain:", "", *(f"- {gap}" for gap in entry.gaps)]
    return [
        "",
        f"## {entry.name}",
        "",
        f"{entry.title}.",
        "",
        "| | |",
        "|---|---|",
        *(f"| {key} | {value} |" for key, value in facts.items()),
        *(gaps if entry.gaps else []),
        "",
        f"| {'column' if entry.kind == 'table' else 'name'} | unit | meaning |",
        "|---|---|---|",
        *(f"| `{column.name}` | {column.unit or '-'} | {column.meaning} |" for column in entry.columns),
    ]
