/* The counts by subset, kind, filter and column.
 *
 * One count per call and side. A truth call is TP or FN, a query call TP, FP or UNK (not in the
 * confident regions, even when it matched). Truth calls outside are in no column. PASS takes
 * failing query calls out and makes a truth call that only failing calls match an FN; SEL does so
 * but for filters that the ROC ignores.
 */
#include <stdlib.h>
#include <string.h>

#include "counting.h"

/* How many calls of each profile lie in each subset. */
typedef struct {
    int32_t *numbers;   /* profile -> its row + 1 */
    uint32_t *profiles; /* row -> profile */
    uint32_t *counts;   /* rows of one count per subset */
    int32_t rows, room, width;
} Histogram;

static int32_t new_row(Histogram *histogram, int32_t profile) {
    if (histogram->rows == histogram->room) {
        int32_t room = histogram->room ? 2 * histogram->room : 64;
        size_t cells = (size_t)room * (size_t)histogram->width;
        uint32_t *profiles = realloc(histogram->profiles, (size_t)room * sizeof *profiles);
        if (profiles) histogram->profiles = profiles;
        uint32_t *counts = realloc(histogram->counts, cells * sizeof *counts);
        if (counts) histogram->counts = counts;
        if (!profiles || !counts) return -1;
        histogram->room = room;
    }
    int32_t row = histogram->rows++;
    histogram->profiles[row] = (uint32_t)profile;
    histogram->numbers[profile] = row + 1;
    memset(histogram->counts + (size_t)row * (size_t)histogram->width, 0,
           (size_t)histogram->width * sizeof *histogram->counts);
    return row;
}

static int lowest_bit(uint64_t word) {
#if defined(__GNUC__)
    return __builtin_ctzll(word);
#else
    int bit = 0;
    while (!(word >> bit & 1)) bit++;
    return bit;
#endif
}

static int count_side(Contig *contig, int side, Histogram *histogram) {
    const Calls *calls = &contig->calls[side];
    int32_t words = member_words(contig->options);
    const uint64_t *members = contig->members[side];
    for (int64_t i = 0; i < calls->count; i++, members += words) {
        int32_t profile = profile_of(&calls->items[i], side);
        if (profile == NOT_COUNTED) continue;
        int32_t row = histogram->numbers[profile] - 1;
        if (row < 0 && (row = new_row(histogram, profile)) < 0) return fails_memory(contig);
        uint32_t *counts = histogram->counts + (size_t)row * (size_t)histogram->width;
        counts[0]++;
        for (int32_t word = 0; word < words; word++)
            for (uint64_t bits = members[word]; bits; bits &= bits - 1)
                counts[1 + 64 * word + lowest_bit(bits)]++;
    }
    return 0;
}

static void add_part(int64_t *row, const Part *part, int64_t count) {
    int64_t *columns = row + part->decision * CLASSES;
    columns[COUNT] += count;
    if (part->ti) columns[COUNT_TI] += count;
    if (part->tv) columns[COUNT_TV] += count;
    if (part->het) columns[COUNT_HET] += count;
    if (part->homalt) columns[COUNT_HOMALT] += count;
    if (part->fp_gt) row[COLUMN_FP_GT] += count;
    if (part->fp_al) row[COLUMN_FP_AL] += count;
}

/* One profile into the rows of all subsets. */
static void spread(Contig *contig, uint32_t profile, const uint32_t *counts) {
    int32_t subsets = subset_total(contig->options);
    int kinds[KINDS], kind_count = profile_kinds(profile, kinds);
    for (int filter = 0; filter < FILTERS; filter++) {
        Part part = profile_part(profile, filter);
        if (part.decision == NOT_COUNTED) continue;
        for (int32_t subset = 0; subset < subsets; subset++)
            for (int kind = 0; counts[subset] && kind < kind_count; kind++) {
                int64_t row = ((int64_t)subset * KINDS + kinds[kind]) * FILTERS + filter;
                add_part(contig->tally + row * COLUMNS, &part, counts[subset]);
            }
    }
}

int tally(Contig *contig) {
    size_t subsets = (size_t)subset_total(contig->options);
    contig->tally = calloc(subsets * KINDS * FILTERS * COLUMNS, sizeof *contig->tally);
    Histogram histogram = {.width = (int32_t)subsets};
    histogram.numbers = calloc(PROFILE_KEYS, sizeof *histogram.numbers);
    int failed = contig->tally && histogram.numbers ? 0 : fails_memory(contig);
    for (int side = 0; !failed && side < SIDES; side++)
        failed = count_side(contig, side, &histogram);
    for (int32_t row = 0; !failed && row < histogram.rows; row++)
        spread(contig, histogram.profiles[row],
               histogram.counts + (size_t)row * (size_t)histogram.width);
    free(histogram.numbers);
    free(histogram.profiles);
    free(histogram.counts);
    return failed ? -1 : count_levels(contig);
}
