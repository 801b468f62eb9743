"""Filters of calls by an expression, as ``bcftools filter`` takes it.

Where the expressions are from:

* bcftools, freebayes: a phred score below 20 (README of freebayes: "QUAL > 20"), and for bcftools
  strands so uneven that chance gives that in one of a million sites (FORMAT/SP, phred-scaled).
* GATK: "Hard-filtering germline short variants" (gatk.broadinstitute.org, article 360035890471),
  SNPs and all else on their own; read off workflows that quote it, since the page could not be
  read when this was written.
* the others mark their calls by a model or by rules of their own; those marks stay.
"""

import re
import subprocess
from pathlib import Path

from engines.contract.errors import BadUsage, Unavailable

NAME = "HardFilter"

_GATK_SNPS = "QD<2 || QUAL<30 || SOR>3 || FS>60 || MQ<40 || MQRankSum<-12.5 || ReadPosRankSum<-8"
_GATK_OTHERS = "QD<2 || QUAL<30 || FS>200 || ReadPosRankSum<-20"
_GATK = f'(TYPE="snp" && ({_GATK_SNPS})) || (TYPE!="snp" && ({_GATK_OTHERS}))'

HARD = {
    "bcftools": "QUAL<20 || FORMAT/SP>60",
    "freebayes": "QUAL<20",
    "gatk": _GATK,
    "parabricks": _GATK,
}

# NVScoreVariants gives the log odds that a call is true; below zero it is more likely not.
SCORED = "INFO/CNN_1D<0"


# One call, so that the expression is worked out and not only read.
_PROBE = """\
##fileformat=VCFv4.2
{fields}
##contig=<ID=1,length=1>
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tSAMPLE
1\t1\t.\tA\tC\t10\t.\t.\tGT\t0/1
"""
_GENOTYPE = '##FORMAT=<ID=GT,Number=1,Type=String,Description="">'
_UNKNOWN = re.compile(r'the tag "([^"]+)" is not defined')


def check(expression: str, tool: str | None = None) -> None:
    """Try an expression on a file with one call, before hours of work.

    Args:
        tool: the caller; where its fields are known (``fields/``), one that it does not write is
            an error. None where its arguments may add fields. bcftools, freebayes, delly and
            sniffles wrote theirs here; GATK never ran here: its own are those of its standard
            annotations and of headers in public files, the gVCF's (``gatk.gvcf``) apart.

    Raises:
        BadUsage: bcftools does not understand it, or the caller does not write a field.
        Unavailable: there is no bcftools.
    """
    known = Path(__file__).parent / "fields" / f"{tool}.txt"
    fields = known.read_text(encoding="utf-8").strip() if known.is_file() else _GENOTYPE
    command = ["bcftools", "filter", "--no-version", "--soft-filter", NAME]
    try:
        ended = subprocess.run(
            [*command, "--exclude", expression, "-"],
            input=_PROBE.format(fields=fields),
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise Unavailable("bcftools is not on the PATH", hint="install bcftools") from error
    unknown = _UNKNOWN.search(ended.stderr)
    if unknown and known.is_file():
        raise BadUsage(
            f"filter {expression!r}: {tool} writes no field {unknown[1]}",
            hint="bcftools view -h shows the fields of calls",
        )
    if ended.returncode and not unknown:
        said = ended.stderr.strip().splitlines() or ["bcftools does not understand it"]
        raise BadUsage(
            f"filter {expression!r}: {said[-1]}",
            hint="as bcftools filter --exclude takes it, e.g. QUAL<20 || INFO/DP<5",
        )
