/* Masks of faces. */
#ifndef FACEKIT_MASK_HPP
#define FACEKIT_MASK_HPP

#include "detect.hpp"
#include "image.hpp"

#include <vector>

namespace facekit {
inline namespace FACEKIT_ABI {

using MaskParams = detail::Params<facekit_mask_params, facekit_mask_params_init>;
using FaceMaskParams = detail::Params<facekit_face_mask_params, facekit_face_mask_params_init>;

/** The masks of the faces of a picture, as a picture. */
class FaceMask : public detail::Handle<facekit_face_mask, facekit_face_mask_free> {
public:
    using Handle::Handle;

    /** The mask, of the input's size: white where a face is shown. */
    [[nodiscard]] ImageRef image() const noexcept FACEKIT_BORROWS { return ImageRef(facekit_face_mask_image(get())); }
    /** The masked faces. */
    [[nodiscard]] Faces faces() const & noexcept FACEKIT_BORROWS {
        return detail::list<facekit_face_mask_face_count, facekit_face_mask_face>(get());
    }
    [[nodiscard]] std::vector<Face> faces() && { return detail::copied(faces()); }
    [[nodiscard]] double inference_time() const noexcept { return facekit_face_mask_inference_time(get()); }
};

} // namespace FACEKIT_ABI
} // namespace facekit

#endif /* FACEKIT_MASK_HPP */
