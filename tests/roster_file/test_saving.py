"""A roster file is written whole or not at all, never over somebody else's, and can be put back."""

import os
import stat
from pathlib import Path

import pytest

from rotation.roster_file import Snapshot, saving, snapshot
from rotation.roster_file.saving import ChangedUnderneath, NotSaved, forget, kept, recover

pytestmark = pytest.mark.promise("P-edits")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.yaml").write_text("team: one\n")
    (tmp_path / "b.yaml").write_text("team: one\n")
    return tmp_path


def save(before: Snapshot, after: Snapshot, name: str) -> tuple[str, ...]:
    """A save that is kept; the files written."""
    old = dict(before)
    saving.save(before, after, name).keep()
    return tuple(file for file, content in after if content != old[file])


def saying(before: Snapshot, text: str) -> Snapshot:
    return tuple((name, text.encode()) for name, _ in before)


def test_what_was_saved_stands_there_and_what_stood_there_is_kept(folder: Path) -> None:
    before = snapshot(folder)
    written = save(before, saying(before, "team: two\n"), "r7")
    assert [Path(name).name for name in written] == ["a.yaml", "b.yaml"]
    assert (folder / "a.yaml").read_text() == "team: two\n"
    assert kept(written, "r7") == dict(before)
    assert [Path(name).name for name, _ in snapshot(folder)] == ["a.yaml", "b.yaml"]
    assert {p.name for p in folder.iterdir()} == {"a.yaml", "b.yaml", ".history"}


def test_a_file_that_somebody_wrote_meanwhile_is_not_overwritten(folder: Path) -> None:
    before = snapshot(folder)
    (folder / "b.yaml").write_text("team: theirs\n")
    with pytest.raises(ChangedUnderneath, match=r"b\.yaml was changed by somebody else since"):
        save(before, saying(before, "team: two\n"), "r1")
    assert (folder / "a.yaml").read_text() == "team: one\n"
    assert (folder / "b.yaml").read_text() == "team: theirs\n"


def test_mode_and_links_stay_as_they_were(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    real = tmp_path_factory.mktemp("elsewhere") / "real.yaml"
    real.write_text("team: one\n")
    real.chmod(0o640)
    (folder / "a.yaml").unlink()
    (folder / "a.yaml").symlink_to(real)
    before = snapshot(folder)
    save(before, saying(before, "team: two\n"), "r1")
    assert (folder / "a.yaml").is_symlink()
    assert real.read_text() == "team: two\n"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert stat.S_IMODE((folder / ".history" / "r1" / "a.yaml").stat().st_mode) == 0o600


def test_a_folder_that_cannot_be_written_is_one_clear_sentence(folder: Path) -> None:
    before = snapshot(folder)
    (folder / ".history").write_text("in the way")
    with pytest.raises(NotSaved, match=r"cannot be written \(File exists\); let rotation's user"):
        save(before, saying(before, "team: two\n"), "r1")
    assert snapshot(folder) == before


def test_when_the_second_file_cannot_be_written_the_first_is_put_back(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = snapshot(folder)
    real, count = Path.replace, iter(range(9))

    def replace(self: Path, target: Path) -> Path:
        if next(count) == 1:
            raise OSError(28, "No space left on device")
        return real(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(NotSaved, match=r"b\.yaml cannot be written \(No space left"):
        save(before, saying(before, "team: two\n"), "r1")
    assert snapshot(folder) == before
    assert {p.name for p in folder.iterdir()} == {"a.yaml", "b.yaml", ".history"}


def test_the_oldest_saves_are_let_go_and_then_not_undone(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saving, "KEPT", 2)
    for n in range(4):
        before = snapshot(folder)
        written = save(before, saying(before, f"team: n{n}\n"), f"r{n + 9}")
    assert sorted(p.name for p in (folder / ".history").iterdir()) == [
        ".gitignore",
        "lock",
        "r11",
        "r12",
    ]
    with pytest.raises(NotSaved, match="said before r9 is not kept any more"):
        kept(written, "r9")


def test_what_names_somebody_forgotten_is_deleted(folder: Path) -> None:
    before = snapshot(folder)
    save(before, saying(before, "team: ana\n"), "r1")
    before = snapshot(folder)
    save(before, saying(before, "team: two\n"), "r2")
    assert forget(folder, ["ana"]) == 1
    assert not (folder / ".history" / "r2").exists()
    assert (folder / ".history" / "r1").exists()
    assert forget(folder / "none", ["ana"]) == 0


def test_a_save_that_is_taken_back_leaves_everything_as_it_was(folder: Path) -> None:
    before = snapshot(folder)
    saving.save(before, saying(before, "team: two\n"), "r1").put_back()
    assert snapshot(folder) == before
    assert save(before, saying(before, "team: two\n"), "r1")


def left_half_done(folder: Path, name: str = "r1") -> Snapshot:
    """What stood there before a process saved and ended, without a word whether it is to stay."""
    before = snapshot(folder)
    begun = saving.save(before, saying(before, "team: two\n"), name)
    os.close(begun._lock)  # noqa: SLF001 - as the end of its process does
    return before


def test_what_a_process_left_half_done_is_put_back(folder: Path) -> None:
    before = left_half_done(folder)
    assert snapshot(folder) != before
    assert recover(folder, lambda _name: False) == "r1"
    assert snapshot(folder) == before
    assert recover(folder, lambda _name: False) is None


def test_what_was_written_down_stays_and_so_does_what_somebody_wrote_since(folder: Path) -> None:
    left_half_done(folder)
    assert recover(folder, lambda name: name == "r1") is None
    assert (folder / "a.yaml").read_text() == "team: two\n"
    (folder / "a.yaml").write_text("team: one\n")
    left_half_done(folder, "r2")
    (folder / "a.yaml").write_text("team: theirs\n")
    (folder / "b.yaml").write_text("team: two\n")
    assert recover(folder, lambda _name: False) == "r2"
    assert (folder / "a.yaml").read_text() == "team: theirs\n"


def test_while_somebody_saves_nobody_else_does_or_takes_it_for_half_done(folder: Path) -> None:
    before = snapshot(folder)
    begun = saving.save(before, saying(before, "team: two\n"), "r1")
    now = snapshot(folder)
    with pytest.raises(NotSaved, match="somebody else saves roster files in"):
        saving.save(now, saying(now, "team: three\n"), "r2")
    assert recover(folder, lambda _name: False) is None
    begun.keep()
    assert snapshot(folder) == now


def test_a_mark_that_makes_no_sense_is_left_to_a_person(folder: Path) -> None:
    left_half_done(folder)
    (folder / ".history" / "unfinished").write_text("{}")
    with pytest.raises(NotSaved, match=r"left half done .*; look at the files, then delete"):
        recover(folder, lambda _name: False)
