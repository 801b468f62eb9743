/* Insertions and deletions as far left as the bases and the neighbours let them. */
#include "primitives.h"

/* The last stretch found for each short period, so that many indels in one long repeat do not each
 * walk through all of it: each base equals the one a period behind it. */
enum { PERIODS = 4096 };
typedef struct {
    int32_t start, end;
} Stretch;

typedef struct {
    Contig *contig;
    Stretch stretches[PERIODS];
    int32_t free_from;        /* behind all earlier calls */
    int32_t behind_insertion; /* two insertions at one point would have an order: they keep apart */
} Shift;

/* The lowest place from which up to `from` each base equals the one `period` behind it; N equals
 * nothing. It is not looked for below `limit`. */
static int32_t repeat_start(Shift *shift, int32_t period, int32_t from, int32_t limit) {
    const char *sequence = shift->contig->sequence;
    Stretch *known = period < PERIODS ? &shift->stretches[period] : NULL;
    if (known && from >= known->start && from <= known->end)
        return known->start > limit ? known->start : limit;
    int32_t start = from;
    while (start > (known ? 0 : limit) && sequence[start - 1] != 'N' &&
           sequence[start - 1] == sequence[start - 1 + period]) {
        start--;
        if (known && start == known->end) start = known->start;
    }
    if (known) *known = (Stretch){start, from};
    return start > limit ? start : limit;
}

static int32_t insertion_start(Shift *shift, Edit edit, int32_t limit) {
    const char *sequence = shift->contig->sequence;
    int32_t size = edit.alt.length, moved = 0;
    while (moved < size && edit.start - moved > limit) {
        char base = sequence[edit.start - 1 - moved];
        if (base == 'N' || base != edit.alt.bases[size - 1 - moved]) return edit.start - moved;
        moved++;
    }
    if (edit.start - moved <= limit) return edit.start - moved;
    return repeat_start(shift, size, edit.start - size, limit); /* a whole copy lies before it */
}

/* The edit where it can go; false: out of memory. */
static bool moved_edit(Shift *shift, Edit *edit) {
    int32_t size = edit->alt.length, limit = shift->free_from;
    if (size && edit->end > edit->start) return true;
    if (size && shift->behind_insertion > limit) limit = shift->behind_insertion;
    if (limit < 1) limit = 1;
    if (edit->start <= limit) return true;
    int32_t start = size ? insertion_start(shift, *edit, limit)
                         : repeat_start(shift, edit->end - edit->start, edit->start, limit);
    int32_t by = edit->start - start, turn = size ? by % size : 0;
    edit->start -= by;
    edit->end -= by;
    if (!turn) return true;
    char *bases = arena_take(&shift->contig->arena, (size_t)size);
    if (!bases) return false;
    memcpy(bases, edit->alt.bases + size - turn, (size_t)turn);
    memcpy(bases + turn, edit->alt.bases, (size_t)(size - turn));
    edit->alt.bases = bases;
    return true;
}

/* The one edit of a call; false where its haplotypes carry two. */
static bool only_edit(const Call *call, Edit *edit) {
    const Edit *a = &call->haplotypes[0], *b = &call->haplotypes[1];
    *edit = a->start == NOTHING ? *b : *a;
    if (a->start == NOTHING || b->start == NOTHING) return true;
    return a->start == b->start && a->end == b->end && same_bases(a->alt, b->alt);
}

static void block_way(Shift *shift, const Call *call) {
    for (int h = 0; h < 2; h++) {
        const Edit *edit = &call->haplotypes[h];
        if (edit->start == NOTHING) continue;
        if (edit->end > shift->free_from) shift->free_from = edit->end;
        if (edit->start == edit->end && edit->end >= shift->behind_insertion)
            shift->behind_insertion = edit->end + 1;
    }
}

/* An insertion behind the base that another call replaces has the same POS, but is no neighbour of
 * what lies before that base. */
static void block_replaced(Shift *shift, const Calls *calls, int64_t first) {
    int32_t position = calls->items[first].position;
    for (int64_t i = first; i < calls->count && calls->items[i].position == position; i++) {
        Edit edit;
        bool replaces = only_edit(&calls->items[i], &edit) && edit.alt.length &&
                        edit.start == position && edit.end > position;
        if (replaces) block_way(shift, &calls->items[i]); /* it does not move itself */
    }
}

bool shift_left(Contig *contig, Calls *calls) {
    Shift shift = {.contig = contig};
    for (int period = 0; period < PERIODS; period++) shift.stretches[period] = (Stretch){0, -1};
    int32_t position = NOTHING;
    for (int64_t i = 0; i < calls->count; i++) {
        Call *call = &calls->items[i];
        Edit edit;
        if (call->position != position) block_replaced(&shift, calls, i);
        position = call->position;
        if (only_edit(call, &edit)) {
            int32_t before = edit.start;
            if (!moved_edit(&shift, &edit)) return false;
            if (edit.start != before && !anchor(contig, call, edit)) return false;
        }
        block_way(&shift, call);
    }
    return sort_calls(calls);
}
