/*
 * facekit: an embedded, on-device face engine. Detect and restore faces with ONNX Runtime, without a network.
 *
 * What holds for every function:
 *
 * - A call that can fail returns a facekit_status. When that is not FACEKIT_STATUS_OK and `out_error` is not NULL,
 *   the call puts an error there that the caller frees with facekit_error_free.
 * - Outputs are named `out_*` and written only on success, `out_error` only on failure: set them to NULL first, and
 *   free them without asking.
 * - What an `out_*`, a `*_new` or a `*_take_*` gives is the caller's, to be freed once with the `*_free` of its type;
 *   `*_free` takes NULL. A text or struct that is returned as a const pointer belongs to the handle it came from and
 *   lives as long as that, and is never freed.
 * - A const pointer is to something that the call does not change. Arguments are not kept: they may be freed when the
 *   call has returned.
 * - An argument that must not be NULL and is gives FACEKIT_STATUS_INVALID_PARAMETER and an error that names it; a
 *   getter of NULL gives 0 or NULL. Where NULL has a meaning, the function says so.
 * - Texts are UTF-8 and end with a zero byte; so are paths, on every system.
 * - A handle may be used by several threads at once where it says so, and must not be freed while it is used.
 * - A struct that begins with `struct_size` is filled with its defaults by its `*_init` before anything else, so that
 *   a program works with a library that is older or newer than its header. An enum goes into it as an int32_t, which
 *   is checked. A struct that a call returns may have more fields at its end in a later release, and no fewer.
 * - No call aborts, exits, throws, writes to the terminal, or opens a network connection.
 */

#ifndef FACEKIT_H
#define FACEKIT_H

/* Generated from the Rust code by `cargo xtask header`: edit src/capi, not this file. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The version of this header. */
#define FACEKIT_VERSION "0.1.0"

/** The version of this header as a number, see facekit_version_number(). */
#define FACEKIT_VERSION_NUMBER 1000

/**
 * How a call ended.
 */
typedef enum facekit_status {
    /**
     * It succeeded, and wrote its outputs.
     */
    FACEKIT_STATUS_OK = 0,
    /**
     * A parameter, an option or an argument is out of range, unknown or missing.
     */
    FACEKIT_STATUS_INVALID_PARAMETER = 1,
    /**
     * A picture cannot be decoded: it is empty, truncated, damaged or of an unknown format.
     */
    FACEKIT_STATUS_INVALID_PICTURE = 2,
    /**
     * The input is larger than a limit allows.
     */
    FACEKIT_STATUS_LIMIT_EXCEEDED = 3,
    /**
     * A file or folder cannot be read or written.
     */
    FACEKIT_STATUS_IO = 4,
    /**
     * The picture shows no face, or not the one that was asked for.
     */
    FACEKIT_STATUS_NO_FACE = 5,
    /**
     * No installed model has the name, or serves the role, that was asked for.
     */
    FACEKIT_STATUS_MODEL_NOT_FOUND = 6,
    /**
     * A model file is not ONNX, has another digest, or fits no family that the role accepts.
     */
    FACEKIT_STATUS_INVALID_MODEL = 7,
    /**
     * The licence of a model is refused by the engine's policy.
     */
    FACEKIT_STATUS_LICENSE_REFUSED = 8,
    /**
     * ONNX Runtime is missing, too old, or not ONNX Runtime.
     */
    FACEKIT_STATUS_RUNTIME_UNAVAILABLE = 9,
    /**
     * An execution provider that was asked for cannot be used.
     */
    FACEKIT_STATUS_PROVIDER_UNAVAILABLE = 10,
    /**
     * ONNX Runtime failed while it ran a model.
     */
    FACEKIT_STATUS_INFERENCE = 11,
    /**
     * The caller canceled the call.
     */
    FACEKIT_STATUS_CANCELED = 12,
    /**
     * The request is valid but not something that facekit does, such as opening an `https` URI.
     */
    FACEKIT_STATUS_UNSUPPORTED = 13,
    /**
     * A model does not fit the memory budget.
     */
    FACEKIT_STATUS_OUT_OF_MEMORY = 14,
    /**
     * A defect in facekit: please report it.
     */
    FACEKIT_STATUS_INTERNAL = 15,
} facekit_status;

/**
 * Where a model is.
 */
