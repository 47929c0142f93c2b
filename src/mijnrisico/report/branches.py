"""Which models of the earthquakes made the answer, and what a reader must know where one kind is not among them."""

from collections.abc import Mapping

from mijnrisico.report.run_folder import Frame, RunFolder
from mijnrisico.report.words import Words

ELASTIC = "elastic"
ENSEMBLES = ("ensemble_official", "ensemble_past_score")


def weights(run: RunFolder, node: str) -> Mapping[str, float]:
    """Return the weight of every branch of a node, those without weight left out; empty if there is none."""
    if not run.has_table("logic_tree"):
        return {}
    tree = run.table("logic_tree")
    rows = tree[(tree.node == node) & (tree.weight > 0.0)]
    return dict(zip(rows.branch.astype(str), rows.weight.astype(float), strict=True))


def combinations(tree: Frame, parts: tuple[str, ...]) -> int:
    """Return how many combinations the choices of some parts of the chain make together, of a table of the tree."""
    nodes = tree[tree.part.isin(parts)].drop_duplicates("node")
    return int(nodes.models.to_numpy(dtype=int).prod())


def rate_models(run: RunFolder) -> Mapping[str, float]:
    """Return the weight of every rate model in the tree."""
    return weights(run, "rate")


def heaviest(run: RunFolder, names: list[str]) -> str:
    """Return the one of some rate models with the largest weight in the tree; the first of equals."""
    weights = rate_models(run)
    return max(names, key=lambda name: weights.get(name, 0.0))


def elastic_only(run: RunFolder) -> bool:
    """Say whether models with a delay have little or no weight in the answer: W607 among its messages."""
    return any(item.get("code") == "W607" for item in run.manifest.get("warnings", []))


def several(run: RunFolder) -> bool:
    """Say whether the run has bands over several rate models, their parameters and chance together."""
    return bool(rate_models(run)) or run.has_table("event_rate_models")


def called(words: Words, model: str, magnitude_model: object = "") -> str:
    """Name a rate model, or a rate model with its magnitude model, in words."""
    name = words.or_name("branch", model)
    has_magnitudes = isinstance(magnitude_model, str) and magnitude_model
    return f"{name}, {words.or_name('branch', str(magnitude_model))}" if has_magnitudes else name


def short(words: Words, model: str) -> str:
    """Name a rate model or ensemble where there is little room."""
    return words(f"branch_short.{model}") if model in ENSEMBLES else called(words, model)


def note(run: RunFolder, words: Words) -> str:
    """Return what a figure on its own says of an answer without a model with a delay; empty otherwise."""
    return words("page.alone") if elastic_only(run) else ""


def noted(run: RunFolder, words: Words, source: str) -> str:
    """Return the source line with that note below it, where there is one."""
    return f"{source}\n{note(run, words)}".rstrip("\n")


def chosen(run: RunFolder, words: Words, key: str, /, **params: object) -> str:
    """Return the text `<key>_models` where several rate models made the answer, `<key>` where the elastic one did.

    Where a file of the user stands in their place it is `<key>_given`, if there is such a text.
    """
    if given(run) and words.has(f"{key}_given"):
        return words(f"{key}_given", **params)
    return words(f"{key}_models" if several(run) else key, **params)


def given(run: RunFolder) -> bool:
    """Say whether the rates of earthquakes come from a file of the user."""
    return bool(run.setting("inputs", "forecast", "file"))


def shaking_only(run: RunFolder) -> bool:
    """Say whether the run has the shaking of a forecast from a file and nothing else: no risk, no norms, no map."""
    return given(run) and not run.has_table("lpr_classes") and not run.has_grid("hazard")


def has_zones(run: RunFolder) -> bool:
    """Say whether the ground-motion model of the run is one of Groningen, with zones of the shallow soil."""
    return str(run.setting("motion", "model", default="V7")).startswith("V")
