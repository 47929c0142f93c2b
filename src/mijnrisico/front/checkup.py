"""What is wrong with a scenario, what it reads and what its run needs: a value to look at, never an exception."""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Self

from mijnrisico import messages
from mijnrisico.core import resources
from mijnrisico.core.resources import Estimate
from mijnrisico.errors import Problem
from mijnrisico.messages import Language, Message

if TYPE_CHECKING:
    import pandas as pd

    from mijnrisico.studies.ask import AnyQuestion

_COLUMNS = ("input", "file", "rows", "what", "span")


@dataclass(frozen=True)
class Checkup:
    """The problems of a scenario (errors first), and the scenario itself when it can be answered on this machine."""

    scenario: "AnyQuestion | None"
    problems: tuple[Problem, ...]
    lang: Language = "en"

    @classmethod
    def of(cls, source: "str | Path | AnyQuestion", overrides: Iterable[str] = (), lang: Language = "en") -> Self:
        """Check a file, a packaged name or a scenario that was loaded."""
        from mijnrisico.studies import ask

        if not isinstance(source, str | Path):
            scenario, errors, warnings = source, (), source.warnings
        else:
            checked = ask.read(source, overrides)
            scenario, errors, warnings = checked.scenario, checked.errors, checked.warnings
        short: tuple[Problem, ...] = ()
        if scenario is not None:
            need, folder = ask.estimate(scenario), Path(scenario.output.dir)
            short = tuple(resources.shortages(need, folder, ask.memory_limit(scenario)))
        return cls(None if short else scenario, (*errors, *short, *warnings), lang)

    @property
    def good(self) -> bool:
        """Say whether the scenario can be answered; there may be warnings."""
        return self.scenario is not None

    def __repr__(self) -> str:
        """Every problem: its code, where, and what to do."""
        lines = [f"{m.code} {m.what}   {m.where}\n     → {m.fix}" for m in self.messages()]
        return "\n".join([f"Checkup({'good' if self.good else 'not good'}; {len(self.problems)} problems)", *lines])

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(m.code)}</td><td>{escape(m.what)}<br>{escape(m.why)}<br>→ {escape(m.fix)}</td>"
            f"<td>{escape(m.where)}</td></tr>"
            for m in self.messages()
        )
        found = f"<table>{rows}</table>" if rows else ""
        read = "" if self.scenario is None else self.inputs().to_html(index=False, na_rep="–")
        need = self.estimate()
        said = "" if need is None else f"<p>{escape(self._needs(need))}</p>"
        return found + read + said

    def messages(self) -> tuple[Message, ...]:
        """Return the problems in words."""
        return tuple(messages.describe(p.code, p.where, p.params, self.lang) for p in self.problems)

    def inputs(self) -> "pd.DataFrame":
        """Return what the scenario reads: its own files, or what stands in for them; no rows when it is not good."""
        import pandas as pd

        from mijnrisico.studies import ask

        lang = self.lang
        rows = [] if self.scenario is None else ask.inputs_table(self.scenario)
        cells = [
            (
                messages.text(f"check.{row.role}", lang),
                row.file,
                row.rows,
                messages.text(row.what.key, lang, **row.what.params),
                None if row.span is None else messages.text(row.span.key, lang, **row.span.params),
            )
            for row in rows
        ]
        frame = pd.DataFrame(cells, columns=[messages.text(f"check.{name}", lang) for name in _COLUMNS])
        return frame.astype({frame.columns[2]: "Int64"})

    def estimate(self) -> Estimate | None:
        """Return seconds, memory and disk that the run takes; None when the scenario is not good."""
        from mijnrisico.studies import ask

        return None if self.scenario is None else ask.estimate(self.scenario)

    def _needs(self, need: Estimate) -> str:
        return messages.text(
            "sentences.estimate",
            self.lang,
            minutes=messages.number(need.seconds / 60.0, self.lang),
            memory_gib=messages.number(need.memory_gib, self.lang),
            free_gib=messages.number(resources.memory_free_gib(), self.lang),
            disk_mib=messages.number(need.disk_gib * 1024.0, self.lang),
        )
