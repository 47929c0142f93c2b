"""What an import did with the input, in three groups, each a text of the messages and a count."""

from dataclasses import dataclass, field
from typing import Final, Literal

from mijnrisico import messages
from mijnrisico.messages import Language, Phrase

Group = Literal["converted", "differs", "left"]
GROUPS: Final[tuple[Group, ...]] = ("converted", "differs", "left")


@dataclass(frozen=True, slots=True)
class Note:
    """One remark: its group, its text (`pysub.notes.<kind>`), and how many values or things it is about."""

    group: Group
    kind: str
    n: int
    params: dict[str, object] = field(default_factory=dict)

    def text(self, lang: Language) -> str:
        """Return the remark in words."""
        shown = {name: _word(value, lang) for name, value in self.params.items()}
        return messages.text(f"pysub.notes.{self.kind}", lang, n=self.n, **shown)


def _word(value: object, lang: Language) -> object:
    if isinstance(value, Phrase):
        return messages.text(value.key, lang, **value.params)
    return ", ".join(value) if isinstance(value, tuple) else value
