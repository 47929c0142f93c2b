"""Progress of a run: a bar per stage with the time left in a terminal, one plain line per stage elsewhere.

A computation receives a `Progress`, a function that it calls with the fraction done; it knows nothing of terminals.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import IO, Final, Protocol

from mijnrisico import messages
from mijnrisico.messages import Language

Progress = Callable[[float], None]
"""Called with the fraction done, from 0 to 1."""

_SECONDS_BETWEEN_LINES: Final = 3.0


def ignore(fraction: float) -> None:
    """A `Progress` that nobody looks at."""
    del fraction


class Display(Protocol):
    """What a run tells about its stages."""

    def plan(self, names: tuple[str, ...]) -> None:
        """Announce the stages to come, so that `2/7` can be shown."""
        ...

    def stage(self, name: str) -> AbstractContextManager[Progress]:
        """Show one stage while it is computed."""
        ...

    def reused(self, name: str) -> None:
        """Show that the result of a stage was already there."""
        ...

    def waiting(self, name: str) -> None:
        """Show that another process works on the same: on a stage, or on the whole question when `name` is empty."""
        ...

    def note(self, text: str) -> None:
        """Show a line between the stages."""
        ...


class Silent:
    """Shows nothing: for `--quiet`, notebooks and tests."""

    def plan(self, names: tuple[str, ...]) -> None:
        """Do nothing."""

    @contextmanager
    def stage(self, name: str) -> Iterator[Progress]:
        """Do nothing around the stage."""
        del name
        yield ignore

    def reused(self, name: str) -> None:
        """Do nothing."""

    def waiting(self, name: str) -> None:
        """Do nothing."""

    def note(self, text: str) -> None:
        """Do nothing."""


class Lines:
    """One plain line per finished stage, and one per tenth of a stage that takes long: for logs and pipes."""

    def __init__(self, stream: IO[str], lang: Language) -> None:  # noqa: D107
        self._stream = stream
        self._lang: Language = lang
        self._names: tuple[str, ...] = ()
        self._done = 0

    def plan(self, names: tuple[str, ...]) -> None:
        """Keep the number of stages."""
        self._names = names

    @contextmanager
    def stage(self, name: str) -> Iterator[Progress]:
        """Write a line per tenth, at most one every few seconds, and one when the stage is finished."""
        start = said = time.perf_counter()
        tenth = 0

        def progress(fraction: float) -> None:
            nonlocal said, tenth
            now = time.perf_counter()
            if int(10 * fraction) <= tenth or fraction >= 1.0 or now - said < _SECONDS_BETWEEN_LINES:
                return
            tenth, said = int(10 * fraction), now
            left = messages.fixed((now - start) * (1.0 - fraction) / fraction, self._lang, 0)
            words = messages.text("sentences.under_way", self._lang, percent=10 * tenth, seconds=left)
            self._line(name, words, done=self._done + 1)

        yield progress
        self._done += 1
        self._line(name, f"{messages.fixed(time.perf_counter() - start, self._lang)} s")

    def reused(self, name: str) -> None:
        """Write that the stage was reused."""
        self._done += 1
        self._line(name, messages.text("sentences.reused", self._lang))

    def waiting(self, name: str) -> None:
        """Write what is waited for."""
        self.note(_waited_for(name, self._lang))

    def note(self, text: str) -> None:
        """Write the text."""
        print(text, file=self._stream, flush=True)

    def _line(self, name: str, ending: str, done: int | None = None) -> None:
        counted = _counted(name, self._done if done is None else done, self._names)
        self.note(f"{counted}{messages.label('stages', name, self._lang)}: {ending}")


class Bars:
    """A bar per stage with the time used and the time left, on a terminal."""

    def __init__(self, stream: IO[str], lang: Language, *, color: bool = True) -> None:  # noqa: D107
        from rich.console import Console

        self._console = Console(file=stream, no_color=not color, highlight=False)
        self._lang: Language = lang
        self._names: tuple[str, ...] = ()
        self._done = 0

    def plan(self, names: tuple[str, ...]) -> None:
        """Keep the number of stages and the width of their names."""
        self._names = names

    @contextmanager
    def stage(self, name: str) -> Iterator[Progress]:
        """Draw a bar until the stage ends; what remains is one line with its time."""
        from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress

        self._done += 1
        left = messages.text("sentences.left", self._lang)
        columns = (
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            TextColumn(left),
            TimeRemainingColumn(),
        )
        with RichProgress(*columns, console=self._console, refresh_per_second=5) as bar:
            task = bar.add_task(self._title(name), total=1.0)

            def progress(fraction: float) -> None:
                bar.update(task, completed=min(max(fraction, 0.0), 1.0))

            yield progress
            progress(1.0)

    def reused(self, name: str) -> None:
        """Write that the stage was reused."""
        self._done += 1
        self._console.print(f"{self._title(name)} {messages.text('sentences.reused', self._lang)}")

    def waiting(self, name: str) -> None:
        """Write what is waited for."""
        self.note(_waited_for(name, self._lang))

    def note(self, text: str) -> None:
        """Write the text as it is."""
        self._console.print(text, markup=False, soft_wrap=True)

    def _title(self, name: str) -> str:
        titles = [messages.label("stages", known, self._lang) for known in (*self._names, name)]
        title = messages.label("stages", name, self._lang)
        return f"{_counted(name, self._done, self._names)}{title:<{max(map(len, titles))}}"


def _waited_for(name: str, lang: Language) -> str:
    if not name:
        return messages.text("sentences.waiting_for_run", lang)
    return messages.text("sentences.waiting_for_stage", lang, stage=messages.label("stages", name, lang))


def _counted(name: str, done: int, names: tuple[str, ...]) -> str:
    return f"{names.index(name) + 1:>2}/{len(names)} " if name in names else f"{done:>2} "
