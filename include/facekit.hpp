/*
 * facekit for C++17: owners of the handles of facekit.h, header only.
 *
 * A failed call throws facekit::Error. A handle is freed with its owner, which can be moved and not copied. What holds
 * for threads and for the lifetime of what a function returns is as facekit.h says; a std::string_view that is returned
 * lives as long as the object that it came from.
 */
#ifndef FACEKIT_HPP
#define FACEKIT_HPP

#include "facekit.h"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace facekit {

using Face = facekit_face;
using Pixels = facekit_pixels;
using Point = facekit_point;
using Preview = facekit_preview;

/** A failed call: its status, and a sentence on what happened and what to do. */
class Error : public std::runtime_error {
public:
    Error(facekit_status code, const std::string &message) : std::runtime_error(message), code_(code) {}

    facekit_status code() const noexcept { return code_; }

private:
    facekit_status code_;
};

namespace detail {

/** Frees a handle of C with its own function. */
template <typename T, void (*free_handle)(T *)>
struct Free {
    void operator()(T *handle) const noexcept { free_handle(handle); }
};

template <typename T, void (*free_handle)(T *)>
using Handle = std::unique_ptr<T, Free<T, free_handle>>;

inline std::string_view view(const char *text) { return text == nullptr ? std::string_view() : text; }

/** Runs a call that takes an error as its last argument, and throws that error. */
template <typename Call>
void check(Call &&call) {
    facekit_error *error = nullptr;
    const facekit_status status = call(&error);
    const Handle<facekit_error, facekit_error_free> owner(error);
    if (status != FACEKIT_STATUS_OK) {
        throw Error(status, std::string(view(facekit_error_message(error))));
    }
}

/** Runs a call that makes a handle, and throws its error. */
template <typename T, typename Call>
T *make(Call &&call) {
    T *handle = nullptr;
    check([&](facekit_error **error) { return call(&handle, error); });
    return handle;
}

/** The items of a list of C. */
template <typename Item, typename Get>
std::vector<Item> list(std::size_t count, Get &&get) {
    std::vector<Item> items;
    for (std::size_t i = 0; i < count; ++i) {
        items.push_back(get(i));
    }
    return items;
}

/** A struct of C with its defaults. */
template <typename T, facekit_status (*init)(T *, size_t)>
struct Defaults : T {
    Defaults() : T() {
        const facekit_status status = init(this, sizeof(T));
        if (status != FACEKIT_STATUS_OK) {
            throw Error(status, "the header of facekit does not fit the library");
        }
    }
};

} // namespace detail

/** The version of the library. */
inline std::string_view version() { return facekit_version(); }

/** The file format that a path ends with. */
inline facekit_file_format file_format(const std::string &path) {
    facekit_file_format format = FACEKIT_FILE_FORMAT_JPEG;
    detail::check([&](facekit_error **error) { return facekit_file_format_from_path(path.c_str(), &format, error); });
    return format;
}

using DetectParams = detail::Defaults<facekit_detect_params, facekit_detect_params_init>;
using EmbedParams = detail::Defaults<facekit_embed_params, facekit_embed_params_init>;
using RestoreParams = detail::Defaults<facekit_restore_params, facekit_restore_params_init>;
using MaskParams = detail::Defaults<facekit_mask_params, facekit_mask_params_init>;
using FaceMaskParams = detail::Defaults<facekit_face_mask_params, facekit_face_mask_params_init>;
using DiffusionParams = detail::Defaults<facekit_diffusion_params, facekit_diffusion_params_init>;
using CropParams = detail::Defaults<facekit_crop_params, facekit_crop_params_init>;
using DetailParams = detail::Defaults<facekit_detail_params, facekit_detail_params_init>;
using RefineParams = detail::Defaults<facekit_refine_params, facekit_refine_params_init>;
using StylizeParams = detail::Defaults<facekit_stylize_params, facekit_stylize_params_init>;
using SwapParams = detail::Defaults<facekit_swap_params, facekit_swap_params_init>;
using EncodeOptions = detail::Defaults<facekit_encode_options, facekit_encode_options_init>;

/** A switch that stops the calls that it was given to, for good; any thread may cancel. */
class CancelToken {
public:
    CancelToken() : handle_(facekit_cancel_token_new()) {}