typedef enum facekit_availability {
    /**
     * Not on this device.
     */
    FACEKIT_AVAILABILITY_MISSING = 0,
    /**
     * In a model folder.
     */
    FACEKIT_AVAILABILITY_INSTALLED = 1,
    /**
     * In facekit itself.
     */
    FACEKIT_AVAILABILITY_EMBEDDED = 2,
} facekit_availability;

/**
 * The order of the 8-bit channels of a pixel.
 */
typedef enum facekit_pixel_format {
    /**
     * Red, green, blue.
     */
    FACEKIT_PIXEL_FORMAT_RGB = 0,
    /**
     * Blue, green, red.
     */
    FACEKIT_PIXEL_FORMAT_BGR = 1,
    /**
     * Red, green, blue, alpha.
     */
    FACEKIT_PIXEL_FORMAT_RGBA = 2,
    /**
     * Blue, green, red, alpha.
     */
    FACEKIT_PIXEL_FORMAT_BGRA = 3,
    /**
     * One channel of brightness.
     */
    FACEKIT_PIXEL_FORMAT_GREY = 4,
} facekit_pixel_format;

/**
 * A format that pictures are written in.
 */
typedef enum facekit_file_format {
    /**
     * JPEG.
     */
    FACEKIT_FILE_FORMAT_JPEG = 0,
    /**
     * PNG.
     */
    FACEKIT_FILE_FORMAT_PNG = 1,
    /**
     * WebP.
     */
    FACEKIT_FILE_FORMAT_WEBP = 2,
} facekit_file_format;

/**
 * The order in which faces are counted.
 */
typedef enum facekit_order {
    /**
     * By the left edge of the box, leftmost first.
     */
    FACEKIT_ORDER_LEFT_RIGHT = 0,
    /**
     * By the left edge of the box, rightmost first.
     */
    FACEKIT_ORDER_RIGHT_LEFT = 1,
    /**
     * By the top edge of the box, topmost first.
     */
    FACEKIT_ORDER_TOP_BOTTOM = 2,
    /**
     * By the top edge of the box, lowest first.
     */
    FACEKIT_ORDER_BOTTOM_TOP = 3,
    /**
     * By the area of the box, smallest first.
     */
    FACEKIT_ORDER_SMALL_LARGE = 4,
    /**
     * By the area of the box, largest first.
     */
    FACEKIT_ORDER_LARGE_SMALL = 5,
    /**
     * By the score, surest first.
     */
    FACEKIT_ORDER_BEST_WORST = 6,
    /**
     * By the score, least sure first.
     */
    FACEKIT_ORDER_WORST_BEST = 7,
} facekit_order;

/**
 * Which of the faces found are kept.
 */
typedef enum facekit_select {
    /**
     * All of them.
     */
    FACEKIT_SELECT_MANY = 0,
    /**
     * The first in the order.
     */
    FACEKIT_SELECT_ONE = 1,
    /**
     * The one at `index` in the order.
     */
    FACEKIT_SELECT_INDEX = 2,
    /**
     * Those that look like the face in the picture `reference`.
     */
    FACEKIT_SELECT_REFERENCE = 3,
} facekit_select;

/**
 * Bytes that a call made.
 *
 * Threads: any number may read them. Lifetime: they are the caller's, and independent of what made them.
 */
typedef struct facekit_bytes facekit_bytes;

/**
 * A switch that stops the calls that it was given to, for good.
 *
 * Threads: any thread may cancel it while others run. Lifetime: free it when no call that has it runs.
 */
typedef struct facekit_cancel_token facekit_cancel_token;

/**
 * The faces of a picture.
 *
 * Threads: any number may read it. Lifetime: it is independent of the engine and the picture; what it hands out
 * lives as long as it.
 */
typedef struct facekit_detection facekit_detection;

/**
 * The face engine: finds models, loads them when they are first needed, and runs the pipelines.
 *
 * Threads: any number may use one engine at once. Lifetime: free it when no call that has it runs; what it made
 * lives on.
 */
typedef struct facekit_engine facekit_engine;

/**
 * How an engine is made.
 *
 * Threads: one at a time. Lifetime: an engine copies what it needs, so it may be freed or used again at once.
 */
typedef struct facekit_engine_options facekit_engine_options;

/**
 * What went wrong in a call.
 *
 * Threads: any thread may read it. Lifetime: it is the caller's, and independent of what the call was given.
 */
typedef struct facekit_error facekit_error;

