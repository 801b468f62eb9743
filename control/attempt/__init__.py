"""``plumbline attempt``: runs a rule's command, tries again what may pass, records what will not.

It starts once a job, so it loads nothing but click, the record and the contract of the engines.
"""
