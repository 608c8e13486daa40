"""Mappings are data: what is wrong with one is told by file and key, and those here are right."""

from pathlib import Path

import pytest

from rotation.settings import SettingsErrors, load
from rotation.surfaces.incoming import mapping
from rotation.surfaces.incoming.setting_up import require_right

WHEN = '[[when]]\ndoes = "resolve"\nmatch = {type = "x"}\nticket = "id"\n'


def wrong(text: str) -> str:
    with pytest.raises(SettingsErrors) as errors:
        mapping.read("ours.toml", text)
    return str(errors.value)


@pytest.mark.parametrize("name", mapping.names())
def test_the_mappings_that_come_with_rotation_can_be_read(name: str) -> None:
    found = mapping.load(name)
    assert found.whens
    assert found.name == name


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("= 1", "not valid TOML"),
        ("", "when is missing"),
        (WHEN + "tickets = 'id'", "when[1].tickets is no key"),
        ("sign = 'stripe'\n" + WHEN, "sign is no key"),
        ("signature = 'md5'\n" + WHEN, "signature is one of"),
        ("each = 'yes'\n" + WHEN, "each is true or false"),
        ("event = 7\n" + WHEN, "event is a path"),
        (WHEN.replace("resolve", "explode"), "when[1].does is one of"),
        (WHEN.replace('ticket = "id"', ""), "when[1].ticket is missing, and `resolve` needs it"),
        (WHEN.replace('{type = "x"}', "{}"), "when[1].match is missing"),
        (WHEN.replace('"x"', "1.5"), "when[1].match.type is a text"),
        (WHEN + "grace = 'long'", "when[1].grace is a length"),
        ("when = [1]", "when[1].does"),
    ],
)
def test_what_is_wrong_with_a_mapping_is_named(text: str, why: str) -> None:
    told = wrong(text)
    assert told.startswith("ours.toml: ")
    assert why in told


def settings(folder: Path, text: str) -> str:
    """What is wrong with hooks that are set up like this."""
    (folder / "key").write_text("whsec_" + "A" * 43 + "=")
    (folder / "key").chmod(0o600)
    file = folder / "rotation.toml"
    file.write_text(text)
    try:
        require_right(load({}, config=file, folder=folder))
    except SettingsErrors as errors:
        return str(errors)
    return ""


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('kind = "tickets"\nsecret_file = "key"', ""),
        ('kind = "tickets"\nsecret_file = "key"\nmapping = "zendesk"\nprefix = "ZD-"', ""),
        ('kind = "subscriptions"\nsecret_file = "key"\ngroups = {"price_1" = "acme"}', ""),
        ('secret_file = "key"', "hooks.crm.kind is missing"),
        ('kind = "people"\nsecret_file = "key"', '"tickets" or "subscriptions"'),
        ('kind = "tickets"', "hooks.crm.secret"),
        ('kind = "tickets"\nsecret = "abc"', "must not stand in this file"),
        ('kind = "tickets"\nsecret_file = "key"\nmapping = "salesforce"', "is no mapping"),
        ('kind = "tickets"\nsecret_file = "key"\nmapping = "none.toml"', "is no file"),
        ('kind = "tickets"\nsecret_file = "key"\nmapping = "stripe"', "tells of no tickets"),
        ('kind = "tickets"\nsecret_file = "key"\nmapping = "freshdesk"\nby = "signature"',
         "knows of none"),
        ('kind = "tickets"\nsecret_file = "key"\nmapping = "hubspot"', "set web.url"),
        ('kind = "tickets"\nsecret_file = "key"\ngroups = "acme"', "a table of texts"),
        ('kind = "tickets"\nsecret_file = "key"\ngroup = "a b"', "the name of a group"),
        ('kind = "tickets"\nsecret_file = "key"\ncolour = 1', "hooks.crm.colour is not a setting"),
        ('kind = "tickets"\nsecret_file = "key"\n[accounts.tickets]\nprovider = "sandbox"',
         "shares the address /hooks/tickets"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_hook_is_named_before_anything_starts(
    tmp_path: Path, text: str, why: str
) -> None:
    told = settings(tmp_path, f"[hooks.crm]\n{text}\n")
    assert (told == "") == (why == "")
    assert why in told
