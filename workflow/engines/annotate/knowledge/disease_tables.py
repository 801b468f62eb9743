"""Diseases from tables: primary sites, the Disease Ontology as OBO, OncoTree."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from engines.annotate.evidence import Source
from engines.annotate.knowledge.diseases import Disease, DiseaseMap
from engines.annotate.knowledge.release import Release, release_of
from engines.annotate.knowledge.tables import need_columns, read_table, read_text
from engines.contract.errors import BadData

_NO_SITE = frozenset({"", "NA", "Other/Unknown"})


@dataclass(slots=True)
class _Entry:
    """What several tables tell of one disease."""

    name: str = ""
    sites: Counter[str] = field(default_factory=Counter)
    parents: list[str] = field(default_factory=list)
    synonyms: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class DiseaseTables:
    """Gathers tables; :meth:`build` makes the map. Entries are by DOID, else by name."""

    sources: list[Source] = field(default_factory=list)
    _by_id: dict[str, _Entry] = field(default_factory=lambda: defaultdict(_Entry))
    _by_name: dict[str, _Entry] = field(default_factory=lambda: defaultdict(_Entry))
    _umls: dict[str, str] = field(default_factory=dict)
    _merged: dict[str, str] = field(default_factory=dict)

    def add_sites(self, path: Path, release: Release | None = None) -> None:
        """A table of ``do_id``, ``do_name``, ``primary_site``, and ``cui``, ``cui_name``.

        Raises:
            InputMissing, BadData: see :mod:`engines.annotate.knowledge.tables`.
        """
        table = read_table(path)
        need_columns(table, "do_id", "do_name", "primary_site")
        for row in table:
            doid = row["do_id"].upper().removeprefix("DOID:")
            other = row.get("cui_name", "")
            entry = self._by_id[doid] if doid.isdigit() else self._by_name[other.lower()]
            entry.name = entry.name or (row["do_name"] if doid.isdigit() else other)
            entry.sites[row["primary_site"]] += row["primary_site"] not in _NO_SITE
            entry.synonyms.append(other.lower())
            entry.codes += [c for c in (row.get("cui", ""), row.get("efo_id", "")) if c != "NA"]
            if doid.isdigit():
                self._umls.setdefault(row.get("cui", ""), doid)
        self._told("disease sites", "disease_sites", path, table.sha256, table.counts, release)

    def add_obo(self, path: Path, release: Release | None = None) -> None:
        """The Disease Ontology (doid.obo): names, exact synonyms, is_a, merged ids.

        Raises:
            InputMissing: the file cannot be opened.
            BadData: it has no term of the Disease Ontology.
        """
        text, sha256 = read_text(path)
        version = re.search(r"^data-version: .*?(\d{4}-\d\d-\d\d)", text, re.MULTILINE)
        terms = 0
        for block in ("\n" + text.replace("\r\n", "\n")).split("\n[Term]\n")[1:]:
            terms += self._term(block.partition("\n[")[0].splitlines())
        if not terms:
            raise BadData(f"{path}: no term of the Disease Ontology", hint="give doid.obo")
        when = release or Release(version[1], version[1]) if version else release
        counts = {"diseases": terms, "merged ids": len(self._merged)}
        self._told("Disease Ontology", "diseases", path, sha256, counts, when, "CC0 1.0")

    def _term(self, lines: Iterable[str]) -> bool:
        tags: dict[str, list[str]] = defaultdict(list)
        for line in lines:
            key, colon, value = line.partition(": ")
            if colon:
                tags[key].append(value.strip())
        doid = _doid(tags["id"][0]) if tags["id"] else ""
        if not doid or "true" in tags["is_obsolete"]:
            if doid and tags["replaced_by"] and _doid(tags["replaced_by"][0]):
                self._merged[doid] = _doid(tags["replaced_by"][0])
            return False
        entry = self._by_id[doid]
        entry.name = tags["name"][0] if tags["name"] else entry.name
        entry.parents += [p for each in tags["is_a"] if (p := _doid(each.split(" ! ")[0]))]
        entry.synonyms += [
            each.split('"')[1].lower() for each in tags["synonym"] if '" EXACT' in each
        ]
        for each in tags["xref"]:
            if each.startswith("UMLS_CUI:"):
                code = each.removeprefix("UMLS_CUI:").split()[0]
                entry.codes.append(code)
                self._umls[code] = doid
        for each in tags["alt_id"]:
            if _doid(each):
                self._merged[_doid(each)] = doid
        return True

    def add_oncotree(self, path: Path, release: Release | None = None) -> None:
        """OncoTree's table (``level_1`` … ``metaumls``): codes and names, joined by UMLS; and which
        is wider than which. Its first level are organs, and no diseases.

        Give it after the others: a code whose UMLS id they do not have stands for itself.

        Raises:
            InputMissing, BadData: see :mod:`engines.annotate.knowledge.tables`.
        """
        table = read_table(path)
        need_columns(table, "level_1", "metaumls")
        levels = [c for c in table.columns if c.startswith("level_")]
        counts: Counter[str] = Counter()
        joined: dict[str, str] = {}  # code → DOID
        paths: list[list[str]] = []
        for row in table:
            names = [row[level] for level in levels if row[level]]
            found = re.fullmatch(r"(.+?) \(([^()]+)\)", names[-1]) if names else None
            if not found:
                counts["skipped: no name with a code"] += 1
                continue
            doid = next((d for c in row["metaumls"].split(",") if (d := self._umls.get(c))), None)
            counts["joined" if doid else "of no other table"] += 1
            entry = self._by_id[doid] if doid else self._by_name[found[1].lower()]
            entry.name = entry.name or found[1]
            entry.synonyms.append(found[1].lower())
            entry.codes.append(found[2])
            if doid:
                joined[found[2]] = doid
            paths.append([name.rpartition("(")[2].rstrip(")") for name in names[1:]])
        for path_ in paths:
            self._add_path([joined.get(code, "") for code in path_])
        self._told("OncoTree", "oncotree", path, table.sha256, table.counts | counts, release)

    def _add_path(self, doids: list[str]) -> None:
        """The next wider disease of the last of them; levels that no other table has are left out.
        The Disease Ontology may say more: both are kept."""
        if len(doids) < 2 or not doids[-1]:
            return
        wider = next((doid for doid in reversed(doids[:-1]) if doid and doid != doids[-1]), "")
        if wider and wider not in self._by_id[doids[-1]].parents:
            self._by_id[doids[-1]].parents.append(wider)

    def add_named(self, names: Iterable[tuple[str, str]]) -> None:
        """Names and DOIDs as the statements have them: each can be asked for."""
        for name, doid in names:
            if not name:
                continue
            entry = (
                self._by_id[self._merged.get(doid, doid)] if doid else self._by_name[name.lower()]
            )
            entry.name = entry.name or name
            entry.synonyms.append(name.lower())

    def build(self) -> DiseaseMap:
        """The map, in the order of ids, then of names."""
        for entry in self._by_id.values():  # a table of sites may have the name without the id
            twin = self._by_name.get(entry.name.lower())
            if twin and not entry.sites.total():
                entry.sites.update(twin.sites)
        known = sorted(self._by_id.items(), key=lambda pair: (len(pair[0]), pair[0]))
        diseases = [_disease(doid, entry) for doid, entry in known]
        named = {name for each in diseases for name in (each.name.lower(), *each.synonyms)}
        diseases += [
            _disease("", entry)
            for name, entry in sorted(self._by_name.items())
            if name not in named
        ]
        return DiseaseMap(diseases, dict(sorted(self._merged.items())))

    def _told(
        self,
        name: str,
        role: str,
        path: Path,
        sha256: str,
        counts: dict[str, int],
        release: Release | None,
        licence: str = "the publisher's; not shipped with plumbline",
    ) -> None:
        when = release_of([path], said=release)
        self.sources.append(Source(name, role, when.name, when.date, sha256, licence, counts))


def _doid(text: str) -> str:
    return text.removeprefix("DOID:") if text.startswith("DOID:") else ""


def _disease(doid: str, entry: _Entry) -> Disease:
    """One disease; its site is what most rows say, of equal numbers the first by name."""
    sites = sorted((-number, site) for site, number in entry.sites.items() if number)
    synonyms = dict.fromkeys(s for s in entry.synonyms if s and s != entry.name.lower())
    return Disease(
        id=doid,
        name=entry.name,
        site=sites[0][1] if sites else "",
        parents=tuple(dict.fromkeys(entry.parents)),
        synonyms=tuple(sorted(synonyms)),
        codes=tuple(sorted(set(entry.codes) - {""})),
    )
