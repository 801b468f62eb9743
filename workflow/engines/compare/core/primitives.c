/* A call set in hap.py's units: SNPs, insertions and deletions, moved to the left.
 *
 * hap.py preprocesses the query (the truth only when asked) before it compares: the alleles of a
 * het-alt record go apart, complex alleles are realigned and decomposed, indels move left but
 * never past a neighbour, and two heterozygous indels (or SNPs) at one position become one het-alt
 * record again. Counts are per resulting record, so this decides QUERY.TOTAL. */
#include "primitives.h"

#include <math.h>
#include <stdlib.h>

/* Above this many cells (reference x alternative bases) an allele is not realigned. */
enum { ALIGNMENT_LIMIT = 250000 };

typedef struct {
    Contig *contig;
    Calls made;
    Edits alleles[2]; /* what each haplotype has of the call at work */
    Workspace workspace;
} Work;

bool edits_add(Edits *edits, Edit edit) {
    Edit *items = list_room(edits->items, &edits->room, edits->count, sizeof *items);
    if (!items) return false;
    edits->items = items;
    items[edits->count++] = edit;
    return true;
}

bool anchor(Contig *contig, Call *call, Edit edit) {
    const char *sequence = contig->sequence;
    int32_t deleted = edit.end - edit.start, inserted = edit.alt.length;
    bool first = edit.start == 0; /* nothing before it: then the base behind it */
    call->position = edit.start;
    call->ref = (Allele){sequence + edit.start, deleted};
    call->alts[0] = edit.alt;
    call->alt_count = 1;
    for (int h = 0; h < 2; h++) {
        bool carries = call->haplotypes[h].start != NOTHING;
        if (carries) call->haplotypes[h] = edit;
        if (carries || call->genotype[h] > 0) call->genotype[h] = carries;
    }
    if (deleted && inserted) return true;
    if (!first) call->position--, call->ref.bases--;
    call->ref.length++;
    call->alts[0] = (Allele){sequence + (first ? edit.end : edit.start - 1), 1};
    if (!inserted) return true;
    char *bases = arena_take(&contig->arena, (size_t)inserted + 1);
    if (!bases) return false;
    memcpy(bases + !first, edit.alt.bases, (size_t)inserted);
    bases[first ? inserted : 0] = call->alts[0].bases[0];
    call->alts[0] = (Allele){bases, inserted + 1};
    return true;
}

/* Prefix first, then suffix: what is left is one primitive, or is realigned into several. */
static bool primitive_edits(Work *work, int32_t position, Allele ref, Allele alt, Edits *edits) {
    int32_t start = 0, end = ref.length, alt_end = alt.length;
    while (start < end && start < alt_end && ref.bases[start] == alt.bases[start]) start++;
    while (end > start && alt_end > start && ref.bases[end - 1] == alt.bases[alt_end - 1])
        end--, alt_end--;
    Allele left = {ref.bases + start, end - start}, right = {alt.bases + start, alt_end - start};
    Edit whole = {position + start, position + end, right};
    edits->count = 0;
    if (!left.length && !right.length) return true;
    bool simple = !left.length || !right.length || (left.length == 1 && right.length == 1);
    if (simple || (int64_t)left.length * right.length > ALIGNMENT_LIMIT)
        return edits_add(edits, whole);
    if (!align(&work->workspace, whole.start, left, right, edits)) return false;
    for (int32_t i = 0; i < edits->count; i++) { /* a contig that goes whole has no anchor */
        const Edit *edit = &edits->items[i];
        if (edit->alt.length || edit->start || edit->end != work->contig->length) continue;
        edits->count = 0;
        return edits_add(edits, whole);
    }
    return true;
}

/* Whether the edit is one of the others; `at` goes along, as both lists are sorted. */
static bool is_among(const Edits *others, int32_t *at, Edit edit) {
    while (*at < others->count && others->items[*at].start < edit.start) (*at)++;
    for (int32_t i = *at; i < others->count && others->items[i].start == edit.start; i++)
        if (others->items[i].end == edit.end && same_bases(others->items[i].alt, edit.alt))
            return true;
    return false;
}

static Call *add_call(Work *work, const Call *call) {
    Calls *made = &work->made;
    Call *items = list_room(made->items, &made->room, made->count, sizeof *items);
    if (!items) return NULL;
    made->items = items;
    items[made->count] = *call;
    return &items[made->count++];
}

/* Append the call with this one edit. `carriers`: bit per haplotype. */
static bool add_primitive(Work *work, const Call *call, Edit edit, int carriers) {
    Call *made = add_call(work, call);
    if (!made) return false;
    for (int h = 0; h < 2; h++)
        if (!(carriers >> h & 1)) made->haplotypes[h] = (Edit){.start = NOTHING, .end = NOTHING};
    return anchor(work->contig, made, edit);
}

static bool decompose_call(Work *work, const Call *call) {
    Edits *alleles = work->alleles;
    alleles[0].count = alleles[1].count = 0;
    bool alike = call->ploidy == 1 || call->genotype[0] == call->genotype[1];
    for (int h = 0; h < (alike ? 1 : 2); h++) {
        if (call->genotype[h] <= 0) continue;
        Allele alt = call->alts[call->genotype[h] - 1];
        if (alt.length == 1 && alt.bases[0] == '*') continue;
        if (!primitive_edits(work, call->position, call->ref, alt, &alleles[h])) return false;
    }
    int32_t at = 0;
    for (int32_t i = 0; i < alleles[0].count; i++) {
        bool both = alike || is_among(&alleles[1], &at, alleles[0].items[i]);
        if (!add_primitive(work, call, alleles[0].items[i], both ? 3 : 1)) return false;
    }
    at = 0;
    for (int32_t i = 0; i < alleles[1].count; i++)
        if (!is_among(&alleles[0], &at, alleles[1].items[i]) &&
            !add_primitive(work, call, alleles[1].items[i], 2))
            return false;
    return true;
}

