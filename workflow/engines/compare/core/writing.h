/* Pieces of the annotated VCF that repeat from line to line. */
#ifndef PLUMBLINE_WRITING_H
#define PLUMBLINE_WRITING_H

#include "compare.h"

/* Texts of INFO/Regions of late, by what they name. */
enum { REGION_SLOTS = 1024 };
typedef struct {
    uint64_t *words; /* which names; the last word is 1 for CONF */
    Buffer text;
    bool used;
} RegionText;

typedef struct {
    const Options *options;
    int32_t width;       /* words of a slot */
    int32_t count;       /* names */
    const char **names;  /* sorted */
    size_t *lengths;     /* of the names */
    int32_t *bits;       /* bit of each name */
    uint64_t *wanted;
    RegionText *slots;
    bool failed;
} RegionTexts;

bool region_texts_open(RegionTexts *regions, const Options *options); /* false: no memory */
void region_texts_free(RegionTexts *regions);
/* ";Regions=..." with the names of both sides, or nothing where there are none. */
void add_regions(Buffer *line, RegionTexts *regions, const uint64_t *const members[SIDES],
                 bool confident);

/* Texts of numbers of late. */
enum { NUMBER_SLOTS = 1024 };
typedef struct {
    struct {
        uint32_t bits;
        uint8_t length; /* 0: not used */
        char text[19];
    } slots[NUMBER_SLOTS];
} NumberTexts;

/* As Python's format(x, 'g'): six digits; NAN is a dot. */
void add_number(Buffer *line, NumberTexts *numbers, float value);

#endif
