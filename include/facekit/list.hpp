/* Lists that a handle of C keeps. */
#ifndef FACEKIT_LIST_HPP
#define FACEKIT_LIST_HPP

#include "handle.hpp"

#include <cstddef>
#include <iterator>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace facekit {
inline namespace FACEKIT_ABI {

/**
 * A list that lies in the object it was asked of, and lives as long as that: a random access range.
 *
 * It is no span: the structs of a newer library may be larger than this header knows.
 */
template <typename Item>
class List {
public:
    class iterator;
    using value_type = std::remove_cv_t<std::remove_reference_t<Item>>;
    using const_iterator = iterator;
    /** The item of an owner at an index. */
    using Get = Item (*)(const void *owner, std::size_t index);

    List(const void *owner, std::size_t size, Get get) noexcept : owner_(owner), size_(size), get_(get) {}

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    /** The item at `index`, which is below `size`. */
    [[nodiscard]] Item operator[](std::size_t index) const { return get_(owner_, index); }
    [[nodiscard]] Item front() const { return (*this)[0]; }
    [[nodiscard]] Item back() const { return (*this)[size_ - 1]; }
    [[nodiscard]] iterator begin() const noexcept { return iterator(*this, 0); }
    [[nodiscard]] iterator end() const noexcept { return iterator(*this, size_); }

private:
    const void *owner_;
    std::size_t size_;
    Get get_;
};

template <typename Item>
class List<Item>::iterator {
public:
    using iterator_concept = std::random_access_iterator_tag;
    using iterator_category =
        std::conditional_t<std::is_reference_v<Item>, std::random_access_iterator_tag, std::input_iterator_tag>;
    using value_type = typename List::value_type;
    using difference_type = std::ptrdiff_t;
    using reference = Item;
    using pointer = std::remove_reference_t<Item> *;

    iterator() noexcept = default;

    Item operator*() const { return get_(owner_, static_cast<std::size_t>(index_)); }
    pointer operator->() const { return &**this; }
    Item operator[](difference_type offset) const { return *(*this + offset); }

    iterator &operator++() noexcept { return *this += 1; }
    iterator &operator--() noexcept { return *this -= 1; }
    iterator operator++(int) noexcept { return ++*this - 1; }
    iterator operator--(int) noexcept { return --*this + 1; }

    iterator &operator+=(difference_type offset) noexcept {
        index_ += offset;
        return *this;
    }

    iterator &operator-=(difference_type offset) noexcept { return *this += -offset; }

    friend iterator operator+(iterator at, difference_type offset) noexcept { return at += offset; }
    friend iterator operator+(difference_type offset, iterator at) noexcept { return at += offset; }
    friend iterator operator-(iterator at, difference_type offset) noexcept { return at -= offset; }
    friend difference_type operator-(iterator a, iterator b) noexcept { return a.index_ - b.index_; }
    friend bool operator==(iterator a, iterator b) noexcept { return a.index_ == b.index_; }
    friend bool operator!=(iterator a, iterator b) noexcept { return a.index_ != b.index_; }
    friend bool operator<(iterator a, iterator b) noexcept { return a.index_ < b.index_; }
    friend bool operator>(iterator a, iterator b) noexcept { return a.index_ > b.index_; }
    friend bool operator<=(iterator a, iterator b) noexcept { return a.index_ <= b.index_; }
    friend bool operator>=(iterator a, iterator b) noexcept { return a.index_ >= b.index_; }

private:
    friend class List;

    iterator(const List &list, std::size_t index) noexcept
        : owner_(list.owner_), get_(list.get_), index_(static_cast<difference_type>(index)) {}

    const void *owner_ = nullptr;
    Get get_ = nullptr;
    difference_type index_ = 0;
};

/** Texts of an object, such as the names of models. */
using Texts = List<std::string_view>;

namespace detail {

inline std::string_view item(const char *text) noexcept { return detail::text(text); }

template <typename T>
const T &item(const T *item) noexcept {
    return *item;
}

/** A list of C by the functions that count it and that get an item. */
template <auto count, auto get, typename T>
auto list(const T *owner) noexcept {
    using Item = decltype(item(get(owner, 0)));
    return List<Item>(owner, count(owner), [](const void *of, std::size_t index) -> Item {
        return item(get(static_cast<const T *>(of), index));
    });
}

/** The items of a list whose owner is about to go. */
template <typename Item>
auto copied(const List<Item> &list) {
    using Value = typename List<Item>::value_type;
    using Owned = std::conditional_t<std::is_same_v<Value, std::string_view>, std::string, Value>;
    return std::vector<Owned>(list.begin(), list.end());
}

} // namespace detail
} // namespace FACEKIT_ABI
} // namespace facekit

#endif /* FACEKIT_LIST_HPP */
