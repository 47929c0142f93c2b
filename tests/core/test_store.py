"""The store of runs: found by their index, reviewed, removed; a folder that cannot be written is refused in words."""

import json
import os
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from mijnrisico import messages
from mijnrisico.core import files, resources
from mijnrisico.core import run as runs
from mijnrisico.core import scenario as scenarios
from mijnrisico.core.run import StoredRun, datapackage, manifest, store, verify
from mijnrisico.errors import InputError, Problem, ResourceError
from mijnrisico.messages import Phrase


def made(results: Path, title: str = "one", value: float = 0.1) -> StoredRun:
    with runs.begin(scenarios.load("groningen", [f"title={title}"]), results, command="mijnrisico run x") as writer:
        writer.warn(Problem("W607", "source"))
        rows = [("pga475_max", 2024, value, "g"), ("pga475_max", 2025, value / 2, "g")]
        writer.write_table("tables/summary.csv", pd.DataFrame(rows, columns=["quantity", "year", "value", "unit"]))
        grid = xr.Dataset({"a": (("y", "x"), np.full((2, 3), value))}, coords={"y": [0.0, 1.0], "x": [0.0, 1.0, 2.0]})
        writer.write_grid("grids/a.nc", grid)
    assert writer.run is not None
    return writer.run


def code_of(error: pytest.ExceptionInfo[InputError]) -> str:
    return error.value.code


