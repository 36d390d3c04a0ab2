/* What a call that can fail returns: by the user's choice a value or an exception, or an Expected. */
#ifndef FACEKIT_RESULT_HPP
#define FACEKIT_RESULT_HPP

#include "error.hpp"

#ifdef FACEKIT_NO_EXCEPTIONS
#include "expected.hpp"
#endif

namespace facekit {
inline namespace FACEKIT_ABI {

#ifdef FACEKIT_NO_EXCEPTIONS

/** A T, or an Error in its place. */
template <typename T>
using Result = Expected<T>;

namespace detail {

template <typename T>
Result<T> fail(const Error &error) {
    return Unexpected(error);
}

} // namespace detail

#else

/** A T; an Error is thrown. */
template <typename T>
using Result = T;

namespace detail {

template <typename T>
[[noreturn]] Result<T> fail(const Error &error) {
    throw error;
}

} // namespace detail

#endif

} // namespace FACEKIT_ABI
} // namespace facekit

#endif /* FACEKIT_RESULT_HPP */
