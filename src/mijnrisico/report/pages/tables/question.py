"""What was asked and with what: the logic tree, settings that differ, what was left out, the norms."""

import tomllib
from collections.abc import Mapping
from importlib import resources

from mijnrisico.core import norm
from mijnrisico.report import branches, hazard_facts
from mijnrisico.report import norms as norm_texts
from mijnrisico.report.pages.tables.table import Table
from mijnrisico.report.run_folder import RunFolder
from mijnrisico.report.stamp import day
from mijnrisico.report.words import Words

_PRINTED_UNITS = {"m", "km", "bar", "bcm"}
_ROUNDED_UNITS = {"buildings", "persons"}
_SMALL = 1e-3


def tree(run: RunFolder, words: Words) -> Table:
    """The branches of the logic tree and their weights."""
    if branches.given(run) or str(run.setting("motion", "model", default="V7")) != "V7":
        return _as_written(run, words)
    rows = []
    source = run.setting("source", "magnitude", default={}) or {}
    if rates := branches.rate_models(run):
        source = branches.weights(run, "magnitude") or source
        rows.append((words("tree.rate"), _weighed(words, rates)))
    if source:
        rows.append((words("tree.magnitude"), _weighed(words, source)))
    values = run.setting("source", "mmax", "values", default=[])
    weights = run.setting("source", "mmax", "weights", default=[])
    if values:
        pairs = zip(values, weights, strict=False)
        rows.append(
            (
                words("tree.mmax"),
                "; ".join(f"M {words.fixed(float(v), 1)}: {words.trimmed(float(w), 4)}" for v, w in pairs),
            )
        )
    rows += [
        (words(f"tree.{k}"), words(f"tree.{k}_weights"))
        for k in ("median", "tau", "phi", "site", "fragility", "consequence")
    ]
    if mapping := branches.weights(run, "mapping"):
        rows.append((words("tree.mapping"), _weighed(words, mapping)))
    return Table(
        words("tree.caption"),
        (words("tree.node"), words("tree.weights")),
        tuple(rows),
        branches.chosen(run, words, "tree.note"),
        text_columns=(1,),
    )


def _weighed(words: Words, weights: Mapping[str, float]) -> str:
    """Branches with their weights, in a line."""
    return "; ".join(f"{words.or_name('branch', str(k))} {words.trimmed(float(v), 3)}" for k, v in weights.items())


def deviations(run: RunFolder, words: Words) -> Table:
    """The settings of the run that differ from the packaged scenario, with the packaged value beside them."""
    packaged = _packaged(str(run.setting("template", default="groningen")))
    rows = tuple(
        (key, _setting(words, run.setting(*key.split("."))), _setting(words, _at(packaged, key)))
        for key in run.manifest.get("deviations_from_template", [])
    )
    head = tuple(words(f"deviations.{c}") for c in ("key", "here", "packaged"))
    return Table(words("deviations.caption"), head, rows, words("deviations.note"), text_columns=(1, 2))


def _packaged(name: str) -> dict[str, object]:
    file = resources.files("mijnrisico") / "scenarios" / f"{name}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}


def _at(tree: object, key: str) -> object:
    for name in key.split("."):
        tree = tree.get(name) if isinstance(tree, dict) else None
    return tree


def _as_written(run: RunFolder, words: Words) -> Table:
    """The same from the table of the run, node by node: for models that have no words of their own here."""
    rows: list[tuple[str, str]] = []
    known = run.table("logic_tree") if run.has_table("logic_tree") else None
    for (node, condition), part in (
        [] if known is None else known.groupby(["node", "condition"], sort=False, dropna=False)
    ):
        name = words.or_name("F23", f"node_{node}")
        called = f"{name} ({condition})" if isinstance(condition, str) and condition else name
        if len(part) == 1:
            rows.append((called, words("tree.single")))
            continue
        rows.append((called, _weighed(words, dict(zip(part.branch, part.weight, strict=True)))))
    if known is not None and len(rows) == len(known):  # every choice has one branch: there is one model and no tree
        rows = []
    head = (words("tree.node"), words("tree.weights"))
    return Table(words("tree.caption"), head, tuple(rows), branches.chosen(run, words, "tree.note"), text_columns=(1,))


