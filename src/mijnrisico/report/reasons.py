"""The words of why two runs differ: the finding, the bars, numbers that read as they sum; for screen and figure."""

import math
from dataclasses import dataclass

from mijnrisico import messages
from mijnrisico.messages import Language
from mijnrisico.studies.waterfall import CODE, Explained, Waterfall

DIGITS = 3
_FIRST = ("pga_max", "buildings_above_1e-5")
"""What the finding is about where it is there: the hazard and the list of buildings."""
_NOTHING = 1e-9


@dataclass(frozen=True, slots=True)
class Reasons:
    """Texts about a waterfall in one language."""

    found: Waterfall
    lang: Language

    def __call__(self, key: str, **params: object) -> str:
        """Return the text `waterfall.<key>`."""
        return messages.text(f"waterfall.{key}", self.lang, **params)

    @property
    def bars(self) -> tuple[str, ...]:
        """Names of the bars between A and B, in their order; that of the code last, where a target has it."""
        coded = any(part.cause == CODE for found in self.found.explained for part in found.parts)
        return (*self.found.causes, *([CODE] if coded else ()))

    def name(self, explained: Explained) -> str:
        """Return the name of a target."""
        return self(f"targets.{explained.target.name}")

    def unit(self, explained: Explained, magnitude: float) -> str:
        """Return the unit of a target as people read it; `magnitude` is the smallest that counts."""
        return self(f"units.{explained.target.name}", magnitude=messages.fixed(magnitude, self.lang, 2))

    def value(self, explained: Explained, value: float) -> str:
        """Write a value of a target with as many decimals as give the larger end three digits."""
        written = messages.fixed(abs(value) * explained.target.scale, self.lang, _decimals(explained))
        whole, mark, rest = written.partition("," if self.lang == "nl" else ".")
        return messages.number(int(whole), self.lang) + mark + rest

    def change(self, explained: Explained, value: float) -> str:
        """Write a change with its sign; what rounds to nothing is 0."""
        written = self.value(explained, value)
        if not any(digit in written for digit in "123456789"):
            return "0"
        return f"{'+' if value > 0.0 else chr(0x2212)}{written}"

    @property
    def how(self) -> str:
        """Say how the steps were taken."""
        if not self.found.order:
            return self("say.mean")
        return self("say.in_order", order=", ".join(self(f"causes.{cause}") for cause in self.found.order))

    @property
    def finding(self) -> str:
        """Say what goes up and down from A to B, and mostly by what."""
        there = {found.target.name: found for found in self.found.explained}
        if not there:
            return self("say.absent", year=self.found.year)
        told = [there[name] for name in _FIRST if name in there] or self.found.explained[:2]
        if all(found.difference == 0.0 for found in told):
            told = [found for found in self.found.explained if found.difference][:2]
        if not told:
            return self("say.nothing", year=self.found.year)
        return self("say.finding", year=self.found.year, said="; ".join(map(self._said, told)))

    def joint(self, explained: Explained) -> str:
        """Write the share of the effects that belongs to causes together; a dash where one order was followed."""
        if math.isnan(explained.interaction):
            return "–"
        return f"{messages.fixed(100.0 * explained.interaction, self.lang, 0)} %"

    def _said(self, explained: Explained) -> str:
        name, main = self.name(explained), explained.main
        if main is None or abs(explained.difference) <= _NOTHING * abs(explained.a):
            return self("say.unchanged", name=name)
        cause = self(f"causes.{main.cause}")
        if abs(explained.difference) > abs(explained.a):  # of which a percentage says little
            ends = {"a": self.value(explained, explained.a), "b": self.value(explained, explained.b)}
            return self("say.from_to", name=name, cause=cause, **ends)
        percent = 100.0 * explained.difference / explained.a
        sign = "+" if percent > 0.0 else chr(0x2212)
        size = messages.fixed(abs(percent), self.lang, 0 if abs(percent) >= 1.0 else 1)
        return self("say.because", name=name, change=f"{sign}{size} %", cause=cause)


def _decimals(explained: Explained) -> int:
    """Decimals that give the larger of both ends three digits; none for numbers from a hundred on."""
    largest = explained.target.scale * max(abs(explained.a), abs(explained.b))
    return max(0, DIGITS - 1 - math.floor(math.log10(largest))) if largest > 0.0 else 0