/**
 * A picture: RGB or RGBA pixels of 8 bits a channel, upright, with the ICC profile, EXIF block and XMP packet of
 * the file it comes from.
 *
 * Threads: any number may read it; no function changes it. Lifetime: it is independent of the engine and the bytes
 * it was made with.
 */
typedef struct facekit_image facekit_image;

/**
 * The models that an engine knows, as they were when it was asked.
 *
 * Threads: any number may read it. Lifetime: it is independent of the engine; what it hands out lives as long as it.
 */
typedef struct facekit_models facekit_models;

/**
 * A restored picture.
 *
 * Threads: any number may read it, while none takes its image. Lifetime: it is independent of the engine and the
 * input; what it hands out lives as long as it.
 */
typedef struct facekit_restored facekit_restored;

/**
 * A model: one that is installed, or one that facekit knows and that is not.
 */
typedef struct facekit_model {
    /**
     * The name by which it is chosen.
     */
    const char *name;
    /**
     * What it is for, such as "detector" or "restorer".
     */
    const char *role;
    /**
     * The contract that its graph keeps, such as "yunet".
     */
    const char *family;
    /**
     * Its licence, an SPDX expression.
     */
    const char *license;
    /**
     * Its file; NULL unless it is installed.
     */
    const char *path;
    /**
     * How to get it; NULL unless it is missing.
     */
    const char *how_to_get;
    /**
     * What runs it, such as "cpu" or "cuda"; NULL when it is not in memory.
     */
    const char *provider;
    /**
     * The providers that were preferred and could not be used, with the reason, a line each; NULL when there are
     * none.
     */
    const char *refused_providers;
    /**
     * Where it is.
     */
    enum facekit_availability availability;
    /**
     * Whether the engine's policy lets it run.
     */
    bool allowed;
    /**
     * Whether it is what a caller gets who asks for no model of its role.
     */
    bool is_default;
} facekit_model;

/**
 * How a picture is written.
 */
typedef struct facekit_encode_options {
    /**
     * The size of this struct: `facekit_encode_options_init` sets it.
     */
    size_t struct_size;
    /**
     * A facekit_file_format. Default: FACEKIT_FILE_FORMAT_JPEG.
     */
    int32_t format;
    /**
     * The quality of a JPEG or WebP, 10 to 100; a WebP of 100 is lossless, and a PNG always is. Default: 95.
     */
    int32_t quality;
} facekit_encode_options;

/**
 * Pixels of the caller, borrowed for one call: 8 bits a channel, in rows.
 *
 * Threads: they must not change while a call reads them.
 */
typedef struct facekit_pixels {
    /**
     * The first pixel of the first row.
     */
    const uint8_t *data;
    /**
     * Pixels of a row, 1 or more.
     */
    uint32_t width;
    /**
     * Rows, 1 or more.
     */
    uint32_t height;
    /**
     * Bytes from one row to the next, at least those of a row's pixels; the last row may end with its last pixel.
     */
    size_t stride;
    /**
     * The order of the channels, a facekit_pixel_format.
     */
    int32_t format;
} facekit_pixels;

/**
 * What a caller wants of one running call, beside its result: all of it may be left out.
 *
 * Lifetime: it is read when the call starts and not kept; what it points to lives until the call returns.
 */
typedef struct facekit_call {
    /**
     * The size of this struct: `facekit_call_init` sets it.
     */
    size_t struct_size;
    /**
     * Called with each step of progress on the thread that runs the call: the stage, such as "detect", and the part
     * of the call that is done, 0 to 1, which never falls. A result other than 0 cancels the call. It must not
     * throw or jump out. NULL for none, the default.
     */
    int (*progress)(const char *stage, float fraction, void *user_data);
    /**
     * What `progress` is called with, untouched. Default: NULL.
     */
    void *user_data;
    /**
     * Stops the call soon after it is canceled, also in the middle of a model run. Default: NULL, for none.
     */
    const struct facekit_cancel_token *cancel;
} facekit_call;

/**
 * The parameters of detection, and of the face selection of every other pipeline.
 *
 * Lifetime: they are read when a call starts and not kept; what they point to lives until the call returns.
 */