    void cancel() const {
        detail::check([&](facekit_error **error) { return facekit_cancel_token_cancel(get(), error); });
    }

    bool is_canceled() const noexcept { return facekit_cancel_token_is_canceled(get()); }
    const facekit_cancel_token *get() const noexcept { return handle_.get(); }

private:
    detail::Handle<facekit_cancel_token, facekit_cancel_token_free> handle_;
};

/**
 * What a caller wants of one running call; all of it may be left out. The callbacks are called on the thread that runs
 * the call. What one of them throws cancels the call, and comes out of it.
 */
struct Call {
    /** Called with the stage and the part that is done; false cancels the call. */
    std::function<bool(std::string_view stage, float fraction)> progress;
    /** Stops the call soon after it is canceled. */
    const CancelToken *cancel = nullptr;
    /** Called with a preview, which lives until it returns, after each step of a diffusion model. */
    std::function<void(const Preview &preview)> preview;
    /** Called once, when the call ends: FACEKIT_STATUS_OK or why it failed, and how long it took. */
    std::function<void(facekit_status status, double seconds)> completion;
};

namespace detail {

/** A Call as C sees it. */
class CCall {
public:
    explicit CCall(const Call &call) : asked_(call) {
        call_.cancel = call.cancel == nullptr ? nullptr : call.cancel->get();
        call_.user_data = this;
        // Only its progress can cancel a call, so a preview that throws needs one.
        call_.progress = call.progress || call.preview ? on_progress : nullptr;
        call_.preview = call.preview ? on_preview : nullptr;
        call_.completion = call.completion ? on_completion : nullptr;
    }

    CCall(const CCall &) = delete;
    CCall &operator=(const CCall &) = delete;

    /** Runs a call with this that makes a handle for an owner, and throws what a callback threw or the error. */
    template <typename Owner, typename T, typename Run>
    Owner make(Run &&run) {
        try {
            Owner owner(detail::make<T>([&](T **out, facekit_error **error) { return run(&call_, out, error); }));
            rethrow();
            return owner;
        } catch (const Error &) {
            rethrow();
            throw;
        }
    }

private:
    static int on_progress(const char *stage, float fraction, void *self) noexcept {
        CCall &call = *static_cast<CCall *>(self);
        bool goes_on = true;
        call.keep_thrown([&] {
            goes_on = !call.thrown_ && (!call.asked_.progress || call.asked_.progress(stage, fraction));
        });
        return goes_on && !call.thrown_ ? 0 : 1;
    }

    static void on_preview(const facekit_preview *preview, void *self) noexcept {
        CCall &call = *static_cast<CCall *>(self);
        call.keep_thrown([&] { call.asked_.preview(*preview); });
    }

    static void on_completion(facekit_status status, double seconds, void *self) noexcept {
        CCall &call = *static_cast<CCall *>(self);
        call.keep_thrown([&] { call.asked_.completion(status, seconds); });
    }

    template <typename Callback>
    void keep_thrown(Callback &&callback) noexcept {
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

    const Call &asked_;
    std::exception_ptr thrown_;
    Defaults<facekit_call, facekit_call_init> call_;
};

} // namespace detail

/** Bytes of an encoded picture. */
class Bytes {
public:
    explicit Bytes(facekit_bytes *handle) : handle_(handle) {}

    const std::uint8_t *data() const noexcept { return facekit_bytes_data(handle_.get()); }
    std::size_t size() const noexcept { return facekit_bytes_len(handle_.get()); }
    const std::uint8_t *begin() const noexcept { return data(); }
    const std::uint8_t *end() const noexcept { return data() + size(); }

private:
    detail::Handle<facekit_bytes, facekit_bytes_free> handle_;
};

/** A picture: RGB or RGBA pixels of 8 bits a channel, upright, with the metadata of its file. */
class Image {
public:
    /** Takes over a handle. */
    explicit Image(facekit_image *handle) : handle_(handle) {}

    /** Reads and decodes a path, `file:` URI or `data:` URI, under the limits of an engine or the default ones. */
    static Image open(const std::string &path, const facekit_engine *engine = nullptr) {
        return Image(detail::make<facekit_image>([&](facekit_image **out, facekit_error **error) {
            return facekit_image_open(engine, path.c_str(), out, error);
        }));
    }

