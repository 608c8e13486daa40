"""The memory of a daemon with ten thousand groups while the API is asked for all there is of them.

The same daemon as `idle_crowd`: every page of the groups, of who is in them and who is on duty, of
the people and of the history, and what comes in some of the groups, twice over.
"""

import json
from collections.abc import Iterator
from http.client import HTTPConnection

import idle_crowd
import programs
from api_lateness import token
from table import Goal, Row

TIMES, SOME = 2, 200
ALL = ("/v1/groups", "/v1/status", "/v1/who", "/v1/people", "/v1/history")
OF_ONE = ("", "/timeline", "/who", "/next")


def measured() -> Iterator[Row]:
    port = programs.free_port()
    web = f'[web]\nlisten = "127.0.0.1:{port}"\n'
    with idle_crowd.crowd(idle_crowd.ACCOUNTS, idle_crowd.GROUPS, web) as (folder, process):
        before = programs.resident(process)
        programs.forget_peak(process)
        asked = _asked(port, token(folder))
        most, after = programs.peak(process), programs.resident(process)
    groups = idle_crowd.ACCOUNTS * idle_crowd.GROUPS
    name = f"a daemon of {groups:,} groups while the API is asked {asked} times"
    told = f"{before:.1f} MiB before, {after:.1f} after"
    yield Row(name, f"{most:.1f} MiB", told, most, Goal("<=", 120, " MiB"))


def _asked(port: int, secret: str) -> int:
    at, asked = HTTPConnection("127.0.0.1", port, timeout=120), 0

    def told(path: str) -> dict[str, object]:
        nonlocal asked
        at.request("GET", path, headers={"Authorization": f"Bearer {secret}"})
        answer = at.getresponse()
        body = answer.read()
        asked += 1
        if answer.status != 200:  # noqa: PLR2004 - what is well
            raise ValueError(f"{path}: {body.decode()}")
        found: dict[str, object] = json.loads(body)
        return found

    for _ in range(TIMES):
        for path in ALL:
            following: object = ""
            while following is not None:
                cursor = f"&cursor={following}" if following else ""
                following = told(f"{path}?limit=500{cursor}").get("next")
        for number in range(SOME):
            for what in OF_ONE:
                told(f"/v1/groups/g{number % idle_crowd.ACCOUNTS}x{number}{what}")
    at.close()
    return asked
