"""Whatever stands in a scenario file, the reader finds problems that can be shown, and never fails itself."""

from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from mijnrisico import messages
from mijnrisico.core import scenario as scenarios
from mijnrisico.core import toml
from mijnrisico.core.scenario import Checked, Known
from mijnrisico.core.scenario import file as scenario_file
from mijnrisico.core.scenario.tree import leaves
from mijnrisico.errors import InputError

KNOWN = Known(clusters=frozenset({"BIR", "TUS"}), vulnerability_classes={"TNO2020": {"URM1F_B", "URM3L", "RC1L"}})
GOOD = scenario_file.commented("groningen", "nl")
LINES = GOOD.splitlines()
KEYS = (
    *(key for key, _ in leaves(scenarios.template().settings())),
    "extends",
    "schema",
    "inputs",
    "source.mmax.values",
)
PIECES = st.sampled_from(
    ("=", '"', "[", "]", "{", "}", ",", "#", ".", "\n", "'", "\\", "“", "1e999", "nan", "-", "\0", "é")
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.dates().map(str) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
A_KEY = st.sampled_from(KEYS) | st.text(max_size=12)


def shown(checked: Checked) -> None:
    """Every finding can be put into words; a scenario without errors can be written and read again."""
    assert checked.scenario is not None or checked.errors
    for problem in (*checked.errors, *checked.warnings):
        for lang in messages.LANGUAGES:
            message = messages.describe(problem.code, problem.where, problem.params, lang)
            assert message.what
            assert message.fix
    if checked.scenario is not None:
        again = scenarios.check(checked.scenario.toml(), name="again.toml", folder=Path())
        assert again.scenario is not None
        assert again.scenario.digest() == checked.scenario.digest()


def written(value: object) -> str:
    return toml.written(value) if value is not None else "nothing"


@settings(max_examples=400)
@given(
    st.lists(
        st.tuples(st.integers(0, len(GOOD)), st.integers(0, 6), PIECES | st.text(max_size=3)), min_size=1, max_size=4
    )
)
def test_a_file_with_slips_is_read_or_refused_in_words(slips: list[tuple[int, int, str]]) -> None:
    content = GOOD
    for place, removed, added in slips:
        content = content[:place] + added + content[place + removed :]
    shown(scenarios.check(content, name="any.toml", folder=Path(), known=KNOWN))


@settings(max_examples=400)
@given(st.lists(st.sampled_from(LINES) | st.text(max_size=40), max_size=30))
@example(["\x0b"])
@example(["\x85 = 1", "title = no quotes"])
def test_lines_in_any_order_are_read_or_refused_in_words(lines: list[str]) -> None:
    shown(scenarios.check("\n".join(lines), name="any.toml", folder=Path(), known=KNOWN))


@settings(max_examples=400)
@given(st.dictionaries(A_KEY, VALUES, max_size=4))
@example({"float": None})
def test_any_value_of_any_key_is_read_or_refused_in_words(values: dict[str, object]) -> None:
    content = "\n".join(f"{key} = {written(value)}" for key, value in values.items())
    shown(scenarios.check(f'title = "t"\n{content}', name="any.toml", folder=Path(), known=KNOWN))


@settings(max_examples=400)
@given(
    st.lists(st.text(max_size=20) | st.builds(lambda key, value: f"{key}={written(value)}", A_KEY, VALUES), max_size=4)
)
def test_any_setting_of_the_command_line_is_read_or_refused_in_words(overrides: list[str]) -> None:
    shown(scenarios.read("groningen", overrides, KNOWN))


@settings(max_examples=300)
@given(st.dictionaries(A_KEY, VALUES, max_size=3))
def test_any_replacement_is_made_or_refused_in_words(changes: dict[str, object]) -> None:
    try:
        scenarios.load("groningen", known=KNOWN).replace(changes)
    except InputError as error:
        shown(Checked(None, error.problems, ()))


@settings(max_examples=300)
@given(raw=st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-16")))
@example(raw=b"\x0b")
def test_any_bytes_are_read_or_refused_in_words(raw: bytes, tmp_path_factory) -> None:
    path = tmp_path_factory.mktemp("any") / "any.toml"
    path.write_bytes(raw)
    shown(scenarios.read(path, known=KNOWN))
    path.with_name("child.toml").write_text('extends = "any.toml"\ntitle = "t"\n')
    shown(scenarios.read(path.with_name("child.toml"), known=KNOWN))
