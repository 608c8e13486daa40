"""`rotation status --replicas`: who works on which account, and who stands by."""

from datetime import timedelta

from rotation.ledger import name_of, on_server
from rotation.surfaces.cli.desk import Desk
from rotation.surfaces.cli.output import as_json, heading, say
from rotation.surfaces.replicas import Standing, as_object, sharing
from rotation.surfaces.saying import length_said

SILENT = timedelta(seconds=30)
"""A replica signs every ten seconds; machines' clocks may differ a little."""


def show_replicas(desk: Desk, *, as_data: bool) -> None:
    url = desk.settings.database.reveal()
    with desk.ledger.reading() as books:
        found = sharing(books)
    if as_data:
        as_json(as_object(found, desk.now, desk.digest))
        return
    if not on_server(url):
        say(f"{name_of(url)} is a file, which has one daemon: {desk.holder or 'none runs'}")
        return
    for one in found.replicas:
        _show(one, desk)
    for work in found.orphans:
        say(f"{work.account}: whoever had it is gone; others wait until its term is over")
    for account in found.free:
        say(f"{account}: nobody works on it now")
    if not found.replicas:
        say("no replica runs; `rotation run` starts one")


def _show(one: Standing, desk: Desk) -> None:
    house = ", keeps house" if one.keeps_house else ""
    silence = abs(desk.now - one.seen_at)
    heading(f"{one.place}{house} (seen {length_said(silence)} ago)")
    for work in one.works_on:
        since = length_said(abs(desk.now - work.since))
        say(f"  {work.account}: works on it for {since}, term {work.term}")
    if silence > SILENT:
        say("  is not heard of any more: stopped, killed, or cut off from the server")
    elif one.stands_by:
        say(f"  stands by: {one.stands_by}")
    files = f"roster files {one.roster}" if one.roster else "roster files not read yet"
    differs = f", which differ from roster {desk.digest} in force" if one.roster_differs else ""
    say(f"  version {one.version}, time-zone data {one.zone_data}, {files}{differs}")
    say()
