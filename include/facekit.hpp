/*
 * facekit for C++17 and later: owners of the handles of facekit.h, header only.
 *
 * What holds for every class and function:
 *
 * - A call that can fail returns a Result<T>. That is T, and a failed call throws facekit::Error; or, where
 *   FACEKIT_NO_EXCEPTIONS is defined before this header or the compiler has exceptions switched off, it is a
 *   facekit::Expected<T>, which holds T or that Error: std::expected where the standard library has it, else a class of
 *   the same interface. What makes an object and can fail is a static function; a constructor that does the same
 *   stands beside it where exceptions are on.
 * - An object owns a handle of C and frees it. It can be moved and not copied; `get` lends the handle to C, `release`
 *   gives it up, and the constructor from a pointer takes one over.
 * - A Span, a List, a std::string_view, an ImageRef and Pixels borrow: they live as long as the object that they were
 *   asked of, and what a caller passes as one lives until the call returns. A Span is a std::span from C++20 on. Faces,
 *   texts and embeddings that a temporary object is asked for are copies.
 * - Threads are as facekit.h says at each handle.
 * - Files of one program may differ in the standard and in exceptions: their facekit classes then differ too. Between
 *   such files pass a handle of C, by `release` and the constructor that takes it over.
 */
#ifndef FACEKIT_HPP
#define FACEKIT_HPP

#include "facekit/call.hpp"
#include "facekit/detail.hpp"
#include "facekit/detect.hpp"
#include "facekit/engine.hpp"
#include "facekit/enums.hpp"
#include "facekit/error.hpp"
#include "facekit/image.hpp"
#include "facekit/job.hpp"
#include "facekit/jobs.hpp"
#include "facekit/json.hpp"
#include "facekit/log.hpp"
#include "facekit/mask.hpp"
#include "facekit/models.hpp"
#include "facekit/options.hpp"
#include "facekit/recognize.hpp"
#include "facekit/restore.hpp"
#include "facekit/span.hpp"
#include "facekit/stylize.hpp"
#include "facekit/swap.hpp"
#include "facekit/version.hpp"

#endif /* FACEKIT_HPP */
