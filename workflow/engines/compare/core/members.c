/* Which calls belong to which regions.
 *
 * Calls and intervals are walked side by side. Some thousand calls are held against all
 * stratifications before the next ones, so that what is looked at stays in the processor's cache
 * and a stratification that covers all of them, or none, costs one step.
 */
#include <stdlib.h>

#include "counting.h"

enum { CHUNK = 2048 };
enum { OUTSIDE, WHOLLY_INSIDE, PARTLY_INSIDE };
enum { NONE_INSIDE, ALL_INSIDE, SOME_INSIDE };

/* Extents of calls that lie behind each other. */
typedef struct {
    int32_t starts[CHUNK], ends[CHUNK];
    uint8_t inserts[CHUNK]; /* must lie inside wholly */
    uint8_t found[CHUNK];
    int32_t low, high;      /* of all of them */
    int count;
} Chunk;

static void fill(Chunk *chunk, const Call *calls, int count) {
    chunk->count = count;
    for (int i = 0; i < count; i++) {
        chunk->inserts[i] = extent(&calls[i], &chunk->starts[i], &chunk->ends[i]);
        if (!i || chunk->starts[i] < chunk->low) chunk->low = chunk->starts[i];
        if (!i || chunk->ends[i] > chunk->high) chunk->high = chunk->ends[i];
    }
}

/* hap.py's rule for each call of the chunk, where not all lie inside or outside. */
static void walk(Chunk *chunk, const Intervals *regions, int64_t first) {
    int64_t at = first;
    for (int i = 0; i < chunk->count; i++) {
        int32_t start = chunk->starts[i], end = chunk->ends[i];
        while (at > first && regions->ends[at - 1] > start) at--;
        while (at < regions->count && regions->ends[at] <= start) at++;
        bool touched = at < regions->count && regions->starts[at] < end;
        bool inside = touched && regions->starts[at] <= start && regions->ends[at] >= end;
        bool partly = touched && !inside && !chunk->inserts[i];
        chunk->found[i] = inside ? WHOLLY_INSIDE : partly ? PARTLY_INSIDE : OUTSIDE;
    }
}

/* `cursor` is where the chunk before began; it may step back a little. */
static int hold_against(Chunk *chunk, const Intervals *regions, int64_t *cursor) {
    int64_t at = *cursor;
    while (at > 0 && regions->ends[at - 1] > chunk->low) at--;
    while (at < regions->count && regions->ends[at] <= chunk->low) at++;
    *cursor = at;
    if (at == regions->count || regions->starts[at] >= chunk->high) return NONE_INSIDE;
    if (regions->starts[at] <= chunk->low && regions->ends[at] >= chunk->high) return ALL_INSIDE;
    walk(chunk, regions, at);
    return SOME_INSIDE;
}

static void mark_confident(Chunk *chunk, Call *calls, const Intervals *confident,
                           int64_t *cursor) {
    int found = hold_against(chunk, confident, cursor);
    for (int i = 0; i < chunk->count; i++)
        if (found == ALL_INSIDE || (found == SOME_INSIDE && chunk->found[i]))
            calls[i].flags |= CONFIDENT;
}

static void mark_subset(Chunk *chunk, const Call *calls, const Intervals *regions, int64_t *cursor,
                        uint64_t *words, int32_t subset, int32_t width, uint8_t *partial) {
    int found = hold_against(chunk, regions, cursor);
    if (found == NONE_INSIDE) return;
    for (int i = 0; i < chunk->count; i++, words += width) {
        if (found == SOME_INSIDE && chunk->found[i] == OUTSIDE) continue;
        set_member(words, subset);
        if (found == SOME_INSIDE && chunk->found[i] == PARTLY_INSIDE) partial[calls[i].superlocus] = 1;
    }
}

int find_members(Contig *contig, int side, const Intervals *confident, uint8_t *partial) {
    const Options *options = contig->options;
    Calls *calls = &contig->calls[side];
    int32_t width = member_words(options), subsets = options->subset_count;
    int64_t *cursors = calloc((size_t)subsets + 1, sizeof *cursors);
    Chunk *chunk = malloc(sizeof *chunk);
    uint64_t *words = calloc((size_t)calls->count * (size_t)width + 1, sizeof *words);
    contig->members[side] = words;
    bool failed = !cursors || !chunk || !words;
    for (int64_t from = 0; !failed && from < calls->count; from += CHUNK) {
        int64_t left = calls->count - from;
        Call *here = calls->items + from;
        fill(chunk, here, left < CHUNK ? (int)left : CHUNK);
        if (options->has_confident) {
            mark_confident(chunk, here, confident, &cursors[subsets]);
        } else {
            for (int i = 0; i < chunk->count; i++) here[i].flags |= CONFIDENT;
        }
        for (int32_t subset = 0; subset < subsets; subset++)
            mark_subset(chunk, here, &options->subsets[subset], &cursors[subset],
                        words + from * width, subset + 1, width, partial);
    }
    free(cursors);
    free(chunk);
    return failed ? fails_memory(contig) : 0;
}
