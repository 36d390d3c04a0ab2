/* Giving pictures and animations a style. */
#ifndef FACEKIT_STYLIZE_HPP
#define FACEKIT_STYLIZE_HPP

#include "detect.hpp"
#include "image.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace facekit {
inline namespace FACEKIT_ABI {

using StylizeParams = detail::Params<facekit_stylize_params, facekit_stylize_params_init>;

/** A picture in a style. */
class Stylized : public detail::Handle<facekit_stylized, facekit_stylized_free> {
public:
    using Handle::Handle;

    /** The picture; none when it was taken. */
    [[nodiscard]] ImageRef image() const noexcept FACEKIT_BORROWS { return ImageRef(facekit_stylized_image(get())); }
    /** Takes the picture out. */
    [[nodiscard]] Image take_image() noexcept { return Image(facekit_stylized_take_image(get())); }
    [[nodiscard]] facekit_stylize_engine engine() const noexcept {
        return static_cast<facekit_stylize_engine>(facekit_stylized_engine(get()));
    }
    /** The seed of the noise; -1 where no diffusion model ran. */
    [[nodiscard]] std::int64_t seed() const noexcept { return facekit_stylized_seed(get()); }
    /** The scheduler that stepped, a facekit_scheduler; -1 where no diffusion model ran. */
    [[nodiscard]] std::int32_t scheduler() const noexcept { return facekit_stylized_scheduler(get()); }
    [[nodiscard]] Texts models() const & noexcept FACEKIT_BORROWS {
        return detail::list<facekit_stylized_model_count, facekit_stylized_model>(get());
    }
    [[nodiscard]] std::vector<std::string> models() && { return detail::copied(models()); }
    /** What the caller should know, such as parameters without effect. */
    [[nodiscard]] Texts notes() const & noexcept FACEKIT_BORROWS {
        return detail::list<facekit_stylized_note_count, facekit_stylized_note>(get());
    }
    [[nodiscard]] std::vector<std::string> notes() && { return detail::copied(notes()); }
    /** The faces that were chosen, in pixels of the input. */
    [[nodiscard]] Faces faces() const & noexcept FACEKIT_BORROWS {
        return detail::list<facekit_stylized_face_count, facekit_stylized_face>(get());
    }
    [[nodiscard]] std::vector<Face> faces() && { return detail::copied(faces()); }
    [[nodiscard]] double inference_time() const noexcept { return facekit_stylized_inference_time(get()); }
};

/** A file in a style: a picture or an animation. */
class StylizedFile : public detail::Handle<facekit_stylized_file, facekit_stylized_file_free> {
public:
    using Handle::Handle;

    [[nodiscard]] ByteSpan bytes() const noexcept FACEKIT_BORROWS {
        const facekit_bytes *bytes = facekit_stylized_file_bytes(get());
        return ByteSpan(facekit_bytes_data(bytes), facekit_bytes_len(bytes));
    }
    [[nodiscard]] facekit_file_format format() const noexcept { return facekit_stylized_file_format(get()); }
    [[nodiscard]] std::uint32_t frames() const noexcept { return facekit_stylized_file_frame_count(get()); }
    /** The frames that were searched for faces, which were followed in the others. */
    [[nodiscard]] std::uint32_t searched_frames() const noexcept {
        return facekit_stylized_file_searched_frame_count(get());
    }
    /** How many different faces were chosen. */
    [[nodiscard]] std::size_t face_count() const noexcept { return facekit_stylized_file_face_count(get()); }
    [[nodiscard]] facekit_stylize_engine engine() const noexcept {
        return static_cast<facekit_stylize_engine>(facekit_stylized_file_engine(get()));
    }
    /** The seed of the noise; -1 where no diffusion model ran. */
    [[nodiscard]] std::int64_t seed() const noexcept { return facekit_stylized_file_seed(get()); }
    /** The scheduler that stepped, a facekit_scheduler; -1 where no diffusion model ran. */
    [[nodiscard]] std::int32_t scheduler() const noexcept { return facekit_stylized_file_scheduler(get()); }
    [[nodiscard]] Texts models() const & noexcept FACEKIT_BORROWS {
        return detail::list<facekit_stylized_file_model_count, facekit_stylized_file_model>(get());
    }
    [[nodiscard]] std::vector<std::string> models() && { return detail::copied(models()); }
    /** What the caller should know, such as parameters without effect. */
    [[nodiscard]] Texts notes() const & noexcept FACEKIT_BORROWS {
        return detail::list<facekit_stylized_file_note_count, facekit_stylized_file_note>(get());
    }
    [[nodiscard]] std::vector<std::string> notes() && { return detail::copied(notes()); }
    [[nodiscard]] double inference_time() const noexcept { return facekit_stylized_file_inference_time(get()); }
};

} // namespace FACEKIT_ABI
} // namespace facekit

#endif /* FACEKIT_STYLIZE_HPP */
