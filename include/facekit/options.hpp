/* How an engine is made. */
#ifndef FACEKIT_OPTIONS_HPP
#define FACEKIT_OPTIONS_HPP

#include "handle.hpp"
#include "log.hpp"
#include "models.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace facekit {
inline namespace FACEKIT_ABI {

using Limits = detail::Params<facekit_limits, facekit_limits_init>;

/**
 * How an engine is made; see facekit_engine_options_* for what each option means.
 *
 * Each function returns the options, to be chained; the error of one that fails is that of the engine.
 */
class EngineOptions : public detail::Builder<facekit_engine_options, facekit_engine_options_free> {
public:
    EngineOptions() : Builder(facekit_engine_options_new()) {}

    EngineOptions &runtime(const std::string &path) { return set(facekit_engine_options_set_runtime, path.c_str()); }
    EngineOptions &models(const std::string &folder) { return set(facekit_engine_options_add_models, folder.c_str()); }
    EngineOptions &embedded(bool on) { return set(facekit_engine_options_set_embedded, on); }
    EngineOptions &provider(const std::string &name) { return set(facekit_engine_options_add_provider, name.c_str()); }
    EngineOptions &strict(bool on) { return set(facekit_engine_options_set_strict, on); }
    EngineOptions &threads(std::uint32_t count) { return set(facekit_engine_options_set_threads, count); }
    /** The most runs of one model at once; 0 for as many as keep every core busy. */
    EngineOptions &parallel_runs(std::uint32_t count) {
        return set(facekit_engine_options_set_parallel_runs, count);
    }
    EngineOptions &memory_budget(std::uint64_t bytes) { return set(facekit_engine_options_set_memory_budget, bytes); }
    EngineOptions &graph_cache(const std::string &folder) {
        return set(facekit_engine_options_set_graph_cache, folder.c_str());
    }
    EngineOptions &allow_license(const std::string &name) {
        return set(facekit_engine_options_allow_license, name.c_str());
    }
    EngineOptions &allow_any_license(bool any) { return set(facekit_engine_options_allow_any_license, any); }
    EngineOptions &limits(const Limits &limits) { return set(facekit_engine_options_set_limits, &limits); }
    EngineOptions &max_bytes(std::uint64_t most) { return set(facekit_engine_options_set_max_bytes, most); }
    EngineOptions &max_pixels(std::uint64_t most) { return set(facekit_engine_options_set_max_pixels, most); }
    EngineOptions &max_frames(std::uint32_t most) { return set(facekit_engine_options_set_max_frames, most); }
    EngineOptions &max_animation_pixels(std::uint64_t most) {
        return set(facekit_engine_options_set_max_animation_pixels, most);
    }
    EngineOptions &max_faces(std::uint32_t most) { return set(facekit_engine_options_set_max_faces, most); }

    /**
     * Has a callback told what the engine does, where it matters as much as `level` or more.
     *
     * The callback lives as long as the engines that are made of these options, their queues and their jobs; it does
     * not follow a handle that is released.
     */
    EngineOptions &on_log(facekit_log_level level, LogCallback callback) {
        log_.log = std::make_shared<LogCallback>(std::move(callback));
        step(facekit_engine_options_set_log, static_cast<std::int32_t>(level),
             *log_.log ? detail::on_log : nullptr, log_.log.get());
        return *this;
    }

    /** Copies a model, a file or a folder, into the first model folder, and gives a list of this one model. */
    [[nodiscard]] Result<Models> install_model(const std::string &path) const {
        return detail::make<Models>(facekit_engine_options_install_model, get(), path.c_str());
    }

    /** What an engine of these options keeps of them. */
    [[nodiscard]] const detail::KeptLog &kept() const noexcept { return log_; }

private:
    template <typename Setter, typename Value>
    EngineOptions &set(Setter setter, Value value) {
        step(setter, value);
        return *this;
    }

    detail::KeptLog log_;
};

} // namespace FACEKIT_ABI
} // namespace facekit

#endif /* FACEKIT_OPTIONS_HPP */
