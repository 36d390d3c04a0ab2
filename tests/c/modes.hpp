// What the two halves of the program `modes` give each other: handles of C, which are the same in both.
#ifndef FACEKIT_TESTS_MODES_HPP
#define FACEKIT_TESTS_MODES_HPP

#include "facekit.h"

/** Opens a picture in the half without exceptions; NULL when that fails. */
facekit_image *open_without_exceptions(const char *path);

#endif
