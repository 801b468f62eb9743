/* How many words of a read are in an index: the one function that both CPU and GPU run.
 *
 * Integers only, no early exit, no order of threads in the result: the same counts everywhere.
 * Included by screen.c (any C compiler) and by screen.cu (nvcc).
 *
 * Nucleotides. A base has two bits, (c >> 1) & 3: A 0, C 1, T 2, G 3, upper or lower case, so that
 * its complement is its code ^ 2. A word of k bases stands for both strands: the smaller of its own
 * packed form (first base lowest) and that of its reverse complement.
 *
 * A read is looked at in groups of `step` neighbouring words. The words of a group share a seed,
 * the k - step + 1 bases that lie in all of them. A filter (blocked Bloom, three bits of one word)
 * knows the seeds of the index; where a seed is not in it no word of its group can be in the index.
 * Only the other groups are looked up word by word in the exact table (open addressing, linear
 * probing; it holds hashes, which tell words apart, because an odd factor is a bijection mod 2^64).
 *
 * Proteins. Five bits an amino acid (ARNDCQEGHILKMFPSTWYV), all six frames, genetic code 11; a stop
 * or a codon with an unknown base ends a run. The seed of a protein word is the word itself.
 */
#ifndef PLUMBLINE_SCREEN_READ_H
#define PLUMBLINE_SCREEN_READ_H

#include <stdint.h>
#include <string.h>

#ifdef __CUDACC__
#define HD __device__
#define CONSTANT static __device__ const
#else
#define HD
#define CONSTANT static const
#endif

#define MULTIPLIER 0x9E3779B97F4A7C15ULL /* 2^64 / golden ratio (Knuth, TAOCP 3, 6.4) */
#define EMPTY (0ULL - MULTIPLIER)        /* the hash of 2^64 - 1, which no word packs to */
#define NUCLEOTIDE 0
#define PROTEIN 1

typedef struct {
  const uint64_t *filter; /* 2^filter_bits words */
  const uint64_t *table;  /* 2^table_bits hashes or EMPTY */
  uint32_t kind;          /* NUCLEOTIDE or PROTEIN */
  uint32_t k;             /* letters of a word: 8..31 bases, 4..12 amino acids */
  uint32_t seed;          /* letters of a seed, at most k */
  uint32_t filter_bits;   /* 6..28 */
  uint32_t table_bits;    /* 6..40 */
  uint32_t stride;        /* words are looked up at every stride-th position of the read */
} screen_index;

HD static inline uint64_t hash_of(uint64_t word) { return word * MULTIPLIER; }

HD static inline uint64_t filter_mask(uint64_t h, uint32_t bits) {
  uint64_t x = h >> (46 - bits); /* the 18 bits below those that choose the filter's word */
  return 1ULL << (x & 63) | 1ULL << ((x >> 6) & 63) | 1ULL << ((x >> 12) & 63);
}

HD static inline int in_filter(const screen_index *ix, uint64_t h) {
  uint64_t mask = filter_mask(h, ix->filter_bits);
  return (ix->filter[h >> (64 - ix->filter_bits)] & mask) == mask;
}

HD static inline uint32_t in_table(const screen_index *ix, uint64_t h) {
  uint64_t last = (1ULL << ix->table_bits) - 1;
  for (uint64_t slot = h >> (64 - ix->table_bits);; slot = (slot + 1) & last) {
    if (ix->table[slot] == h) return 1;
    if (ix->table[slot] == EMPTY) return 0;
  }
}

HD static inline uint64_t bases_mask(uint32_t n) { return (1ULL << (2 * n)) - 1; } /* n <= 31 */

HD static inline uint64_t reverse_complement(uint64_t word, uint32_t n) {
  uint64_t x = word ^ 0xAAAAAAAAAAAAAAAAULL;
  x = (x >> 2 & 0x3333333333333333ULL) | (x & 0x3333333333333333ULL) << 2;
  x = (x >> 4 & 0x0F0F0F0F0F0F0F0FULL) | (x & 0x0F0F0F0F0F0F0F0FULL) << 4;
  x = (x >> 8 & 0x00FF00FF00FF00FFULL) | (x & 0x00FF00FF00FF00FFULL) << 8;
  x = (x >> 16 & 0x0000FFFF0000FFFFULL) | (x & 0x0000FFFF0000FFFFULL) << 16;
  x = x >> 32 | x << 32;
  return x >> (64 - 2 * n);
}

HD static inline uint64_t either_strand(uint64_t word, uint32_t n) {
  uint64_t other = reverse_complement(word, n);
  return word < other ? word : other;
}

/* Eight letters as one number, the first one lowest, wherever they lie. A GPU reads aligned words
 * only: those around the letters, up to 15 bytes behind p. */
