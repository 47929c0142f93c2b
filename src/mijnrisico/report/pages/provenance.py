"""The tables of provenance: inputs, models and stages of a run, from its manifest."""

from mijnrisico import messages
from mijnrisico.report.pages.tables import Table, plain
from mijnrisico.report.run_folder import RunFolder
from mijnrisico.report.words import Words


def inputs(run: RunFolder, words: Words) -> Table:
    """Every input of the run with its origin and digest."""
    rows = tuple(
        (
            plain(item.get("role")) or plain(item.get("file")),
            plain(item.get("source")),
            plain(item.get("licence")),
            plain(item.get("retrieved")),
            plain(item.get("sha256")).removeprefix("sha256:")[:12],
        )
        for item in run.manifest.get("inputs", [])
    )
    head = tuple(words(f"inputs.{c}") for c in ("role", "source", "licence", "retrieved", "digest"))
    return Table(words("inputs.caption"), head, rows, csv="../manifest.json", text_columns=(1, 2, 3, 4))


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
    return words.or_name("branch", name)


def stages(run: RunFolder, words: Words) -> Table:
    """Every stage of the run, how long it took and whether it was reused."""
    rows = tuple(
        (
            messages.label("stages", plain(s.get("name")), words.lang),
            words.trimmed(float(s.get("seconds", 0.0)), 1),
            words("stages.reused" if s.get("cached") else "stages.computed"),
            plain(s.get("hash") or s.get("key")).removeprefix("sha256:")[:12],
        )
        for s in run.manifest.get("stages", [])
    )
    head = tuple(words(f"stages.{c}") for c in ("name", "seconds", "how", "digest"))
    return Table(words("stages.caption"), head, rows, csv="../manifest.json", text_columns=(2, 3))
