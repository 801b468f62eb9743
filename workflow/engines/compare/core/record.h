/* One line on its way to a call, and what its alleles and its genotype are. */
#ifndef PLUMBLINE_RECORD_H
#define PLUMBLINE_RECORD_H

#include "compare.h"
#include "fields.h"

enum { DAMAGED = -1, SHOWN_TEXT = 24 };

typedef struct {
    Field text;
    bool called;
} WrittenAllele;

typedef struct {
    Contig *contig;
    const SideOptions *options;
    Intake *intake;
    int side;
    Columns columns;
    int32_t position;
    WrittenAllele *alleles; /* REF first */
    int32_t allele_count;
    int64_t allele_room;
    int32_t genotype[2], ploidy; /* the first two alleles; how many there are */
    bool phased;
    bool has_unspecified; /* <NON_REF> or <*> among ALT */
    bool failed;          /* memory ran out */
} Record;

static inline char upper(char c) { return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c; }

bool is_unspecified(Field allele);

/* REF and ALT into `alleles`, none called. False: out of memory. */
bool split_alleles(Record *record);

/* Read GT, mark what is called. ASIDES: it can be compared; else the reason; or DAMAGED. */
int read_genotype(Record *record);

/* Why the called alleles cannot be compared base by base; ASIDES where they can; or DAMAGED. */
int unusable(Record *record);

/* An allele in upper case that outlives the line; REF, after it agreed with the reference. */
Allele kept_allele(Record *record, Field text);
Allele kept_reference(Record *record, Field text);

/* Say what is wrong with the record at its place; gives -1. */
int damaged(const Record *record, const char *text, ...);

/* At most 20 characters, others than ASCII's visible ones replaced. */
const char *printable(Field field, char shown[SHOWN_TEXT]);

#endif
