/* Embedding faces, and comparing two. */
#ifndef FACEKIT_RECOGNIZE_HPP
#define FACEKIT_RECOGNIZE_HPP

#include "detect.hpp"
#include "span.hpp"

#include <string_view>
#include <vector>

namespace facekit {
inline namespace FACEKIT_ABI {

using EmbedParams = detail::Params<facekit_embed_params, facekit_embed_params_init>;

/** The faces of a picture, each with a vector that points the same way for every picture of one person. */
class Embedded : public detail::Handle<facekit_embedded, facekit_embedded_free> {
public:
    using Handle::Handle;

    [[nodiscard]] std::string_view recognizer() const noexcept FACEKIT_BORROWS {
        return detail::text(facekit_embedded_recognizer(get()));
    }
    [[nodiscard]] Faces faces() const & noexcept FACEKIT_BORROWS {
        return detail::list<facekit_embedded_face_count, facekit_embedded_face>(get());
    }
    [[nodiscard]] std::vector<Face> faces() && { return detail::copied(faces()); }
    /** What the recognizer put out for a face; empty when there is no such face. */
    [[nodiscard]] Span<const float> raw(std::size_t face) const & noexcept FACEKIT_BORROWS {
        return Span<const float>(facekit_embedded_raw(get(), face), facekit_embedded_length(get(), face));
    }
    [[nodiscard]] std::vector<float> raw(std::size_t face) && {
        const auto numbers = raw(face);
        return std::vector<float>(numbers.begin(), numbers.end());
    }
    /** The same direction with a length of 1. */
    [[nodiscard]] Span<const float> unit(std::size_t face) const & noexcept FACEKIT_BORROWS {
        return Span<const float>(facekit_embedded_unit(get(), face), facekit_embedded_length(get(), face));
    }
    [[nodiscard]] std::vector<float> unit(std::size_t face) && {
        const auto numbers = unit(face);
        return std::vector<float>(numbers.begin(), numbers.end());
    }
    [[nodiscard]] double inference_time() const noexcept { return facekit_embedded_inference_time(get()); }
};

/** Whether two pictures show one person. */
class Comparison : public detail::Handle<facekit_comparison, facekit_comparison_free> {
public:
    using Handle::Handle;

    [[nodiscard]] bool same() const noexcept { return facekit_comparison_same(get()); }
    [[nodiscard]] float similarity() const noexcept { return facekit_comparison_similarity(get()); }
    [[nodiscard]] float distance() const noexcept { return facekit_comparison_distance(get()); }
    [[nodiscard]] float threshold() const noexcept { return facekit_comparison_threshold(get()); }
    [[nodiscard]] std::string_view recognizer() const noexcept FACEKIT_BORROWS {
        return detail::text(facekit_comparison_recognizer(get()));
    }
    /** The face that was compared, of the first picture. */
    [[nodiscard]] const Face &first() const noexcept FACEKIT_BORROWS { return *facekit_comparison_face(get(), 0); }
    /** The face that was compared, of the second picture. */
    [[nodiscard]] const Face &second() const noexcept FACEKIT_BORROWS { return *facekit_comparison_face(get(), 1); }
};

} // namespace FACEKIT_ABI
} // namespace facekit

#endif /* FACEKIT_RECOGNIZE_HPP */
