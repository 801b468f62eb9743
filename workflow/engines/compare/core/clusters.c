/* Calls that can influence each other, and their verdicts. */
#include <stdlib.h>

#include "replay.h"

/* The stretch in which a call could be written, and which call it is. */
typedef struct {
    int32_t low, high;
    int64_t index;
} Span;

static bool after(const Span *a, const Span *b) {
    if (a->low != b->low) return a->low > b->low;
    return a->high > b->high || (a->high == b->high && a->index > b->index);
}

static Span span_of(const Contig *contig, const Call *call, int64_t index) {
    Span span = {.low = INT32_MAX, .high = NOTHING, .index = index};
    for (int h = 0; h < 2; h++) {
        if (call->haplotypes[h].start == NOTHING) continue;
        if (h && same_edit(&call->haplotypes[0], &call->haplotypes[1])) continue;
        int32_t start, end;
        rolled(contig, &call->haplotypes[h], &start, &end);
        if (start < span.low) span.low = start;
        if (end > span.high) span.high = end;
    }
    return span;
}

static int span_order(const void *one, const void *other) {
    const Span *a = one, *b = other;
    return after(a, b) ? 1 : after(b, a) ? -1 : 0;
}

/* Calls come by position, so few spans move, and not far; where many do (a long repeat) they are
 * sorted at once. */
static void sort_spans(Span *spans, int64_t count) {
    int64_t moves = 8 * count;
    for (int64_t i = 1; i < count; i++) {
        Span span = spans[i];
        int64_t at = i;
        for (; at && after(&spans[at - 1], &span) && moves; at--, moves--) {
            spans[at] = spans[at - 1];
        }
        spans[at] = span;
        if (!moves) {
            qsort(spans, (size_t)count, sizeof *spans, span_order);
            return;
        }
    }
}

/* Put the calls into the order of their spans, along the cycles of the permutation. */
static void reorder(Call *calls, Span *spans, int64_t count) {
    for (int64_t i = 0; i < count; i++) {
        if (spans[i].index == i) continue;
        Call first = calls[i];
        int64_t to = i;
        while (spans[to].index != i) {
            int64_t from = spans[to].index;
            calls[to] = calls[from];
            spans[to].index = to;
            to = from;
        }
        calls[to] = first;
        spans[to].index = to;
    }
}

static Span *sorted_spans(Contig *contig, int side) {
    Calls *calls = &contig->calls[side];
    Span *spans = malloc(((size_t)calls->count + 1) * sizeof *spans);
    if (!spans) return NULL;
    for (int64_t i = 0; i < calls->count; i++) {
        spans[i] = span_of(contig, &calls->items[i], i);
    }
    sort_spans(spans, calls->count);
    reorder(calls->items, spans, calls->count);
    return spans;
}

static Superlocus *superlocus_add(Superloci *superloci) {
    Superlocus *items =
        list_room(superloci->items, &superloci->room, superloci->count, sizeof *items);
    if (!items) return NULL;
    superloci->items = items;
    Superlocus *added = &items[superloci->count++];
    *added = (Superlocus){0};
    return added;
}

/* The next call from left to right; of two that start and end alike the truth's first. */
static int next_side(Span *const spans[SIDES], const int64_t at[SIDES], const int64_t counts[SIDES]) {
    if (at[TRUTH] == counts[TRUTH]) return QUERY;
    if (at[QUERY] == counts[QUERY]) return TRUTH;
    const Span *truth = &spans[TRUTH][at[TRUTH]], *query = &spans[QUERY][at[QUERY]];
    if (truth->low != query->low) return truth->low < query->low ? TRUTH : QUERY;
    return truth->high <= query->high ? TRUTH : QUERY;
}

/* Group calls whose stretches lie within `gap` bases of each other. -1: no memory. */
static int group(Contig *contig, Span *const spans[SIDES]) {
    int64_t at[SIDES] = {0, 0};
    int64_t counts[SIDES] = {contig->calls[TRUTH].count, contig->calls[QUERY].count};
    Superlocus *superlocus = NULL;
    while (at[TRUTH] < counts[TRUTH] || at[QUERY] < counts[QUERY]) {
        int side = next_side(spans, at, counts);
        const Span *span = &spans[side][at[side]];
        Call *call = &contig->calls[side].items[at[side]];
        if (!superlocus || (int64_t)span->low > (int64_t)superlocus->end + contig->options->gap) {
            superlocus = superlocus_add(&contig->superloci);
            if (!superlocus) return -1;
            superlocus->start = span->low;
            superlocus->end = span->high;
            superlocus->first = call->position;
            for (int s = 0; s < SIDES; s++) {
                superlocus->calls[s][0] = superlocus->calls[s][1] = at[s];
            }
        }
        if (span->high > superlocus->end) superlocus->end = span->high;
        if (call->position < superlocus->first) superlocus->first = call->position;
        call->superlocus = (int32_t)(contig->superloci.count - 1);
        superlocus->calls[side][1] = ++at[side];
    }
    return 0;
}

int match(Contig *contig) {
    Span *spans[SIDES] = {sorted_spans(contig, TRUTH), sorted_spans(contig, QUERY)};
    int result = spans[TRUTH] && spans[QUERY] ? group(contig, spans) : -1;
    free(spans[TRUTH]);
    free(spans[QUERY]);
    Search search = {.contig = contig};
    int32_t blocks = 0;
    for (int64_t i = 0; i < contig->superloci.count && !result; i++) {
        result = judge(contig, &search, &contig->superloci.items[i], &blocks);
    }
    search_free(&search);
    if (result) return contig_fails(contig, PROBLEM_MEMORY, -1, NULL, "out of memory");
    return 0;
}
