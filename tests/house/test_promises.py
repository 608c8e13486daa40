"""The page of promises says what the tests show, and can't say more."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

PARTS = '[[part]]\ntitle = "Safety"\n[part.promises]\nS1 = "Managed only."\nS2 = "Never us."\n'


@pytest.fixture(scope="module")
def promises(root: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("promises", root / "tools" / "promises.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    with pytest.MonkeyPatch.context() as patched:
        patched.syspath_prepend(root / "tools")
        spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_the_committed_pages_are_what_the_tests_show(
    root: Path, promises: ModuleType, request: pytest.FixtureRequest
) -> None:
    if collected_all(request.config):
        stale = promises.stale(request.session.items)
    else:
        outer = {n: value for n, value in os.environ.items() if not n.startswith("PYTEST_")}
        every = [sys.executable, root / "tools" / "promises.py", "--check"]
        stale = subprocess.run(every, cwd=root, env=outer, check=False).returncode
    assert not stale, "run `make promises`"


def collected_all(config: pytest.Config) -> bool:
    """Did this run find all tests, and leave out none?"""
    chosen = config.option.keyword or config.option.markexpr or config.option.deselect
    return config.args == config.getini("testpaths") and not chosen


def test_a_promise_without_a_test_is_said_not_to_be_shown(promises: ModuleType) -> None:
    page = promises.page(promises.read(PARTS), {"S1": {"tests/core/test_guard.py::test_a_b"}})
    assert "| S1 | Managed only. | [a b](../tests/core/test_guard.py) |" in page
    assert "| S2 | Never us. | not shown yet |" in page
    assert "1 of 2 promises are shown." in page


def test_a_mark_for_an_unknown_promise_is_refused(promises: ModuleType) -> None:
    with pytest.raises(promises.Broken, match=r"S9 in tests/x\.py::test_y"):
        promises.page(promises.read(PARTS), {"S9": {"tests/x.py::test_y"}})


def test_an_id_used_twice_is_refused(promises: ModuleType) -> None:
    with pytest.raises(promises.Broken, match="twice: S1"):
        promises.read(PARTS + '[[part]]\ntitle = "Again"\n[part.promises]\nS1 = "Twice."\n')


MARKED = """
import pytest

@pytest.mark.promise("S1", "P-add-first")
def test_by_mark(): pass

@pytest.mark.promise("S3")
@pytest.mark.skip
def test_that_rests(): pass

@pytest.mark.parametrize("n", [pytest.param(1, marks=pytest.mark.promise("S4")), 2])
def test_by_the_mark_of_one_case(n): pass

def test_R4_and_R5_by_name(): pass

def test_E_12_by_name(): pass

@pytest.mark.parametrize("row", ["D10 missing", "D10 twice", "unlisted"])
def test_by_row(row): pass

def test_A_plain_sentence(): pass
"""


@pytest.mark.slow
def test_a_test_shows_what_its_mark_its_name_or_its_row_says(
    promises: ModuleType, tmp_path: Path
) -> None:
    (tmp_path / "test_marked.py").write_text(MARKED, encoding="utf-8")
    marks = promises.Marks()
    promises.collect(tmp_path, marks)
    shown = marks.shown
    assert sorted(shown) == ["D10", "E-12", "P-add-first", "R4", "R5", "S1", "S4"]
    assert {len(tests) for tests in shown.values()} == {1}
