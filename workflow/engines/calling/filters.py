"""Filters of calls by an expression, as ``bcftools filter`` takes it.

Sources of the expressions:

* bcftools, freebayes: a phred score of 20, as in the manuals of both ("bcftools: filtering calls",
  samtools.github.io/bcftools/howtos/filtering.html; "Calling variants", github.com/freebayes), and
  strands so uneven that chance gives it in one of a million sites (bcftools' FORMAT/SP, freebayes'
  SAP and SRP are phred-scaled).
* GATK: "Hard-filtering germline short variants" (gatk.broadinstitute.org, article 360035890471),
  SNPs and all else on their own.
* the others mark their calls by a model or by rules of their own; those marks stay.
"""

import shutil

from engines.contract.errors import Unavailable

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


def check(tool: str, expression: str) -> None:
    """Try an expression on a file without calls, before hours of work.

    A name that the caller is not known to write is no error here: its arguments may add it.

    Raises:
        BadUsage: bcftools does not understand it.
        Unavailable: there is no bcftools.
    """
    if not shutil.which("bcftools"):
        raise Unavailable("bcftools is not on the PATH", hint="install bcftools")
