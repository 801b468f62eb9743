/* Lines of a VCF file become calls; every line that cannot is counted by reason. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "record.h"
#include "compare.h"
#include "fields.h"

enum { SHOWN_BASES = 20, SHOWN_NAME = 60 };

static int32_t least(int64_t a, int32_t b) { return a < b ? (int32_t)a : b; }

static int leave_out(Record *record, int reason) {
    bool of_gvcf = record->has_unspecified || field_is(record->columns.fixed[ALT], ".");
    if (record->options->convert_gvcf && of_gvcf &&
        (reason == ASIDE_REFERENCE_BLOCK || reason == ASIDE_HOMOZYGOUS_REFERENCE ||
         reason == ASIDE_NO_CALL))
        reason = ASIDE_LEFT_OUT_BY_GVCF;
    Aside *aside = &record->intake->aside[reason];
    if (!aside->count++) aside->first = record->position;
    return 0;
}

/* Hold REF against the reference: an unknown base there agrees with any. */
static bool agrees(Record *record, Field ref) {
    Contig *contig = record->contig;
    Intake *intake = record->intake;
    int64_t left = (int64_t)contig->length - record->position;
    int32_t length = least((int64_t)ref.length, INT32_MAX), here = least(left, length);
    if (here < 0) here = 0;
    const char *bases = contig->sequence + (here ? record->position : 0);
    bool same = here == length, differs = !same;
    for (int32_t i = 0; i < here && !differs; i++) {
        if (upper(ref.text[i]) == bases[i]) continue;
        same = false;
        differs = bases[i] == 'A' || bases[i] == 'C' || bases[i] == 'G' || bases[i] == 'T';
    }
    intake->checked++;
    intake->unknown += !same && !differs;
    if (!differs) return true;
    intake->mismatched++;
    if (!intake->first_mismatch[0]) {
        char written[SHOWN_BASES + 1];
        int32_t shown = least(length, SHOWN_BASES);
        for (int32_t i = 0; i < shown; i++) written[i] = upper(ref.text[i]);
        written[shown] = 0;
        Field name = record->columns.fixed[CHROM];
        int width = here ? least(here, SHOWN_BASES) : (int)sizeof "no such base" - 1;
        snprintf(intake->first_mismatch, sizeof intake->first_mismatch,
                 "%.*s:%lld: REF %s, the reference has %.*s", least((int64_t)name.length, 40),
                 name.text, (long long)record->position + 1, written, width,
                 here ? bases : "no such base");
    }
    return false;
}

/* The number of the ROC or of the allele fraction as the file has it; NULL text: not there. */
static Field asked_field(const Record *record, int32_t source, const char *key) {
    const Field *fixed = record->columns.fixed;
    if (source == SCORE_QUAL) return fixed[QUAL];
    if (source == SCORE_INFO) return info_value(fixed[INFO], key);
    if (source == SCORE_FORMAT) return format_value(fixed[FORMAT], record->columns.sample, key);
    return (Field){NULL, 0};
}

static float score_of(const Record *record) {
    const SideOptions *options = record->options;
    Field list = asked_field(record, options->score_source, options->score_key);
    float score;
    if (!list.text || !decimal_of(next_part(&list, ','), &score)) return NAN;
    return score;
}

/* A share of 1; VarScan writes it in percent. */
static bool share_of(Field field, float *share) {
    bool percent = field.length && field.text[field.length - 1] == '%';
    field.length -= percent;
    if (!decimal_of(field, share)) return false;
    if (percent) *share /= 100.0F;
    return true;
}

/* What the allele has of the reads: from AD its depth by that of all, from any other field the
 * value of the allele (one value stands for all alleles). */
static float fraction_of(const Record *record, int32_t allele) {
    const SideOptions *options = record->options;
    Field list = asked_field(record, options->fraction_source, options->fraction_key);
    bool depths = list.text && strcmp(options->fraction_key, "AD") == 0;
    float own = NAN, sum = 0, value;
    int32_t count = 0, wanted = depths ? allele : allele - 1;
    for (; list.text; count++) {
        bool number = share_of(next_part(&list, ','), &value);
        if (number) sum += value;
        if (number && (count == wanted || (count == 0 && !depths))) own = value;
        else if (count == wanted) own = NAN;
    }
    if (!depths) return count == 1 || count > wanted ? own : NAN;
    return sum > 0 ? own / sum : NAN;
}

