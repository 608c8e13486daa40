"""What is wrong with a roster file is said with its place and its remedy, all of it at once."""

from collections.abc import Callable

import pytest

from rotation.core.roster import Roster
from rotation.roster_file import RosterErrors

pytestmark = pytest.mark.promise("P-file-errors")

Wrong = Callable[..., list[str]]
PEOPLE = "people:\n  xia: {"
SHIFTS = "shifts:\n  x: {"
HOLIDAYS = SHIFTS + "zone: UTC, hours: all day, everyone: [ana], holidays: {"
SEASONS = SHIFTS + "zone: UTC, hours: all day, everyone: [ana], seasons: ["
GROUPS = "groups:\n  x: {account: main, chat: 120363041234567009@g.us, "
TURNS = "zone: UTC, hours: all day, turns: {change: every day, from: 2026-01-05, order: "
THEN = SHIFTS + TURNS + "[ana]}, then: ["

ONE_EACH = [
    # the file as YAML
    ("", "1:1: the file is empty"),
    ("  \n\n", "1:1: the file is empty"),
    ("# nothing\n", "1:1: this is no roster. Begin with `people:`, `shifts:`, `groups:`"),
    ("- a\n", "1:1: this is no roster"),
    ("people: [\n", "2:1: this is not YAML: "),
    (
        "people:\n\tana: 1\n",
        "2:1: this is not YAML: a tab stands where a line begins. Indent with spaces",
    ),
    ("people: 'ana\n", "2:1: this is not YAML: found unexpected end of stream"),
    ("tell: [ana]\ntell: [ben]\n", "2:1: `tell` is here twice; first at 1:1"),
    ("people:\n  xia: &x {name: X}\n", "2:8: `&x` is YAML shorthand"),
    ("tell: *x\n", "1:7: `*x` is YAML shorthand"),
    ("groups:\n  <<: {}\n", "2:3: `<<` merges are not used"),
    ("team: !!str a\n", "1:7: `tag:yaml.org,2002:str` is a YAML tag. Leave it out"),
    ("team: !!python/object:os.system x\n", "1:7: `tag:yaml.org,2002:python/object:os.system`"),
    ("team: a\n---\nteam: b\n", "2:1: a second document begins. Use a file for each"),
    ("? [a]\n: b\n", "1:3: a list or mapping is used as a key"),
    ("tell: " + "[" * 30 + "\n", "1:26: this is nested deeper than 20"),
    ("team: \x07\n", "1:7: there is a character that YAML does not allow"),
    ("team: a\nx\x00y\n", "2:2: there is a NUL character"),
    (b"team: a\nteam: \xff\xfe\n", "2:7: the file is not UTF-8 text. Save it as UTF-8"),
    ("# x\n".encode("utf-16"), "1:1: the file is not UTF-8 text"),
    ("#" * (1 << 20) + "\n", "1:1: the file is larger than 1 MiB"),
    # keys and kinds
    ("persons: {}\n", "1:1: `persons` is not a key here"),
    ("zap: 1\n", "1:1: `zap` is not a key here. Known here: changes, defaults, groups"),
    ("people:\n", "1:1: `people` has no value. Write a value or delete the line"),
    ("people: [ana]\n", "1:9: lines of `key: value` are needed here"),
    ("people:\n  xia: 5\n", "2:8: lines of `key: value` are needed here. Known here: name, phone"),
    ("tell: ana\n", "1:7: a list is needed here"),
    ("defaults: {mode: managed}\n", "1:12: `mode` is not a key here"),
    ("weekly: {at: mon 08:00}\n", "1:1: `zone` is missing. Write `zone: Europe/Lisbon`"),
    ("weekly: {at: 08:00, zone: UTC}\n", "1:14: `08:00` is no time of a week. Write `mon 08:00`"),
    ("weekly: {at: mon 24:00, zone: UTC}\n", "1:14: `24:00` is no time of day"),
    (
        "weekly: {at: mon 08:00, zone: UTC, agents: [zoe]}\n",
        "1:45: there is no person `zoe`",
    ),
    # people
    (PEOPLE + 'phone: "+1 212 555 0177"}', "2:3: `name` is missing. Write `name: Mara Costa`"),
    (PEOPLE + "name: X}", "2:3: `phone` is missing. Write `phone: "),
    (PEOPLE + 'nam: X, name: X, phone: "+1 212 555 0177"}', "2:9: `nam` is not a key here"),
    (
        PEOPLE + 'name: true, phone: "+1 212 555 0177"}',
        "2:15: an unquoted true or false is no text",
    ),
    (
        PEOPLE + 'name: 12, phone: "+1 212 555 0177"}',
        '2:15: an unquoted number is no text. Put it in quotes: "12"',
    ),
    (
        PEOPLE + "name: X, phone: +12125550177}",
        '2:25: an unquoted number loses its plus and zeros. Put it in quotes: "+12125550177"',
    ),
    (PEOPLE + "name: X, phone: 12125550177}", "2:25: an unquoted number loses its plus"),
    (PEOPLE + "name: X, phone: 1.2125e+10}", "2:25: an unquoted number loses its plus"),
    (PEOPLE + "name: X, phone: 0212555017}", "2:25: `0212555017` has no country code"),
    (
        PEOPLE + 'name: X, phone: "0049 30 1234567"}',
        '2:25: `0049 30 1234567` has no plus. Write + in place of 00: "+49 30 1234567"',
    ),
    (PEOPLE + 'name: X, phone: "+1 800 FLOWERS"}', "2:25: `+1 800 FLOWERS` is not only a number"),
    (PEOPLE + 'name: X, phone: "+1 212"}', "2:25: `+1 212` is too short for its country"),
    (PEOPLE + 'name: X, phone: "+1 212 555 0177 99"}', "2:25: `+1 212 555 0177 99` is too long"),
    (PEOPLE + 'name: X, phone: "+999 12345678"}', "2:25: `+999 12345678` is no number of any"),
    (
        PEOPLE + 'name: X, phone: "+44 7700 900102"}',
        "2:25: +447700900102 is also the number in schedules/a.yaml:3:32. Give each person",
    ),
    (PEOPLE + 'name: X, phone: "+1 212 555 0177", zone: Lisbon}', "2:50: `Lisbon` is not a time"),
    (PEOPLE + 'name: X, phone: "+1 212 555 0177", language: NO}', "2:54: `NO` is not a language"),
    (PEOPLE + 'name: X, phone: "+1 212 555 0177", zone: }', "2:44: `zone` has no value"),
    ('people:\n  a b: {name: X, phone: "+1 212 555 0177"}', "2:3: `a b` cannot be a name"),
    ('people:\n  a/b: {name: X, phone: "+1 212 555 0177"}', "2:3: `a/b` cannot be a name"),
    (
        'people:\n  ana: {name: X, phone: "+1 212 555 0177"}',
        "2:3: `ana` is also in schedules/a.yaml:2:3. Rename one of them or join the two",
    ),
    # shifts
    (
        SHIFTS + "zone: UTC, hours: 08:00 to 08:00, everyone: [ana]}",
        "2:25: `08:00 to 08:00` starts",
    ),
    (
        SHIFTS + "zone: UTC, hours: 08:00-16:00, everyone: [ana]}",
        "2:25: `08:00-16:00` are no hours",
    ),
    (
        SHIFTS + "zone: Europe/Lisbon, hours: 08:00+01:00 to 16:00+01:00, everyone: [ana]}",
        "2:35: `08:00+01:00 to 16:00+01:00` are no hours",
    ),
    (
        SHIFTS + "zone: Europe/Lisbon, hours: 08:00Z to 16:00Z, everyone: [ana]}",
        "2:35: `08:00Z to 16:00Z` are no hours",
    ),
    (SHIFTS + "zone: UTC, hours: 08:00 to 24:30, everyone: [ana]}", "2:25: `24:30` is no time of"),
    (SHIFTS + "zone: UTC, hours: 24:00 to 08:00, everyone: [ana]}", "2:25: `24:00` is no time of"),
    (SHIFTS + "zone: UTC, hours: 08:60 to 09:00, everyone: [ana]}", "2:25: `08:60` is no time of"),
    (
        SHIFTS + "zone: UTC, hours: fri 18:00 to 08:00, everyone: [ana]}",
        "2:25: `fri 18:00 to 08:00`",
    ),
    (SHIFTS + "zone: UTC, hours: 8, everyone: [ana]}", "2:25: `8` are no hours"),
    (SHIFTS + "zone: EST, hours: all day, everyone: [ana]}", "2:13: `EST` is an abbreviation"),
    (SHIFTS + "zone: Etc/GMT+3, hours: all day, everyone: [ana]}", "2:13: `Etc/GMT+3` is a fixed"),
    (SHIFTS + "hours: all day, everyone: [ana]}", "2:3: `zone` is missing"),
    (SHIFTS + "zone: UTC, everyone: [ana]}", "2:3: `hours` is missing"),
    (
        SHIFTS + "zone: UTC, hours: all day}",
        "2:3: a shift needs either `turns` or `everyone`",
    ),
    (
        SHIFTS + TURNS + "[ana]}, everyone: [ana]}",
        "2:3: a shift needs either `turns` or `everyone`",
    ),
    (SHIFTS + "zone: UTC, hours: all day, everyone: []}", "2:44: the list is empty"),
    (
        SHIFTS + "zone: UTC, hours: all day, everyone: [anna]}",
        "2:45: there is no person `anna`. Did",
    ),
    (SHIFTS + "zone: UTC, hours: all day, everyone: [ana, ana]}", "2:50: `ana` is here twice"),
    (
        SHIFTS + "zone: UTC, hours: all day, days: workdays, everyone: [ana]}",
        "2:40: `workdays` are",
    ),
    (
        SHIFTS + "zone: UTC, hours: all day, days: [], everyone: [ana]}",
        "2:40: these are no weekdays",
    ),
    (
        SHIFTS + "zone: UTC, hours: all day, days: [1], everyone: [ana]}",
        "2:40: these are no weekday",
    ),
    (
        SHIFTS + "zone: UTC, hours: fri 18:00 to mon 08:00, days: fri, everyone: [ana]}",
        "2:55: the hours name their weekdays already",
    ),
    # closed hours
    (GROUPS + "closed: [{zone: UTC}]}", "2:62: `hours` is missing. Write `hours: sat 00:00 to mon"),
    (
        GROUPS + "closed: [{hours: all day}]}",
        "2:62: `zone` is missing. Write `zone: Europe/Lisbon`",
    ),
    (
        GROUPS + "closed: [{hours: sat 00:00 to mon 00:00, days: sat, zone: UTC}]}",
        "2:62: the hours name their weekdays already. Delete `days`",
    ),
    (GROUPS + "when_closed: hold}", "2:66: `hold` is none of stay, empty"),
    # picked turns
    (
        SHIFTS + TURNS + "[ana, ben, ana], pick: least-loaded}}",
        "2:86: `ana` is in the order twice, and turns are picked by load. Name everybody once",
    ),
    (SHIFTS + TURNS + "[ana], pick: fair}}", "2:99: `fair` is none of order, least-loaded"),
    # later turns
    (THEN + "{turns: {order: [ana]}}]}", "2:101: `from` is missing. Write `from: 2026-12-07`"),
    (THEN + "{from: 2026-12-07}]}", "2:101: a shift needs either `turns` or `everyone`"),
    (THEN + "{from: 2026-12-07, turns: {order: [anna]}}]}", "2:136: there is no person `anna`"),
    (
        THEN + "{from: 2026-12-07, everyone: [ana, ana]}]}",
        "2:136: `ana` is here twice. Take one away",
    ),
    (
        THEN + "{from: 2026-12-07, turns: {order: [ana], from: 2026-12-14}}]}",
        "2:148: nobody would have a turn between 2026-12-07 and 2026-12-14. Let turns count from",
    ),
    (
        THEN + "{from: 2026-12-07, on_duty: 2, turns: {order: [ana]}}]}",
        "2:129: 2 are on duty at a time, and the order names 1. Name more people or lower",
    ),
    (
        THEN + "{from: 2026-12-07, on_duty: 2, turns: {order: [ana, ana]}}]}",
        "2:147: `ana` would be on duty twice at once",
    ),
    (
        THEN + "{from: 2026-12-07, everyone: [ana]}, {from: 2026-12-07, everyone: [ben]}]}",
        "2:145: 2026-12-07 is the `from` of another entry too. Write one entry for the date",
    ),
    (
        SHIFTS + "zone: UTC, hours: all day, everyone: [ana], "
        "then: [{from: 2026-12-07, turns: {order: [ana]}}]}",
        "2:84: nothing says how often these turns change. Write `change: every week` in its",
    ),
    # fallback people
    (GROUPS + "shifts: [day], fallback: [anna]}", "2:79: there is no person `anna`"),
    (GROUPS + "shifts: [day], fallback: [ana, ana]}", "2:84: `ana` is here twice. Take one away"),
    (GROUPS + "fallback: ana}", "2:63: "),
    (
        GROUPS + "fallback: [ana]}",
        "2:3: without `shifts` nobody is missing, and `fallback` has nothing to fill. Write",
    ),
    ("defaults: {fallback: [anna]}", "1:23: there is no person `anna`"),
    # holidays
    (HOLIDAYS + "hours: none}}", "2:51: `country` is missing. Write `country: PT`"),
    (HOLIDAYS + "country: PT}}", "2:51: `hours` is missing. Write `hours: none`, or `hours: 10"),
    (
        HOLIDAYS + "country: Portugal, hours: none}}",
        "2:71: `Portugal` is no country whose holidays are known. Did you mean `PT`?",
    ),
    (HOLIDAYS + "country: United Kingdm, hours: none}}", "2:71: `United Kingdm` is no country"),
    (
        HOLIDAYS + "country: DE, region: BYY, hours: none}}",
        "2:83: `BYY` is no region of DE with holidays of its own. Did you mean `BY`?",
    ),
    (
        HOLIDAYS + "country: MC, region: X, hours: none}}",
        "2:83: `X` is no region of MC with holidays of its own. Delete `region`",
    ),
    (
        HOLIDAYS + "country: PT, region: 20, hours: none}}",
        '2:83: an unquoted number is no text. Put it in quotes: "20"',
    ),
    (
        HOLIDAYS + "country: PT, hours: fri 18:00 to mon 08:00}}",
        "2:51: holidays are on any weekday, and the hours name one. Write `hours: 10:00 to 14:00`",
    ),
    # seasons
    (SEASONS + "{to: 2027-03-09, hours: none}]}", "2:61: `from` is missing. Write `from: 2027-02-"),
    (SEASONS + "{from: 2027-03-09, hours: none}]}", "2:61: `to` is missing. Write `to: 2027-03-09"),
    (
        SEASONS + "{from: 2027-03-09, to: 2027-03-10}]}",
        "2:61: `hours` is missing. Write `hours: 09",
    ),
    (
        SEASONS + "{from: 2027-03-09, to: 2027-02-08, hours: none}]}",
        "2:61: the season begins on 2027-03-09, after it ends on 2027-02-08. Write the first date",
    ),
    (
        SEASONS + "{from: 2027-02-29, to: 2027-03-01, hours: none}]}",
        "2:68: `2027-02-29` is no date",
    ),
    (
        SEASONS + "{from: 2027-02-08, to: 2027-03-09, hours: closed}]}",
        "2:103: `closed` are no hours. Write `08:00 to 16:00`, `fri 18:00 to mon 08:00` or",
    ),
    (
        SEASONS + "{from: 2027-02-08, to: 2027-03-09, hours: none, days: fri}]}",
        "2:61: with `hours: none` there are no `days`. Delete `days`",
    ),
    (
        SEASONS + "{from: 2027-02-08, to: 2027-03-09, hours: mon 08:00 to tue 08:00, days: mon}]}",
        "2:133: the hours name their weekdays already",
    ),
    (
        SEASONS
        + "{from: 2027-03-09, to: 2027-03-20, hours: none}, "
        + "{from: 2027-02-08, to: 2027-03-09, hours: none}]}",
        "2:68: 2027-03-09 lies in the season from 2027-02-08 to 2027-03-09 too, at schedules/",
    ),
    (
        SEASONS
        + "{from: 2027-01-01, to: 2027-12-31, hours: none}, "
        + "{from: 2027-02-08, to: 2027-03-09, hours: none}, "
        + "{from: 2028-02-08, to: 2028-03-09, hours: none}]}",
        "2:117: 2027-02-08 lies in the season from 2027-01-01 to 2027-12-31 too",
    ),
    (
        SHIFTS + "zone: UTC, hours: all day, on_duty: 2, everyone: [ana]}",
        "2:3: with `everyone` there",
    ),
    (SHIFTS + TURNS + "[]}}", "2:86: the list is empty"),
    (SHIFTS + TURNS + "[ana, bob]}}", "2:92: there is no person `bob`"),
    (SHIFTS + TURNS + "[ana, 7]}}", "2:92: an unquoted number"),
    (
        SHIFTS + TURNS + "[ana, ben]}, on_duty: 3}",
        "2:108: 3 are on duty at a time, and the order na",
    ),
    (
        SHIFTS + TURNS + "[ana, ben, ana]}, on_duty: 2}",
        "2:86: `ana` would be on duty twice at once",
    ),
    (SHIFTS + TURNS + "[ana]}, on_duty: 0}", "2:103: `0` is too few. Write at least 1"),
    (SHIFTS + TURNS + "[ana]}, on_duty: 01}", "2:103: `01` is no whole number"),
    (SHIFTS + TURNS + "[ana]}, on_duty: 1.5}", "2:103: `1.5` is no whole number"),
    (SHIFTS + TURNS.replace("every day", "daily") + "[ana]}}", "2:50: `daily` does not say how"),
    (SHIFTS + TURNS.replace("every day", "every 0 days") + "[ana]}}", "2:50: `every 0 days` does"),
    (
        SHIFTS + TURNS.replace("2026-01-05", "2026-02-30") + "[ana]}}",
        "2:67: `2026-02-30` is no date",
    ),
    (
        SHIFTS + TURNS.replace("2026-01-05", "05.01.2026") + "[ana]}}",
        "2:67: `05.01.2026` is no date",
    ),
    (
        SHIFTS + TURNS.replace("2026-01-05", "1026-01-05") + "[ana]}}",
        "2:67: `1026-01-05` is no date",
    ),
    # groups
    ("groups:\n  x: {chat: 120363041234567009@g.us}", "2:3: `account` is missing"),
    ("groups:\n  x: {account: main}", "2:3: `chat` is missing"),
    (
        "groups:\n  x: {account: main, chat: 12036@s.whatsapp.net}",
        "2:28: `12036@s.whatsapp.net` is",
    ),
    (
        "groups:\n  x: {account: main, chat: 120363041234567009}",
        "2:28: `120363041234567009` is not",
    ),
    (
        "groups:\n  x: {account: main, chat: 120363041234567001@g.us}",
        "2:28: 120363041234567001@g.us of account main is also the chat in schedules/a.yaml:8:31",
    ),
    (
        GROUPS + "mode: manged}",
        "2:59: `manged` is none of watch, managed, strict. Did you mean `man",
    ),
    (GROUPS + "shifts: [daay]}", "2:62: there is no shift `daay`. Did you mean `day`?"),
    (GROUPS + "shifts: [day, day]}", "2:67: `day` is here twice"),
    (GROUPS + "pins: [ana], always_in: [ana]}", "2:60: `ana` is under `always_in` too"),
    (GROUPS + "tell: [zoe]}", "2:60: there is no person `zoe`"),
    (
        GROUPS + "join_early: 10}",
        "2:65: `10` is not a length of time. Write `45 s`, `10 min`, `2 h`",
    ),
    (GROUPS + "join_early: 10 parsecs}", "2:65: `10 parsecs` is not a length of time"),
    (GROUPS + "join_early: 30 min 1 h}", "2:65: `30 min 1 h` is not a length of time"),
    (GROUPS + "join_early: 25 h}", "2:65: `25 h` is too long. Write at most 24 h"),
    (GROUPS + "join_early: -5 min}", "2:65: `-5 min` is not a length of time"),
    (GROUPS + "strangers_after: 400 d}", "2:70: `400 d` is too long. Write at most 365 d"),
    (GROUPS + "silent: {after: 2 h}}", "2:69: `2 h` is too short for a silence. Write `30 days`"),
    (GROUPS + "silent: {after: 400 d}}", "2:69: `400 d` is too long. Write at most 365 d"),
    (GROUPS + "silent: {do: delete}}", "2:66: `delete` is none of report, remove"),
    (GROUPS + "silent: {for: 30 d}}", "2:62: `for` is not a key here. Known here: after, do"),
    (GROUPS + "silent: {keep_roles: sponsor}}", "2:74: a list is needed here"),
    (GROUPS + "silent: 30 d}", "2:61: lines of `key: value` are needed here"),
    (GROUPS + "keep_at_least: 0}", "2:68: `0` is too few. Write at least 1"),
    (GROUPS + "keep_at_least: 1001}", "2:68: `1001` is too many. Write at most 1000"),
    (GROUPS + "keep_at_least: true}", "2:68: `true` is no whole number"),
    (GROUPS + "if_add_fails: [beg]}", "2:68: `beg` is none of invite, next, tell"),
    (GROUPS + "reset_link_after: [leaver]}", "2:72: `leaver` is none of shift_end, override_end,"),
    (GROUPS + "goodbye: {}}", "2:53: the goodbye says nothing"),
    (GROUPS + 'goodbye: {text: ""}}', "2:69: the text has 0 characters"),
    (GROUPS + f"goodbye: {{text: {'x' * 4097}}}}}", "2:69: the text has 4097 characters"),
    (GROUPS + 'goodbye: {text: "{name} go"}}', "2:69: `{name}` is not a variable. Known: {names}"),
    (GROUPS + 'goodbye: {text: "{names!r}"}}', "2:69: `{names!r}` is not a variable"),
    (GROUPS + 'goodbye: {text: "{names.x}"}}', "2:69: `{names.x}` is not a variable"),
    (GROUPS + 'goodbye: {text: "{names"}}', "2:69: a brace in the text is not closed"),
    (GROUPS + 'goodbye: {text: "names}"}}', "2:69: a brace in the text is not closed or not"),
    (GROUPS + "goodbye: {texts: {shift_ends: x}}}", "2:71: `shift_ends` is no reason to say goodb"),
    (GROUPS + "goodbye: {texts: {leaver: x}}}", "2:71: `leaver` is no"),
    (
        GROUPS + 'goodbye: {texts: {warning.pt: "{names}: {next}"}}}',
        "2:83: `{next}` means nothing in a text for `warning`. It has: {names}, {group}, {until}",
    ),
    (
        'defaults: {goodbye: {text: "{back}", texts: {stranger: "{names} {back}"}}}',
        "1:56: `{back}` means nothing in a text for `stranger`. It has: {names}, {group}, {next}",
    ),
    (
        'defaults: {goodbye: {texts: {roster_removed: "{back}"}}}',
        "1:46: `{back}` means nothing in a text for `roster_removed`. It has: {names}, {group}",
    ),
    (
        GROUPS + "goodbye: {text: x, quiet: all day}}",
        "2:79: `all day` is all of the day, and nothing could ever be said. Write `22:00 to 07:00`",
    ),
    (GROUPS + "goodbye: {text: x, quiet: 00:00 to 24:00}}", "2:79: `00:00 to 24:00` is all of the"),
    (GROUPS + "goodbye: {text: x, quiet: 22:00 to 22:00}}", "2:79: `22:00 to 22:00` is all of the"),
    (
        GROUPS + "goodbye: {text: x, quiet: fri 22:00 to mon 07:00}}",
        "2:79: `fri 22:00 to mon 07:00` are no hours that come back every day. Write `22:00 to 07",
    ),
    (GROUPS + "goodbye: {text: x, quiet: at night}}", "2:79: `at night` are no hours that come"),
    (GROUPS + "goodbye: {text: x, quiet: 22:00 to 25:00}}", "2:79: `25:00` is no time of day"),
    (
        GROUPS + "goodbye: {text: x, zone: Europe/Lisbon}}",
        "2:78: `zone` says by whose clocks it is quiet, and there are no quiet hours. Write `quiet",
    ),
    (
        GROUPS + "brief: {}}",
        '2:53: the brief says nothing. Write `text: "{leaving} hands over to {arriving}, until',
    ),
    (
        GROUPS + 'brief: {text: "{names} come"}}',
        "2:67: `{names}` is not a variable. Known: {arriving}, {leaving}, {group}, {until}",
    ),
    (GROUPS + "brief: {texts: {ticket: x}}}", "2:69: `ticket` is not a language code"),
    (GROUPS + "brief: {text: x, to: all}}", "2:74: `all` is none of group, person, nobody"),
    (GROUPS + "goodbye: {text: x, to: all}}", "2:76: `all` is none of group, person"),
]


