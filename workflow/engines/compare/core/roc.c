/* The counts by level of the score, for ROC and precision-recall curves. */
#include <math.h>
#include <stdlib.h>

#include "counting.h"

/* hap.py's width, where none is given. */
static const double DEFAULT_DELTA = 0.5;

/* Calls of one profile, level and subset are counted together first. `where` is the place of the
 * subset in the list of those asked for, 0: everything. */
typedef struct {
    Numbers numbers;
    int64_t *counts;
    uint32_t room;
} Heaps;

enum { LEVEL_BITS = 32, PROFILE_BITS = 19 };

static uint64_t heap_key(int32_t where, int32_t profile, int32_t level) {
    return (uint64_t)where << (LEVEL_BITS + PROFILE_BITS) | (uint64_t)profile << LEVEL_BITS |
           (uint32_t)level;
}

static bool add_to_heap(Heaps *heaps, uint64_t key) {
    int64_t number = key_number(&heaps->numbers, key);
    if (number < 0) return false;
    if (heaps->room < heaps->numbers.room) {
        int64_t *counts = realloc(heaps->counts, heaps->numbers.room * sizeof *counts);
        if (!counts) return false;
        for (uint32_t i = heaps->room; i < heaps->numbers.room; i++) counts[i] = 0;
        heaps->counts = counts;
        heaps->room = heaps->numbers.room;
    }
    heaps->counts[number]++;
    return true;
}

/* Scores and the width are decimals that a float holds almost: 50.3 is of the level 50.3. */
static const double ALMOST = 2e-7;

static int32_t level_of(float score, double delta) {
    if (isnan(score)) return NO_LEVEL;
    double exact = (double)score / delta, level = nearbyint(exact);
    if (fabs(exact - level) > fabs(exact) * ALMOST) level = floor(exact);
    if (level > INT32_MAX) return INT32_MAX;
    return level <= INT32_MIN ? INT32_MIN + 1 : (int32_t)level;
}

static bool heap_side(Contig *contig, int side, Heaps *heaps) {
    const Options *options = contig->options;
    double delta = options->roc_delta > 0 ? (double)options->roc_delta : DEFAULT_DELTA;
    int32_t width = member_words(options);
    const uint64_t *words = contig->members[side];
    for (int64_t i = 0; i < contig->calls[side].count; i++, words += width) {
        const Call *call = &contig->calls[side].items[i];
        int32_t profile = profile_of(call, side);
        if (profile == NOT_COUNTED) continue;
        int32_t level = level_of(call->score, delta);
        if (!add_to_heap(heaps, heap_key(0, profile, level))) return false;
        for (int32_t n = 0; n < options->roc_subset_count; n++) {
            int32_t subset = options->roc_subsets[n];
            if (subset < 1 || subset >= subset_total(options)) continue;
            if (!is_member(words, subset)) continue;
            if (!add_to_heap(heaps, heap_key(n + 1, profile, level))) return false;
        }
    }
    return true;
}

/* The level of a row, made where there is none yet. */
static RocLevel *level_at(RocLevels *levels, Numbers *rows, RocLevel wanted) {
    uint64_t row = ((uint64_t)wanted.subset * KINDS + (uint64_t)wanted.kind) * FILTERS +
                   (uint64_t)wanted.filter;
    int64_t number = key_number(rows, row << LEVEL_BITS | (uint32_t)wanted.level);
    if (number < 0) return NULL;
    if (number == levels->count) {
        RocLevel *items = list_room(levels->items, &levels->room, levels->count, sizeof *items);
        if (!items) return NULL;
        levels->items = items;
        items[levels->count++] = wanted;
    }
    return &levels->items[number];
}

static bool spread(Contig *contig, Numbers *rows, uint64_t key, int64_t count) {
    int32_t where = (int32_t)(key >> (LEVEL_BITS + PROFILE_BITS));
    uint32_t profile = key >> LEVEL_BITS & (PROFILE_KEYS - 1);
    RocLevel wanted = {.level = (int32_t)(uint32_t)key};
    wanted.subset = where ? contig->options->roc_subsets[where - 1] : 0;
    int kinds[KINDS], kind_count = profile_kinds(profile, kinds);
    for (int filter = 0; filter < FILTERS; filter++) {
        Part part = profile_part(profile, filter);
        for (int kind = 0; part.decision != NOT_COUNTED && kind < kind_count; kind++) {
            wanted.kind = kinds[kind];
            wanted.filter = filter;
            RocLevel *level = level_at(&contig->levels, rows, wanted);
            if (!level) return false;
            level->counts[part.decision] += count;
            if (part.ti) level->ti[part.decision] += count;
            if (part.tv) level->tv[part.decision] += count;
            if (part.fp_gt) level->fp_gt += count;
            if (part.fp_al) level->fp_al += count;
        }
    }
    return true;
}

static int by_row_and_level(const void *a, const void *b) {
    const RocLevel *x = a, *y = b;
    if (x->subset != y->subset) return x->subset < y->subset ? -1 : 1;
    if (x->kind != y->kind) return x->kind < y->kind ? -1 : 1;
    if (x->filter != y->filter) return x->filter < y->filter ? -1 : 1;
    return (x->level > y->level) - (x->level < y->level);
}

int count_levels(Contig *contig) {
    Heaps heaps = {0};
    Numbers rows = {0};
    bool made = heap_side(contig, TRUTH, &heaps) && heap_side(contig, QUERY, &heaps);
    for (uint32_t i = 0; made && i < heaps.numbers.count; i++)
        made = spread(contig, &rows, heaps.numbers.keys[i], heaps.counts[i]);
    numbers_free(&heaps.numbers);
    numbers_free(&rows);
    free(heaps.counts);
    if (!made) return fails_memory(contig);
    if (contig->levels.count)
        qsort(contig->levels.items, (size_t)contig->levels.count, sizeof *contig->levels.items,
              by_row_and_level);
    return 0;
}
