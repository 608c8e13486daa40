"""Rosters of small desks, and the settings that go with them."""

from dataclasses import dataclass

PEOPLE = """\
tell: [mara]
people:
  ana: {name: Ana Reis, phone: "+351912345678"}
  ben: {name: Ben Lim, phone: "+6591234567"}
  chen: {name: Chen Wu, phone: "+8613812345678"}
  dora: {name: Dora Roth, phone: "+491711234567"}
  mara: {name: Mara Costa, phone: "+351961234567"}
"""
DESK = """\
shifts:
  asia: {zone: UTC, hours: 00:00 to 08:00, days: every day, everyone: [ana]}
  europe: {zone: UTC, hours: 08:00 to 16:00, days: every day, everyone: [ben]}
  america: {zone: UTC, hours: 16:00 to 24:00, days: every day, everyone: [chen]}
groups:
  desk:
    account: main
    chat: 120363041234567001@g.us
    shifts: [asia, europe, america]
    mode: managed
"""
SETTINGS = """\
[log]
format = "json"
[web]
listen = "off"
[accounts.main]
provider = "sandbox"
base_url = "{url}"
instance_id = "{instance}"
token_file = "main.token"
clock = "{clock}"
deadline = "5 s"
[alerts]
command = ["tee", "--append", "alerts.txt"]
"""
GOODBYE = """\
defaults:
  goodbye: {before: 0 min, to: group, text: "{names} sign off. {next} have it now."}
"""
GROUP = """\
groups:
  desk:
    account: main
    chat: 120363041234567001@g.us
    mode: managed
"""


@dataclass(frozen=True)
class ByTheHour:
    """A desk where one agent follows another at every full hour, each with a word of goodbye."""

    names: tuple[str, ...] = ("ana", "ben", "chen", "dora")

    def who(self, hour: int) -> set[str]:
        return {self.names[hour % len(self.names)]}

    @property
    def people(self) -> str:
        """With nobody to tell: an alarm in doubt is told again, by design, and a notice never."""
        return "people:\n" + "".join(
            f'  {name}: {{name: {name.title()}, phone: "+35191000000{n}"}}\n'
            for n, name in enumerate(self.names)
        )

    @property
    def desk(self) -> str:
        shifts = "".join(
            f"  h{n}: {{zone: UTC, hours: {n:02}:00 to {n + 1:02}:00, days: every day, "
            f"everyone: {sorted(self.who(n))}}}\n"
            for n in range(24)
        )
        return f"shifts:\n{shifts}{GOODBYE}{GROUP}    shifts: {[f'h{n}' for n in range(24)]}\n"
