/* Which taxon a read, or a pair of reads, is of: the function that CPU and GPU can run.
 *
 * Integers only, nothing depends on the order of threads. A word of k bases stands for both strands
 * (screen_read.h). Of all words those are taken ("sampled") whose hash begins with sample_bits zero
 * bits, the same ones in genomes and in reads. The index gives the taxon of a word: the genome that
 * has it, or the lowest common ancestor of those that do.
 *
 * Both mates vote together, as in Kraken (Wood and Salzberg 2014, doi:10.1186/gb-2014-15-3-r46): a
 * taxon scores the words of its own and of its ancestors. The best score wins; between equal ones
 * their lowest common ancestor does. While fewer than `confidence` thousandths of the sampled words
 * of the pair lie in the clade of the winner, its parent takes its place; the root gives way to
 * nothing.
 *
 * Taxa are numbered in preorder: the clade of n is n .. end[n] - 1, and the root is 0.
 */
#ifndef PLUMBLINE_TAXA_READ_H
#define PLUMBLINE_TAXA_READ_H

#include "screen_read.h"

#define TAXA_SALT 0x5851F42D4C957F2DULL /* so that AAA…, whose word is 0, has no hash of zeros */
#define TAXA_FREE (~0ULL)               /* a slot of the table without a word */
#define TAXA_VALUE_BITS 24
#define TAXA_PART_BITS 6 /* a genome is looked at in 64 parts of equal length */
#define TAXA_MOST_NODES ((1u << (TAXA_VALUE_BITS - TAXA_PART_BITS)) - 1)
#define TAXA_MOST_MIN_WORDS 16
#define TAXA_WAITING (4 * TILE)

enum { TAXA_TOO_SHORT, TAXA_NOT_SAMPLED, TAXA_UNKNOWN, TAXA_TOO_FEW, TAXA_FOUND };

typedef struct {
  const uint64_t *table;  /* 2^table_bits slots: 40 bits of the hash, taxon, part of the genome */
  const uint32_t *parent; /* of every taxon; of the root itself */
  const uint32_t *end;    /* behind the last taxon of its clade */
  uint32_t nodes;
  uint32_t k;           /* bases of a word, at most 31 */
  uint32_t table_bits;  /* at least 24 - sample_bits: slot and 40 bits tell words apart */
  uint32_t sample_bits; /* 0..8: one word of 2^sample_bits is taken */
  uint32_t min_words;   /* different words of the index that a pair must have, 1..16 */
  uint32_t confidence;  /* in thousandths */
} taxa_index;

typedef struct {
  uint32_t slot, node;
} taxa_hit;

typedef struct {
  uint32_t node, count;
} taxa_vote;

/* What is found of a pair; the arrays have room for every sampled word that it can hold. */
typedef struct {
  taxa_hit *hits;
  taxa_vote *votes;
  uint32_t hit_count, vote_count;
  uint32_t words;    /* sampled */
  uint32_t possible; /* whether a mate is as long as a word */
  uint32_t waiting;
  uint64_t queue[TAXA_WAITING]; /* hashes that are not looked up yet */
} taxa_pair;

HD static inline uint64_t taxa_hash(uint64_t word) { return (word ^ TAXA_SALT) * MULTIPLIER; }

HD static inline int taxa_sampled(uint64_t h, uint32_t sample_bits) {
  return h <= ~0ULL >> sample_bits;
}

HD static inline uint64_t taxa_slot(uint64_t h, uint32_t sample_bits, uint32_t table_bits) {
  return h << sample_bits >> (64 - table_bits);
}

HD static inline uint64_t taxa_mark(uint64_t h) { return h << TAXA_VALUE_BITS; }

HD static inline uint32_t taxa_value(uint64_t entry) {
  return (uint32_t)(entry & ((1u << TAXA_VALUE_BITS) - 1));
}

HD static inline int taxa_same(uint64_t entry, uint64_t mark) {
  return entry >> TAXA_VALUE_BITS == mark >> TAXA_VALUE_BITS;
}

HD static inline void taxa_look_up(const taxa_index *ix, taxa_pair *pair) {
  uint64_t last = (1ULL << ix->table_bits) - 1;
#ifndef __CUDA_ARCH__
  for (uint32_t i = 0; i < pair->waiting; i++)
    __builtin_prefetch(ix->table + taxa_slot(pair->queue[i], ix->sample_bits, ix->table_bits));
#endif
  for (uint32_t i = 0; i < pair->waiting; i++) {
    uint64_t mark = taxa_mark(pair->queue[i]), entry;
    uint64_t slot = taxa_slot(pair->queue[i], ix->sample_bits, ix->table_bits);
    for (; (entry = ix->table[slot]) != TAXA_FREE; slot = (slot + 1) & last)
      if (taxa_same(entry, mark)) {
        taxa_hit *hit = pair->hits + pair->hit_count++;
        hit->slot = (uint32_t)slot;
        hit->node = taxa_value(entry) >> TAXA_PART_BITS;
        break;
      }
  }
  pair->words += pair->waiting;
  pair->waiting = 0;
}

