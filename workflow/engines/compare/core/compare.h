/* The comparison of one contig: from lines of two VCF files to decided, counted calls.
 *
 * The steps go one way, a file each:
 *   intake.c      lines -> calls, and what was set aside
 *   filters.c     the names of the filters that query records failed
 *   known_bases.c bases that the reference does not know and the calls do
 *   sex.c         one allele on a male's X and Y
 *   primitives.c  the query in hap.py's units
 *   clusters.c    calls that can influence each other
 *   replay.c      which of them give both sides the same haplotypes
 *   alleles.c     the classes that GA4GH and hap.py count calls in
 *   settle.c      what calls are, and what truth calls take over from what matched them
 *   local.c       calls close to one of the other side
 *   regions.c     the confident regions
 *   members.c     which calls belong to which regions
 *   profiles.c    calls that count alike
 *   tally.c       the counts
 *   roc.c         the counts by score
 *   lines.c       the annotated VCF
 *   differences.c the clusters behind false positives and false negatives
 *   contig.c      all of it, as Python calls it
 *
 * Positions are 0-based, intervals half open. Nothing here prints, exits or keeps state between
 * contigs, so that contigs can be compared by several threads. A function that can fail returns
 * 0, or -1 with the reason in `contig->problem`.
 */
#ifndef PLUMBLINE_COMPARE_H
#define PLUMBLINE_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* --- memory ------------------------------------------------------------------------------ */

/* Memory that is given back all at once. */
typedef struct Arena {
    struct Block *last;
} Arena;

void *arena_take(Arena *arena, size_t bytes); /* aligned for any type; NULL when there is none */
const char *arena_copy(Arena *arena, const char *bytes, size_t length);
void arena_free(Arena *arena);

/* A growing list: `items`, moved where need be, with room for one more than `count`; NULL when
 * there is no memory, and `items` stands as it was. */
void *list_room(void *items, int64_t *room, int64_t count, size_t size);

/* Growing text or records. `failed` stays set once memory ran out. */
typedef struct {
    char *bytes;
    size_t length, room;
    bool failed;
} Buffer;

bool buffer_reserve(Buffer *buffer, size_t more);
/* Here, so that short texts of a known length are written without a call. */
static inline void buffer_add(Buffer *buffer, const void *bytes, size_t length) {
    if (buffer->room - buffer->length < length && !buffer_reserve(buffer, length)) return;
    memcpy(buffer->bytes + buffer->length, bytes, length);
    buffer->length += length;
}
static inline void buffer_text(Buffer *buffer, const char *text) {
    buffer_add(buffer, text, strlen(text));
}
void buffer_integer(Buffer *buffer, int64_t number);
void buffer_free(Buffer *buffer);

/* --- calls ------------------------------------------------------------------------------- */

enum { TRUTH, QUERY, SIDES };

typedef struct {
    const char *bases; /* upper case, not ended by a 0; the arena's, or of the sequence */
    int32_t length;
} Allele;

/* A trimmed change of the reference; `start` is NOTHING where a haplotype carries none. */
enum { NOTHING = -1 };
typedef struct {
    int32_t start, end;
    Allele alt;
} Edit;

enum { MATCH_NONE, MATCH_LOCAL, MATCH_ALLELE, MATCH_GENOTYPE }; /* GA4GH BK: . lm am gm */

enum { /* Call.flags */
    PHASED = 1,      /* written with | */
    FAILED = 2,      /* FILTER is neither PASS nor missing */
    SELECTED = 4,    /* fails only filters that the ROC may ignore (hap.py's --roc-filter) */
    CONFIDENT = 8,   /* belongs to the confident regions; all do where there are none */
    SNP = 16,        /* GA4GH BVT: every called allele only substitutes bases */
    TRANSITION = 32,
    TRANSVERSION = 64,
};

enum { /* GA4GH BLT */
    CLASS_HET, CLASS_HOMALT, CLASS_HETALT, CLASS_HEMI, CLASS_HALFCALL
};

