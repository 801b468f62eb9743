/* One haplotype that both sides write: which side is ahead, and by which bases.
 *
 * Pending bases are slices of the reference or of an allele wherever they can be. Where pieces
 * must be joined they are written into pages of text, and moved together when most of it is of
 * states that are gone. */
#include <stdlib.h>

#include "replay.h"

static const uint64_t BASE = 0x9E3779B97F4A7C15u; /* of the polynomial hash; odd */
enum { PAGE = 1 << 16, SETTLE_AT = 1 << 20, TEXT_MOST = 1 << 22 };

struct Page {
    struct Page *before;
    size_t used, room;
    char bytes[];
};

static uint64_t hash_on(uint64_t hash, const char *bases, int32_t length) {
    for (int32_t i = 0; i < length; i++) hash = hash * BASE + (unsigned char)bases[i];
    return hash;
}

static uint64_t power(int32_t exponent) {
    uint64_t result = 1, square = BASE;
    for (uint32_t rest = (uint32_t)exponent; rest; rest >>= 1, square *= square) {
        if (rest & 1) result *= square;
    }
    return result;
}

/* Room for `length` more bytes of text behind what the last page holds. */
static char *text_take(Search *search, size_t length) {
    struct Page *page = search->text;
    if (!page || page->room - page->used < length) {
        size_t room = length > PAGE ? 2 * length : PAGE;
        page = room == PAGE ? search->spare : NULL;
        if (page) {
            search->spare = page->before;
        } else {
            page = malloc(sizeof *page + room);
        }
        if (!page) {
            search->failed = true;
            return NULL;
        }
        *page = (struct Page){.before = search->text, .room = room};
        search->text = page;
    }
    char *taken = page->bytes + page->used;
    page->used += length;
    search->text_used += length;
    return taken;
}

/* Join `bases` to the pending ones. */
static bool append(Search *search, Strand *strand, const char *bases, int32_t length) {
    size_t more = (size_t)length, had = (size_t)strand->length;
    strand->hash = hash_on(strand->hash, bases, length);
    if (!had) {
        strand->pending = bases;
        strand->copied = false;
    } else if (strand->copied || strand->pending + had != bases) {
        struct Page *page = search->text;
        bool last = strand->copied && strand->pending + had == page->bytes + page->used &&
                    page->room - page->used >= more;
        char *joined = text_take(search, last ? more : had + more);
        if (!joined) return false;
        if (last) {
            memcpy(joined, bases, more);
        } else {
            memcpy(joined, strand->pending, had);
            memcpy(joined + had, bases, more);
            strand->pending = joined;
        }
        strand->copied = true;
    }
    strand->length += length;
    return true;
}

static void drop_front(Strand *strand, int32_t length) {
    strand->length -= length;
    if (!strand->length) {
        strand->ahead = IN_STEP;
        strand->pending = NULL;
        strand->copied = false;
        strand->hash = 0;
        return;
    }
    strand->hash -= hash_on(0, strand->pending, length) * power(strand->length);
    strand->pending += length;
}

/* Add bases of one side; false when the other side has written something else there. */
bool strand_write(Search *search, Strand *strand, int side, const char *bases, int32_t length) {
    if (!length) return true;
    if (strand->ahead == !side) {
        int32_t common = length < strand->length ? length : strand->length;
        if (memcmp(bases, strand->pending, (size_t)common)) return false;
        drop_front(strand, common);
        if (common == length) return true;
        bases += common;
        length -= common;
    }
    strand->ahead = (int8_t)side;
    return append(search, strand, bases, length);
}

/* Lay an edit of one side onto the strand; false where it does not fit. */
bool strand_edit(Search *search, Strand *strand, int side, const Edit *edit) {
    int32_t at = strand->written[side];
    if (at > edit->start) return false; /* overlaps a call that this haplotype carries */
    const char *reference = search->contig->sequence + at;
    if (!strand_write(search, strand, side, reference, edit->start - at)) return false;
    if (!strand_write(search, strand, side, edit->alt.bases, edit->alt.length)) return false;
    strand->written[side] = edit->end;
    return true;
}

/* Write both sides up to a place; false when they differ. */
bool strand_reference(Search *search, Strand *strand, int32_t to) {
    int32_t *written = strand->written;
    if (strand->ahead == IN_STEP && written[TRUTH] == written[QUERY]) {
        if (written[TRUTH] < to) written[TRUTH] = written[QUERY] = to;
        return true;
    }
    for (int side = 0; side < SIDES; side++) {
        if (written[side] >= to) continue;
        const char *reference = search->contig->sequence + written[side];
        if (!strand_write(search, strand, side, reference, to - written[side])) return false;
        written[side] = to;
    }
    return true;
}

/* Keep pages for the next text. */
static void pages_spare(Search *search, struct Page *page) {
    while (page) {
        struct Page *before = page->before;
        if (page->room == PAGE) {
            page->before = search->spare;
            search->spare = page;
        } else {
            free(page);
        }
        page = before;
    }
}

/* Whether the states hold more text than can be moved at every call. */
bool text_is_much(const Search *search) {
    size_t held = 0;
    for (int64_t i = 0; i < search->states.count; i++) {
        for (int s = 0; s < search->strands; s++) {
            const Strand *strand = &search->states.items[i].strands[s];
            if (strand->copied) held += (size_t)strand->length;
        }
    }
    return held > TEXT_MOST;
}

/* Move the text of living states together, where it has grown since the last time. */
void text_settle(Search *search) {
    if (search->text_used < search->text_due) return;
    struct Page *old = search->text;
    search->text = NULL;
    search->text_used = 0;
    for (int64_t i = 0; i < search->states.count && !search->failed; i++) {
        for (int s = 0; s < search->strands; s++) {
            Strand *strand = &search->states.items[i].strands[s];
            if (!strand->copied) continue;
            char *moved = text_take(search, (size_t)strand->length);
            if (!moved) break;
            memcpy(moved, strand->pending, (size_t)strand->length);
            strand->pending = moved;
        }
    }
    pages_spare(search, old);
    size_t twice = 2 * search->text_used;
    search->text_due = twice > SETTLE_AT ? twice : SETTLE_AT;
}

/* No text, for another search. */
void text_reset(Search *search) {
    pages_spare(search, search->text);
    search->text = NULL;
    search->text_used = 0;
    search->text_due = SETTLE_AT;
}

void text_free(Search *search) {
    text_reset(search);
    while (search->spare) {
        struct Page *before = search->spare->before;
        free(search->spare);
        search->spare = before;
    }
}
