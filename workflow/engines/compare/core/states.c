/* The states of a search: kept once each, linked to how they came to be, dropped when too many. */
#include <stdlib.h>

#include "replay.h"

enum { SLOTS = 16, NODES_DUE = 1 << 16 };
static const uint32_t NODES_MOST = 1u << 24;

void states_clear(States *states) {
    states->count = 0;
    states->mask = SLOTS - 1;
    if (states->slots) memset(states->slots, 0, SLOTS * sizeof *states->slots);
}

/* Twice the slots, every state in its new one. */
static bool spread(States *states) {
    size_t slots = states->slots ? 2 * (states->mask + 1) : SLOTS;
    if (slots > states->slot_room) {
        uint32_t *grown = realloc(states->slots, slots * sizeof *grown);
        if (!grown) return false;
        states->slots = grown;
        states->slot_room = slots;
    }
    states->mask = slots - 1;
    memset(states->slots, 0, slots * sizeof *states->slots);
    for (int64_t i = 0; i < states->count; i++) {
        size_t at = states->items[i].hash & states->mask;
        while (states->slots[at]) at = (at + 1) & states->mask;
        states->slots[at] = (uint32_t)i + 1;
    }
    return true;
}

/* As tuples compare: places, who is ahead, the bases. */
static int strand_order(const Strand *a, const Strand *b) {
    for (int side = 0; side < SIDES; side++) {
        if (a->written[side] != b->written[side]) {
            return a->written[side] < b->written[side] ? -1 : 1;
        }
    }
    if (a->ahead != b->ahead) return a->ahead < b->ahead ? -1 : 1;
    int32_t common = a->length < b->length ? a->length : b->length;
    int order = common ? memcmp(a->pending, b->pending, (size_t)common) : 0;
    if (order) return order;
    if (a->length != b->length) return a->length < b->length ? -1 : 1;
    return a->open == b->open ? 0 : a->open < b->open ? -1 : 1;
}

static bool same_strand(const Strand *a, const Strand *b) {
    return a->hash == b->hash && a->length == b->length && strand_order(a, b) == 0;
}

static uint64_t mixed(uint64_t hash, uint64_t value) {
    hash = (hash ^ value) * 0xFF51AFD7ED558CCDu;
    return hash ^ hash >> 32;
}

static void settle_state(State *state, int strands) {
    if (strands == 2 && strand_order(&state->strands[0], &state->strands[1]) > 0) {
        Strand first = state->strands[0];
        state->strands[0] = state->strands[1];
        state->strands[1] = first;
    }
    uint64_t hash = state->used;
    for (int s = 0; s < strands; s++) {
        const Strand *strand = &state->strands[s];
        hash = mixed(hash, (uint64_t)strand->written[0] << 32 | (uint32_t)strand->written[1]);
        hash = mixed(hash, strand->hash);
        hash = mixed(hash, strand->open + (uint64_t)(strand->ahead + 1));
    }
    state->hash = hash;
}

/* Keep a state unless one like it with as many calls is known. Returns where it is kept, for its
 * path to be set, or NULL. */
State *states_keep(Search *search, States *states, State *state) {
    settle_state(state, search->strands);
    if (!states->slots || (size_t)states->count * 2 > states->mask) {
        if (!spread(states)) search->failed = true;
    }
    State *items = NULL;
    if (!search->failed)
        items = list_room(states->items, &states->room, states->count, sizeof *items);
    if (!items) {
        search->failed = true;
        return NULL;
    }
    states->items = items;
    size_t at = state->hash & states->mask;
    for (; states->slots[at]; at = (at + 1) & states->mask) {
        State *known = &states->items[states->slots[at] - 1];
        if (known->hash != state->hash || known->used != state->used) continue;
        bool same = same_strand(&known->strands[0], &state->strands[0]) &&
                    (search->strands == 1 || same_strand(&known->strands[1], &state->strands[1]));
        if (!same) continue;
        if (known->score >= state->score) return NULL;
        known->score = state->score;
        known->path = state->path;
        return known;
    }
    State *kept = &states->items[states->count++];
    *kept = *state;
    states->slots[at] = (uint32_t)states->count;
    return kept;
}

uint32_t node_add(Search *search, uint32_t before, int32_t took) {
    int64_t room = search->node_room;
    Node *nodes = list_room(search->nodes, &room, search->node_count, sizeof *nodes);
    if (!nodes) {
        search->failed = true;
        return 0;
    }
    search->nodes = nodes;
    search->node_room = (uint32_t)room;
    search->nodes[search->node_count] = (Node){.before = before, .took = took};
    return search->node_count++;
}

