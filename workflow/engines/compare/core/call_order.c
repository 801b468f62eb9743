/* Calls in order. They nearly are: only stretches in which positions overlap are sorted. */
#include <stdlib.h>

#include "counting.h"
#include "primitives.h"

enum { SHORT_RUN = 12 };

static int compare_bases(Allele a, Allele b) {
    int32_t shorter = a.length < b.length ? a.length : b.length;
    int differs = memcmp(a.bases, b.bases, (size_t)shorter);
    return differs ? differs : a.length - b.length;
}

/* By position, length of REF, ALTs, record. */
static int compare_calls(const Call *a, const Call *b) {
    if (a->position != b->position) return a->position < b->position ? -1 : 1;
    if (a->ref.length != b->ref.length) return a->ref.length < b->ref.length ? -1 : 1;
    for (int i = 0; i < a->alt_count && i < b->alt_count; i++) {
        int differs = compare_bases(a->alts[i], b->alts[i]);
        if (differs) return differs;
    }
    if (a->alt_count != b->alt_count) return a->alt_count - b->alt_count;
    return a->order < b->order ? -1 : a->order > b->order;
}

static void insertion_sort(Call *calls, int64_t count) {
    for (int64_t i = 1; i < count; i++) {
        if (compare_calls(&calls[i - 1], &calls[i]) <= 0) continue;
        Call call = calls[i];
        int64_t at = i;
        for (; at && compare_calls(&calls[at - 1], &call) > 0; at--) calls[at] = calls[at - 1];
        calls[at] = call;
    }
}

static int by_place(const void *what, uint32_t a, uint32_t b) {
    const Call *calls = what;
    return compare_calls(&calls[a], &calls[b]);
}

static bool sort_many(Call *calls, int64_t count) {
    uint32_t *indices = malloc((size_t)count * sizeof *indices);
    Call *sorted = malloc((size_t)count * sizeof *sorted);
    bool enough = indices && sorted;
    for (int64_t i = 0; i < count && enough; i++) indices[i] = (uint32_t)i;
    enough = enough && !sort_indices(indices, count, by_place, calls);
    for (int64_t i = 0; i < count && enough; i++) sorted[i] = calls[indices[i]];
    if (enough) memcpy(calls, sorted, (size_t)count * sizeof *calls);
    free(indices);
    free(sorted);
    return enough;
}

/* The lowest position from each call to the end. */
static int32_t *lowest_behind(const Calls *calls) {
    int32_t *lowest = malloc(((size_t)calls->count + 1) * sizeof *lowest), least = INT32_MAX;
    if (!lowest) return NULL;
    lowest[calls->count] = least;
    for (int64_t i = calls->count - 1; i >= 0; i--) {
        if (calls->items[i].position < least) least = calls->items[i].position;
        lowest[i] = least;
    }
    return lowest;
}

bool sort_calls(Calls *calls) {
    int32_t *lowest = lowest_behind(calls);
    if (!lowest) return false;
    bool enough = true;
    for (int64_t first = 0, last; first < calls->count && enough; first = last) {
        int32_t highest = calls->items[first].position;
        for (last = first + 1; last < calls->count && lowest[last] <= highest; last++)
            if (calls->items[last].position > highest) highest = calls->items[last].position;
        if (last - first <= SHORT_RUN)
            insertion_sort(&calls->items[first], last - first);
        else
            enough = sort_many(&calls->items[first], last - first);
    }
    free(lowest);
    return enough;
}
