/* Which calls belong to which regions, by hap.py's rule: an insertion must lie inside with both its
 * flanking bases, of other calls one changed base is enough.
 *
 * Some thousand calls are held against all stratifications before the next ones, so that what is
 * looked at stays in the processor's cache. A stratification that covers all of them, or none,
 * costs one step; any other one a step for each interval and for each call inside.
 */
#include <stdlib.h>

#include "counting.h"

enum {
    CHUNK = 2048,
    PLACES = 1024, /* in which the calls of a chunk are looked up */
    SHORT = 64,    /* bases; longer calls are looked up one by one */
};

/* Extents of calls, sorted by start. */
typedef struct {
    uint32_t order[CHUNK];             /* place in this order -> call */
    int32_t starts[CHUNK + 1];         /* one more, behind all of them */
    int32_t ends[CHUNK];
    uint8_t inserts[CHUNK];            /* must lie inside wholly */
    uint16_t firsts[PLACES + 1];       /* first call of each place */
    int32_t low, high;                 /* of all of them */
    int shift;                         /* bases of a place, as a power of two */
    int count;
    int32_t longs[CHUNK];              /* calls of more than SHORT bases, by their number here */
    int long_count;
} Chunk;

/* Where it is noted that a call is inside: a bit of its words, or a flag of itself. */
typedef struct {
    Call *calls;
    uint64_t *words, bit; /* words: NULL for the confident regions */
    int32_t width;
    uint8_t *partial;
} Note;

typedef struct {
    int32_t start, end;
    bool inserts;
} Extent;

static int by_start(const void *what, uint32_t a, uint32_t b) {
    const Extent *extents = what;
    return (extents[a].start > extents[b].start) - (extents[a].start < extents[b].start);
}

static void index_places(Chunk *chunk) {
    uint32_t width = (uint32_t)(chunk->high - chunk->low);
    chunk->shift = 0;
    while (width >> chunk->shift >= PLACES) chunk->shift++;
    int at = 0;
    for (int place = 0; place <= PLACES; place++) {
        int64_t from = chunk->low + ((int64_t)place << chunk->shift);
        while (at < chunk->count && chunk->starts[at] < from) at++;
        chunk->firsts[place] = (uint16_t)at;
    }
}

static int fill(Chunk *chunk, Extent *extents, const Call *calls, int count) {
    chunk->count = count;
    chunk->long_count = 0;
    for (int i = 0; i < count; i++) {
        Extent *at = &extents[i];
        at->inserts = extent(&calls[i], &at->start, &at->end);
        chunk->order[i] = (uint32_t)i;
        if (!i || at->start < chunk->low) chunk->low = at->start;
        if (!i || at->end > chunk->high) chunk->high = at->end;
    }
    if (sort_indices(chunk->order, count, by_start, extents)) return -1;
    for (int i = 0; i < count; i++) {
        const Extent *at = &extents[chunk->order[i]];
        chunk->starts[i] = at->start;
        chunk->ends[i] = at->end;
        chunk->inserts[i] = at->inserts;
        if (at->end - at->start > SHORT) chunk->longs[chunk->long_count++] = i;
    }
    chunk->starts[count] = INT32_MAX;
    index_places(chunk);
    return 0;
}

static inline void take(const Note *note, const Chunk *chunk, int i, bool partly) {
    uint32_t call = chunk->order[i];
    if (!note->words) {
        note->calls[call].flags |= CONFIDENT;
        return;
    }
    note->words[(size_t)call * (size_t)note->width] |= note->bit;
    if (partly) note->partial[note->calls[call].superlocus] = 1;
}

/* Number of the first call that does not start before `position`. */
static int first_from(const Chunk *chunk, int32_t position) {
    if (position <= chunk->low) return 0;
    if (position >= chunk->high) return chunk->count;
    int at = chunk->firsts[(position - chunk->low) >> chunk->shift];
    while (chunk->starts[at] < position) at++;
    return at;
}

/* Calls that one interval touches. */
static void take_touched(const Note *note, const Chunk *chunk, int32_t start, int32_t end) {
    int i = first_from(chunk, start - SHORT);
    for (; chunk->starts[i] < start; i++)
        if (chunk->ends[i] > start && !chunk->inserts[i]) take(note, chunk, i, true);
    for (; chunk->starts[i] < end; i++) {
        bool inside = chunk->ends[i] <= end;
        if (inside || !chunk->inserts[i]) take(note, chunk, i, !inside);
    }
}

/* `cursor` is where the chunk before began; it may step back a little. */
static void hold_against(const Note *note, const Chunk *chunk, const Intervals *regions,
                         int64_t *cursor) {
    int64_t at = *cursor;
    while (at > 0 && regions->ends[at - 1] > chunk->low) at--;
    while (at < regions->count && regions->ends[at] <= chunk->low) at++;
    *cursor = at;
    if (at == regions->count || regions->starts[at] >= chunk->high) return;
    if (regions->starts[at] <= chunk->low && regions->ends[at] >= chunk->high) {
        for (int i = 0; i < chunk->count; i++) take(note, chunk, i, false);
        return;
    }
    for (; at < regions->count && regions->starts[at] < chunk->high; at++)
        take_touched(note, chunk, regions->starts[at], regions->ends[at]);
    for (int n = 0; n < chunk->long_count; n++) {
        int i = chunk->longs[n];
        if (contains(regions, chunk->starts[i], chunk->ends[i]))
            take(note, chunk, i, false);
        else if (!chunk->inserts[i] && overlaps(regions, chunk->starts[i], chunk->ends[i]))
            take(note, chunk, i, true);
    }
}

/* All regions for the calls of one chunk, the first of which is `from`. */
static void mark(Contig *contig, int side, int64_t from, const Chunk *chunk,
                 const Intervals *confident, int64_t *cursors, uint8_t *partial) {
    const Options *options = contig->options;
    int32_t width = member_words(options), subsets = options->subset_count;
    Note note = {.calls = contig->calls[side].items + from, .width = width, .partial = partial};
    if (options->has_confident) {
        hold_against(&note, chunk, confident, &cursors[subsets]);
    } else {
        for (int i = 0; i < chunk->count; i++) note.calls[i].flags |= CONFIDENT;
    }
    for (int32_t subset = 0; subset < subsets; subset++) {
        note.words = contig->members[side] + from * width + subset / 64;
        note.bit = (uint64_t)1 << subset % 64;
        hold_against(&note, chunk, &options->subsets[subset], &cursors[subset]);
    }
}

int find_members(Contig *contig, int side, const Intervals *confident, uint8_t *partial) {
    const Options *options = contig->options;
    const Calls *calls = &contig->calls[side];
    size_t cells = (size_t)calls->count * (size_t)member_words(options);
    int64_t *cursors = calloc((size_t)options->subset_count + 1, sizeof *cursors);
    Chunk *chunk = malloc(sizeof *chunk);
    Extent *extents = malloc(CHUNK * sizeof *extents);
    uint64_t *words = contig->members[side] = calloc(cells + 1, sizeof *words);
    bool failed = !cursors || !chunk || !extents || !words;
    for (int64_t from = 0; !failed && from < calls->count; from += CHUNK) {
        int64_t left = calls->count - from;
        failed = fill(chunk, extents, calls->items + from, left < CHUNK ? (int)left : CHUNK);
        if (!failed) mark(contig, side, from, chunk, confident, cursors, partial);
    }
    free(cursors);
    free(chunk);
    free(extents);
    return failed ? fails_memory(contig) : 0;
}
