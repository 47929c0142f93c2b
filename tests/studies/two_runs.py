"""Two small run folders as a writer leaves them, and a workshop that answers their questions at once."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from mijnrisico.core.run import StoredRun
from mijnrisico.core.scenario import Scenario, template
from mijnrisico.studies import waterfall

Pair = tuple[StoredRun, StoredRun]


class Fake:
    """A workshop that answers at once, by a formula in which production, fit, model and mix multiply."""

    def __init__(self) -> None:
        self.asked: list[Scenario] = []

    def __call__(self, scenario: Scenario, year: int) -> dict[str, float]:
        self.asked.append(scenario)
        gas = 1.0 + scenario.volumes()["volume_nm3"].sum() / 1e10
        fit = 1.0 if scenario.source.until.year == 2024 else 0.8
        model = 1.2 if scenario.risk.model == "V7" else 1.0
        mix = scenario.risk.mix["URM4L"]
        events = gas * fit * 5.0 / (1 + year - 2024)
        numbers = {"pga_max": 0.02 * events, "events": events, "deaths": events * model * mix * 1e-3}
        return numbers | {"buildings_above_1e-5": 1000.0 * events * model * mix, "lpr_max": 1e-6 * events * model}


def scenario_of(files: Path, *settings: str, produces: bool = False) -> Scenario:
    given = [f"inputs.scenario.file={(files / 'restart.csv').as_posix()}"] if produces else []
    return template("groningen", ["time.years=2", *given, *settings])


MIX = "risk.mix={ URM4L = 0.2, RC1L = 0.8 }"


def stored(folder: Path, name: str, scenario: Scenario, numbers: Mapping[str, float], year: int = 2024) -> StoredRun:
    """A run folder as a writer leaves it: scenario, copies of its files, summary."""
    path = folder / name
    (path / "tables").mkdir(parents=True)
    (path / "inputs").mkdir()
    names = {}
    for role, file in scenario.input_files.items():
        (path / "inputs" / file.name).write_bytes(file.read_bytes())
        names[role] = f"inputs/{file.name}"
    (path / "scenario.toml").write_text(scenario.toml(names), encoding="utf-8")
    quantity = {target.name: target.quantity for target in waterfall.TARGETS}
    rows = [(quantity[k], year, v, "", np.nan, np.nan) for k, v in numbers.items() if quantity.get(k)]
    frame = pd.DataFrame(rows, columns=["quantity", "year", "value", "unit", "p10", "p90"])
    frame.to_csv(path / "tables" / "summary.csv", index=False)
    manifest = {"schema": "mijnrisico-manifest/1", "run_id": name, "title": name, "status": "complete", "outputs": []}
    manifest |= {"created": "2026-03-02T10:00:00Z", "hash": {"run": f"sha256:{name}"}, "review": {"status": "draft"}}
    (path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return StoredRun(path, manifest)


def confusion(folder: Path) -> Pair:
    """The confusion: production stops and the hazard goes down, new buildings come and the list goes up."""
    (folder / "restart.csv").write_text("year,cluster,volume_bcm\n2024,field,5\n2025,field,5\n", encoding="utf-8")
    before = scenario_of(folder, produces=True)
    after = scenario_of(folder, 'risk.model="V7"', "risk.mix={ URM4L = 1.0 }")
    fake, (a, b) = Fake(), ("2026-03-02-aa11bb22", "2026-03-02-cc33dd44")
    return stored(folder, a, before, fake(before, 2024)), stored(folder, b, after, fake(after, 2024))