    /** Decodes a picture, under the limits of an engine or the default ones. */
    static Image decode(const void *data, std::size_t size, const facekit_engine *engine = nullptr) {
        return Image(detail::make<facekit_image>([&](facekit_image **out, facekit_error **error) {
            return facekit_image_decode(engine, static_cast<const std::uint8_t *>(data), size, out, error);
        }));
    }

    /** Copies pixels. */
    static Image from_pixels(const Pixels &pixels) {
        return Image(detail::make<facekit_image>([&](facekit_image **out, facekit_error **error) {
            return facekit_image_from_pixels(&pixels, out, error);
        }));
    }

    std::uint32_t width() const noexcept { return facekit_image_width(get()); }
    std::uint32_t height() const noexcept { return facekit_image_height(get()); }
    facekit_pixel_format format() const noexcept { return facekit_image_format(get()); }

    /** Borrows the pixels for as long as the picture lives. */
    Pixels view() const {
        Pixels pixels;
        detail::check([&](facekit_error **error) { return facekit_image_view(get(), &pixels, error); });
        return pixels;
    }

    Bytes encode(const EncodeOptions &options = EncodeOptions()) const {
        return Bytes(detail::make<facekit_bytes>([&](facekit_bytes **out, facekit_error **error) {
            return facekit_image_encode(get(), &options, out, error);
        }));
    }

    /** Writes a file; without options, in the format that its name ends with. */
    void save(const std::string &path, const EncodeOptions *options = nullptr) const {
        detail::check([&](facekit_error **error) { return facekit_image_save(get(), path.c_str(), options, error); });
    }

    const facekit_image *get() const noexcept { return handle_.get(); }

private:
    detail::Handle<facekit_image, facekit_image_free> handle_;
};

/** The faces of a picture. */
class Detection {
public:
    /** Takes over a handle. */
    explicit Detection(facekit_detection *handle) : handle_(handle) {}

    std::uint32_t width() const noexcept { return facekit_detection_width(get()); }
    std::uint32_t height() const noexcept { return facekit_detection_height(get()); }
    std::string_view model() const { return detail::view(facekit_detection_model(get())); }
    double inference_time() const noexcept { return facekit_detection_inference_time(get()); }

    std::vector<Face> faces() const {
        return detail::list<Face>(facekit_detection_face_count(get()),
                                  [&](std::size_t i) { return *facekit_detection_face(get(), i); });
    }

    /** The dense landmarks of a face; empty when none were asked for. */
    std::vector<Point> landmarks(std::size_t face) const {
        const facekit_landmarks *found = facekit_detection_landmarks(get(), face);
        const Point *points = facekit_landmarks_points(found);
        return std::vector<Point>(points, points + facekit_landmarks_count(found));
    }

    const facekit_detection *get() const noexcept { return handle_.get(); }

private:
    detail::Handle<facekit_detection, facekit_detection_free> handle_;
};

/** The faces of a picture, each with a vector that points the same way for every picture of one person. */
class Embedded {
public:
    /** Takes over a handle. */
    explicit Embedded(facekit_embedded *handle) : handle_(handle) {}

    std::string_view recognizer() const { return detail::view(facekit_embedded_recognizer(get())); }
    double inference_time() const noexcept { return facekit_embedded_inference_time(get()); }

    std::vector<Face> faces() const {
        return detail::list<Face>(facekit_embedded_face_count(get()),
                                  [&](std::size_t i) { return *facekit_embedded_face(get(), i); });
    }

    /** What the recognizer put out for a face. */
    std::vector<float> raw(std::size_t face) const { return numbers(facekit_embedded_raw(get(), face), face); }

    /** The same direction with a length of 1. */
    std::vector<float> unit(std::size_t face) const { return numbers(facekit_embedded_unit(get(), face), face); }

    const facekit_embedded *get() const noexcept { return handle_.get(); }

private:
    std::vector<float> numbers(const float *first, std::size_t face) const {
        return std::vector<float>(first, first + facekit_embedded_length(get(), face));
    }

    detail::Handle<facekit_embedded, facekit_embedded_free> handle_;
};

/** Whether two pictures show one person. */
class Comparison {
public:
    /** Takes over a handle. */
    explicit Comparison(facekit_comparison *handle) : handle_(handle) {}

