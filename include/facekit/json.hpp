/* Requests and answers in JSON. */
#ifndef FACEKIT_JSON_HPP
#define FACEKIT_JSON_HPP

#include "handle.hpp"

#include <string_view>

namespace facekit {
inline namespace FACEKIT_ABI {

/** A text that a call made; a zero byte follows it. */
class Text : public detail::Handle<facekit_text, facekit_text_free> {
public:
    using Handle::Handle;

    [[nodiscard]] std::string_view view() const noexcept FACEKIT_BORROWS {
        return std::string_view(facekit_text_data(get()), facekit_text_len(get()));
    }
};

/** An error of a call as JSON, on one line: what stands in the place of an answer. */
[[nodiscard]] inline Result<Text> error_json(const Error &error) {
    return detail::make<Text>(facekit_error_json, error.get());
}

} // namespace FACEKIT_ABI
} // namespace facekit

#endif /* FACEKIT_JSON_HPP */
