/* FASTQ in memory; see fastq.h. Format: Cock et al. 2010, doi:10.1093/nar/gkp1137. */
#include "fastq.h"

#include <string.h>

#include "screen_read.h"

static const char *const IUPAC = "ACGTUNRYKMSWBDHV.-*";
static const char *const ADAPTERS[] = {"AGATCGGAAGAGC", "CTGTCTCTTATACACATCT"};

static uint64_t without_cr(const uint8_t *p, uint64_t n) { return n && p[n - 1] == '\r' ? n - 1 : n; }

/* One record at p; 0 when it is not whole or not sound. */
static int find_one(uint8_t *buffer, uint64_t at, uint64_t size, int at_end, fastq_record *r,
                    fastq_outcome *out) {
  const uint8_t *p = buffer + at, *end = buffer + size, *line[3], *next;
  if (*p != '@') {
    out->problem = FASTQ_NO_AT;
    out->detail = *p;
    return 0;
  }
  for (int i = 0; i < 3; i++) {
    line[i] = memchr(p, '\n', (size_t)(end - p));
    if (line[i] == NULL) {
      if (at_end) {
        out->problem = FASTQ_CUT;
        out->detail = (uint64_t)i;
      }
      return 0;
    }
    p = line[i] + 1;
    if (i == 1 && p < end && *p != '+') {
      out->problem = FASTQ_NO_PLUS;
      out->detail = *p;
      return 0;
    }
  }
  const uint8_t *seq = line[0] + 1;
  uint64_t length = without_cr(seq, (uint64_t)(line[1] - seq));
  uint64_t left = (uint64_t)(end - p), got;
  if (left > length && p[length] == '\n') {
    next = p + length;
    got = length; /* the usual case needs no search */
  } else {
    next = memchr(p, '\n', (size_t)left);
    if (next == NULL) {
      if (!at_end) return 0;
      next = end;
    }
    got = without_cr(p, (uint64_t)(next - p));
  }
  if (got != length) {
    out->problem = next == end && got < length ? FASTQ_CUT : FASTQ_LENGTHS;
    out->detail = out->problem == FASTQ_CUT ? 3 : length << 32 | (got & 0xFFFFFFFF);
    return 0;
  }
  if (next == end) buffer[size] = '\n'; /* the last line without a line feed gets one */
  r->start = (uint32_t)at;
  r->name = (uint32_t)without_cr(buffer + at + 1, (uint64_t)(line[0] - (buffer + at + 1)));
  r->seq = (uint32_t)(seq - buffer);
  r->length = (uint32_t)length;
  r->quality = (uint32_t)(p - buffer);
  r->end = (uint32_t)(next - buffer) + 1;
  return 1;
}

void fastq_find(uint8_t *buffer, uint64_t size, int at_end, uint64_t most, fastq_record *records,
                fastq_outcome *out) {
  uint64_t at = 0, n = 0;
  out->problem = FASTQ_OK;
  out->detail = 0;
  while (n < most && at < size && find_one(buffer, at, size, at_end, records + n, out))
    at = records[n++].end;
  if (out->problem == FASTQ_NO_AT && at_end) { /* empty lines at the end are no record */
    uint64_t rest = at;
    while (rest < size && (buffer[rest] == '\n' || buffer[rest] == '\r')) rest++;
    if (rest == size) {
      out->problem = FASTQ_OK;
      at = size;
    }
  }
  if (out->problem == FASTQ_NO_AT && !at_end) { /* they may go on behind the buffer */
    uint64_t rest = at;
    while (rest < size && (buffer[rest] == '\n' || buffer[rest] == '\r')) rest++;
    if (rest == size) out->problem = FASTQ_OK;
  }
  out->records = n;
  out->consumed = at < size ? at : size;
}

/* Letters that are A, C, G or T, of either case; reads up to 7 letters behind n. */
static uint64_t known_bases(const uint8_t *p, uint64_t n) {
  uint64_t known = n;
  for (uint64_t i = 0; i < n; i += 8) {
    uint64_t wrong;
    eight_codes(eight_letters(p + i), &wrong);
    if (n - i < 8) wrong &= (1ULL << (8 * (n - i))) - 1;
    for (; wrong; wrong >>= 8) known -= (wrong & 0xFF) != 0;
  }
  return known;
}

