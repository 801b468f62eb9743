/* One contig, from the first line to the last count. */
#include <stdlib.h>

#include "compare.h"

Contig *contig_open(char *sequence, int32_t length, const Options *options) {
    Contig *contig = calloc(1, sizeof *contig);
    if (!contig) return NULL;
    contig->sequence = sequence;
    contig->length = length;
    contig->options = options;
    contig->problem.side = -1;
    for (int side = 0; side < SIDES; side++) contig->intake[side].last = -1;
    return contig;
}

int contig_read(Contig *contig, int32_t side, const char *text, int64_t length) {
    return intake_lines(contig, side, text, (size_t)length);
}

int contig_compare(Contig *contig) {
    const Options *options = contig->options;
    add_known_bases(contig);
    if (settle_sex(contig)) return -1;
    if (options->decompose || options->leftshift) {
        if (primitives(contig, QUERY)) return -1;
        if (options->preprocess_truth && primitives(contig, TRUTH)) return -1;
    }
    if (match(contig) || settle_calls(contig) || tally(contig)) return -1;
    return order_lines(contig) || find_differences(contig) ? -1 : 0;
}

void contig_close(Contig *contig) {
    if (!contig) return;
    for (int side = 0; side < SIDES; side++) {
        free(contig->calls[side].items);
        free(contig->members[side]);
    }
    free(contig->superloci.items);
    free(contig->tally);
    free(contig->levels.items);
    free(contig->differences.items);
    lines_free(contig);
    filters_free(&contig->filters);
    buffer_free(&contig->lines);
    arena_free(&contig->arena);
    free(contig);
}