    bool same() const noexcept { return facekit_comparison_same(get()); }
    float similarity() const noexcept { return facekit_comparison_similarity(get()); }
    float distance() const noexcept { return facekit_comparison_distance(get()); }
    float threshold() const noexcept { return facekit_comparison_threshold(get()); }
    std::string_view recognizer() const { return detail::view(facekit_comparison_recognizer(get())); }

    /** The face that was compared, of the first and of the second picture. */
    std::vector<Face> faces() const {
        return detail::list<Face>(2, [&](std::size_t i) { return *facekit_comparison_face(get(), i); });
    }

    const facekit_comparison *get() const noexcept { return handle_.get(); }

private:
    detail::Handle<facekit_comparison, facekit_comparison_free> handle_;
};

/** The masks of the faces of a picture, as a picture. */
class FaceMask {
public:
    /** Takes over a handle. */
    explicit FaceMask(facekit_face_mask *handle) : handle_(handle) {}

    /** Borrows the pixels, of the input's size, for as long as this lives: white where a face is shown. */
    Pixels view() const {
        Pixels pixels;
        detail::check([&](facekit_error **error) {
            return facekit_image_view(facekit_face_mask_image(get()), &pixels, error);
        });
        return pixels;
    }

    /** The masked faces. */
    std::vector<Face> faces() const {
        return detail::list<Face>(facekit_face_mask_face_count(get()),
                                  [&](std::size_t i) { return *facekit_face_mask_face(get(), i); });
    }

    double inference_time() const noexcept { return facekit_face_mask_inference_time(get()); }
    const facekit_face_mask *get() const noexcept { return handle_.get(); }

private:
    detail::Handle<facekit_face_mask, facekit_face_mask_free> handle_;
};

/** A restored picture. */
class Restored {
public:
    /** Takes over a handle and the image in it. */
    explicit Restored(facekit_restored *handle) : image(facekit_restored_take_image(handle)), handle_(handle) {}

    Image image;

    std::vector<std::string_view> models() const {
        return detail::list<std::string_view>(facekit_restored_model_count(get()),
                                              [&](std::size_t i) { return facekit_restored_model(get(), i); });
    }

    /** The restored faces, in pixels of the input. */
    std::vector<Face> faces() const {
        return detail::list<Face>(facekit_restored_face_count(get()),
                                  [&](std::size_t i) { return *facekit_restored_face(get(), i); });
    }

    double inference_time() const noexcept { return facekit_restored_inference_time(get()); }
    const facekit_restored *get() const noexcept { return handle_.get(); }

private:
    detail::Handle<facekit_restored, facekit_restored_free> handle_;
};

/** Pictures whose faces were given detail: one for each sample, or one alone by a restorer. */
class Detailed {
public:
    /** Takes over a handle. */
    explicit Detailed(facekit_detailed *handle) : handle_(handle) {}

    std::size_t size() const noexcept { return facekit_detailed_image_count(get()); }
    facekit_detail_engine engine() const noexcept {
        return static_cast<facekit_detail_engine>(facekit_detailed_engine(get()));
    }
    /** The scheduler that stepped, a facekit_scheduler; -1 where no diffusion model repainted the faces. */
    std::int32_t scheduler() const noexcept { return facekit_detailed_scheduler(get()); }
    /** The seed of a picture; 0 where no seed was used. */
    std::uint32_t seed(std::size_t index = 0) const noexcept { return facekit_detailed_seed(get(), index); }

    /** Borrows the pixels of a picture for as long as this lives. */
    Pixels view(std::size_t index = 0) const {
        Pixels pixels;
        detail::check([&](facekit_error **error) {
            return facekit_image_view(facekit_detailed_image(get(), index), &pixels, error);
        });
        return pixels;
    }

    /** A picture as a file, as the parameters ask: in their format and quality, and in base64 where they want that. */
    Bytes file(std::size_t index = 0) const {
        return Bytes(detail::make<facekit_bytes>([&](facekit_bytes **out, facekit_error **error) {
            return facekit_detailed_file(get(), index, out, error);
        }));
    }

    /** Writes a picture to a file, in the format that its name ends with. */
    void save(const std::string &path, std::size_t index = 0) const {
        detail::check([&](facekit_error **error) {
            return facekit_image_save(facekit_detailed_image(get(), index), path.c_str(), nullptr, error);
        });
    }

    std::vector<std::string_view> models() const {
        return detail::list<std::string_view>(facekit_detailed_model_count(get()),
                                              [&](std::size_t i) { return facekit_detailed_model(get(), i); });
    }

