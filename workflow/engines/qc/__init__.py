"""Quality metrics: what DRAGEN, samtools and bcftools measured, in one table, and judged."""