typedef struct facekit_detect_params {
    /**
     * The size of this struct: `facekit_detect_params_init` sets it.
     */
    size_t struct_size;
    /**
     * The detector, by its name in the model store or by a path; NULL for the best one installed. Default: NULL.
     */
    const char *detector;
    /**
     * Faces that score less are dropped, 0 to 1; NAN for the model's own threshold. Default: NAN.
     */
    float score_threshold;
    /**
     * Of two boxes whose intersection over union is larger, the lower one is dropped, 0 to 1; NAN for the model's
     * own threshold. Default: NAN.
     */
    float nms_threshold;
    /**
     * The most faces that are returned, best scores first, 0 to 1000; 0 for all. Default: 0.
     */
    uint32_t max_faces;
    /**
     * Faces whose box has a shorter side below this are dropped, in pixels, 0 to 16384. Default: 0.
     */
    float min_size;
    /**
     * The longer side of the network's input, in pixels, 0 to 4096; 0 chooses it by the picture and the model.
     * Default: 0.
     */
    uint32_t input_size;
    /**
     * The side of the tiles that a large picture is also searched in, for small faces, in pixels, 0 to 4096; 0 for
     * none. Default: 0.
     */
    uint32_t tile_size;
    /**
     * How far neighbouring tiles overlap, as a part of their side, 0 to 0.5. Default: 0.25.
     */
    float tile_overlap;
    /**
     * An empty border put around the picture, as a part of its longer side, for a face that fills it, 0 to 1.
     * Default: 0.
     */
    float padding;
    /**
     * The angles that the picture is turned by and searched at, in degrees: `angles_count` of 0, 90, 180 and 270,
     * each once. Default: {0}.
     */
    const uint32_t *angles;
    /**
     * How many angles there are, 1 to 4. Default: 1.
     */
    size_t angles_count;
    /**
     * The order of the faces, a facekit_order. Default: FACEKIT_ORDER_LARGE_SMALL.
     */
    int32_t order;
    /**
     * Which of the faces are kept, a facekit_select. Default: FACEKIT_SELECT_MANY.
     */
    int32_t select;
    /**
     * The place in the order of the face that FACEKIT_SELECT_INDEX keeps, from 0, 0 to 999. Default: 0.
     */
    uint32_t index;
    /**
     * A picture of the person that FACEKIT_SELECT_REFERENCE keeps, as a path. Default: NULL.
     */
    const char *reference;
    /**
     * How far a face may be from the reference, 0 to 1: 0 is the same, 1 the opposite. Default: 0.3.
     */
    float reference_distance;
    /**
     * The recognizer that compares faces, by its name or by a path; NULL for the best one installed. Default: NULL.
     */
    const char *recognizer;
} facekit_detect_params;

/**
 * A box in pixels of the picture.
 */
typedef struct facekit_rect {
    /**
     * Its left edge.
     */
    float x;
    /**
     * Its top edge.
     */
    float y;
    /**
     * Its width.
     */
    float width;
    /**
     * Its height.
     */
    float height;
} facekit_rect;

/**
 * A point in pixels of the picture, from the centre of its first pixel.
 */
typedef struct facekit_point {
    /**
     * To the right.
     */
    float x;
    /**
     * Downwards.
     */
    float y;
} facekit_point;

/**
 * A face in a picture, in pixels of the picture as it stands upright.
 */
typedef struct facekit_face {
    /**
     * The box around it; it may reach over the border of the picture.
     */
    struct facekit_rect rect;
    /**
     * How sure the detector is, 0 to 1.
     */
    float score;
    /**
     * Whether the detector finds points.
     */
    bool has_points;
    /**
     * Image-left eye, image-right eye, nose, image-left mouth corner, image-right mouth corner; zeros without
     * points.
     */
    struct facekit_point points[5];
} facekit_face;

/**
 * The parameters of restoration.
 *
 * Lifetime: they are read when a call starts and not kept; what they point to lives until the call returns.
 */
