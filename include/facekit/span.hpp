/* Views of memory that another owns: std::span where the standard library has it. */
#ifndef FACEKIT_SPAN_HPP
#define FACEKIT_SPAN_HPP

#include "config.hpp"

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <type_traits>

#ifdef __cpp_lib_span
#include <span>
#endif

namespace facekit {
inline namespace FACEKIT_ABI {

#ifdef __cpp_lib_span

template <typename T>
using Span = std::span<T>;

#else

/** Items in a row that another owns: a part of std::span's interface. */
template <typename T>
class Span {
public:
    using element_type = T;
    using value_type = std::remove_cv_t<T>;
    using iterator = T *;

    constexpr Span() noexcept = default;
    constexpr Span(T *data, std::size_t size) noexcept : data_(data), size_(size) {}

    template <std::size_t size>
    constexpr Span(T (&items)[size]) noexcept : Span(items, size) {}

    /** Views a vector, an array, a span, or what else has `data` and `size`. */
    template <typename Items, typename Data = decltype(std::data(std::declval<Items &>())),
              typename = decltype(std::size(std::declval<Items &>())),
              typename = std::enable_if_t<
                  std::is_convertible_v<std::remove_pointer_t<Data> (*)[], T (*)[]> &&
                  (std::is_const_v<T> || std::is_lvalue_reference_v<Items>)&&!std::is_array_v<
                      std::remove_reference_t<Items>> &&
                  !std::is_same_v<std::remove_cv_t<std::remove_reference_t<Items>>, Span>>>
    constexpr Span(Items &&items) noexcept : Span(std::data(items), std::size(items)) {}

    constexpr T *data() const noexcept { return data_; }
    constexpr std::size_t size() const noexcept { return size_; }
    constexpr bool empty() const noexcept { return size_ == 0; }
    constexpr T *begin() const noexcept { return data_; }
    constexpr T *end() const noexcept { return data_ + size_; }
    constexpr T &operator[](std::size_t index) const noexcept { return data_[index]; }
    constexpr T &front() const noexcept { return data_[0]; }
    constexpr T &back() const noexcept { return data_[size_ - 1]; }

    constexpr Span subspan(std::size_t offset, std::size_t count) const noexcept { return Span(data_ + offset, count); }

private:
    T *data_ = nullptr;
    std::size_t size_ = 0;
};

#endif

/** Bytes that another owns. */
using ByteSpan = Span<const std::uint8_t>;

/** Views memory as bytes. */
inline ByteSpan as_bytes(const void *data, std::size_t size) noexcept {
    return ByteSpan(static_cast<const std::uint8_t *>(data), size);
}

/** Views a string, a vector of std::byte, or what else has `data` and `size`, as bytes, for as long as it lives. */
template <typename Items>
ByteSpan as_bytes(const Items &items FACEKIT_BORROWS) noexcept {
    static_assert(sizeof(*std::data(items)) == 1, "its items are larger than a byte");
    return as_bytes(std::data(items), std::size(items));
}

} // namespace FACEKIT_ABI
} // namespace facekit

#endif /* FACEKIT_SPAN_HPP */
