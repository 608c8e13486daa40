"""A sandbox world that fits a roster: its groups, with the shift before still inside."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from rotation.core.roster import Group, Mode, PersonId, Phone, Roster
from rotation.core.timeline import Timeline

OWN_PHONE = Phone("+15550100999")
OWN_LID = "100000000000999"
CUSTOMERS = ("+15550100001", "+15550100002")
"""Numbers from the range reserved for stories, so that they are nobody's."""


A_YEAR = timedelta(days=400)


def world_for(
    roster: Roster,
    at: datetime,
    *,
    instance: str,
    token: str,
    settled: bool = False,
    length: timedelta = A_YEAR,
) -> dict[str, object]:
    """Plain data for `World.from_dict`: `founded`, with a judge who knows the roster so long."""
    told = duty_for(roster, at - timedelta(days=1), at + length)
    made = founded(roster, at, instance=instance, token=token, settled=settled)
    return {**made, "duty": told}


def founded(
    roster: Roster, at: datetime, *, instance: str, token: str, settled: bool = False
) -> dict[str, object]:
    """Every group of `roster` as the last shift left it, and nobody who judges.

    Each group was made by its customer; our account is an admin; the people of the shift before
    `at` are still inside, and always-in people are too. In a `settled` world those who may be
    inside at `at` are, and nobody has to come or go.
    """
    timeline = Timeline(roster)
    return {
        "starts": at.isoformat(),
        "accounts": [
            {
                "instance_id": instance,
                "token": token,
                "phone": OWN_PHONE,
                "name": "rotation",
                "lid": OWN_LID,
            }
        ],
        "people": [
            *({"phone": p.phone, "name": p.name} for p in roster.people.values()),
            *({"phone": phone, "name": f"Customer {n}"} for n, phone in enumerate(CUSTOMERS, 1)),
        ],
        "groups": [
            _group(roster, group, (wanted if settled else before)(timeline, group, at))
            for group in roster.groups.values()
        ],
    }


def _group(roster: Roster, group: Group, people: frozenset[PersonId]) -> dict[str, object]:
    inside = [*group.always_in, *sorted(people - set(group.always_in))]
    return {
        "chat": group.chat,
        "subject": group.id,
        "creator": CUSTOMERS[0],
        "admins": [OWN_PHONE],
        "members": [CUSTOMERS[1], *(roster.people[p].phone for p in inside)],
    }


def wanted(timeline: Timeline, group: Group, at: datetime) -> frozenset[PersonId]:
    """Who may be in the group by its shifts and pins."""
    early, late = group.policy.join_early, group.policy.stay_late
    spans = timeline.spans(group.id, at - late, at + early + timedelta(seconds=1))
    on_shift = {s.person for s in spans if s.starts - early <= at < s.ends + late}
    return frozenset({*on_shift, *group.pins})


def before(timeline: Timeline, group: Group, at: datetime) -> frozenset[PersonId]:
    """Who was on duty before the last shift that brought somebody in."""
    passed = timeline.handovers(group.id, at - timedelta(days=8), at)
    for handover in reversed(passed):
        earlier = (handover.on_duty - handover.incoming) | handover.outgoing
        if handover.incoming and earlier:
            return earlier
    return frozenset()


def duty_for(
    roster: Roster, since: datetime, until: datetime, *, drip: int = 8, requests: int = 60
) -> dict[str, object]:
    """What the sandbox's judge has to know of `roster`: plain spans, and whom not to touch."""
    timeline = Timeline(roster)
    return {"requests_per_minute": requests} | {
        group.chat: {
            "duty": list(_spans(roster, timeline, group, since, until)),
            "allowed": list(_allowed(roster, timeline, group, since, until)),
            "entitled": list(_entitled(roster, timeline, group, since, until)),
            "managed": [roster.people[p].phone for p in sorted(roster.rostered(group.id))],
            "protected": [
                OWN_PHONE, *CUSTOMERS, *(roster.people[p].phone for p in group.always_in)
            ],
            "drip": drip,
            "keep": group.policy.keep_at_least,
        }
        for group in roster.groups.values()
        if group.mode is not Mode.WATCH
    }  # fmt: skip


def _spans(
    roster: Roster, timeline: Timeline, group: Group, since: datetime, until: datetime
) -> Iterator[dict[str, str]]:
    for span in timeline.spans(group.id, since, until):
        yield _plain(roster, span.person, span.starts, span.ends)


def _allowed(
    roster: Roster, timeline: Timeline, group: Group, since: datetime, until: datetime
) -> Iterator[dict[str, str]]:
    early, late = group.policy.join_early, group.policy.stay_late
    for span in timeline.spans(group.id, since, until):
        yield _plain(roster, span.person, span.starts - early, span.ends + late)
    for person in group.pins:
        yield _plain(roster, person, since, until)


def _entitled(
    roster: Roster, timeline: Timeline, group: Group, since: datetime, until: datetime
) -> Iterator[dict[str, str]]:
    early = group.policy.join_early
    for span in timeline.spans(group.id, since, until):
        yield _plain(roster, span.person, span.starts - early, span.ends)
    for person in group.pins:
        yield _plain(roster, person, since, until)


def _plain(roster: Roster, person: PersonId, starts: datetime, ends: datetime) -> dict[str, str]:
    return {
        "phone": roster.people[person].phone,
        "starts": starts.isoformat(),
        "ends": ends.isoformat(),
    }