typedef struct facekit_restore_params {
    /**
     * The size of this struct: `facekit_restore_params_init` sets it.
     */
    size_t struct_size;
    /**
     * The restorer, by its name in the model store or by a path; NULL for the best one installed. Default: NULL.
     */
    const char *restorer;
    /**
     * How true to the input a restorer with a weight stays, 0 to 1: 0 for the cleanest face, 1 for the most
     * faithful. Default: 0.5.
     */
    float fidelity_weight;
    /**
     * How much of the restored face shows, 0 to 1: 0 for the input, 1 for the restorer's output. Default: 1.
     */
    float blend;
    /**
     * How many times larger the picture becomes, 1 to 4. Default: 1.
     */
    uint32_t upscale;
    /**
     * How often each face is restored, 1 to 2; 2 for badly damaged faces: first the outline, then the detail.
     * Default: 1.
     */
    uint32_t passes;
    /**
     * Whether an upscaler model enlarges what is not face; otherwise it is resampled. Default: false.
     */
    bool upscale_background;
    /**
     * The upscaler, by its name in the model store or by a path; NULL for the best one installed. Default: NULL.
     */
    const char *upscaler;
    /**
     * How soft the edge of the pasted face is, as a part of its half width, 0 to 1. Default: 0.3.
     */
    float mask_blur;
    /**
     * How much of the crop's top, right, bottom and left is left out of the paste, in percent, 0 to 100.
     * Default: {0, 0, 0, 0}.
     */
    float mask_padding[4];
    /**
     * Whether the picture says, in its XMP packet, that a trained model changed it. Default: true.
     */
    bool provenance;
    /**
     * Which faces are restored; NULL for the defaults. Default: NULL.
     */
    const struct facekit_detect_params *detect;
} facekit_restore_params;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * The version of the library, such as `0.1.0`; `FACEKIT_VERSION` is that of the header.
 */
const char *facekit_version(void);

/**
 * The version of the library as a number that grows: major * 1000000 + minor * 1000 + patch;
 * `FACEKIT_VERSION_NUMBER` is that of the header.
 */
uint32_t facekit_version_number(void);

/**
 * The status that the call returned; `FACEKIT_STATUS_OK` for NULL.
 */
enum facekit_status facekit_error_status(const struct facekit_error *error);

/**
 * What happened, to which thing, why, and what to do: a sentence that lives as long as the error; NULL for NULL.
 */
const char *facekit_error_message(const struct facekit_error *error);

/**
 * Frees an error.
 */
void facekit_error_free(struct facekit_error *error);

/**
 * The default options: the embedded models, the CPU, no strictness, only licences that permit commercial use.
 */
struct facekit_engine_options *facekit_engine_options_new(void);

/**
 * Loads ONNX Runtime from this library, or from the folder that holds it, and from nowhere else.
 *
 * Default: what the environment variable `ORT_DYLIB_PATH` names, else beside facekit's library or the program, else
 * where the system finds it.
 */
enum facekit_status facekit_engine_options_set_runtime(struct facekit_engine_options *options,
                                                       const char *path,
                                                       struct facekit_error **out_error);

/**
 * Adds a folder of models. Those in folders stand before the embedded ones. Default: none.
 */
enum facekit_status facekit_engine_options_add_models(struct facekit_engine_options *options,
                                                      const char *folder,
                                                      struct facekit_error **out_error);

/**
 * Whether the small models that are compiled in may be used. Default: true.
 */
enum facekit_status facekit_engine_options_set_embedded(struct facekit_engine_options *options,
                                                        bool embedded,
                                                        struct facekit_error **out_error);

/**
 * Adds what may run the models, best first: "cpu", "cuda", "cuda:1" (a device by its number) or "coreml". The CPU
 * runs them when no other can. Default: the CPU alone.
 */
enum facekit_status facekit_engine_options_add_provider(struct facekit_engine_options *options,
                                                        const char *provider,
                                                        struct facekit_error **out_error);

/**
 * Whether a provider that was asked for and cannot be used is an error. Default: false.
 */
enum facekit_status facekit_engine_options_set_strict(struct facekit_engine_options *options,
                                                      bool strict,
                                                      struct facekit_error **out_error);

/**
 * Threads of one model run; 0 is one per processor core. Default: 0.
 */
enum facekit_status facekit_engine_options_set_threads(struct facekit_engine_options *options,
                                                       uint32_t threads,
                                                       struct facekit_error **out_error);

/**
 * The most bytes that the files of loaded models may take together; what is not in use makes room. Default: no
 * bound.
 */
enum facekit_status facekit_engine_options_set_memory_budget(struct facekit_engine_options *options,
                                                             uint64_t bytes,
                                                             struct facekit_error **out_error);

/**
 * A folder that keeps optimised graphs, so that the next start is quicker. Default: none.
 */
enum facekit_status facekit_engine_options_set_graph_cache(struct facekit_engine_options *options,
                                                           const char *folder,
                                                           struct facekit_error **out_error);

/**
 * Allows a model, by its name or its licence, that the default policy refuses. Default: none; only models whose
 * licence permits commercial use and asks nothing of the product around it may run.
 */
enum facekit_status facekit_engine_options_allow_license(struct facekit_engine_options *options,
                                                         const char *name,
                                                         struct facekit_error **out_error);

