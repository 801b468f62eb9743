/* How the calls of one superlocus are matched: by genotype, by allele, or by being there. */
#include <stdlib.h>

#include "replay.h"

/* Start, end, bases; a haplotype without a change first. */
int edit_order(const Edit *a, const Edit *b) {
    if (a->start != b->start) return a->start < b->start ? -1 : 1;
    if (a->start == NOTHING) return 0;
    if (a->end != b->end) return a->end < b->end ? -1 : 1;
    int32_t common = a->alt.length < b->alt.length ? a->alt.length : b->alt.length;
    int order = common ? memcmp(a->alt.bases, b->alt.bases, (size_t)common) : 0;
    if (order) return order;
    return a->alt.length == b->alt.length ? 0 : a->alt.length < b->alt.length ? -1 : 1;
}

/* What two calls say, whatever their phase. */
static int pair_order(const Edit a[2], const Edit b[2]) {
    bool a_swapped = edit_order(&a[0], &a[1]) > 0;
    bool b_swapped = edit_order(&b[0], &b[1]) > 0;
    int order = edit_order(&a[a_swapped], &b[b_swapped]);
    return order ? order : edit_order(&a[!a_swapped], &b[!b_swapped]);
}

static int call_order(const Call *a, const Call *b) {
    return pair_order(a->haplotypes, b->haplotypes);
}

/* Calls of one side lie in one list, so their addresses are their order. */
static int pointer_order(const void *one, const void *other) {
    const Call *a = *(const Call *const *)one, *b = *(const Call *const *)other;
    int order = call_order(a, b);
    return order ? order : a < b ? -1 : a > b;
}

static void match_pair(Call *truth, Call *query, int32_t block) {
    truth->match = query->match = MATCH_GENOTYPE;
    truth->block = query->block = block;
}

/* Match at once where both sides say the same, which most superloci do. -1: no memory. */
static int identical(Call *const calls[SIDES], int64_t count, int32_t *blocks) {
    int64_t same = 0;
    while (same < count && call_order(&calls[TRUTH][same], &calls[QUERY][same]) == 0) same++;
    if (same == count) {
        for (int64_t i = 0; i < count; i++) {
            match_pair(&calls[TRUTH][i], &calls[QUERY][i], ++*blocks);
        }
        return 1;
    }
    Call **sorted[SIDES];
    sorted[TRUTH] = malloc(2 * (size_t)count * sizeof *sorted[TRUTH]);
    if (!sorted[TRUTH]) return -1;
    sorted[QUERY] = sorted[TRUTH] + count;
    for (int side = 0; side < SIDES; side++) {
        for (int64_t i = 0; i < count; i++) sorted[side][i] = &calls[side][i];
        qsort(sorted[side], (size_t)count, sizeof *sorted[side], pointer_order);
    }
    for (same = 0; same < count; same++) {
        if (call_order(sorted[TRUTH][same], sorted[QUERY][same])) break;
    }
    for (int64_t i = 0; same == count && i < count; i++) {
        match_pair(sorted[TRUTH][i], sorted[QUERY][i], ++*blocks);
    }
    free(sorted[TRUTH]);
    return same == count;
}

static bool both_sides(const Candidate *candidates, int64_t count) {
    bool there[SIDES] = {false, false};
    for (int64_t i = 0; i < count; i++) there[candidates[i].side] = true;
    return there[TRUTH] && there[QUERY];
}

/* Move those that are not matched to the front; how many. */
static int64_t still_open(Candidate *candidates, int64_t count) {
    int64_t left = 0;
    for (int64_t i = 0; i < count; i++) {
        if (!candidates[i].matched) candidates[left++] = candidates[i];
    }
    return left;
}

static int candidate_order(const void *one, const void *other) {
    const Candidate *a = *(const Candidate *const *)one, *b = *(const Candidate *const *)other;
    if (a->side != b->side) return a->side < b->side ? -1 : 1;
    int order = pair_order(a->edits, b->edits);
    if (!order) order = a->failed - b->failed;
    return order ? order : a < b ? -1 : a > b;
}

/* Walk calls sorted by side and by what they say; with `blocks` those that both sides have are
 * matched. How many there are on each side. */
