// A client of the views of facekit.hpp in every standard, with exceptions or without: spans, pixels, lists, results.
// Usage: views PHOTO SCRATCH_FOLDER. Says nothing and returns 0 when all is well.
#include "check.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <iterator>
#include <numeric>
#include <vector>

namespace {

#ifdef __cpp_lib_span
static_assert(std::is_same_v<facekit::Span<const float>, std::span<const float>>);
static_assert(std::ranges::random_access_range<facekit::Faces> && std::ranges::sized_range<facekit::Faces>);
static_assert(std::ranges::random_access_range<facekit::Texts> && std::ranges::sized_range<facekit::Texts>);
#endif

int sum(facekit::Span<const int> items) { return std::accumulate(items.begin(), items.end(), 0); }

void double_all(facekit::Span<int> items) {
    for (int &item : items) {
        item *= 2;
    }
}

void spans() {
    std::vector<int> vector = {1, 2, 3};
    int array[] = {4, 5};
    const std::array<int, 2> standard = {6, 7};
    const facekit::Span<const int> span = vector;
    check(sum(vector) == 6 && sum(array) == 9 && sum(standard) == 13 && sum(span) == 6, "a span views what is in rows");
    check(sum({vector.data() + 1, 2}) == 5 && sum({}) == 0 && sum(std::vector<int>(2, 8)) == 16, "and parts, and none");
    check(span.size() == 3 && span[2] == 3 && span.front() == 1 && span.back() == 3, "a span has its items");
    check(!span.empty() && span.subspan(1, 2).data() == vector.data() + 1, "and parts");
    double_all(vector);
    double_all(array);
    check(sum(vector) == 12 && sum(array) == 18, "a span of what is not const changes it");
    static_assert(!std::is_convertible_v<facekit::Span<const int>, facekit::Span<int>>);
    static_assert(!std::is_convertible_v<std::vector<short>, facekit::Span<const int>>);
    check(facekit::as_bytes(std::string_view("ab")).size() == 2 && facekit::as_bytes("a", 1)[0] == 'a', "bytes");
}

void files(const facekit::Image &photo, const std::string &path, const std::string &scratch) {
    fails(FACEKIT_STATUS_IO, "no-such-file", [] { return facekit::Image::open("no-such-file"); });
    fails(FACEKIT_STATUS_UNSUPPORTED, "https", [] { return facekit::Image::open("https://localhost/a.png"); });
    std::ifstream file(path, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    const auto decoded = must(facekit::Image::decode(facekit::as_bytes(bytes)));
    check(decoded.width() == photo.width() && decoded.height() == photo.height(), "sizes are equal");

    facekit::EncodeOptions encode;
    encode.format = FACEKIT_FILE_FORMAT_PNG;
    const auto encoded = must(photo.encode(encode));
    check(must(facekit::Image::decode(encoded)).width() == photo.width(), "encoded and decoded");
    const std::vector<std::uint8_t> copy(encoded.begin(), encoded.end());
    check(copy.size() == encoded.size() && must(facekit::Image::decode(copy)), "bytes are a range");
    works([&] { return photo.save(scratch + "/saved.jpg"); });
    works([&] { return photo.save(scratch + "/saved.png", &encode); });
    encode.quality = 0;
    fails(FACEKIT_STATUS_INVALID_PARAMETER, "quality", [&] { return photo.encode(encode); });
    fails(FACEKIT_STATUS_IO, "missing", [&] { return photo.save(scratch + "/missing/a.png"); });
}

void pixels(const facekit::Image &photo) {
    const auto view = must(photo.view());
    const auto channels = facekit::pixel_size(view.format);
    check(view.bytes().size() == view.stride * view.height && view.row(0).size() == view.width * channels, "in rows");
    check(must(facekit::Image::from_pixels(view)).format() == photo.format(), "a copy keeps the format");

    // The picture without its border, in place.
    const std::uint32_t border = 3;
    const auto format = photo.format();
    const std::size_t skipped = border * view.stride + border * channels;
    const auto inner = view.bytes().subspan(skipped, view.bytes().size() - skipped);
    const std::uint32_t width = view.width - 2 * border;
    const std::uint32_t height = view.height - 2 * border;
    const auto cropped = must(facekit::Pixels::of(inner, width, height, format, view.stride));
    const auto copy = must(facekit::Image::from_pixels(cropped));
    const auto last = must(copy.view()).row(height - 1);
    const auto same = view.row(view.height - 1 - border).subspan(border * channels, last.size());
    check(copy.width() == width && std::equal(last.begin(), last.end(), same.begin()), "a stride steps over gaps");

    const std::vector<std::uint8_t> grey(12);
    check(must(facekit::Pixels::of(grey, 4, 3, FACEKIT_PIXEL_FORMAT_GREY)).stride == 4, "rows without gaps");
    check(must(facekit::Pixels::of(grey, 2, 3, FACEKIT_PIXEL_FORMAT_GREY, 5)).bytes().size() == 12, "the last is short");
    const std::array<std::uint32_t, 3> too_large[] = {{5, 3, 0},  {4, 4, 0},          {3, 3, 5},
                                                      {13, 1, 0}, {UINT32_MAX, 1, 0}, {4, UINT32_MAX, 0}};
    for (const auto &size : too_large) {
        fails(FACEKIT_STATUS_INVALID_PARAMETER, "has 12 bytes, too few for", [&] {
            return facekit::Pixels::of(grey, size[0], size[1], FACEKIT_PIXEL_FORMAT_GREY, size[2]);
        });
    }
    const auto none = must(facekit::Pixels::of(grey, 4, 0, FACEKIT_PIXEL_FORMAT_GREY));
    check(none.bytes().empty(), "no rows have no bytes");
    fails(FACEKIT_STATUS_INVALID_PARAMETER, "0", [&] { return facekit::Image::from_pixels(none); });
}

void lists(const facekit::Engine &engine) {
    const auto models = must(engine.models());
    const facekit::List<const facekit::Model &> rows = models.rows();
    const auto is_default = [](const facekit::Model &model) { return model.is_default; };
    const auto found = std::find_if(rows.begin(), rows.end(), is_default);
    check(found != rows.end() && found->is_default && (*found).name == found->name, "a list is a range");
    check(rows.end() - rows.begin() == static_cast<std::ptrdiff_t>(rows.size()), "that has its size");
    auto at = rows.begin();
    check(at++ == rows.begin() && at == 1 + rows.begin() && &*at == &rows[1], "forwards");
    check(at-- == rows.begin() + 1 && at == rows.begin() && &rows.begin()[1] == &rows[1], "and backwards");
    check(rows.begin() < rows.end() && rows.end() > at && at <= at && at >= at && at - 0 == at, "in an order");
    check(&rows.front() == &rows[0] && &rows.back() == &*--rows.end(), "from the first to the last");
    std::size_t count = 0;
    for (const facekit::Model &model : rows) {
        count += model.name == nullptr ? 0 : 1;
    }
    check(count == rows.size(), "without a gap");
    const auto problems = models.problems();
    check(std::vector<std::string_view>(problems.begin(), problems.end()).empty(), "an empty list is one, too");
}

#ifdef FACEKIT_NO_EXCEPTIONS

#ifdef __cpp_lib_expected
static_assert(std::is_same_v<facekit::Expected<int>, std::expected<int, facekit::Error>>);
#endif

void results() {
    const facekit::Expected<int> good = 3;
    const facekit::Expected<int> bad = facekit::Unexpected(facekit::Error(FACEKIT_STATUS_IO, "gone"));
    check(good.has_value() && good && *good == 3 && good.value() == 3 && good.value_or(4) == 3, "a value");
    check(!bad.has_value() && !bad && bad.value_or(4) == 4 && bad.error().code() == FACEKIT_STATUS_IO, "an error");
    facekit::Expected<std::string> text = std::string("text");
    check(text->size() == 4 && text.value().size() == 4, "what a value has");
    check((std::move(text)).value_or("other") == "text", "can be moved out");
    const facekit::Expected<void> nothing;
    check(nothing && nothing.has_value(), "nothing is a value");
    *nothing;
    nothing.value();
    const facekit::Expected<void> failed = facekit::Unexpected(facekit::Error(FACEKIT_STATUS_IO, "gone"));
    check(!failed && failed.error().what() == std::string("gone"), "or an error");
#if !defined(__cpp_lib_expected) || __cpp_lib_expected >= 202211L
    const auto half = [](int value) -> facekit::Expected<int> {
        return value % 2 == 0 ? facekit::Expected<int>(value / 2)
                              : facekit::Unexpected(facekit::Error(FACEKIT_STATUS_INTERNAL, "odd"));
    };
    const auto twice = [](int value) { return 2 * value; };
    check(good.transform(twice).and_then(half).value() == 3, "a value goes on");
    check(good.and_then(half).transform(twice).error().code() == FACEKIT_STATUS_INTERNAL, "until it fails");
    check(bad.and_then(half).error().code() == FACEKIT_STATUS_IO, "and an error stays");
    check(good.transform([](int) {}).has_value() && !bad.transform([](int) {}), "also without a value");
    const auto size = facekit::Image::open("no-such-file").transform([](const auto &image) { return image.width(); });
    check(size.error().code() == FACEKIT_STATUS_IO, "as of a call");
#endif
}

#else

void results() {}

#endif

} // namespace

int main(int argc, char **argv) {
    if (argc != 3) {
        std::cerr << "usage: views PHOTO SCRATCH_FOLDER\n";
        return EXIT_FAILURE;
    }
    return finished([&] {
        const auto photo = must(facekit::Image::open(argv[1]));
        spans();
        files(photo, argv[1], argv[2]);
        pixels(photo);
        lists(must(facekit::Engine::create()));
        results();
    });
}
