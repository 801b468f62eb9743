/* Taxa of reads on a CPU, and what makes an index of genomes. Threads are the caller's. */
#include "taxa_read.h"

#include <stdlib.h>

#include "fastq.h"

/* Sums over pairs; arrays have one place a taxon. The caller sets them up. */
typedef struct {
  uint64_t *reads;   /* pairs of just this taxon */
  uint64_t *words;   /* sampled words of those pairs */
  uint64_t *matched; /* of them in the index, of this taxon or its ancestors */
  uint64_t *hits;    /* words of just this taxon, in pairs of its clade, each once a pair */
  uint64_t *seen;    /* a bit a slot of the table: whether its word was among them */
  uint64_t ways[TAXA_FOUND + 1];
} taxa_tally;

static int by_slot(const void *a, const void *b) {
  uint32_t one = ((const taxa_hit *)a)->slot, two = ((const taxa_hit *)b)->slot;
  return (one > two) - (one < two);
}

static void sort(taxa_hit *hits, uint32_t n) {
  if (n > 64) {
    qsort(hits, n, sizeof *hits, by_slot);
    return;
  }
  for (uint32_t i = 1; i < n; i++) {
    taxa_hit hit = hits[i];
    uint32_t j = i;
    for (; j && hits[j - 1].slot > hit.slot; j--) hits[j] = hits[j - 1];
    hits[j] = hit;
  }
}

static void count(const taxa_index *ix, const taxa_pair *pair, uint32_t taxon, taxa_tally *t) {
  t->reads[taxon]++;
  t->words[taxon] += pair->words;
  sort(pair->hits, pair->hit_count); /* where mates overlap a word is read twice */
  for (uint32_t i = 0; i < pair->hit_count; i++) {
    taxa_hit hit = pair->hits[i];
    if (!taxa_in_clade(ix, taxon, hit.node)) continue;
    t->matched[taxon]++;
    if (i && pair->hits[i - 1].slot == hit.slot) continue;
    t->hits[hit.node]++;
    t->seen[hit.slot >> 6] |= 1ULL << (hit.slot & 63);
  }
}

static uint64_t most_words(const fastq_record *ones, const fastq_record *twos, uint64_t n) {
  uint64_t most = 0;
  for (uint64_t i = 0; i < n; i++) {
    uint64_t bases = (uint64_t)ones[i].length + (twos ? twos[i].length : 0);
    if (bases > most) most = bases;
  }
  return most;
}

/* Finds the taxon of every pair and adds to the tally; `twos` is NULL where reads have no mates.
 * Gives 0 where memory is short. Buffers need 8 bytes behind the last letter. */
int taxa_reads(const taxa_index *ix, const uint8_t *one, const fastq_record *ones,
               const uint8_t *two, const fastq_record *twos, uint64_t n, taxa_tally *tally,
               uint32_t *taxa) {
  uint64_t most = most_words(ones, twos, n);
  taxa_pair *pair = malloc(sizeof *pair);
  taxa_hit *hits = malloc((most + 1) * sizeof *hits);
  taxa_vote *votes = malloc((most + 1) * sizeof *votes);
  int well = pair && hits && votes;
  if (well) {
    pair->hits = hits;
    pair->votes = votes;
    for (uint64_t i = 0; i < n; i++) {
      uint32_t taxon = ~0u;
      const uint8_t *seq2 = twos ? two + twos[i].seq : one;
      int way = taxa_read(ix, one + ones[i].seq, ones[i].length, seq2, twos ? twos[i].length : 0,
                          pair, &taxon);
      tally->ways[way]++;
      if (way == TAXA_FOUND) count(ix, pair, taxon, tally);
      if (taxa) taxa[i] = taxon;
    }
  }
  free(pair);
  free(hits);
  free(votes);
  return well;
}

/* A genome on its way into a table: letters come piece by piece. */
typedef struct {
  uint64_t *table;
  const uint32_t *parent, *end;
  uint32_t k, table_bits, sample_bits;
  uint32_t node;
  uint64_t length;             /* of the genome, for its parts */
  uint64_t position;           /* bases of the genome so far */
  uint64_t word, other;        /* the last k bases, and their reverse complement */
  uint64_t run;                /* known bases since the last unknown one or the last sequence */
  uint64_t possible, sampled;  /* words of A, C, G and T; of them sampled */
  uint64_t added;              /* slots taken */
  uint64_t most;               /* that may be taken; what comes then is left out, and it is full */
  uint64_t full;
} taxa_growth;

static void put(taxa_growth *g, uint64_t h, uint32_t value) {
  uint64_t last = (1ULL << g->table_bits) - 1, mark = taxa_mark(h);
  uint64_t slot = taxa_slot(h, g->sample_bits, g->table_bits);
  taxa_index tree = {.parent = g->parent, .end = g->end};
  for (;; slot = (slot + 1) & last) {
    uint64_t entry = g->table[slot];
    if (entry == TAXA_FREE) {
      if (g->added == g->most) {
        g->full = 1;
        return;
      }
      g->table[slot] = mark | value;
      g->added++;
      return;
    }
    if (taxa_same(entry, mark)) { /* the part stays that of the first genome */
      uint32_t node = taxa_ancestor(&tree, taxa_value(entry) >> TAXA_PART_BITS, g->node);
      uint32_t part = taxa_value(entry) & ((1u << TAXA_PART_BITS) - 1);
      g->table[slot] = mark | node << TAXA_PART_BITS | part;
      return;
    }
  }
}

/* Adds letters of a genome; without a table its words are only counted. A new sequence: run = 0. */
void taxa_grow(taxa_growth *g, const uint8_t *letters, uint64_t n) {
  uint64_t mask = bases_mask(g->k);
  for (uint64_t i = 0; i < n && !g->full; i++, g->position++) {
    uint32_t c = letters[i] & 0xDF;
    uint64_t code = c >> 1 & 3;
    g->run = (c == 'A' || c == 'C' || c == 'G' || c == 'T') ? g->run + 1 : 0;
    g->word = g->word >> 2 | code << (2 * (g->k - 1));
    g->other = (g->other << 2 | (code ^ 2)) & mask;
    if (g->run < g->k) continue;
    uint64_t h = taxa_hash(g->word < g->other ? g->word : g->other);
    g->possible++;
    if (!taxa_sampled(h, g->sample_bits)) continue;
    g->sampled++;
    if (!g->table) continue;
    uint64_t part = (g->position - g->k + 1) * (1u << TAXA_PART_BITS) / g->length;
    put(g, h, g->node << TAXA_PART_BITS | (uint32_t)part);
  }
}

/* Adds to counts[taxon << 6 | part] the words of a table, or of those whose bit is set in `seen`. */
void taxa_count_words(const uint64_t *table, uint32_t table_bits, const uint64_t *seen,
                      uint32_t *counts) {
  for (uint64_t slot = 0; slot >> table_bits == 0; slot++) {
    if (seen && !seen[slot >> 6]) {
      slot |= 63;
      continue;
    }
    if (seen && !(seen[slot >> 6] >> (slot & 63) & 1)) continue;
    if (table[slot] != TAXA_FREE) counts[taxa_value(table[slot])]++;
  }
}
