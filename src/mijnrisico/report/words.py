"""The words of figures and reports: one language, texts and numbers from the message catalogue."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from mijnrisico import messages

_NO_VALUE = "–"
_ROUGHLY_NOTHING = 0.1  # per million per year
_RAREST = 1e-7  # per year
_NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True, slots=True)
class Words:
    """Texts below `report.` and numbers in one language; call it with a key: `words("F10.subtitle", year=2024)`."""

    lang: messages.Language

    def __call__(self, key: str, /, **params: object) -> str:
        """Return the text `report.<key>`; raises `KeyError` for an unknown key or parameter."""
        return messages.text(f"report.{key}", self.lang, **params)

    def or_name(self, group: str, name: str) -> str:
        """Return the text `report.<group>.<name>`, and the name itself where the catalogue has none."""
        key = f"report.{group}.{name}"
        return messages.text(key, self.lang) if messages.has(key, self.lang) else name

    def has(self, key: str) -> bool:
        """Say whether the text `report.<key>` exists."""
        return messages.has(f"report.{key}", self.lang)

    def significant(self, value: float, digits: int = 2) -> str:
        """Write a number with a fixed number of significant digits."""
        return _minus(messages.number(float(value), self.lang, digits))

    def fixed(self, value: float, decimals: int = 0) -> str:
        """Write a number with a fixed number of decimals; not a number gives a dash."""
        if not math.isfinite(value):
            return _NO_VALUE
        rounded = round(float(value), decimals)
        if rounded == 0.0:
            return messages.number(0.0, self.lang) if not decimals else self._zero(decimals)
        digits = math.floor(math.log10(abs(rounded))) + 1 + decimals
        if digits < 1:
            return messages.number(0.0, self.lang)
        # the catalogue turns to powers of ten from 1e9 on; a whole number is always written in full
        return _minus(
            messages.number(rounded, self.lang, digits) if decimals else messages.number(int(rounded), self.lang)
        )

    def level(self, value_g: float, threshold_g: float = 0.05, unit: str = "g") -> str:
        """Write an acceleration in g with two digits, or as many as show on which side of the threshold it lies.

        >>> Words("en").level(0.0499), Words("en").level(0.0512)
        ('0.0499\\xa0g', '0.051\\xa0g')
        """
        if not math.isfinite(value_g):
            return _NO_VALUE
        digits = 2
        while digits < 7 and not _same_side(value_g, threshold_g, digits):
            digits += 1
        return f"{messages.number(float(value_g), self.lang, digits)}{_NO_BREAK_SPACE}{unit}".rstrip(_NO_BREAK_SPACE)

    def measure(self, name: str) -> str:
        """Write a measure of motion: a spectral acceleration with its period in the notation of the language.

        >>> Words("nl").measure("SA(0.3)"), Words("en").measure("PGA")
        ('SA(0,3\\xa0s)', 'PGA')
        """
        if not name.startswith("SA("):
            return name
        seconds = float(name.removeprefix("SA(").removesuffix(")"))
        return f"SA({self.trimmed(seconds, 3)}{_NO_BREAK_SPACE}s)"

    def per_million(self, rate: float) -> str:
        """Write an annual probability as a number per million, with as many digits as show its side of the norm.

        >>> Words("en").per_million(1.02e-5), Words("en").per_million(1e-5), Words("en").per_million(9.96e-6)
        ('10.2', '10', '9.96')
        """
        if not math.isfinite(rate):
            return _NO_VALUE
        value = rate * 1e6
        if value == 0.0:
            return "0"
        digits = 2
        while digits < 7 and not _strictly(value, 10.0, digits):
            digits += 1
        if 0 < value < 0.01:
            return f"<{_NO_BREAK_SPACE}{self.significant(0.01, 1)}"
        decimals = max(0, digits - 1 - math.floor(math.log10(value)))
        return self.fixed(value, decimals)

    def roughly(self, rate: float) -> str:
        """Write an annual probability per million for who wants the size only: one digit, less than 0.1 as that."""
        if not math.isfinite(rate):
            return _NO_VALUE
        return self("rough.less") if rate * 1e6 < _ROUGHLY_NOTHING else self.significant(rate * 1e6, 1)

    def trimmed(self, value: float, decimals: int = 2) -> str:
        """Write a number with at most so many decimals, without closing zeros."""
        for fewer in range(decimals):
            if round(value, fewer) == round(value, decimals):
                return self.fixed(value, fewer)
        return self.fixed(value, decimals)

    def general(self, value: object, digits: int = 4) -> str:
        """Write whatever a table cell holds: numbers with at most `digits` digits, texts as they are."""
        if isinstance(value, str):
            try:
                value = float(value)
            except ValueError:
                return str(value)
        if isinstance(value, int | float):
            if math.isnan(value):
                return ""
            if value == int(value) and abs(value) < 1e9:
                return self.fixed(value)
            if 1e-4 <= abs(value) < 1e9:
                return self.trimmed(value, max(0, digits - 1 - math.floor(math.log10(abs(value)))))
            return self.significant(value, 2)
        return str(value)

    def count(self, value: float) -> str:
        """Write an expected number with two digits, and a whole number as it is: 4.6 and 2."""
        return self.general(float(value), 2) or _NO_VALUE

    def once(self, value: float) -> str:
        """Write an annual rate of a power of ten as a fraction: 1/1000 for once in a thousand years."""
        return f"1/{self.fixed(1 / value)}" if value < 1 else self.fixed(value)

    def years(self, value: float) -> str:
        """Write a return period in years with two significant digits in full: 3 200, not 3.2e3."""
        return messages.number(int(float(f"{value:.1e}")), self.lang)

    def how_often(self, rate: float) -> str:
        """Write an annual rate as once in so many years; what is rarer than once in ten million years as just that.

        >>> Words("en").how_often(1 / 475), Words("en").how_often(1e-12), Words("en").how_often(0.0)
        ('once in 480 years', 'less than once in 10 million years', 'less than once in 10 million years')
        """
        if not rate > _RAREST:
            return self("often.rarer")
        return self("often.once", years=self.years(1.0 / rate))

    def places(self, count: int) -> str:
        """Write a small number of places: one place, six places; more in figures."""
        return self(f"count.{count}") if self.has(f"count.{count}") else self("count.more", count=count)

    def people(self, value: float) -> str:
        """Write a number of people: whole people, two significant digits.

        >>> Words("en").people(1234.5), Words("en").people(0.3)
        ('1200', '<\xa01')
        """
        if not math.isfinite(value):
            return _NO_VALUE
        if 0 < value < 1:
            return f"<{_NO_BREAK_SPACE}1"
        return self.fixed(round(float(f"{value:.1e}")))

    def years_listed(self, years: Sequence[int]) -> str:
        """Write years one after another, and a dash for none."""
        return ", ".join(map(str, years)) or _NO_VALUE

    def years_together(self, years: Sequence[int]) -> str:
        """Write years in a sentence: 2024, or 2024 and 2035, or 2024, 2025 and 2035; each once."""
        *before, last = map(str, dict.fromkeys(years))
        return f"{', '.join(before)} {self('and')} {last}" if before else last

    def band(self, low: str, high: str) -> str:
        """Write a band between two numbers already in words; one number where both are written the same."""
        if low == high:
            return low
        return f"{low}{_NO_BREAK_SPACE}– {high}".replace("– ", f"–{_NO_BREAK_SPACE}")

    def _zero(self, decimals: int) -> str:
        return messages.number(1.0, self.lang, decimals + 1).replace("1", "0")


def _minus(written: str) -> str:
    return written.replace("-", "\N{MINUS SIGN}", 1)


def _strictly(value: float, threshold: float, digits: int) -> bool:
    """Say whether rounding keeps a value above, at or below a threshold of which "above" is more than it."""
    rounded = float(f"{value:.{digits - 1}e}")
    return (rounded > threshold, rounded < threshold) == (value > threshold, value < threshold)


def _same_side(value: float, threshold: float, digits: int) -> bool:
    rounded = float(f"{value:.{digits - 1}e}")
    return (rounded >= threshold) == (value >= threshold)
