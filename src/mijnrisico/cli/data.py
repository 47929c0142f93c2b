"""`mijnrisico data`: where the packaged data come from, and whether they are intact."""

from mijnrisico import messages
from mijnrisico.cli import show
from mijnrisico.cli.options import COMMON, Common
from mijnrisico.errors import MissingDataError

_SHOWN_DIGITS = 12


def data_list(*, common: Common = COMMON) -> int:
    """List the packaged data."""
    from mijnrisico import data

    lang, entries = common.language, data.entries()
    if common.json:
        names = ("name", "title", "file", "rows", "bytes", "sha256", "licence", "retrieved", "source", "address")
        show.as_json([{name: getattr(entry, name) for name in names} for entry in entries])
        return 0
    columns = ("name", "rows", "bytes", "sha256", "licence", "retrieved", "source")
    rows = [
        [
            entry.name,
            messages.number(entry.rows, lang),
            messages.number(entry.bytes, lang),
            entry.sha256[:_SHOWN_DIGITS],
            entry.licence,
            entry.retrieved,
            entry.source,
        ]
        for entry in entries
    ]
    headings = [messages.text(f"labels.{name}", lang) for name in columns]
    title = messages.text("sentences.data_title", lang)
    show.table(headings, rows, title=title, no_color=common.no_color, left=(0, 3, 4, 5, 6))
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
