"""The kernel's C and what it is made into."""

from pathlib import Path

from engines.contract.compiled import Compiled

SOURCES = Path(__file__).parent
COMPILED = Compiled(
    name="screen",
    what="the screen's kernel",
    folder=SOURCES,
    sources=("screen.c", "fastq.c", "taxa.c"),
    headers=("screen_read.h", "fastq.h", "taxa_read.h"),
)