    /** The faces that were repainted, in pixels of the input. */
    std::vector<Face> faces() const {
        return detail::list<Face>(facekit_detailed_face_count(get()),
                                  [&](std::size_t i) { return *facekit_detailed_face(get(), i); });
    }

    double inference_time() const noexcept { return facekit_detailed_inference_time(get()); }
    const facekit_detailed *get() const noexcept { return handle_.get(); }

private:
    detail::Handle<facekit_detailed, facekit_detailed_free> handle_;
};

/** A picture in a style. */
class Stylized {
public:
    /** Takes over a handle and the image in it. */
    explicit Stylized(facekit_stylized *handle) : image(facekit_stylized_take_image(handle)), handle_(handle) {}

    Image image;

    facekit_stylize_engine engine() const noexcept {
        return static_cast<facekit_stylize_engine>(facekit_stylized_engine(get()));
    }
    /** The seed of the noise; -1 where no diffusion model ran. */
    std::int64_t seed() const noexcept { return facekit_stylized_seed(get()); }
    /** The scheduler that stepped, a facekit_scheduler; -1 where no diffusion model ran. */
    std::int32_t scheduler() const noexcept { return facekit_stylized_scheduler(get()); }

    std::vector<std::string_view> models() const {
        return detail::list<std::string_view>(facekit_stylized_model_count(get()),
                                              [&](std::size_t i) { return facekit_stylized_model(get(), i); });
    }

    /** What the caller should know, such as parameters without effect. */
    std::vector<std::string_view> notes() const {
        return detail::list<std::string_view>(facekit_stylized_note_count(get()),
                                              [&](std::size_t i) { return facekit_stylized_note(get(), i); });
    }

    /** The faces that were chosen, in pixels of the input. */
    std::vector<Face> faces() const {
        return detail::list<Face>(facekit_stylized_face_count(get()),
                                  [&](std::size_t i) { return *facekit_stylized_face(get(), i); });
    }

    double inference_time() const noexcept { return facekit_stylized_inference_time(get()); }
    const facekit_stylized *get() const noexcept { return handle_.get(); }

private:
    detail::Handle<facekit_stylized, facekit_stylized_free> handle_;
};

/** A file in a style: a picture or an animation. */
class StylizedFile {
public:
    /** Takes over a handle. */
    explicit StylizedFile(facekit_stylized_file *handle) : handle_(handle) {}

    /** The bytes, which live as long as this. */
    const std::uint8_t *data() const noexcept { return facekit_bytes_data(facekit_stylized_file_bytes(get())); }
    std::size_t size() const noexcept { return facekit_bytes_len(facekit_stylized_file_bytes(get())); }
    facekit_file_format format() const noexcept { return facekit_stylized_file_format(get()); }
    std::uint32_t frames() const noexcept { return facekit_stylized_file_frame_count(get()); }
    std::uint32_t searched_frames() const noexcept { return facekit_stylized_file_searched_frame_count(get()); }
    /** How many different faces were chosen. */
    std::size_t faces() const noexcept { return facekit_stylized_file_face_count(get()); }

    facekit_stylize_engine engine() const noexcept {
        return static_cast<facekit_stylize_engine>(facekit_stylized_file_engine(get()));
    }
    std::int64_t seed() const noexcept { return facekit_stylized_file_seed(get()); }
    std::int32_t scheduler() const noexcept { return facekit_stylized_file_scheduler(get()); }

    std::vector<std::string_view> models() const {
        return detail::list<std::string_view>(facekit_stylized_file_model_count(get()),
                                              [&](std::size_t i) { return facekit_stylized_file_model(get(), i); });
    }

    std::vector<std::string_view> notes() const {
        return detail::list<std::string_view>(facekit_stylized_file_note_count(get()),
                                              [&](std::size_t i) { return facekit_stylized_file_note(get(), i); });
    }

    double inference_time() const noexcept { return facekit_stylized_file_inference_time(get()); }
    const facekit_stylized_file *get() const noexcept { return handle_.get(); }

private:
    detail::Handle<facekit_stylized_file, facekit_stylized_file_free> handle_;
};

/** The people to put in, each shown by one picture or several, which are copied. */
class SwapSources {
public:
    SwapSources() : handle_(facekit_swap_sources_new()) {}

