/* The annotated VCF in the form of the GA4GH benchmarking team (samples TRUTH and QUERY):
 * https://github.com/ga4gh/benchmarking-tools, doc/ref-impl/intermediate.md
 *
 * Truth and query share a line where POS, REF and the called ALTs are the same. Lines come sorted
 * by position, REF and ALTs, in pieces.
 */
#include <stdlib.h>

#include "counting.h"
#include "writing.h"

struct Writer {
    uint32_t *order[SIDES];
    int64_t at[SIDES];
    RegionTexts regions;
    NumberTexts numbers;
};

static int compare_bases(Allele a, Allele b) {
    int32_t shorter = a.length < b.length ? a.length : b.length;
    int found = shorter ? memcmp(a.bases, b.bases, (size_t)shorter) : 0;
    return found ? found : (a.length > b.length) - (a.length < b.length);
}

/* The ALTs of a call in the order in which its line has them. */
static void sorted_alts(const Call *call, Allele alts[2]) {
    bool swapped = call->alt_count == 2 && compare_bases(call->alts[0], call->alts[1]) > 0;
    alts[0] = call->alts[swapped];
    alts[1] = call->alts[!swapped];
}

static int compare_lines(const Call *a, const Call *b) {
    if (a->position != b->position) return a->position < b->position ? -1 : 1;
    int found = compare_bases(a->ref, b->ref);
    if (found) return found;
    Allele first[2], second[2];
    sorted_alts(a, first);
    sorted_alts(b, second);
    for (int i = 0; i < a->alt_count && i < b->alt_count; i++)
        if ((found = compare_bases(first[i], second[i]))) return found;
    return (a->alt_count > b->alt_count) - (a->alt_count < b->alt_count);
}

static int by_line(const void *what, uint32_t a, uint32_t b) {
    const Call *calls = what;
    if (calls[a].position != calls[b].position)
        return calls[a].position < calls[b].position ? -1 : 1;
    return compare_lines(&calls[a], &calls[b]);
}

int order_lines(Contig *contig) {
    struct Writer *writer = contig->writer = calloc(1, sizeof *writer);
    if (!writer || !region_texts_open(&writer->regions, contig->options))
        return fails_memory(contig);
    for (int side = 0; side < SIDES; side++) {
        const Calls *calls = &contig->calls[side];
        uint32_t *order = malloc(((size_t)calls->count + 1) * sizeof *order);
        writer->order[side] = order;
        if (!order) return fails_memory(contig);
        for (int64_t i = 0; i < calls->count; i++) order[i] = (uint32_t)i;
        if (sort_indices(order, calls->count, by_line, calls->items)) return fails_memory(contig);
    }
    return 0;
}

void lines_free(Contig *contig) {
    if (!contig->writer) return;
    for (int side = 0; side < SIDES; side++) free(contig->writer->order[side]);
    region_texts_free(&contig->writer->regions);
    free(contig->writer);
    contig->writer = NULL;
}

/* 0 is the reference; of equal ALTs the first one is named. */
static void add_genotype(Buffer *line, const Call *call) {
    Allele alts[2];
    sorted_alts(call, alts);
    for (int i = 0; i < call->ploidy; i++) {
        if (i) buffer_add(line, call->flags & PHASED ? "|" : "/", 1);
        int allele = call->genotype[i];
        int named = allele <= 0 ? 0 : same_bases(call->alts[allele - 1], alts[0]) ? 1 : 2;
        buffer_add(line, allele < 0 ? "." : &"012"[named], 1);
    }
}

/* GA4GH BI: what the called alleles are, sorted. */
static void add_subtypes(Buffer *line, const Call *call) {
    static const struct {
        int kind;
        const char *name;
    } sorted[] = {
        {KIND_C16_PLUS, "c16_plus"}, {KIND_C1_5, "c1_5"},         {KIND_C6_15, "c6_15"},
        {KIND_D16_PLUS, "d16_plus"}, {KIND_D1_5, "d1_5"},         {KIND_D6_15, "d6_15"},
        {KIND_I16_PLUS, "i16_plus"}, {KIND_I1_5, "i1_5"},         {KIND_I6_15, "i6_15"},
    };
    size_t before = line->length;
    for (size_t i = 0; call->subtypes && i < sizeof sorted / sizeof *sorted; i++) {
        if (!(call->subtypes >> (sorted[i].kind - KIND_I1_5) & 1)) continue;
        if (line->length > before) buffer_add(line, ",", 1);
        buffer_text(line, sorted[i].name);
    }
    if (call->flags & TRANSITION) buffer_text(line, line->length > before ? ",ti" : "ti");
    if (call->flags & TRANSVERSION) buffer_text(line, line->length > before ? ",tv" : "tv");
    if (line->length == before) buffer_add(line, ".", 1);
}

