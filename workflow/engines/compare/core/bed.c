/* Rows of a BED file, and where the lines of an annotated VCF lie.
 *
 * Only what is written as nearly every BED file is: contig, start, end and more, separated by
 * single tabs. Anything else is left to the reader in Python, which has the words for it.
 */
#include "compare.h"

enum { BED_READ, BED_OTHER };

/* Digits up to `stop` or a byte that is none; -1 where there is none, or too large a number. */
static int64_t number(const char **at, const char *stop) {
    const char *from = *at;
    int64_t value = 0;
    while (*at < stop && (unsigned char)(**at - '0') < 10 && *at - from < 11) {
        value = value * 10 + (*(*at)++ - '0');
    }
    return *at == from || value > INT32_MAX ? -1 : value;
}

static bool is_comment(const char *line, const char *end) {
    static const char *const words[] = {"#", "track", "browser"};
    for (size_t n = 0; n < sizeof words / sizeof *words; n++) {
        size_t length = strlen(words[n]);
        if ((size_t)(end - line) >= length && memcmp(line, words[n], length) == 0) return true;
    }
    return false;
}

/* One row; false where it is not written as usual. `end` stands on the line's end. */
static bool read_row(const char *line, const char *end, const char **name_end, int32_t *bounds,
                     bool *labelled) {
    const char *at = memchr(line, '\t', (size_t)(end - line));
    if (!at || at == line) return false;
    for (const char *byte = line; byte < at; byte++) {
        if (*byte <= ' ' || *byte > '~') return false;
    }
    *name_end = at++;
    int64_t first = number(&at, end);
    if (first < 0 || at == end || *at++ != '\t') return false;
    int64_t last = number(&at, end);
    if (last < 0 || (at < end && *at != '\t')) return false;
    *labelled |= at + 1 < end;
    bounds[0] = (int32_t)first;
    bounds[1] = (int32_t)last;
    return true;
}

/* Rows of a whole file with at least one base. Rows that follow each other on one contig are a run.
 *
 * `starts`, `ends`: room for one row for each line. `runs`: places of name, its length, first row of
 * each run. `found`: rows, runs, rows without a base, whether any row has a fourth column.
 */
int bed_rows(const char *text, int64_t length, int32_t *starts, int32_t *ends, int64_t (*runs)[3],
             int64_t run_room, int64_t found[4]) {
    const char *stop = text + length, *name = NULL;
    int64_t rows = 0, run = 0, empty = 0, name_length = 0;
    bool labelled = false;
    for (const char *line = text; line < stop;) {
        const char *newline = memchr(line, '\n', (size_t)(stop - line));
        const char *next = newline ? newline + 1 : stop;
        const char *end = newline ? newline : stop;
        if (end > line && end[-1] == '\r') end--;
        if (end > line && !is_comment(line, end)) {
            const char *name_end;
            int32_t bounds[2];
            if (!read_row(line, end, &name_end, bounds, &labelled)) return BED_OTHER;
            if (bounds[0] >= bounds[1]) {
                empty++;
            } else {
                if (name_end - line != name_length || memcmp(name, line, (size_t)name_length)) {
                    if (run == run_room) return BED_OTHER;
                    name = line;
                    name_length = name_end - line;
                    runs[run][0] = line - text;
                    runs[run][1] = name_length;
                    runs[run++][2] = rows;
                }
                starts[rows] = bounds[0];
                ends[rows++] = bounds[1];
            }
        }
        line = next;
    }
    found[0] = rows;
    found[1] = run;
    found[2] = empty;
    found[3] = labelled;
    return BED_READ;
}

/* Where lines of our own VCF begin, and the bases of their REF; the number of lines. */
int64_t line_spans(const char *text, int64_t length, int32_t *starts, int32_t *ends,
                   int64_t *offsets) {
    const char *stop = text + length;
    int64_t lines = 0;
    for (const char *line = text; line < stop; lines++) {
        const char *at = (const char *)memchr(line, '\t', (size_t)(stop - line)) + 1;
        int32_t start = (int32_t)number(&at, stop) - 1;
        const char *ref = (const char *)memchr(at + 1, '\t', (size_t)(stop - at - 1)) + 1;
        const char *ref_end = memchr(ref, '\t', (size_t)(stop - ref));
        starts[lines] = start;
        ends[lines] = start + (int32_t)(ref_end - ref);
        offsets[lines] = line - text;
        line = (const char *)memchr(ref_end, '\n', (size_t)(stop - ref_end)) + 1;
    }
    return lines;
}
