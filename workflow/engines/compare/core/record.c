/* See record.h. */
#include "record.h"

#include <stdarg.h>
#include <stdio.h>

static const char LETTERS[] = "ACGTN*";

const char *printable(Field field, char shown[SHOWN_TEXT]) {
    size_t length = field.length < 20 ? field.length : 20;
    for (size_t i = 0; i < length; i++)
        shown[i] = field.text[i] >= ' ' && field.text[i] <= '~' ? field.text[i] : '?';
    shown[length] = 0;
    return shown;
}

int damaged(const Record *record, const char *text, ...) {
    char what[200];
    va_list words;
    va_start(words, text);
    vsnprintf(what, sizeof what, text, words);
    va_end(words);
    Field name = record->columns.fixed[CHROM];
    return contig_fails(record->contig, PROBLEM_BAD_DATA, record->side, NULL, "%.*s:%d: %s",
                        name.length < 60 ? (int)name.length : 60, name.text, record->position + 1,
                        what);
}

bool is_unspecified(Field allele) { return field_is(allele, "<NON_REF>") || field_is(allele, "<*>"); }

static bool room_for_allele(Record *record) {
    WrittenAllele *alleles = list_room(record->alleles, &record->allele_room, record->allele_count,
                                       sizeof *alleles);
    if (alleles) record->alleles = alleles;
    return alleles;
}

bool split_alleles(Record *record) {
    Field list = record->columns.fixed[ALT], next = record->columns.fixed[REF];
    record->has_unspecified = false;
    for (record->allele_count = 0;; next = next_part(&list, ',')) {
        if (!room_for_allele(record)) return false;
        if (next.text[0] == '<') record->has_unspecified |= record->allele_count && is_unspecified(next);
        record->alleles[record->allele_count++] = (WrittenAllele){.text = next};
        if (!list.text) return true;
    }
}

/* Without GT each ALT that says something is taken as called. */
static int call_all(Record *record) {
    bool any = false;
    for (int32_t i = 1; i < record->allele_count; i++)
        any |= record->alleles[i].called = !is_unspecified(record->alleles[i].text);
    record->phased = false;
    return any ? ASIDES : ASIDE_UNSPECIFIED;
}

static int bad_genotype(const Record *record, Field text, const char *form) {
    char shown[SHOWN_TEXT];
    return damaged(record, form, printable(text, shown));
}

/* The next allele of GT; its index, -1 where it is missing. False: it is none. */
static bool next_allele(Field *rest, int32_t *index) {
    size_t length = 0;
    while (length < rest->length && rest->text[length] != '/' && rest->text[length] != '|') length++;
    Field part = {rest->text, length};
    bool last = length == rest->length;
    *rest = last ? (Field){NULL, 0} : (Field){rest->text + length + 1, rest->length - length - 1};
    *index = -1;
    return field_is(part, ".") || digits_of(part, index);
}

int read_genotype(Record *record) {
    Field format = record->columns.fixed[FORMAT], sample = record->columns.sample;
    bool squash = record->contig->options->squash;
    bool has_gt = sample.text && field_is(next_part(&format, ':'), "GT");
    if (!has_gt) return squash ? call_all(record) : ASIDE_NO_GT;
    Field text = next_part(&sample, ':'), rest = text;
    record->phased = text.length && memchr(text.text, '|', text.length);
    if (text.length > 1 && (text.text[0] == '/' || text.text[0] == '|'))
        rest = (Field){text.text + 1, text.length - 1}; /* VCF 4.4: the phase of the first allele */
    int32_t highest = -1;
    bool missing = false;
    for (record->ploidy = 0; rest.text; record->ploidy++) {
        int32_t index;
        if (!next_allele(&rest, &index)) return bad_genotype(record, text, "genotype '%s' is not VCF");
        if (record->ploidy < 2) record->genotype[record->ploidy] = index;
        if (index > highest) highest = index;
        missing |= index < 0;
        if (index > 0 && index < record->allele_count) record->alleles[index].called = true;
    }
    if (highest >= record->allele_count)
        return bad_genotype(record, text, "genotype %s names an allele that is not there");
    if (record->ploidy > 2 && !squash) return ASIDE_POLYPLOID;
    if (record->ploidy == 1) record->genotype[1] = record->genotype[0];
    if (highest > 0) return ASIDES;
    return missing ? ASIDE_NO_CALL : ASIDE_HOMOZYGOUS_REFERENCE;
}

static bool has_only_bases(Field allele) {
    for (size_t i = 0; i < allele.length; i++) {
        char c = upper(allele.text[i]);
        if (c != 'A' && c != 'C' && c != 'G' && c != 'T' && c != 'N') return false;
    }
    return true;
}

static int unusable_allele(Field allele) {
    char last = allele.text[allele.length - 1];
    if (is_unspecified(allele)) return ASIDE_UNSPECIFIED;
    if (allele.text[0] == '<') return ASIDE_SYMBOLIC;
    if (memchr(allele.text, '[', allele.length) || memchr(allele.text, ']', allele.length) ||
        allele.text[0] == '.' || last == '.')
        return ASIDE_BREAKEND;
    if (!field_is(allele, "*") && !has_only_bases(allele)) return ASIDE_OTHER_LETTERS;
    return ASIDES;
}

int unusable(Record *record) {
    bool bases = false;
    for (int32_t i = 0; i < record->allele_count; i++)
        if ((i == 0 || record->alleles[i].called) && !record->alleles[i].text.length)
            return damaged(record, "an allele without a base; VCF writes * or ."), DAMAGED;
    for (int32_t i = 1; i < record->allele_count; i++) {
        if (!record->alleles[i].called) continue;
        int reason = unusable_allele(record->alleles[i].text);
        if (reason != ASIDES) return reason;
        bases |= !field_is(record->alleles[i].text, "*");
    }
    if (!bases) return ASIDE_STAR_ONLY;
    return has_only_bases(record->alleles[0].text) ? ASIDES : ASIDE_OTHER_LETTERS;
}

Allele kept_allele(Record *record, Field text) {
    int32_t length = (int32_t)text.length;
    if (length == 1) {
        const char *letter = strchr(LETTERS, upper(text.text[0]));
        if (letter) return (Allele){letter, 1};
    }
    char *bases = arena_take(&record->contig->arena, text.length);
    if (!bases) {
        record->failed = true;
        return (Allele){LETTERS, 1};
    }
    for (int32_t i = 0; i < length; i++) bases[i] = upper(text.text[i]);
    return (Allele){bases, length};
}

/* Of the sequence itself where it knows all the bases: those are never written to. */
Allele kept_reference(Record *record, Field text) {
    const char *here = record->contig->sequence + record->position;
    if (text.length == 1) return kept_allele(record, text);
    for (size_t i = 0; i < text.length; i++)
        if (here[i] != upper(text.text[i]) || here[i] == 'N') return kept_allele(record, text);
    return (Allele){here, (int32_t)text.length};
}
