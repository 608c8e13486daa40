"""Whether hooks are set up as they have to be, beyond what each of their settings may be."""

from collections.abc import Iterator

from rotation.settings import Hook, Settings, SettingsError, SettingsErrors
from rotation.surfaces.incoming.entrance import scheme_of
from rotation.surfaces.incoming.mapping import KINDS, Mapping, load
from rotation.surfaces.incoming.signatures import ADDRESS


def require_right(settings: Settings) -> None:
    """Raise SettingsErrors with everything that is wrong with any hook or its mapping."""
    errors: list[SettingsError] = []
    for hook in settings.hooks.values():
        try:
            errors += _wrong(settings, hook, load(hook.mapping))
        except SettingsErrors as why:
            errors += why.errors
    if errors:
        raise SettingsErrors(tuple(errors))


def _wrong(settings: Settings, hook: Hook, mapping: Mapping) -> Iterator[SettingsError]:
    place, scheme = f"hooks.{hook.name}", scheme_of(hook, mapping)
    if not any(when.does in KINDS[hook.kind] for when in mapping.whens):
        text = f"mapping is {mapping.name}, which tells of no {hook.kind}"
        yield SettingsError(place, text)
    if hook.by == "signature" and scheme == ADDRESS:
        text = f'by is "signature", but {mapping.name} knows of none; leave it out'
        yield SettingsError(place, text)
    if scheme == "hubspot" and settings.web.url is None:
        yield SettingsError(place, "HubSpot signs the address it calls: set web.url to it")