/**
 * The most encoded bytes of one input. Default: 256 MiB.
 */
enum facekit_status facekit_engine_options_set_max_bytes(struct facekit_engine_options *options,
                                                         uint64_t bytes,
                                                         struct facekit_error **out_error);

/**
 * The most pixels of one picture, width times height. Default: 200 million.
 */
enum facekit_status facekit_engine_options_set_max_pixels(struct facekit_engine_options *options,
                                                          uint64_t pixels,
                                                          struct facekit_error **out_error);

/**
 * The most frames of one animation. Default: 3000.
 */
enum facekit_status facekit_engine_options_set_max_frames(struct facekit_engine_options *options,
                                                          uint32_t frames,
                                                          struct facekit_error **out_error);

/**
 * The most pixels of an animation, all frames together. Default: 2 billion.
 */
enum facekit_status facekit_engine_options_set_max_animation_pixels(struct facekit_engine_options *options,
                                                                    uint64_t pixels,
                                                                    struct facekit_error **out_error);

/**
 * The most faces of one picture. Default: 1000.
 */
enum facekit_status facekit_engine_options_set_max_faces(struct facekit_engine_options *options,
                                                         uint32_t faces,
                                                         struct facekit_error **out_error);

/**
 * Frees options.
 */
void facekit_engine_options_free(struct facekit_engine_options *options);

/**
 * Loads ONNX Runtime and looks through the model folders; no model is loaded yet. NULL `options` are the default
 * ones.
 *
 * The first engine of a process sets the environment variable `ORT_DISABLE_TELEMETRY`: make it before other threads
 * read the environment. `FACEKIT_STATUS_RUNTIME_UNAVAILABLE` when ONNX Runtime cannot be loaded. A folder or file
 * that cannot be read is no error: see `facekit_models_problem`.
 */
enum facekit_status facekit_engine_new(const struct facekit_engine_options *options,
                                       struct facekit_engine **out_engine,
                                       struct facekit_error **out_error);

/**
 * The version of ONNX Runtime, such as `1.28.0`, a text that lives as long as the engine; NULL for NULL.
 */
const char *facekit_engine_runtime_version(const struct facekit_engine *engine);

/**
 * The file of ONNX Runtime, or its bare name when the system found it, a text that lives as long as the engine;
 * NULL for NULL.
 */
const char *facekit_engine_runtime_path(const struct facekit_engine *engine);

/**
 * Tries a provider, named as in `facekit_engine_options_add_provider`, on a graph of one node:
 * `FACEKIT_STATUS_PROVIDER_UNAVAILABLE` with ONNX Runtime's own reason when it cannot be used here.
 */
enum facekit_status facekit_engine_probe(const struct facekit_engine *engine,
                                         const char *provider,
                                         struct facekit_error **out_error);

/**
 * Frees an engine; a model leaves memory with the last engine that uses it.
 */
void facekit_engine_free(struct facekit_engine *engine);

/**
 * The models that are installed, and those that facekit knows and that are not: by role and, in a role, best first.
 */
enum facekit_status facekit_engine_models(const struct facekit_engine *engine,
                                          struct facekit_models **out_models,
                                          struct facekit_error **out_error);

/**
 * How many models there are; 0 for NULL.
 */
size_t facekit_models_count(const struct facekit_models *models);

/**
 * The model at `index`, from 0; NULL when there is none.
 */
const struct facekit_model *facekit_models_get(const struct facekit_models *models, size_t index);

/**
 * How many model folders and files could not be read; 0 for NULL.
 */
size_t facekit_models_problem_count(const struct facekit_models *models);

/**
 * Which folder or file could not be read, and why, from 0; NULL when there is none.
 */
const char *facekit_models_problem(const struct facekit_models *models, size_t index);

/**
 * Frees a list of models.
 */
void facekit_models_free(struct facekit_models *models);

/**
 * Fills `out_params`, which has `size` bytes (its sizeof), with the defaults.
 */
enum facekit_status facekit_encode_options_init(struct facekit_encode_options *out_params,
                                                size_t size);

/**
 * Decodes a JPEG, PNG, WebP, GIF, BMP or TIFF, which is recognised by its content; of an animation, the first frame.
 *
 * NULL `engine` decodes under the default limits, any other under its own. FACEKIT_STATUS_INVALID_PICTURE for bytes
 * that are damaged, cut short or no picture, and FACEKIT_STATUS_LIMIT_EXCEEDED before any pixel is decoded.
 */
