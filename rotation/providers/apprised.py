"""Alerts by way of Apprise, which knows how to reach over a hundred services.

It runs as a process of its own, for a second and only when there is something to tell: what Apprise
is made of would be a third of the daemon's memory. The addresses are secrets (their passwords stand
in them), so they come on standard input, and no word of ours or of Apprise's repeats one.

    echo '{"urls": ["json://127.0.0.1/"], "text": "hi"}' | python -m rotation.providers.apprised
"""

import json
import logging
import sys
from collections.abc import Sequence
from typing import IO

ALL, NONE, SOME = 0, 1, 4
"""How the process ends: by who took it."""


def main(asked: IO[str], said: IO[str]) -> int:
    """Tell the text to every address; says by their numbers which did not take it."""
    logging.disable(logging.CRITICAL)
    told = json.load(asked)
    failed = [n for n, url in enumerate(told["urls"], start=1) if not sent(url, told["text"])]
    if not failed:
        return ALL
    said.write(f"of {len(told['urls'])} addresses {_numbers(failed)} did not take it\n")
    return NONE if len(failed) == len(told["urls"]) else SOME


def sent(url: str, text: str) -> bool:
    """Whether the service at an address took the text. Never raises."""
    import apprise

    try:
        to = apprise.Apprise(asset=apprise.AppriseAsset(async_mode=False, app_id="rotation"))
        return bool(to.add(url)) and bool(to.notify(body=text))
    except Exception:  # noqa: BLE001 - a hundred plug-ins, any of which may raise anything
        return False


def _numbers(failed: Sequence[int]) -> str:
    return f"number{'s' if len(failed) > 1 else ''} {', '.join(map(str, failed))}"


if __name__ == "__main__":
    sys.exit(main(sys.stdin, sys.stdout))
