/* The kernel for CPUs, and what makes an index. Threads are the caller's: no state of its own. */
#include "screen_read.h"

#include "fastq.h"

/* Hits of every read. Buffers need 8 bytes behind the last letter. */
void screen_reads(const screen_index *ix, const uint8_t *buffer, const fastq_record *records,
                  uint64_t n, uint32_t *hits) {
  for (uint64_t i = 0; i < n; i++)
    hits[i] = screen_read(ix, buffer + records[i].seq, records[i].length);
}

static uint8_t amino_code(uint8_t c) {
  static const char letters[] = "ARNDCQEGHILKMFPSTWYV";
  const char *at = c >= 'A' ? strchr(letters, c & 0xDF) : 0;
  return at && *at ? (uint8_t)(at - letters) : NO_AMINO_ACID;
}

/* Hashes of all words of k letters in a reference; words with other letters have none. Gives how
 * many were written to `out`, which has room for length. */
uint64_t screen_hashes(uint32_t kind, uint32_t k, const uint8_t *seq, uint64_t length,
                       uint64_t *out) {
  uint64_t word = 0, n = 0;
  uint64_t mask = kind == PROTEIN ? (1ULL << (5 * k)) - 1 : bases_mask(k);
  uint32_t run = 0;
  for (uint64_t i = 0; i < length; i++) {
    uint8_t c = seq[i] & 0xDF;
    if (kind == PROTEIN) {
      uint8_t code = amino_code(seq[i]);
      run = code == NO_AMINO_ACID ? 0 : run + 1;
      word = (word << 5 | code) & mask;
      if (run >= k) out[n++] = hash_of(word);
    } else {
      run = (c == 'A' || c == 'C' || c == 'G' || c == 'T') ? run + 1 : 0;
      word = (word >> 2 | (uint64_t)(c >> 1 & 3) << (2 * (k - 1))) & mask;
      if (run >= k) out[n++] = hash_of(either_strand(word, k));
    }
  }
  return n;
}

/* Puts hashes, each once, into a table of 2^bits slots that the caller filled with EMPTY. */
void screen_fill_table(const uint64_t *hashes, uint64_t n, uint32_t bits, uint64_t *table) {
  uint64_t last = (1ULL << bits) - 1;
  for (uint64_t i = 0; i < n; i++) {
    uint64_t slot = hashes[i] >> (64 - bits);
    while (table[slot] != EMPTY) slot = (slot + 1) & last;
    table[slot] = hashes[i];
  }
}

void screen_fill_filter(const uint64_t *hashes, uint64_t n, uint32_t bits, uint64_t *filter) {
  for (uint64_t i = 0; i < n; i++)
    filter[hashes[i] >> (64 - bits)] |= filter_mask(hashes[i], bits);
}

uint64_t screen_empty(void) { return EMPTY; }
