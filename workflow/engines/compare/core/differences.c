/* The superloci behind false positives and false negatives, with the repeats that they lie in. */

#include "counting.h"

/* Repeats are followed this far beyond the calls, so that arrays of megabases cost no time. */
enum { REACH = 10000, LONGEST_UNIT = 6, LEAST_COPIES = 3 };

static bool repeats(const char *sequence, int32_t at, int32_t unit) {
    return sequence[at] == sequence[at - unit] && sequence[at] != 'N';
}

/* Is the unit itself a repeat of a shorter one? */
static bool is_shorter(const char *unit, int32_t length) {
    for (int32_t part = 1; part < length; part++) {
        if (length % part) continue;
        int32_t at = part;
        while (at < length && unit[at] == unit[at - part]) at++;
        if (at == length) return true;
    }
    return false;
}

/* Length of the longest repeat with a unit of so many bases that touches [start, end), 0: none. */
static int32_t longest(const Contig *contig, int32_t unit, int32_t start, int32_t end) {
    const char *sequence = contig->sequence;
    int32_t low = start > REACH ? start - REACH : 0;
    int32_t high = contig->length - end > REACH ? end + REACH : contig->length;
    int32_t from = start - unit + 1 > low ? start - unit + 1 : low, found = 0;
    while (from > low && from + unit - 1 < high && repeats(sequence, from + unit - 1, unit)) from--;
    while (from < end && from + unit <= high) {
        int32_t to = from + unit;
        while (to < high && repeats(sequence, to, unit)) to++;
        bool whole = to - from >= unit * (unit > 1 ? LEAST_COPIES : 1) && sequence[from] != 'N';
        if (whole && to - from > found && to > start && !is_shorter(sequence + from, unit))
            found = to - from;
        from = to - unit + 1;
    }
    return found;
}

static void describe(const Contig *contig, Difference *difference) {
    int32_t start = difference->start > 0 ? difference->start - 1 : 0;
    int32_t end = difference->end < contig->length ? difference->end + 1 : contig->length;
    difference->homopolymer = longest(contig, 1, start, end);
    for (int32_t unit = 2; unit <= LONGEST_UNIT; unit++) {
        int32_t length = longest(contig, unit, start, end);
        if (length <= difference->repeat_length) continue;
        difference->repeat_length = length;
        difference->repeat_unit = unit;
    }
}

static void add_call(Difference *difference, const Call *call, int side) {
    if (!(call->flags & CONFIDENT)) return;
    bool matched = call->match == MATCH_GENOTYPE;
    if (side == TRUTH) {
        difference->truth_tp += matched;
        difference->truth_fn += !matched;
    } else {
        difference->query_tp += matched;
        difference->query_fp += !matched;
        difference->fp_gt += call->match == MATCH_ALLELE;
        difference->fp_al += call->match == MATCH_LOCAL;
    }
    if (matched) return;
    if (call->flags & SNP)
        difference->snp++;
    else
        difference->indel++;
}

static bool keep(Differences *differences, Difference difference) {
    Difference *items =
        list_room(differences->items, &differences->room, differences->count, sizeof *items);
    if (!items) return false;
    differences->items = items;
    items[differences->count++] = difference;
    return true;
}

int find_differences(Contig *contig) {
    for (int64_t i = 0; i < contig->superloci.count; i++) {
        const Superlocus *superlocus = &contig->superloci.items[i];
        Difference difference = {
            .start = superlocus->start,
            .end = superlocus->end,
            .superlocus = (int32_t)i,
            .states = superlocus->states,
            .capped = superlocus->capped,
        };
        for (int side = 0; side < SIDES; side++)
            for (int64_t n = superlocus->calls[side][0]; n < superlocus->calls[side][1]; n++)
                add_call(&difference, &contig->calls[side].items[n], side);
        if (!difference.truth_fn && !difference.query_fp) continue;
        describe(contig, &difference);
        if (!keep(&contig->differences, difference)) return fails_memory(contig);
    }
    return 0;
}