HD static inline uint64_t eight_letters(const uint8_t *p) {
#if defined(__CUDA_ARCH__) || defined(PLUMBLINE_ALIGNED)
  uint32_t shift = 8 * (uint32_t)((uintptr_t)p & 7);
  const uint64_t *around = (const uint64_t *)((uintptr_t)p & ~(uintptr_t)7);
  return around[0] >> shift | around[1] << 1 << (63 - shift);
#elif defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  uint64_t w = 0;
  for (int i = 0; i < 8; i++) w |= (uint64_t)p[i] << (8 * i);
  return w;
#else
  uint64_t w;
  memcpy(&w, p, 8);
  return w;
#endif
}

#define EACH(byte) (0x0101010101010101ULL * (byte))

/* The codes of eight letters, a byte each; in `wrong` a byte is 0 where the letter is a base. */
HD static inline uint64_t eight_codes(uint64_t letters, uint64_t *wrong) {
  uint64_t c = letters & EACH(0xDF); /* upper case */
  uint64_t code = c >> 1 & EACH(3);
  /* what the letter of that code is: A ^ 2 code, but T, which is A ^ 0x15 */
  uint64_t is_t = code >> 1 & ~code & EACH(1);
  *wrong = c ^ EACH('A') ^ code << 1 ^ is_t * 0x11;
  return code;
}

#define TILE 480 /* bases looked at in one go; a longer read is several tiles */
#define TILE_WORDS (TILE / 32 + 1)
#define TILE_MARKS (TILE / 64 + 2)

typedef struct {
  uint64_t packed[TILE_WORDS]; /* two bits a base */
  uint64_t marks[TILE_MARKS];  /* one bit a base that is not A, C, G or T; only where any_marked */
  uint32_t any_marked;
} tile;

/* Reads up to 7 letters behind n: the buffer must have them. */
HD static inline void pack(tile *t, const uint8_t *letters, uint32_t n) {
  t->any_marked = 0;
  for (uint32_t i = 0, w = 0; i < n; w++) {
    uint64_t packed = 0;
    for (uint32_t at = 0; at < 64 && i < n; at += 16, i += 8) {
      uint64_t wrong, code = eight_codes(eight_letters(letters + i), &wrong);
      if (n - i < 8) wrong &= (1ULL << (8 * (n - i))) - 1;
      if (wrong) {
        if (!t->any_marked) {
          for (int m = 0; m < TILE_MARKS; m++) t->marks[m] = 0;
          t->any_marked = 1;
        }
        for (uint32_t b = 0; b < 8; b++)
          if (wrong >> (8 * b) & 0xFF) t->marks[(i + b) >> 6] |= 1ULL << ((i + b) & 63);
      }
      code = (code | code >> 6) & 0x000F000F000F000FULL;
      code = (code | code >> 12) & 0x000000FF000000FFULL;
      code = (code | code >> 24) & 0xFFFF;
      packed |= code << at;
    }
    t->packed[w] = packed;
  }
  t->packed[(n + 31) / 32] = 0;
}

HD static inline uint64_t bases_at(const tile *t, uint32_t at, uint32_t n) {
  uint32_t shift = 2 * (at & 31);
  uint64_t low = t->packed[at >> 5] >> shift, high = t->packed[(at >> 5) + 1] << 1 << (63 - shift);
  return (low | high) & bases_mask(n);
}

HD static inline int marked_at(const tile *t, uint32_t at, uint32_t n) {
  uint32_t shift = at & 63;
  uint64_t low = t->marks[at >> 6] >> shift, high = t->marks[(at >> 6) + 1] << 1 << (63 - shift);
  return ((low | high) & ((1ULL << n) - 1)) != 0;
}

/* Hits of the words that begin at letters[0 .. n - k]; `first` is where letters lies in the read. */
HD static inline uint32_t tile_hits(const screen_index *ix, const uint8_t *letters, uint32_t n,
                                    uint64_t first) {
  tile t;
  uint16_t groups[TILE];
  uint32_t k = ix->k, seed = ix->seed, step = k - seed + 1;
  uint32_t words = n - k + 1, found = 0, hits = 0;
  pack(&t, letters, n);
  for (uint32_t at = 0; at < words; at += step) {
    groups[found] = (uint16_t)at; /* kept without a branch where the filter passes */
    found += in_filter(ix, hash_of(either_strand(bases_at(&t, at + step - 1, seed), seed)));
  }
  for (uint32_t g = 0; g < found; g++) {
    uint32_t end = groups[g] + step < words ? groups[g] + step : words;
    for (uint32_t at = groups[g]; at < end; at++) {
      if (ix->stride > 1 && (first + at) % ix->stride) continue;
      if (t.any_marked && marked_at(&t, at, k)) continue;
      hits += in_table(ix, hash_of(either_strand(bases_at(&t, at, k), k)));
    }
  }
  return hits;
}