static int bad_quality(const Record *record) {
    char shown[SHOWN_TEXT];
    return damaged(record, "QUAL is '%s'", printable(record->columns.fixed[QUAL], shown));
}

static uint8_t filter_flags(const Record *record) {
    Field filter = record->columns.fixed[FILTER];
    if (field_is(filter, "PASS") || field_is(filter, ".")) return 0;
    bool selected = only_filters(filter, record->options->roc_filters);
    return (uint8_t)(FAILED | (selected ? SELECTED : 0));
}

/* What all calls of a record share; QUAL was not read yet. */
static Call common_of(const Record *record) {
    return (Call){
        .order = (uint32_t)(record->intake->records - 1),
        .position = record->position,
        .superlocus = -1,
        .block = -1,
        .quality = NAN,
        .score = score_of(record),
        .fraction = NAN,
        .flags = (uint8_t)(filter_flags(record) | (record->phased ? PHASED : 0)),
    };
}

static bool nothing_left(const Call *call) {
    return call->haplotypes[0].start == NOTHING && call->haplotypes[1].start == NOTHING;
}

static int keep(Record *record, const Call *made) {
    Call *call = calls_add(record->contig, record->side);
    if (!call) return -1;
    *call = *made;
    return 1;
}

/* One call of the genotype. Gives whether it was kept; -1: out of memory. */
static int keep_genotype(Record *record, Call call) {
    for (int32_t i = 1; i < record->allele_count; i++) {
        if (!record->alleles[i].called) continue;
        call.alts[call.alt_count++] = kept_allele(record, record->alleles[i].text);
        for (int h = 0; h < 2; h++)
            if (record->genotype[h] == i) call.genotype[h] = (int8_t)call.alt_count;
        float fraction = fraction_of(record, i);
        if (!isnan(fraction) && !(call.fraction >= fraction)) call.fraction = fraction;
    }
    for (int h = 0; h < 2; h++)
        if (record->genotype[h] < 0) call.genotype[h] = -1;
    call.ploidy = (uint8_t)record->ploidy;
    if (call.ploidy == 1) call.genotype[1] = call.genotype[0];
    set_haplotypes(&call);
    return nothing_left(&call) ? 0 : keep(record, &call);
}

/* Each called allele as a haploid call. */
static int keep_alleles(Record *record, Call call) {
    int kept = 0;
    call.ploidy = call.alt_count = 1;
    call.genotype[0] = call.genotype[1] = 1;
    for (int32_t i = 1; i < record->allele_count; i++) {
        if (!record->alleles[i].called) continue;
        call.alts[0] = kept_allele(record, record->alleles[i].text);
        call.fraction = fraction_of(record, i);
        set_haplotypes(&call);
        if (nothing_left(&call)) continue;
        if (keep(record, &call) < 0) return -1;
        kept = 1;
    }
    return kept;
}

static int keep_record(Record *record) {
    Call call = common_of(record);
    if (record->side == QUERY && call.flags & FAILED) {
        Field filter = record->columns.fixed[FILTER];
        call.filter = filter_text(record->contig, filter.text, filter.length);
        record->failed |= !call.filter;
    }
    call.ref = kept_reference(record, record->alleles[0].text);
    Field quality = record->columns.fixed[QUAL];
    bool missing = !quality.length || field_is(quality, ".");
    bool bad = !missing && !decimal_of(quality, &call.quality);
    int kept = record->contig->options->squash ? keep_alleles(record, call) : keep_genotype(record, call);
    if (record->failed) return contig_fails(record->contig, PROBLEM_MEMORY, record->side, NULL,
                                          "out of memory");
    if (kept < 0) return -1;
    if (!kept) return leave_out(record, ASIDE_SAME_AS_REFERENCE);
    return bad ? bad_quality(record) : 0;
}

static bool is_wanted(const Record *record) {
    const Options *options = record->contig->options;
    int64_t start = record->position, end = start + (int64_t)record->columns.fixed[REF].length;
    if (start >= INT32_MAX) return !options->has_target && !options->has_regions;
    if (options->has_target && !overlaps(&options->target, (int32_t)start, (int32_t)start + 1))
        return false;
    return !options->has_regions ||
           overlaps(&options->regions, (int32_t)start, least(end, INT32_MAX));
}

