/* The fields of a VCF line, and what stands in them. A field is a piece of the line: nothing is
 * copied, nothing ends with a 0. */
#ifndef PLUMBLINE_FIELDS_H
#define PLUMBLINE_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CHROM, POS, ID, REF, ALT, QUAL, FILTER, INFO, FORMAT, FIXED_COLUMNS };

typedef struct {
    const char *text;
    size_t length;
} Field;

typedef struct {
    Field fixed[FIXED_COLUMNS];
    Field sample;
    int32_t count; /* of all columns of the line */
} Columns;

/* The columns of a line without its end; those that it does not have are empty. */
Columns columns_of(const char *line, size_t length, int32_t sample);

bool field_is(Field field, const char *text);

/* The part of a list in front of its next separator, which goes from the list. Check for the end
 * with `list->text` before: it is NULL behind the last part. */
Field next_part(Field *list, char separator);

/* A number of digits only; one too large for the type is the largest. False: it is none. */
bool digits_of(Field field, int32_t *number);

/* A decimal number as VCF has it (inf and nan too). False: it is none. */
bool decimal_of(Field field, float *number);

/* The value of KEY=value; of a key in FORMAT. Empty where it is not there. */
Field info_value(Field info, const char *key);
bool has_info(Field info, const char *key);
Field format_value(Field format, Field sample, const char *key);

/* Whether each filter that the record failed is one of `names`, each ended by a 0, the list by an
 * empty one; `*` names all. */
bool only_filters(Field filter, const char *names);

#endif
