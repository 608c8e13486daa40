"""One holder per ledger, named to whoever comes second."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from rotation.ledger import LedgerHeld, file_lock


@pytest.mark.promise("F27")
def test_the_second_holder_is_told_who_is_first(url: str) -> None:
    with file_lock(url):
        with pytest.raises(LedgerHeld, match="stop that one first") as held:
            file_lock(url).__enter__()
        who = rf"process {os.getpid()} on {re.escape(socket.gethostname())} since 20\d\d-"
        assert re.match(who, held.value.holder)
        with pytest.raises(LedgerHeld):
            file_lock(url).__enter__()
    with file_lock(url):
        pass


def test_the_lock_is_let_go_after_trouble(url: str) -> None:
    with pytest.raises(RuntimeError, match="trouble"), file_lock(url):
        raise RuntimeError("trouble")
    with file_lock(url):
        pass


def test_two_names_of_one_file_are_one_lock(file_url: str, tmp_path: Path) -> None:
    (tmp_path / "alias.db").symlink_to(file_url.removeprefix("sqlite:///"))
    with file_lock(file_url), pytest.raises(LedgerHeld):
        file_lock(f"sqlite:///{tmp_path / 'alias.db'}").__enter__()


def test_two_files_are_two_locks(url: str, tmp_path: Path) -> None:
    with file_lock(url), file_lock(f"sqlite:///{tmp_path / 'other.db'}"):
        pass


def test_a_ledger_in_memory_needs_no_lock() -> None:
    with file_lock("sqlite://"), file_lock("sqlite://"):
        pass


HOLD = """
import sys
from rotation.ledger import file_lock
with file_lock(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.mark.process
def test_the_lock_dies_with_its_process(url: str) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(LedgerHeld, match=f"process {holder.pid} on"):
            file_lock(url).__enter__()
        holder.kill()
    with file_lock(url):
        pass
