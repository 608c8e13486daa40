"""Where commands are listened to, and who may change something: off unless it is set up whole."""

from collections.abc import Callable
from typing import Any

import pytest

from rotation.core.roster import AccountId, ChatId
from rotation.settings import Commands

ACCOUNT = '[accounts.main]\nprovider = "sandbox"\nwebhook_secret_file = "hook"\n'
GROUP = 'group = "120363041234567890@g.us"\n'


def test_it_is_off_unless_a_group_is_named(
    write: Callable[..., Any], read: Callable[..., Any]
) -> None:
    write("s" * 30, "hook")
    write(ACCOUNT)
    assert read().commands is None
    write(f'{ACCOUNT}[commands]\n{GROUP}operators = ["mara"]\n')
    chat = ChatId("120363041234567890@g.us")
    assert read().commands == Commands(chat, AccountId("main"), ("mara",))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (f'{ACCOUNT}[commands]\ngroup = "managers"\n', "a group as WhatsApp calls it"),
        (f'{ACCOUNT}[commands]\noperators = ["mara"]\n', "is missing, and there are operators"),
        (f'{ACCOUNT}[commands]\n{GROUP}operators = "mara"\n', "a list of people"),
        (f"[accounts.main]\nprovider = 'sandbox'\n[commands]\n{GROUP}", "no webhook_secret"),
        (f'{ACCOUNT}[commands]\n{GROUP}account = "other"\n', "names no account"),
    ],
)
def test_what_it_lacks_is_named(
    write: Callable[..., Any], refused: Callable[..., list[str]], text: str, why: str
) -> None:
    write("s" * 30, "hook")
    write(text)
    assert any(why in told for told in refused())
