/* Single-allele genotypes of a male's X and Y (hap.py's --gender). */
#include "compare.h"

/* Count single-allele genotypes, and those of two known, different alleles, outside the parts of X
 * and Y where a male has two of each base: there a heterozygous call tells nothing of the sex. */
static void count_ploidies(Contig *contig, int side) {
    const Calls *calls = &contig->calls[side];
    Intake *intake = &contig->intake[side];
    intake->haploid = intake->heterozygous = 0;
    for (int64_t i = 0; i < calls->count; i++) {
        const Call *call = &calls->items[i];
        int8_t first = call->genotype[0], second = call->genotype[1];
        bool haploid = call->ploidy == 1;
        bool heterozygous = !haploid && first >= 0 && second >= 0 && first != second;
        if (!haploid && !heterozygous) continue;
        if (overlaps(&contig->options->diploid, call->position, call->position + call->ref.length))
            continue;
        intake->haploid += haploid;
        intake->heterozygous += heterozygous;
    }
}

/* Male where it is said; where it is not, by the truth: it has single-allele genotypes, and none
 * that is heterozygous. */
static bool is_hemizygous(const Contig *contig) {
    const Options *options = contig->options;
    const Intake *truth = &contig->intake[TRUTH];
    if (!options->sex_contig || options->squash) return false;
    if (options->sex == SEX_MALE) return true;
    return options->sex == SEX_AUTO && truth->haploid && !truth->heterozygous;
}

/* `1` becomes `1/1` on both sides; any other genotype stays as it is. */
int settle_sex(Contig *contig) {
    for (int side = 0; side < SIDES; side++) count_ploidies(contig, side);
    contig->hemizygous = is_hemizygous(contig);
    if (!contig->hemizygous) return 0;
    const Intervals *diploid = &contig->options->diploid;
    for (int side = 0; side < SIDES; side++) {
        Calls *calls = &contig->calls[side];
        for (int64_t i = 0; i < calls->count; i++) {
            Call *call = &calls->items[i];
            if (call->ploidy != 1) continue;
            if (overlaps(diploid, call->position, call->position + call->ref.length)) continue;
            call->ploidy = 2;
            call->genotype[1] = call->genotype[0];
        }
    }
    return 0;
}