static int64_t alike(Candidate *const *sorted, int64_t count, int32_t *blocks) {
    int64_t truth = 0, first = 0, pairs = 0;
    while (first < count && sorted[first]->side == TRUTH) first++;
    for (int64_t query = first; truth < first && query < count;) {
        int order = pair_order(sorted[truth]->edits, sorted[query]->edits);
        if (!order && blocks) {
            sorted[truth]->matched = sorted[query]->matched = true;
            sorted[truth]->block = sorted[query]->block = ++*blocks;
        }
        pairs += !order;
        truth += order <= 0;
        query += order >= 0;
    }
    return pairs;
}

/* The candidates sorted for alike(); NULL: no memory. */
static Candidate **sorted_candidates(Candidate *candidates, int64_t count) {
    Candidate **sorted = malloc((size_t)count * sizeof *sorted);
    if (!sorted) return NULL;
    for (int64_t i = 0; i < count; i++) sorted[i] = &candidates[i];
    qsort(sorted, (size_t)count, sizeof *sorted, candidate_order);
    return sorted;
}

/* Where states were dropped: calls that both sides have are matched as they stand, if those are
 * more than the search has found. 1: so it is; the rest may be searched again. -1: no memory. */
static int prefer_alike(Candidate *candidates, int64_t count, int32_t *blocks) {
    Candidate **sorted = sorted_candidates(candidates, count);
    if (!sorted) return -1;
    int64_t matched = 0;
    for (int64_t i = 0; i < count; i++) matched += candidates[i].matched;
    bool better = 2 * alike(sorted, count, NULL) > matched;
    if (better) {
        for (int64_t i = 0; i < count; i++) candidates[i].matched = false;
        alike(sorted, count, blocks);
    }
    free(sorted);
    return better;
}

/* Write what is matched to the calls. How many are left; they move to the front. */
static int64_t take_over(Contig *contig, Candidate *candidates, int64_t count, int kind) {
    for (int64_t i = 0; i < count; i++) {
        const Candidate *candidate = &candidates[i];
        if (!candidate->matched) continue;
        Call *call = &contig->calls[candidate->side].items[candidate->index];
        call->match = (uint8_t)kind;
        if (kind == MATCH_GENOTYPE) call->block = candidate->block;
    }
    return still_open(candidates, count);
}

/* One pass of the search; what it matched is of `kind`. Returns how many calls are left, -1:
 * no memory. */
static int64_t pass(Contig *contig, Search *search, Candidate *candidates, int64_t count,
                    int kind, int32_t *blocks) {
    int32_t unused = 0;
    bool squash = contig->options->squash;
    int strands = squash || kind == MATCH_ALLELE ? 1 : 2;
    int32_t *numbers = kind == MATCH_GENOTYPE ? blocks : &unused;
    if (replay(search, candidates, count, strands, numbers)) return -1;
    if (search->capped && kind == MATCH_GENOTYPE && !search->preferred) {
        int preferred = prefer_alike(candidates, count, blocks);
        if (preferred < 0) return -1;
        search->preferred = preferred;
    }
    return take_over(contig, candidates, count, kind);
}

/* Genotypes, then one allele each of what is left. Where genotypes do not count the alleles are
 * laid onto one haplotype after the other, until nothing more matches. */
static int64_t passes(Contig *contig, Search *search, Candidate *candidates, int64_t count,
                      Superlocus *superlocus, int32_t *blocks) {
    int kind = MATCH_GENOTYPE;
    bool squash = contig->options->squash;
    search->preferred = false;
    while (both_sides(candidates, count)) {
        bool preferred = search->preferred;
        search->capped = false;
        int64_t left = pass(contig, search, candidates, count, kind, blocks);
        if (left < 0) return -1;
        if (search->most > superlocus->states) superlocus->states = search->most;
        superlocus->capped |= search->capped;
        bool anew = search->preferred && !preferred; /* the rest, by the same rule */
        bool again = anew || (squash ? left < count && !search->capped : kind == MATCH_GENOTYPE);
        count = left;
        if (!again) break;
        if (!squash && !anew) kind = MATCH_ALLELE;
    }
    return count;
}

