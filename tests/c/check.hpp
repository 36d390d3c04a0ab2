// What the C++ clients check with, with exceptions or without: each failure is said and counted.
#ifndef FACEKIT_TESTS_CHECK_HPP
#define FACEKIT_TESTS_CHECK_HPP

#include "facekit.hpp"

#include <cstdlib>
#include <iostream>
#include <string_view>
#include <utility>

inline int failures = 0;

inline void check(bool holds, const char *what) {
    if (!holds) {
        std::cerr << "not so: " << what << '\n';
        failures += 1;
    }
}

inline void check_error(const facekit::Error &error, facekit_status code, std::string_view words) {
    if (error.code() != code || std::string_view(error.what()).find(words) == std::string_view::npos) {
        std::cerr << "not about " << words << ": " << error.code() << ": " << error.what() << '\n';
        failures += 1;
    }
}

#ifdef FACEKIT_NO_EXCEPTIONS

/** What a call made; ends the program when it failed. */
template <typename T>
T must(facekit::Expected<T> result) {
    if (!result) {
        std::cerr << "error: " << result.error().what() << '\n';
        std::exit(EXIT_FAILURE);
    }
    if constexpr (!std::is_void_v<T>) {
        return std::move(*result);
    }
}

/** Checks that a call that makes nothing succeeds. */
template <typename Call>
void works(Call &&call) {
    must(call());
}

/** Checks that a call fails with a status and a message that has `words`. */
template <typename Call>
void fails(facekit_status code, std::string_view words, Call &&call) {
    const auto result = call();
    check(!result.has_value(), "a call that should fail does");
    if (!result) {
        check_error(result.error(), code, words);
    }
}

#else

template <typename T>
T must(T made) {
    return made;
}

template <typename Call>
void works(Call &&call) {
    call();
}

template <typename Call>
void fails(facekit_status code, std::string_view words, Call &&call) {
    try {
        static_cast<void>(call());
        check(false, "a call that should fail does");
    } catch (const facekit::Error &error) {
        check_error(error, code, words);
    }
}

#endif

/** Runs the checks of a program, and gives what its `main` returns. */
template <typename Checks>
int finished(Checks &&checks) {
#ifdef FACEKIT_NO_EXCEPTIONS
    checks();
#else
    try {
        checks();
    } catch (const std::exception &error) {
        std::cerr << "error: " << error.what() << '\n';
        return EXIT_FAILURE;
    }
#endif
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
