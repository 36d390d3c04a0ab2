/* The queue of jobs. */
#ifndef FACEKIT_JOBS_HPP
#define FACEKIT_JOBS_HPP

#include "engine.hpp"
#include "job.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace facekit {
inline namespace FACEKIT_ABI {

using JobsOptions = detail::Params<facekit_jobs_options, facekit_jobs_options_init>;

/**
 * A queue of jobs, and the threads that run them on one engine, which may be destroyed before it.
 *
 * Each function submits what the function of Engine does: the inputs are copied, and the callbacks of `call` are kept
 * until the job has ended. They are called on the threads of the queue; what progress or preview throws cancels the job
 * and comes out of its `take`, and what completion throws ends the program. Of the jobs that wait, the one with the
 * highest priority runs first. To destroy the queue cancels its jobs, and waits until its threads have stopped.
 */
class Jobs : public detail::Handle<facekit_jobs, facekit_jobs_free, detail::KeptLog> {
public:
    using Handle::Handle;

    /** Starts the threads. */
    [[nodiscard]] static Result<Jobs> create(const Engine &engine, const JobsOptions &options = {}) {
        facekit_jobs *jobs = nullptr;
        facekit_error *error = nullptr;
        const facekit_status status = facekit_jobs_new(engine.get(), &options, &jobs, &error);
        return detail::finish(status, detail::own(error), Jobs(jobs, engine.kept()));
    }

#ifndef FACEKIT_NO_EXCEPTIONS
    explicit Jobs(const Engine &engine, const JobsOptions &options = {}) : Jobs(create(engine, options)) {}
#endif

    [[nodiscard]] Result<Job<Detection>> detect(ImageRef image, const DetectParams &params = {}, const Call &call = {},
                                                std::int32_t priority = 0) const {
        return submit<Detection>(call, facekit_jobs_submit_detect, image.get(), &params, priority);
    }

    [[nodiscard]] Result<Job<Embedded>> embed(ImageRef image, const EmbedParams &params = {}, const Call &call = {},
                                              std::int32_t priority = 0) const {
        return submit<Embedded>(call, facekit_jobs_submit_embed, image.get(), &params, priority);
    }

    [[nodiscard]] Result<Job<Comparison>> compare(ImageRef a, ImageRef b, const EmbedParams &params = {},
                                                  const Call &call = {}, std::int32_t priority = 0) const {
        return submit<Comparison>(call, facekit_jobs_submit_compare, a.get(), b.get(), &params, priority);
    }

    [[nodiscard]] Result<Job<FaceMask>> mask(ImageRef image, const FaceMaskParams &params = {}, const Call &call = {},
                                             std::int32_t priority = 0) const {
        return submit<FaceMask>(call, facekit_jobs_submit_mask, image.get(), &params, priority);
    }

    [[nodiscard]] Result<Job<Restored>> restore(ImageRef image, const RestoreParams &params = {},
                                                const Call &call = {}, std::int32_t priority = 0) const {
        return submit<Restored>(call, facekit_jobs_submit_restore, image.get(), &params, priority);
    }

    [[nodiscard]] Result<Job<Detailed>> detail(ImageRef image, const DetailParams &params = {}, const Call &call = {},
                                               std::int32_t priority = 0) const {
        return submit<Detailed>(call, facekit_jobs_submit_detail, image.get(), &params, priority);
    }

    [[nodiscard]] Result<Job<Detailed>> refine(ImageRef image, const RefineParams &params = {}, const Call &call = {},
                                               std::int32_t priority = 0) const {
        return submit<Detailed>(call, facekit_jobs_submit_refine, image.get(), &params, priority);
    }

    [[nodiscard]] Result<Job<Stylized>> stylize(ImageRef image, const StylizeParams &params = {},
                                                const Call &call = {}, ImageRef style_image = {},
                                                std::int32_t priority = 0) const {
        return submit<Stylized>(call, facekit_jobs_submit_stylize, image.get(), style_image.get(), &params, priority);
    }

    [[nodiscard]] Result<Job<StylizedFile>> stylize_file(ByteSpan file, const StylizeParams &params = {},
                                                         const Call &call = {}, ImageRef style_image = {},
                                                         std::int32_t priority = 0) const {
        return submit<StylizedFile>(call, facekit_jobs_submit_stylize_file, file.data(), file.size(),
                                    style_image.get(), &params, priority);
    }

    [[nodiscard]] Result<Job<Swapped>> swap(const SwapSources &sources, ImageRef target, const SwapParams &params = {},
                                            const Call &call = {}, std::int32_t priority = 0) const {
        if (sources.error() != nullptr) {
            return detail::fail<Job<Swapped>>(*sources.error());
        }
        return submit<Swapped>(call, facekit_jobs_submit_swap, sources.get(), target.get(), &params, priority);
    }

    [[nodiscard]] Result<Job<SwappedFile>> swap_file(const SwapSources &sources, ByteSpan target,
                                                     const SwapParams &params = {}, const Call &call = {},
                                                     std::int32_t priority = 0) const {
        if (sources.error() != nullptr) {
            return detail::fail<Job<SwappedFile>>(*sources.error());
        }
        return submit<SwappedFile>(call, facekit_jobs_submit_swap_file, sources.get(), target.data(), target.size(),
                                   &params, priority);
    }

    /** A request in JSON; its pictures are read at once, and its output is written when the answer is taken. */
    [[nodiscard]] Result<Job<Text>> json(const std::string &request, const Call &call = {},
                                         std::int32_t priority = 0) const {
        return submit<Text>(call, facekit_jobs_submit_json, request.c_str(), priority);
    }

    /** The job with an id; what its callbacks throw does not come out of it. */
    [[nodiscard]] Result<AnyJob> find(const std::string &id) const {
        facekit_job *job = nullptr;
        facekit_error *error = nullptr;
        const facekit_status status = facekit_jobs_find(get(), id.c_str(), &job, &error);
        return detail::finish(status, detail::own(error), AnyJob(job, kept()));
    }

    /** How many jobs can be found: those that wait, run, or have ended and are kept. */
    [[nodiscard]] std::size_t size() const noexcept { return facekit_jobs_count(get()); }

private:
    template <typename T, typename Function, typename... Arguments>
    Result<Job<T>> submit(const Call &call, Function function, Arguments... arguments) const {
        const std::shared_ptr<detail::JobCall> job_call = detail::JobCall::start(call);
        facekit_job *job = nullptr;
        facekit_error *error = nullptr;
        const facekit_status status = function(get(), arguments..., job_call->get(), &job, &error);
        if (status != FACEKIT_STATUS_OK) {
            job_call->drop();
        }
        return detail::finish(status, detail::own(error), Job<T>(job, kept(), job_call));
    }
};

} // namespace FACEKIT_ABI
} // namespace facekit

#endif /* FACEKIT_JOBS_HPP */
