"""Two runs side by side, as a notebook sees them."""

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Self

from mijnrisico import messages
from mijnrisico.errors import Problem
from mijnrisico.front.finished import Run
from mijnrisico.messages import Language
from mijnrisico.studies import compare as comparing

if TYPE_CHECKING:
    import pandas as pd

    from mijnrisico.report.draw.picture import Picture


@dataclass(frozen=True)
class Comparison:
    """Run `a` and run `b`; every difference is b minus a."""

    a: Run
    b: Run
    found: comparing.Comparison

    @classmethod
    def of(cls, a: Run, b: Run) -> Self:
        """Compare two runs; raises `InputError` E714 for a run with itself, E702 without a summary."""
        return cls(a, b, comparing.compare(a.stored, b.stored))

    def __repr__(self) -> str:
        """Name both runs."""
        return f"Comparison({self.a.id} -> {self.b.id}: {len(self.found.changes)} changes)"

    def _repr_html_(self) -> str:
        told = "".join(f"<p>{escape(self._said(problem))}</p>" for problem in self.warnings)
        return told + self.table().to_html(index=False, na_rep="", float_format=lambda value: f"{value:.3g}")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """W703: what differs in the questions, and what is left out for it."""
        return self.found.warnings

    def table(self) -> "pd.DataFrame":
        """Every quantity of the summary in the years of both: value a and b, difference and percent of a."""
        return self.found.summary

    def changes(self) -> "pd.DataFrame":
        """Settings, inputs, models and code that differ: kind, name, a, b."""
        return self.found.changes

    def map(
        self,
        quantity: str = "pga",
        *,
        year: int | None = None,
        return_period: float | None = None,
        vulnerability_class: str | None = None,
        measure: str = "PGA",
        lang: Language = "en",
    ) -> "Picture":
        """Draw the map of differences (F16) of `pga`, `lpr`, `rate` or `pressure`, with both runs beside it.

        With another `measure` that both runs have on the map, `pga` gives the differences of that.

        Raises `InputError` E715 where the maps of the runs cannot be compared.
        """
        from mijnrisico.report.draw.layer import Choice
        from mijnrisico.report.figures import f16_difference_map as f16

        choice = Choice(quantity, year, return_period, vulnerability_class=vulnerability_class, measure=measure)
        why = self.found.no_map.get(quantity)
        return f16.difference(self.a.folder, self.b.folder, choice, lang, why=why, maps=self.maps)

    @property
    def maps(self) -> tuple[str, ...]:
        """Quantities whose maps can be compared."""
        return tuple(name for name in comparing.MAPS if name not in self.found.no_map)

    @staticmethod
    def _said(problem: Problem) -> str:
        return messages.describe(problem.code, problem.where, problem.params).what
