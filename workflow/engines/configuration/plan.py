"""What a run will do: which files are fetched, which calls are compared with which truth, of which
samples the quality is judged, which deaths are calibrated, which tumours are tiered, and which
reads are screened."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engines.calibrate.case import EXAMPLE
from engines.contract.wording import some
from engines.references.catalogue import GROUPS

if TYPE_CHECKING:
    from engines.configuration.libraries import Library

LINKS = "results/references"
CALIBRATION = "calibration"
ANNOTATION = "annotation"
SCREEN = "screen"
QC = "qc"
FETCHED = "results/fetched"

STATS = "results/qc/stats"
FASTP = "results/qc/fastp"
COVERAGE = "results/qc/coverage"
GENOTYPES = "results/qc/genotypes"
SMALL_VARIANTS = "small_variants"
LEFT_OUT = "left out: "
RESISTANCE = f"{LINKS}/amr"
MATRICES = f"{LINKS}/{CALIBRATION}/misclassification.json"


def fetch_cache(config: Mapping[str, Any]) -> str | None:
    """Folder of what was fetched that all runs share, where there is one."""
    return config["fetch"]["cache"] or os.environ.get("PLUMBLINE_FETCHED") or None


def passes(config: Mapping[str, Any], role: str) -> bool:
    """Whether what is fetched in this role goes as soon as it has been used."""
    return role != "metrics" and not config["fetch"]["keep"] and not fetch_cache(config)


@dataclass(frozen=True)
class Truth:
    """What one call set is compared with.

    Attributes:
        vcf: the truth calls.
        confident: BED file of the regions where the truth is complete, None for none.
        origin: in words, whose truth it is and who says so.
        giab: the GIAB sample it is of, None for a truth that the site brought.
    """

    vcf: str
    confident: str | None
    origin: str
    giab: str | None = None


@dataclass(frozen=True)
class Sample:
    """One row of the sample sheet, complete.

    Attributes:
        queries: kind of variant → VCF file with the calls.
        truths: kind of variant → what they are compared with, the same keys.
        target: BED file to which small variants are restricted, None for none.
        sex: male, female, or auto.
        query_sample: which sample of the query VCF files, None where they have one.
        source: where its files are fetched from, ``{sample}`` not yet filled in.
        fetched: roles (kinds of variant, ``alignments``, ``metrics``) that come from there.
        metrics: file or folder with quality metrics, None for none.
        alignments: BAM or CRAM file; of fetched ones, the folder, as the ending is not known.
        alias: what the files with metrics call the sample, None for its name.
        day: when it was sequenced (YYYY-MM-DD), None where nobody says.
        left_out: kind of variant → why its calls at the source are not compared.
        baseline: summary of an earlier comparison of small variants, None for none.
        called: the sample and the caller of calls that this run makes, None for calls brought.
        gvcf: whether its small variants are a gVCF although their name does not tell it.
    """

    name: str
    build: str
    queries: dict[str, str]
    truths: dict[str, Truth]
    target: str | None
    sex: str
    query_sample: str | None
    source: str | None = None
    fetched: tuple[str, ...] = ()
    metrics: str | None = None
    alignments: str | None = None
    alias: str | None = None
    day: str | None = None
    left_out: Mapping[str, str] = field(default_factory=dict)
    baseline: str | None = None
    called: tuple[str, str] | None = None
    gvcf: bool = False

    @property
    def address(self) -> str:
        """Where its files come from, with its name filled in; empty for nowhere."""
        return (self.source or "").replace("{sample}", self.name)

    @property
    def manifest(self) -> list[str]:
        """The manifest of its files, where it has one: when that changes, they are fetched anew."""
        return [self.address] if self.address.endswith(".tsv") and "://" not in self.address else []

    @property
    def has_qc(self) -> bool:
        """Whether there is anything that its quality can be judged by."""
        return bool(self.metrics or self.alignments)


@dataclass(frozen=True)
class Dataset:
    """Deaths that are calibrated with the misclassification of one country.

    Attributes:
        name: of its results: the sample, with the country where its row has several.
        va_data: algorithm → file, or ``use_example``.
        age_group: neonate or child.
    """

    name: str
    va_data: dict[str, str]
    age_group: str
    country: str

    @property
    def files(self) -> dict[str, str]:
        """Algorithm → file, where it is one."""
        return {name: file for name, file in self.va_data.items() if file != EXAMPLE}


@dataclass(frozen=True)
class Tumour:
    """Somatic variants that are tiered for one disease.

    Attributes:
        name: of its results: the sample.
        calls: VCF file.
        disease: a name, a DOID or an OncoTree code.
        sample: which sample of the VCF is the tumour, None where it has one.
        callable: BED file of where a variant would have been seen, None for not known.
        tumour_only: whether there was no matched normal, None where nobody says.
        msi: microsatellite instability by a test, None where nobody says.
    """

    name: str
    build: str
    calls: str
    disease: str
    sample: str | None = None
    callable: str | None = None
    tumour_only: bool | None = None
    msi: str | None = None


@dataclass(frozen=True)
class ReadSet:
    """Reads that are screened for resistance.

    Attributes:
        name: of its results: the sample.
        forward: FASTQ files, a lane each.
        reverse: their mates in the same order, empty for reads without mates.
        species: of the isolate, None where nobody says.
    """

    name: str
    forward: tuple[str, ...]
    reverse: tuple[str, ...] = ()
    species: str | None = None


@dataclass(frozen=True)
class Plan:
    """A configuration that was checked.

    Attributes:
        config: every key, defaults filled in.
        samples: name → sample with calls or metrics, in the order of the sheet.
        datasets: name → deaths to calibrate, likewise.
        tumours: name → somatic variants to tier, likewise.
        read_sets: name → reads to screen, likewise.
        libraries: name → reads to align and call, likewise.
    """

    config: dict[str, Any]
    samples: dict[str, Sample]
    datasets: dict[str, Dataset] = field(default_factory=dict)
    tumours: dict[str, Tumour] = field(default_factory=dict)
    read_sets: dict[str, ReadSet] = field(default_factory=dict)
    libraries: dict[str, "Library"] = field(default_factory=dict)

    def names(self, kind: str) -> list[str]:
        """The samples that have calls of this kind of variant, metrics, deaths or a tumour."""
        if kind == CALIBRATION:
            return list(self.datasets)
        if kind == ANNOTATION:
            return list(self.tumours)
        if kind == SCREEN:
            return list(self.read_sets)
        if kind == QC:
            return [sample.name for sample in self.samples.values() if sample.has_qc]
        return [sample.name for sample in self.samples.values() if kind in sample.queries]

    def genome(self, build: str) -> str:
        """FASTA file of a build: the site's own, else the link to the downloaded one."""
        own = self.config["genomes"].get(build)
        return str(own["fasta"]) if own else f"{LINKS}/{build}.genome/genome.fa.gz"

    def sequence(self, build: str) -> str:
        """The same for programs that want it plain, with ``.fai`` and ``genome.dict`` beside it."""
        return f"{LINKS}/{build}.sequence/genome.fa"

    def aligner_index(self, build: str) -> str:
        """Folder with the index of the aligner for a build; its files begin with ``genome``."""
        return f"{LINKS}/{build}.{self.config['align']['aligner']}"

    def stratification(self, build: str) -> str | None:
        """Table of stratifications of a build, None where none are wanted."""
        wanted = str(self.config["small_variants"]["stratifications"])
        if wanted == "giab":
            return f"{LINKS}/{build}.stratifications/stratifications.tsv"
        return None if wanted == "none" else wanted

    def files(self, name: str, kind: str) -> dict[str, str]:
        """Role → file, for the comparison of one sample; roles it does not have are left out."""
        sample = self.samples[name]
        truth = sample.truths[kind]
        small = kind == "small_variants"
        roles = {
            "truth": truth.vcf,
            "query": sample.queries[kind],
            "reference": self.genome(sample.build),
            "confident": truth.confident,
            "target": sample.target if small else None,
            "stratification": self.stratification(sample.build) if small else None,
            "baseline": sample.baseline if small else None,
        }
        return {role: file for role, file in roles.items() if file}

    def matrices(self, name: str) -> str | None:
        """Matrices that a dataset is calibrated with; None for those that the engine has itself.

        Without a file of the site's own they are downloaded, so that a run gives the same
        whether or not R has the package, which brings its own; unless the package was asked
        for. The example brings its own too.
        """
        if not self.datasets[name].files:
            return None
        settings = self.config[CALIBRATION]
        downloaded = None if settings["engine"] == "vacalibration" else MATRICES
        return settings["misclassification"] or downloaded

    def va_files(self, name: str) -> dict[str, str]:
        """Role → file, for the calibration of one dataset; its deaths by algorithm."""
        deaths = self.datasets[name].files
        tables = {
            "misclassification": self.matrices(name),
            "cause_map": self.config[CALIBRATION]["cause_map"] if deaths else None,
        }
        return deaths | {role: file for role, file in tables.items() if file}

    def tumour_files(self, name: str) -> dict[str, str]:
        """Role → file, for the tiers of one tumour; roles it does not have are left out."""
        tumour, settings = self.tumours[name], self.config[ANNOTATION]
        roles = {
            "calls": tumour.calls,
            "knowledge": settings["knowledge"],
            "fasta": self.genome(tumour.build) if settings["check_reference"] else None,
            "callable": tumour.callable,
            **{role: settings[role] for role in ("gff", "transcripts", "population")},
        }
        return {role: str(file) for role, file in roles.items() if file}

    def read_files(self, name: str) -> dict[str, str | list[str]]:
        """Role → file or files, for the screen of one sample; roles it does not have are left out.

        Databases that are not the site's own are links in the folder that
        ``plumbline references ensure amr`` makes, with a receipt each.
        """
        reads, settings = self.read_sets[name], self.config[SCREEN]
        own = settings["resistance"]
        roles: dict[str, str | list[str] | None] = {
            "r1": list(reads.forward),
            "r2": list(reads.reverse),
            "resistance": own or [f"{RESISTANCE}/{kind}.receipt.json" for kind in GROUPS["amr"]],
            "genomes": settings["genomes"],
            "taxdump": settings["taxdump"] if settings["genomes"] else None,
            "executable": settings["executable"],
        }
        return {role: file for role, file in roles.items() if file}

    def side_by_side(self, kind: str) -> dict[str, list[str]]:
        """Sample → its call sets that are compared, where several callers made some."""
        found: dict[str, list[str]] = {}
        for name, sample in self.samples.items():
            if sample.called and kind in sample.truths:
                found.setdefault(sample.called[0], []).append(name)
        return {sample: names for sample, names in found.items() if len(names) > 1}

    def called(self, name: str) -> str:
        """What the small variants of a sample are called where they come from, or the pattern."""
        sample = self.samples[name]
        patterns = self.config["fetch"]["patterns"][SMALL_VARIANTS]
        fetched = SMALL_VARIANTS in sample.fetched and patterns
        return str(patterns[0]) if fetched else sample.queries[SMALL_VARIANTS]

    def counted_calls(self, name: str) -> str | None:
        """The small variants that a sample's quality is told by: its own, else of its reads."""
        library = self.libraries.get(name)
        own = self.samples[name].queries.get(SMALL_VARIANTS)
        return own or (library.small_variants(self.config) if library else None)

    def qc_files(self, name: str) -> dict[str, str | list[str]]:
        """Role → file, files or folder, for the table of quality metrics of one sample."""
        sample, settings = self.samples[name], self.config[QC]
        counted = settings["bcftools_stats"] and self.counted_calls(name)
        roles: dict[str, str | list[str] | None] = {
            "metrics": sample.metrics,
            "bcftools": f"{STATS}/{name}.bcftools.stats" if counted else None,
            "samtools": f"{STATS}/{name}.samtools.stats" if sample.alignments else None,
        }
        if library := self.libraries.get(name):
            roles |= self._library_qc(library)
        return {role: file for role, file in roles.items() if file}

    def _library_qc(self, library: "Library") -> dict[str, str | list[str] | None]:
        """What else is counted of reads that are aligned or called here."""
        name = library.name
        depths: list[str] = []
        if self.config[QC]["coverage"]:
            whole = "region" if library.target else "global"
            depths = [
                f"{COVERAGE}/{name}.mosdepth.{each}.txt" for each in ("summary", f"{whole}.dist")
            ]
            depths += [f"{COVERAGE}/{name}.coverage.json"] if library.target else []
        genotyped = library.small_variants(self.config)
        marked = library.is_aligned_here and self.config["align"]["duplicates"] != "keep"
        short = [] if library.is_long else library.lanes
        return {
            "fastp": [f"{FASTP}/{name}.{lane.name}.fastp.json" for lane in short],
            "markdup": f"{STATS}/{name}.markdup.txt" if marked and not library.is_long else None,
            "mosdepth": depths,
            "genotypes": f"{GENOTYPES}/{name}.genotypes.json" if genotyped else None,
        }

    def depth_files(self, name: str) -> dict[str, str]:
        """Role → file, for mosdepth: alignments with index, target, and of CRAM the genome."""
        library = self.libraries[name]
        alignments = library.alignments(self.config)
        roles = {
            "alignments": alignments,
            "index": library.index(self.config),
            "target": f"{COVERAGE}/{name}.target.bed" if library.target else None,
            "reference": self.sequence(library.build) if alignments.endswith(".cram") else None,
            # what was brought is looked at first: is it whole, and of this genome?
            "receipt": f"results/reads/{name}.alignments.json" if library.brought else None,
        }
        return {role: file for role, file in roles.items() if file}

    def target_files(self, name: str) -> dict[str, str]:
        """Role → file, for the names of the contigs in a library's target."""
        library = self.libraries[name]
        sequence = self.sequence(library.build)
        return {"target": str(library.target), "reference": sequence, "fai": f"{sequence}.fai"}

    def genotype_files(self, name: str) -> dict[str, str]:
        """Role → file, for the checks of sex and contamination of one sample."""
        library, settings = self.libraries[name], self.config[QC]
        calls = str(library.small_variants(self.config))
        own = self.config["genomes"].get(library.build) or {}
        roles = {
            "calls": calls,
            "index": f"{calls}.tbi",
            "coverage": f"{COVERAGE}/{name}.mosdepth.summary.txt" if settings["coverage"] else None,
            "haploid": own.get("haploid"),
            "population": settings["population"],
        }
        return {role: str(file) for role, file in roles.items() if file}

    def alignment_files(self, name: str) -> dict[str, str]:
        """Role → file, for the statistics of alignments: CRAM needs the genome to be read."""
        sample = self.samples[name]
        if "alignments" in sample.fetched:
            patterns = self.config["fetch"]["patterns"]["alignments"]
            known = bool(patterns) and all(pattern.endswith(".bam") for pattern in patterns)
            files = {"fetched": f"{FETCHED}/{name}/alignments.summary.json"}
            if passes(self.config, "alignments"):
                files["held"] = f"{FETCHED}/{name}/alignments"
        else:
            known = str(sample.alignments).endswith(".bam")
            files = {"alignments": str(sample.alignments)}
        if known:
            return files
        made = name in self.libraries and self.libraries[name].is_aligned_here
        genome = self.sequence(sample.build) if made else self.genome(sample.build)
        return files | {"reference": genome}

    def left_out(self) -> list[str]:
        """A line for each reason why comparisons are left out, with those that it is true of."""
        whose: dict[tuple[str, str], list[str]] = {}
        for sample in self.samples.values():
            for reason in sample.left_out.items():
                whose.setdefault(reason, []).append(sample.name)
        return [
            f"{kind.replace('_', ' ')} of {some(names)}: {why}"
            for (kind, why), names in whose.items()
        ]

    def table(self) -> str:
        """The plan as a table with tabs: what was taken for each sample, and why."""
        rows: list[tuple[str, ...]] = [
            ("sample", "variants", "build", "query", "truth", "confident", "truth_is")
        ]
        for sample in self.samples.values():
            rows += self._rows_of(sample)
        for name, dataset in self.datasets.items():
            deaths = ", ".join(f"{algorithm}={file}" for algorithm, file in dataset.va_data.items())
            rows.append((name, CALIBRATION, "", deaths, "", "", self.how_calibrated(name)))
        for name, tumour in self.tumours.items():
            rows.append((name, ANNOTATION, tumour.build, tumour.calls, "", "", tumour.disease))
        for name, reads in self.read_sets.items():
            files = ", ".join((*reads.forward, *reads.reverse))
            rows.append((name, SCREEN, "", files, "", "", reads.species or ""))
        # only where there is one, so that the tables of earlier runs still fit
        if any(sample.source for sample in self.samples.values()):
            of = {name: sample.address for name, sample in self.samples.items()}
            rows = [(*row, of.get(row[0], "") if n else "source") for n, row in enumerate(rows)]
        return "".join("\t".join(row) + "\n" for row in rows)

    def _rows_of(self, sample: Sample) -> list[tuple[str, ...]]:
        """What is compared, what is not, and what its quality is judged by."""
        name, build = sample.name, sample.build
        rows: list[tuple[str, ...]] = []
        for kind, truth in sample.truths.items():
            against = (truth.vcf, truth.confident or "", truth.origin)
            rows.append((name, kind, build, sample.queries[kind], *against))
        for kind, why in sample.left_out.items():
            rows.append((name, kind, build, "", "", "", f"{LEFT_OUT}{why}"))
        if sample.has_qc:
            each = self.qc_files(name).values()
            files = ", ".join(f if isinstance(f, str) else ", ".join(f) for f in each)
            rows.append((name, QC, "", files, "", "", "quality metrics"))
        return rows

    def how_calibrated(self, name: str) -> str:
        """In words: whose deaths they are, and by whose matrices they are calibrated."""
        dataset = self.datasets[name]
        matrices = self.matrices(name)
        if matrices == MATRICES:
            whose = "the published matrices"
        elif matrices:
            whose = f"matrices of {matrices}"
        else:
            whose = "the matrices of " + ("the R package" if dataset.files else "the example")
        return f"{dataset.age_group}, {dataset.country}, {whose}"
