"""Reads before they are aligned: checked, given a read group, and handed to the aligner."""
