"""``plumbline gpu``: GPUs of a machine without a scheduler, each lent to one command at a time."""
