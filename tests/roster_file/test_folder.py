"""A folder of roster files is read as a whole or not at all."""

import itertools
import os
import threading
from pathlib import Path

import pytest

from rotation.roster_file import RosterErrors, read, read_snapshot, snapshot


@pytest.fixture
def folder(tmp_path: Path, desk: str) -> Path:
    found = tmp_path / "schedules"
    found.mkdir()
    people, rest = desk[: desk.index("shifts:")], desk[desk.index("shifts:") :]
    (found / "people.yaml").write_text(people)
    (found / "desk.yml").write_text(rest)
    return found


def problem(folder: Path) -> str:
    with pytest.raises(RosterErrors) as caught:
        read(folder)
    return str(caught.value)


def test_all_files_of_a_folder_make_one_roster(folder: Path) -> None:
    assert set(read(folder).groups) == {"acme"}
    assert set(read(folder).people) == {"ana", "ben", "cho"}


def test_a_snapshot_is_the_names_and_bytes_in_order_of_name(folder: Path) -> None:
    found = snapshot(folder)
    assert [Path(name).name for name, _ in found] == ["desk.yml", "people.yaml"]
    assert found == snapshot(folder)
    assert read_snapshot(found) == read(folder)


def test_what_is_no_roster_file_is_not_read(folder: Path) -> None:
    expected = snapshot(folder)
    for name in ("notes.txt", ".desk.yaml.swp", ".hidden.yaml", "desk.yml~"):
        (folder / name).write_text("people: [")
    (folder / "old").mkdir()
    (folder / "old" / "past.yaml").write_text("people: [")
    assert snapshot(folder) == expected


def test_one_broken_file_makes_no_roster_of_the_rest(folder: Path) -> None:
    (folder / "new.yaml").write_text("people: [")
    assert problem(folder).startswith(f"{folder}/new.yaml:1:10: this is not YAML")


def test_files_may_be_named_one_by_one(folder: Path) -> None:
    files = [folder / "desk.yml", folder / "people.yaml"]
    assert read(files) == read(folder)
    assert read(folder / "people.yaml").groups == {}


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    said = problem(tmp_path / "nowhere")
    assert said.startswith(f"{tmp_path}/nowhere: there is no such file or folder. Give the right")


def test_a_folder_without_roster_files_is_said(tmp_path: Path) -> None:
    assert "there is no .yaml file in the folder" in problem(tmp_path)


def test_a_file_with_its_ending_in_capitals_is_read(folder: Path) -> None:
    before = read(folder)
    (folder / "people.yaml").rename(folder / "PEOPLE.YAML")
    assert read(folder) == before


def test_a_link_to_nowhere_is_said(folder: Path) -> None:
    (folder / "gone.yaml").symlink_to(folder / "nowhere.yaml")
    assert problem(folder).startswith(f"{folder}/gone.yaml: this link leads to no file. Mend it")


def test_a_link_to_a_file_is_followed(folder: Path, tmp_path: Path) -> None:
    (folder / "people.yaml").rename(tmp_path / "kept.yaml")
    (folder / "people.yaml").symlink_to(tmp_path / "kept.yaml")
    assert set(read(folder).people) == {"ana", "ben", "cho"}


def test_a_folder_named_like_a_file_is_said(folder: Path) -> None:
    (folder / "x.yaml").mkdir()
    assert problem(folder).startswith(f"{folder}/x.yaml: this is not a file")


def test_a_pipe_is_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "x.yaml")
    assert problem(folder).startswith(f"{folder}/x.yaml: this is not a file")


@pytest.mark.promise("F25")
def test_a_snapshot_never_mixes_what_was_never_there_together(tmp_path: Path) -> None:
    """Somebody writes the first file, then the last, without end; so first - last is 0 or 1."""
    for n in range(30):
        (tmp_path / f"m{n:02}.yaml").write_text("#" * 2000)
    first, last, over = tmp_path / "a.yaml", tmp_path / "z.yaml", threading.Event()

    def write() -> None:
        for turn in itertools.count():
            for path in (first, last):
                path.with_suffix(".new").write_text(str(turn))
                path.with_suffix(".new").rename(path)
            if over.is_set():
                return

    first.write_text("0")
    last.write_text("0")
    writer = threading.Thread(target=write)
    writer.start()
    seen = set()
    for _ in range(100):
        try:
            found = snapshot(tmp_path)
        except RosterErrors as wrong:
            assert "being written" in str(wrong)  # noqa: PT017 - either end is right
            continue
        seen.add(int(found[0][1]) - int(found[-1][1]))
    over.set()
    writer.join()
    assert seen <= {0, 1}
    assert len(snapshot(tmp_path)) == 32


def test_a_huge_file_is_not_read_whole(folder: Path) -> None:
    with (folder / "x.yaml").open("wb") as file:
        file.truncate(1 << 34)
    assert problem(folder).startswith(f"{folder}/x.yaml:1:1: the file is larger than 1 MiB")
