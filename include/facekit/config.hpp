/*
 * How this header is used: with exceptions or without, and with which parts of the standard library.
 *
 * Without exceptions means FACEKIT_NO_EXCEPTIONS, defined before the first header of facekit or by the compiler's own
 * setting. Each combination is an inline namespace of its own, so that one program may mix them: see facekit.hpp.
 */
#ifndef FACEKIT_CONFIG_HPP
#define FACEKIT_CONFIG_HPP

#if __has_include(<version>)
#include <version>
#endif

#if !defined(FACEKIT_NO_EXCEPTIONS) && !defined(__cpp_exceptions) && !defined(__EXCEPTIONS) && !defined(_CPPUNWIND)
#define FACEKIT_NO_EXCEPTIONS
#endif

#if !defined(FACEKIT_NO_EXCEPTIONS) && defined(__cpp_lib_span)
#define FACEKIT_ABI throwing_20
#elif !defined(FACEKIT_NO_EXCEPTIONS)
#define FACEKIT_ABI throwing_17
#elif defined(__cpp_lib_span) && defined(__cpp_lib_expected)
#define FACEKIT_ABI expected_23
#elif defined(__cpp_lib_span)
#define FACEKIT_ABI expected_20
#else
#define FACEKIT_ABI expected_17
#endif

/* A function whose result says nothing but whether it failed: to be looked at, where no exception says so. */
#ifdef FACEKIT_NO_EXCEPTIONS
#define FACEKIT_CHECKED [[nodiscard]]
#else
#define FACEKIT_CHECKED
#endif

/* A function whose result lives as long as the object that it was asked of: compilers that can, warn. */
#if defined(__has_cpp_attribute)
#if __has_cpp_attribute(clang::lifetimebound)
#define FACEKIT_BORROWS [[clang::lifetimebound]]
#elif __has_cpp_attribute(msvc::lifetimebound)
#define FACEKIT_BORROWS [[msvc::lifetimebound]]
#endif
#endif
#ifndef FACEKIT_BORROWS
#define FACEKIT_BORROWS
#endif

#endif /* FACEKIT_CONFIG_HPP */
