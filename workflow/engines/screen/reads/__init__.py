"""FASTQ: opened, decoded, found sound, in batches."""

from engines.screen.reads.batches import Reads as Reads
from engines.screen.reads.batches import open_reads as open_reads
