/* A value, or the error that there is in its place: std::expected where the standard library has it. */
#ifndef FACEKIT_EXPECTED_HPP
#define FACEKIT_EXPECTED_HPP

#include "error.hpp"

#ifdef __cpp_lib_expected

#include <expected>

namespace facekit {
inline namespace FACEKIT_ABI {

template <typename T>
using Expected = std::expected<T, Error>;

using Unexpected = std::unexpected<Error>;

} // namespace FACEKIT_ABI
} // namespace facekit

#else

#include <cstdlib>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace facekit {
inline namespace FACEKIT_ABI {

/** The error of an Expected. */
class Unexpected {
public:
    explicit Unexpected(Error error) : error_(std::move(error)) {}

    const Error &error() const noexcept { return error_; }

private:
    Error error_;
};

/**
 * A value or an Error, with the interface of std::expected.
 *
 * To ask for what there is not, `*` and `->` of an error or `error` of a value, is undefined; `value` of an error ends
 * the program.
 */
template <typename T>
class [[nodiscard]] Expected {
public:
    using value_type = T;
    using error_type = Error;
    using unexpected_type = Unexpected;

    Expected(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Expected(const Unexpected &failure) : state_(std::in_place_index<1>, failure.error()) {}

    bool has_value() const noexcept { return state_.index() == 0; }
    explicit operator bool() const noexcept { return has_value(); }

    T &operator*() & noexcept { return *std::get_if<0>(&state_); }
    const T &operator*() const & noexcept { return *std::get_if<0>(&state_); }
    T &&operator*() && noexcept { return std::move(**this); }
    T *operator->() noexcept { return &**this; }
    const T *operator->() const noexcept { return &**this; }

    T &value() & { return has_value() ? **this : *ended(); }
    const T &value() const & { return has_value() ? **this : *ended(); }
    T &&value() && { return std::move(value()); }

    const Error &error() const noexcept { return *std::get_if<1>(&state_); }

    template <typename U>
    T value_or(U &&other) const & {
        return has_value() ? **this : static_cast<T>(std::forward<U>(other));
    }

    template <typename U>
    T value_or(U &&other) && {
        return has_value() ? std::move(**this) : static_cast<T>(std::forward<U>(other));
    }

    /** What `next`, which returns an Expected, makes of the value; else the error. */
    template <typename Next>
    auto and_then(Next &&next) & {
        return followed(*this, std::forward<Next>(next));
    }

    template <typename Next>
    auto and_then(Next &&next) const & {
        return followed(*this, std::forward<Next>(next));
    }

    template <typename Next>
    auto and_then(Next &&next) && {
        return followed(std::move(*this), std::forward<Next>(next));
    }

    /** What `map` makes of the value; else the error. */
    template <typename Map>
    auto transform(Map &&map) & {
        return mapped(*this, std::forward<Map>(map));
    }

    template <typename Map>
    auto transform(Map &&map) const & {
        return mapped(*this, std::forward<Map>(map));
    }

    template <typename Map>
    auto transform(Map &&map) && {
        return mapped(std::move(*this), std::forward<Map>(map));
    }

private:
    template <typename Self, typename Next>
    static auto followed(Self &&self, Next &&next) {
        using Followed = std::decay_t<decltype(std::invoke(std::forward<Next>(next), *std::forward<Self>(self)))>;
        return self.has_value() ? std::invoke(std::forward<Next>(next), *std::forward<Self>(self))
                                : Followed(Unexpected(self.error()));
    }

    template <typename Self, typename Map>
    static auto mapped(Self &&self, Map &&map) {
        using Mapped = std::decay_t<decltype(std::invoke(std::forward<Map>(map), *std::forward<Self>(self)))>;
        if constexpr (std::is_void_v<Mapped>) {
            if (!self.has_value()) {
                return Expected<Mapped>(Unexpected(self.error()));
            }
            std::invoke(std::forward<Map>(map), *std::forward<Self>(self));
            return Expected<Mapped>();
        } else {
            return self.has_value()
                       ? Expected<Mapped>(std::invoke(std::forward<Map>(map), *std::forward<Self>(self)))
                       : Expected<Mapped>(Unexpected(self.error()));
        }
    }

    [[noreturn]] static T *ended() { std::abort(); }

    std::variant<T, Error> state_;
};

/** Nothing, or an Error. */
template <>
class [[nodiscard]] Expected<void> {
public:
    using value_type = void;
    using error_type = Error;
    using unexpected_type = Unexpected;

    Expected() = default;
    Expected(const Unexpected &failure) : error_(failure.error()) {}

    bool has_value() const noexcept { return !error_; }
    explicit operator bool() const noexcept { return has_value(); }
    void operator*() const noexcept {}

    void value() const {
        if (!has_value()) {
            std::abort();
        }
    }

    const Error &error() const noexcept { return *error_; }

private:
    std::optional<Error> error_;
};

} // namespace FACEKIT_ABI
} // namespace facekit

#endif

#endif /* FACEKIT_EXPECTED_HPP */
