/* The best global alignment with affine gaps (Gotoh 1982, doi:10.1016/0022-2836(82)90398-9). */
#include <stdlib.h>

#include "primitives.h"

enum { MATCHED = 1, MISMATCHED = -4, GAP_OPEN = -6, GAP_EXTEND = -1, LOWEST = -1000000000 };
/* layers of scores: a pair of bases, a deleted base, an inserted base */
enum { PAIR, DELETED, INSERTED, LAYERS };

/* Two rows of scores for each layer, and the layer that each cell of each layer came from: two
 * bits a layer. */
typedef struct {
    int32_t *now[LAYERS], *before[LAYERS];
    uint8_t *trace;
    uint8_t *steps;
    size_t width; /* bases of the alternative allele, and one */
} Table;

static bool make_room(Workspace *workspace, size_t rows, size_t width, Table *table) {
    size_t scores = 2 * LAYERS * width * sizeof(int32_t), cells = rows * width;
    size_t bytes = scores + cells + rows + width;
    if (bytes > workspace->room) {
        uint8_t *larger = realloc(workspace->bytes, bytes);
        if (!larger) return false;
        workspace->bytes = larger;
        workspace->room = bytes;
    }
    int32_t *row = (int32_t *)(void *)workspace->bytes;
    for (int layer = 0; layer < LAYERS; layer++) {
        table->now[layer] = row + (size_t)layer * width;
        table->before[layer] = row + (size_t)(LAYERS + layer) * width;
    }
    table->trace = workspace->bytes + scores;
    table->steps = table->trace + cells;
    table->width = width;
    return true;
}

static void first_row(Table *table) {
    for (size_t j = 0; j < table->width; j++) {
        table->now[PAIR][j] = table->now[DELETED][j] = LOWEST;
        table->now[INSERTED][j] = GAP_OPEN + GAP_EXTEND * (int32_t)j;
    }
    table->now[PAIR][0] = 0;
    table->now[INSERTED][0] = LOWEST;
    memset(table->trace, INSERTED | INSERTED << 2 | INSERTED << 4, table->width);
}

/* The order in which equal scores are preferred: a gap that goes on first. */
static const int ABOVE[] = {DELETED, PAIR, INSERTED}, BESIDE[] = {INSERTED, PAIR, DELETED};

/* The highest of three; of equal ones the first. */
static int highest(int32_t a, int32_t b, int32_t c) {
    if (a >= b && a >= c) return 0;
    return b >= c ? 1 : 2;
}

static void next_row(Table *table, size_t i, char ref_base, Allele alt) {
    for (int layer = 0; layer < LAYERS; layer++) {
        int32_t *swapped = table->before[layer];
        table->before[layer] = table->now[layer];
        table->now[layer] = swapped;
        swapped[0] = LOWEST;
    }
    int32_t *const *now = table->now, *const *before = table->before;
    uint8_t *trace = table->trace + i * table->width;
    now[DELETED][0] = GAP_OPEN + GAP_EXTEND * (int32_t)i;
    trace[0] = DELETED | DELETED << 2 | DELETED << 4;
    for (size_t j = 1; j < table->width; j++) {
        int diagonal = highest(before[PAIR][j - 1], before[DELETED][j - 1], before[INSERTED][j - 1]);
        int step = ref_base == alt.bases[j - 1] ? MATCHED : MISMATCHED;
        now[PAIR][j] = before[diagonal][j - 1] + step;
        int above = ABOVE[highest(before[DELETED][j], before[PAIR][j] + GAP_OPEN,
                                  before[INSERTED][j] + GAP_OPEN)];
        now[DELETED][j] = before[above][j] + (above == DELETED ? 0 : GAP_OPEN) + GAP_EXTEND;
        int beside = BESIDE[highest(now[INSERTED][j - 1], now[PAIR][j - 1] + GAP_OPEN,
                                    now[DELETED][j - 1] + GAP_OPEN)];
        now[INSERTED][j] = now[beside][j - 1] + (beside == INSERTED ? 0 : GAP_OPEN) + GAP_EXTEND;
        trace[j] = (uint8_t)(diagonal | above << 2 | beside << 4);
    }
}

/* The steps of the best path, the last one first; gives how many. */
static int32_t steps_back(const Table *table, int32_t rows, int32_t columns) {
    int32_t count = 0;
    int layer = highest(table->now[PAIR][columns], table->now[DELETED][columns],
                        table->now[INSERTED][columns]);
    while (rows || columns) {
        uint8_t came = table->trace[(size_t)rows * table->width + (size_t)columns];
        table->steps[count++] = (uint8_t)layer;
        rows -= layer != INSERTED;
        columns -= layer != DELETED;
        layer = came >> (2 * layer) & 3;
    }
    return count;
}

bool align(Workspace *workspace, int32_t position, Allele ref, Allele alt, Edits *edits) {
    Table table;
    if (!make_room(workspace, (size_t)ref.length + 1, (size_t)alt.length + 1, &table)) return false;
    first_row(&table);
    for (int32_t i = 1; i <= ref.length; i++)
        next_row(&table, (size_t)i, ref.bases[i - 1], alt);
    int32_t step = steps_back(&table, ref.length, alt.length) - 1, i = 0, j = 0;
    while (step >= 0) {
        int layer = table.steps[step];
        int32_t run = 1;
        while (step >= run && table.steps[step - run] == layer) run++;
        if (layer == PAIR) run = 1;
        Edit edit = {position + i, position + i + (layer == INSERTED ? 0 : run),
                     {alt.bases + j, layer == DELETED ? 0 : run}};
        bool same = layer == PAIR && ref.bases[i] == alt.bases[j];
        if (!same && !edits_add(edits, edit)) return false;
        i += layer == INSERTED ? 0 : run;
        j += layer == DELETED ? 0 : run;
        step -= run;
    }
    return true;
}
