"""Where programs are born with everything already imported: nursery.py FD.

A program that is asked for at the socket FD is a process of its own from its first statement on,
and differs from `python -m rotation` in nothing but the second that its imports would have taken.
Each has a keeper, its parent, who says by which number it goes and how it ended. The nursery ends
when nobody can ask any more.
"""

import gc
import json
import os
import pkgutil
import runpy
import socket
import sys
from importlib import import_module
from pathlib import Path

import psycopg
import uvicorn

import rotation.ledger.postgresql
import rotation.ledger.schema
import rotation.sandbox.server
import rotation.surfaces.cli
import rotation.surfaces.start

KNOWN = (psycopg, uvicorn, rotation)
"""Imported for those who are born here, as is every command."""
for command in pkgutil.iter_modules(rotation.surfaces.cli.__path__, "rotation.surfaces.cli."):
    import_module(command.name)
MOST = 1 << 20


def called_for(asked: socket.socket) -> bool:
    """Wait for calls, and leave a keeper with each; only the born return, as whom they should be.

    False once there is nobody left who could call.
    """
    while True:
        text, files, _, _ = socket.recv_fds(asked, MOST, 3)
        if not text:
            return False
        if os.fork() == 0:
            asked.close()
            keep_or_be(json.loads(text), *files)
            return True
        for file in files:
            os.close(file)
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def keep_or_be(who: dict[str, str], told: int, out: int, err: int) -> None:
    """Fork once more: the parent keeps the child to its end, and the child is who was called."""
    pid = os.fork()
    if pid:
        os.close(out)
        os.close(err)
        os.write(told, f"{pid}\n".encode())
        os.write(told, f"{os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}\n".encode())
        os._exit(0)
    os.close(told)
    for old, new in ((os.open(os.devnull, os.O_RDONLY), 0), (out, 1), (err, 2)):
        os.dup2(old, new)
        os.close(old)
    sys.stdin, sys.stdout = os.fdopen(0), os.fdopen(1, "w")
    sys.stderr = os.fdopen(2, "w", 1, errors="backslashreplace")
    os.chdir(who["folder"])
    os.environ.clear()
    os.environ.update(who["environ"])
    sys.argv = who["argv"]


gc.freeze()
with socket.socket(fileno=int(sys.argv[1])) as line:
    born = called_for(line)
if born:
    del sys.path[0]
    if sys.argv[0] == "-m":
        sys.argv.pop(0)
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    else:
        sys.path.insert(0, str(Path(sys.argv[0]).parent))
        runpy.run_path(sys.argv[0], run_name="__main__")
