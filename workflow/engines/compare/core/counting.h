/* What the files that count share among themselves. */
#ifndef PLUMBLINE_COUNTING_H
#define PLUMBLINE_COUNTING_H

#include "compare.h"

/* Numbers of subsets in the tally; see subset_total(). */
static inline int32_t boundary_subset(const Options *options) {
    return 1 + options->subset_count;
}
static inline int32_t contained_subset(const Options *options) {
    return 2 + options->subset_count;
}
static inline int32_t fraction_subset(const Options *options) {
    return 3 + options->subset_count;
}

/* The bit of a subset (1 ...) among the words of a call. */
static inline void set_member(uint64_t *words, int32_t subset) {
    words[(subset - 1) / 64] |= (uint64_t)1 << ((subset - 1) % 64);
}

/* alleles.c: type, subtypes and class of the genotype. */
void classify(const Contig *contig, Call *call);

/* regions.c */
int widen_confident(Contig *contig, Intervals *confident); /* fills confident_size too */
int64_t shared_bases(const Intervals *a, const Intervals *b);

/* members.c: which calls of both sides lie in which subsets. `partial` has a byte for each
 * superlocus, set where a call lies only partly in a stratification. */
int find_members(Contig *contig, const Intervals *confident, uint8_t *partial[SIDES]);

/* order.c: sorts `indices` stably; quick where they are sorted already. */
typedef int (*Compare)(const void *what, uint32_t a, uint32_t b);
int sort_indices(uint32_t *indices, int64_t count, Compare compare, const void *what);

/* roc.c: the profile of each call at its level; see tally.c for profiles. */
typedef struct {
    int32_t *ids;      /* key of a profile -> its number, -1 */
    uint32_t *keys;    /* number -> key */
    int32_t count, room;
} Profiles;

#endif
