/* Finding faces. */
#ifndef FACEKIT_DETECT_HPP
#define FACEKIT_DETECT_HPP

#include "handle.hpp"
#include "list.hpp"
#include "span.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace facekit {
inline namespace FACEKIT_ABI {

using Face = facekit_face;
using Point = facekit_point;

/** Faces of an object. */
using Faces = List<const Face &>;

using DetectParams = detail::Params<facekit_detect_params, facekit_detect_params_init>;

/** The dense landmarks of a face, for as long as the Detection that they are of lives; or none. */
class Landmarks {
public:
    explicit Landmarks(const facekit_landmarks *landmarks) noexcept : landmarks_(landmarks) {}

    explicit operator bool() const noexcept { return landmarks_ != nullptr; }

    /** What numbers the points: "ibug-68", "wflw-98", "mesh-468" or "mesh-478". */
    [[nodiscard]] std::string_view scheme() const noexcept { return detail::text(facekit_landmarks_scheme(get())); }
    /** In pixels of the picture. */
    [[nodiscard]] Span<const Point> points() const noexcept {
        return Span<const Point>(facekit_landmarks_points(get()), facekit_landmarks_count(get()));
    }
    /** How sure the landmarker is, 0 to 1; NAN when its family does not say. */
    [[nodiscard]] float score() const noexcept { return facekit_landmarks_score(get()); }
    [[nodiscard]] const facekit_landmarks *get() const noexcept { return landmarks_; }

private:
    const facekit_landmarks *landmarks_;
};

/** The faces of a picture. */
class Detection : public detail::Handle<facekit_detection, facekit_detection_free> {
public:
    using Handle::Handle;

    [[nodiscard]] std::uint32_t width() const noexcept { return facekit_detection_width(get()); }
    [[nodiscard]] std::uint32_t height() const noexcept { return facekit_detection_height(get()); }
    [[nodiscard]] std::string_view model() const noexcept FACEKIT_BORROWS {
        return detail::text(facekit_detection_model(get()));
    }
    [[nodiscard]] Faces faces() const & noexcept FACEKIT_BORROWS {
        return detail::list<facekit_detection_face_count, facekit_detection_face>(get());
    }
    [[nodiscard]] std::vector<Face> faces() && { return detail::copied(faces()); }
    /** The dense landmarks of a face; none when none were asked for. */
    [[nodiscard]] Landmarks landmarks(std::size_t face) const noexcept FACEKIT_BORROWS {
        return Landmarks(facekit_detection_landmarks(get(), face));
    }
    [[nodiscard]] double inference_time() const noexcept { return facekit_detection_inference_time(get()); }
};

} // namespace FACEKIT_ABI
} // namespace facekit

#endif /* FACEKIT_DETECT_HPP */
