"""Diseases by their ids, names and codes, and how near two of them are."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from engines.annotate.evidence import Statement
from engines.annotate.verdict import Nearness
from engines.contract.errors import BadUsage
from engines.contract.wording import did_you_mean, quoted

PAN_CANCER = frozenset({"162", "14566", "4"})
"""Cancer, disease of cellular proliferation, disease: no tumour type at all."""
TOO_WIDE = PAN_CANCER | {"0050686", "0050687", "305"}
"""Organ system cancer, cell type cancer, carcinoma: where these are asked, their descendants
are not the same disease."""
PAN_NAMES = frozenset(
    {"cancer", "any cancer", "all cancers", "all tumors", "all tumours", "pan-cancer", "any"}
)
SOLID_NAMES = frozenset(
    {"solid tumor", "solid tumour", "solid tumors", "solid tumours", "all solid tumors",
     "advanced solid tumor", "malignant solid tumor"}
)  # fmt: skip
BLOOD_SITES = frozenset({"Lymphoid", "Myeloid", "Blood", "Lymph"})


@dataclass(frozen=True, slots=True)
class Disease:
    """A disease.

    Attributes:
        id: of the Disease Ontology without ``DOID:``; empty where it has none.
        site: primary site of the tumour; empty where no table says.
        parents: ids of the next wider diseases.
        synonyms: further names, in lower case.
        codes: of OncoTree, UMLS and EFO.
    """

    id: str
    name: str
    site: str = ""
    parents: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()


@dataclass(slots=True)
class DiseaseMap:
    """All diseases that are known, by id or, where they have none, by name.

    Attributes:
        merged: former id → id.
    """

    diseases: list[Disease] = field(default_factory=list)
    merged: dict[str, str] = field(default_factory=dict)
    _by_id: dict[str, Disease] = field(default_factory=dict)
    _by_name: dict[str, Disease] = field(default_factory=dict)
    _ancestors: dict[str, frozenset[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for each in self.diseases:
            if each.id:
                self._by_id.setdefault(each.id, each)
            self._by_name.setdefault(each.name.lower(), each)
        for each in self.diseases:  # a name beats the synonym of another disease
            for name in (*each.synonyms, *(code.lower() for code in each.codes)):
                self._by_name.setdefault(name, each)

    @property
    def has_hierarchy(self) -> bool:
        return any(each.parents for each in self.diseases)

    def find(self, text: str) -> Disease:
        """The disease of an id, a name, a synonym, or a code of OncoTree, in any case.

        Without the Disease Ontology an id that no source has may be right: it is a disease of
        which nothing is known.

        Raises:
            BadUsage: nobody knows it; the message offers the nearest name.
        """
        wanted = " ".join(text.split())
        doid = wanted.upper().removeprefix("DOID:").strip()
        found = self.by_id(doid) if doid.isdigit() else self._by_name.get(wanted.lower())
        if found is None and doid.isdigit() and not self.has_hierarchy:
            return Disease(doid, f"DOID:{doid}")
        if found is None:
            raise BadUsage(
                f"disease {quoted(wanted)}: unknown{self._close(wanted)}", hint=self._hint(wanted)
            )
        return found

    def _close(self, wanted: str) -> str:
        """The shortest name that has all the words; else the one that is spelled alike."""
        words = set(wanted.lower().split())
        whole = [each.name for each in self.diseases if words and words <= set(_words(each.name))]
        if whole:
            return f"; did you mean {min(whole, key=lambda name: (len(name), name))}?"
        return did_you_mean(wanted, self._by_name)

    def _hint(self, wanted: str) -> str:
        listed = "'plumbline knowledge show FILE --diseases' lists those that are known"
        is_code = wanted.isalnum() and wanted.isupper()
        if is_code and not any(code.isalpha() for each in self.diseases for code in each.codes):
            return f"codes of OncoTree are known where --oncotree was compiled; {listed}"
        return f"give a name, an id such as DOID:9256, or an OncoTree code; {listed}"

    def by_id(self, doid: str) -> Disease | None:
        return self._by_id.get(self.merged.get(doid, doid))

    def nearness(self, asked: Disease, statement: Statement) -> Nearness:
        """How the disease of ``statement`` stands to the one that was asked about."""
        theirs = self._of(statement)
        if self._is_same(asked, theirs):
            return Nearness.SAME
        if theirs.id in PAN_CANCER or theirs.name.lower() in PAN_NAMES:
            return Nearness.PAN_CANCER
        if theirs.name.lower() in SOLID_NAMES:
            is_solid = bool(self.site(asked)) and self.site(asked) not in BLOOD_SITES
            return Nearness.PAN_CANCER if is_solid else Nearness.OTHER
        if asked.id in PAN_CANCER or asked.name.lower() in PAN_NAMES:
            return Nearness.OTHER  # a tumour of unknown type is not every tumour
        if self._is_related(asked, theirs):
            return Nearness.RELATED
        site = self.site(asked)
        return Nearness.SAME_SITE if site and site == self.site(theirs) else Nearness.OTHER

    def site(self, disease: Disease) -> str:
        """Its primary site, else that of its nearest ancestors where these agree."""
        if disease.site:
            return disease.site
        level, seen = list(disease.parents), {disease.id}
        while level:
            seen |= set(level)
            found = [each for each in map(self.by_id, level) if each]
            sites = {each.site for each in found if each.site}
            if sites:
                return sites.pop() if len(sites) == 1 else ""
            level = [p for each in found for p in each.parents if p not in seen]
        return ""

    def _of(self, statement: Statement) -> Disease:
        known = self.by_id(statement.doid) if statement.doid else None
        if known is None and not statement.doid:
            known = self._by_name.get(statement.disease.lower())
        return known or Disease(statement.doid, statement.disease)

    def _is_same(self, one: Disease, other: Disease) -> bool:
        if one.id and other.id:
            return self.merged.get(one.id, one.id) == self.merged.get(other.id, other.id)
        return bool(one.name) and one.name.lower() == other.name.lower()

    def _is_related(self, asked: Disease, theirs: Disease) -> bool:
        if theirs.id in self.ancestors(asked.id):
            return True
        return asked.id not in TOO_WIDE and asked.id in self.ancestors(theirs.id)

    def ancestors(self, doid: str) -> frozenset[str]:
        """Ids of all wider diseases, of those that are narrower than "cancer"."""
        if doid not in self._ancestors:
            seen: set[str] = set()
            level: Iterable[str] = (doid,)
            while level:
                found = [each for each in map(self.by_id, level) if each]
                level = {parent for each in found for parent in each.parents} - seen
                seen |= set(level)
            self._ancestors[doid] = frozenset(seen) - PAN_CANCER
        return self._ancestors[doid]


def _words(name: str) -> list[str]:
    return name.lower().replace(",", " ").split()