static bool decompose(Work *work, Calls *calls) {
    work->made.room = calls->count + calls->count / 16 + 64;
    work->made.items = malloc((size_t)work->made.room * sizeof(Call));
    if (!work->made.items) return false;
    for (int64_t i = 0; i < calls->count; i++) {
        const Call *call = &calls->items[i];
        bool simple = call->ref.length == 1 && call->alt_count == 1 && call->alts[0].length == 1;
        if (!(simple ? add_call(work, call) != NULL : decompose_call(work, call))) return false;
    }
    free(calls->items);
    *calls = work->made;
    work->made = (Calls){0};
    return true;
}

static bool is_het(const Call *call) {
    const int8_t *genotype = call->genotype;
    return call->ploidy == 2 && genotype[0] + genotype[1] == 1 && genotype[0] >= 0 &&
           genotype[1] >= 0;
}

/* Not the same allele twice, not of one haplotype of one record, and of one filter state. */
static bool may_be_one(const Call *a, const Call *b) {
    bool same = same_bases(a->ref, b->ref) && same_bases(a->alts[0], b->alts[0]);
    if (same || ((a->flags ^ b->flags) & FAILED)) return false;
    return a->order != b->order || a->genotype[0] != b->genotype[0];
}

static Edit edit_in(const Call *call) {
    return call->haplotypes[call->haplotypes[0].start == NOTHING];
}

/* An ALT with the bases that REF of the other call has behind its own. */
static bool extended(Contig *contig, const Call *call, Allele ref, Allele *alt) {
    int32_t more = ref.length - call->ref.length, own = call->alts[0].length;
    *alt = call->alts[0];
    if (!more) return true;
    char *bases = arena_take(&contig->arena, (size_t)(own + more));
    if (!bases) return false;
    memcpy(bases, alt->bases, (size_t)own);
    memcpy(bases + own, ref.bases + call->ref.length, (size_t)more);
    *alt = (Allele){bases, own + more};
    return true;
}

/* Two heterozygous calls as one, in the place of the first; the second is left without alleles. */
static bool make_het_alt(Contig *contig, Call *a, Call *b) {
    Allele ref = b->ref.length > a->ref.length ? b->ref : a->ref, alts[2];
    Edit edits[2] = {edit_in(a), edit_in(b)};
    if (!extended(contig, a, ref, &alts[0]) || !extended(contig, b, ref, &alts[1])) return false;
    if (a->filter && !(a->filter = both_filters(contig, a->filter, b->filter))) return false;
    memcpy(a->alts, alts, sizeof alts);
    memcpy(a->haplotypes, edits, sizeof edits);
    a->ref = ref;
    a->genotype[0] = 1;
    a->genotype[1] = 2;
    a->alt_count = 2;
    if (b->order < a->order) a->order = b->order;
    a->quality = fminf(a->quality, b->quality);
    a->score = fminf(a->score, b->score);
    a->fraction = fmaxf(a->fraction, b->fraction);
    if (!(b->flags & SELECTED)) a->flags &= (uint8_t)~SELECTED;
    a->flags &= (uint8_t)~PHASED;
    b->alt_count = 0;
    return true;
}

/* Among calls of one position, two heterozygous indels, or SNPs, become one. */
static bool merge_here(Contig *contig, Call *calls, int64_t count) {
    for (int indel = 1; indel >= 0; indel--) {
        Call *pair[2];
        int found = 0;
        for (int64_t i = 0; i < count; i++) {
            Call *call = &calls[i];
            if (!call->alt_count || !is_het(call)) continue;
            if ((call->ref.length != call->alts[0].length) != indel) continue;
            if (found < 2) pair[found] = call;
            found++;
        }
        if (found == 2 && may_be_one(pair[0], pair[1]) && !make_het_alt(contig, pair[0], pair[1]))
            return false;
    }
    return true;
}

static bool merge(Contig *contig, Calls *calls) {
    for (int64_t first = 0, last; first < calls->count; first = last) {
        last = first + 1;
        while (last < calls->count && calls->items[last].position == calls->items[first].position)
            last++;
        if (last - first > 1 && !merge_here(contig, &calls->items[first], last - first))
            return false;
    }
    int64_t kept = 0;
    for (int64_t i = 0; i < calls->count; i++) {
        if (!calls->items[i].alt_count) continue;
        if (kept < i) calls->items[kept] = calls->items[i];
        kept++;
    }
    bool merged = kept < calls->count;
    calls->count = kept;
    return !merged || sort_calls(calls);
}

int primitives(Contig *contig, int side) {
    const Options *options = contig->options;
    Calls *calls = &contig->calls[side];
    Work work = {.contig = contig};
    bool done = (!options->decompose || decompose(&work, calls)) && sort_calls(calls) &&
                (!options->leftshift || shift_left(contig, calls)) &&
                (!options->decompose || merge(contig, calls));
    free(work.made.items);
    free(work.alleles[0].items);
    free(work.alleles[1].items);
    free(work.workspace.bytes);
    if (done) return 0;
    return contig_fails(contig, PROBLEM_MEMORY, side, NULL, "out of memory");
}
