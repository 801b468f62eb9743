/* FILTER as the annotated VCF repeats it: one copy of each distinct text, however many records
 * have it. */
#include <stdlib.h>

#include "compare.h"
#include "fields.h"

/* What cannot stand in a name of a header line is written as %3C: so are all bytes in VCF. */
static bool is_plain(char c) { return c > ' ' && c <= '~' && !strchr(",<>\"", c); }

static void add_part(Buffer *list, Field part) {
    static const char DIGITS[] = "0123456789ABCDEF";
    size_t start = list->length;
    if (start) buffer_add(list, ";", 1);
    size_t own = list->length;
    for (size_t i = 0; i < part.length; i++) {
        unsigned char c = (unsigned char)part.text[i];
        char escaped[3] = {'%', DIGITS[c >> 4], DIGITS[c & 15]};
        if (is_plain(part.text[i])) buffer_add(list, &part.text[i], 1);
        else buffer_add(list, escaped, sizeof escaped);
    }
    if (list->failed) return;
    Field added = {list->bytes + own, list->length - own}, had = {list->bytes, start};
    while (had.length) { /* a name stands in the list once */
        Field name = next_part(&had, ';');
        if (name.length != added.length || memcmp(name.text, added.text, name.length)) continue;
        list->length = start;
        return;
    }
}

/* The names of a list that are there, behind those of `list`. */
static void add_names(Buffer *list, Field text) {
    while (text.text) {
        Field part = next_part(&text, ';');
        if (part.length && !field_is(part, ".") && !field_is(part, "PASS")) add_part(list, part);
    }
}

static const char *kept(Arena *arena, Buffer *list) {
    if (!list->length) buffer_text(list, "FAIL"); /* it failed one that has no name */
    buffer_add(list, "", 1);
    return list->failed ? NULL : arena_copy(arena, list->bytes, list->length);
}

static uint32_t hash_of(const char *text, size_t length) {
    uint32_t hash = 2166136261U; /* FNV-1a */
    for (size_t i = 0; i < length; i++) hash = (hash ^ (unsigned char)text[i]) * 16777619U;
    return hash;
}

static bool is_text(const FilterText *item, const char *text, size_t length) {
    return item->length == length && memcmp(item->text, text, length) == 0;
}

/* The slot of a text: empty (0), or its number + 1. */
static uint32_t *slot_of(const FilterTexts *texts, const char *text, size_t length) {
    for (size_t at = hash_of(text, length);; at++) {
        uint32_t *slot = &texts->slots[at & (texts->slot_count - 1)];
        if (!*slot || is_text(&texts->items[*slot - 1], text, length)) return slot;
    }
}

static bool grow(FilterTexts *texts) {
    size_t room = texts->slot_count ? texts->slot_count * 2 : 64;
    FilterText *items = realloc(texts->items, room / 2 * sizeof *items);
    if (items) texts->items = items;
    uint32_t *slots = calloc(room, sizeof *slots);
    if (!items || !slots) {
        free(slots);
        return false;
    }
    free(texts->slots);
    texts->slots = slots;
    texts->slot_count = room;
    for (int64_t i = 0; i < texts->count; i++)
        *slot_of(texts, items[i].text, items[i].length) = (uint32_t)i + 1;
    return true;
}

const char *filter_text(Contig *contig, const char *text, size_t length) {
    FilterTexts *texts = &contig->filters;
    if (texts->count && is_text(&texts->items[texts->last], text, length))
        return texts->items[texts->last].kept;
    if ((size_t)texts->count * 2 >= texts->slot_count && !grow(texts)) return NULL;
    uint32_t *slot = slot_of(texts, text, length);
    if (!*slot) {
        Buffer list = {0};
        add_names(&list, (Field){text, length});
        FilterText item = {arena_copy(&contig->arena, text, length), length,
                           kept(&contig->arena, &list)};
        buffer_free(&list);
        if (!item.text || !item.kept) return NULL;
        texts->items[texts->count] = item;
        *slot = (uint32_t)++texts->count;
    }
    texts->last = *slot - 1;
    return texts->items[texts->last].kept;
}

const char *both_filters(Contig *contig, const char *a, const char *b) {
    if (!a || !b || a == b) return a ? a : b;
    Buffer list = {0};
    add_names(&list, (Field){a, strlen(a)});
    add_names(&list, (Field){b, strlen(b)});
    const char *found = list.failed ? NULL : filter_text(contig, list.bytes, list.length);
    buffer_free(&list);
    return found;
}

void filters_free(FilterTexts *texts) {
    free(texts->items);
    free(texts->slots);
    *texts = (FilterTexts){0};
}
