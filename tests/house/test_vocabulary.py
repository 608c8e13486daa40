"""Every word that reaches the ledger or a person is explained in docs/vocabulary.md."""

import ast
from pathlib import Path

import pytest


def words(module: ast.Module) -> dict[str, list[str]]:
    """The values of the string enums of a module, by enum."""
    return {
        node.name: [
            line.value.value
            for line in node.body
            if isinstance(line, ast.Assign)
            and isinstance(line.value, ast.Constant)
            and isinstance(line.value.value, str)
        ]
        for node in ast.walk(module)
        if isinstance(node, ast.ClassDef) and "StrEnum" in map(ast.unparse, node.bases)
    }


def test_the_words_of_the_core_are_in_the_vocabulary(root: Path, modules: tuple[Path, ...]) -> None:
    vocabulary = (root / "docs" / "vocabulary.md").read_text(encoding="utf-8")
    core = [path for path in modules if path.is_relative_to(root / "rotation" / "core")]
    found = {path: words(ast.parse(path.read_text(encoding="utf-8"))) for path in core}
    unexplained = [
        f"{path.name}: {enum}.{word}"
        for path, enums in found.items()
        for enum, values in enums.items()
        for word in values
        if f"`{word}`" not in vocabulary
    ]
    assert any(found.values())
    assert unexplained == []


@pytest.mark.parametrize("word", ["participant", "JID", "instance"])
def test_the_core_does_not_speak_the_providers_language(
    root: Path, modules: tuple[Path, ...], word: str
) -> None:
    names = {
        f"{path.name}: {name}"
        for path in modules
        if path.is_relative_to(root / "rotation" / "core")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in (getattr(node, "name", None), getattr(node, "id", None))
        if isinstance(name, str) and word.lower() in name.lower() and name != "isinstance"
    }
    assert names == set()
