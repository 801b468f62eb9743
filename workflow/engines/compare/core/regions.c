/* Sets of intervals: who lies in them, what two of them share, and the confident regions with what
 * the truth adds to them. */
#include <stdlib.h>

#include "compare.h"
#include "counting.h"

/* How many of the bounds are <= value. */
static int64_t count_up_to(const int32_t *bounds, int64_t count, int32_t value) {
    int64_t low = 0, high = count;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (bounds[middle] <= value)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Is any base of [start, end) covered? */
bool overlaps(const Intervals *regions, int32_t start, int32_t end) {
    int64_t at = count_up_to(regions->ends, regions->count, start);
    return start < end && at < regions->count && regions->starts[at] < end;
}

/* Is all of [start, end) inside one interval? */
bool contains(const Intervals *regions, int32_t start, int32_t end) {
    int64_t at = count_up_to(regions->starts, regions->count, start) - 1;
    return at >= 0 && regions->ends[at] >= end;
}

int64_t shared_bases(const Intervals *a, const Intervals *b) {
    int64_t shared = 0, i = 0, j = 0;
    while (i < a->count && j < b->count) {
        int32_t start = a->starts[i] > b->starts[j] ? a->starts[i] : b->starts[j];
        int32_t end = a->ends[i] < b->ends[j] ? a->ends[i] : b->ends[j];
        if (start < end) shared += end - start;
        if (a->ends[i] < b->ends[j])
            i++;
        else
            j++;
    }
    return shared;
}

typedef struct {
    int32_t start, end;
} Span;

/* hap.py's sum of what the truth adds: extents in the order of the file, those that overlap put
 * together, where an extent lengthens the one before only up to its own first base (gvcf2bed). */
typedef struct {
    int64_t bases;
    Span open;
} HappySum;

static void happy_add(HappySum *sum, Span extent) {
    Span *open = &sum->open;
    if (open->start < open->end && extent.start < open->end && extent.end > open->start) {
        if (extent.start < open->start) open->start = extent.start;
        if (extent.start + 1 > open->end) open->end = extent.start + 1;
        return;
    }
    sum->bases += open->end - open->start;
    *open = extent;
}

static int by_order(const void *what, uint32_t a, uint32_t b) {
    const Call *calls = what;
    return (calls[a].order > calls[b].order) - (calls[a].order < calls[b].order);
}

static int by_start(const void *what, uint32_t a, uint32_t b) {
    const Span *spans = what;
    return (spans[a].start > spans[b].start) - (spans[a].start < spans[b].start);
}

/* Extents of the truth calls whose POS lies in the confident regions, where those do not hold them
 * already. */
static int64_t added_spans(Contig *contig, const uint32_t *order, Span *added) {
    const Intervals *given = &contig->options->confident;
    const Calls *truth = &contig->calls[TRUTH];
    HappySum sum = {0};
    int64_t count = 0;
    for (int64_t i = 0; i < truth->count; i++) {
        const Call *call = &truth->items[order[i]];
        if (!contains(given, call->position, call->position + 1)) continue;
        Span span;
        extent(call, &span.start, &span.end);
        happy_add(&sum, span);
        if (!contains(given, span.start, span.end)) added[count++] = span;
    }
    contig->confident_size += sum.bases + (sum.open.end - sum.open.start);
    return count;
}

/* Merges sorted spans with the given intervals; what touches becomes one. */
static int64_t merge(const Intervals *given, const Span *added, const uint32_t *order,
                     int64_t count, int32_t *starts, int32_t *ends) {
    int64_t merged = 0, i = 0, j = 0;
    while (i < given->count || j < count) {
        Span next;
        if (j == count || (i < given->count && given->starts[i] <= added[order[j]].start)) {
            next = (Span){given->starts[i], given->ends[i]};
            i++;
        } else {
            next = added[order[j++]];
        }
        if (merged && next.start <= ends[merged - 1]) {
            if (next.end > ends[merged - 1]) ends[merged - 1] = next.end;
        } else {
            starts[merged] = next.start;
            ends[merged++] = next.end;
        }
    }
    return merged;
}

static int widen(Contig *contig, Intervals *confident, uint32_t *order, Span *added) {
    const Calls *truth = &contig->calls[TRUTH];
    for (int64_t i = 0; i < truth->count; i++) order[i] = (uint32_t)i;
    if (sort_indices(order, truth->count, by_order, truth->items)) return -1;
    int64_t count = added_spans(contig, order, added);
    if (!count) return 0;
    for (int64_t i = 0; i < count; i++) order[i] = (uint32_t)i;
    if (sort_indices(order, count, by_start, added)) return -1;
    size_t room = (size_t)(confident->count + count) * sizeof(int32_t);
    int32_t *starts = arena_take(&contig->arena, room), *ends = arena_take(&contig->arena, room);
    if (!starts || !ends) return -1;
    confident->count = merge(confident, added, order, count, starts, ends);
    confident->starts = starts;
    confident->ends = ends;
    return 0;
}

/* The confident regions with the extents of the truth calls whose POS lies in them, so that an
 * indel at the edge is kept of which the BED file holds only the base before it (hap.py's
 * --adjust-conf-regions). */
int widen_confident(Contig *contig, Intervals *confident) {
    const Calls *truth = &contig->calls[TRUTH];
    *confident = contig->options->confident;
    contig->confident_size = 0;
    for (int64_t i = 0; i < confident->count; i++)
        contig->confident_size += confident->ends[i] - confident->starts[i];
    if (!contig->options->adjust_confident || !truth->count) return 0;
    uint32_t *order = malloc((size_t)truth->count * sizeof *order);
    Span *added = malloc((size_t)truth->count * sizeof *added);
    int failed = order && added ? widen(contig, confident, order, added) : -1;
    free(order);
    free(added);
    if (failed) contig_fails(contig, PROBLEM_MEMORY, -1, NULL, "out of memory");
    return failed;
}
