/* Putting one face in the place of another. */
#ifndef FACEKIT_SWAP_HPP
#define FACEKIT_SWAP_HPP

#include "detect.hpp"
#include "image.hpp"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

namespace facekit {
inline namespace FACEKIT_ABI {

using SwapParams = detail::Params<facekit_swap_params, facekit_swap_params_init>;

/**
 * The people to put in, each shown by one picture or several, which are copied.
 *
 * Each function returns the sources, to be chained; the error of one that fails is that of the swap.
 */
class SwapSources : public detail::Builder<facekit_swap_sources, facekit_swap_sources_free> {
public:
    SwapSources() : Builder(facekit_swap_sources_new()) {}

    /** One person, who replaces everyone. */
    explicit SwapSources(ImageRef picture) : SwapSources() { add({picture}); }

    /** Adds a person; `replaces` shows whom this one replaces, and without it that is everyone left. */
    SwapSources &add(Span<const ImageRef> pictures, ImageRef replaces = {}) {
        std::vector<const facekit_image *> handles;
        for (const ImageRef picture : pictures) {
            handles.push_back(picture.get());
        }
        step(facekit_swap_sources_add, handles.data(), handles.size(), replaces.get());
        return *this;
    }

    SwapSources &add(std::initializer_list<ImageRef> pictures, ImageRef replaces = {}) {
        return add(Span<const ImageRef>(pictures.begin(), pictures.size()), replaces);
    }
};

/** A picture with swapped faces. */
class Swapped : public detail::Handle<facekit_swapped, facekit_swapped_free> {
public:
    using Handle::Handle;

    /** The picture; none when it was taken. */
    [[nodiscard]] ImageRef image() const noexcept FACEKIT_BORROWS { return ImageRef(facekit_swapped_image(get())); }
    /** Takes the picture out. */
    [[nodiscard]] Image take_image() noexcept { return Image(facekit_swapped_take_image(get())); }
    [[nodiscard]] Texts models() const & noexcept FACEKIT_BORROWS {
        return detail::list<facekit_swapped_model_count, facekit_swapped_model>(get());
    }
    [[nodiscard]] std::vector<std::string> models() && { return detail::copied(models()); }
    /** The faces that were replaced. */
    [[nodiscard]] Faces faces() const & noexcept FACEKIT_BORROWS {
        return detail::list<facekit_swapped_face_count, facekit_swapped_face>(get());
    }
    [[nodiscard]] std::vector<Face> faces() && { return detail::copied(faces()); }
    [[nodiscard]] double inference_time() const noexcept { return facekit_swapped_inference_time(get()); }
};

/** A file with swapped faces: a picture or an animation. */
class SwappedFile : public detail::Handle<facekit_swapped_file, facekit_swapped_file_free> {
public:
    using Handle::Handle;

    [[nodiscard]] ByteSpan bytes() const noexcept FACEKIT_BORROWS {
        const facekit_bytes *bytes = facekit_swapped_file_bytes(get());
        return ByteSpan(facekit_bytes_data(bytes), facekit_bytes_len(bytes));
    }
    [[nodiscard]] facekit_file_format format() const noexcept { return facekit_swapped_file_format(get()); }
    [[nodiscard]] std::uint32_t frames() const noexcept { return facekit_swapped_file_frame_count(get()); }
    /** The frames that show a face that was replaced. */
    [[nodiscard]] std::uint32_t swapped_frames() const noexcept {
        return facekit_swapped_file_swapped_frame_count(get());
    }
    /** The frames that were searched for faces, which were followed in the others. */
    [[nodiscard]] std::uint32_t searched_frames() const noexcept {
        return facekit_swapped_file_searched_frame_count(get());
    }
    [[nodiscard]] Texts models() const & noexcept FACEKIT_BORROWS {
        return detail::list<facekit_swapped_file_model_count, facekit_swapped_file_model>(get());
    }
    [[nodiscard]] std::vector<std::string> models() && { return detail::copied(models()); }
    [[nodiscard]] double inference_time() const noexcept { return facekit_swapped_file_inference_time(get()); }
};

} // namespace FACEKIT_ABI
} // namespace facekit

#endif /* FACEKIT_SWAP_HPP */
