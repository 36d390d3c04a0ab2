/* The models that an engine knows. */
#ifndef FACEKIT_MODELS_HPP
#define FACEKIT_MODELS_HPP

#include "list.hpp"

#include <string>
#include <vector>

namespace facekit {
inline namespace FACEKIT_ABI {

using Model = facekit_model;

/** The models that an engine knows, as they were when it was asked; see facekit_model for what each row says. */
class Models : public detail::Handle<facekit_models, facekit_models_free> {
public:
    using Handle::Handle;

    [[nodiscard]] List<const Model &> rows() const & noexcept FACEKIT_BORROWS {
        return detail::list<facekit_models_count, facekit_models_get>(get());
    }
    void rows() && = delete;
    /** The first model of a name, whatever its case; NULL when there is none. */
    [[nodiscard]] const Model *find(const std::string &name) const noexcept FACEKIT_BORROWS {
        return facekit_models_find(get(), name.c_str());
    }
    /** The folders and files that could not be read, and why. */
    [[nodiscard]] Texts problems() const & noexcept FACEKIT_BORROWS {
        return detail::list<facekit_models_problem_count, facekit_models_problem>(get());
    }
    [[nodiscard]] std::vector<std::string> problems() && { return detail::copied(problems()); }
};

/** The kinds of providers, as EngineOptions::provider takes them; Engine::probe tells whether one can be used here. */
inline Texts providers() noexcept {
    return Texts(nullptr, facekit_provider_count(), [](const void *, std::size_t index) {
        return detail::text(facekit_provider_name(index));
    });
}

} // namespace FACEKIT_ABI
} // namespace facekit

#endif /* FACEKIT_MODELS_HPP */
