/* The classes that GA4GH and hap.py count calls in, and the bases by which a call belongs to a
 * region. */
#include "compare.h"
#include "counting.h"

bool extent(const Call *call, int32_t *start, int32_t *end) {
    bool insertions = true, any = false;
    for (int haplotype = 0; haplotype < 2; haplotype++) {
        const Edit *edit = &call->haplotypes[haplotype];
        if (edit->start == NOTHING) continue;
        int32_t from = edit->start, to = edit->end;
        if (from == to) { /* the base before an insertion and the base behind it */
            from = from > 0 ? from - 1 : 0;
            to++;
        } else {
            insertions = false;
        }
        *start = any && *start < from ? *start : from;
        *end = any && *end > to ? *end : to;
        any = true;
    }
    if (any) return insertions;
    *start = call->position;
    *end = call->position + 1;
    return false;
}

/* GA4GH BLT. */
static uint8_t zygosity_of(const Call *call) {
    if (call->ploidy == 1) return CLASS_HEMI;
    int a = call->genotype[0], b = call->genotype[1];
    if (a < 0 || b < 0) return CLASS_HALFCALL;
    if (a == b) return CLASS_HOMALT;
    return a && b ? CLASS_HETALT : CLASS_HET;
}

/* Bit of KIND_I1_5 ...: insertions and deletions by their own length, alleles that do both (C) by
 * inserted plus deleted bases, as hap.py has them. */
static uint16_t subtype_of(int32_t deleted, int32_t inserted) {
    enum { INSERTED = 0, DELETED = 3, BOTH = 6 };
    int32_t size = inserted + deleted;
    int group = deleted && inserted ? BOTH : inserted ? INSERTED : DELETED;
    return (uint16_t)(1U << (group + (size <= 5 ? 0 : size <= 15 ? 1 : 2)));
}

static bool is_transition(char a, char b) {
    return (a == 'A' && b == 'G') || (a == 'G' && b == 'A') || (a == 'C' && b == 'T') ||
           (a == 'T' && b == 'C');
}

/* TRANSITION and TRANSVERSION of what replaces as many bases as it takes away. */
static uint8_t substitutions(const Contig *contig, const Edit *edit) {
    uint8_t found = 0;
    for (int32_t at = 0; at < edit->alt.length; at++) {
        char before = contig->sequence[edit->start + at], after = edit->alt.bases[at];
        if (before != after) found |= is_transition(before, after) ? TRANSITION : TRANSVERSION;
    }
    return found;
}

void classify(const Contig *contig, Call *call) {
    call->zygosity = zygosity_of(call);
    uint8_t flags = SNP;
    uint16_t subtypes = 0;
    for (int haplotype = 0; haplotype < 2; haplotype++) {
        const Edit *edit = &call->haplotypes[haplotype];
        if (edit->start == NOTHING) continue;
        int32_t deleted = edit->end - edit->start;
        if (deleted == edit->alt.length) {
            if (edit->end <= contig->length) flags |= substitutions(contig, edit);
        } else {
            flags &= (uint8_t)~SNP;
            subtypes |= subtype_of(deleted, edit->alt.length);
        }
    }
    call->flags = (uint8_t)((call->flags & ~(SNP | TRANSITION | TRANSVERSION)) | flags);
    call->subtypes = subtypes;
}