@pytest.mark.promise("F25")
@pytest.mark.parametrize(("text", "said"), ONE_EACH, ids=[said for _, said in ONE_EACH])
def test_a_mistake_is_named_alone_with_its_place_and_remedy(
    wrong: Wrong, desk: str, text: str | bytes, said: str
) -> None:
    problems = wrong(desk, text)
    assert len(problems) == 1, problems
    assert problems[0].startswith(f"schedules/b.yaml:{said}")


def test_all_mistakes_of_all_files_are_named_at_once_in_order(wrong: Wrong) -> None:
    first = """\
people:
  ana: {name: Ana, phone: 351912345601, zone: Lisbon}
shifts:
  day: {zone: EST, hours: 08:00 to 08:00, everyone: [anna, ben]}
"""
    second = """\
people:
  ben: {nam: Ben}
groups:
  acme: {account: main, chat: x, shifts: [dya], mode: on, pins: [ben, ben]}
zap: {}
"""
    places = [problem.split(": ")[0] for problem in wrong(first, second)]
    assert places == [
        *("schedules/a.yaml:2:27", "schedules/a.yaml:2:47"),
        *("schedules/a.yaml:4:15", "schedules/a.yaml:4:27", "schedules/a.yaml:4:54"),
        *("schedules/b.yaml:2:3", "schedules/b.yaml:2:3", "schedules/b.yaml:2:9"),
        *("schedules/b.yaml:4:31", "schedules/b.yaml:4:43", "schedules/b.yaml:4:55"),
        *("schedules/b.yaml:4:71", "schedules/b.yaml:5:1"),
    ]


