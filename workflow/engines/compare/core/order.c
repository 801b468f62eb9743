/* Stable sorting of indices that are nearly sorted already. */
#include <stdlib.h>
#include <string.h>

#include "counting.h"

/* Merges two sorted runs; `from` holds both, one behind the other. */
static void merge_runs(const uint32_t *from, int64_t left, int64_t total, uint32_t *into,
                       Compare compare, const void *what) {
    int64_t i = 0, j = left, k = 0;
    while (i < left && j < total)
        into[k++] = compare(what, from[j], from[i]) < 0 ? from[j++] : from[i++];
    while (i < left) into[k++] = from[i++];
    while (j < total) into[k++] = from[j++];
}

/* Ends of the runs that are sorted as they stand; returns how many. */
static int64_t find_runs(const uint32_t *indices, int64_t count, int64_t *ends, Compare compare,
                         const void *what) {
    int64_t runs = 0;
    for (int64_t i = 1; i <= count; i++)
        if (i == count || compare(what, indices[i], indices[i - 1]) < 0) ends[runs++] = i;
    return runs;
}

/* Merges neighbouring runs until one is left. */
static void merge_all(uint32_t *indices, uint32_t *scratch, int64_t *ends, int64_t runs,
                      Compare compare, const void *what) {
    while (runs > 1) {
        int64_t start = 0, kept = 0;
        for (int64_t run = 0; run < runs; run += 2) {
            bool pair = run + 1 < runs;
            int64_t end = ends[pair ? run + 1 : run];
            if (pair) {
                merge_runs(indices + start, ends[run] - start, end - start, scratch, compare, what);
                memcpy(indices + start, scratch, (size_t)(end - start) * sizeof *indices);
            }
            ends[kept++] = start = end;
        }
        runs = kept;
    }
}

int sort_indices(uint32_t *indices, int64_t count, Compare compare, const void *what) {
    int64_t breaks = 1;
    for (int64_t i = 1; i < count; i++) breaks += compare(what, indices[i], indices[i - 1]) < 0;
    if (breaks == 1) return 0;
    int64_t *ends = malloc((size_t)breaks * sizeof *ends);
    uint32_t *scratch = malloc((size_t)count * sizeof *scratch);
    int failed = ends && scratch ? 0 : -1;
    if (!failed) {
        int64_t runs = find_runs(indices, count, ends, compare, what);
        merge_all(indices, scratch, ends, runs, compare, what);
    }
    free(ends);
    free(scratch);
    return failed;
}