enum facekit_status facekit_image_decode(const struct facekit_engine *engine,
                                         const uint8_t *data,
                                         size_t len,
                                         struct facekit_image **out_image,
                                         struct facekit_error **out_error);

/**
 * Reads and decodes a picture by its path, `file:` URI or `data:` URI, as `facekit_image_decode` does.
 *
 * FACEKIT_STATUS_UNSUPPORTED for any other URI: facekit opens no network connection.
 */
enum facekit_status facekit_image_open(const struct facekit_engine *engine,
                                       const char *path,
                                       struct facekit_image **out_image,
                                       struct facekit_error **out_error);

/**
 * Copies pixels into a picture: RGBA when they have alpha, else RGB.
 */
enum facekit_status facekit_image_from_pixels(const struct facekit_pixels *pixels,
                                              struct facekit_image **out_image,
                                              struct facekit_error **out_error);

/**
 * Width in pixels; 0 for NULL.
 */
uint32_t facekit_image_width(const struct facekit_image *image);

/**
 * Height in pixels; 0 for NULL.
 */
uint32_t facekit_image_height(const struct facekit_image *image);

/**
 * FACEKIT_PIXEL_FORMAT_RGB or FACEKIT_PIXEL_FORMAT_RGBA; the first for NULL.
 */
enum facekit_pixel_format facekit_image_format(const struct facekit_image *image);

/**
 * Borrows the pixels of a picture, without a copy, for as long as it lives.
 */
enum facekit_status facekit_image_view(const struct facekit_image *image,
                                       struct facekit_pixels *out_pixels,
                                       struct facekit_error **out_error);

/**
 * Encodes a picture with its ICC profile, EXIF block and XMP packet. NULL `options` are the default ones.
 *
 * A JPEG has no alpha: the picture is laid on white. FACEKIT_STATUS_UNSUPPORTED for a side longer than the format
 * allows: 65 535 pixels for JPEG, 16 383 for WebP.
 */
enum facekit_status facekit_image_encode(const struct facekit_image *image,
                                         const struct facekit_encode_options *options,
                                         struct facekit_bytes **out_bytes,
                                         struct facekit_error **out_error);

/**
 * Encodes a picture and writes it to a file, whole or not at all. NULL `options` are the default ones, with the
 * format that the path ends with: .jpg, .jpeg, .png or .webp.
 */
enum facekit_status facekit_image_save(const struct facekit_image *image,
                                       const char *path,
                                       const struct facekit_encode_options *options,
                                       struct facekit_error **out_error);

/**
 * Frees a picture.
 */
void facekit_image_free(struct facekit_image *image);

/**
 * The format that the ending of a path names: .jpg, .jpeg, .png or .webp.
 */
enum facekit_status facekit_file_format_from_path(const char *path,
                                                  enum facekit_file_format *out_format,
                                                  struct facekit_error **out_error);

/**
 * The first of the bytes, which live as long as their handle; NULL for NULL.
 */
const uint8_t *facekit_bytes_data(const struct facekit_bytes *bytes);

/**
 * How many bytes there are; 0 for NULL.
 */
size_t facekit_bytes_len(const struct facekit_bytes *bytes);

/**
 * Frees bytes.
 */
void facekit_bytes_free(struct facekit_bytes *bytes);

/**
 * Fills `out_params`, which has `size` bytes (its sizeof), with the defaults.
 */
enum facekit_status facekit_call_init(struct facekit_call *out_params, size_t size);

/**
 * A token that is not canceled; free it with `facekit_cancel_token_free`.
 */
struct facekit_cancel_token *facekit_cancel_token_new(void);

/**
 * Cancels, for good. Any thread may call this, any number of times.
 */
enum facekit_status facekit_cancel_token_cancel(const struct facekit_cancel_token *token,
                                                struct facekit_error **out_error);

/**
 * Whether it was canceled; false for NULL.
 */
bool facekit_cancel_token_is_canceled(const struct facekit_cancel_token *token);

/**
 * Frees a token.
 */
void facekit_cancel_token_free(struct facekit_cancel_token *token);

/**
 * Fills `out_params`, which has `size` bytes (its sizeof), with the defaults.
 */
enum facekit_status facekit_detect_params_init(struct facekit_detect_params *out_params,
                                               size_t size);

