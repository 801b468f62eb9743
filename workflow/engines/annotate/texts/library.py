"""What is known of a gene, found once: its summary, its statements here and in other diseases."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from engines.annotate.evidence import Assertion, Item, Kind, Statement
from engines.annotate.knowledge.diseases import Disease
from engines.annotate.known import Knowledge
from engines.annotate.texts.setting import source_name
from engines.annotate.verdict import TIERS, Nearness

HERE = frozenset({Nearness.SAME, Nearness.RELATED, Nearness.PAN_CANCER})
CLINICAL = frozenset({Kind.PREDICTIVE, Kind.DIAGNOSTIC, Kind.PROGNOSTIC})
LEFT_OUT = "[…]"
_APPROVAL = re.compile(r"\bFDA\b|\bapprov", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")


@dataclass(frozen=True)
class GeneFacts:
    """What statements say of a gene; somatic, supporting, of therapy, diagnosis or prognosis.

    Attributes:
        here: of the disease that was asked about, of wider and narrower types, of any cancer.
        elsewhere: of other diseases.
    """

    here: tuple[Statement, ...]
    elsewhere: tuple[Statement, ...]


class Library:
    """Knowledge by gene, for one disease."""

    def __init__(self, knowledge: Knowledge, disease: Disease) -> None:
        self.knowledge = knowledge
        self.disease = disease
        self._genes: dict[str, GeneFacts] = {}

    @cached_property
    def cited(self) -> Mapping[str, str]:
        """Name of a source → how it is cited, ``CIViC@2021-02-25``; of its evidence, if any."""
        found: dict[str, str] = {}
        for each in self.knowledge.sources:
            if each.name not in found or each.role == "evidence":
                found[each.name] = source_name(each)
        return found

    def cite(self, name: str) -> str:
        """How a source is cited; its bare name where nothing of it is listed."""
        return self.cited.get(name, name)

    def of_role(self, role: str) -> list[str]:
        """Citations of the sources of a role."""
        found = (source_name(each) for each in self.knowledge.sources if each.role == role)
        return list(dict.fromkeys(found))

    @cached_property
    def evidence_sources(self) -> list[str]:
        """Citations of everything that brought statements."""
        names = dict.fromkeys(each.source for each in self.knowledge.items)
        names |= dict.fromkeys(each.source for each in self.knowledge.assertions)
        roles = ("evidence", "assertions", "own_evidence")
        listed = (source_name(each) for each in self.knowledge.sources if each.role in roles)
        return list(dict.fromkeys((*map(self.cite, names), *listed)))

    @cached_property
    def _by_gene(self) -> Mapping[str, list[Statement]]:
        genes = {
            name: tuple(dict.fromkeys(part.gene for part in profile.parts))
            for name, profile in self.knowledge.profiles.items()
        }
        found: dict[str, list[Statement]] = {}
        for each in (*self.knowledge.assertions, *self.knowledge.items):
            if each.kind in CLINICAL and each.supports and each.origin != "germline":
                for gene in genes.get(each.profile, ()):
                    found.setdefault(gene, []).append(each)
        return found

    @cached_property
    def _known_genes(self) -> frozenset[str]:
        known = self.knowledge
        hot = {gene for gene, _ in known.hotspots}
        return frozenset(hot | {*known.roles, *known.summaries, *known.secondary, *self._by_gene})

    def knows(self, gene: str) -> bool:
        """Whether any source says anything of the gene."""
        return gene in self._known_genes

    def of_gene(self, gene: str) -> GeneFacts | None:
        """None where no statement speaks of the gene."""
        if gene not in self._by_gene:
            return None
        if gene not in self._genes:
            here: list[Statement] = []
            elsewhere: list[Statement] = []
            for each in self._by_gene[gene]:
                near = self.knowledge.diseases.nearness(self.disease, each)
                (here if near in HERE else elsewhere).append(each)
            here.sort(key=strength)
            self._genes[gene] = GeneFacts(tuple(here), tuple(elsewhere))
        return self._genes[gene]

    def profile(self, statement: Statement) -> str:
        """The alteration that a statement speaks of."""
        found = self.knowledge.profiles.get(statement.profile)
        return found.name if found else statement.profile


def strength(statement: Statement) -> tuple[int, str, int, str]:
    """To sort by: assertions with a tier, then items by level and rating."""
    if isinstance(statement, Assertion):
        rank = TIERS.index(statement.amp) if statement.amp in TIERS else len(TIERS)
        return 0 if statement.amp else 1, str(rank), 0, statement.id
    assert isinstance(statement, Item)
    return 1, statement.level, -(statement.rating or 0), statement.id


def levels(statements: tuple[Statement, ...]) -> list[tuple[str, int]]:
    """How many items of each level, and assertions: ``[("A", 3), ("assertion", 1)]``."""
    found = Counter(each.level if isinstance(each, Item) else "assertion" for each in statements)
    return sorted(found.items(), key=lambda each: (each[0] == "assertion", each[0]))


def quotable(summary: str) -> str:
    """A summary without its sentences on approvals: only a regulatory field may say that."""
    kept: list[str] = []
    for sentence in _SENTENCE.split(" ".join(summary.split())):
        if not _APPROVAL.search(sentence):
            kept.append(sentence)
        elif kept[-1:] != [LEFT_OUT]:
            kept.append(LEFT_OUT)
    return "" if kept == [LEFT_OUT] else " ".join(kept)
