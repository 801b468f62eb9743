"""What reference data exists: giab.yaml, genomes.yaml, calibration.yaml, amr.yaml as objects.

Cheap on purpose, because a workflow asks while it is parsed: the files are read
once, and their schema is checked by :func:`validate`, which the commands call.
"""

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from engines.contract.errors import BadData, BadUsage, InputMissing, nearest

ROOT = Path(__file__).resolve().parents[3]
FILES = tuple(
    ROOT / "resources" / f"{name}.yaml" for name in ("giab", "genomes", "calibration", "amr")
)
SCHEMA = ROOT / "workflow/schemas/catalogue.schema.yaml"

KINDS = {
    "small_variants": "small-variant truth",
    "structural_variants": "structural-variant truth",
    "genome": "genome",
    "stratifications": "stratifications",
    "calibration": "misclassification matrices",
    "resfinder": "acquired resistance genes",
    "pointfinder": "resistance mutations by species",
    "ncbi_mutations": "resistance mutations of NCBI",
}
GROUPS = {"amr": ("resfinder", "pointfinder", "ncbi_mutations")}
TRUTH = ("small_variants", "structural_variants")
NO_BUILD = ("calibration", *GROUPS["amr"])


@dataclass(frozen=True)
class Publisher:
    """Who publishes, where, and on what terms.

    ``also`` are addresses of the same tree elsewhere: what to name as a mirror when
    ``base`` cannot be reached. They are offered, never taken without being asked for.
    """

    name: str
    base: str
    also: tuple[str, ...]
    licence: str
    terms: str
    acknowledgement: str


@dataclass(frozen=True)
class File:
    """One published file: ``tail`` is its path below the base address."""

    tail: str
    bytes: int | None
    md5: str | None
    sha256: str | None

    @property
    def name(self) -> str:
        return self.tail.rpartition("/")[2]

    @property
    def pinned(self) -> bool:
        return bool(self.md5 or self.sha256)


@dataclass(frozen=True)
class Entry:
    """One set that can be fetched: a truth, a genome, matrices, a database, in one version.

    ``sample`` is None where it belongs to a build and to no sample, ``build`` where it belongs
    to none; ``files`` has the roles vcf, tbi, bed, or fasta, or archive, or rda. ``contents``:
    path → sha256 of what is taken from an archive, out of its folder ``inside``.
    """

    kind: str
    build: str | None
    sample: str | None
    version: str
    default: bool
    publisher: Publisher
    files: dict[str, File]
    paper: str
    released: str
    caveat: str
    inside: str = ""
    contents: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return " ".join(x for x in (KINDS[self.kind], self.sample, self.build, self.version) if x)


@dataclass(frozen=True)
class Sample:
    """A GIAB sample: its name, its Coriell DNA number, its sex, and who it is."""

    name: str
    also_called: str
    sex: str
    who: str


@dataclass(frozen=True)
class Build:
    """A genome build, how its contigs are called, and names that people use for it."""

    name: str
    contigs: str
    also_called: tuple[str, ...]


@dataclass(frozen=True)
class Catalogue:
    """All that exists: samples and builds by name, entries in the order of the files."""

    samples: dict[str, Sample]
    builds: dict[str, Build]
    entries: tuple[Entry, ...]

    def select(
        self, kind: str | None = None, build: str | None = None, sample: str | None = None
    ) -> list[Entry]:
        """The entries with these attributes; None means any.

        Raises:
            BadUsage: a kind, build or sample that no catalogue knows.
        """
        if kind is not None and kind not in KINDS:
            raise unknown("kind", kind, KINDS)
        if build is not None and build not in self.builds:
            raise self._unknown_build(build)
        if sample is not None and sample not in self.samples:
            known = [*self.samples, *(s.also_called for s in self.samples.values())]
            raise unknown("sample", sample, known)
        return [
            entry
            for entry in self.entries
            if kind in (None, entry.kind)
            and build in (None, entry.build)
            and sample in (None, entry.sample)
        ]

    def choose(
        self,
        kind: str,
        build: str | None = None,
        sample: str | None = None,
        version: str | None = None,
    ) -> Entry:
        """The one entry to use: the version asked for, else the default one.

        Raises:
            BadUsage: a misspelt, missing or superfluous name.
            InputMissing: no such thing exists; the message says what does.
        """
        if kind in KINDS:
            self._check_place(kind, build, sample)
        found = self.select(kind, build, sample)
        if not found:
            raise self._nothing(kind, build, sample)
        if version is None:
            return next(entry for entry in found if entry.default)
        for entry in found:
            if entry.version == version:
                return entry
        if any(entry.version == version for entry in self.select(kind)):
            raise self._nothing(kind, build, sample, version)
        raise unknown("version", version, [entry.version for entry in found])

    def _check_place(self, kind: str, build: str | None, sample: str | None) -> None:
        """A sample for a truth, a build for all but matrices, and nothing more."""
        if kind in TRUTH and sample is None:
            raise BadUsage(
                f"a {KINDS[kind]} belongs to a sample",
                hint="name one of " + ", ".join(self.samples),
            )
        if kind in NO_BUILD:
            if build or sample:
                raise BadUsage(
                    f"{kind} belongs to no build and no sample",
                    hint=f"leave {' and '.join(filter(None, (build, sample)))} away",
                )
        elif build is None:
            raise BadUsage(
                f"--build is missing: {kind} belongs to one",
                hint="name one of " + ", ".join(self.builds),
            )
        elif kind not in TRUTH and sample is not None:
            raise BadUsage(
                f"{kind} belongs to a build, not to a sample",
                hint=f"leave {sample} away",
            )

    def _nothing(
        self, kind: str, build: str | None, sample: str | None, version: str | None = None
    ) -> InputMissing:
        what = KINDS[kind] + (f" {version}" if version else "")
        whose = (f" for {sample}" if sample else "") + (f" on {build}" if build else "")
        return InputMissing(
            f"there is no {what}{whose}",
            hint=f"{KINDS[kind]} exists for "
            + what_exists(self.select(kind))
            + ("; or give truth files of your own" if kind in TRUTH else ""),
        )

    def _unknown_build(self, build: str) -> BadUsage:
        for known in self.builds.values():
            if build.lower() in (known.name.lower(), *map(str.lower, known.also_called)):
                return BadUsage(
                    f"build {build!r} is called {known.name} here",
                    hint=f"write {known.name}, whose contigs are {known.contigs}",
                )
        return unknown("build", build, self.builds)


