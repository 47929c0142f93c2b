"""The tables of provenance: inputs, models and stages of a run, from its manifest."""

import re
from collections.abc import Mapping

from mijnrisico import messages
from mijnrisico.report import branches
from mijnrisico.report.pages.tables import Table, plain
from mijnrisico.report.run_folder import RunFolder
from mijnrisico.report.words import Words

_TABLES = {
    "V7": ("gmm_v7", "gmm_wierde"),
    "V6": ("gmm_v6",),
    "V5": ("gmm_v5",),
    "atkinson_2015": ("gmm_atkinson_2015",),
    "douglas_2013": ("gmm_douglas_2013",),
    "bommer_2021_pgv": ("gmm_pgv_2021",),
}
"""How the names of the packaged tables begin that a ground-motion model reads."""


def inputs(run: RunFolder, words: Words) -> Table:
    """Every input of the run with its origin and digest."""
    rows = tuple(
        (
            _input(run, words, item),
            plain(item.get("source")),
            plain(item.get("licence")),
            plain(item.get("retrieved")),
            plain(item.get("sha256")).removeprefix("sha256:")[:12],
        )
        for item in run.manifest.get("inputs", [])
        if _used(run, plain(item.get("role")))
    )
    head = tuple(words(f"inputs.{c}") for c in ("role", "source", "licence", "retrieved", "digest"))
    return Table(words("inputs.caption"), head, rows, csv="../manifest.json", text_columns=(1, 2, 3, 4))


_OF_QUESTION = re.compile(
    r"(?P<table>activity|basin)_(?P<number>\d+)_(?P<key>\w+)|(?P<of>observations|objects)_(?P<what>\w+)"
)


def _input(run: RunFolder, words: Words, item: Mapping[str, object]) -> str:
    """Name an input; a file of a question about subsidence by whose it is and what, with its name."""
    role, file = plain(item.get("role")), plain(item.get("file"))
    found = _OF_QUESTION.fullmatch(role)
    if found is None:
        return role or file
    what = words.or_name(
        "subsidence.input", found["key"] or (found["what"] if found["of"] == "observations" else "objects")
    )
    if found["table"]:
        listed = run.setting(found["table"], default=[])
        number = int(found["number"])
        owner = listed[number - 1].get("name", role) if number <= len(listed) else role
        what = words("subsidence.input_of", owner=owner, what=what)
    return f"{what} ({file})" if file else what


def _used(run: RunFolder, role: str) -> bool:
    """Say whether a run read an input; the shaking of a forecast reads its own files and the tables of its model."""
    if not branches.shaking_only(run):
        return True
    tables = _TABLES.get(str(run.setting("motion", "model", default="V7")), ("gmm_",))
    if branches.has_zones(run):
        tables = (*tables, "site_zones", "gmm_site_correlations")
    return role in run.scenario.get("inputs", {}) or role == "sites" or role.startswith(tables)


def models(run: RunFolder, words: Words) -> Table:
    """Every model of the run with its weight and reference."""
    rows = tuple(
        (
            words.or_name("role", plain(m.get("role"))),
            _model(words, m),
            words.general(m.get("weight", "")),
            words.or_name("origin", plain(m.get("reference") or m.get("source"))),
        )
        for m in run.manifest.get("models", [])
    )
    head = tuple(words(f"models.{c}") for c in ("role", "id", "weight", "reference"))
    return Table(words("models.caption"), head, rows, csv="../manifest.json", text_columns=(1, 3))


def _model(words: Words, model: dict[str, object]) -> str:
    """Write the name of a model or branch: a largest magnitude as a number, a known name in words."""
    name = plain(model.get("id") or model.get("name"))
    if name.replace(".", "", 1).isdigit():
        return f"M {words.fixed(float(name), 1)}"
    return words.or_name(
        {"compaction": "strain_model", "kernel": "kernel"}.get(plain(model.get("role")), "branch"), name
    )


def _stage(words: Words, name: str) -> str:
    """Name a stage; one of the shaking at sites, hazard_sa_0_2, with its measure."""
    called = messages.label("stages", name, words.lang)
    if called != name or not name.startswith("hazard_"):
        return called
    measure = name.removeprefix("hazard_").upper()
    if measure.startswith("SA_"):
        measure = words.measure(f"SA({measure.removeprefix('SA_').replace('_', '.')})")
    return words("stages.shaking", measure=measure)


def stages(run: RunFolder, words: Words) -> Table:
    """Every stage of the run, how long it took and whether it was reused."""
    rows = tuple(
        (
            _stage(words, plain(s.get("name"))),
            words.trimmed(float(s.get("seconds", 0.0)), 1),
            words("stages.reused" if s.get("cached") else "stages.computed"),
            plain(s.get("hash") or s.get("key")).removeprefix("sha256:")[:12],
        )
        for s in run.manifest.get("stages", [])
    )
    head = tuple(words(f"stages.{c}") for c in ("name", "seconds", "how", "digest"))
    return Table(words("stages.caption"), head, rows, csv="../manifest.json", text_columns=(2, 3))
