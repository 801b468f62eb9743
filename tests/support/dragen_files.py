"""Small DRAGEN metrics files in the documented layout: all ten categories, values made up."""

import random
from pathlib import Path

CONTIGS = ("chr1", "chr2", "chr10", "chrX", "chrY", "chrM")

# category → file name after the prefix
NAMES = {
    "mapping": "mapping_metrics.csv",
    "coverage": "wgs_coverage_metrics.csv",
    "contig_coverage": "wgs_contig_mean_cov.csv",
    "bed_coverage": "target_bed_coverage_metrics.csv",
    "vc": "vc_metrics.csv",
    "het_hom": "vc_hethom_ratio_metrics.csv",
    "sv": "sv_metrics.csv",
    "cnv": "cnv_metrics.csv",
    "ploidy": "ploidy_estimation_metrics.csv",
    "roh": "roh_metrics.csv",
}


def _mapping(sample: str, depth: float) -> str:
    reads = 1000 * round(200 * depth)
    lines = []
    for section, group in (("SUMMARY", ""), ("PER RG", f"{sample}.1"), ("PER RG", f"{sample}.2")):
        whole = reads if not group else reads // 2
        first = "Total reads in RG" if group else "Total input reads"
        head = f"MAPPING/ALIGNING {section},{group}"
        lines += [
            f"{head},{first},{whole},100.00",
            f"{head},Number of duplicate marked reads,{whole // 10},10.00",
            f"{head},Number of duplicate marked and mate reads removed,NA",
            # by this row MultiQC knows the file
            f"{head},Number of unique reads (excl. duplicate marked reads),"
            f"{whole - whole // 10},90.00",
            f"{head},Mapped reads,{whole * 99 // 100},99.00",
            f"{head},Reads with MAPQ [ 0:10),{whole // 50},2.00",
            f"{head},Q30 bases,{whole * 140},93.33",
            f"{head},Q30 bases (excl. dups & clipped bases),{whole * 125}",
            f"{head},Insert length: mean,412.50",
            f"{head},Insert length: median,405.00",
        ]
    lines += [
        "MAPPING/ALIGNING SUMMARY,,Estimated sample contamination,0.0012",
        "MAPPING/ALIGNING SUMMARY,,Provided sex chromosome ploidy,NA",
        "MAPPING/ALIGNING SUMMARY,,Bases in reference genome,3217346917",
    ]
    return "\n".join(lines) + "\n"


def _coverage(region: str, depth: float) -> str:
    head = "COVERAGE SUMMARY,"
    lines = [
        f"{head},Aligned bases,{round(depth * 3e9)}",
        f"{head},Aligned bases in {region},{round(depth * 3e9)},100.00",
        f"{head},Average alignment coverage over {region},{depth:.2f}",
        f"{head},Uniformity of coverage (PCT > 0.2*mean) over {region},96.10",
        f"{head},PCT of {region} with coverage [ 20x: inf),94.20",
        f"{head},PCT of {region} with coverage [ 15x: inf),95.70",
        f"{head},PCT of {region} with coverage [  0x:  1x),3.10",
        f"{head},Average autosomal coverage over {region},{depth + 1:.2f}",
        f"{head},Average chr Y coverage over {region},NA",
        f"{head},Mean/Median autosomal coverage ratio over {region},1.01",
    ]
    return "\n".join(lines) + "\n"


def _contigs(depth: float) -> str:
    lines = [f"{contig},{round(depth * 1e8)},{depth:.4f}" for contig in CONTIGS]
    return "\n".join([*lines, f"Autosomal regions ,{round(depth * 3e8)},{depth:.4f}"]) + "\n"


def _vc(sample: str, snps: int) -> str:
    lines = [
        "VARIANT CALLER SUMMARY,,Number of samples,1",
        "VARIANT CALLER SUMMARY,,Reads Processed,594000000",
        "VARIANT CALLER SUMMARY,,Child Sample,NA",
    ]
    for stage, more in (("PREFILTER", 9000), ("POSTFILTER", 0)):
        head = f"VARIANT CALLER {stage},{sample}"
        total = snps + 900_000 + more
        lines += [
            f"{head},Total,{total},100.00",
            f"{head},SNPs,{snps + more},{100 * (snps + more) / total:.2f}",
            f"{head},(Chr X SNPs)/(chr Y SNPs) ratio over genome,NA",
            f"{head},Ti/Tv ratio,2.04",
            f"{head},Het/Hom ratio,1.55",
            f"{head},Percent Callability,97.81",
        ]
    return "\n".join(lines) + "\n"