def test_one_summary_a_week_is_enough_whichever_file_asks_for_it(wrong: Wrong) -> None:
    week = "weekly: {at: mon 08:00, zone: UTC}\n"
    (problem,) = wrong(week, week)
    assert problem == (
        "schedules/b.yaml:1:9: `weekly` stands also in schedules/a.yaml:1:9. Keep one of them"
    )


def test_a_name_is_not_called_unknown_while_a_file_cannot_be_read(wrong: Wrong) -> None:
    groups = "groups:\n  acme: {account: main, chat: 120363041234567001@g.us, pins: [ana]}\n"
    (problem,) = wrong(groups, "people: [")
    assert problem.startswith("schedules/b.yaml:1:10: this is not YAML")


def test_an_entry_with_a_mistake_is_not_called_unknown_where_it_is_named(wrong: Wrong) -> None:
    (problem,) = wrong("people:\n  ana: {name: Ana}\ntell: [ana]\n")
    assert "`phone` is missing" in problem


def test_problems_are_values_with_their_place(read: Callable[..., Roster]) -> None:
    with pytest.raises(RosterErrors) as caught:
        read("team: a b\n")
    (problem,) = caught.value.problems
    assert (problem.file, problem.line, problem.column) == ("schedules/a.yaml", 1, 7)
    assert problem.fix.startswith("Use letters")
