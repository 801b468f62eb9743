/* What calls are before they are counted: their classes and regions, the labels of their
 * superloci, and what truth calls take over from the query calls that matched them. */
#include <math.h>
#include <stdlib.h>

#include "counting.h"

/* hap.py's labels: TS_boundary where a superlocus has calls inside and outside of the confident
 * regions, or one that a stratification cuts; TS_contained where all are inside. */
static void label(Contig *contig, Superlocus *superlocus, bool partial) {
    bool inside = false, outside = false;
    for (int side = 0; side < SIDES; side++)
        for (int64_t i = superlocus->calls[side][0]; i < superlocus->calls[side][1]; i++) {
            bool confident = contig->calls[side].items[i].flags & CONFIDENT;
            inside |= confident && contig->options->has_confident;
            outside |= !confident;
        }
    superlocus->boundary = partial || (inside && outside);
    superlocus->contained = inside && !superlocus->boundary;
    int32_t subset = superlocus->boundary    ? boundary_subset(contig->options)
                     : superlocus->contained ? contained_subset(contig->options)
                                             : 0;
    int32_t width = member_words(contig->options);
    for (int side = 0; subset && side < SIDES; side++)
        for (int64_t i = superlocus->calls[side][0]; i < superlocus->calls[side][1]; i++)
            set_member(contig->members[side] + i * width, subset);
}

/* Bins are half open; the last one holds its upper bound too. */
static void mark_fractions(Contig *contig, int side) {
    const Options *options = contig->options;
    const float *bounds = options->fraction_bounds;
    int32_t width = member_words(options), bins = options->fraction_bins;
    for (int64_t i = 0; i < contig->calls[side].count; i++) {
        float fraction = contig->calls[side].items[i].fraction;
        if (isnan(fraction)) continue;
        for (int32_t bin = 0; bin < bins; bin++) {
            bool last = bin == bins - 1 && fraction == bounds[bins];
            if (fraction >= bounds[bin] && (fraction < bounds[bin + 1] || last))
                set_member(contig->members[side] + i * width, fraction_subset(options) + bin);
        }
    }
}

/* The query calls of each block: `calls` from firsts[block] up to firsts[block + 1]. */
typedef struct {
    int64_t *firsts;
    uint32_t *calls;
    int64_t count;
} Blocks;

static int gather_blocks(Contig *contig, Blocks *blocks) {
    const Calls *query = &contig->calls[QUERY];
    blocks->count = 0;
    for (int64_t i = 0; i < query->count; i++)
        if (query->items[i].block >= blocks->count) blocks->count = query->items[i].block + 1;
    blocks->firsts = calloc((size_t)blocks->count + 2, sizeof *blocks->firsts);
    blocks->calls = malloc(((size_t)query->count + 1) * sizeof *blocks->calls);
    if (!blocks->firsts || !blocks->calls) return fails_memory(contig);
    /* Counts stand two places on, so that filling moves every first to its own place. */
    for (int64_t i = 0; i < query->count; i++)
        if (query->items[i].block >= 0) blocks->firsts[query->items[i].block + 2]++;
    for (int64_t block = 1; block <= blocks->count + 1; block++)
        blocks->firsts[block] += blocks->firsts[block - 1];
    for (int64_t i = 0; i < query->count; i++)
        if (query->items[i].block >= 0)
            blocks->calls[blocks->firsts[query->items[i].block + 1]++] = (uint32_t)i;
    return 0;
}

static bool same_record(const Call *a, const Call *b) {
    if (a->position != b->position || a->alt_count != b->alt_count) return false;
    if (!same_bases(a->ref, b->ref)) return false;
    int other = !same_bases(a->alts[0], b->alts[0]);
    for (int i = 0; i < a->alt_count; i++)
        if (!same_bases(a->alts[i], b->alts[other ? a->alt_count - 1 - i : i])) return false;
    return true;
}

/* Filters and score as one call has them, or several together: all must pass, the lowest counts. */
typedef struct {
    bool passes, selected;
    float score;
} Standing;

static Standing together(const Call *query, const uint32_t *partners, int64_t count) {
    Standing standing = {true, true, NAN};
    for (int64_t i = 0; i < count; i++) {
        const Call *partner = &query[partners[i]];
        standing.passes &= !(partner->flags & FAILED);
        standing.selected &= !(partner->flags & FAILED) || (partner->flags & SELECTED);
        if (isnan(standing.score) || partner->score < standing.score)
            standing.score = partner->score;
    }
    return standing;
}

/* A truth call that only failing query calls match is a false negative in the PASS rows. The same
 * record on the query side decides alone, else all query calls of the block do. As in hap.py a
 * call that is not assessed has no score. */
static void take_over(Call *truth, const Call *query, const Blocks *blocks) {
    int32_t block = truth->block;
    bool matched = block >= 0 && block < blocks->count;
    truth->score = NAN;
    if (!matched || blocks->firsts[block] == blocks->firsts[block + 1]) return;
    const uint32_t *partners = blocks->calls + blocks->firsts[block];
    int64_t count = blocks->firsts[block + 1] - blocks->firsts[block];
    for (int64_t i = 0; i < count; i++)
        if (same_record(truth, &query[partners[i]])) {
            partners += i;
            count = 1;
        }
    Standing standing = together(query, partners, count);
    truth->flags &= (uint8_t)~(FAILED | SELECTED);
    if (!standing.passes) truth->flags |= FAILED;
    if (!standing.passes && standing.selected) truth->flags |= SELECTED;
    if (truth->flags & CONFIDENT) truth->score = standing.score;
}

static int inherit(Contig *contig) {
    Calls *truth = &contig->calls[TRUTH];
    Blocks blocks = {0};
    int failed = gather_blocks(contig, &blocks);
    for (int64_t i = 0; !failed && i < truth->count; i++)
        take_over(&truth->items[i], contig->calls[QUERY].items, &blocks);
    free(blocks.firsts);
    free(blocks.calls);
    return failed;
}

static int share(Contig *contig, const Intervals *confident) {
    const Options *options = contig->options;
    size_t room = ((size_t)options->subset_count + 1) * sizeof(int64_t);
    contig->subset_confident = arena_take(&contig->arena, room);
    if (!contig->subset_confident) return fails_memory(contig);
    for (int32_t subset = 0; subset < options->subset_count; subset++)
        contig->subset_confident[subset] = shared_bases(&options->subsets[subset], confident);
    return 0;
}

int settle_calls(Contig *contig) {
    if (mark_local(contig)) return -1;
    for (int side = 0; side < SIDES; side++)
        for (int64_t i = 0; i < contig->calls[side].count; i++)
            classify(contig, &contig->calls[side].items[i]);
    Intervals confident;
    if (widen_confident(contig, &confident) || share(contig, &confident)) return -1;
    uint8_t *partial = calloc((size_t)contig->superloci.count + 1, 1);
    if (!partial) return fails_memory(contig);
    int failed = 0;
    for (int side = 0; !failed && side < SIDES; side++)
        failed = find_members(contig, side, &confident, partial);
    for (int64_t i = 0; !failed && i < contig->superloci.count; i++)
        label(contig, &contig->superloci.items[i], partial[i]);
    free(partial);
    if (failed) return -1;
    if (contig->options->fraction_bins)
        for (int side = 0; side < SIDES; side++) mark_fractions(contig, side);
    return inherit(contig);
}
