/* Arenas, buffers and growing lists, and how a step says what is wrong. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"

enum { BLOCK = 1 << 20, ALIGNMENT = 16 };

struct Block {
    struct Block *before;
    size_t used, room;
    _Alignas(ALIGNMENT) char bytes[];
};

void *arena_take(Arena *arena, size_t bytes) {
    bytes = (bytes + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    struct Block *block = arena->last;
    if (!block || block->room - block->used < bytes) {
        size_t room = bytes > BLOCK ? bytes : BLOCK;
        block = malloc(sizeof *block + room);
        if (!block) return NULL;
        *block = (struct Block){.before = arena->last, .used = 0, .room = room};
        arena->last = block;
    }
    void *taken = block->bytes + block->used;
    block->used += bytes;
    return taken;
}

const char *arena_copy(Arena *arena, const char *bytes, size_t length) {
    char *copy = arena_take(arena, length ? length : 1);
    if (copy) memcpy(copy, bytes, length);
    return copy;
}

void arena_free(Arena *arena) {
    while (arena->last) {
        struct Block *before = arena->last->before;
        free(arena->last);
        arena->last = before;
    }
}

void *list_room(void *items, int64_t *room, int64_t count, size_t size) {
    if (count < *room) return items;
    int64_t wanted = *room + *room / 2 + 64;
    void *grown = realloc(items, (size_t)wanted * size);
    if (grown) *room = wanted;
    return grown;
}

bool buffer_reserve(Buffer *buffer, size_t more) {
    if (buffer->failed) return false;
    if (buffer->room - buffer->length >= more) return true;
    size_t room = buffer->room ? buffer->room : 1 << 16;
    while (room - buffer->length < more) room += room / 2;
    char *bytes = realloc(buffer->bytes, room);
    if (!bytes) {
        buffer->failed = true;
        return false;
    }
    buffer->bytes = bytes;
    buffer->room = room;
    return true;
}

void buffer_integer(Buffer *buffer, int64_t number) {
    char digits[24];
    size_t at = sizeof digits;
    bool negative = number < 0;
    uint64_t rest = negative ? 0 - (uint64_t)number : (uint64_t)number;
    do digits[--at] = (char)('0' + rest % 10);
    while (rest /= 10);
    if (negative) digits[--at] = '-';
    buffer_add(buffer, digits + at, sizeof digits - at);
}

void buffer_free(Buffer *buffer) {
    free(buffer->bytes);
    *buffer = (Buffer){0};
}

int contig_fails(Contig *contig, int kind, int side, const char *hint, const char *text, ...) {
    Problem *problem = &contig->problem;
    problem->kind = kind;
    problem->side = side;
    snprintf(problem->hint, sizeof problem->hint, "%s", hint ? hint : "");
    va_list words;
    va_start(words, text);
    vsnprintf(problem->text, sizeof problem->text, text, words);
    va_end(words);
    return -1;
}

Call *calls_add(Contig *contig, int side) {
    Calls *calls = &contig->calls[side];
    Call *items = list_room(calls->items, &calls->room, calls->count, sizeof *items);
    if (!items) {
        contig_fails(contig, PROBLEM_MEMORY, side, NULL, "out of memory");
        return NULL;
    }
    calls->items = items;
    Call *call = &calls->items[calls->count++];
    *call = (Call){.block = -1, .superlocus = -1};
    return call;
}