/* One genotyped record; in squash mode one called ALT of a record. */
typedef struct {
    uint32_t order;      /* number of its record among those of this contig and file */
    int32_t position;    /* of the first base of `ref` */
    Allele ref;
    Allele alts[2];      /* the called ones only, `alt_count` of them; "*" as it is written */
    Edit haplotypes[2];  /* what each haplotype carries; a haploid call stands on both */
    const char *filter;  /* of a query call: the names that it FAILED, ended by a 0; else NULL */
    float quality;       /* QUAL; NAN where missing */
    float score;         /* the field of the ROC (QQ); NAN where missing */
    float fraction;      /* allele fraction; NAN where missing or not asked for */
    int32_t superlocus;  /* number of its cluster */
    int32_t block;       /* calls of one number were matched together; -1 when not by genotype */
    int8_t genotype[2];  /* into (ref, alts...); -1 missing */
    uint8_t ploidy;      /* alleles of the genotype, 1 or 2 */
    uint8_t alt_count;
    uint8_t flags;
    uint8_t match;
    uint8_t zygosity;    /* CLASS_* */
    uint8_t unused;
    uint16_t subtypes;   /* bit per INDEL subtype, in the order of KIND_I1_5 ... */
    uint16_t unused2;
} Call;

typedef struct {
    Call *items;
    int64_t count, room;
} Calls;

/* Distinct texts of FILTER. */
typedef struct {
    const char *text;    /* as a record has it; the arena's, not ended by a 0 */
    size_t length;
    const char *kept;    /* as it is written: each name once, ended by a 0 */
} FilterText;

typedef struct {
    FilterText *items;
    int64_t count;
    uint32_t *slots;     /* hash table of number + 1 */
    size_t slot_count;
    uint32_t last;       /* the one asked for last */
} FilterTexts;

/* Sorted, disjoint intervals. */
typedef struct {
    const int32_t *starts, *ends;
    int64_t count;
} Intervals;

/* --- intake ------------------------------------------------------------------------------ */

/* Why a record is not compared. Python has their words, in the same order (core/reasons.py). */
enum {
    ASIDE_POSITION_0,
    ASIDE_REFERENCE_BLOCK,
    ASIDE_NO_GT,
    ASIDE_POLYPLOID,
    ASIDE_HOMOZYGOUS_REFERENCE,
    ASIDE_NO_CALL,
    ASIDE_FAILED_FILTER,
    ASIDE_UNSPECIFIED,
    ASIDE_SYMBOLIC,
    ASIDE_BREAKEND,
    ASIDE_OTHER_LETTERS,
    ASIDE_STAR_ONLY,
    ASIDE_WRONG_REF,
    ASIDE_SAME_AS_REFERENCE,
    ASIDE_OUTSIDE_TARGET,
    ASIDE_LEFT_OUT_BY_GVCF, /* gVCF conversion: a record that is not a call */
    ASIDES
};

typedef struct {
    int64_t count;
    int32_t first; /* position of the first one */
} Aside;

/* What became of the lines of one side; as calls.Intake of Python. */
typedef struct {
    int64_t records, checked, mismatched, unknown;
    Aside aside[ASIDES];
    char first_mismatch[128]; /* "REF C, the reference has A" with its position before it */
    int64_t haploid, heterozygous; /* single-allele and two-allele genotypes outside `diploid` */
    int32_t last;                  /* position of the last line, to see that they are sorted */
    bool gvcf;                     /* reference blocks or unspecified alleles were seen */
} Intake;

/* --- what is asked ----------------------------------------------------------------------- */

enum { SEX_NONE, SEX_FEMALE, SEX_MALE, SEX_AUTO };
enum { SCORE_NONE, SCORE_QUAL, SCORE_INFO, SCORE_FORMAT };

/* How the lines of one side are read. */
typedef struct {
    const char *contig;      /* its name in this file: every line begins with it */
    int32_t column;          /* of the sample, counted from 0 */
    int32_t columns;         /* of each line */
    bool passing_only;       /* leave out records that a filter failed */
    bool convert_gvcf;       /* drop what a gVCF has beside calls, and unused ALTs */
    bool filter_nonref;      /* drop records genotyped as <NON_REF> */
    int32_t score_source;    /* SCORE_*; what QQ is */
    int32_t fraction_source; /* SCORE_NONE, SCORE_INFO or SCORE_FORMAT; AF, or AD where FORMAT/AD */
    const char *score_key, *fraction_key; /* ended by a 0; NULL where not needed */
    /* names, each ended by a 0, the list ended by an empty one; NULL: none. A record that fails
     * only `ignored_filters` is left out (hap.py's --filters-only); one that fails only
     * `roc_filters` is SELECTED. */
    const char *ignored_filters, *roc_filters;
} SideOptions;

