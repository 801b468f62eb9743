/* Bases that the reference does not know and the calls do. */
#include "compare.h"

static bool is_known(char base) {
    return base == 'A' || base == 'C' || base == 'G' || base == 'T';
}

/* Where the reference has no single base it gets that of REF; the first call that says one counts.
 * Otherwise two spellings of one indel would differ there by N against a base. */
void add_known_bases(Contig *contig) {
    if (!contig->intake[TRUTH].unknown && !contig->intake[QUERY].unknown) return;
    for (int side = QUERY; side >= TRUTH; side--) {
        const Calls *calls = &contig->calls[side];
        for (int64_t i = 0; i < calls->count; i++) {
            const Call *call = &calls->items[i];
            char *here = contig->sequence + call->position;
            for (int32_t at = 0; at < call->ref.length; at++)
                if (!is_known(here[at])) here[at] = call->ref.bases[at];
        }
    }
}
