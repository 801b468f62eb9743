"""Why calls around a site were counted as they were: records, haplotypes, decisions in words."""