typedef struct {
    SideOptions sides[SIDES];
    const char *contig;        /* name in the reference */
    bool decompose, leftshift; /* the query */
    bool preprocess_truth;     /* the truth too */
    bool adjust_confident;
    bool squash;               /* alleles only: genotypes and ploidy do not count */
    bool sex_contig;           /* X or Y */
    int32_t sex;               /* SEX_* */
    int32_t gap;               /* bases between the rolled extents of two clusters */
    int32_t max_states;        /* partial haplotype pairs kept in the search of one cluster */
    bool has_target, has_regions, has_confident; /* whether there is such a file at all */
    Intervals target;          /* keep records whose POS lies in it */
    Intervals regions;         /* keep records whose REF overlaps it */
    Intervals confident;
    Intervals diploid;         /* pseudo-autosomal: two alleles in a male too */
    int32_t subset_count;
    const Intervals *subsets;  /* stratifications */
    const char *const *subset_names;
    int32_t fraction_bins;     /* subsets by allele fraction; 0: none */
    const float *fraction_bounds; /* fraction_bins + 1, rising */
    const char *const *fraction_names;
    int32_t roc_subset_count;  /* subsets whose levels are counted beside those of everything */
    const int32_t *roc_subsets;
    float roc_delta;           /* width of a level */
    bool write_regions;        /* INFO/Regions in the VCF */
} Options;

/* --- matching ---------------------------------------------------------------------------- */

/* Calls that can influence each other. After match() the calls of each side lie in the order of
 * their superloci. */
typedef struct {
    int32_t start, end;        /* rolled extents of all its calls */
    int32_t first;             /* position of its first call */
    int32_t states;            /* most partial haplotype pairs alive at one position; 0: no search */
    int64_t calls[SIDES][2];   /* first and one behind the last */
    bool capped;               /* states were dropped: a larger match may exist */
    bool boundary, contained;  /* hap.py's TS_boundary and TS_contained */
} Superlocus;

typedef struct {
    Superlocus *items;
    int64_t count, room;
} Superloci;

/* --- counting ---------------------------------------------------------------------------- */

enum {
    KIND_SNP, KIND_INDEL,
    KIND_I1_5, KIND_I6_15, KIND_I16_PLUS, KIND_D1_5, KIND_D6_15, KIND_D16_PLUS,
    KIND_C1_5, KIND_C6_15, KIND_C16_PLUS,
    KINDS
};
enum { FILTER_ALL, FILTER_PASS, FILTER_SEL, FILTERS };
enum { TRUTH_TP, TRUTH_FN, QUERY_TP, QUERY_FP, QUERY_UNK, DECISIONS };
enum { COUNT, COUNT_TI, COUNT_TV, COUNT_HET, COUNT_HOMALT, CLASSES };
/* one row: DECISIONS x CLASSES, then FP.gt and FP.al */
enum { COLUMN_FP_GT = DECISIONS * CLASSES, COLUMN_FP_AL, COLUMNS };

/* Subsets in the tally: 0 everything, then the stratifications, TS_boundary, TS_contained, then the
 * bins of allele fraction. */
static inline int32_t subset_total(const Options *options) {
    return 1 + options->subset_count + 2 + options->fraction_bins;
}

/* The calls of one kind, filter and subset whose score lies in one level. `level` is
 * floor(score / roc_delta); NO_LEVEL where there is none. A truth call stands at the level of what
 * matched it, also where that fails the filter and it is an FN. Not cumulative. Sorted by subset,
 * kind, filter, level. */
enum { NO_LEVEL = INT32_MIN };
typedef struct {
    int32_t subset, kind, filter, level;
    int64_t counts[DECISIONS];
    int64_t fp_gt, fp_al;
    int64_t ti[DECISIONS], tv[DECISIONS];
} RocLevel;