/* Number the nodes that states still lead to anew, in place; the others are gone. */
static void nodes_compact(Search *search) {
    uint32_t *numbers = calloc(search->node_count, sizeof *numbers);
    if (!numbers) {
        search->failed = true;
        return;
    }
    Node *nodes = search->nodes;
    States *states = &search->states;
    for (int64_t i = 0; i < states->count; i++) numbers[states->items[i].path] = 1;
    for (uint32_t i = search->node_count; --i;) {
        if (numbers[i]) numbers[nodes[i].before] = 1;
    }
    uint32_t alive = 1;
    numbers[0] = 0; /* the root stays */
    for (uint32_t i = 1; i < search->node_count; i++) {
        if (!numbers[i]) continue;
        nodes[alive] = (Node){.before = numbers[nodes[i].before], .took = nodes[i].took};
        numbers[i] = alive++;
    }
    for (int64_t i = 0; i < states->count; i++) {
        states->items[i].path = numbers[states->items[i].path];
    }
    search->node_count = alive;
    free(numbers);
}

/* Forget paths that no state came by, where they have become many. */
void nodes_settle(Search *search) {
    if (search->node_count < search->node_due) return;
    nodes_compact(search);
    while (search->node_count > NODES_MOST && search->states.count > 1 && !search->failed) {
        narrow(search, search->states.count / 4);
        nodes_compact(search);
    }
    uint32_t twice = 2 * search->node_count;
    search->node_due = twice > NODES_DUE ? twice : NODES_DUE;
}

/* Sort pairs of (rank, number) by rank, stable, byte by byte where the ranks differ at all. */
static void sort_ranks(uint64_t *ranks, uint64_t *other, size_t count, uint64_t differing) {
    for (int shift = 0; shift < 64; shift += 8) {
        if (!(differing >> shift & 255)) continue;
        size_t starts[257] = {0};
        for (size_t i = 0; i < count; i++) starts[(ranks[2 * i] >> shift & 255) + 1]++;
        for (int i = 0; i < 256; i++) starts[i + 1] += starts[i];
        for (size_t i = 0; i < count; i++) {
            size_t to = starts[ranks[2 * i] >> shift & 255]++;
            other[2 * to] = ranks[2 * i];
            other[2 * to + 1] = ranks[2 * i + 1];
        }
        memcpy(ranks, other, 2 * count * sizeof *ranks);
    }
}

/* Ranks of all states and their order: most calls first, of these the least pending. */
static uint64_t *ranked(Search *search) {
    const States *states = &search->states;
    size_t count = (size_t)states->count;
    if (search->rank_room < 4 * count) {
        uint64_t *grown = realloc(search->ranks, 4 * count * sizeof *grown);
        if (!grown) return NULL;
        search->ranks = grown;
        search->rank_room = 4 * count;
    }
    int32_t most = 0;
    for (size_t i = 0; i < count; i++) {
        if (states->items[i].score > most) most = states->items[i].score;
    }
    uint64_t differing = 0;
    for (size_t i = 0; i < count; i++) {
        const State *state = &states->items[i];
        uint64_t pending = 0;
        for (int s = 0; s < search->strands; s++) pending += (uint64_t)state->strands[s].length;
        search->ranks[2 * i] = (uint64_t)(most - state->score) << 32 | pending;
        search->ranks[2 * i + 1] = i;
        differing |= search->ranks[2 * i] ^ search->ranks[0];
    }
    sort_ranks(search->ranks, search->ranks + 2 * count, count, differing);
    return search->ranks;
}

/* Keep the best `count` states, and the best of those in step: the search can always go on. */
void narrow(Search *search, int64_t count) {
    search->capped = true;
    uint64_t *ranks = ranked(search);
    States *states = &search->states;
    State *kept = malloc(((size_t)count + 1) * sizeof *kept);
    if (!ranks || !kept) {
        free(kept);
        search->failed = true;
        return;
    }
    int64_t number = 0;
    bool in_step = false;
    for (int64_t i = 0; i < states->count && (number < count || !in_step); i++) {
        const State *state = &states->items[ranks[2 * i + 1]];
        if (number >= count && state->used) continue;
        in_step |= !state->used;
        kept[number++] = *state;
    }
    memcpy(states->items, kept, (size_t)number * sizeof *kept);
    free(kept);
    states->count = number;
}

/* Ready for another search in the same memory. */
void search_reset(Search *search) {
    search->node_count = 0;
    search->node_due = NODES_DUE;
    node_add(search, 0, -1); /* the root */
    search->most = 1;
    text_reset(search);
    states_clear(&search->states);
}

void search_free(Search *search) {
    free(search->states.items);
    free(search->states.slots);
    free(search->advanced.items);
    free(search->advanced.slots);
    free(search->events);
    free(search->nodes);
    free(search->ranks);
    text_free(search);
    *search = (Search){0};
}
