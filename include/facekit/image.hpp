/* Pictures: pixels in memory, encoded bytes, and images. */
#ifndef FACEKIT_IMAGE_HPP
#define FACEKIT_IMAGE_HPP

#include "handle.hpp"
#include "span.hpp"

#include <cstdint>
#include <string>

namespace facekit {
inline namespace FACEKIT_ABI {

using EncodeOptions = detail::Params<facekit_encode_options, facekit_encode_options_init>;

/** The file format that a path ends with. */
inline Result<facekit_file_format> file_format(const std::string &path) {
    return detail::make<facekit_file_format, facekit_file_format>(facekit_file_format_from_path, path.c_str());
}

/** The bytes of a pixel of 8 bits a channel; 0 for a format that there is not. */
constexpr std::size_t pixel_size(std::int32_t format) noexcept {
    return format == FACEKIT_PIXEL_FORMAT_GREY                                               ? 1
           : format == FACEKIT_PIXEL_FORMAT_RGB || format == FACEKIT_PIXEL_FORMAT_BGR        ? 3
           : format == FACEKIT_PIXEL_FORMAT_RGBA || format == FACEKIT_PIXEL_FORMAT_BGRA      ? 4
                                                                                             : 0;
}

/** Pixels that another owns: 8 bits a channel, in rows, `stride` bytes from one to the next. */
class Pixels : public facekit_pixels {
public:
    explicit Pixels(const facekit_pixels &pixels) noexcept : facekit_pixels(pixels) {}

    /** Views memory of the caller; a stride of 0 is that of rows without gaps. Memory that is too small is an error. */
    static Result<Pixels> of(ByteSpan data, std::uint32_t width, std::uint32_t height,
                             facekit_pixel_format format = FACEKIT_PIXEL_FORMAT_RGB, std::size_t stride = 0) {
        const Pixels pixels(facekit_pixels{data.data(), width, height, stride == 0 ? width * pixel_size(format) : stride,
                                           static_cast<std::int32_t>(format)});
        if (!pixels.fit(data.size())) {
            return detail::fail<Pixels>(Error(FACEKIT_STATUS_INVALID_PARAMETER,
                                              "`data` has " + std::to_string(data.size()) + " bytes, too few for " +
                                                  std::to_string(width) + " x " + std::to_string(height) + " pixels"));
        }
        return pixels;
    }

    /** All rows, from the first pixel to the last, with the gaps between rows. */
    [[nodiscard]] ByteSpan bytes() const noexcept {
        return height == 0 ? ByteSpan() : ByteSpan(data, stride * (height - 1) + row_size());
    }

    /** The pixels of row `y`, which is below `height`. */
    [[nodiscard]] ByteSpan row(std::uint32_t y) const noexcept { return ByteSpan(data + stride * y, row_size()); }

private:
    std::size_t row_size() const noexcept { return width * pixel_size(format); }

    bool fit(std::size_t size) const noexcept {
        return row_size() <= size && (height < 2 || (size - row_size()) / (height - 1) >= stride);
    }
};

/** Bytes of an encoded picture: a range that a Span can view. */
class Bytes : public detail::Handle<facekit_bytes, facekit_bytes_free> {
public:
    using Handle::Handle;

    [[nodiscard]] const std::uint8_t *data() const noexcept FACEKIT_BORROWS { return facekit_bytes_data(get()); }
    [[nodiscard]] std::size_t size() const noexcept { return facekit_bytes_len(get()); }
    [[nodiscard]] const std::uint8_t *begin() const noexcept FACEKIT_BORROWS { return data(); }
    [[nodiscard]] const std::uint8_t *end() const noexcept FACEKIT_BORROWS { return data() + size(); }
};

namespace detail {

/** What a picture can be asked, whoever owns it. */
template <typename Picture>
class Reading {
public:
    [[nodiscard]] std::uint32_t width() const noexcept { return facekit_image_width(handle()); }
    [[nodiscard]] std::uint32_t height() const noexcept { return facekit_image_height(handle()); }
    [[nodiscard]] facekit_pixel_format format() const noexcept { return facekit_image_format(handle()); }

    /** Views the pixels, which live as long as the picture. */
    [[nodiscard]] Result<Pixels> view() const {
        return make<Pixels, facekit_pixels>(facekit_image_view, handle());
    }

    [[nodiscard]] Result<Bytes> encode(const EncodeOptions &options = {}) const {
        return make<Bytes>(facekit_image_encode, handle(), &options);
    }

    /** Writes a file; without options, in the format that its name ends with. */
    FACEKIT_CHECKED Result<void> save(const std::string &path, const EncodeOptions *options = nullptr) const {
        return check(facekit_image_save, handle(), path.c_str(), options);
    }

private:
    const facekit_image *handle() const noexcept { return static_cast<const Picture *>(this)->get(); }
};

} // namespace detail

/** A picture: RGB or RGBA pixels of 8 bits a channel, upright, with the metadata of its file. */
class Image : public detail::Handle<facekit_image, facekit_image_free>, public detail::Reading<Image> {
public:
    using Handle::Handle;

    /** Reads and decodes a path, `file:` URI or `data:` URI, under the limits of an engine or the default ones. */
    [[nodiscard]] static Result<Image> open(const std::string &path, const facekit_engine *engine = nullptr) {
        return detail::make<Image>(facekit_image_open, engine, path.c_str());
    }

    /** Decodes a picture, under the limits of an engine or the default ones. */
    [[nodiscard]] static Result<Image> decode(ByteSpan file, const facekit_engine *engine = nullptr) {
        return detail::make<Image>(facekit_image_decode, engine, file.data(), file.size());
    }

    /** Copies pixels. */
    [[nodiscard]] static Result<Image> from_pixels(const Pixels &pixels) {
        return detail::make<Image>(facekit_image_from_pixels, &pixels);
    }
};

/** A picture that another owns, for as long as that lives; or none. */
class ImageRef : public detail::Reading<ImageRef> {
public:
    ImageRef() noexcept = default;
    ImageRef(const Image &image FACEKIT_BORROWS) noexcept : image_(image.get()) {}
    explicit ImageRef(const facekit_image *image) noexcept : image_(image) {}

    explicit operator bool() const noexcept { return image_ != nullptr; }
    [[nodiscard]] const facekit_image *get() const noexcept { return image_; }

private:
    const facekit_image *image_ = nullptr;
};

} // namespace FACEKIT_ABI
} // namespace facekit

#endif /* FACEKIT_IMAGE_HPP */