    /** One person, who replaces everyone. */
    explicit SwapSources(const Image &picture) : SwapSources() { add({&picture}); }

    /** Adds a person; `replaces` shows whom this one replaces, and without it that is everyone left. */
    SwapSources &add(const std::vector<const Image *> &pictures, const Image *replaces = nullptr) {
        std::vector<const facekit_image *> handles;
        for (const Image *picture : pictures) {
            handles.push_back(picture->get());
        }
        const facekit_image *replaced = replaces == nullptr ? nullptr : replaces->get();
        detail::check([&](facekit_error **error) {
            return facekit_swap_sources_add(handle_.get(), handles.data(), handles.size(), replaced, error);
        });
        return *this;
    }

    const facekit_swap_sources *get() const noexcept { return handle_.get(); }

private:
    detail::Handle<facekit_swap_sources, facekit_swap_sources_free> handle_;
};

/** A picture with swapped faces. */
class Swapped {
public:
    /** Takes over a handle and the image in it. */
    explicit Swapped(facekit_swapped *handle) : image(facekit_swapped_take_image(handle)), handle_(handle) {}

    Image image;

    std::vector<std::string_view> models() const {
        return detail::list<std::string_view>(facekit_swapped_model_count(get()),
                                              [&](std::size_t i) { return facekit_swapped_model(get(), i); });
    }

    /** The faces that were replaced. */
    std::vector<Face> faces() const {
        return detail::list<Face>(facekit_swapped_face_count(get()),
                                  [&](std::size_t i) { return *facekit_swapped_face(get(), i); });
    }

    double inference_time() const noexcept { return facekit_swapped_inference_time(get()); }
    const facekit_swapped *get() const noexcept { return handle_.get(); }

private:
    detail::Handle<facekit_swapped, facekit_swapped_free> handle_;
};

/** A file with swapped faces: a picture or an animation. */
class SwappedFile {
public:
    /** Takes over a handle. */
    explicit SwappedFile(facekit_swapped_file *handle) : handle_(handle) {}

    /** The bytes, which live as long as this. */
    const std::uint8_t *data() const noexcept { return facekit_bytes_data(facekit_swapped_file_bytes(get())); }
    std::size_t size() const noexcept { return facekit_bytes_len(facekit_swapped_file_bytes(get())); }
    facekit_file_format format() const noexcept { return facekit_swapped_file_format(get()); }
    std::uint32_t frames() const noexcept { return facekit_swapped_file_frame_count(get()); }
    std::uint32_t swapped_frames() const noexcept { return facekit_swapped_file_swapped_frame_count(get()); }
    std::uint32_t searched_frames() const noexcept { return facekit_swapped_file_searched_frame_count(get()); }

    std::vector<std::string_view> models() const {
        return detail::list<std::string_view>(facekit_swapped_file_model_count(get()),
                                              [&](std::size_t i) { return facekit_swapped_file_model(get(), i); });
    }

    double inference_time() const noexcept { return facekit_swapped_file_inference_time(get()); }
    const facekit_swapped_file *get() const noexcept { return handle_.get(); }

private:
    detail::Handle<facekit_swapped_file, facekit_swapped_file_free> handle_;
};

/** How an engine is made: each function returns the options, to be chained. */
class EngineOptions {
public:
    EngineOptions() : handle_(facekit_engine_options_new()) {}

    EngineOptions &runtime(const char *path) { return set(facekit_engine_options_set_runtime, path); }
    EngineOptions &models(const char *folder) { return set(facekit_engine_options_add_models, folder); }
    EngineOptions &embedded(bool on) { return set(facekit_engine_options_set_embedded, on); }
    EngineOptions &provider(const char *name) { return set(facekit_engine_options_add_provider, name); }
    EngineOptions &strict(bool on) { return set(facekit_engine_options_set_strict, on); }
    EngineOptions &threads(std::uint32_t count) { return set(facekit_engine_options_set_threads, count); }
    EngineOptions &memory_budget(std::uint64_t bytes) { return set(facekit_engine_options_set_memory_budget, bytes); }
    EngineOptions &graph_cache(const char *folder) { return set(facekit_engine_options_set_graph_cache, folder); }
    EngineOptions &allow_license(const char *name) { return set(facekit_engine_options_allow_license, name); }
    EngineOptions &max_bytes(std::uint64_t most) { return set(facekit_engine_options_set_max_bytes, most); }
    EngineOptions &max_pixels(std::uint64_t most) { return set(facekit_engine_options_set_max_pixels, most); }
    EngineOptions &max_frames(std::uint32_t most) { return set(facekit_engine_options_set_max_frames, most); }
    EngineOptions &max_animation_pixels(std::uint64_t most) {
        return set(facekit_engine_options_set_max_animation_pixels, most);
    }
    EngineOptions &max_faces(std::uint32_t most) { return set(facekit_engine_options_set_max_faces, most); }

