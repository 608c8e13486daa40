"""What every file of the tree has, and what none may have."""

import ast
import io
import re
import tokenize
from pathlib import Path

import pytest

VAGUE = {
    *("utils", "util", "helpers", "helper", "common", "base", "misc"),
    *("manager", "service", "handler", "processor"),
}


@pytest.mark.slow
def test_every_module_opens_with_what_it_is_for(root: Path, modules: tuple[Path, ...]) -> None:
    silent = [
        str(path.relative_to(root))
        for path in modules
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert silent == []


def test_no_module_has_a_name_that_could_hold_anything(
    root: Path, modules: tuple[Path, ...]
) -> None:
    vague = [
        str(path.relative_to(root))
        for path in modules
        if path.is_relative_to(root / "rotation")
        and VAGUE.intersection(re.split(r"[._/]", path.relative_to(root).as_posix()))
    ]
    assert vague == []


def test_the_migrations_do_not_hide_the_library_they_are_named_after(root: Path) -> None:
    assert not (root / "alembic" / "__init__.py").exists()


def test_tests_are_found_by_path_and_not_by_package(
    root: Path, committed: tuple[Path, ...]
) -> None:
    packages = [
        path for path in committed if path.name == "__init__.py" and root / "tests" in path.parents
    ]
    assert packages == []


EXEMPTION = re.compile(
    r"#\s*(?P<what>noqa|type:\s*ignore|pragma:\s*no cover)"
    r"(?P<codes>:?\s*(\[[\w\-, ]+\]|[A-Z]+[0-9]+(,\s*[A-Z]+[0-9]+)*))?"
    r"(?P<reason>.*)"
)


def comments(text: str) -> list[tuple[int, str]]:
    """The comments of a module with their lines; text in strings is none."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return [(token.start[0], token.string) for token in tokens if token.type == tokenize.COMMENT]


def has_reason(comment: str) -> bool:
    """Whether every exemption in `comment` is followed by words that defend it."""
    found = EXEMPTION.search(comment)
    return found is None or bool(re.search(r"[A-Za-z]{4,}", found["reason"]))


@pytest.mark.slow
def test_every_exemption_from_a_check_gives_its_reason(
    root: Path, modules: tuple[Path, ...]
) -> None:
    unargued = [
        f"{path.relative_to(root)}:{line}: {comment}"
        for path in modules
        for line, comment in comments(path.read_text(encoding="utf-8"))
        if not has_reason(comment)
    ]
    assert unargued == []


def test_an_exemption_without_a_reason_is_seen() -> None:
    assert not has_reason("# noqa: BLE001")
    assert not has_reason("# noqa")
    assert not has_reason("# type: ignore[attr-defined]")
    assert not has_reason("# pragma: no cover")
    assert has_reason("# noqa: BLE001 - one group's fault must not stop the others")
    assert has_reason("# type: ignore[attr-defined]  # the library ships no types")
    assert has_reason("# a plain comment")
