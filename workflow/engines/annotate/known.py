"""All that was loaded: statements, hotspots, roles of genes, diseases, and where it comes from."""

from dataclasses import dataclass, field

from engines.annotate.evidence import Assertion, Hotspot, Item, Profile, Source
from engines.annotate.knowledge.diseases import DiseaseMap


@dataclass(slots=True)
class Knowledge:
    """All that was loaded.

    Attributes:
        roles: gene → ``tsg``, ``oncogene`` or both; empty where no list was loaded.
        summaries: gene → what the source says of the gene (text, its id).
        secondary: genes of the ACMG SF list; empty where none was loaded.
        diseases: how they stand to one another; where no table was loaded, by their ids alone.
    """

    sources: list[Source]
    profiles: dict[str, Profile]
    items: list[Item]
    assertions: list[Assertion]
    hotspots: dict[tuple[str, int], Hotspot] = field(default_factory=dict)
    roles: dict[str, frozenset[str]] = field(default_factory=dict)
    summaries: dict[str, tuple[str, str]] = field(default_factory=dict)
    secondary: frozenset[str] = frozenset()
    diseases: DiseaseMap = field(default_factory=DiseaseMap)
