/* What the C clients check with: each failure is said and counted. */
#ifndef FACEKIT_TESTS_CHECK_H
#define FACEKIT_TESTS_CHECK_H

#include "facekit.h"

#include <stdio.h>
#include <string.h>

#define CHECK(condition) check((condition) != 0, #condition, __LINE__)

static int failures = 0;

static void check(int holds, const char *condition, int line) {
    if (!holds) {
        fprintf(stderr, "line %d: %s\n", line, condition);
        failures += 1;
    }
}

/* Checks that a call failed with `expected` and an error whose message has `words`, and frees the error. */
#define FAILS(call, expected, words) fails((call), &error, (expected), (words), #call, __LINE__)

static void fails(facekit_status status, facekit_error **error, facekit_status expected, const char *words,
                  const char *call, int line) {
    const char *message = facekit_error_message(*error);
    if (status != expected || facekit_error_status(*error) != status || message == NULL ||
        strstr(message, words) == NULL) {
        fprintf(stderr, "line %d: %s gave %d: %s\n", line, call, (int)status,
                message == NULL ? "no error" : message);
        failures += 1;
    }
    facekit_error_free(*error);
    *error = NULL;
}

/* Checks that a call succeeded and gave no error. */
#define WORKS(call) works((call), &error, #call, __LINE__)

static void works(facekit_status status, facekit_error **error, const char *call, int line) {
    if (status != FACEKIT_STATUS_OK || *error != NULL) {
        const char *message = facekit_error_message(*error);
        fprintf(stderr, "line %d: %s gave %d: %s\n", line, call, (int)status,
                message == NULL ? "no error" : message);
        failures += 1;
    }
    facekit_error_free(*error);
    *error = NULL;
}

static const facekit_status INVALID = FACEKIT_STATUS_INVALID_PARAMETER;

#endif