HD static inline uint32_t nucleotide_hits(const screen_index *ix, const uint8_t *seq,
                                          uint64_t length) {
  uint32_t k = ix->k, step = k - ix->seed + 1;
  uint32_t advance = (TILE - k + 1) / step * step, hits = 0;
  for (uint64_t at = 0; at + k <= length; at += advance) {
    uint64_t left = length - at;
    hits += tile_hits(ix, seq + at, left < advance + k - 1 ? (uint32_t)left : advance + k - 1, at);
  }
  return hits;
}

#define NO_AMINO_ACID 31

/* The amino acid of a codon, six bits, first base highest, bases in the order A C T G: its place in
 * ARNDCQEGHILKMFPSTWYV, or NO_AMINO_ACID for a stop. */
CONSTANT uint8_t AMINO_ACID[64] = {
    11, 2,  2,  11, 16, 16, 16, 16, 9,  9,  9,  12, 1,  15, 15, 1,  /* A: KNNK TTTT IIIM RSSR */
    5,  8,  8,  5,  14, 14, 14, 14, 10, 10, 10, 10, 1,  1,  1,  1,  /* C: QHHQ PPPP LLLL RRRR */
    31, 18, 18, 31, 15, 15, 15, 15, 10, 13, 13, 10, 31, 4,  4,  17, /* T: *YY* SSSS LFFL *CCW */
    6,  3,  3,  6,  0,  0,  0,  0,  19, 19, 19, 19, 7,  7,  7,  7}; /* G: EDDE AAAA VVVV GGGG */

#define PROTEIN_TILE 96 /* bases, a multiple of 3, whose words are collected before looking up */

/* The last k amino acids of one frame, on either strand. A word with one that is unknown is in no
 * index, and so it is looked up as the others. */
typedef struct {
  uint64_t ahead, behind;
} frame;

/* The last three bases: as a codon of either strand, and how many of them are known. */
typedef struct {
  uint32_t codon, other, run;
} codons;

/* One base more; the two words that end here go to `words`. */
HD static inline void translate(frame *f, codons *c, uint8_t letter, uint64_t mask, uint32_t top,
                                uint64_t *words) {
  uint32_t upper = letter & 0xDF, code = upper >> 1 & 3;
  uint32_t known = upper == ('A' ^ code << 1 ^ (code == 2) * 0x11u);
  c->run = (c->run + 1) & (0u - known);
  c->codon = (c->codon << 2 | code) & 63;
  c->other = c->other >> 2 | (code ^ 2) << 4;
  uint32_t none = (0u - (c->run < 3)) & NO_AMINO_ACID;
  f->ahead = (f->ahead << 5 | AMINO_ACID[c->codon] | none) & mask;
  f->behind = f->behind >> 5 | (uint64_t)(AMINO_ACID[c->other] | none) << top;
  words[0] = f->ahead;
  words[1] = f->behind;
}

/* Whether a word that ends behind `end` bases is to be looked up, by where its first base lies. */
HD static inline int on_stride(const screen_index *ix, uint64_t end) {
  uint64_t size = 3 * ix->k;
  return ix->stride == 1 || (end >= size && (end - size) % ix->stride == 0);
}

HD static inline uint32_t protein_hits(const screen_index *ix, const uint8_t *seq,
                                       uint64_t length) {
  uint64_t words[2 * PROTEIN_TILE], mask = (1ULL << (5 * ix->k)) - 1;
  uint32_t hits = 0, top = 5 * (ix->k - 1);
  frame f = {mask, mask}, g = f, h = f; /* three by name, so that they stay in registers */
  codons c = {0, 0, 0};
  for (uint64_t start = 0; start < length; start += PROTEIN_TILE) {
    uint32_t n = length - start < PROTEIN_TILE ? (uint32_t)(length - start) : PROTEIN_TILE;
    uint32_t found = 0;
    const uint8_t *letters = seq + start;
    for (uint32_t i = 0; i < n; i += 3) {
      translate(&f, &c, letters[i], mask, top, words + 2 * i);
      if (i + 1 < n) translate(&g, &c, letters[i + 1], mask, top, words + 2 * i + 2);
      if (i + 2 < n) translate(&h, &c, letters[i + 2], mask, top, words + 2 * i + 4);
    }
    for (uint32_t i = 0; i < 2 * n; i++) { /* kept without a branch where the filter passes */
      uint64_t hash = hash_of(words[i]);
      words[found] = hash;
      found += (uint32_t)(in_filter(ix, hash) & on_stride(ix, start + i / 2 + 1));
    }
    for (uint32_t i = 0; i < found; i++) hits += in_table(ix, words[i]);
  }
  return hits;
}

HD static inline uint32_t screen_read(const screen_index *ix, const uint8_t *seq,
                                      uint64_t length) {
  if (ix->kind == PROTEIN) return protein_hits(ix, seq, length);
  return nucleotide_hits(ix, seq, length);
}

#endif
