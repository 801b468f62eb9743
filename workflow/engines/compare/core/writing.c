/* Numbers and names of regions as text; both repeat, so the last ones are kept. */
#include "writing.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "counting.h"

enum { DIGITS = 6 };

/* Six digits of a number of 1 up to a million: the product with a power of ten is exact in a
 * double, so that rint() rounds as printf does. 0: it must be printed the slow way. */
static int quick_text(double value, char *text) {
    static const double powers[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6};
    if (!(value >= 1 && value < powers[DIGITS])) return 0;
    int whole = 1;
    while (value >= powers[whole]) whole++;
    double rounded = rint(value * powers[DIGITS - whole]);
    if (rounded >= powers[DIGITS]) return 0;
    char digits[DIGITS];
    uint32_t rest = (uint32_t)rounded;
    for (int i = DIGITS - 1; i >= 0; i--, rest /= 10) digits[i] = (char)('0' + rest % 10);
    int last = DIGITS;
    while (last > whole && digits[last - 1] == '0') last--;
    int length = 0;
    for (int i = 0; i < last; i++) {
        if (i == whole) text[length++] = '.';
        text[length++] = digits[i];
    }
    return length;
}

void add_number(Buffer *line, NumberTexts *numbers, float value) {
    if (isnan(value)) {
        buffer_add(line, ".", 1);
        return;
    }
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint32_t slot = (bits * 2654435761U) >> 22;
    if (!numbers->slots[slot].length || numbers->slots[slot].bits != bits) {
        char *text = numbers->slots[slot].text;
        int length = quick_text((double)value, text);
        if (!length)
            length = snprintf(text, sizeof numbers->slots[slot].text, "%g", (double)value);
        numbers->slots[slot].bits = bits;
        numbers->slots[slot].length = (uint8_t)length;
    }
    buffer_add(line, numbers->slots[slot].text, numbers->slots[slot].length);
}

/* --- regions --- */

static int by_name(const void *what, uint32_t a, uint32_t b) {
    const char *const *names = what;
    return strcmp(names[a], names[b]);
}

/* The names with their bits, not sorted yet; bins of allele fraction are no regions. */
static int32_t list_names(const Options *options, const char **names) {
    int32_t count = 0;
    for (; count < options->subset_count; count++) names[count] = options->subset_names[count];
    names[count++] = "TS_boundary";
    names[count++] = "TS_contained";
    if (options->has_confident) names[count++] = "CONF";
    return count;
}

bool region_texts_open(RegionTexts *regions, const Options *options) {
    size_t room = (size_t)options->subset_count + 3;
    regions->options = options;
    regions->width = member_words(options) + 1;
    regions->names = malloc(room * sizeof *regions->names);
    regions->lengths = malloc(room * sizeof *regions->lengths);
    regions->bits = malloc(room * sizeof *regions->bits);
    regions->wanted = calloc((size_t)regions->width, sizeof *regions->wanted);
    regions->slots = calloc(REGION_SLOTS, sizeof *regions->slots);
    const char **names = malloc(room * sizeof *names);
    uint32_t *order = malloc(room * sizeof *order);
    bool made = regions->names && regions->lengths && regions->bits && regions->wanted &&
                regions->slots && names && order;
    if (made) {
        regions->count = list_names(options, names);
        for (int32_t i = 0; i < regions->count; i++) order[i] = (uint32_t)i;
        made = !sort_indices(order, regions->count, by_name, names);
        int32_t confident = (regions->width - 1) * 64;
        for (int32_t i = 0; made && i < regions->count; i++) {
            regions->names[i] = names[order[i]];
            regions->lengths[i] = strlen(names[order[i]]);
            bool last = (int32_t)order[i] == options->subset_count + 2;
            regions->bits[i] = last ? confident : (int32_t)order[i];
        }
    }
    free(names);
    free(order);
    return made;
}

void region_texts_free(RegionTexts *regions) {
    for (int i = 0; regions->slots && i < REGION_SLOTS; i++) {
        free(regions->slots[i].words);
        buffer_free(&regions->slots[i].text);
    }
    free(regions->names);
    free(regions->lengths);
    free(regions->bits);
    free(regions->wanted);
    free(regions->slots);
    *regions = (RegionTexts){0};
}

static uint32_t slot_of(const uint64_t *words, int32_t width) {
    uint64_t mixed = 0;
    for (int32_t i = 0; i < width; i++) {
        mixed = (mixed ^ words[i]) * 0x9E3779B97F4A7C15U;
        mixed ^= mixed >> 29;
    }
    return (uint32_t)(mixed >> 32) % REGION_SLOTS;
}

static void write_text(RegionTexts *regions, RegionText *slot) {
    size_t size = (size_t)regions->width * sizeof *slot->words;
    if (!slot->words && !(slot->words = malloc(size))) {
        regions->failed = true;
        return;
    }
    memcpy(slot->words, regions->wanted, size);
    slot->used = true;
    slot->text.length = 0;
    for (int32_t i = 0; i < regions->count; i++) {
        if (!is_member(regions->wanted, regions->bits[i] + 1)) continue;
        buffer_text(&slot->text, slot->text.length ? "," : ";Regions=");
        buffer_add(&slot->text, regions->names[i], regions->lengths[i]);
    }
    regions->failed |= slot->text.failed;
}

void add_regions(Buffer *line, RegionTexts *regions, const uint64_t *const members[SIDES],
                 bool confident) {
    for (int32_t i = 0; i < regions->width - 1; i++)
        regions->wanted[i] = (members[TRUTH] ? members[TRUTH][i] : 0) |
                             (members[QUERY] ? members[QUERY][i] : 0);
    regions->wanted[regions->width - 1] = confident && regions->options->has_confident;
    RegionText *slot = &regions->slots[slot_of(regions->wanted, regions->width)];
    size_t size = (size_t)regions->width * sizeof *regions->wanted;
    if (!slot->used || memcmp(slot->words, regions->wanted, size) != 0) write_text(regions, slot);
    if (!regions->failed && slot->text.length)
        buffer_add(line, slot->text.bytes, slot->text.length);
}