/* The sampled words that begin at letters[0 .. n - k], put into the queue. */
HD static inline void taxa_tile(const taxa_index *ix, const uint8_t *letters, uint32_t n,
                                taxa_pair *pair) {
  tile t;
  uint32_t k = ix->k, words = n - k + 1, found = pair->waiting, top = 2 * (k - 1);
  uint64_t mask = bases_mask(k), below = ~0ULL >> ix->sample_bits;
  pack(&t, letters, n);
  if (t.any_marked) {
    for (uint32_t at = 0; at < words; at++) {
      if (marked_at(&t, at, k)) continue;
      uint64_t h = taxa_hash(either_strand(bases_at(&t, at, k), k));
      pair->queue[found] = h; /* kept without a branch where it is sampled */
      found += h <= below;
    }
  } else {
    uint64_t word = bases_at(&t, 0, k - 1) << 2, other = reverse_complement(word >> 2, k - 1);
    for (uint32_t at = k - 1, left = 0; at < n; at += left) {
      uint64_t next = t.packed[at >> 5] >> 2 * (at & 31);
      left = 32 - (at & 31) < n - at ? 32 - (at & 31) : n - at;
      for (uint32_t i = 0; i < left; i++, next >>= 2) {
        word = word >> 2 | (next & 3) << top;
        other = (other << 2 | ((next & 3) ^ 2)) & mask;
        uint64_t h = taxa_hash(word < other ? word : other);
        pair->queue[found] = h;
        found += h <= below;
      }
    }
  }
  pair->waiting = found;
}

HD static inline void taxa_mate(const taxa_index *ix, const uint8_t *seq, uint64_t length,
                                taxa_pair *pair) {
  uint32_t k = ix->k, advance = TILE - k + 1;
  if (length >= k) pair->possible = 1;
  for (uint64_t at = 0; at + k <= length; at += advance) {
    uint64_t left = length - at;
    if (pair->waiting > TAXA_WAITING - TILE) taxa_look_up(ix, pair);
    taxa_tile(ix, seq + at, left < TILE ? (uint32_t)left : TILE, pair);
  }
}

HD static inline int taxa_in_clade(const taxa_index *ix, uint32_t node, uint32_t of) {
  return of <= node && node < ix->end[of];
}

HD static inline uint32_t taxa_ancestor(const taxa_index *ix, uint32_t a, uint32_t b) {
  while (!taxa_in_clade(ix, b, a)) a = ix->parent[a];
  return a;
}

HD static inline int taxa_enough_words(const taxa_index *ix, const taxa_pair *pair) {
  uint32_t different[TAXA_MOST_MIN_WORDS], n = 0;
  for (uint32_t i = 0; i < pair->hit_count && n < ix->min_words; i++) {
    uint32_t j = 0;
    while (j < n && different[j] != pair->hits[i].slot) j++;
    if (j == n) different[n++] = pair->hits[i].slot;
  }
  return n >= ix->min_words;
}

HD static inline void taxa_count_votes(taxa_pair *pair) {
  for (uint32_t i = 0; i < pair->hit_count; i++) {
    uint32_t j = 0, node = pair->hits[i].node;
    while (j < pair->vote_count && pair->votes[j].node != node) j++;
    if (j == pair->vote_count) {
      pair->votes[j].node = node;
      pair->votes[j].count = 0;
      pair->vote_count++;
    }
    pair->votes[j].count++;
  }
}

/* The taxon with the best score; 0xFFFFFFFF where even the root has too small a share. */
HD static inline uint32_t taxa_winner(const taxa_index *ix, const taxa_pair *pair) {
  uint32_t best = 0, winner = 0;
  for (uint32_t i = 0; i < pair->vote_count; i++) {
    uint32_t score = 0, node = pair->votes[i].node;
    for (uint32_t j = 0; j < pair->vote_count; j++)
      if (taxa_in_clade(ix, node, pair->votes[j].node)) score += pair->votes[j].count;
    if (score > best) {
      best = score;
      winner = node;
    } else if (score == best) {
      winner = taxa_ancestor(ix, winner, node);
    }
  }
  for (;; winner = ix->parent[winner]) {
    uint64_t inside = 0;
    for (uint32_t j = 0; j < pair->vote_count; j++)
      if (taxa_in_clade(ix, pair->votes[j].node, winner)) inside += pair->votes[j].count;
    if (inside * 1000 >= (uint64_t)ix->confidence * pair->words) return winner;
    if (winner == 0) return ~0u;
  }
}

/* How a pair ends, and where that is TAXA_FOUND its taxon. A read without a mate: length2 is 0. */
HD static inline int taxa_read(const taxa_index *ix, const uint8_t *seq1, uint64_t length1,
                               const uint8_t *seq2, uint64_t length2, taxa_pair *pair,
                               uint32_t *taxon) {
  pair->hit_count = pair->vote_count = pair->words = pair->possible = pair->waiting = 0;
  taxa_mate(ix, seq1, length1, pair);
  taxa_mate(ix, seq2, length2, pair);
  taxa_look_up(ix, pair);
  if (!pair->possible) return TAXA_TOO_SHORT;
  if (!pair->words) return TAXA_NOT_SAMPLED;
  if (!pair->hit_count) return TAXA_UNKNOWN;
  if (!taxa_enough_words(ix, pair)) return TAXA_TOO_FEW;
  taxa_count_votes(pair);
  *taxon = taxa_winner(ix, pair);
  return *taxon == ~0u ? TAXA_TOO_FEW : TAXA_FOUND;
}

#endif
