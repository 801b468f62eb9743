/* What a search goes through, from left to right: calls, each at the place of its first change.
 *
 * A call whose two alleles change different places is laid in two steps where another call of its
 * side lies between, which would otherwise seem to overlap it. */
#include <stdlib.h>

#include "replay.h"

enum { OPEN_MOST = 64 };

static Event *event_add(Search *search) {
    Event *grown =
        list_room(search->events, &search->event_room, search->event_count, sizeof *grown);
    if (!grown) return NULL;
    search->events = grown;
    Event *event = &grown[search->event_count++];
    *event = (Event){0};
    return event;
}

static int place_order(int32_t start, int32_t end, int32_t other_start, int32_t other_end) {
    if (start != other_start) return start < other_start ? -1 : 1;
    return end == other_end ? 0 : end < other_end ? -1 : 1;
}

/* Insertions before what replaces the base behind them; of two that say the same the one that
 * passes first; of two insertions at one point the one that is written first. */
static int event_order(const void *one, const void *other) {
    const Event *a = one, *b = other;
    int order = place_order(a->start, a->end, b->start, b->end);
    if (order) return order;
    if (a->side != b->side) return a->side < b->side ? -1 : 1;
    if (a->failed != b->failed) return a->failed ? 1 : -1;
    if (a->order != b->order) return a->order < b->order ? -1 : 1;
    if (a->candidate != b->candidate) return a->candidate < b->candidate ? -1 : 1;
    return a->kind < b->kind ? -1 : 1;
}

/* Whether both alleles are there and start at different bases. */
static bool apart(const Event *event) {
    const Edit *edits = event->edits;
    return edits[0].start != NOTHING && edits[1].start != NOTHING &&
           edits[0].start != edits[1].start;
}

static void whole(Search *search, Event *event, const Candidate *candidate, int32_t number) {
    const Edit *edits = candidate->edits;
    event->candidate = number;
    event->order = candidate->order;
    event->side = candidate->side;
    event->failed = candidate->failed;
    event->kind = WHOLE;
    event->edits[0] = edits[0];
    event->edits[1] = edits[1];
    bool one = edits[0].start == NOTHING, both = !one && edits[1].start != NOTHING;
    event->options = same_edit(&edits[0], &edits[1]) ? 1 : 2;
    if (search->strands == 1) {
        if (one) event->edits[0] = edits[1];
        if (!both) event->options = 1;
    }
    const Edit *first = &edits[one];
    event->start = first->start;
    event->end = first->end;
    if (both && edits[1].start < event->start) event->start = edits[1].start;
    if (both && edits[1].end < event->end) event->end = edits[1].end;
}

/* Lay a call in two steps. */
static bool split(Search *search, int64_t number, uint8_t slot) {
    if (!event_add(search)) return false;
    Event *event = &search->events[number];
    Event *second = &search->events[search->event_count - 1];
    uint8_t early = event->edits[1].start < event->edits[0].start;
    *second = *event;
    second->kind = SECOND;
    event->kind = FIRST;
    second->slot = event->slot = slot;
    event->home = early;
    second->options = 1;
    event->options = search->strands == 2 ? 2 : 1;
    second->edits[0] = event->edits[!early];
    event->edits[0] = event->edits[early];
    event->edits[1].start = second->edits[1].start = NOTHING;
    event->start = event->edits[0].start;
    event->end = event->edits[0].end;
    second->start = second->edits[0].start;
    second->end = second->edits[0].end;
    return true;
}

/* Split the calls that need it, as far as there are bits for open ones. Events are sorted. */
static bool split_calls(Search *search) {
    int64_t count = search->event_count, behind[SIDES] = {-1, -1};
    for (int64_t i = count; i--;) { /* the next event of its side, in `low` for now */
        Event *event = &search->events[i];
        event->low = behind[event->side];
        behind[event->side] = i;
    }
    struct { int32_t start, end; } until[OPEN_MOST];
    for (int i = 0; i < OPEN_MOST; i++) until[i].start = until[i].end = NOTHING;
    for (int64_t i = 0; i < count; i++) {
        const Event *event = &search->events[i];
        if (!apart(event) || event->low < 0) continue;
        const Event *next = &search->events[event->low];
        const Edit *late = &event->edits[event->edits[0].start < event->edits[1].start];
        if (place_order(next->start, next->end, late->start, late->end) >= 0) continue;
        uint8_t slot = 0;
        while (slot < OPEN_MOST && place_order(until[slot].start, until[slot].end, event->start,
                                               event->end) >= 0) {
            slot++;
        }
        if (slot == OPEN_MOST) continue;
        until[slot].start = late->start;
        until[slot].end = late->end;
        if (!split(search, i, slot)) return false;
    }
    return true;
}

/* How far the events behind each one can move truth against query on one haplotype. */
static void measure(Search *search) {
    int64_t low = 0, high = 0;
    for (int64_t i = search->event_count; i--;) {
        Event *event = &search->events[i];
        event->low = low;
        event->high = high;
        int64_t least = 0, most = 0;
        for (int e = 0; e < 2; e++) {
            const Edit *edit = &event->edits[e];
            if (edit->start == NOTHING) continue;
            int64_t change = (int64_t)edit->alt.length - (edit->end - edit->start);
            if (event->side == QUERY) change = -change;
            if (change < least) least = change;
            if (change > most) most = change;
        }
        low += least;
        high += most;
    }
}

/* The events of these candidates, sorted. -1: no memory. */
int events_of(Search *search, const Candidate *candidates, int64_t count) {
    search->event_count = 0;
    for (int64_t i = 0; i < count; i++) {
        Event *event = event_add(search);
        if (!event) return -1;
        whole(search, event, &candidates[i], (int32_t)i);
    }
    qsort(search->events, (size_t)count, sizeof *search->events, event_order);
    if (!split_calls(search)) return -1;
    if (search->event_count > count) {
        qsort(search->events, (size_t)search->event_count, sizeof *search->events, event_order);
    }
    measure(search);
    return 0;
}
