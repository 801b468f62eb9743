/* The largest set of calls that gives truth and query the same haplotypes.
 *
 * Both sides are replayed from left to right onto the reference. Each call is left out or taken
 * in, in either phase. A state holds, for each haplotype, how far each side has been written and
 * the bases by which one side is ahead; a state in which the two sides disagree about a base
 * dies. States that look alike are merged, the one with more calls wins, of two with as many the
 * one that was found first. Where nothing is pending on any haplotype the sides are in step: calls
 * taken in since the last such point form a block, and a block with calls of one side only (an
 * insertion and a deletion that cancel out) is no match.
 *
 * Where more than max_states are alive, or they hold more than 4 MB of pending bases, only the best
 * quarter is kept (most calls, then fewest pending bases), and the search goes on with them: what
 * it finds is a match, but maybe not the largest one (see prefer_alike() of judge.c).
 *
 * Written from the description of the problem in Cleary et al. 2015 (doi:10.1101/023754) and
 * Krusche et al. 2019 (doi:10.1038/s41587-019-0054-x); no code was taken over. */
#include "replay.h"

/* Whether both sides of every haplotype can still come to the same length. */
static bool can_close(const Search *search, const State *state, const Event *event) {
    for (int s = 0; s < search->strands; s++) {
        const Strand *strand = &state->strands[s];
        int64_t lead = strand->ahead == QUERY ? -(int64_t)strand->length : strand->length;
        lead -= (int64_t)strand->written[TRUTH] - strand->written[QUERY];
        if (lead + event->low > 0 || lead + event->high < 0) return false;
    }
    return true;
}

/* Nothing pending on any haplotype, and no call that is laid by half. */
static bool in_step(const Search *search, const State *state, int32_t at) {
    for (int s = 0; s < search->strands; s++) {
        const Strand *strand = &state->strands[s];
        if (strand->ahead != IN_STEP || strand->written[TRUTH] != at ||
            strand->written[QUERY] != at || (search->strands == 2 && strand->open)) {
            return false;
        }
    }
    return true;
}

/* Write reference bases up to `to` on every haplotype, and close blocks that are in step. With
 * `closing` only states that are in step remain. */
static void advance(Search *search, int32_t to, bool closing) {
    states_clear(&search->advanced);
    for (int64_t i = 0; i < search->states.count && !search->failed; i++) {
        State state = search->states.items[i];
        bool fits = true;
        for (int s = 0; s < search->strands && fits; s++) {
            fits = strand_reference(search, &state.strands[s], to);
        }
        if (!fits) continue;
        bool ends = false;
        if (in_step(search, &state, to)) {
            if (state.used == 1 << TRUTH || state.used == 1 << QUERY) continue;
            ends = state.used;
            state.used = 0;
        } else if (closing) {
            continue;
        }
        State *kept = states_keep(search, &search->advanced, &state);
        if (kept && ends) kept->path = node_add(search, state.path, -1);
    }
}

/* Lay one option of an event onto the strands; false where it does not fit. */
static bool lay(Search *search, State *state, const Event *event, int option) {
    if (search->strands == 1) {
        Strand *strand = &state->strands[0];
        if (event->kind == FIRST) strand->open |= (uint64_t)1 << event->slot;
        return strand_edit(search, strand, event->side, &event->edits[option]);
    }
    if (event->kind == FIRST) {
        int home = event->home ^ option;
        state->strands[!home].open |= (uint64_t)1 << event->slot;
        return strand_edit(search, &state->strands[home], event->side, &event->edits[0]);
    }
    for (int s = 0; s < 2; s++) {
        const Edit *edit = &event->edits[s ^ option];
        if (edit->start == NOTHING) continue;
        if (!strand_edit(search, &state->strands[s], event->side, edit)) return false;
    }
    return true;
}

/* The second change of a call whose first one was laid: for a genotype it must follow, of two
 * alleles one is enough. 0: the state has not taken the call; 1: done; -1: it does not fit. */
