/* GA4GH BK "lm": a call that nothing matches, with a call of the other side close to it. */
#include <stdlib.h>

#include "counting.h"

/* What the REF of the calls of one side covers, merged. */
typedef struct {
    uint32_t *order;
    int32_t *starts, *ends;
    int64_t count;
} Covered;

static int by_position(const void *what, uint32_t a, uint32_t b) {
    const Call *calls = what;
    return (calls[a].position > calls[b].position) - (calls[a].position < calls[b].position);
}

static int cover(const Calls *calls, Covered *covered) {
    size_t room = (size_t)calls->count + 1;
    covered->order = malloc(room * sizeof *covered->order);
    covered->starts = malloc(room * sizeof *covered->starts);
    covered->ends = malloc(room * sizeof *covered->ends);
    if (!covered->order || !covered->starts || !covered->ends) return -1;
    for (int64_t i = 0; i < calls->count; i++) covered->order[i] = (uint32_t)i;
    if (sort_indices(covered->order, calls->count, by_position, calls->items)) return -1;
    int64_t count = 0;
    for (int64_t i = 0; i < calls->count; i++) {
        const Call *call = &calls->items[covered->order[i]];
        int32_t end = call->position + call->ref.length;
        if (count && call->position <= covered->ends[count - 1]) {
            if (end > covered->ends[count - 1]) covered->ends[count - 1] = end;
        } else {
            covered->starts[count] = call->position;
            covered->ends[count++] = end;
        }
    }
    covered->count = count;
    return 0;
}

static void mark(Calls *calls, const Covered *other, int32_t gap) {
    Intervals covered = {other->starts, other->ends, other->count};
    for (int64_t i = 0; i < calls->count; i++) {
        Call *call = &calls->items[i];
        if (call->match != MATCH_NONE && call->match != MATCH_LOCAL) continue;
        int64_t end = (int64_t)call->position + call->ref.length + gap;
        int32_t to = end < INT32_MAX ? (int32_t)end : INT32_MAX;
        bool close = overlaps(&covered, call->position - gap, to);
        call->match = close ? MATCH_LOCAL : MATCH_NONE;
    }
}

/* Fewer than `gap` bases between the REF of both, as vcfeval does it for hap.py
 * (--Xloose-match-distance=30). */
int mark_local(Contig *contig) {
    Covered covered[SIDES] = {{0}, {0}};
    int failed = cover(&contig->calls[TRUTH], &covered[TRUTH]) ||
                 cover(&contig->calls[QUERY], &covered[QUERY]);
    for (int side = 0; !failed && side < SIDES; side++)
        mark(&contig->calls[side], &covered[1 - side], contig->options->gap);
    for (int side = 0; side < SIDES; side++) {
        free(covered[side].order);
        free(covered[side].starts);
        free(covered[side].ends);
    }
    return failed ? fails_memory(contig) : 0;
}
