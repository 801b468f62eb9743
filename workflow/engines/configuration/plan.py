"""What a run will do: which sample is compared with which truth, on which genome."""

from dataclasses import dataclass
from typing import Any

LINKS = "results/references"


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
    """

    name: str
    build: str
    queries: dict[str, str]
    truths: dict[str, Truth]
    target: str | None
    sex: str
    query_sample: str | None


@dataclass(frozen=True)
class Plan:
    """A configuration that was checked.

    Attributes:
        config: every key, defaults filled in.
        samples: name → sample, in the order of the sheet.
    """

    config: dict[str, Any]
    samples: dict[str, Sample]

    def names(self, kind: str) -> list[str]:
        """The samples that have calls of this kind of variant."""
        return [sample.name for sample in self.samples.values() if kind in sample.queries]

    def genome(self, build: str) -> str:
        """FASTA file of a build: the site's own, else the link to the downloaded one."""
        own = self.config["genomes"].get(build)
        return str(own["fasta"]) if own else f"{LINKS}/{build}.genome/genome.fa.gz"

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
        }
        return {role: file for role, file in roles.items() if file}

    def table(self) -> str:
        """The comparisons as a table with tabs: what was taken for each sample, and why."""
        rows = ["sample\tvariants\tbuild\tquery\ttruth\tconfident\ttruth_is\n"]
        for sample in self.samples.values():
            for kind, truth in sample.truths.items():
                cells = (sample.name, kind, sample.build, sample.queries[kind], truth.vcf)
                rows.append("\t".join([*cells, truth.confident or "", truth.origin]) + "\n")
        return "".join(rows)