typedef struct {
    RocLevel *items;
    int64_t count, room;
} RocLevels;

/* A superlocus with at least one FN or FP in the confident regions. */
typedef struct {
    int32_t start, end;        /* of its calls, rolled */
    int32_t truth_tp, truth_fn, query_tp, query_fp, fp_gt, fp_al;
    int32_t snp, indel;        /* differing calls by type */
    int32_t homopolymer;       /* longest run of one base that touches start-1 ... end+1 */
    int32_t repeat_unit;       /* bases of the unit of the longest tandem repeat there; 0 none */
    int32_t repeat_length;     /* its bases */
    int32_t superlocus;
    int32_t states;
    int32_t capped;
} Difference;

typedef struct {
    Difference *items;
    int64_t count, room;
} Differences;

/* --- one contig -------------------------------------------------------------------------- */

enum { PROBLEM_NONE, PROBLEM_BAD_DATA, PROBLEM_MEMORY };

typedef struct {
    int32_t kind;     /* PROBLEM_* */
    int32_t side;     /* -1: neither */
    char text[400];   /* what and where, to stand behind the file's name */
    char hint[200];
} Problem;

typedef struct {
    char *sequence;   /* upper case; the caller's, and written to (known bases instead of N) */
    int32_t length;
    const Options *options;
    Arena arena;
    Intake intake[SIDES];
    Calls calls[SIDES];
    FilterTexts filters;       /* of the query */
    Superloci superloci;
    bool hemizygous;           /* single-allele genotypes were taken as homozygous */
    uint64_t *members[SIDES];  /* bits of each call, member_words() each; bit = subset - 1 */
    int64_t confident_size;    /* plain sum of the confident regions with what truth added */
    int64_t *subset_confident; /* bases that each stratification shares with them; the arena's */
    int64_t *tally;            /* [subset_total][KINDS][FILTERS][COLUMNS] */
    RocLevels levels;
    Differences differences;
    struct Writer *writer;     /* how far the annotated VCF is written */
    Buffer lines;              /* a piece of it */
    Problem problem;
} Contig;

static inline int32_t member_words(const Options *options) {
    return (subset_total(options) - 1 + 63) / 64;
}

/* The steps. Each but intake runs once, in this order. */
int intake_lines(Contig *contig, int side, const char *text, size_t length); /* whole lines */
void add_known_bases(Contig *contig); /* REF bases where the reference has N */
int settle_sex(Contig *contig);
int primitives(Contig *contig, int side);
int match(Contig *contig);
int settle_calls(Contig *contig);     /* classes, regions, labels of superloci */
int tally(Contig *contig);
int order_lines(Contig *contig);
int find_differences(Contig *contig);

/* Shared pieces. */
void lines_free(Contig *contig);
const char *filter_text(Contig *contig, const char *text, size_t length); /* NULL: no memory */
const char *both_filters(Contig *contig, const char *a, const char *b);   /* NULL: no memory */
void filters_free(FilterTexts *texts);
int contig_fails(Contig *contig, int kind, int side, const char *hint, const char *text, ...);
Call *calls_add(Contig *contig, int side);              /* zeroed; NULL: out of memory */
Edit edit_of(int32_t position, Allele ref, Allele alt); /* trimmed: suffix first, then prefix */
void set_haplotypes(Call *call);                        /* from position, ref, alts, genotype */
void rolled(const Contig *contig, const Edit *edit, int32_t *start, int32_t *end);
bool extent(const Call *call, int32_t *start, int32_t *end); /* true: all alleles insert only */
bool overlaps(const Intervals *regions, int32_t start, int32_t end);
bool contains(const Intervals *regions, int32_t start, int32_t end);
static inline bool same_bases(Allele a, Allele b);

/* What Python calls. */
Contig *contig_open(char *sequence, int32_t length, const Options *options);
int contig_read(Contig *contig, int32_t side, const char *text, int64_t length);
int contig_compare(Contig *contig);
int contig_lines(Contig *contig, int64_t most); /* next piece of `lines`; 1, or 0: no more */
void contig_close(Contig *contig);

static inline bool same_bases(Allele a, Allele b) {
    return a.length == b.length && memcmp(a.bases, b.bases, (size_t)a.length) == 0;
}

#endif
