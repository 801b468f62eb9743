/* Where else the same insertion or deletion could be written. */
#include "compare.h"

enum { ROLL_LIMIT = 2000 }; /* bases, each way */

static int32_t least(int32_t a, int32_t b) { return a < b ? a : b; }

/* A deletion moves while the base it takes up equals the base it lets go. */
static void roll_deletion(const Contig *contig, const Edit *edit, int32_t *start, int32_t *end) {
    const char *sequence = contig->sequence;
    int32_t left = 0, left_limit = least(ROLL_LIMIT, edit->start);
    while (left < left_limit) {
        char base = sequence[edit->start - 1 - left];
        if (base != sequence[edit->end - 1 - left] || base == 'N') break;
        left++;
    }
    int32_t right = 0, right_limit = least(ROLL_LIMIT, contig->length - edit->end);
    while (right < right_limit) {
        char base = sequence[edit->start + right];
        if (base != sequence[edit->end + right] || base == 'N') break;
        right++;
    }
    *start = edit->start - left;
    *end = edit->end + right;
}

static void roll_insertion(const Contig *contig, const Edit *edit, int32_t *start, int32_t *end) {
    const char *sequence = contig->sequence, *unit = edit->alt.bases;
    int32_t size = edit->alt.length;
    int32_t left = 0, left_limit = least(ROLL_LIMIT, edit->start);
    for (int32_t at = size - 1; left < left_limit; at = at ? at - 1 : size - 1, left++) {
        if (sequence[edit->start - 1 - left] != unit[at] || unit[at] == 'N') break;
    }
    int32_t right = 0, right_limit = least(ROLL_LIMIT, contig->length - edit->start);
    for (int32_t at = 0; right < right_limit; at = at + 1 < size ? at + 1 : 0, right++) {
        if (sequence[edit->start + right] != unit[at] || unit[at] == 'N') break;
    }
    *start = edit->start - left;
    *end = edit->start + right;
}

/* Lowest start and highest end of the edit; a substitution stays where it is, N is not rolled
 * through. */
void rolled(const Contig *contig, const Edit *edit, int32_t *start, int32_t *end) {
    if (!edit->alt.length) {
        roll_deletion(contig, edit, start, end);
    } else if (edit->end == edit->start) {
        roll_insertion(contig, edit, start, end);
    } else {
        *start = edit->start;
        *end = edit->end;
    }
}
