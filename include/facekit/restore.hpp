/* Restoring faces. */
#ifndef FACEKIT_RESTORE_HPP
#define FACEKIT_RESTORE_HPP

#include "detect.hpp"
#include "image.hpp"

#include <string>
#include <vector>

namespace facekit {
inline namespace FACEKIT_ABI {

using RestoreParams = detail::Params<facekit_restore_params, facekit_restore_params_init>;

/** A restored picture. */
class Restored : public detail::Handle<facekit_restored, facekit_restored_free> {
public:
    using Handle::Handle;

    /** The picture; none when it was taken. */
    [[nodiscard]] ImageRef image() const noexcept FACEKIT_BORROWS { return ImageRef(facekit_restored_image(get())); }
    /** Takes the picture out. */
    [[nodiscard]] Image take_image() noexcept { return Image(facekit_restored_take_image(get())); }
    [[nodiscard]] Texts models() const & noexcept FACEKIT_BORROWS {
        return detail::list<facekit_restored_model_count, facekit_restored_model>(get());
    }
    [[nodiscard]] std::vector<std::string> models() && { return detail::copied(models()); }
    /** The restored faces, in pixels of the input. */
    [[nodiscard]] Faces faces() const & noexcept FACEKIT_BORROWS {
        return detail::list<facekit_restored_face_count, facekit_restored_face>(get());
    }
    [[nodiscard]] std::vector<Face> faces() && { return detail::copied(faces()); }
    [[nodiscard]] double inference_time() const noexcept { return facekit_restored_inference_time(get()); }
};

} // namespace FACEKIT_ABI
} // namespace facekit

#endif /* FACEKIT_RESTORE_HPP */
