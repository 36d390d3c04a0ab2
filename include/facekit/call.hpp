/* What a caller wants of one running call, beside its result. */
#ifndef FACEKIT_CALL_HPP
#define FACEKIT_CALL_HPP

#include "handle.hpp"

#include <cstdint>
#include <exception>
#include <functional>
#include <string_view>
#include <utility>

namespace facekit {
inline namespace FACEKIT_ABI {

using Preview = facekit_preview;

/** A switch that stops the calls that it was given to, for good; any thread may cancel. */
class CancelToken : public detail::Handle<facekit_cancel_token, facekit_cancel_token_free> {
public:
    using Handle::Handle;

    CancelToken() : Handle(facekit_cancel_token_new()) {}

    void cancel() const noexcept { facekit_cancel_token_cancel(get(), nullptr); }
    [[nodiscard]] bool is_canceled() const noexcept { return facekit_cancel_token_is_canceled(get()); }
};

/**
 * What a caller wants of one running call; all of it may be left out. The callbacks are called on the thread that runs
 * the call. What one of them throws cancels the call, and comes out of it; without exceptions, it ends the program.
 */
struct Call {
    /** Called with the stage and the part that is done; false cancels the call. */
    std::function<bool(std::string_view stage, float fraction)> progress = {};
    /** Stops the call soon after it is canceled. */
    const CancelToken *cancel = nullptr;
    /** Called with a preview, which lives until it returns, after each step of a diffusion model. */
    std::function<void(const Preview &preview)> preview = {};
    /** Called once, when the call ends: FACEKIT_STATUS_OK or why it failed, and how long it took. */
    std::function<void(facekit_status status, double seconds)> completion = {};
};

namespace detail {

#ifdef FACEKIT_NO_EXCEPTIONS

/** What callbacks have thrown: nothing. */
class Thrown {
public:
    explicit operator bool() const noexcept { return false; }

    template <typename Callback>
    void keep(Callback &&callback) noexcept {
        callback();
    }

    void rethrow() const noexcept {}
};

#else

/** What callbacks have thrown, the first of it. */
class Thrown {
public:
    explicit operator bool() const noexcept { return thrown_ != nullptr; }

    template <typename Callback>
    void keep(Callback &&callback) noexcept {
        try {
            callback();
        } catch (...) {
            thrown_ = thrown_ ? thrown_ : std::current_exception();
        }
    }

    void rethrow() const {
        if (thrown_) {
            std::rethrow_exception(thrown_);
        }
    }

private:
    std::exception_ptr thrown_;
};

#endif

/** A Call as C sees it. */
class CCall {
public:
    explicit CCall(Call call) : asked_(std::move(call)) {
        call_.cancel = asked_.cancel == nullptr ? nullptr : asked_.cancel->get();
        call_.user_data = this;
        // Only its progress can cancel a call, so a preview that throws needs one.
        call_.progress = asked_.progress || asked_.preview ? on_progress : nullptr;
        call_.preview = asked_.preview ? on_preview : nullptr;
        call_.completion = asked_.completion ? on_completion : nullptr;
    }

    CCall(const CCall &) = delete;
    CCall &operator=(const CCall &) = delete;

    [[nodiscard]] const facekit_call *get() const noexcept { return &call_; }
    void rethrow() const { thrown_.rethrow(); }

protected:
    /** The owner of the callbacks, by what C calls them with. */
    static CCall &of(void *user_data) noexcept { return *static_cast<CCall *>(user_data); }

    Call asked_;
    Params<facekit_call, facekit_call_init> call_;

private:
    static int on_progress(const char *stage, float fraction, void *user_data) noexcept {
        CCall &call = of(user_data);
        bool goes_on = true;
        call.thrown_.keep([&] {
            goes_on = !call.thrown_ && (!call.asked_.progress || call.asked_.progress(text(stage), fraction));
        });
        return goes_on && !call.thrown_ ? 0 : 1;
    }

    static void on_preview(const facekit_preview *preview, void *user_data) noexcept {
        CCall &call = of(user_data);
        call.thrown_.keep([&] { call.asked_.preview(*preview); });
    }

    static void on_completion(facekit_status status, double seconds, void *user_data) noexcept {
        CCall &call = of(user_data);
        call.thrown_.keep([&] { call.asked_.completion(status, seconds); });
    }

    Thrown thrown_;
};

/** Calls a function of C that ends with a call, what it makes and an error; throws what a callback threw. */
template <typename T, typename Function, typename... Arguments>
Result<T> run(const Call &call, Function function, Arguments... arguments) {
    CCall c_call(call);
    typename T::handle_type *out = nullptr;
    facekit_error *out_error = nullptr;
    const facekit_status status = function(arguments..., c_call.get(), &out, &out_error);
    T made(out);
    ErrorHandle error = own(out_error);
    c_call.rethrow();
    return finish(status, std::move(error), std::move(made));
}

} // namespace detail
} // namespace FACEKIT_ABI
} // namespace facekit

#endif /* FACEKIT_CALL_HPP */
