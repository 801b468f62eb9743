/* What the files that count share among themselves. */
#ifndef PLUMBLINE_COUNTING_H
#define PLUMBLINE_COUNTING_H

#include "compare.h"

/* Numbers of the subsets behind the stratifications; see subset_total(). */
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
static inline bool is_member(const uint64_t *words, int32_t subset) {
    return words[(subset - 1) / 64] >> ((subset - 1) % 64) & 1;
}

static inline int fails_memory(Contig *contig) {
    return contig_fails(contig, PROBLEM_MEMORY, -1, NULL, "out of memory");
}

/* alleles.c: type, subtypes and class of the genotype. */
void classify(const Contig *contig, Call *call);

/* regions.c: fills confident_size too. */
int widen_confident(Contig *contig, Intervals *confident);
int64_t shared_bases(const Intervals *a, const Intervals *b);

/* local.c: BK of calls that nothing matches. */
int mark_local(Contig *contig);

/* members.c: CONFIDENT and the bits of the stratifications for the calls of one side. Sets a byte
 * in `partial` for each superlocus with a call that lies in a stratification only in part. */
int find_members(Contig *contig, int side, const Intervals *confident, uint8_t *partial);

/* order.c: sorts `indices` stably; quick where they are nearly sorted. -1: out of memory. */
typedef int (*Compare)(const void *what, uint32_t a, uint32_t b);
int sort_indices(uint32_t *indices, int64_t count, Compare compare, const void *what);

/* profiles.c: a profile is all that decides which columns of the tally a call counts in. There are
 * a few hundred of them, so that calls are counted by profile first. */
enum { NOT_COUNTED = -1, PROFILE_KEYS = 1 << 19 };
int32_t profile_of(const Call *call, int side);
int profile_kinds(uint32_t profile, int kinds[KINDS]); /* how many rows it counts in, and which */

/* What a profile is in one filter: its decision, -1: not counted; FP.gt and FP.al beside it. */
typedef struct {
    int decision;
    bool fp_gt, fp_al, ti, tv, het, homalt;
} Part;
Part profile_part(uint32_t profile, int filter);

/* Numbers given to 64-bit keys in the order in which they come; for roc.c. */
typedef struct {
    uint64_t *keys; /* number -> key */
    uint32_t *slots;
    uint32_t count, room;
} Numbers;
int64_t key_number(Numbers *numbers, uint64_t key); /* -1: out of memory */
void numbers_free(Numbers *numbers);

/* roc.c: the levels, from the calls of both sides. */
int count_levels(Contig *contig);

#endif
