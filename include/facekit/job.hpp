/* Jobs: calls that run in the background. */
#ifndef FACEKIT_JOB_HPP
#define FACEKIT_JOB_HPP

#include "call.hpp"
#include "detail.hpp"
#include "detect.hpp"
#include "json.hpp"
#include "list.hpp"
#include "log.hpp"
#include "mask.hpp"
#include "recognize.hpp"
#include "restore.hpp"
#include "stylize.hpp"
#include "swap.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

namespace facekit {
inline namespace FACEKIT_ABI {

/** A stage of a pipeline, and the seconds that it took. */
struct Stage {
    std::string_view name;
    double seconds;
};

/** A job as it was when it was asked. */
class JobStatus : public detail::Handle<facekit_job_status, facekit_job_status_free> {
public:
    using Handle::Handle;

    /** The pipeline, such as "restore", which tells what can be taken of the job. */
    [[nodiscard]] std::string_view pipeline() const noexcept FACEKIT_BORROWS {
        return detail::text(facekit_job_status_pipeline(get()));
    }
    [[nodiscard]] facekit_job_state state() const noexcept {
        return static_cast<facekit_job_state>(facekit_job_status_state(get()));
    }
    [[nodiscard]] std::int32_t priority() const noexcept { return facekit_job_status_priority(get()); }
    /** The stage that runs, or ran last, such as "detect"; empty while it waits. */
    [[nodiscard]] std::string_view stage() const noexcept FACEKIT_BORROWS {
        return detail::text(facekit_job_status_stage(get()));
    }
    /** The part of the job that is done, 0 to 1. */
    [[nodiscard]] float fraction() const noexcept { return facekit_job_status_fraction(get()); }
    /** How many waiting jobs are before it; 0 for the next one, and once it runs. */
    [[nodiscard]] std::size_t ahead() const noexcept { return facekit_job_status_ahead(get()); }
    /** Why it failed or was canceled; FACEKIT_STATUS_OK where it did neither. */
    [[nodiscard]] facekit_status error() const noexcept { return facekit_job_status_error(get()); }
    /** The same in words; empty where it did neither. */
    [[nodiscard]] std::string_view message() const noexcept FACEKIT_BORROWS {
        return detail::text(facekit_job_status_message(get()));
    }
    /** Seconds that it waited for a thread, or has waited so far. */
    [[nodiscard]] double waited() const noexcept { return facekit_job_status_waited(get()); }
    /** Seconds that a thread ran it, or has run it so far. */
    [[nodiscard]] double ran() const noexcept { return facekit_job_status_ran(get()); }
    /** Seconds that the pipeline took; 0 until the job has completed. */
    [[nodiscard]] double inference_time() const noexcept { return facekit_job_status_inference_time(get()); }
    /** The stages that the pipeline had, in the order in which they first ran; none until the job has completed. */
    [[nodiscard]] List<Stage> stages() const & noexcept FACEKIT_BORROWS {
        return List<Stage>(get(), facekit_job_status_stage_count(get()), [](const void *owner, std::size_t index) {
            const auto *status = static_cast<const facekit_job_status *>(owner);
            return Stage{detail::text(facekit_job_status_stage_name(status, index)),
                         facekit_job_status_stage_time(status, index)};
        });
    }
    void stages() && = delete;
};

namespace detail {

/** The Call of a job, which lives until the job has ended. */
class JobCall : public CCall {
public:
    explicit JobCall(Call call) : CCall(std::move(call)) { call_.completion = on_completion; }

    /** Makes a call that owns itself until the job has ended. */
    static std::shared_ptr<JobCall> start(const Call &call) {
        const auto started = std::make_shared<JobCall>(call);
        started->self_ = started;
        return started;
    }

    /** There is no job. */
    void drop() noexcept { self_.reset(); }

private:
    /** The last callback of a job. */
    static void on_completion(facekit_status status, double seconds, void *user_data) noexcept {
        JobCall &call = static_cast<JobCall &>(of(user_data));
        const std::shared_ptr<JobCall> last = std::move(call.self_);
        if (call.asked_.completion) {
            call.asked_.completion(status, seconds);
        }
    }

    std::shared_ptr<JobCall> self_;
};

/* The function of C that takes a result out of a job, by its type. */
inline constexpr auto take_result(const Detection *) { return facekit_job_take_detection; }
inline constexpr auto take_result(const Embedded *) { return facekit_job_take_embedded; }
inline constexpr auto take_result(const Comparison *) { return facekit_job_take_comparison; }
inline constexpr auto take_result(const FaceMask *) { return facekit_job_take_mask; }
inline constexpr auto take_result(const Restored *) { return facekit_job_take_restored; }
inline constexpr auto take_result(const Detailed *) { return facekit_job_take_detailed; }
inline constexpr auto take_result(const Stylized *) { return facekit_job_take_stylized; }
inline constexpr auto take_result(const StylizedFile *) { return facekit_job_take_stylized_file; }
inline constexpr auto take_result(const Swapped *) { return facekit_job_take_swapped; }
inline constexpr auto take_result(const SwappedFile *) { return facekit_job_take_swapped_file; }
inline constexpr auto take_result(const Text *) { return facekit_job_take_json; }

} // namespace detail

/** A job of any pipeline. It goes on when this is destroyed. */
class AnyJob : public detail::Handle<facekit_job, facekit_job_free, detail::KeptLog> {
public:
    explicit AnyJob(facekit_job *handle, detail::KeptLog kept = {},
                    std::shared_ptr<const detail::JobCall> call = nullptr) noexcept
        : Handle(handle, std::move(kept)), call_(std::move(call)) {}

    /** Its id, by which Jobs::find finds it. */
    [[nodiscard]] std::string_view id() const noexcept FACEKIT_BORROWS { return detail::text(facekit_job_id(get())); }
    [[nodiscard]] Result<JobStatus> status() const { return detail::make<JobStatus>(facekit_job_get_status, get()); }

    /** Waits until it has ended, however that is. */
    FACEKIT_CHECKED Result<void> wait() const { return detail::check(facekit_job_wait, get(), -1.0); }

    /** Waits until it has ended, for at most so long; whether it has. */
    template <typename Number, typename Period>
    [[nodiscard]] Result<bool> wait_for(std::chrono::duration<Number, Period> longest) const {
        const double seconds = std::chrono::duration<double>(longest).count();
        facekit_error *out_error = nullptr;
        const facekit_status status = facekit_job_wait(get(), seconds < 0.0 ? 0.0 : seconds, &out_error);
        detail::ErrorHandle error = detail::own(out_error);
        const bool timed_out = status == FACEKIT_STATUS_TIMED_OUT;
        return detail::finish(timed_out ? FACEKIT_STATUS_OK : status, std::move(error), !timed_out);
    }

    /** Cancels it: at once while it waits, else soon, also in the middle of a model run. */
    void cancel() const noexcept { facekit_job_cancel(get(), nullptr); }

    /**
     * Waits until it has ended, and takes its result, a Detection for one that detects, and so on.
     *
     * The error is that of the pipeline; what a callback threw comes out of this. A result can be taken once.
     */
    template <typename T>
    [[nodiscard]] Result<T> take() const {
        facekit_error *out_error = nullptr;
        typename T::handle_type *out = nullptr;
        facekit_status status = facekit_job_wait(get(), -1.0, &out_error);
        if (status == FACEKIT_STATUS_OK) {
            status = detail::take_result(static_cast<const T *>(nullptr))(get(), &out, &out_error);
        }
        T made(out);
        detail::ErrorHandle error = detail::own(out_error);
        if (call_ != nullptr) {
            call_->rethrow();
        }
        return detail::finish(status, std::move(error), std::move(made));
    }

private:
    std::shared_ptr<const detail::JobCall> call_;
};

/** A job whose result is a T. */
template <typename T>
class Job : public AnyJob {
public:
    using AnyJob::AnyJob;

    /** Waits until it has ended, and takes its result; see AnyJob::take. */
    [[nodiscard]] Result<T> take() const { return AnyJob::take<T>(); }
};

} // namespace FACEKIT_ABI
} // namespace facekit

#endif /* FACEKIT_JOB_HPP */
