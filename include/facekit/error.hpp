/* What went wrong in a call. */
#ifndef FACEKIT_ERROR_HPP
#define FACEKIT_ERROR_HPP

#include "../facekit.h"
#include "config.hpp"

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace facekit {
inline namespace FACEKIT_ABI {

/** A failed call: its status, and a sentence on what happened and what to do. */
class Error : public std::runtime_error {
public:
    Error(facekit_status code, const std::string &message) : std::runtime_error(message), code_(code) {}

    /** The error of a call of C; NULL has no message. */
    Error(facekit_status code, std::shared_ptr<const facekit_error> error)
        : Error(code, std::string(error == nullptr ? "" : facekit_error_message(error.get()))) {
        error_ = std::move(error);
    }

    [[nodiscard]] facekit_status code() const noexcept { return code_; }

    /** Lends the error to a function of C; NULL when it comes from no call of C. */
    [[nodiscard]] const facekit_error *get() const noexcept { return error_.get(); }

private:
    facekit_status code_;
    std::shared_ptr<const facekit_error> error_;
};

} // namespace FACEKIT_ABI
} // namespace facekit

#endif /* FACEKIT_ERROR_HPP */
