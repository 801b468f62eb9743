/* FASTQ in memory: where records lie, whether they are sound, what they hold. */
#ifndef PLUMBLINE_FASTQ_H
#define PLUMBLINE_FASTQ_H

#include <stdint.h>

/* Offsets into the buffer, which is shorter than 4 GiB. */
typedef struct {
  uint32_t start;   /* the '@' */
  uint32_t name;    /* letters behind '@' up to the end of its line, without CR */
  uint32_t seq;     /* first base */
  uint32_t length;  /* bases */
  uint32_t quality; /* first letter of the quality */
  uint32_t end;     /* behind the last line feed */
} fastq_record;

enum {
  FASTQ_OK = 0,
  FASTQ_NO_AT = 1,        /* the first line does not begin with '@' */
  FASTQ_NO_PLUS = 2,      /* the third line does not begin with '+' */
  FASTQ_LENGTHS = 3,      /* sequence and quality differ in length: detail says by which length */
  FASTQ_CUT = 4,          /* the data end inside a record: detail is the number of its whole lines */
  FASTQ_BASE = 5,         /* not an IUPAC letter: detail is the byte */
  FASTQ_QUALITY = 6,      /* not a letter of '!' to '~': detail is the byte */
};

/* How a call ended. */
typedef struct {
  uint64_t records;  /* found, or looked at */
  uint64_t consumed; /* bytes of whole records (and, at the end of the data, of empty lines) */
  uint64_t detail;
  uint32_t problem; /* of the record with the number `records`, counted from 0 */
  uint32_t unused;
} fastq_outcome;

typedef struct {
  uint64_t reads, bases, unknown_bases, quality_sum, adapters;
  uint64_t shortest, longest;
  uint64_t lowest_quality, highest_quality; /* as bytes; 255 and 0 of nothing */
} fastq_tally;

/* Finds up to `most` whole records. At the end of the data the last line feed may be missing:
 * then `end` is one byte behind the buffer, which must have room for it. */
void fastq_find(uint8_t *buffer, uint64_t size, int at_end, uint64_t most, fastq_record *records,
                fastq_outcome *outcome);

/* Looks at every base and quality; adds to the tally (which the caller sets up). */
void fastq_check(const uint8_t *buffer, const fastq_record *records, uint64_t n,
                 fastq_tally *tally, fastq_outcome *outcome);

/* The number of the first pair whose names do not belong together, or n. */
uint64_t fastq_unlike_names(const uint8_t *one, const fastq_record *ones, const uint8_t *two,
                            const fastq_record *twos, uint64_t n);

/* Copies the chosen records one behind the other; gives the bytes written. */
uint64_t fastq_copy(const uint8_t *buffer, const fastq_record *records, const uint32_t *chosen,
                    uint64_t n, uint8_t *out);

#endif
