"""`mijnrisico data`: where the packaged data come from, and whether they are intact."""

from mijnrisico import messages
from mijnrisico.cli import show
from mijnrisico.cli.options import COMMON, Common
from mijnrisico.errors import MissingDataError


def data_list(*, common: Common = COMMON) -> int:
    """List the packaged data."""
    from mijnrisico import data

    lang, entries = common.language, data.entries()
    names = ("name", "rows", "bytes", "licence", "retrieved", "source")
    rows = [[str(getattr(entry, name)) for name in names] for entry in entries]
    if common.json:
        show.as_json([dict(zip(names, row, strict=True)) for row in rows])
        return 0
    headings = [messages.text(f"labels.{name}", lang) for name in names]
    show.table(headings, rows, title=messages.text("sentences.data_title", lang), no_color=common.no_color)
    return 0


def data_verify(*, common: Common = COMMON) -> int:
    """Compare every packaged file with its checksum."""
    from mijnrisico import data

    if problems := data.verify():
        raise MissingDataError(problems)
    count = len(data.entries())
    if common.json:
        show.as_json({"verified": count, "problems": []})
    else:
        line = messages.text("sentences.data_good", common.language, n=count)
        show.console(no_color=common.no_color).print(line, markup=False)
    return 0
