"""Every kind of question, by its name."""

from collections.abc import Mapping

from rotation.surfaces.answers import (
    ahead,
    calendars,
    calls,
    house,
    others,
    past,
    people,
    roster,
    standing,
)
from rotation.surfaces.answers.answer import AnyAnswer

_ALL: tuple[AnyAnswer, ...] = (
    house.VERSIONS, standing.STATUS, standing.GROUPS, standing.ONE_GROUP, roster.WHO,
    roster.WHO_OF_GROUP, roster.TIMELINE, ahead.PLAN, ahead.EXPLAIN, ahead.NEXT,
    ahead.NEXT_OF_GROUP, ahead.NOTICES, ahead.ADOPT, people.PEOPLE, people.PERSON, standing.HOLDS,
    past.HISTORY, past.HANDOVERS, calls.CALLS, calls.CALL, past.ACCESS, people.CHANGES,
    people.UNDOABLE, people.GRANTS, people.TICKETS, people.SUBSCRIPTIONS, people.WIPES, people.WIPE,
    roster.GAPS, roster.WORKLOAD, roster.WEEK, house.REVIEW, house.ROSTER, house.REPLICAS,
    house.DOCTOR, calendars.CALENDARS, others.EVENTS, others.RECEIVERS, others.HOOKS,
    others.DELIVERIES, others.TRAIL,
)  # fmt: skip
ANSWERS: Mapping[str, AnyAnswer] = {answer.name: answer for answer in _ALL}
"""Every kind of question, by its name."""
