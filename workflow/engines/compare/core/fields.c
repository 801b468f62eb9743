/* See fields.h. */
#include "fields.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { EXACT_DIGITS = 15, LONGEST_NUMBER = 63 };

Columns columns_of(const char *line, size_t length, int32_t sample) {
    Columns columns = {.count = 0};
    const char *end = line + length;
    for (const char *at = line; at;) {
        const char *tab = memchr(at, '\t', (size_t)(end - at));
        Field field = {at, (size_t)((tab ? tab : end) - at)};
        if (columns.count < FIXED_COLUMNS) columns.fixed[columns.count] = field;
        else if (columns.count == sample) columns.sample = field;
        columns.count++;
        at = tab ? tab + 1 : NULL;
    }
    return columns;
}

bool field_is(Field field, const char *text) {
    return strlen(text) == field.length && memcmp(field.text, text, field.length) == 0;
}

Field next_part(Field *list, char separator) {
    const char *found = list->length ? memchr(list->text, separator, list->length) : NULL;
    Field part = *list;
    if (found) {
        part.length = (size_t)(found - list->text);
        list->text = found + 1;
        list->length -= part.length + 1;
    } else {
        *list = (Field){NULL, 0};
    }
    return part;
}

bool digits_of(Field field, int32_t *number) {
    int64_t value = 0;
    for (size_t i = 0; i < field.length; i++) {
        if (field.text[i] < '0' || field.text[i] > '9') return false;
        value = value * 10 + (field.text[i] - '0');
        if (value > INT32_MAX) value = INT32_MAX;
    }
    *number = (int32_t)value;
    return field.length > 0;
}

/* Digits with at most one point: exact, as the power of ten and the digits are exact doubles. */
static bool simple_number(Field field, float *number) {
    static const double TENS[] = {1,   1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                  1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    int64_t value = 0;
    int digits = 0, behind_point = -1;
    for (size_t i = 0; i < field.length; i++) {
        char c = field.text[i];
        if (c >= '0' && c <= '9' && digits < EXACT_DIGITS) {
            value = value * 10 + (c - '0');
            digits++;
            behind_point += behind_point >= 0;
        } else if (c == '.' && behind_point < 0) {
            behind_point = 0;
        } else {
            return false;
        }
    }
    if (!digits) return false;
    *number = (float)((double)value / TENS[behind_point > 0 ? behind_point : 0]);
    return true;
}

bool decimal_of(Field field, float *number) {
    if (simple_number(field, number)) return true;
    char text[LONGEST_NUMBER + 1], *end;
    if (!field.length || field.length > LONGEST_NUMBER) return false;
    memcpy(text, field.text, field.length);
    text[field.length] = 0;
    /* what strtod takes and VCF does not: hexadecimal, space before it, nan(...) */
    if (strcspn(text, "xX( \t\v\f\r\n") != field.length) return false;
    *number = (float)strtod(text, &end);
    return *end == 0;
}

/* Whether the item of INFO is `key` or KEY=value. */
static bool has_key(Field item, const char *key, size_t length) {
    return item.length >= length && memcmp(item.text, key, length) == 0 &&
           (item.length == length || item.text[length] == '=');
}

Field info_value(Field info, const char *key) {
    size_t length = strlen(key);
    while (info.text) {
        Field item = next_part(&info, ';');
        if (has_key(item, key, length) && item.length > length)
            return (Field){item.text + length + 1, item.length - length - 1};
    }
    return (Field){NULL, 0};
}

bool has_info(Field info, const char *key) {
    size_t length = strlen(key);
    while (info.text)
        if (has_key(next_part(&info, ';'), key, length)) return true;
    return false;
}

Field format_value(Field format, Field sample, const char *key) {
    while (format.text && sample.text) {
        Field name = next_part(&format, ':'), value = next_part(&sample, ':');
        if (field_is(name, key)) return value;
    }
    return (Field){NULL, 0};
}

static bool is_listed(Field name, const char *names) {
    for (; *names; names += strlen(names) + 1)
        if (strcmp(names, "*") == 0 || field_is(name, names)) return true;
    return false;
}

bool only_filters(Field filter, const char *names) {
    if (!names || !*names) return false;
    while (filter.text) {
        Field name = next_part(&filter, ';');
        if (!field_is(name, "PASS") && !is_listed(name, names)) return false;
    }
    return true;
}
