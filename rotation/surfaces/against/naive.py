"""The script most of us write first, for cron to start whenever somebody comes on or goes off.

    50 6 24 10 *  WAWP=api.wawp.net INSTANCE=... TOKEN=... naive.py rota.json 2026-10-24T06:50Z

It reads who comes on and who goes off then, adds the incoming, removes the outgoing, tries each
call three times, and logs; when it ends with 1, cron sends a mail. `rotation demo --against naive`
puts it before the same sandbox as rotation.
"""

import json
import logging
import os
import sys
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path

TRIES, PAUSE, PATIENCE = 3, 10.0, 20.0
log = logging.getLogger("naive")

Change = dict[str, list[str]]
Rota = dict[str, dict[str, Change]]
"""For each instant of a crontab line and each group: the numbers that come `on` and go `off`."""


class Wawp:
    def __init__(self, server: HTTPConnection, instance: str, token: str) -> None:
        self.server = server
        self.credentials = {"x-instance-id": instance, "access-token": token}

    def change(self, group: str, do: str, phone: str) -> None:
        """`do` is add or remove. Raises OSError or HTTPException when it did not work."""
        who = {"participants": [{"id": f"{phone.removeprefix('+')}@c.us"}]}
        headers = {"content-type": "application/json", **self.credentials}
        path = f"/v2/groups/{group}/participants/{do}"
        try:
            self.server.request("POST", path, json.dumps(who), headers)
            answer = self.server.getresponse()
            if answer.status // 100 != 2:  # noqa: PLR2004 - 2xx is what everybody looks for
                raise OSError(f"{answer.status} {answer.read().decode()}")
        finally:
            self.server.close()


def hand_over(rota: Rota, at: str, wawp: Wawp, pause: Callable[[float], object]) -> bool:
    """What one crontab line does; False when something did not work."""
    failed = 0
    for group, change in rota[at].items():
        for do, phones in (("add", change["on"]), ("remove", change["off"])):
            failed += sum(not persist(wawp, group, do, phone, pause) for phone in phones)
    return not failed


def persist(wawp: Wawp, group: str, do: str, phone: str, pause: Callable[[float], object]) -> bool:
    for attempt in range(1, TRIES + 1):
        try:
            wawp.change(group, do, phone)
        except (OSError, HTTPException) as error:
            log.warning("%s: could not %s %s (try %d): %s", group, do, phone, attempt, error)
        else:
            log.info("%s: did %s %s", group, do, phone)
            return True
        if attempt < TRIES:
            pause(PAUSE)
    log.error("%s: gave up to %s %s", group, do, phone)
    return False


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    told = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    wawp = Wawp(
        HTTPSConnection(os.environ["WAWP"], timeout=PATIENCE),
        os.environ["INSTANCE"],
        os.environ["TOKEN"],
    )
    sys.exit(not hand_over(told, sys.argv[2], wawp, time.sleep))  # noqa: TID251 - cron's, not ours