/**
 * Finds the faces of a picture. NULL `params` are the default ones, and NULL `call` asks for nothing.
 *
 * A picture without a face is no error, except when one face is selected by its index or by a reference:
 * FACEKIT_STATUS_NO_FACE.
 */
enum facekit_status facekit_detect(const struct facekit_engine *engine,
                                   const struct facekit_image *image,
                                   const struct facekit_detect_params *params,
                                   const struct facekit_call *call,
                                   struct facekit_detection **out_detection,
                                   struct facekit_error **out_error);

/**
 * Finds the faces in pixels of the caller, without a copy; the rest as `facekit_detect`.
 */
enum facekit_status facekit_detect_pixels(const struct facekit_engine *engine,
                                          const struct facekit_pixels *pixels,
                                          const struct facekit_detect_params *params,
                                          const struct facekit_call *call,
                                          struct facekit_detection **out_detection,
                                          struct facekit_error **out_error);

/**
 * Width of the picture in pixels; 0 for NULL.
 */
uint32_t facekit_detection_width(const struct facekit_detection *detection);

/**
 * Height of the picture in pixels; 0 for NULL.
 */
uint32_t facekit_detection_height(const struct facekit_detection *detection);

/**
 * The name of the detector that found the faces; NULL for NULL.
 */
const char *facekit_detection_model(const struct facekit_detection *detection);

/**
 * How many faces were found and kept; 0 for NULL.
 */
size_t facekit_detection_face_count(const struct facekit_detection *detection);

/**
 * The face at `index`, from 0, in the order that was asked for; NULL when there is none.
 */
const struct facekit_face *facekit_detection_face(const struct facekit_detection *detection,
                                                  size_t index);

/**
 * How long the call took, in seconds; 0 for NULL.
 */
double facekit_detection_inference_time(const struct facekit_detection *detection);

/**
 * Frees a detection.
 */
void facekit_detection_free(struct facekit_detection *detection);

/**
 * Fills `out_params`, which has `size` bytes (its sizeof), with the defaults.
 */
enum facekit_status facekit_restore_params_init(struct facekit_restore_params *out_params,
                                                size_t size);

/**
 * Restores the faces of a picture. NULL `params` are the default ones, and NULL `call` asks for nothing.
 *
 * Every pixel outside the faces is that of the input, unless the picture is enlarged. A picture without a face is
 * no error, except when one face is selected by its index or by a reference: FACEKIT_STATUS_NO_FACE.
 */
enum facekit_status facekit_restore(const struct facekit_engine *engine,
                                    const struct facekit_image *image,
                                    const struct facekit_restore_params *params,
                                    const struct facekit_call *call,
                                    struct facekit_restored **out_restored,
                                    struct facekit_error **out_error);

/**
 * Restores the faces in pixels of the caller, which stay as they are; the rest as `facekit_restore`.
 */
enum facekit_status facekit_restore_pixels(const struct facekit_engine *engine,
                                           const struct facekit_pixels *pixels,
                                           const struct facekit_restore_params *params,
                                           const struct facekit_call *call,
                                           struct facekit_restored **out_restored,
                                           struct facekit_error **out_error);

/**
 * Borrows the picture, which lives as long as `restored`; NULL for NULL, or when it was taken.
 */
const struct facekit_image *facekit_restored_image(const struct facekit_restored *restored);

/**
 * Takes the picture out of the result: it is the caller's, and to be freed. NULL for NULL, or when it was taken.
 */
struct facekit_image *facekit_restored_take_image(struct facekit_restored *restored);

/**
 * How many models made the picture; 0 for NULL.
 */
size_t facekit_restored_model_count(const struct facekit_restored *restored);

/**
 * The name of a model that made the picture, from 0: detector, restorer, and upscaler if one was used; NULL when
 * there is none.
 */
const char *facekit_restored_model(const struct facekit_restored *restored,
                                   size_t index);

/**
 * How many faces were restored; 0 for NULL.
 */
size_t facekit_restored_face_count(const struct facekit_restored *restored);

/**
 * The restored face at `index`, from 0, in pixels of the input; NULL when there is none.
 */
const struct facekit_face *facekit_restored_face(const struct facekit_restored *restored,
                                                 size_t index);

/**
 * How long the call took, in seconds; 0 for NULL.
 */
double facekit_restored_inference_time(const struct facekit_restored *restored);

/**
 * Frees a restored picture.
 */
void facekit_restored_free(struct facekit_restored *restored);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* FACEKIT_H */
