/* Pieces of primitives.c. */
#ifndef PLUMBLINE_PRIMITIVES_H
#define PLUMBLINE_PRIMITIVES_H

#include "compare.h"

/* The primitives of one allele, from left to right; and room to work for their alignment. */
typedef struct {
    Edit *items;
    int32_t count;
    int64_t room;
} Edits;

typedef struct {
    uint8_t *bytes;
    size_t room;
} Workspace;

bool edits_add(Edits *edits, Edit edit); /* false: out of memory */

/* The best global alignment of two alleles as edits; false: out of memory. */
bool align(Workspace *workspace, int32_t position, Allele ref, Allele alt, Edits *edits);

/* Give a call the place and the alleles of its one edit; indels carry the base before them. */
bool anchor(Contig *contig, Call *call, Edit edit);

/* By position, length of REF, ALTs, record. False: out of memory. */
bool sort_calls(Calls *calls);

/* Move each insertion and deletion of sorted calls to the left, not past a neighbour. */
bool shift_left(Contig *contig, Calls *calls);

#endif
