"""Reads made from a truth, so that callers can be measured where no sequencer was."""