    const facekit_engine_options *get() const noexcept { return handle_.get(); }

private:
    template <typename T>
    EngineOptions &set(facekit_status (*setter)(facekit_engine_options *, T, facekit_error **), T value) {
        detail::check([&](facekit_error **error) { return setter(handle_.get(), value, error); });
        return *this;
    }

    detail::Handle<facekit_engine_options, facekit_engine_options_free> handle_;
};

/** The models that an engine knows, as they were when it was asked; see facekit_model for what each row says. */
class Models {
public:
    /** Takes over a handle. */
    explicit Models(facekit_models *handle) : handle_(handle) {}

    std::size_t size() const noexcept { return facekit_models_count(get()); }
    const facekit_model &operator[](std::size_t index) const { return *facekit_models_get(get(), index); }
    const facekit_models *get() const noexcept { return handle_.get(); }

    std::vector<std::string_view> problems() const {
        return detail::list<std::string_view>(facekit_models_problem_count(get()),
                                              [&](std::size_t i) { return facekit_models_problem(get(), i); });
    }

private:
    detail::Handle<facekit_models, facekit_models_free> handle_;
};

/** The face engine: any number of threads may use one at once. */
class Engine {
public:
    explicit Engine(const EngineOptions &options = EngineOptions())
        : handle_(detail::make<facekit_engine>([&](facekit_engine **out, facekit_error **error) {
              return facekit_engine_new(options.get(), out, error);
          })) {}

    Detection detect(const Image &image, const DetectParams &params = {}, const Call &call = {}) const {
        return run<Detection, facekit_detection>(facekit_detect, image.get(), &params, call);
    }

    Detection detect(const Pixels &pixels, const DetectParams &params = {}, const Call &call = {}) const {
        return run<Detection, facekit_detection>(facekit_detect_pixels, &pixels, &params, call);
    }

    Embedded embed(const Image &image, const EmbedParams &params = {}, const Call &call = {}) const {
        return run<Embedded, facekit_embedded>(facekit_embed, image.get(), &params, call);
    }

    Comparison compare(const Image &a, const Image &b, const EmbedParams &params = {}, const Call &call = {}) const {
        return detail::CCall(call).make<Comparison, facekit_comparison>(
            [&](const facekit_call *c_call, facekit_comparison **out, facekit_error **error) {
                return facekit_compare(get(), a.get(), b.get(), &params, c_call, out, error);
            });
    }

    FaceMask mask(const Image &image, const FaceMaskParams &params = {}, const Call &call = {}) const {
        return run<FaceMask, facekit_face_mask>(facekit_mask_faces, image.get(), &params, call);
    }

    Restored restore(const Image &image, const RestoreParams &params = {}, const Call &call = {}) const {
        return run<Restored, facekit_restored>(facekit_restore, image.get(), &params, call);
    }

    Restored restore(const Pixels &pixels, const RestoreParams &params = {}, const Call &call = {}) const {
        return run<Restored, facekit_restored>(facekit_restore_pixels, &pixels, &params, call);
    }

    /** Repaints the faces with a diffusion model, in more detail than they have. */
    Detailed detail(const Image &image, const DetailParams &params = {}, const Call &call = {}) const {
        return run<Detailed, facekit_detailed>(facekit_detail, image.get(), &params, call);
    }

    Detailed detail(const Pixels &pixels, const DetailParams &params = {}, const Call &call = {}) const {
        return run<Detailed, facekit_detailed>(facekit_detail_pixels, &pixels, &params, call);
    }

    /** Refines the faces with a diffusion model, from very subtly to extremely. */
    Detailed refine(const Image &image, const RefineParams &params = {}, const Call &call = {}) const {
        return run<Detailed, facekit_detailed>(facekit_refine, image.get(), &params, call);
    }