static bool is_left_out_by_filter(const Record *record) {
    Field filter = record->columns.fixed[FILTER];
    if (field_is(filter, "PASS") || field_is(filter, ".")) return false;
    return record->options->passing_only || only_filters(filter, record->options->ignored_filters);
}

static int read_record(Record *record) {
    record->intake->records++;
    if (!is_wanted(record)) return leave_out(record, ASIDE_OUTSIDE_TARGET);
    if (record->position < 0) return leave_out(record, ASIDE_POSITION_0);
    Field alt = record->columns.fixed[ALT];
    record->has_unspecified = is_unspecified(alt);
    if (record->has_unspecified || field_is(alt, ".")) {
        bool block = alt.length > 1 || has_info(record->columns.fixed[INFO], "END");
        if (block) record->intake->gvcf = true;
        return leave_out(record, ASIDE_REFERENCE_BLOCK);
    }
    if (!split_alleles(record))
        return contig_fails(record->contig, PROBLEM_MEMORY, record->side, NULL, "out of memory");
    int reason = read_genotype(record);
    if (reason == DAMAGED) return -1;
    if (reason != ASIDES) return leave_out(record, reason);
    if (record->has_unspecified) record->intake->gvcf = true;
    if (is_left_out_by_filter(record)) return leave_out(record, ASIDE_FAILED_FILTER);
    reason = unusable(record);
    if (reason == DAMAGED) return -1;
    if (reason != ASIDES) return leave_out(record, reason);
    if (!agrees(record, record->alleles[0].text)) return leave_out(record, ASIDE_WRONG_REF);
    return keep_record(record);
}

/* The line has another contig, or too few columns: say so by the place of the line before. */
static int bad_columns(const Record *record) {
    Contig *contig = record->contig;
    const SideOptions *options = record->options;
    Field name = record->columns.fixed[CHROM];
    char before[16] = "the start";
    if (record->intake->last >= 0)
        snprintf(before, sizeof before, "%d", record->intake->last + 1);
    if (record->columns.count == 1 && !name.length)
        return contig_fails(contig, PROBLEM_BAD_DATA, record->side, NULL,
                            "%s, behind %s: a line that cannot be read, or the file is damaged",
                            options->contig, before);
    if (!field_is(name, options->contig))
        return contig_fails(contig, PROBLEM_BAD_DATA, record->side,
                            "remove the index: a temporary one is made",
                            "%s, behind %s: a line of %.*s", options->contig, before,
                            least((int64_t)name.length, SHOWN_NAME), name.text);
    return contig_fails(contig, PROBLEM_BAD_DATA, record->side, NULL,
                        "%s, behind %s: a record has %d columns, the header %d", options->contig,
                        before, record->columns.count, options->columns);
}

/* A record of this contig, whole, with a position that is not before the last one. */
static int check_line(Record *record) {
    const char *name = record->options->contig;
    int32_t last = record->intake->last, number = 0;
    char shown[SHOWN_TEXT];
    if (record->columns.count < record->options->columns ||
        !field_is(record->columns.fixed[CHROM], name))
        return bad_columns(record);
    Field position = record->columns.fixed[POS];
    if (!digits_of(position, &number))
        return contig_fails(record->contig, PROBLEM_BAD_DATA, record->side, NULL,
                            "%s: POS is '%s'", name, printable(position, shown));
    record->position = number - 1;
    if (record->position < last)
        return contig_fails(record->contig, PROBLEM_BAD_DATA, record->side,
                            "bcftools sort -Oz -o sorted.vcf.gz FILE",
                            "not sorted: %s:%d stands behind %s:%d", name, number, name, last + 1);
    record->intake->last = record->position;
    return 0;
}

int intake_lines(Contig *contig, int side, const char *text, size_t length) {
    Record record = {.contig = contig, .side = side};
    record.intake = &contig->intake[side];
    record.options = &contig->options->sides[side];
    int result = 0;
    for (const char *at = text, *end = text + length; at < end && !result;) {
        const char *found = memchr(at, '\n', (size_t)(end - at));
        size_t whole = (size_t)((found ? found : end) - at);
        size_t bare = whole && at[whole - 1] == '\r' ? whole - 1 : whole;
        record.columns = columns_of(at, bare, record.options->column);
        result = check_line(&record) || read_record(&record);
        at += whole + 1;
    }
    free(record.alleles);
    return result ? -1 : 0;
}