static void add_sample(Buffer *line, struct Writer *writer, const Call *call, int side) {
    static const char *const matches[] = {":.:", ":lm:", ":am:", ":gm:"};
    static const char *const classes[] = {"het:", "homalt:", "hetalt:", "hemi:", "halfcall:"};
    if (!call) {
        buffer_text(line, "\t./.:.:.:.:NOCALL:nocall:.");
        return;
    }
    buffer_add(line, "\t", 1);
    add_genotype(line, call);
    bool matched = call->match == MATCH_GENOTYPE;
    buffer_text(line, !(call->flags & CONFIDENT) ? ":UNK"
                      : matched                  ? ":TP"
                      : side == TRUTH            ? ":FN"
                                                 : ":FP");
    buffer_text(line, matches[call->match]);
    add_subtypes(line, call);
    buffer_text(line, call->flags & SNP ? ":SNP:" : ":INDEL:");
    buffer_text(line, classes[call->zygosity]);
    add_number(line, &writer->numbers, call->score);
}

static void add_alleles(Buffer *line, const Call *call) {
    Allele alts[2];
    sorted_alts(call, alts);
    buffer_add(line, "\t.\t", 3);
    buffer_add(line, call->ref.bases, (size_t)call->ref.length);
    for (int i = 0; i < call->alt_count; i++) {
        buffer_add(line, i ? "," : "\t", 1);
        buffer_add(line, alts[i].bases, (size_t)alts[i].length);
    }
    buffer_add(line, "\t", 1);
}

/* `calls` are the two sides of one line, one of them may be NULL. */
static void add_line(Contig *contig, const Call *const calls[SIDES],
                     const uint64_t *const members[SIDES]) {
    struct Writer *writer = contig->writer;
    Buffer *line = &contig->lines;
    const Call *any = calls[QUERY] ? calls[QUERY] : calls[TRUTH];
    buffer_text(line, contig->options->contig);
    buffer_add(line, "\t", 1);
    buffer_integer(line, (int64_t)any->position + 1);
    add_alleles(line, any);
    if (calls[QUERY]) {
        add_number(line, &writer->numbers, calls[QUERY]->quality);
        buffer_add(line, "\t", 1);
        buffer_text(line, calls[QUERY]->filter ? calls[QUERY]->filter : "PASS");
        buffer_text(line, "\tBS=");
    } else {
        buffer_text(line, ".\t.\tBS=");
    }
    buffer_integer(line, (int64_t)contig->superloci.items[any->superlocus].first + 1);
    if (contig->options->write_regions) {
        bool confident = false;
        for (int side = 0; side < SIDES; side++)
            confident |= calls[side] && calls[side]->flags & CONFIDENT;
        add_regions(line, &writer->regions, members, confident);
    }
    buffer_text(line, "\tGT:BD:BK:BI:BVT:BLT:QQ");
    for (int side = 0; side < SIDES; side++) add_sample(line, writer, calls[side], side);
    buffer_add(line, "\n", 1);
}

int contig_lines(Contig *contig, int64_t most) {
    struct Writer *writer = contig->writer;
    int32_t width = member_words(contig->options);
    contig->lines.length = 0;
    while (writer && (int64_t)contig->lines.length < most) {
        const Call *calls[SIDES] = {NULL, NULL};
        const uint64_t *members[SIDES] = {NULL, NULL};
        for (int side = 0; side < SIDES; side++) {
            if (writer->at[side] == contig->calls[side].count) continue;
            uint32_t index = writer->order[side][writer->at[side]];
            calls[side] = &contig->calls[side].items[index];
            members[side] = contig->members[side] + (int64_t)index * width;
        }
        if (!calls[TRUTH] && !calls[QUERY]) break;
        int order = !calls[QUERY]   ? -1
                    : !calls[TRUTH] ? 1
                                    : compare_lines(calls[TRUTH], calls[QUERY]);
        if (order < 0) calls[QUERY] = NULL, members[QUERY] = NULL;
        if (order > 0) calls[TRUTH] = NULL, members[TRUTH] = NULL;
        for (int side = 0; side < SIDES; side++) writer->at[side] += calls[side] != NULL;
        add_line(contig, calls, members);
    }
    if (contig->lines.failed || (writer && writer->regions.failed)) return fails_memory(contig);
    return contig->lines.length > 0;
}
