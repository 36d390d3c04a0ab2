/* The engine, and its pipelines. */
#ifndef FACEKIT_ENGINE_HPP
#define FACEKIT_ENGINE_HPP

#include "call.hpp"
#include "detail.hpp"
#include "detect.hpp"
#include "image.hpp"
#include "json.hpp"
#include "mask.hpp"
#include "models.hpp"
#include "options.hpp"
#include "recognize.hpp"
#include "restore.hpp"
#include "stylize.hpp"
#include "swap.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace facekit {
inline namespace FACEKIT_ABI {

/** The face engine: any number of threads may use one at once. What it makes outlives it. */
class Engine : public detail::Handle<facekit_engine, facekit_engine_free, detail::KeptLog> {
public:
    using Handle::Handle;

    /** Loads ONNX Runtime and looks through the model folders. */
    [[nodiscard]] static Result<Engine> create(const EngineOptions &options = EngineOptions()) {
        if (options.error() != nullptr) {
            return detail::fail<Engine>(*options.error());
        }
        facekit_engine *engine = nullptr;
        facekit_error *error = nullptr;
        const facekit_status status = facekit_engine_new(options.get(), &engine, &error);
        return detail::finish(status, detail::own(error), Engine(engine, options.kept()));
    }

#ifndef FACEKIT_NO_EXCEPTIONS
    explicit Engine(const EngineOptions &options = EngineOptions()) : Engine(create(options)) {}
#endif

    [[nodiscard]] Result<Detection> detect(ImageRef image, const DetectParams &params = {},
                                           const Call &call = {}) const {
        return detail::run<Detection>(call, facekit_detect, get(), image.get(), &params);
    }

    [[nodiscard]] Result<Detection> detect(const Pixels &pixels, const DetectParams &params = {},
                                           const Call &call = {}) const {
        return detail::run<Detection>(call, facekit_detect_pixels, get(), &pixels, &params);
    }

    [[nodiscard]] Result<Embedded> embed(ImageRef image, const EmbedParams &params = {}, const Call &call = {}) const {
        return detail::run<Embedded>(call, facekit_embed, get(), image.get(), &params);
    }

    [[nodiscard]] Result<Comparison> compare(ImageRef a, ImageRef b, const EmbedParams &params = {},
                                             const Call &call = {}) const {
        return detail::run<Comparison>(call, facekit_compare, get(), a.get(), b.get(), &params);
    }

    [[nodiscard]] Result<FaceMask> mask(ImageRef image, const FaceMaskParams &params = {},
                                        const Call &call = {}) const {
        return detail::run<FaceMask>(call, facekit_mask_faces, get(), image.get(), &params);
    }

    [[nodiscard]] Result<Restored> restore(ImageRef image, const RestoreParams &params = {},
                                           const Call &call = {}) const {
        return detail::run<Restored>(call, facekit_restore, get(), image.get(), &params);
    }

    [[nodiscard]] Result<Restored> restore(const Pixels &pixels, const RestoreParams &params = {},
                                           const Call &call = {}) const {
        return detail::run<Restored>(call, facekit_restore_pixels, get(), &pixels, &params);
    }

    /** Repaints the faces with a diffusion model, in more detail than they have. */
    [[nodiscard]] Result<Detailed> detail(ImageRef image, const DetailParams &params = {},
                                          const Call &call = {}) const {
        return detail::run<Detailed>(call, facekit_detail, get(), image.get(), &params);
    }

    [[nodiscard]] Result<Detailed> detail(const Pixels &pixels, const DetailParams &params = {},
                                          const Call &call = {}) const {
        return detail::run<Detailed>(call, facekit_detail_pixels, get(), &pixels, &params);
    }

    /** Refines the faces with a diffusion model, from very subtly to extremely. */
    [[nodiscard]] Result<Detailed> refine(ImageRef image, const RefineParams &params = {},
                                          const Call &call = {}) const {
        return detail::run<Detailed>(call, facekit_refine, get(), image.get(), &params);
    }

    [[nodiscard]] Result<Detailed> refine(const Pixels &pixels, const RefineParams &params = {},
                                          const Call &call = {}) const {
        return detail::run<Detailed>(call, facekit_refine_pixels, get(), &pixels, &params);
    }

    /** Gives a picture a style; `style_image` is the picture whose style a network of two inputs takes over. */
    [[nodiscard]] Result<Stylized> stylize(ImageRef image, const StylizeParams &params = {}, const Call &call = {},
                                           ImageRef style_image = {}) const {
        return detail::run<Stylized>(call, facekit_stylize, get(), image.get(), style_image.get(), &params);
    }

    [[nodiscard]] Result<Stylized> stylize(const Pixels &pixels, const StylizeParams &params = {},
                                           const Call &call = {}, ImageRef style_image = {}) const {
        return detail::run<Stylized>(call, facekit_stylize_pixels, get(), &pixels, style_image.get(), &params);
    }

    /** Gives an encoded picture or animation a style. */
    [[nodiscard]] Result<StylizedFile> stylize_file(ByteSpan file, const StylizeParams &params = {},
                                                    const Call &call = {}, ImageRef style_image = {}) const {
        return detail::run<StylizedFile>(call, facekit_stylize_file, get(), file.data(), file.size(),
                                         style_image.get(), &params);
    }

    /** Puts the faces of the sources into a picture. */
    [[nodiscard]] Result<Swapped> swap(const SwapSources &sources, ImageRef target, const SwapParams &params = {},
                                       const Call &call = {}) const {
        return run_swap<Swapped>(sources, call, facekit_swap, target.get(), &params);
    }

    [[nodiscard]] Result<Swapped> swap(const SwapSources &sources, const Pixels &target,
                                       const SwapParams &params = {}, const Call &call = {}) const {
        return run_swap<Swapped>(sources, call, facekit_swap_pixels, &target, &params);
    }

    /** Puts the faces of the sources into an encoded picture or animation. */
    [[nodiscard]] Result<SwappedFile> swap_file(const SwapSources &sources, ByteSpan target,
                                                const SwapParams &params = {}, const Call &call = {}) const {
        return run_swap<SwappedFile>(sources, call, facekit_swap_file, target.data(), target.size(), &params);
    }

    /** Runs a request in JSON, and gives the answer in JSON; see facekit_run_json. */
    [[nodiscard]] Result<Text> run_json(const std::string &request, const Call &call = {}) const {
        return detail::run<Text>(call, facekit_run_json, get(), request.c_str());
    }

    /**
     * Answers the body of a hosted API, such as "face-detailer"; see facekit_run_hosted. The pictures of the result go
     * into `folder`, or, where that is empty, into the answer.
     */
    [[nodiscard]] Result<Text> run_hosted(const std::string &api, const std::string &body,
                                          const std::string &folder = {}, const Call &call = {}) const {
        return detail::run<Text>(call, facekit_run_hosted, get(), api.c_str(), body.c_str(), or_null(folder));
    }

    /** The bounds on what a call may cost. */
    [[nodiscard]] Result<Limits> limits() const {
        facekit_limits limits{};
        facekit_error *error = nullptr;
        const facekit_status status = facekit_engine_limits(get(), &limits, sizeof(limits), &error);
        return detail::finish(status, detail::own(error), Limits(limits));
    }

    /** The models that are installed, and those that facekit knows and that are not. */
    [[nodiscard]] Result<Models> models() const { return detail::make<Models>(facekit_engine_models, get()); }

    /** Loads the model that serves a role, such as "detector": that of a name or path, or the best that is installed. */
    FACEKIT_CHECKED Result<void> load_model(const std::string &role, const std::string &model = {}) const {
        return detail::check(facekit_engine_load_model, get(), role.c_str(), or_null(model));
    }

    /** Drops the models of a name, or all, that no call uses; how many graphs have left memory. */
    Result<std::size_t> unload_models(const std::string &model = {}) const {
        return detail::make<std::size_t, std::size_t>(facekit_engine_unload_models, get(), or_null(model));
    }

    /** Holds the digest of an installed model against the catalogue's; false when that knows none. */
    [[nodiscard]] Result<bool> verify_model(const std::string &model) const {
        return detail::make<bool, bool>(facekit_engine_verify_model, get(), model.c_str());
    }

    /** Tries a provider; the error is ONNX Runtime's own reason why it cannot be used here. */
    FACEKIT_CHECKED Result<void> probe(const std::string &provider) const {
        return detail::check(facekit_engine_probe, get(), provider.c_str());
    }

    [[nodiscard]] std::string_view runtime_version() const noexcept FACEKIT_BORROWS {
        return detail::text(facekit_engine_runtime_version(get()));
    }
    [[nodiscard]] std::string_view runtime_path() const noexcept FACEKIT_BORROWS {
        return detail::text(facekit_engine_runtime_path(get()));
    }

    using Handle::kept;

private:
    static const char *or_null(const std::string &text) noexcept { return text.empty() ? nullptr : text.c_str(); }

    template <typename T, typename Function, typename... Arguments>
    Result<T> run_swap(const SwapSources &sources, const Call &call, Function function,
                       Arguments... arguments) const {
        if (sources.error() != nullptr) {
            return detail::fail<T>(*sources.error());
        }
        return detail::run<T>(call, function, get(), sources.get(), arguments...);
    }
};

} // namespace FACEKIT_ABI
} // namespace facekit

#endif /* FACEKIT_ENGINE_HPP */