class TestIndex:
    def test_it_lists_every_run_with_its_main_result(self, tmp_path: Path) -> None:
        run = made(tmp_path)
        (record,) = json.loads((tmp_path / "index.json").read_text(encoding="utf-8"))["runs"]
        assert record["id"] == run.id
        assert record["key"] == {"quantity": "pga475_max", "value": 0.1, "unit": "g", "year": 2024}
        assert record["review"]["status"] == "draft"

    @pytest.mark.parametrize("damage", ["remove", "garble", "empty", "other_schema"])
    def test_it_is_made_again_when_it_is_missing_or_damaged(self, tmp_path: Path, damage: str) -> None:
        run = made(tmp_path)
        path = tmp_path / "index.json"
        right = path.read_text(encoding="utf-8")
        if damage == "remove":
            path.unlink()
        else:
            path.write_text({"garble": right[:50], "empty": "", "other_schema": '{"schema": "x"}'}[damage])
        assert list(store.runs(tmp_path)) == [run.id]
        assert path.read_text(encoding="utf-8") == right

    def test_it_follows_what_was_done_behind_its_back(self, tmp_path: Path) -> None:
        first, second = made(tmp_path), made(tmp_path, "two")
        assert set(store.runs(tmp_path)) == {first.id, second.id}
        second.path.rename(tmp_path / "moved-away")
        (tmp_path / "moved-away" / "manifest.json").unlink()
        assert set(store.runs(tmp_path)) == {first.id}
        assert len(json.loads((tmp_path / "index.json").read_text(encoding="utf-8"))["runs"]) == 1

    def test_a_folder_that_is_read_only_can_be_read(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        run = made(tmp_path)
        (tmp_path / "index.json").unlink()

        def refuse(*arguments: object) -> None:
            raise PermissionError

        monkeypatch.setattr(files, "write_text", refuse)
        assert StoredRun.open(tmp_path).id == run.id

    def test_a_damaged_manifest_is_named_and_hides_no_other_run(self, tmp_path: Path) -> None:
        good, bad = made(tmp_path), made(tmp_path, "two")
        (bad.path / "manifest.json").write_text("{")
        assert list(store.runs(tmp_path)) == [good.id]
        assert store.unreadable(tmp_path) == {bad.path.name: "damaged"}


class TestFinding:
    def test_a_run_is_found_by_its_folder(self, tmp_path: Path) -> None:
        run = made(tmp_path)
        assert StoredRun.open("elsewhere", str(run.path)).id == run.id

    def test_the_newest_is_found_without_a_name_and_as_latest(self, tmp_path: Path) -> None:
        known = {made(tmp_path).id, made(tmp_path, "two").id}
        assert StoredRun.open(tmp_path, "latest").id == StoredRun.open(tmp_path).id in known

    def test_a_path_into_another_folder_is_not_the_run_of_that_name_here(self, tmp_path: Path) -> None:
        run = made(tmp_path / "a")
        assert store.find_id(tmp_path / "a", str(run.path)) == run.id
        for wanted in (tmp_path / "b" / run.id, tmp_path / "a" / "old" / run.id, Path("..", run.id)):
            with pytest.raises(InputError) as caught:
                store.find_id(tmp_path / "a", str(wanted))
            assert code_of(caught) == "E701"

    def test_a_run_of_a_newer_version_is_e506(self, tmp_path: Path) -> None:
        run = made(tmp_path)
        path = run.path / "manifest.json"
        path.write_text(path.read_text(encoding="utf-8").replace("manifest/1", "manifest/12"), encoding="utf-8")
        for wanted in (run.id, run.id[-4:], None):
            with pytest.raises(InputError) as caught:
                StoredRun.open(tmp_path, wanted)
            assert code_of(caught) == "E506"
            assert caught.value.problems[0].params["got"] == 12

    def test_what_is_missing_comes_with_the_command_that_computes_it(self, tmp_path: Path) -> None:
        run = made(tmp_path / "results")
        with pytest.raises(InputError) as caught:
            run.grid("hazard")
        assert code_of(caught) == "E702"
        problem = run.lacking("a", "hazard.return_periods=[95, 475]").problems[0]
        words = messages.describe(problem.code, problem.where, problem.params, "nl").fix
        assert f"results/{run.id}/scenario.toml --set 'hazard.return_periods=[95, 475]'" in words
        assert scenarios.load(run.path / "scenario.toml").digest() == run.scenario.digest()

    def test_a_run_from_which_a_file_was_taken_does_not_answer_the_question(self, tmp_path: Path) -> None:
        run = made(tmp_path)
        assert runs.find(run.scenario, tmp_path) is not None
        (run.path / "tables" / "summary.csv").unlink()
        assert runs.find(run.scenario, tmp_path) is None


class TestReview:
    def test_a_draft_and_a_superseded_run_say_so_and_a_reviewed_one_does_not(self, tmp_path: Path) -> None:
        run, other = made(tmp_path), made(tmp_path, "two")
        draft = run.caution()
        assert draft is not None
        assert draft.code == "W704"
        store.review(tmp_path, run.id, "reviewed", "A. Name")
        assert StoredRun.open(tmp_path, run.id).caution() is None
        store.review(tmp_path, run.id, "superseded", "A. Name", superseded_by=other.id)
        gone = StoredRun.open(tmp_path, run.id).caution()
        assert gone is not None
        assert other.id in messages.describe(gone.code, gone.where, gone.params, "nl").what
        assert StoredRun.open(tmp_path, other.id).manifest["supersedes"] == run.id

    def test_a_published_run_is_read_only_and_can_only_be_superseded(self, tmp_path: Path) -> None:
        run = made(tmp_path)
        store.review(tmp_path, run.id, "published", "A. Name")
        assert not (run.path / "manifest.json").stat().st_mode & 0o222
        assert not run.path.stat().st_mode & 0o222
        refused = [
            lambda: store.remove(tmp_path, run.id),
            lambda: store.review(tmp_path, run.id, "draft", "B"),
            lambda: made(tmp_path),
        ]
        for act in refused:
            with pytest.raises(InputError) as caught:
                act()
            assert code_of(caught) == "E704"
        assert StoredRun.open(tmp_path).review["by"] == "A. Name"
        store.review(tmp_path, run.id, "superseded", "A. Name")
        assert StoredRun.open(tmp_path).review["status"] == "superseded"
        with pytest.raises(InputError, match="E704"):
            store.remove(tmp_path, run.id)
        assert not run.path.stat().st_mode & 0o222

    def test_a_review_that_cannot_be_drawn_did_not_happen(self, tmp_path: Path) -> None:
        run = made(tmp_path)

        def fail(folder: Path) -> None:
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            store.review(tmp_path, run.id, "published", "A. Name", redraw=fail)
        assert StoredRun.open(tmp_path).review["status"] == "draft"
        assert run.path.stat().st_mode & 0o200

    def test_two_reviews_of_one_run_wait_for_each_other(self, tmp_path: Path) -> None:
        run = made(tmp_path)
        lock = store.lock_of(tmp_path, run.id.rpartition("-")[2])
        free: list[bool] = []

        def redraw(folder: Path) -> None:
            with files.if_free(lock) as mine:
                free.append(mine)

        store.review(tmp_path, run.id, "reviewed", "A. Name", redraw=redraw)
        assert free == [False]

    def test_what_was_drawn_again_gets_its_new_digest(self, tmp_path: Path) -> None:
        run = made(tmp_path)
        store.review(tmp_path, run.id, "reviewed", "A", redraw=lambda folder: (folder / "new.txt").write_text("x"))
        listed = {entry["path"] for entry in StoredRun.open(tmp_path).manifest["outputs"]}
        assert "new.txt" in listed


class TestWhatTablesMean:
    def test_any_table_leads_back_to_its_run(self, tmp_path: Path) -> None:
        run = made(tmp_path)
        package = json.loads((run.path / "datapackage.json").read_text(encoding="utf-8"))
        assert package["id"] == run.id
        (resource,) = package["resources"]
        assert (run.path / resource["path"]).is_file()
        fields = {field["name"]: field for field in resource["schema"]["fields"]}
        assert fields["year"] == {"name": "year", "type": "integer", "description": "calendar year"}
        assert run.id in (run.path / "tables" / "README.txt").read_text(encoding="utf-8")
        assert "kalenderjaar" in (run.path / "tables" / "LEESMIJ.txt").read_text(encoding="utf-8")

    def test_a_grid_names_its_run_and_what_the_model_lacks(self, tmp_path: Path) -> None:
        run = made(tmp_path)
        attributes = run.grid("a").attrs
        assert attributes["run_id"] == run.id
        assert attributes["title"] == "one"
        assert attributes["comment"].startswith("W607: The number of earthquakes is more likely too low")
        assert attributes["Conventions"] == "CF-1.11"

    @pytest.mark.parametrize("lang", messages.LANGUAGES)
    def test_every_table_and_column_of_a_run_is_described(
        self, tmp_path: Path, synthetic: ModuleType, lang: messages.Language
    ) -> None:
        tables = sorted(synthetic.write(tmp_path / "run").glob("tables/*.csv"))
        assert len(tables) > 10
        for table in tables:
            assert messages.has(f"tables.{table.stem}", lang), table.stem
            for column in pd.read_csv(table, nrows=1).columns:
                assert datapackage.description(table.stem, column, lang), (table.stem, column)

    @pytest.mark.parametrize("name", ["g", "bar", "bcm", "km"])
    def test_a_name_that_ends_in_a_unit_has_that_unit(self, name: str) -> None:
        expected = {"bcm": "10^9 Nm3"}.get(name, name)
        assert datapackage.unit("any", f"value_{name}") == expected


class TestVerify:
    def test_the_same_again_is_equal_to_the_last_bit(self, tmp_path: Path) -> None:
        found = verify.compare(made(tmp_path / "a").path, made(tmp_path / "b").path)
        assert {file.finding for file in found} == {"equal"}
        assert {file.path for file in found} == {"tables/summary.csv", "grids/a.nc"}

    @pytest.mark.parametrize(("change", "finding"), [(1e-11, "close"), (1e-6, "differs")])
    def test_a_small_difference_is_close_and_a_larger_one_is_named(
        self, tmp_path: Path, change: float, finding: str
    ) -> None:
        found = verify.compare(made(tmp_path / "a").path, made(tmp_path / "b", value=0.1 * (1 + change)).path)
        assert {file.finding for file in found} == {finding}
        if finding == "differs":
            assert found[0].detail is not None
            assert found[0].detail.params == {"n": 6, "name": "a", "most": "1e-06"}

    def test_a_missing_file_and_a_missing_row_differ(self, tmp_path: Path) -> None:
        first, second = made(tmp_path / "a"), made(tmp_path / "b")
        (second.path / "grids" / "a.nc").unlink()
        table = second.path / "tables" / "summary.csv"
        table.write_bytes(b"\r\n".join(table.read_bytes().split(b"\r\n")[:2]) + b"\r\n")
        assert [file.finding for file in verify.compare(first.path, second.path)] == ["differs", "differs"]

    @pytest.mark.parametrize("name", ["grids/a.nc", "tables/summary.csv", "scenario.toml"])
    def test_what_was_taken_from_the_run_or_changed_in_it_differs(self, tmp_path: Path, name: str) -> None:
        first, second = made(tmp_path / "a"), made(tmp_path / "b")
        with (first.path / name).open("ab") as stream:
            stream.write(b"\n")
        changed = {file.path: file for file in verify.compare(first.path, second.path)}[name]
        assert changed.finding == "differs"
        assert changed.detail == Phrase("verify.changed")
        (first.path / name).unlink()
        gone = {file.path: file for file in verify.compare(first.path, second.path)}[name]
        assert gone.detail == Phrase("verify.gone")

    def test_a_table_that_neither_folder_nor_manifest_has_any_more_differs(self, tmp_path: Path) -> None:
        first, second = made(tmp_path / "a"), made(tmp_path / "b")
        (first.path / "grids" / "a.nc").unlink()
        manifest.write(first.path, {**first.manifest, "outputs": manifest.outputs(first.path)})
        differing = [file.path for file in verify.compare(first.path, second.path) if file.finding == "differs"]
        assert differing == ["grids/a.nc"]


def test_a_link_that_was_left_is_swept_and_what_it_points_at_stays(tmp_path: Path) -> None:
    results = tmp_path / "results"
    run = made(results)
    for name in (f".removed-{run.id}", f".building-{run.id[-8:]}", f".replaced-{run.id}"):
        (results / name).symlink_to(run.path)
    store.sweep(results)
    assert not list(results.glob(".[rb]*-*"))
    assert StoredRun.open(results).id == run.id


class TestFoldersThatCannotBeWritten:
    @pytest.mark.parametrize("place", ["file", "file/below"])
    def test_below_a_file_is_e609_before_anything_is_computed(self, tmp_path: Path, place: str) -> None:
        (tmp_path / "file").write_text("x")
        with pytest.raises(ResourceError) as caught, runs.begin(scenarios.load("groningen"), tmp_path / place):
            pytest.fail("begun")
        assert caught.value.code == "E609"
        need = resources.Estimate(0.0, 0.0, 1.0)
        assert [problem.code for problem in resources.shortages(need, tmp_path / place)] == ["E609"]

    def test_a_read_only_folder_is_e609(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "access", lambda path, mode: False)
        (problem,) = resources.shortages(resources.Estimate(0.0, 0.0, 1.0), tmp_path / "new")
        assert problem.code == "E609"
        assert "read-only" in messages.describe(problem.code, problem.where, problem.params).what

    @pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
    def test_a_folder_without_rights_is_e609(self, tmp_path: Path) -> None:
        tmp_path.chmod(0o500)
        try:
            with pytest.raises(ResourceError) as caught, runs.begin(scenarios.load("groningen"), tmp_path / "a"):
                pytest.fail("begun")
            assert caught.value.code == "E609"
        finally:
            tmp_path.chmod(0o700)
