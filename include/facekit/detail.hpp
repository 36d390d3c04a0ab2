/* Repainting faces with a diffusion model. */
#ifndef FACEKIT_DETAIL_HPP
#define FACEKIT_DETAIL_HPP

#include "detect.hpp"
#include "image.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace facekit {
inline namespace FACEKIT_ABI {

using DiffusionParams = detail::Params<facekit_diffusion_params, facekit_diffusion_params_init>;
using CropParams = detail::Params<facekit_crop_params, facekit_crop_params_init>;
using DetailParams = detail::Params<facekit_detail_params, facekit_detail_params_init>;
using RefineParams = detail::Params<facekit_refine_params, facekit_refine_params_init>;

/** Pictures whose faces were given detail: one for each sample, or one alone by a restorer. */
class Detailed : public detail::Handle<facekit_detailed, facekit_detailed_free> {
public:
    using Handle::Handle;

    [[nodiscard]] std::size_t size() const noexcept { return facekit_detailed_image_count(get()); }
    /** A picture; none when `index` is not below `size`. */
    [[nodiscard]] ImageRef image(std::size_t index = 0) const noexcept FACEKIT_BORROWS {
        return ImageRef(facekit_detailed_image(get(), index));
    }
    /** A picture as a file, as the parameters ask: in their format and quality, and in base64 where they want that. */
    [[nodiscard]] Result<Bytes> file(std::size_t index = 0) const {
        return detail::make<Bytes>(facekit_detailed_file, get(), index);
    }
    [[nodiscard]] facekit_detail_engine engine() const noexcept {
        return static_cast<facekit_detail_engine>(facekit_detailed_engine(get()));
    }
    /** The scheduler that stepped, a facekit_scheduler; -1 where no diffusion model repainted the faces. */
    [[nodiscard]] std::int32_t scheduler() const noexcept { return facekit_detailed_scheduler(get()); }
    /** The seed of a picture; 0 where no seed was used. */
    [[nodiscard]] std::uint32_t seed(std::size_t index = 0) const noexcept {
        return facekit_detailed_seed(get(), index);
    }
    [[nodiscard]] Texts models() const & noexcept FACEKIT_BORROWS {
        return detail::list<facekit_detailed_model_count, facekit_detailed_model>(get());
    }
    [[nodiscard]] std::vector<std::string> models() && { return detail::copied(models()); }
    /** The faces that were repainted, in pixels of the input. */
    [[nodiscard]] Faces faces() const & noexcept FACEKIT_BORROWS {
        return detail::list<facekit_detailed_face_count, facekit_detailed_face>(get());
    }
    [[nodiscard]] std::vector<Face> faces() && { return detail::copied(faces()); }
    [[nodiscard]] double inference_time() const noexcept { return facekit_detailed_inference_time(get()); }
};

} // namespace FACEKIT_ABI
} // namespace facekit

#endif /* FACEKIT_DETAIL_HPP */