    Detailed refine(const Pixels &pixels, const RefineParams &params = {}, const Call &call = {}) const {
        return run<Detailed, facekit_detailed>(facekit_refine_pixels, &pixels, &params, call);
    }

    /** Gives a picture a style; `style_image` is the picture whose style a network of two inputs takes over. */
    Stylized stylize(const Image &image, const StylizeParams &params = {}, const Call &call = {},
                     const Image *style_image = nullptr) const {
        return detail::CCall(call).make<Stylized, facekit_stylized>(
            [&](const facekit_call *c_call, facekit_stylized **out, facekit_error **error) {
                return facekit_stylize(get(), image.get(), handle(style_image), &params, c_call, out, error);
            });
    }

    Stylized stylize(const Pixels &pixels, const StylizeParams &params = {}, const Call &call = {},
                     const Image *style_image = nullptr) const {
        return detail::CCall(call).make<Stylized, facekit_stylized>(
            [&](const facekit_call *c_call, facekit_stylized **out, facekit_error **error) {
                return facekit_stylize_pixels(get(), &pixels, handle(style_image), &params, c_call, out, error);
            });
    }

    /** Gives an encoded picture or animation a style. */
    StylizedFile stylize_file(const void *file, std::size_t size, const StylizeParams &params = {},
                              const Call &call = {}, const Image *style_image = nullptr) const {
        return detail::CCall(call).make<StylizedFile, facekit_stylized_file>(
            [&](const facekit_call *c_call, facekit_stylized_file **out, facekit_error **error) {
                return facekit_stylize_file(get(), static_cast<const std::uint8_t *>(file), size,
                                            handle(style_image), &params, c_call, out, error);
            });
    }

    Swapped swap(const SwapSources &sources, const Image &target, const SwapParams &params = {},
                 const Call &call = {}) const {
        return detail::CCall(call).make<Swapped, facekit_swapped>(
            [&](const facekit_call *c_call, facekit_swapped **out, facekit_error **error) {
                return facekit_swap(get(), sources.get(), target.get(), &params, c_call, out, error);
            });
    }

    Swapped swap(const SwapSources &sources, const Pixels &target, const SwapParams &params = {},
                 const Call &call = {}) const {
        return detail::CCall(call).make<Swapped, facekit_swapped>(
            [&](const facekit_call *c_call, facekit_swapped **out, facekit_error **error) {
                return facekit_swap_pixels(get(), sources.get(), &target, &params, c_call, out, error);
            });
    }

    /** Swaps the faces of an encoded picture or animation. */
    SwappedFile swap_file(const SwapSources &sources, const void *target, std::size_t size,
                          const SwapParams &params = {}, const Call &call = {}) const {
        return detail::CCall(call).make<SwappedFile, facekit_swapped_file>(
            [&](const facekit_call *c_call, facekit_swapped_file **out, facekit_error **error) {
                return facekit_swap_file(get(), sources.get(), static_cast<const std::uint8_t *>(target), size,
                                         &params, c_call, out, error);
            });
    }

    Models models() const {
        return Models(detail::make<facekit_models>([&](facekit_models **out, facekit_error **error) {
            return facekit_engine_models(get(), out, error);
        }));
    }

    /** Tries a provider, and throws ONNX Runtime's own reason when it cannot be used here. */
    void probe(const std::string &provider) const {
        detail::check([&](facekit_error **error) { return facekit_engine_probe(get(), provider.c_str(), error); });
    }

    std::string_view runtime_version() const { return detail::view(facekit_engine_runtime_version(get())); }
    std::string_view runtime_path() const { return detail::view(facekit_engine_runtime_path(get())); }
    const facekit_engine *get() const noexcept { return handle_.get(); }

private:
    static const facekit_image *handle(const Image *image) noexcept {
        return image == nullptr ? nullptr : image->get();
    }

    template <typename Result, typename Made, typename Run, typename Input, typename Params>
    Result run(Run function, const Input *input, const Params *params, const Call &call) const {
        return detail::CCall(call).make<Result, Made>(
            [&](const facekit_call *c_call, Made **out, facekit_error **error) {
                return function(get(), input, params, c_call, out, error);
            });
    }

    detail::Handle<facekit_engine, facekit_engine_free> handle_;
};

} // namespace facekit

#endif /* FACEKIT_HPP */
