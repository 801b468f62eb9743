"""Presets: which file names have which role, from ``resources/fetch_presets.yaml``.

Asks nothing of the network and imports none of what does: configurations are checked with it.
"""

import functools
from dataclasses import dataclass
from pathlib import Path

import yaml

from engines.configuration.schema import errors
from engines.contract.errors import BadData, BadUsage, InputMissing
from engines.contract.wording import did_you_mean, quoted

DEFAULT = Path(__file__).resolve().parents[3] / "resources" / "fetch_presets.yaml"
FIRST = "dragen"  # the preset of calls that name none


@dataclass(frozen=True)
class Globs:
    """The globs of a role, in the order in which they are tried, and what is never taken."""

    globs: tuple[str, ...]
    excepted: tuple[str, ...] = ()


@functools.cache
def read_presets(path: Path = DEFAULT) -> dict[str, dict[str, Globs]]:
    """Preset → role → globs.

    Raises:
        InputMissing: no such file. BadData: it is not what it has to be; every mistake is named.
    """
    try:
        data = yaml.safe_load(path.read_text("utf-8"))
    except OSError as error:
        raise InputMissing(f"{path}: {error.strerror}", hint="it belongs to plumbline") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        said = " ".join(str(error).split())
        raise BadData(f"{path}: is not YAML: {said}", hint="see docs/fetch.md") from None
    data = {} if data is None else data
    wrong = [
        f"{'.'.join(where)}: {text}" if where else text
        for where, text in errors(data, "fetch.presets")
    ]
    if wrong:
        raise BadData(f"{path}: " + "; ".join(wrong), hint="see docs/fetch.md")
    return {
        name: {
            role: Globs(tuple(choice["globs"]), tuple(choice.get("except", ())))
            for role, choice in preset["roles"].items()
        }
        for name, preset in data["presets"].items()
    }


def known() -> tuple[str, ...]:
    """The names of the presets."""
    return tuple(read_presets())


def preset_named(name: str) -> dict[str, Globs]:
    """Role → globs of a preset.

    Raises:
        BadUsage: there is none of that name.
    """
    presets = read_presets()
    if name not in presets:
        raise BadUsage(
            f"no preset {quoted(name)}{did_you_mean(name, presets)}",
            hint=f"there is {', '.join(presets)}; or give --role ROLE=GLOB",
        )
    return presets[name]


def roles_of(preset: str) -> dict[str, list[str]]:
    """Role → globs in the order in which they are tried, of the roles that a preset knows.

    Raises:
        BadUsage: there is none of that name.
    """
    return {role: list(globs.globs) for role, globs in preset_named(preset).items()}
