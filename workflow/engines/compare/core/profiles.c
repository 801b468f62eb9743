/* What a call is to the tally, as a small number, and numbers for larger keys. */
#include <stdlib.h>
#include <string.h>

#include "counting.h"

/* From the lowest bit of a profile: the standing of the call, its substitutions, its genotype, its
 * type, its subtypes. */
enum { STANDING_BITS = 5, SUBSTITUTIONS = 5, GENOTYPE = 7, TYPE = 9, SUBTYPES = 10 };
/* Standings: truth calls first. They are in the tally also where they pass no filter. */
enum { TRUTH_MISSED, TRUTH_FAILING, TRUTH_SELECTED, TRUTH_PASSING, FIRST_OF_QUERY };
enum { UNASSESSED, FOUND, WRONG, WRONG_GENOTYPE, WRONG_ALLELE };
enum { FAILING, SELECTING, PASSING, PASSES };

static int passes_of(const Call *call) {
    if (!(call->flags & FAILED)) return PASSING;
    return call->flags & SELECTED ? SELECTING : FAILING;
}

static int standing_of(const Call *call, int side) {
    bool matched = call->match == MATCH_GENOTYPE;
    if (side == TRUTH) {
        if (!(call->flags & CONFIDENT)) return NOT_COUNTED;
        return matched ? TRUTH_FAILING + passes_of(call) : TRUTH_MISSED;
    }
    int state = !(call->flags & CONFIDENT)      ? UNASSESSED
                : matched                       ? FOUND
                : call->match == MATCH_ALLELE   ? WRONG_GENOTYPE
                : call->match == MATCH_LOCAL    ? WRONG_ALLELE
                                                : WRONG;
    return FIRST_OF_QUERY + state * PASSES + passes_of(call);
}

int32_t profile_of(const Call *call, int side) {
    int standing = standing_of(call, side);
    if (standing == NOT_COUNTED) return NOT_COUNTED;
    int ti = call->flags & TRANSITION ? 1 : 0, tv = call->flags & TRANSVERSION ? 2 : 0;
    int genotype = call->zygosity == CLASS_HET ? 1 : call->zygosity == CLASS_HOMALT ? 2 : 0;
    int snp = call->flags & SNP ? 1 : 0;
    return standing | (ti | tv) << SUBSTITUTIONS | genotype << GENOTYPE | snp << TYPE |
           (snp ? 0 : call->subtypes) << SUBTYPES;
}

int profile_kinds(uint32_t profile, int kinds[KINDS]) {
    int count = 0;
    bool snp = profile >> TYPE & 1;
    kinds[count++] = snp ? KIND_SNP : KIND_INDEL;
    for (int kind = KIND_I1_5; kind < KINDS; kind++)
        if (profile >> (SUBTYPES + kind - KIND_I1_5) & 1) kinds[count++] = kind;
    return count;
}

Part profile_part(uint32_t profile, int filter) {
    int standing = (int)(profile & ((1U << STANDING_BITS) - 1));
    Part part = {
        .ti = profile >> SUBSTITUTIONS & 1,
        .tv = profile >> SUBSTITUTIONS & 2,
        .het = profile >> GENOTYPE & 1,
        .homalt = profile >> GENOTYPE & 2,
    };
    int least = filter == FILTER_ALL ? FAILING : filter == FILTER_SEL ? SELECTING : PASSING;
    if (standing < FIRST_OF_QUERY) {
        bool found = standing != TRUTH_MISSED && standing - TRUTH_FAILING >= least;
        part.decision = found ? TRUTH_TP : TRUTH_FN;
        return part;
    }
    int state = (standing - FIRST_OF_QUERY) / PASSES;
    if ((standing - FIRST_OF_QUERY) % PASSES < least) {
        part.decision = NOT_COUNTED;
        return part;
    }
    part.decision = state == UNASSESSED ? QUERY_UNK : state == FOUND ? QUERY_TP : QUERY_FP;
    part.fp_gt = state == WRONG_GENOTYPE;
    part.fp_al = state == WRONG_ALLELE;
    return part;
}

/* --- numbers for keys --- */

static uint32_t slot_of(const Numbers *numbers, uint64_t key) {
    uint64_t mixed = (key ^ key >> 32) * 0x9E3779B97F4A7C15U;
    uint32_t mask = 2 * numbers->room - 1, slot = (uint32_t)(mixed >> 32) & mask;
    while (numbers->slots[slot] && numbers->keys[numbers->slots[slot] - 1] != key)
        slot = (slot + 1) & mask;
    return slot;
}

/* Twice as many slots as keys, each the number of a key + 1. */
static bool grow(Numbers *numbers) {
    uint32_t room = numbers->room ? 2 * numbers->room : 1024;
    if (room > UINT32_MAX / 4) return false;
    uint64_t *keys = realloc(numbers->keys, room * sizeof *keys);
    if (keys) numbers->keys = keys;
    uint32_t *slots = calloc(2 * (size_t)room, sizeof *slots);
    if (!keys || !slots) {
        free(slots);
        return false;
    }
    free(numbers->slots);
    numbers->slots = slots;
    numbers->room = room;
    for (uint32_t number = 0; number < numbers->count; number++)
        slots[slot_of(numbers, keys[number])] = number + 1;
    return true;
}

int64_t key_number(Numbers *numbers, uint64_t key) {
    if (numbers->count == numbers->room && !grow(numbers)) return -1;
    uint32_t slot = slot_of(numbers, key);
    if (!numbers->slots[slot]) {
        numbers->keys[numbers->count] = key;
        numbers->slots[slot] = ++numbers->count;
    }
    return numbers->slots[slot] - 1;
}

void numbers_free(Numbers *numbers) {
    free(numbers->keys);
    free(numbers->slots);
    *numbers = (Numbers){0};
}