def _het_hom(sample: str) -> str:
    lines = []
    for stage in ("PREFILTER", "POSTFILTER"):
        for contig in ("1", "2", "X", "Y"):
            head = f"VARIANT CALLER {stage},{sample},{contig}"
            hets, homs = (120, 0) if contig == "Y" else (1500, 1000)
            ratio = "inf" if contig == "Y" else "1.50"
            lines += [f"{head} Heterozygous,{hets}", f"{head} Homozygous,{homs}"]
            lines.append(f"{head} Het/Hom ratio,{ratio}")
    return "\n".join(lines) + "\n"


def _sv(sample: str) -> str:
    counts = {"deletions": 6211, "insertions": 8935, "duplications": 67, "breakend pairs": 759}
    lines = [f"SV SUMMARY,{sample},Total number of structural variants (PASS),15972"]
    for what, count in counts.items():
        lines.append(f"SV SUMMARY,{sample},Number of {what} (PASS),{count},{count / 159.72:.2f}")
    return "\n".join(lines) + "\n"


def _cnv(sample: str, depth: float) -> str:
    return f"""\
SEX GENOTYPER,,{sample},XX,0.9911
SEX GENOTYPER,,panel_07,XY,0.9640
CNV SUMMARY,,Bases in reference genome,3217346917
CNV SUMMARY,,Average alignment coverage over genome,{depth:.2f}
CNV SUMMARY,,Number of alignment records,640000000
CNV SUMMARY,,Coverage uniformity,0.31
CNV SUMMARY,,Number of filtered records (total),96000000,15.00
CNV SUMMARY,,Number of amplifications,94
CNV SUMMARY,,Number of passing amplifications,79,84.04
CNV SUMMARY,,Number of deletions,118
CNV SUMMARY,,Number of passing deletions,70,59.32
"""


def _ploidy(depth: float) -> str:
    return f"""\
PLOIDY ESTIMATION,,Autosomal median coverage,{depth:.2f}
PLOIDY ESTIMATION,,X median coverage,{depth:.2f}
PLOIDY ESTIMATION,,Y median coverage,0.00
PLOIDY ESTIMATION,,X median / Autosomal median,1.00
PLOIDY ESTIMATION,,Y median / Autosomal median,0.00
PLOIDY ESTIMATION,,Ploidy estimation,XX
"""


_ROH = """\
VARIANT CALLER,,Percent SNVs in large ROH ( >= 3000000),0.082
VARIANT CALLER,,Number of large ROH ( >= 3000000),1
"""


def dragen_texts(sample: str, depth: float = 35.0, snps: int = 3_900_000) -> dict[str, str]:
    """File name → text for all ten categories, and the one line of the mean coverage."""
    texts = {
        "mapping": _mapping(sample, depth),
        "coverage": _coverage("genome", depth),
        "contig_coverage": _contigs(depth),
        "bed_coverage": _coverage("target region", depth * 2),
        "vc": _vc(sample, snps),
        "het_hom": _het_hom(sample),
        "sv": _sv(sample),
        "cnv": _cnv(sample, depth),
        "ploidy": _ploidy(depth),
        "roh": _ROH,
    }
    named = {f"{sample}.{NAMES[category]}": text for category, text in texts.items()}
    mean = f"Average alignment coverage over wgs, {depth:.2f}\n"
    return named | {f"{sample}.wgs_overall_mean_cov.csv": mean}


def write_dragen(folder: Path, sample: str, depth: float = 35.0, snps: int = 3_900_000) -> Path:
    """All files of one sample in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in dragen_texts(sample, depth, snps).items():
        (folder / name).write_text(text)
    return folder


def write_cohort(folder: Path, count: int, seed: int = 1) -> list[Path]:
    """Folders of ``count`` samples that differ as samples do."""
    chance = random.Random(seed)
    return [
        write_dragen(
            folder / f"S{number:04}",
            f"S{number:04}",
            round(chance.gauss(36, 3), 2),
            round(chance.gauss(3.9e6, 6e4)),
        )
        for number in range(1, count + 1)
    ]
