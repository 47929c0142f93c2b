"""Two runs side by side, as a notebook sees them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Self

from mijnrisico import messages
from mijnrisico.core.progress import Progress, ignore
from mijnrisico.core.run import kept
from mijnrisico.errors import Problem
from mijnrisico.front.finished import Run
from mijnrisico.messages import Language
from mijnrisico.studies import compare as comparing

if TYPE_CHECKING:
    import pandas as pd

    from mijnrisico.core.scenario import Scenario
    from mijnrisico.report.draw.picture import Picture
    from mijnrisico.studies.waterfall import Waterfall


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
        """Draw the map of differences (F16) of one of `MAPS`, with both runs beside it.

        With another `measure` that both runs have on the map, `pga` gives the differences of that.

        Raises `InputError` E715 where the maps of the runs cannot be compared.
        """
        from mijnrisico.report.draw.layer import Choice
        from mijnrisico.report.figures import f16_difference_map as f16

        choice = Choice(quantity, year, return_period, vulnerability_class=vulnerability_class, measure=measure)
        why = self.found.no_map.get(quantity)
        return f16.difference(self.a.folder, self.b.folder, choice, lang, why=why, maps=self.maps)

    def why(self, *, year: int | None = None, order: Sequence[str] = (), progress: Progress = ignore) -> "Waterfall":
        """Say why the runs differ in a year, by default the first of both: see `studies.waterfall`.

        Every question between the runs is answered again, some minutes each; the answers are kept beside run b, so that
        what was interrupted goes on, and the next waterfall of the same runs is there at once.

        Raises `InputError` E503 for an `order` that lacks a cause that differs.
        """
        from mijnrisico.studies import waterfall
        from mijnrisico.studies.groningen.targets import Workshop

        workshop, results = Workshop(), self.b.path.parent

        def evaluate(scenario: "Scenario", year: int) -> Mapping[str, float]:
            settings = [scenario.digest(), year]
            return kept.kept(results, "targets", settings, lambda: workshop.targets(scenario, year))

        when = self.found.years[0] if year is None else year
        return waterfall.explain(self.a.stored, self.b.stored, when, evaluate, order=order, progress=progress)

    def waterfall(
        self,
        *targets: str,
        year: int | None = None,
        order: Sequence[str] = (),
        lang: Language = "en",
        progress: Progress = ignore,
    ) -> "Picture":
        """Draw why the runs differ (F24), by default in every number that is explained; see `why`.

        Raises `InputError` E711 for a number that is not explained.
        """
        return self.draw(self.why(year=year, order=order, progress=progress), *targets, lang=lang)

    def draw(self, why: "Waterfall", *targets: str, lang: Language = "en") -> "Picture":
        """Draw what `why` found; raises `InputError` E711 for a number that is not explained."""
        from mijnrisico.report.figures import f24_waterfall as f24

        return f24.waterfall(why, self.a.folder, self.b.folder, lang, targets)

    @property
    def maps(self) -> tuple[str, ...]:
        """Quantities whose maps can be compared."""
        return tuple(name for name in comparing.MAPS if name not in self.found.no_map)

    @staticmethod
    def _said(problem: Problem) -> str:
        return messages.describe(problem.code, problem.where, problem.params).what
