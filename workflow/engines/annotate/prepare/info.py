"""INFO of a record, and the tags that were asked for by name."""

from collections.abc import Mapping
from dataclasses import dataclass

from engines.annotate.prepare.source import Header
from engines.contract.errors import BadUsage
from engines.contract.wording import did_you_mean, quoted


def info_of(text: str) -> dict[str, str]:
    """Key → value; a flag has an empty one."""
    if text == ".":
        return {}
    found = {}
    for part in text.split(";"):
        key, _, value = part.partition("=")
        found[key] = value
    return found


def check_tag(what: str, header: Header, tag: str | None, option: str) -> None:
    """Raises:
    BadUsage: the header does not know the tag.
    """
    if tag is not None and tag not in header.info:
        few = ", ".join(list(header.info)[:10])
        raise BadUsage(
            f"{what}: no INFO tag {quoted(tag)}; it has {few or 'none'}"
            f"{did_you_mean(tag, header.info)}",
            hint=f"check {option}",
        )


@dataclass(frozen=True)
class AskedTags:
    """INFO tags that somebody named: none is looked for that nobody asked for."""

    vaf: str | None
    depth: str | None
    population: str | None
    scores: tuple[str, ...]

    @property
    def any(self) -> bool:
        return bool(self.vaf or self.depth or self.population or self.scores)


def number_of(info: Mapping[str, str], tag: str, allele: int, alleles: int) -> float | None:
    """The number of a tag for ALT ``allele`` (from 1) of ``alleles``; None: not told.

    One value stands for all alleles only where there is one allele, or one value is all there is.
    """
    values = info.get(tag, "").split(",")
    if len(values) == alleles:
        text = values[allele - 1]
    elif len(values) == 1:
        text = values[0]
    else:
        return None
    try:
        found = float(text)
    except ValueError:
        return None
    return found if found == found and abs(found) != float("inf") else None
