/* The search for the largest match of one superlocus, and what its parts share. */
#ifndef PLUMBLINE_COMPARE_REPLAY_H
#define PLUMBLINE_COMPARE_REPLAY_H

#include "compare.h"

enum { IN_STEP = -1 };

/* A call as the search sees it. */
typedef struct {
    int64_t index;    /* into the calls of its side */
    Edit edits[2];    /* as Call.haplotypes; in a search of alleles the ways to lay it */
    uint32_t order;   /* of its record in the file */
    int32_t block;    /* of the match; its number through the contig */
    int8_t side;
    bool failed;      /* by a filter: of two that say the same the other one is taken */
    bool matched;
} Candidate;

/* One haplotype while both sides are written onto it. */
typedef struct {
    int32_t written[SIDES]; /* how far on the reference */
    int32_t length;         /* of `pending` */
    int8_t ahead;           /* the side that has written more bases, or IN_STEP */
    bool copied;            /* `pending` lies in the search's own text */
    const char *pending;    /* the bases by which it is ahead; of the sequence where possible */
    uint64_t hash;          /* of `pending` */
    uint64_t open;          /* bit per call of which one change is laid, the other one to come */
} Strand;

/* Strands sorted, so that the two phases of a block that is closed are one state. */
typedef struct {
    Strand strands[2];
    uint64_t hash;
    int32_t score;  /* calls taken */
    uint32_t path;  /* node that tells which */
    uint8_t used;   /* bit per side: calls taken since both were last in step */
} State;

/* Different states in the order in which they were found. */
typedef struct {
    State *items;
    int64_t count, room;
    uint32_t *slots; /* hash table of number + 1 */
    size_t mask, slot_room;
} States;

typedef struct {
    uint32_t before;
    int32_t took; /* number of the candidate; -1: both sides in step, a block ends */
} Node;

/* What the candidates come to: each one laid at its place, or its two changes at theirs. */
typedef struct {
    Edit edits[2];
    int32_t start, end; /* the place */
    uint32_t order;     /* of the record */
    int32_t candidate;
    int64_t low, high;  /* how far the events behind can move truth against query */
    uint8_t kind;
    uint8_t options;
    uint8_t home;       /* of FIRST: the strand of its change in the first option */
    uint8_t slot;       /* bit of Strand.open */
    int8_t side;
    bool failed;
} Event;
enum { WHOLE, FIRST, SECOND };

/* One search after the other uses the same memory. */
typedef struct {
    const Contig *contig;
    int strands; /* 2: genotypes; 1: alleles, on one haplotype */
    States states, advanced;
    Event *events;
    int64_t event_count, event_room;
    Node *nodes;
    uint32_t node_count, node_room, node_due;
    struct Page *text, *spare;
    size_t text_used, text_due;
    uint64_t *ranks; /* scratch of narrow() */
    size_t rank_room;
    int32_t most;    /* states alive at one place */
    bool capped;     /* states were dropped */
    bool preferred;  /* then: calls that both sides have were matched as they stand */
    bool failed;     /* no memory */
} Search;

/* replay.c: finds the largest set of candidates by which both sides write the same haplotypes.
 * Sets `matched` and `block` of each; numbers blocks on from *blocks. -1: no memory. */
int replay(Search *search, Candidate *candidates, int64_t count, int strands, int32_t *blocks);

/* events.c */
int events_of(Search *search, const Candidate *candidates, int64_t count);

/* strand.c */
bool strand_write(Search *search, Strand *strand, int side, const char *bases, int32_t length);
bool strand_edit(Search *search, Strand *strand, int side, const Edit *edit);
bool strand_reference(Search *search, Strand *strand, int32_t to);
bool text_is_much(const Search *search);
void text_settle(Search *search);
void text_reset(Search *search);
void text_free(Search *search);

/* states.c */
void states_clear(States *states);
State *states_keep(Search *search, States *states, State *state);
uint32_t node_add(Search *search, uint32_t before, int32_t took);
void nodes_settle(Search *search);
void narrow(Search *search, int64_t count);
void search_reset(Search *search);
void search_free(Search *search);

/* judge.c: verdicts of one superlocus. */
int judge(Contig *contig, Search *search, Superlocus *superlocus, int32_t *blocks);
int edit_order(const Edit *a, const Edit *b);

static inline bool same_edit(const Edit *a, const Edit *b) {
    if (a->start != b->start) return false;
    return a->start == NOTHING || (a->end == b->end && same_bases(a->alt, b->alt));
}

#endif