def what_exists(entries: Sequence[Entry]) -> str:
    """In words: ``HG002 on GRCh37 (v0.6, v5.0q) and GRCh38 (…); HG003 on …``."""
    tree: dict[str, dict[str, list[str]]] = {}
    for entry in entries:
        versions = tree.setdefault(entry.sample or "", {}).setdefault(entry.build or "any", [])
        versions.insert(0 if entry.default else len(versions), entry.version)
    groups: dict[str, list[str]] = {}  # what exists → samples that have exactly that
    for sample, builds in tree.items():
        text = " and ".join(f"{build} ({', '.join(v)})" for build, v in builds.items())
        groups.setdefault(text, []).append(sample)
    return "; ".join(
        (", ".join(samples) + " on " if samples != [""] else "") + text
        for text, samples in groups.items()
    )


def unknown(what: str, name: str, known: Iterable[str]) -> BadUsage:
    """A name that is not known, with the nearest one that is."""
    names = list(known)
    near = nearest(name, names)
    guess = f"did you mean {near}? " if near else ""
    return BadUsage(f"unknown {what} {name!r}", hint=f"{guess}known: {', '.join(names)}")


@functools.cache
def load() -> Catalogue:
    """The catalogue, read once.

    Raises:
        BadData: a catalogue file that cannot be understood.
    """
    parts: dict[str, dict[str, Any]] = {
        key: {} for key in ("publishers", "samples", "builds", "versions")
    }
    sets: list[dict[str, Any]] = []
    for path in FILES:
        data = _read(path)
        for key, part in parts.items():
            part.update(data.get(key, {}))
        sets += data["sets"]
    try:
        publishers = {
            name: Publisher(**(values | {"also": tuple(values["also"])}))
            for name, values in parts["publishers"].items()
        }
        return Catalogue(
            {name: Sample(name, **values) for name, values in parts["samples"].items()},
            {
                name: Build(name, values["contigs"], tuple(values["also_called"]))
                for name, values in parts["builds"].items()
            },
            tuple(_entry(values, publishers, parts["versions"]) for values in sets),
        )
    except (KeyError, TypeError) as error:
        raise BadData(
            f"{', '.join(map(str, FILES))}: {type(error).__name__} {error}",
            hint="run 'plumbline references list', which says where",
        ) from error


def _entry(
    values: dict[str, Any], publishers: dict[str, Publisher], versions: dict[str, Any]
) -> Entry:
    version = versions[values["version"]]
    return Entry(
        kind=values["kind"],
        build=values.get("build"),
        sample=values.get("sample"),
        version=values["version"],
        default=values.get("default", False),
        publisher=publishers[values.get("publisher", "giab_release")],
        files={
            role: File(
                f"{values['folder']}/{file['name']}",
                file.get("bytes"),
                file.get("md5"),
                file.get("sha256"),
            )
            for role, file in values["files"].items()
        },
        paper=version["paper"],
        released=version.get("released", ""),
        caveat=version["caveat"],
        inside=values.get("inside", ""),
        contents=values.get("contents", {}),
    )


def _read(path: Path) -> Any:
    """YAML by the C parser where there is one: eight times as fast, and as safe."""
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return yaml.load(path.read_text(encoding="utf-8"), loader)  # noqa: S506
    except OSError as error:
        raise InputMissing(
            f"{path}: {error.strerror}", hint="plumbline needs the resources/ of its own folder"
        ) from error
    except yaml.YAMLError as error:
        raise BadData(f"{path}: {' '.join(str(error).split())}", hint="repair the file") from error


def validate() -> None:
    """Check the catalogue files against their schema, and that each default is the only one.

    Raises:
        BadData: file and place of the first mistake.
    """
    import jsonschema  # slow to import

    checker = jsonschema.Draft202012Validator(_read(SCHEMA))
    for path in FILES:
        mistake = jsonschema.exceptions.best_match(checker.iter_errors(_read(path)))
        if mistake:
            where = "/".join(map(str, mistake.absolute_path))
            raise BadData(f"{path}: {where}: {mistake.message}", hint="repair the file")
    defaults: dict[tuple[str, str | None, str | None], list[Entry]] = {}
    seen = set()
    for entry in load().entries:
        place = (entry.kind, entry.build, entry.sample)
        defaults.setdefault(place, []).extend([entry] if entry.default else [])
        if (*place, entry.version) in seen:
            raise BadData(f"the catalogue has {entry} twice", hint="remove one")
        seen.add((*place, entry.version))
    for place, marked in defaults.items():
        if len(marked) != 1:
            name = " ".join(filter(None, place))
            raise BadData(
                f"the catalogue marks {len(marked)} defaults for {name}", hint="mark exactly one"
            )
