# Reads to alignments: checked, aligned lane by lane, duplicates marked, indexed, summed up.
