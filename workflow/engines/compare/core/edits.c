/* Alleles as changes of the reference. */
#include "compare.h"

Edit edit_of(int32_t position, Allele ref, Allele alt) {
    int32_t start = 0, end = ref.length, alt_end = alt.length;
    while (end && alt_end && ref.bases[end - 1] == alt.bases[alt_end - 1]) end--, alt_end--;
    while (start < end && start < alt_end && ref.bases[start] == alt.bases[start]) start++;
    if (start == end && start == alt_end) return (Edit){.start = NOTHING, .end = NOTHING};
    return (Edit){position + start, position + end, {alt.bases + start, alt_end - start}};
}

/* `*` is the reference here: the deletion that spans this place has a record of its own. A missing
 * allele counts as the reference, a haploid call stands on both haplotypes. */
void set_haplotypes(Call *call) {
    for (int h = 0; h < 2; h++) {
        int index = call->genotype[call->ploidy == 1 ? 0 : h];
        Allele alt = index > 0 ? call->alts[index - 1] : (Allele){NULL, 0};
        if (index <= 0 || (alt.length == 1 && alt.bases[0] == '*'))
            call->haplotypes[h] = (Edit){.start = NOTHING, .end = NOTHING};
        else
            call->haplotypes[h] = edit_of(call->position, call->ref, alt);
    }
}