def _setting(words: Words, value: object) -> str:
    """Write a setting as a reader of the table writes it: lists and tables in one line, nothing as a dash."""
    if isinstance(value, dict):
        return "; ".join(f"{name} {_setting(words, one)}" for name, one in value.items()) or "–"
    if isinstance(value, list):
        return "; ".join(_setting(words, one) for one in value) or "–"
    if isinstance(value, bool) or value is None or value == "":
        return "–" if value in (None, "") else str(value).lower()
    if isinstance(value, float):
        return words.trimmed(value, 4) if value == 0.0 or abs(value) >= _SMALL else words.significant(value)
    return str(value)


def left_out(run: RunFolder, words: Words) -> Table:
    """What is not in the outcome, counted: points without a zone, data and rates dropped."""
    rows: list[tuple[str, ...]] = []
    known: set[str] = set()
    if run.has_grid("hazard"):
        valued, total = hazard_facts.coverage(run)
        inside, nodes = hazard_facts.blank_inside(run)
        rows += [
            (words("left_out.nodes_without_zone", total=words.fixed(total)), words.fixed(total - valued)),
            (words("left_out.inside", nodes=words.fixed(nodes)), words.fixed(inside)),
        ]
        known.add("nodes_without_zone")
    if run.has_table("left_out"):
        for _, row in run.table("left_out").iterrows():
            if row["what"] not in known:
                rows.append((words.or_name("left_out", str(row["what"])), _amount(words, row["value"], row["unit"])))
                known.add(str(row["what"]))
    head = (words("left_out.what"), words("left_out.how_much"))
    csv = "../tables/left_out.csv" if run.has_table("left_out") else ""
    return Table(words("left_out.caption"), head, tuple(rows), words("left_out.note"), csv=csv)


def _amount(words: Words, value: object, unit: object) -> str:
    if str(unit) in {"1", "1.0", "share"}:
        return f"{words.significant(100 * float(str(value)))}\N{NO-BREAK SPACE}%"
    if str(unit) in _ROUNDED_UNITS:
        return words.people(float(str(value)))
    written = words.general(value)
    return f"{written}\N{NO-BREAK SPACE}{unit}" if unit in _PRINTED_UNITS else written


def norms(run: RunFolder, words: Words) -> Table:
    """The norms that results are held against, with the article they come from and what was not read of it."""
    del run  # the same for every run; the signature is that of all tables
    rows = []
    for name in norm_texts.SHOWN:
        known = norm.norm(name)
        value = (
            words.per_million(norm_texts.limit(name))
            if known.unit == "1/year"
            else f"{words.fixed(norm_texts.limit(name), 2)}\N{NO-BREAK SPACE}g"
        )
        rows.append(
            (
                words(f"norms.{name}"),
                words(f"norms.{known.relation}", value=value) + words(f"norms.unit_{known.quantity}"),
                f"{_article(known, words)}; {_since(known, words)}",
                words(f"norms.{name}_note"),
            )
        )
    head = tuple(words(f"norms.{c}") for c in ("name", "value", "article", "note"))
    return Table(words("norms.caption"), head, tuple(rows), text_columns=(1, 2, 3))


def _article(known: norm.Norm, words: Words) -> str:
    instrument = known.instrument
    if known.dated is not None:
        instrument += f", {day(known.dated.isoformat(), words)}"
    if known.article[:1].isdigit():
        article = f"{words('norms.article_short')} {known.article}"
    else:
        key = f"norms.article_{known.article}"
        article = words(key) if words.has(key) else known.article
    return f"{instrument}, {article}"


def _since(known: norm.Norm, words: Words) -> str:
    if known.valid_from is None:
        return words("norms.since_unread")
    return words("norms.since", day=day(known.valid_from.isoformat(), words))
