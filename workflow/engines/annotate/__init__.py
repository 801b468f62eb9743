"""Somatic variants tiered with their evidence: prepared, matched, told one by one."""
