"""Events as people read them while they happen: one line each, names instead of numbers."""

from collections.abc import Callable, Mapping
from datetime import datetime

from rotation.core.roster import AccountId, GroupId, PersonId, Roster
from rotation.engine import Event

_SAID: Mapping[str, str] = {
    "handover": "HANDOVER   {text}",
    "proven": "PROVEN     {text}",
    "added": "  in       {name}: added, and seen in the group{tries}",
    "removed": "  out      {name}: removed, and no longer seen{tries}",
    "seen_in": "  seen     {name} is in, by somebody else's doing",
    "seen_out": "  seen     {name} is out, by somebody else's doing",
    "late_add": "  late     {name} came in by an earlier call after all",
    "late_removal": "  late     {name} went out by an earlier call after all",
    "add_accepted": "  add      {name}: the call was accepted; a read has to prove it",
    "remove_accepted": "  remove   {name}: the call was accepted; a read has to prove it",
    "add_indoubt": "  add      {name}: no clear answer; quiet, then a read decides",
    "remove_indoubt": "  remove   {name}: no clear answer; quiet, then a read decides",
    "add_refused": "  add      {name}: refused ({text})",
    "remove_refused": "  remove   {name}: refused ({text})",
    "add_throttled": "  wait     too many calls, says the provider",
    "remove_throttled": "  wait     too many calls, says the provider",
    "notice_accepted": "  goodbye  said for {name}",
    "notice_indoubt": "  goodbye  for {name} may not have arrived; it is not said twice",
    "notice_refused": "  goodbye  for {name} was refused; the removal goes on",
    "brief_accepted": "  brief    said for {name}",
    "invite_accepted": "  invite   sent to {name}",
    "reset_accepted": "  link     the invite link was reset, since {name} knew it",
    "reset_indoubt": "  link     no clear answer; the invite link is reset again later",
    "reset_refused": "  link     the invite link could not be reset ({text})",
    "wiped": "WIPED      {name}: {text}",
    "wipe_waits": "WAITS      the wipe of {name} for people: {text}",
    "alarm": "TOLD       {text}",
    "alarm_untold": "UNTOLD     {text}",
    "weekly": "TOLD       {name}: how the week went",
    "weekly_untold": "UNTOLD     {name}: how the week went",
    "warned": "TOLD       {name}: their subscription ends",
    "unwarned": "UNTOLD     {name}: their subscription ends",
    "duty_told": "TOLD       {name}: their duty has changed",
    "duty_untold": "UNTOLD     {name}: their duty has changed",
    "guarded": "GUARDED    {name}: {text}; nothing was sent",
}


def line(event: Event, roster: Roster) -> str:
    """`event` as a line: time in UTC, group, what happened."""
    person = roster.people.get(event.person) if event.person else None
    name = person.name if person else str(event.person or "")
    said = _SAID.get(event.kind, "  " + event.kind + " {name} {text}")
    tries = f" ({event.text})" if event.text else ""
    words = said.format(text=event.text, name=name, tries=tries)
    return f"{event.at:%a %H:%M:%S}  {event.group or '':<16}  {words}".rstrip()


def of_log(told: Mapping[str, str], roster: Roster) -> str:
    """The same line from a JSON log line of the daemon's."""
    at = datetime.fromisoformat(told["at"])
    group, person = told.get("group"), told.get("person")
    event = Event(
        at,
        told["event"],
        AccountId(""),
        GroupId(group) if group else None,
        PersonId(person) if person else None,
        told.get("about") or "",
    )
    return line(event, roster)


def watcher(print_line: Callable[[str], None], roster: Roster) -> Callable[[Event], None]:
    """What prints every event of a run as it happens."""
    return lambda event: print_line(line(event, roster))
