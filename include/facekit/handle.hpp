/* Owners of the handles of C, and the calls that make them. */
#ifndef FACEKIT_HANDLE_HPP
#define FACEKIT_HANDLE_HPP

#include "result.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace facekit {
inline namespace FACEKIT_ABI {
namespace detail {

/** What a handle needs no more than itself. */
struct Nothing {};

/**
 * Owns a handle, or nothing: moves, and does not copy.
 *
 * What was moved from owns nothing, and every getter of it gives 0 or nothing.
 */
template <typename T, void (*free_handle)(T *), typename Kept = Nothing>
class Handle {
public:
    using handle_type = T;

    /** Takes over a handle of C, or NULL, with what must outlive it. */
    explicit Handle(T *handle, Kept kept = {}) noexcept : handle_(handle, Free{std::move(kept)}) {}

    /** Whether this owns a handle. */
    explicit operator bool() const noexcept { return handle_ != nullptr; }

    /** Lends the handle to a function of C. */
    [[nodiscard]] T *get() noexcept { return handle_.get(); }
    [[nodiscard]] const T *get() const noexcept { return handle_.get(); }

    /** Gives the handle up to the caller, who frees it. */
    [[nodiscard]] T *release() noexcept { return handle_.release(); }

protected:
    [[nodiscard]] const Kept &kept() const noexcept { return handle_.get_deleter(); }

private:
    struct Free : Kept {
        void operator()(T *handle) const noexcept { free_handle(handle); }
    };

    std::unique_ptr<T, Free> handle_;
};

/** Owns an error of C; copies are the same one. */
using ErrorHandle = std::shared_ptr<const facekit_error>;

inline ErrorHandle own(facekit_error *error) {
    return error == nullptr ? nullptr : ErrorHandle(error, facekit_error_free);
}

/** Ends a call: with what it made, or with its error. */
template <typename T>
Result<T> finish(facekit_status status, ErrorHandle error, T made) {
    if (status != FACEKIT_STATUS_OK) {
        return fail<T>(Error(status, std::move(error)));
    }
    return Result<T>(std::move(made));
}

/** Calls a function of C that ends with what it makes, here an Out, and an error. */
template <typename T, typename Out = typename T::handle_type *, typename Function, typename... Arguments>
Result<T> make(Function function, Arguments... arguments) {
    Out out{};
    facekit_error *error = nullptr;
    const facekit_status status = function(arguments..., &out, &error);
    return finish(status, own(error), T(out));
}

/** Calls a function of C that ends with an error. */
template <typename Function, typename... Arguments>
Result<void> check(Function function, Arguments... arguments) {
    facekit_error *error = nullptr;
    const facekit_status status = function(arguments..., &error);
    if (status != FACEKIT_STATUS_OK) {
        return fail<void>(Error(status, own(error)));
    }
    return Result<void>();
}

/** A handle that is filled in steps. A step that fails is kept, and is the error of the call that is given this. */
template <typename T, void (*free_handle)(T *)>
class Builder : public Handle<T, free_handle> {
public:
    using Handle<T, free_handle>::Handle;

    /** The first step that failed; NULL when none did. */
    [[nodiscard]] const Error *error() const noexcept { return error_ ? &*error_ : nullptr; }

protected:
    template <typename Function, typename... Arguments>
    void step(Function function, Arguments... arguments) {
        facekit_error *error = nullptr;
        const facekit_status status = function(this->get(), arguments..., &error);
        ErrorHandle owner = own(error);
        if (status != FACEKIT_STATUS_OK && !error_) {
            error_.emplace(status, std::move(owner));
        }
    }

private:
    std::optional<Error> error_;
};

/** A text of C, which may be NULL. */
inline std::string_view text(const char *text) noexcept { return text == nullptr ? std::string_view() : text; }

/**
 * A struct of C with its defaults.
 *
 * What a struct points to is the caller's, and lives until the call that is given the struct returns.
 */
template <typename T, facekit_status (*init)(T *, std::size_t)>
struct Params : T {
    // A library that does not know the size leaves zeros, which every call refuses with an error.
    Params() noexcept : T() { init(this, sizeof(T)); }

    explicit Params(const T &params) noexcept : T(params) {}
};

} // namespace detail
} // namespace FACEKIT_ABI
} // namespace facekit

#endif /* FACEKIT_HANDLE_HPP */