static int follow_up(Search *search, State *state, const Event *event) {
    uint64_t bit = (uint64_t)1 << event->slot;
    for (int s = 0; s < search->strands; s++) {
        Strand *strand = &state->strands[s];
        if (!(strand->open & bit)) continue;
        strand->open &= ~bit;
        if (search->strands == 1) return 1;
        return strand_edit(search, strand, event->side, &event->edits[0]) ? 1 : -1;
    }
    return 0;
}

static bool has_taken(const State *state, const Event *event) {
    uint64_t open = state->strands[0].open | state->strands[1].open;
    return event->kind == SECOND && open >> event->slot & 1;
}

/* Every state without the call, then every state with it. */
static void decide(Search *search, const Event *event) {
    states_clear(&search->states);
    const States *advanced = &search->advanced;
    for (int64_t i = 0; i < advanced->count && !search->failed; i++) {
        State state = advanced->items[i];
        if (event->kind == SECOND && follow_up(search, &state, event) < 0) continue;
        if (can_close(search, &state, event)) states_keep(search, &search->states, &state);
    }
    if (event->kind == SECOND && search->strands == 2) return;
    for (int64_t i = 0; i < advanced->count && !search->failed; i++) {
        if (has_taken(&advanced->items[i], event)) continue;
        for (int option = 0; option < event->options; option++) {
            State state = advanced->items[i];
            if (!lay(search, &state, event, option)) continue;
            state.used |= (uint8_t)(1 << event->side);
            state.score++;
            if (!can_close(search, &state, event)) continue;
            State *kept = states_keep(search, &search->states, &state);
            if (kept) kept->path = node_add(search, state.path, event->candidate);
        }
    }
}

static void start(Search *search) {
    int32_t origin = search->events[0].start;
    search_reset(search);
    State idle = {0};
    for (int s = 0; s < 2; s++) {
        idle.strands[s] = (Strand){.written = {origin, origin}, .ahead = IN_STEP};
    }
    states_keep(search, &search->states, &idle);
}

/* Mark what the best state took. */
static void tell(Search *search, Candidate *candidates, int32_t *blocks) {
    const State *best = NULL;
    for (int64_t i = 0; i < search->advanced.count; i++) {
        const State *state = &search->advanced.items[i];
        if (!best || state->score > best->score) best = state;
    }
    bool ended = true;
    for (uint32_t at = best ? best->path : 0; at; at = search->nodes[at].before) {
        int32_t took = search->nodes[at].took;
        if (took < 0) {
            ended = true;
            continue;
        }
        if (ended) ++*blocks;
        ended = false;
        candidates[took].matched = true;
        candidates[took].block = *blocks;
    }
}

int replay(Search *search, Candidate *candidates, int64_t count, int strands, int32_t *blocks) {
    search->strands = strands;
    search->failed = events_of(search, candidates, count) != 0;
    if (search->failed) return -1;
    int64_t max_states = search->contig->options->max_states;
    int32_t end = 0;
    start(search);
    for (int64_t i = 0; i < search->event_count && !search->failed; i++) {
        const Event *event = &search->events[i];
        for (int e = 0; e < 2; e++) {
            if (event->edits[e].start != NOTHING && event->edits[e].end > end) {
                end = event->edits[e].end;
            }
        }
        nodes_settle(search);
        text_settle(search);
        advance(search, event->start, false);
        decide(search, event);
        if (search->states.count > search->most) search->most = (int32_t)search->states.count;
        if (search->states.count > max_states) narrow(search, max_states / 4);
        while (text_is_much(search) && search->states.count > 1 && !search->failed) {
            narrow(search, search->states.count / 4);
        }
    }
    /* one base further, so that a block that ends at `end` is closed like any other */
    advance(search, end < search->contig->length ? end + 1 : end, true);
    if (!search->failed) tell(search, candidates, blocks);
    return search->failed ? -1 : 0;
}