/* Loops of one kind of number each, which the compiler makes wide. */
static uint64_t sum_and_range(const uint8_t *p, uint64_t n, uint8_t *low, uint8_t *high) {
  uint64_t sum = 0;
  uint8_t least = 255, most = 0;
  for (uint64_t i = 0; i < n; i++) {
    least = p[i] < least ? p[i] : least;
    most = p[i] > most ? p[i] : most;
  }
  while (n) {
    uint64_t some = n < 256 ? n : 256;
    uint16_t part = 0;
    for (uint64_t i = 0; i < some; i++) part = (uint16_t)(part + p[i]);
    sum += part;
    p += some;
    n -= some;
  }
  *low = least;
  *high = most;
  return sum;
}

static int is_iupac(uint8_t c) {
  if (c >= 'a' && c <= 'z') c &= 0xDF;
  return c && strchr(IUPAC, c) != NULL;
}

static int begins_with_adapter(const uint8_t *p, uint64_t n) {
  for (int i = 0; i < 2; i++) {
    uint64_t length = strlen(ADAPTERS[i]);
    if (n >= length && memcmp(p, ADAPTERS[i], length) == 0) return 1;
  }
  return 0;
}

void fastq_check(const uint8_t *buffer, const fastq_record *records, uint64_t n, fastq_tally *t,
                 fastq_outcome *out) {
  out->problem = FASTQ_OK;
  for (uint64_t i = 0; i < n; i++) {
    const uint8_t *seq = buffer + records[i].seq, *quality = buffer + records[i].quality;
    uint64_t length = records[i].length, known = known_bases(seq, length);
    uint8_t low = 255, high = 0;
    uint64_t part;
    out->records = i;
    if (known < length)
      for (uint64_t j = 0; j < length; j++)
        if (!is_iupac(seq[j])) {
          out->problem = FASTQ_BASE;
          out->detail = seq[j];
          return;
        }
    part = sum_and_range(quality, length, &low, &high);
    if (length && (low < '!' || high > '~')) {
      const uint8_t *cut = memchr(quality, '\n', length); /* shorter, yet another line ended here */
      out->problem = cut ? FASTQ_LENGTHS : FASTQ_QUALITY;
      out->detail = low < '!' ? low : high;
      if (cut) out->detail = length << 32 | without_cr(quality, (uint64_t)(cut - quality));
      return;
    }
    t->reads++;
    t->bases += length;
    t->unknown_bases += length - known;
    t->quality_sum += part - 33 * length;
    t->adapters += (uint64_t)begins_with_adapter(seq, length);
    if (length < t->shortest) t->shortest = length;
    if (length > t->longest) t->longest = length;
    if (low < t->lowest_quality) t->lowest_quality = low;
    if (high > t->highest_quality) t->highest_quality = high;
  }
  out->records = n;
}

/* Letters of a name that both mates share: up to the first blank, without /1, /2, .1, .2, _1, _2
 * where that is the mate. */
static uint64_t shared_name(const uint8_t *p, uint64_t n) {
  uint64_t i = 0;
  while (i < n && p[i] != ' ' && p[i] != '\t') i++;
  return i;
}

static int is_mate(const uint8_t *p, uint64_t n, uint8_t mate) {
  return n >= 2 && p[n - 1] == mate && (p[n - 2] == '/' || p[n - 2] == '.' || p[n - 2] == '_');
}

uint64_t fastq_unlike_names(const uint8_t *one, const fastq_record *ones, const uint8_t *two,
                            const fastq_record *twos, uint64_t n) {
  for (uint64_t i = 0; i < n; i++) {
    const uint8_t *a = one + ones[i].start + 1, *b = two + twos[i].start + 1;
    uint64_t na = shared_name(a, ones[i].name), nb = shared_name(b, twos[i].name);
    if (na == nb && memcmp(a, b, na) == 0) continue;
    if (na == nb && is_mate(a, na, '1') && is_mate(b, nb, '2') && memcmp(a, b, na - 1) == 0)
      continue;
    return i;
  }
  return n;
}

uint64_t fastq_copy(const uint8_t *buffer, const fastq_record *records, const uint32_t *chosen,
                    uint64_t n, uint8_t *out) {
  uint8_t *to = out;
  for (uint64_t i = 0; i < n; i++) {
    const fastq_record *r = records + chosen[i];
    memcpy(to, buffer + r->start, r->end - r->start);
    to += r->end - r->start;
  }
  return (uint64_t)(to - out);
}