static void candidates_of(const Contig *contig, const Superlocus *superlocus,
                          Candidate *candidates) {
    int64_t at = 0;
    for (int side = 0; side < SIDES; side++) {
        for (int64_t i = superlocus->calls[side][0]; i < superlocus->calls[side][1]; i++) {
            const Call *call = &contig->calls[side].items[i];
            candidates[at++] = (Candidate){
                .index = i,
                .order = call->order,
                .edits = {call->haplotypes[0], call->haplotypes[1]},
                .side = (int8_t)side,
                .failed = call->flags & FAILED,
            };
        }
    }
}

typedef struct {
    int32_t block;
    uint8_t match;
} Verdict;

/* Exchange the verdicts of the calls of a superlocus for others. */
static void swap_verdicts(Contig *contig, const Superlocus *superlocus, Verdict *others) {
    for (int side = 0; side < SIDES; side++) {
        for (int64_t i = superlocus->calls[side][0]; i < superlocus->calls[side][1]; i++) {
            Call *call = &contig->calls[side].items[i];
            Verdict found = {call->block, call->match};
            call->match = others->match;
            call->block = others->block;
            *others++ = found;
        }
    }
}

/* Whether one of the candidates that are left is a call of the other side too. */
static bool has_twin(const Contig *contig, const Superlocus *superlocus,
                     const Candidate *candidates, int64_t left) {
    for (int64_t i = 0; i < left; i++) {
        int other = !candidates[i].side;
        for (int64_t k = superlocus->calls[other][0]; k < superlocus->calls[other][1]; k++) {
            if (!pair_order(candidates[i].edits, contig->calls[other].items[k].haplotypes))
                return true;
        }
    }
    return false;
}

/* Of alleles that both sides have, one's may have gone into another match. Then those are matched
 * as they stand and the rest is searched, if as many match so. `left` of the first search. */
static int alike_first(Contig *contig, Search *search, Candidate *candidates, int64_t count,
                       int64_t left, Superlocus *superlocus, int32_t *blocks) {
    Verdict *kept = malloc((size_t)count * sizeof *kept);
    candidates_of(contig, superlocus, candidates);
    Candidate **sorted = sorted_candidates(candidates, count);
    if (kept && sorted) {
        Superlocus before = *superlocus;
        for (int64_t i = 0; i < count; i++) kept[i] = (Verdict){-1, MATCH_NONE};
        swap_verdicts(contig, superlocus, kept);
        alike(sorted, count, blocks);
        count = take_over(contig, candidates, count, MATCH_GENOTYPE);
        count = passes(contig, search, candidates, count, superlocus, blocks);
        if (count > left || superlocus->capped) {
            swap_verdicts(contig, superlocus, kept);
            *superlocus = before;
        }
    }
    bool failed = !kept || !sorted || count < 0;
    free(kept);
    free(sorted);
    return failed ? -1 : 0;
}

static int search_superlocus(Contig *contig, Search *search, Superlocus *superlocus,
                             int32_t *blocks) {
    int64_t count = 0;
    for (int side = 0; side < SIDES; side++) {
        count += superlocus->calls[side][1] - superlocus->calls[side][0];
    }
    Candidate *candidates = malloc((size_t)count * sizeof *candidates);
    if (!candidates) return -1;
    candidates_of(contig, superlocus, candidates);
    int64_t left = passes(contig, search, candidates, count, superlocus, blocks);
    int result = left < 0 ? -1 : 0;
    if (left > 0 && contig->options->squash && !superlocus->capped &&
        has_twin(contig, superlocus, candidates, left))
        result = alike_first(contig, search, candidates, count, left, superlocus, blocks);
    free(candidates);
    return result;
}

int judge(Contig *contig, Search *search, Superlocus *superlocus, int32_t *blocks) {
    Call *calls[SIDES];
    int64_t counts[SIDES];
    for (int side = 0; side < SIDES; side++) {
        calls[side] = contig->calls[side].items + superlocus->calls[side][0];
        counts[side] = superlocus->calls[side][1] - superlocus->calls[side][0];
    }
    if (!counts[TRUTH] || !counts[QUERY]) return 0;
    if (counts[TRUTH] == counts[QUERY]) {
        int same = identical(calls, counts[TRUTH], blocks);
        if (same) return same < 0 ? -1 : 0;
    }
    return search_superlocus(contig, search, superlocus, blocks);
}
