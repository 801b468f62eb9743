# Alignments to calls: in pieces, by each caller that is asked for, filtered, with an index.
