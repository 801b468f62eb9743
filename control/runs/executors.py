"""Whether a run of the service can be submitted as its profile says: which plugins are here."""

import re
from importlib.util import find_spec

from control.runs.command import Profile, profile_of, profiles_of
from control.settings import Settings
from engines.contract.errors import BadUsage, EngineError, Unavailable


def usable_profiles(settings: Settings) -> list[str]:
    """The profiles that a run may name, without those that would be refused."""
    return [name for name in profiles_of(settings) if not _problem(settings, name)]


def check(name: str, profile: Profile) -> None:
    """See that Snakemake can submit by this profile, and leaves its results in the run directory.

    Raises:
        Unavailable: the plugin of its executor is not installed.
        BadUsage: its files are in a store, which the service does not look into.
    """
    package = f"snakemake-executor-plugin-{profile.executor}"
    if not profile.is_local and not find_spec(re.sub(r"\W", "_", package)):
        raise Unavailable(
            f"{name}: {package} is not installed",
            hint=f"make executor PROFILE={name}, see docs/executors.md",
        )
    if profile.store:
        raise BadUsage(
            f"{name}: files are kept in a store ({profile.store}), not in the run",
            hint="type snakemake in a clone of the workflow: docs/executors.md; that is shown, too",
        )


def _problem(settings: Settings, name: str) -> EngineError | None:
    try:
        check(name, profile_of(settings, name))
    except EngineError as error:
        return error
    return None
