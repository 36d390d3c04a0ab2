/*
 * facekit: an embedded, on-device face engine. Detect, compare, restore, detail, stylize
 * and swap faces with ONNX Runtime, without a network.
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
 * - A callback is called on a thread that works for it, be it the caller's or one of the library's: with `user_data`,
 *   untouched, as its last argument, while the work waits for it. It must not throw or jump out, and what it is given
 *   lives until it returns. Those of a facekit_call come one at a time, on the thread that runs the call; a log's may
 *   come from several threads at once, and must not call the engine that they tell of.
 * - A struct that begins with `struct_size` is filled with its defaults by its `*_init` before anything else, so that
 *   a program works with a library that is older or newer than its header. An enum goes into it as an int32_t, which
 *   is checked. A struct that a call returns may have more fields at its end in a later release, and no fewer. An enum
 *   may have more constants: facekit_enum_name tells the word of one, as JSON and the command line write it.
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
    /**
     * The queue of jobs is full: submit again when one has ended.
     */
    FACEKIT_STATUS_QUEUE_FULL = 16,
    /**
     * No job has the id, or its result was taken or has expired.
     */
    FACEKIT_STATUS_JOB_NOT_FOUND = 17,
    /**
     * What was waited for has not happened in the given time; it goes on.
     */
    FACEKIT_STATUS_TIMED_OUT = 18
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
    FACEKIT_AVAILABILITY_EMBEDDED = 2
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
    FACEKIT_PIXEL_FORMAT_GREY = 4
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
    /**
     * GIF.
     */
    FACEKIT_FILE_FORMAT_GIF = 3
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
    FACEKIT_ORDER_WORST_BEST = 7
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
    /**
     * The only one: several are an error.
     */
    FACEKIT_SELECT_ONLY = 4
} facekit_select;

/**
 * What puts one face in the place of another.
 */
typedef enum facekit_swap_engine {
    /**
     * The best network that is installed and allowed, else the mesh.
     */
    FACEKIT_SWAP_ENGINE_AUTO = 0,
    /**
     * A swapper network: the target takes the identity of the source.
     */
    FACEKIT_SWAP_ENGINE_NETWORK = 1,
    /**
     * The pixels of the source's face, bent to the target's landmarks and blended in: no swapper is needed, and the
     * shape of the head and the light stay the target's.
     */
    FACEKIT_SWAP_ENGINE_MESH = 2
} facekit_swap_engine;

/**
 * Whether the colours of a swapped face are drawn to those of the face that was there.
 */
typedef enum facekit_color_match {
    /**
     * Never.
     */
    FACEKIT_COLOR_MATCH_NEVER = 0,
    /**
     * Where that brings the two nearer.
     */
    FACEKIT_COLOR_MATCH_AUTO = 1,
    /**
     * Always.
     */
    FACEKIT_COLOR_MATCH_ALWAYS = 2
} facekit_color_match;

/**
 * What limits the swapped area.
 */
typedef enum facekit_mask_type {
    /**
     * A box with soft edges.
     */
    FACEKIT_MASK_TYPE_BOX = 0,
    /**
     * What nothing hides, as the segmenter `occluder` sees it.
     */
    FACEKIT_MASK_TYPE_OCCLUSION = 1,
    /**
     * Areas between the landmarks.
     */
    FACEKIT_MASK_TYPE_AREA = 2,
    /**
     * Regions of the face, as the segmenter `parser` sees them.
     */
    FACEKIT_MASK_TYPE_REGION = 3
} facekit_mask_type;

/**
 * An area of a face.
 */
typedef enum facekit_face_area {
    /**
     * From the brows to the tip of the nose.
     */
    FACEKIT_FACE_AREA_UPPER_FACE = 0,
    /**
     * From the tip of the nose to the chin.
     */
    FACEKIT_FACE_AREA_LOWER_FACE = 1,
    /**
     * The mouth.
     */
    FACEKIT_FACE_AREA_MOUTH = 2
} facekit_face_area;

/**
 * A region of a face.
 */
typedef enum facekit_face_region {
    /**
     * The skin.
     */
    FACEKIT_FACE_REGION_SKIN = 0,
    /**
     * The image-left brow.
     */
    FACEKIT_FACE_REGION_LEFT_EYEBROW = 1,
    /**
     * The image-right brow.
     */
    FACEKIT_FACE_REGION_RIGHT_EYEBROW = 2,
    /**
     * The image-left eye.
     */
    FACEKIT_FACE_REGION_LEFT_EYE = 3,
    /**
     * The image-right eye.
     */
    FACEKIT_FACE_REGION_RIGHT_EYE = 4,
    /**
     * Glasses.
     */
    FACEKIT_FACE_REGION_GLASSES = 5,
    /**
     * The nose.
     */
    FACEKIT_FACE_REGION_NOSE = 6,
    /**
     * The inside of the mouth.
     */
    FACEKIT_FACE_REGION_MOUTH = 7,
    /**
     * The upper lip.
     */
    FACEKIT_FACE_REGION_UPPER_LIP = 8,
    /**
     * The lower lip.
     */
    FACEKIT_FACE_REGION_LOWER_LIP = 9
} facekit_face_region;

/**
 * Which noise levels a diffusion model goes through, and how it steps from one to the next.
 */
typedef enum facekit_scheduler {
    /**
     * DDIM.
     */
    FACEKIT_SCHEDULER_DDIM = 0,
    /**
     * Euler.
     */
    FACEKIT_SCHEDULER_EULER = 1,
    /**
     * Euler with fresh noise at each step.
     */
    FACEKIT_SCHEDULER_EULER_ANCESTRAL = 2,
    /**
     * DPM-Solver++ of second order, multistep.
     */
    FACEKIT_SCHEDULER_DPMPP_2M = 3,
    /**
     * DPM-Solver++ of second order, multistep, with fresh noise at each step.
     */
    FACEKIT_SCHEDULER_DPMPP_2M_SDE = 4,
    /**
     * UniPC.
     */
    FACEKIT_SCHEDULER_UNIPC = 5,
    /**
     * Latent consistency models.
     */
    FACEKIT_SCHEDULER_LCM = 6
} facekit_scheduler;

/**
 * What bounds the repainted part of a face's crop.
 */
typedef enum facekit_face_shape {
    /**
     * The outline of the face by its landmarks.
     */
    FACEKIT_FACE_SHAPE_CONTOUR = 0,
    /**
     * The box of the detector.
     */
    FACEKIT_FACE_SHAPE_BOX = 1
} facekit_face_shape;

/**
 * What makes the first of two passes.
 */
typedef enum facekit_outline {
    /**
     * The diffusion model, at the strength `outline_denoise`.
     */
    FACEKIT_OUTLINE_DIFFUSION = 0,
    /**
     * A restorer.
     */
    FACEKIT_OUTLINE_RESTORER = 1
} facekit_outline;

/**
 * What is done where no diffusion model is installed.
 */
typedef enum facekit_fallback {
    /**
     * An error that says which models would serve, and how to get one.
     */
    FACEKIT_FALLBACK_NONE = 0,
    /**
     * The faces are restored instead, and the result says so.
     */
    FACEKIT_FALLBACK_RESTORE = 1
} facekit_fallback;

/**
 * What repainted the faces.
 */
typedef enum facekit_detail_engine {
    /**
     * A diffusion model.
     */
    FACEKIT_DETAIL_ENGINE_DIFFUSION = 0,
    /**
     * A restorer, in place of a diffusion model that is not installed.
     */
    FACEKIT_DETAIL_ENGINE_RESTORE = 1
} facekit_detail_engine;

/**
 * A style that a picture is made into.
 */
typedef enum facekit_style {
    /**
     * A rendered figure: smooth shading, warm skin, large eyes.
     */
    FACEKIT_STYLE_3D = 0,
    /**
     * Flat colours within bold lines.
     */
    FACEKIT_STYLE_EMOJI = 1,
    /**
     * A console game of the 1990s: few colours, and facets.
     */
    FACEKIT_STYLE_VIDEO_GAME = 2,
    /**
     * Pixel art.
     */
    FACEKIT_STYLE_PIXELS = 3,
    /**
     * A figure of clay.
     */
    FACEKIT_STYLE_CLAY = 4,
    /**
     * A figure of plastic, with a large head.
     */
    FACEKIT_STYLE_TOY = 5
} facekit_style;

/**
 * What gives a picture its style.
 */
typedef enum facekit_stylize_engine {
    /**
     * A network, where one or a style picture is given; else diffusion, where all its models are installed and allowed;
     * else image processing.
     */
    FACEKIT_STYLIZE_ENGINE_AUTO = 0,
    /**
     * Stable Diffusion XL with InstantID, a depth ControlNet and the style's LoRA.
     */
    FACEKIT_STYLIZE_ENGINE_DIFFUSION = 1,
    /**
     * A network that turns a picture into a picture; which look it has lies in its weights.
     */
    FACEKIT_STYLIZE_ENGINE_NETWORK = 2,
    /**
     * Image processing around the faces and their landmarks: no model is needed.
     */
    FACEKIT_STYLIZE_ENGINE_CLASSIC = 3
} facekit_stylize_engine;

/**
 * What of a picture is stylized.
 */
typedef enum facekit_stylize_area {
    /**
     * All of it.
     */
    FACEKIT_STYLIZE_AREA_PICTURE = 0,
    /**
     * The faces, each with what is around it; the rest stays.
     */
    FACEKIT_STYLIZE_AREA_FACE = 1
} facekit_stylize_area;

/**
 * How colours between those of a palette are shown.
 */
typedef enum facekit_dither {
    /**
     * Not: each pixel has the nearest colour.
     */
    FACEKIT_DITHER_NONE = 0,
    /**
     * By a regular pattern (Bayer's matrix), which stands still in an animation.
     */
    FACEKIT_DITHER_ORDERED = 1,
    /**
     * By spreading each pixel's error to its neighbours (Floyd and Steinberg).
     */
    FACEKIT_DITHER_DIFFUSION = 2
} facekit_dither;

/**
 * How much a record matters.
 */
typedef enum facekit_log_level {
    /**
     * Something failed.
     */
    FACEKIT_LOG_LEVEL_ERROR = 0,
    /**
     * Something goes on otherwise than was asked for, such as on another provider.
     */
    FACEKIT_LOG_LEVEL_WARNING = 1,
    /**
     * What an engine does now and then: a model was loaded, or left memory to make room.
     */
    FACEKIT_LOG_LEVEL_INFO = 2,
    /**
     * What only the hunt for a fault needs.
     */
    FACEKIT_LOG_LEVEL_DEBUG = 3
} facekit_log_level;

/**
 * An enum of this header.
 */
typedef enum facekit_enum {
    /**
     * facekit_status.
     */
    FACEKIT_ENUM_STATUS = 0,
    /**
     * facekit_log_level.
     */
    FACEKIT_ENUM_LOG_LEVEL = 1,
    /**
     * facekit_availability.
     */
    FACEKIT_ENUM_AVAILABILITY = 2,
    /**
     * facekit_pixel_format.
     */
    FACEKIT_ENUM_PIXEL_FORMAT = 3,
    /**
     * facekit_file_format.
     */
    FACEKIT_ENUM_FILE_FORMAT = 4,
    /**
     * facekit_order.
     */
    FACEKIT_ENUM_ORDER = 5,
    /**
     * facekit_select.
     */
    FACEKIT_ENUM_SELECT = 6,
    /**
     * facekit_swap_engine.
     */
    FACEKIT_ENUM_SWAP_ENGINE = 7,
    /**
     * facekit_color_match.
     */
    FACEKIT_ENUM_COLOR_MATCH = 8,
    /**
     * facekit_mask_type.
     */
    FACEKIT_ENUM_MASK_TYPE = 9,
    /**
     * facekit_face_area.
     */
    FACEKIT_ENUM_FACE_AREA = 10,
    /**
     * facekit_face_region.
     */
    FACEKIT_ENUM_FACE_REGION = 11,
    /**
     * facekit_scheduler.
     */
    FACEKIT_ENUM_SCHEDULER = 12,
    /**
     * facekit_face_shape.
     */
    FACEKIT_ENUM_FACE_SHAPE = 13,
    /**
     * facekit_outline.
     */
    FACEKIT_ENUM_OUTLINE = 14,
    /**
     * facekit_fallback.
     */
    FACEKIT_ENUM_FALLBACK = 15,
    /**
     * facekit_detail_engine.
     */
    FACEKIT_ENUM_DETAIL_ENGINE = 16,
    /**
     * facekit_style.
     */
    FACEKIT_ENUM_STYLE = 17,
    /**
     * facekit_stylize_engine.
     */
    FACEKIT_ENUM_STYLIZE_ENGINE = 18,
    /**
     * facekit_stylize_area.
     */
    FACEKIT_ENUM_STYLIZE_AREA = 19,
    /**
     * facekit_dither.
     */
    FACEKIT_ENUM_DITHER = 20,
    /**
     * facekit_job_state.
     */
    FACEKIT_ENUM_JOB_STATE = 21
} facekit_enum;

/**
 * How far a job has come.
 */
typedef enum facekit_job_state {
    /**
     * It waits for a thread.
     */
    FACEKIT_JOB_STATE_QUEUED = 0,
    /**
     * It runs.
     */
    FACEKIT_JOB_STATE_PROCESSING = 1,
    /**
     * It has ended well.
     */
    FACEKIT_JOB_STATE_COMPLETED = 2,
    /**
     * It has ended with an error.
     */
    FACEKIT_JOB_STATE_FAILED = 3,
    /**
     * It was canceled before its end.
     */
    FACEKIT_JOB_STATE_CANCELED = 4
} facekit_job_state;

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
 * Whether two pictures show one person.
 *
 * Threads: any number may read it. Lifetime: it is independent of the engine and the pictures; what it hands out
 * lives as long as it.
 */
typedef struct facekit_comparison facekit_comparison;

/**
 * Pictures whose faces were given detail.
 *
 * Threads: any number may read it. Lifetime: it is independent of the engine and the input; what it hands out lives
 * as long as it.
 */
typedef struct facekit_detailed facekit_detailed;

/**
 * The faces of a picture.
 *
 * Threads: any number may read it. Lifetime: it is independent of the engine and the picture; what it hands out
 * lives as long as it.
 */
typedef struct facekit_detection facekit_detection;

/**
 * The faces of a picture, each with a vector that points the same way for every picture of one person.
 *
 * Threads: any number may read it. Lifetime: it is independent of the engine and the picture; what it hands out
 * lives as long as it.
 */
typedef struct facekit_embedded facekit_embedded;

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
 * The masks of the faces of a picture, as a picture.
 *
 * Threads: any number may read it. Lifetime: it is independent of the engine and the input; what it hands out lives
 * as long as it.
 */
typedef struct facekit_face_mask facekit_face_mask;

/**
 * A picture: RGB or RGBA pixels of 8 bits a channel, upright, with the ICC profile, EXIF block and XMP packet of
 * the file it comes from.
 *
 * Threads: any number may read it; no function changes it. Lifetime: it is independent of the engine and the bytes
 * it was made with.
 */
typedef struct facekit_image facekit_image;

/**
 * A job that was submitted.
 *
 * Threads: any number may use it at once. Lifetime: it is the caller's, and independent of the queue; freeing it
 * leaves the job running, and `facekit_jobs_find` gives another handle of it.
 */
typedef struct facekit_job facekit_job;

/**
 * A job as it was when it was asked.
 *
 * Threads: any number may read it. Lifetime: it is independent of the job; what it hands out lives as long as it.
 */
typedef struct facekit_job_status facekit_job_status;

/**
 * A queue of jobs, and the threads that run them on one engine.
 *
 * Threads: any number may use it at once. Lifetime: it keeps what it needs of the engine, which may be freed before
 * it; freeing it cancels what waits and what runs, and returns when its threads have stopped. Jobs may be asked, and
 * must be freed, after that too.
 */
typedef struct facekit_jobs facekit_jobs;

/**
 * The dense landmarks of a face.
 *
 * Threads: any number may read it. Lifetime: it belongs to the handle that gave it, and so does what it hands out.
 */
typedef struct facekit_landmarks facekit_landmarks;

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
 * A picture in a style.
 *
 * Threads: any number may read it, while none takes its image. Lifetime: it is independent of the engine and the
 * inputs; what it hands out lives as long as it.
 */
typedef struct facekit_stylized facekit_stylized;

/**
 * A file in a style: a picture or an animation.
 *
 * Threads: any number may read it. Lifetime: it is independent of the engine and the inputs; what it hands out lives
 * as long as it.
 */
typedef struct facekit_stylized_file facekit_stylized_file;

/**
 * The people to put in, each shown by one picture or several.
 *
 * Threads: any number may read it, while none adds to it. Lifetime: it copies the pictures, and is independent of
 * them and of the engine.
 */
typedef struct facekit_swap_sources facekit_swap_sources;

/**
 * A picture with swapped faces.
 *
 * Threads: any number may read it, while none takes its image. Lifetime: it is independent of the engine and the
 * inputs; what it hands out lives as long as it.
 */
typedef struct facekit_swapped facekit_swapped;

/**
 * A file with swapped faces: a picture or an animation.
 *
 * Threads: any number may read it. Lifetime: it is independent of the engine and the inputs; what it hands out lives
 * as long as it.
 */
typedef struct facekit_swapped_file facekit_swapped_file;

/**
 * A text that a call made.
 *
 * Threads: any number may read it. Lifetime: it is the caller's, and independent of what made it.
 */
typedef struct facekit_text facekit_text;

/**
 * What was built, for what, and by what; its texts are static.
 */
typedef struct facekit_build {
    /**
     * The version, as facekit_version() gives it.
     */
    const char *version;
    /**
     * What it runs on, such as "x86_64-unknown-linux-gnu".
     */
    const char *target;
    /**
     * "release", or "debug".
     */
    const char *profile;
    /**
     * The features of the crate that are in it, with a space between two, such as "cli embedded".
     */
    const char *features;
    /**
     * The compiler, such as "rustc 1.95.0".
     */
    const char *rustc;
    /**
     * The oldest ONNX Runtime that it runs with, such as "1.22"; facekit_engine_runtime_version() tells which one runs.
     */
    const char *onnxruntime;
} facekit_build;

/**
 * One thing that an engine tells; it never holds what a picture shows, and lives until the callback returns.
 */
typedef struct facekit_log_record {
    /**
     * What tells it: "models", "providers", "graph_cache", "pipelines", "jobs", or "onnxruntime" for ONNX Runtime's own
     * words.
     */
    const char *target;
    /**
     * A sentence.
     */
    const char *message;
    /**
     * How much it matters: a facekit_log_level.
     */
    int32_t level;
} facekit_log_record;

/**
 * What is called with each record, on any thread and by several at once; it must not throw or jump out.
 */
typedef void (*facekit_log_callback)(const struct facekit_log_record *record, void *user_data);

/**
 * Bounds on what a call may cost; what is beyond one is refused with `FACEKIT_STATUS_LIMIT_EXCEEDED` before a pixel is
 * decoded.
 */
typedef struct facekit_limits {
    /**
     * The size of this struct: `facekit_limits_init` sets it.
     */
    size_t struct_size;
    /**
     * The most encoded bytes of one input. Default: 256 MiB.
     */
    uint64_t bytes;
    /**
     * The most pixels of one picture, width times height. Default: 200 million.
     */
    uint64_t pixels;
    /**
     * The most pixels of an animation, all frames together. Default: 2 billion.
     */
    uint64_t animation_pixels;
    /**
     * The most frames of one animation. Default: 3000.
     */
    uint32_t frames;
    /**
     * The most faces of one picture. Default: 1000.
     */
    uint32_t faces;
} facekit_limits;

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
     * The contract that it keeps, such as "yunet".
     */
    const char *family;
    /**
     * Its licence, an SPDX expression.
     */
    const char *license;
    /**
     * Its file or folder; NULL unless it is installed.
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
    /**
     * What its graph takes and gives, in words.
     */
    const char *contract;
    /**
     * How often its graphs ran since they are in memory.
     */
    uint64_t runs;
    /**
     * The time that ONNX Runtime took for that, in seconds; that of runs at once counts for each.
     */
    double run_time;
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
 * What a running call has made so far: small and rough.
 */
typedef struct facekit_preview {
    /**
     * Its pixels, RGB, row by row without gaps.
     */
    const uint8_t *rgb;
    /**
     * Width in pixels.
     */
    uint32_t width;
    /**
     * Height in pixels.
     */
    uint32_t height;
    /**
     * The steps that the model has run for it.
     */
    uint32_t step;
    /**
     * The steps that it will have run.
     */
    uint32_t steps;
} facekit_preview;

/**
 * What a caller wants of one running call, beside its result: all of it may be left out.
 *
 * Lifetime: it is read when the call starts and not kept; what it points to lives until the call returns, and what
 * `user_data` of a job points to until that has ended and its completion has returned, as `facekit_job_wait` tells.
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
     * What the callbacks are called with, untouched. Default: NULL.
     */
    void *user_data;
    /**
     * Stops the call soon after it is canceled, also in the middle of a model run. Default: NULL, for none.
     */
    const struct facekit_cancel_token *cancel;
    /**
     * Called with a preview after each step of a diffusion model, on the thread that runs the call; the preview lives
     * until the callback returns. It must not throw or jump out. NULL for none, the default.
     */
    void (*preview)(const struct facekit_preview *preview, void *user_data);
    /**
     * Called once when a call whose arguments were accepted ends, on the thread that runs it, before it returns: FACEKIT_STATUS_OK or why
     * it failed, and how long it took, in seconds. It must not throw or jump out. NULL for none, the default.
     */
    void (*completion)(enum facekit_status status, double seconds, void *user_data);
} facekit_call;

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
    /**
     * Whether the dense landmarks of the faces that are kept are found too, and give them better points. Default:
     * false.
     */
    bool landmarks;
    /**
     * The landmarker, by its name or by a path; NULL for the best one installed. Default: NULL.
     */
    const char *landmarker;
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
 * The parameters of embedding and of comparison.
 *
 * Lifetime: they are read when a call starts and not kept; what they point to lives until the call returns.
 */
typedef struct facekit_embed_params {
    /**
     * The size of this struct: `facekit_embed_params_init` sets it.
     */
    size_t struct_size;
    /**
     * The recognizer, by its name in the model store or by a path; NULL for the best one installed. Default: NULL.
     */
    const char *recognizer;
    /**
     * Which faces are embedded; NULL for the default ones. Default: NULL.
     */
    const struct facekit_detect_params *detect;
} facekit_embed_params;

/**
 * The masks of a face: what limits the part of it that is changed.
 *
 * Lifetime: they are read when a call starts and not kept; what they point to lives until the call returns.
 */
typedef struct facekit_mask_params {
    /**
     * The size of this struct: `facekit_mask_params_init` sets it.
     */
    size_t struct_size;
    /**
     * What limits it: `masks_count` of facekit_mask_type, each once; of several, the least counts.
     * Default: {FACEKIT_MASK_TYPE_BOX}.
     */
    const int32_t *masks;
    /**
     * How many masks there are, 0 to 4. Default: 1.
     */
    size_t masks_count;
    /**
     * How soft the edge of the box is, as a part of its half width, 0 to 1. Default: 0.3.
     */
    float mask_blur;
    /**
     * How much of the crop's top, right, bottom and left the box leaves out, in percent, 0 to 100.
     * Default: {0, 0, 0, 0}.
     */
    float mask_padding[4];
    /**
     * The areas that the mask FACEKIT_MASK_TYPE_AREA shows: `mask_areas_count` of facekit_face_area, each once; NULL
     * for all of them. Default: NULL.
     */
    const int32_t *mask_areas;
    /**
     * How many areas there are, 0 to 3. Default: 0.
     */
    size_t mask_areas_count;
    /**
     * The regions that the mask FACEKIT_MASK_TYPE_REGION shows: `mask_regions_count` of facekit_face_region, each
     * once; NULL for all of them. Default: NULL.
     */
    const int32_t *mask_regions;
    /**
     * How many regions there are, 0 to 10. Default: 0.
     */
    size_t mask_regions_count;
    /**
     * The segmenter of the mask FACEKIT_MASK_TYPE_OCCLUSION, by its name or by a path; NULL for the best one
     * installed. Default: NULL.
     */
    const char *occluder;
    /**
     * The segmenter of the mask FACEKIT_MASK_TYPE_REGION, by its name or by a path; NULL for the best one installed.
     * Default: NULL.
     */
    const char *parser;
} facekit_mask_params;

/**
 * The parameters of masks as pictures of their own.
 *
 * Lifetime: as facekit_mask_params.
 */
typedef struct facekit_face_mask_params {
    /**
     * The size of this struct: `facekit_face_mask_params_init` sets it.
     */
    size_t struct_size;
    /**
     * Which masks; NULL for the mask FACEKIT_MASK_TYPE_AREA. Default: NULL.
     */
    const struct facekit_mask_params *mask;
    /**
     * Of which faces; NULL for the defaults. Default: NULL.
     */
    const struct facekit_detect_params *detect;
} facekit_face_mask_params;

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

/**
 * How a diffusion model works.
 *
 * Lifetime: they are read when a call starts and not kept; what they point to lives until the call returns.
 */
typedef struct facekit_diffusion_params {
    /**
     * The size of this struct: `facekit_diffusion_params_init` sets it.
     */
    size_t struct_size;
    /**
     * The scheduler, a facekit_scheduler; -1 for the model's own, or FACEKIT_SCHEDULER_DPMPP_2M where that is one
     * that facekit does not run, such as PNDM. Default: -1.
     */
    int32_t scheduler;
    /**
     * Whether the noise levels are spaced as Karras et al. (2022) space them: 0 or 1; -1 for as the model says.
     * Default: -1.
     */
    int32_t karras;
    /**
     * How many of the text encoder's last layers are left out, 0 to 12; 0 for the model's own. Default: 0.
     */
    uint32_t clip_skip;
    /**
     * LoRAs that change the model: `loras_count` texts "NAME:SCALE", each the name or path of one and its scale,
     * -4 to 4, which may be left out. Default: NULL.
     */
    const char *const *loras;
    /**
     * How many LoRAs there are. Default: 0.
     */
    size_t loras_count;
    /**
     * ControlNets that hold the result to the face's crop, such as a tile ControlNet: `controlnets_count` texts
     * "NAME:SCALE:START:END", each the name or path of one, how strongly it steers, 0 to 2, and the part of the steps
     * that it steers, 0 to 1; the numbers may be left out. Default: NULL.
     */
    const char *const *controlnets;
    /**
     * How many ControlNets there are. Default: 0.
     */
    size_t controlnets_count;
} facekit_diffusion_params;

/**
 * The part of the picture that is repainted for a face.
 */
typedef struct facekit_crop_params {
    /**
     * The size of this struct: `facekit_crop_params_init` sets it.
     */
    size_t struct_size;
    /**
     * The side of the square around a face, in sides of its box, 1 to 8. Default: 1.6.
     */
    float crop_factor;
    /**
     * The side that the square is enlarged or reduced to for the model, in pixels, a multiple of 64, 0 to 2048; 0 for
     * the model's own: 512, 768 or 1024. Default: 0.
     */
    uint32_t guide_size;
    /**
     * What bounds the repainted part, a facekit_face_shape. Default: FACEKIT_FACE_SHAPE_CONTOUR.
     */
    int32_t mask_shape;
    /**
     * How far the mask is grown beyond that, as a part of the box's longer side, 0 to 1. Default: 0.05.
     */
    float mask_dilation;
    /**
     * How soft the edge of the mask is: the sigma of a Gaussian, as a part of the box's longer side, 0 to 0.5.
     * Default: 0.04.
     */
    float mask_feather;
} facekit_crop_params;

/**
 * The parameters of the face detailer.
 *
 * Lifetime: they are read when a call starts and not kept; what they point to lives until the call returns.
 */
typedef struct facekit_detail_params {
    /**
     * The size of this struct: `facekit_detail_params_init` sets it.
     */
    size_t struct_size;
    /**
     * What the faces shall look like. "[SEP]" begins the prompt of the next face, and a face whose prompt is "[SKIP]"
     * is left as it is; the last prompt, or the
     * hundredth, serves all faces that follow. Default: "clear face and natural skin".
     */
    const char *prompt;
    /**
     * What they shall not look like; "[SEP]" as in `prompt`. Default: "bad quality, painting, blur".
     */
    const char *negative_prompt;
    /**
     * How many pictures are made, 1 to 4, with the seeds `seed`, `seed` + 1 and so on. Default: 1.
     */
    uint32_t samples;
    /**
     * How many steps the model runs, 15 to 75. Default: 20.
     */
    uint32_t num_inference_steps;
    /**
     * How closely the prompt is followed, 5 to 10: the scale of classifier-free guidance. Default: 6.
     */
    float guidance_scale;
    /**
     * The seed of the noise, 0 to 4294967295; the n-th face of a picture, from 0, has `seed` + n. Default: 12467.
     */
    uint32_t seed;
    /**
     * How far from the input the faces may go, 0 to 1: 0 leaves them as they are, 1 keeps nothing of them.
     * Default: 0.5.
     */
    float denoise;
    /**
     * The format of the result as a file, a facekit_file_format. Default: FACEKIT_FILE_FORMAT_JPEG.
     */
    int32_t image_format;
    /**
     * The quality of a JPEG or WebP file, 10 to 100; a WebP of 100 is lossless. Default: 95.
     */
    uint32_t image_quality;
    /**
     * Whether the result as a file is in base64. Default: false.
     */
    bool base64;
    /**
     * The diffusion model, by its name in the model store or by a path; NULL for the best one installed.
     * Default: NULL.
     */
    const char *model;
    /**
     * What is done where no diffusion model is installed, a facekit_fallback. Default: FACEKIT_FALLBACK_NONE.
     */
    int32_t fallback;
    /**
     * How often each face is repainted, 1 to 2; 2 for badly damaged faces: first the outline, then the detail.
     * Default: 1.
     */
    uint32_t passes;
    /**
     * What makes the first of two passes, a facekit_outline. Default: FACEKIT_OUTLINE_DIFFUSION.
     */
    int32_t outline;
    /**
     * How far from the input the first of two passes may go, 0 to 1, where the diffusion model makes it.
     * Default: 0.75.
     */
    float outline_denoise;
    /**
     * The restorer, by its name or by a path; NULL for the best one installed. Default: NULL.
     */
    const char *restorer;
    /**
     * How many times larger the picture becomes, 1 to 4, before its faces are repainted. Default: 1.
     */
    uint32_t upscale;
    /**
     * Whether an upscaler model enlarges the picture; otherwise it is resampled. Default: false.
     */
    bool upscale_background;
    /**
     * The upscaler, by its name or by a path; NULL for the best one installed. Default: NULL.
     */
    const char *upscaler;
    /**
     * Whether the picture says, in its XMP packet, that a trained model changed it. Default: true.
     */
    bool provenance;
    /**
     * How the diffusion model works; NULL for the defaults. Default: NULL.
     */
    const struct facekit_diffusion_params *diffusion;
    /**
     * The part of the picture that is repainted for a face; NULL for the defaults. Default: NULL.
     */
    const struct facekit_crop_params *crop;
    /**
     * Which faces are repainted; NULL for the defaults. Default: NULL.
     */
    const struct facekit_detect_params *detect;
} facekit_detail_params;

/**
 * The parameters of the face refiner.
 *
 * Lifetime: they are read when a call starts and not kept; what they point to lives until the call returns.
 */
typedef struct facekit_refine_params {
    /**
     * The size of this struct: `facekit_refine_params_init` sets it.
     */
    size_t struct_size;
    /**
     * The diffusion model, by its name in the model store or by a path; NULL for the best one installed.
     * Default: NULL.
     */
    const char *model;
    /**
     * How far the faces may go from the input, 1 to 5: from very subtle to extreme. Default: 3.
     */
    uint32_t denoising;
    /**
     * What the faces shall look like, as for the detailer. Default: "clear face and natural skin".
     */
    const char *prompt;
    /**
     * What they shall not look like, as for the detailer. Default: "bad quality, painting, blur".
     */
    const char *negative_prompt;
    /**
     * How many steps the model runs, 1 to 150; 0 for what `denoising` means. 4 to 8 for a distilled model (LCM,
     * Lightning). Default: 0.
     */
    uint32_t num_inference_steps;
    /**
     * How closely the prompt is followed, 0 to 30: the scale of classifier-free guidance; 1 for a distilled model.
     * Default: 6.
     */
    float guidance_scale;
    /**
     * The seed of the noise, 0 to 4294967295; the n-th face of a picture, from 0, has `seed` + n. Default: 12467.
     */
    uint32_t seed;
    /**
     * What is done where no diffusion model is installed, a facekit_fallback. Default: FACEKIT_FALLBACK_NONE.
     */
    int32_t fallback;
    /**
     * The restorer that stands in for it, by its name or by a path; NULL for the best one installed. Default: NULL.
     */
    const char *restorer;
    /**
     * The format of the result as a file, a facekit_file_format. Default: FACEKIT_FILE_FORMAT_JPEG.
     */
    int32_t image_format;
    /**
     * The quality of a JPEG or WebP file, 10 to 100; a WebP of 100 is lossless. Default: 95.
     */
    uint32_t image_quality;
    /**
     * Whether the result as a file is in base64. Default: false.
     */
    bool base64;
    /**
     * Whether the picture says, in its XMP packet, that a trained model changed it. Default: true.
     */
    bool provenance;
    /**
     * How the diffusion model works; NULL for the defaults. Default: NULL.
     */
    const struct facekit_diffusion_params *diffusion;
    /**
     * The part of the picture that is repainted for a face; NULL for the defaults. Default: NULL.
     */
    const struct facekit_crop_params *crop;
    /**
     * Which faces are refined; NULL for the defaults. Default: NULL.
     */
    const struct facekit_detect_params *detect;
} facekit_refine_params;

/**
 * The parameters of a stylization.
 *
 * Lifetime: they are read when a call starts and not kept; what they point to lives until the call returns.
 */
typedef struct facekit_stylize_params {
    /**
     * The size of this struct: `facekit_stylize_params_init` sets it.
     */
    size_t struct_size;
    /**
     * The style, a facekit_style. Default: FACEKIT_STYLE_3D.
     */
    int32_t style;
    /**
     * What gives the picture its style, a facekit_stylize_engine. Default: FACEKIT_STYLIZE_ENGINE_AUTO.
     */
    int32_t engine;
    /**
     * What of the picture is stylized, a facekit_stylize_area. Default: FACEKIT_STYLIZE_AREA_PICTURE.
     */
    int32_t area;
    /**
     * With FACEKIT_STYLIZE_AREA_FACE, the side of the square that is stylized, in sides of the face's box, 1 to 8.
     * Default: 2.
     */
    float crop_factor;
    /**
     * How much of the stylized picture shows, 0 to 1: 0 for the input, 1 for the style alone. Default: 1.
     */
    float blend;
    /**
     * What the picture shows, for diffusion; the style adds its own words. Default: "a person".
     */
    const char *prompt;
    /**
     * What it shall not show; the style adds its own words. Default: "".
     */
    const char *negative_prompt;
    /**
     * How closely the prompt is followed, 0 to 20: the scale of classifier-free guidance. At 1 and below the prompt
     * alone counts, and the negative prompt has no part. Default: 4.5.
     */
    float prompt_strength;
    /**
     * How far from the input diffusion may go, 0 to 1: 0 leaves the picture as it is, 1 keeps nothing of it.
     * Default: 0.65.
     */
    float denoising_strength;
    /**
     * How strongly InstantID holds diffusion to the identity of the faces, and to where they are, 0 to 1. Default: 1.
     */
    float instant_id_strength;
    /**
     * How strongly the depth ControlNet holds diffusion to the shapes of the input, 0 to 1. Default: 0.8.
     */
    float control_depth_strength;
    /**
     * How much of the LoRA is added, 0 to 1. Default: 1.
     */
    float lora_scale;
    /**
     * A LoRA in place of the style's, by its name or by a path: a safetensors file, or a tar that holds one. The
     * style's own words are then not added to the prompt. NULL for the style's. Default: NULL.
     */
    const char *custom_lora;
    /**
     * The seed of the noise, -1 to 4294967295; -1 draws one, which the result reports. Default: -1.
     */
    int64_t seed;
    /**
     * How many steps diffusion runs, 1 to 150. Default: 17.
     */
    uint32_t num_inference_steps;
    /**
     * The longer side that a model works at, in pixels, a multiple of 64, 0 to 4096; 0 for the model's own. What
     * diffusion makes of a whole picture has that size. Default: 0.
     */
    uint32_t size;
    /**
     * The diffusion model, by its name in the model store or by a path; NULL for the best one installed.
     * Default: NULL.
     */
    const char *model;
    /**
     * The network that makes InstantID's tokens of an identity, by its name or by a path; NULL for the best one
     * installed. Default: NULL.
     */
    const char *adapter;
    /**
     * InstantID's ControlNet, by its name or by a path; NULL for the best one installed. Default: NULL.
     */
    const char *face_controlnet;
    /**
     * The depth ControlNet, by its name or by a path; NULL for the best one installed. Default: NULL.
     */
    const char *depth_controlnet;
    /**
     * The network that estimates depth, by its name or by a path; NULL for the best one installed. Default: NULL.
     */
    const char *depth_model;
    /**
     * The network of FACEKIT_STYLIZE_ENGINE_NETWORK, by its name or by a path; NULL for the best one installed.
     * Default: NULL.
     */
    const char *stylizer;
    /**
     * The segmenter that tells people from the background, by its name or by a path; NULL for the best one
     * installed, else an estimate. Default: NULL.
     */
    const char *segmenter;
    /**
     * The side of a cell of FACEKIT_STYLE_PIXELS and FACEKIT_STYLE_VIDEO_GAME made by image processing, in pixels,
     * 0 to 256; 0 for one that suits the faces. Default: 0.
     */
    uint32_t pixel_size;
    /**
     * How many colours image processing keeps in FACEKIT_STYLE_PIXELS, FACEKIT_STYLE_VIDEO_GAME and
     * FACEKIT_STYLE_EMOJI, 0 to 256; 0 for the style's own. Default: 0.
     */
    uint32_t colors;
    /**
     * How image processing shows the colours in between, a facekit_dither; -1 for the style's own way. Default: -1.
     */
    int32_t dither;
    /**
     * In an animation, the most frames from one search for faces to the next, 1 to 1000; they are followed in
     * between. Default: 10.
     */
    uint32_t detect_every;
    /**
     * In an animation, whether the points of a face are averaged over neighbouring frames, so that it does not
     * jitter. Default: true.
     */
    bool smoothing;
    /**
     * The format that a file is written in, a facekit_file_format; -1 for the input's own. Default: -1.
     */
    int32_t file_type;
    /**
     * The quality of a JPEG or WebP file, 10 to 100; a WebP of 100 is lossless. Default: 95.
     */
    uint32_t image_quality;
    /**
     * Whether the picture says, in its XMP packet, that a trained model changed it, where one did. Default: true.
     */
    bool provenance;
    /**
     * How the diffusion model works; NULL for the defaults: DPM++ 2M SDE with Karras' noise levels, where nothing
     * else is asked for. Default: NULL.
     */
    const struct facekit_diffusion_params *diffusion;
    /**
     * Which faces are stylized, or, in a stylized picture, hold diffusion to an identity; NULL for the defaults.
     * Default: NULL.
     */
    const struct facekit_detect_params *detect;
} facekit_stylize_params;

/**
 * The parameters of a swap.
 *
 * Lifetime: they are read when a call starts and not kept; what they point to lives until the call returns.
 */
typedef struct facekit_swap_params {
    /**
     * The size of this struct: `facekit_swap_params_init` sets it.
     */
    size_t struct_size;
    /**
     * What swaps, a facekit_swap_engine. Default: FACEKIT_SWAP_ENGINE_AUTO.
     */
    int32_t engine;
    /**
     * The swapper, by its name in the model store or by a path; NULL for the best one installed. Default: NULL.
     */
    const char *swapper;
    /**
     * How far a network goes from the target's identity, 0 to 1: 0.5 is all the way to the source's, less stays
     * nearer to the target, more exaggerates. Default: 0.5.
     */
    float identity_weight;
    /**
     * The side of the swapped crop in pixels, 0 to 2048, a multiple of the swapper's own; 0 for its own. Default: 0.
     */
    uint32_t pixel_boost;
    /**
     * Which face of a source picture is put in, a facekit_select: one, index or only. Default: FACEKIT_SELECT_ONE.
     */
    int32_t source_select;
    /**
     * The order of the faces of a source picture, a facekit_order. Default: FACEKIT_ORDER_LARGE_SMALL.
     */
    int32_t source_order;
    /**
     * The place in the order of the face that FACEKIT_SELECT_INDEX takes, from 0, 0 to 999. Default: 0.
     */
    uint32_t source_index;
    /**
     * Whether the colours of the swapped face are drawn to the target's, a facekit_color_match.
     * Default: FACEKIT_COLOR_MATCH_AUTO.
     */
    int32_t color_match;
    /**
     * Whether the swapped faces go through a restorer. Default: true.
     */
    bool face_restore;
    /**
     * The restorer, by its name or by a path; NULL for CodeFormer where it is installed, else the best one.
     * Default: NULL.
     */
    const char *restorer;
    /**
     * How much of the restored face shows, 0 to 1: 0 for the swapped one, 1 for the restorer's output. Default: 0.8.
     */
    float restore_blend;
    /**
     * In an animation, the most frames from one search for faces to the next, 1 to 1000; they are followed in
     * between. Default: 10.
     */
    uint32_t detect_every;
    /**
     * In an animation, whether the points of a face are averaged over neighbouring frames, so that it does not
     * jitter. Default: true.
     */
    bool smoothing;
    /**
     * The format that a file is written in, a facekit_file_format; -1 for the target's own. Default: -1.
     */
    int32_t file_type;
    /**
     * The quality of a JPEG or WebP file, 10 to 100; a WebP of 100 is lossless. Default: 95.
     */
    uint32_t image_quality;
    /**
     * Whether the picture says, in its XMP packet, that a trained model changed it. Default: true.
     */
    bool provenance;
    /**
     * What limits the swapped area; NULL for the defaults. The mesh has an edge of its own in place of the box.
     * Default: NULL.
     */
    const struct facekit_mask_params *mask;
    /**
     * Which faces of the target are replaced; NULL for the defaults. Default: NULL.
     */
    const struct facekit_detect_params *detect;
} facekit_swap_params;

/**
 * How many jobs run, wait and are kept.
 */
typedef struct facekit_jobs_options {
    /**
     * The size of this struct: `facekit_jobs_options_init` sets it.
     */
    size_t struct_size;
    /**
     * Jobs that run at once, each on a thread of its own, 1 to 256. Default: 1.
     */
    uint32_t workers;
    /**
     * The most jobs that wait, 1 to 1000000; one more is refused with FACEKIT_STATUS_QUEUE_FULL. Each holds
     * its pictures, decoded: 3 or 4 bytes a pixel. Default: 64.
     */
    uint32_t capacity;
    /**
     * The most jobs that have ended and are kept, 1 to 1000000; of more, the oldest are forgotten, first those whose
     * result was taken or which have none. A result holds its pictures, decoded. Default: 256.
     */
    uint32_t kept;
    /**
     * How many seconds a job that has ended can be found and asked for its result, from 0 on. Default: 3600.
     */
    double retention;
} facekit_jobs_options;

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
 * What was built, for what, and by what; it lives as long as the program.
 */
const struct facekit_build *facekit_build_info(void);

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
 * Threads of one model run; 0 is one per processor core, and there are never more than cores. Default: 0.
 */
enum facekit_status facekit_engine_options_set_threads(struct facekit_engine_options *options,
                                                       uint32_t threads,
                                                       struct facekit_error **out_error);

/**
 * The most runs of one model at once; each beyond the first takes the memory of the model again, when it is first
 * needed, and counts in the memory budget. 0 is as many as keep every core busy, where the threads of a run leave some
 * idle, no memory budget is set and the CPU runs the model, and one elsewhere. Default: 0.
 */
enum facekit_status facekit_engine_options_set_parallel_runs(struct facekit_engine_options *options,
                                                             uint32_t runs,
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
 * Allows every model, whatever its licence: the caller answers for the licences. Default: false.
 */
enum facekit_status facekit_engine_options_allow_any_license(struct facekit_engine_options *options,
                                                             bool any,
                                                             struct facekit_error **out_error);

/**
 * Calls `callback` with what an engine tells of its work, where it matters as much as `level`, a facekit_log_level, or
 * more. Default: nobody is told.
 *
 * It is called on the thread that does the work, by several threads at once, and the work waits for it: it must not
 * throw or jump out, and not call the engine. `user_data`, untouched, is its last argument, and must live until every
 * engine that was made of the options, and every queue of jobs of those, is freed.
 */
enum facekit_status facekit_engine_options_set_log(struct facekit_engine_options *options,
                                                   int32_t level,
                                                   facekit_log_callback callback,
                                                   void *user_data,
                                                   struct facekit_error **out_error);

/**
 * Copies a model, a file or a folder, into the first model folder of the options, once it was recognised and its
 * digest verified: engines that are made afterwards have it. It appears there whole or not at all.
 *
 * `out_models` gets a list of this one model; it may be NULL. `FACEKIT_STATUS_INVALID_PARAMETER` when the options have
 * no model folder, or there is something else of its name in it; `FACEKIT_STATUS_INVALID_MODEL` when it is no model
 * that facekit knows, or is damaged.
 */
enum facekit_status facekit_engine_options_install_model(const struct facekit_engine_options *options,
                                                         const char *path,
                                                         struct facekit_models **out_models,
                                                         struct facekit_error **out_error);

/**
 * Frees options.
 */
void facekit_engine_options_free(struct facekit_engine_options *options);

/**
 * Fills `out_limits`, which has `size` bytes (its sizeof), with the defaults.
 */
enum facekit_status facekit_limits_init(struct facekit_limits *out_limits, size_t size);

/**
 * Sets every limit at once; NULL `limits` are the default ones.
 */
enum facekit_status facekit_engine_options_set_limits(struct facekit_engine_options *options,
                                                      const struct facekit_limits *limits,
                                                      struct facekit_error **out_error);

/**
 * Fills `out_limits`, which has `size` bytes (its sizeof), with the limits of an engine.
 */
enum facekit_status facekit_engine_limits(const struct facekit_engine *engine,
                                          struct facekit_limits *out_limits,
                                          size_t size,
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
 * How many kinds of providers there are.
 */
size_t facekit_provider_count(void);

/**
 * The kind of provider at `index`, from 0, as `facekit_engine_options_add_provider` takes it, such as "cpu": a static
 * text; NULL when there is none. `facekit_engine_probe` tells whether it can be used here.
 */
const char *facekit_provider_name(size_t index);

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
 * The first model of a name, whatever its case; NULL when there is none.
 */
const struct facekit_model *facekit_models_find(const struct facekit_models *models,
                                                const char *name);

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
 * Loads the model that serves a role, such as "detector", so that the first call does not wait for it: the one of the
 * name or path `model`, or for NULL the best that is installed; of a diffusion model, every graph.
 *
 * Like any model it stays while the memory budget lasts. `FACEKIT_STATUS_UNSUPPORTED` for LoRAs and textual inversions,
 * which are read when a diffusion model runs with them.
 */
enum facekit_status facekit_engine_load_model(const struct facekit_engine *engine,
                                              const char *role,
                                              const char *model,
                                              struct facekit_error **out_error);

/**
 * Drops the models of the name `model`, or for NULL all, that no call uses; a call that needs one loads it again.
 *
 * `out_count` gets how many graphs have left memory; it may be NULL.
 */
enum facekit_status facekit_engine_unload_models(const struct facekit_engine *engine,
                                                 const char *model,
                                                 size_t *out_count,
                                                 struct facekit_error **out_error);

/**
 * Holds the digest of an installed model against the catalogue's: `FACEKIT_STATUS_INVALID_MODEL` when its file is
 * damaged or another version.
 *
 * `out_known` gets whether the catalogue knows a digest of it, without which nothing was compared; it may be NULL.
 */
enum facekit_status facekit_engine_verify_model(const struct facekit_engine *engine,
                                                const char *model,
                                                bool *out_known,
                                                struct facekit_error **out_error);

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
 * A GIF has 256 colours: other ones are mixed of them, and an alpha below 128 is transparent, any other opaque. A
 * JPEG has no alpha: the picture is laid on white. FACEKIT_STATUS_UNSUPPORTED for a side longer than the format
 * allows: 65 535 pixels for JPEG and GIF, 16 383 for WebP.
 */
enum facekit_status facekit_image_encode(const struct facekit_image *image,
                                         const struct facekit_encode_options *options,
                                         struct facekit_bytes **out_bytes,
                                         struct facekit_error **out_error);

/**
 * Encodes a picture and writes it to a file, whole or not at all. NULL `options` are the default ones, with the
 * format that the path ends with: .jpg, .jpeg, .png, .webp or .gif.
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
 * The format that the ending of a path names: .jpg, .jpeg, .png, .webp or .gif.
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
 * What numbers the points: "ibug-68", "wflw-98", "mesh-468" or "mesh-478"; NULL for NULL.
 */
const char *facekit_landmarks_scheme(const struct facekit_landmarks *landmarks);

/**
 * How many points there are; 0 for NULL.
 */
size_t facekit_landmarks_count(const struct facekit_landmarks *landmarks);

/**
 * The points, `facekit_landmarks_count` of them, in pixels of the picture; NULL for NULL.
 */
const struct facekit_point *facekit_landmarks_points(const struct facekit_landmarks *landmarks);

/**
 * How sure the landmarker is, 0 to 1; NAN when its family does not say; 0 for NULL.
 */
float facekit_landmarks_score(const struct facekit_landmarks *landmarks);

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
 * The dense landmarks of the face at `index`; NULL when there is no such face or none were asked for.
 */
const struct facekit_landmarks *facekit_detection_landmarks(const struct facekit_detection *detection,
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
enum facekit_status facekit_embed_params_init(struct facekit_embed_params *out_params, size_t size);

/**
 * Embeds the faces of a picture. NULL `params` are the default ones, and NULL `call` asks for nothing.
 *
 * A picture without a face is no error, except as for `facekit_detect`.
 */
enum facekit_status facekit_embed(const struct facekit_engine *engine,
                                  const struct facekit_image *image,
                                  const struct facekit_embed_params *params,
                                  const struct facekit_call *call,
                                  struct facekit_embedded **out_embedded,
                                  struct facekit_error **out_error);

/**
 * The name of the recognizer; NULL for NULL.
 */
const char *facekit_embedded_recognizer(const struct facekit_embedded *embedded);

/**
 * How many faces were found, kept and embedded; 0 for NULL.
 */
size_t facekit_embedded_face_count(const struct facekit_embedded *embedded);

/**
 * The face at `index`, from 0, in the order that was asked for; NULL when there is none.
 */
const struct facekit_face *facekit_embedded_face(const struct facekit_embedded *embedded,
                                                 size_t index);

/**
 * How many numbers the embedding of the face at `index` has; 0 when there is none.
 */
size_t facekit_embedded_length(const struct facekit_embedded *embedded, size_t index);

/**
 * What the recognizer put out for the face at `index`: `facekit_embedded_length` numbers; NULL when there is none.
 */
const float *facekit_embedded_raw(const struct facekit_embedded *embedded,
                                  size_t index);

/**
 * The same direction with a length of 1; NULL when there is none.
 */
const float *facekit_embedded_unit(const struct facekit_embedded *embedded, size_t index);

/**
 * How long the call took, in seconds; 0 for NULL.
 */
double facekit_embedded_inference_time(const struct facekit_embedded *embedded);

/**
 * Frees embedded faces.
 */
void facekit_embedded_free(struct facekit_embedded *embedded);

/**
 * Tells whether two pictures show one person, by the first face of each that the parameters select: as they stand,
 * the largest.
 *
 * FACEKIT_STATUS_NO_FACE when one of them shows none.
 */
enum facekit_status facekit_compare(const struct facekit_engine *engine,
                                    const struct facekit_image *a,
                                    const struct facekit_image *b,
                                    const struct facekit_embed_params *params,
                                    const struct facekit_call *call,
                                    struct facekit_comparison **out_comparison,
                                    struct facekit_error **out_error);

/**
 * Whether the pictures show one person, by the recognizer's own threshold; false for NULL.
 */
bool facekit_comparison_same(const struct facekit_comparison *comparison);

/**
 * The cosine of the angle between the two embeddings, -1 to 1; 0 for NULL.
 */
float facekit_comparison_similarity(const struct facekit_comparison *comparison);

/**
 * How far the two are from each other, 0 to 1, as `facekit_detect_params.reference_distance` counts; 0 for NULL.
 */
float facekit_comparison_distance(const struct facekit_comparison *comparison);

/**
 * The cosine from which the recognizer takes two faces for one person; 0 for NULL.
 */
float facekit_comparison_threshold(const struct facekit_comparison *comparison);

/**
 * The name of the recognizer; NULL for NULL.
 */
const char *facekit_comparison_recognizer(const struct facekit_comparison *comparison);

/**
 * The face that was compared, 0 for the first picture and 1 for the second; NULL for another index.
 */
const struct facekit_face *facekit_comparison_face(const struct facekit_comparison *comparison,
                                                   size_t index);

/**
 * Frees a comparison.
 */
void facekit_comparison_free(struct facekit_comparison *comparison);

/**
 * Fills `out_params`, which has `size` bytes (its sizeof), with the defaults.
 */
enum facekit_status facekit_mask_params_init(struct facekit_mask_params *out_params, size_t size);

/**
 * Fills `out_params`, which has `size` bytes (its sizeof), with the defaults.
 */
enum facekit_status facekit_face_mask_params_init(struct facekit_face_mask_params *out_params,
                                                  size_t size);

/**
 * Masks the faces of a picture, or parts of them. NULL `params` are the default ones, and NULL `call` asks for nothing.
 *
 * A picture without a face is an error: FACEKIT_STATUS_NO_FACE.
 */
enum facekit_status facekit_mask_faces(const struct facekit_engine *engine,
                                       const struct facekit_image *image,
                                       const struct facekit_face_mask_params *params,
                                       const struct facekit_call *call,
                                       struct facekit_face_mask **out_mask,
                                       struct facekit_error **out_error);

/**
 * Borrows the mask, which lives as long as `mask`: a picture of the input's size, white where a face is shown; NULL for
 * NULL.
 */
const struct facekit_image *facekit_face_mask_image(const struct facekit_face_mask *mask);

/**
 * How many faces were masked; 0 for NULL.
 */
size_t facekit_face_mask_face_count(const struct facekit_face_mask *mask);

/**
 * The masked face at `index`, from 0; NULL when there is none.
 */
const struct facekit_face *facekit_face_mask_face(const struct facekit_face_mask *mask,
                                                  size_t index);

/**
 * How long the call took, in seconds; 0 for NULL.
 */
double facekit_face_mask_inference_time(const struct facekit_face_mask *mask);

/**
 * Frees a mask.
 */
void facekit_face_mask_free(struct facekit_face_mask *mask);

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

/**
 * Fills `out_params`, which has `size` bytes (its sizeof), with the defaults.
 */
enum facekit_status facekit_diffusion_params_init(struct facekit_diffusion_params *out_params,
                                                  size_t size);

/**
 * Fills `out_params`, which has `size` bytes (its sizeof), with the defaults.
 */
enum facekit_status facekit_crop_params_init(struct facekit_crop_params *out_params, size_t size);

/**
 * Fills `out_params`, which has `size` bytes (its sizeof), with the defaults.
 */
enum facekit_status facekit_detail_params_init(struct facekit_detail_params *out_params,
                                               size_t size);

/**
 * Fills `out_params`, which has `size` bytes (its sizeof), with the defaults.
 */
enum facekit_status facekit_refine_params_init(struct facekit_refine_params *out_params,
                                               size_t size);

/**
 * Repaints the faces of a picture with a diffusion model, in more detail than they have. NULL `params` are the
 * default ones, and NULL `call` asks for nothing.
 *
 * Every pixel outside the faces is that of the input, unless the picture is enlarged. A picture without a face is
 * no error, except when one face is selected by its index or by a reference: FACEKIT_STATUS_NO_FACE. Without a
 * diffusion model FACEKIT_STATUS_MODEL_NOT_FOUND, unless `fallback` allows a restorer to stand in.
 */
enum facekit_status facekit_detail(const struct facekit_engine *engine,
                                   const struct facekit_image *image,
                                   const struct facekit_detail_params *params,
                                   const struct facekit_call *call,
                                   struct facekit_detailed **out_detailed,
                                   struct facekit_error **out_error);

/**
 * Repaints the faces in pixels of the caller, which stay as they are; the rest as `facekit_detail`.
 */
enum facekit_status facekit_detail_pixels(const struct facekit_engine *engine,
                                          const struct facekit_pixels *pixels,
                                          const struct facekit_detail_params *params,
                                          const struct facekit_call *call,
                                          struct facekit_detailed **out_detailed,
                                          struct facekit_error **out_error);

/**
 * Refines the faces of a picture with a diffusion model, from very subtly to extremely; the rest as
 * `facekit_detail`.
 */
enum facekit_status facekit_refine(const struct facekit_engine *engine,
                                   const struct facekit_image *image,
                                   const struct facekit_refine_params *params,
                                   const struct facekit_call *call,
                                   struct facekit_detailed **out_detailed,
                                   struct facekit_error **out_error);

/**
 * Refines the faces in pixels of the caller, which stay as they are; the rest as `facekit_refine`.
 */
enum facekit_status facekit_refine_pixels(const struct facekit_engine *engine,
                                          const struct facekit_pixels *pixels,
                                          const struct facekit_refine_params *params,
                                          const struct facekit_call *call,
                                          struct facekit_detailed **out_detailed,
                                          struct facekit_error **out_error);

/**
 * How many pictures were made: one for each sample, or one alone by a restorer; 0 for NULL.
 */
size_t facekit_detailed_image_count(const struct facekit_detailed *detailed);

/**
 * Borrows the picture at `index`, from 0, which lives as long as `detailed`; NULL when there is none.
 */
const struct facekit_image *facekit_detailed_image(const struct facekit_detailed *detailed,
                                                   size_t index);

/**
 * Encodes the picture at `index`, from 0, as the parameters ask: in their format and quality, and in base64 where
 * they want that. The bytes are the caller's.
 */
enum facekit_status facekit_detailed_file(const struct facekit_detailed *detailed,
                                          size_t index,
                                          struct facekit_bytes **out_bytes,
                                          struct facekit_error **out_error);

/**
 * What repainted the faces, a facekit_detail_engine; FACEKIT_DETAIL_ENGINE_DIFFUSION for NULL.
 */
int32_t facekit_detailed_engine(const struct facekit_detailed *detailed);

/**
 * The scheduler that stepped, a facekit_scheduler; -1 where no diffusion model repainted the faces, and for NULL.
 */
int32_t facekit_detailed_scheduler(const struct facekit_detailed *detailed);

/**
 * The seed of the picture at `index`, from 0; 0 where no seed was used.
 */
uint32_t facekit_detailed_seed(const struct facekit_detailed *detailed, size_t index);

/**
 * How many models made the pictures; 0 for NULL.
 */
size_t facekit_detailed_model_count(const struct facekit_detailed *detailed);

/**
 * The name of a model that made the pictures, from 0: detector, then those that painted; NULL when there is none.
 */
const char *facekit_detailed_model(const struct facekit_detailed *detailed,
                                   size_t index);

/**
 * How many faces were repainted; 0 for NULL.
 */
size_t facekit_detailed_face_count(const struct facekit_detailed *detailed);

/**
 * The repainted face at `index`, from 0, in pixels of the input; NULL when there is none.
 */
const struct facekit_face *facekit_detailed_face(const struct facekit_detailed *detailed,
                                                 size_t index);

/**
 * How long the call took, in seconds; 0 for NULL.
 */
double facekit_detailed_inference_time(const struct facekit_detailed *detailed);

/**
 * Frees a result.
 */
void facekit_detailed_free(struct facekit_detailed *detailed);

/**
 * Fills `out_params`, which has `size` bytes (its sizeof), with the defaults.
 */
enum facekit_status facekit_stylize_params_init(struct facekit_stylize_params *out_params,
                                                size_t size);

/**
 * Gives a picture one of six styles. NULL `params` are the default ones, and NULL `call` asks for nothing.
 *
 * `style_image` is the picture whose style a network of two inputs takes over, and otherwise NULL. The result is as
 * large as the input, but for a whole picture that diffusion made, which has the size that the model worked at; alpha
 * stays. With FACEKIT_STYLIZE_AREA_FACE every pixel outside the squares of the faces is that of the input. A picture
 * without a face is FACEKIT_STATUS_NO_FACE with that area or with diffusion, and no error otherwise.
 */
enum facekit_status facekit_stylize(const struct facekit_engine *engine,
                                    const struct facekit_image *image,
                                    const struct facekit_image *style_image,
                                    const struct facekit_stylize_params *params,
                                    const struct facekit_call *call,
                                    struct facekit_stylized **out_stylized,
                                    struct facekit_error **out_error);

/**
 * Stylizes a copy of the caller's pixels, which stay as they are; the rest as `facekit_stylize`.
 */
enum facekit_status facekit_stylize_pixels(const struct facekit_engine *engine,
                                           const struct facekit_pixels *pixels,
                                           const struct facekit_image *style_image,
                                           const struct facekit_stylize_params *params,
                                           const struct facekit_call *call,
                                           struct facekit_stylized **out_stylized,
                                           struct facekit_error **out_error);

/**
 * Borrows the picture, which lives as long as `stylized`; NULL for NULL, or when it was taken.
 */
const struct facekit_image *facekit_stylized_image(const struct facekit_stylized *stylized);

/**
 * Takes the picture out of the result: it is the caller's, and to be freed. NULL for NULL, or when it was taken.
 */
struct facekit_image *facekit_stylized_take_image(struct facekit_stylized *stylized);

/**
 * What gave the picture its style, a facekit_stylize_engine: never FACEKIT_STYLIZE_ENGINE_AUTO, but for NULL.
 */
int32_t facekit_stylized_engine(const struct facekit_stylized *stylized);

/**
 * The seed of the noise, asked for or drawn; -1 where no diffusion model ran, and for NULL.
 */
int64_t facekit_stylized_seed(const struct facekit_stylized *stylized);

/**
 * The scheduler that stepped, a facekit_scheduler; -1 where no diffusion model ran, and for NULL.
 */
int32_t facekit_stylized_scheduler(const struct facekit_stylized *stylized);

/**
 * How many models made the picture; 0 for NULL.
 */
size_t facekit_stylized_model_count(const struct facekit_stylized *stylized);

/**
 * The name of a model that made the picture, from 0; NULL when there is none.
 */
const char *facekit_stylized_model(const struct facekit_stylized *stylized, size_t index);

/**
 * How many notes there are: what the caller should know, such as parameters without effect; 0 for NULL.
 */
size_t facekit_stylized_note_count(const struct facekit_stylized *stylized);

/**
 * The note at `index`, from 0; NULL when there is none.
 */
const char *facekit_stylized_note(const struct facekit_stylized *stylized, size_t index);

/**
 * How many faces were chosen; 0 for NULL.
 */
size_t facekit_stylized_face_count(const struct facekit_stylized *stylized);

/**
 * The face at `index`, from 0, in pixels of the input; NULL when there is none.
 */
const struct facekit_face *facekit_stylized_face(const struct facekit_stylized *stylized,
                                                 size_t index);

/**
 * How long the call took, in seconds; 0 for NULL.
 */
double facekit_stylized_inference_time(const struct facekit_stylized *stylized);

/**
 * Frees a stylized picture.
 */
void facekit_stylized_free(struct facekit_stylized *stylized);

/**
 * Gives an encoded picture or animation of `len` bytes one of six styles; the rest as `facekit_stylize`.
 *
 * Every frame of an animation is stylized, with one palette for all; its size, delays and loop count stay. The format
 * is `file_type`, or the input's own; a BMP or TIFF becomes a PNG.
 */
enum facekit_status facekit_stylize_file(const struct facekit_engine *engine,
                                         const uint8_t *file,
                                         size_t len,
                                         const struct facekit_image *style_image,
                                         const struct facekit_stylize_params *params,
                                         const struct facekit_call *call,
                                         struct facekit_stylized_file **out_stylized,
                                         struct facekit_error **out_error);

/**
 * Borrows the bytes of the file, which live as long as `stylized`; NULL for NULL.
 */
const struct facekit_bytes *facekit_stylized_file_bytes(const struct facekit_stylized_file *stylized);

/**
 * The format of the file, a facekit_file_format; FACEKIT_FILE_FORMAT_JPEG for NULL.
 */
enum facekit_file_format facekit_stylized_file_format(const struct facekit_stylized_file *stylized);

/**
 * How many frames the file has, 1 for a still picture; 0 for NULL.
 */
uint32_t facekit_stylized_file_frame_count(const struct facekit_stylized_file *stylized);

/**
 * How many of the frames were searched for faces, which were followed in the others; 0 for NULL.
 */
uint32_t facekit_stylized_file_searched_frame_count(const struct facekit_stylized_file *stylized);

/**
 * How many different faces were chosen; 0 for NULL.
 */
size_t facekit_stylized_file_face_count(const struct facekit_stylized_file *stylized);

/**
 * What gave the file its style, a facekit_stylize_engine: never FACEKIT_STYLIZE_ENGINE_AUTO, but for NULL.
 */
int32_t facekit_stylized_file_engine(const struct facekit_stylized_file *stylized);

/**
 * The seed of the noise, asked for or drawn; -1 where no diffusion model ran, and for NULL.
 */
int64_t facekit_stylized_file_seed(const struct facekit_stylized_file *stylized);

/**
 * The scheduler that stepped, a facekit_scheduler; -1 where no diffusion model ran, and for NULL.
 */
int32_t facekit_stylized_file_scheduler(const struct facekit_stylized_file *stylized);

/**
 * How many models made the file; 0 for NULL.
 */
size_t facekit_stylized_file_model_count(const struct facekit_stylized_file *stylized);

/**
 * The name of a model that made the file, from 0; NULL when there is none.
 */
const char *facekit_stylized_file_model(const struct facekit_stylized_file *stylized, size_t index);

/**
 * How many notes there are: what the caller should know, such as parameters without effect; 0 for NULL.
 */
size_t facekit_stylized_file_note_count(const struct facekit_stylized_file *stylized);

/**
 * The note at `index`, from 0; NULL when there is none.
 */
const char *facekit_stylized_file_note(const struct facekit_stylized_file *stylized, size_t index);

/**
 * How long the call took, in seconds; 0 for NULL.
 */
double facekit_stylized_file_inference_time(const struct facekit_stylized_file *stylized);

/**
 * Frees a stylized file.
 */
void facekit_stylized_file_free(struct facekit_stylized_file *stylized);

/**
 * Fills `out_params`, which has `size` bytes (its sizeof), with the defaults.
 */
enum facekit_status facekit_swap_params_init(struct facekit_swap_params *out_params, size_t size);

/**
 * A list without a source; free it with `facekit_swap_sources_free`.
 */
struct facekit_swap_sources *facekit_swap_sources_new(void);

/**
 * Adds a person to put in, shown by `count` pictures, at least one.
 *
 * `replaces` is a picture of the person to be replaced; NULL for everyone whom no other source replaces, which one
 * source may be.
 */
enum facekit_status facekit_swap_sources_add(struct facekit_swap_sources *sources,
                                             const struct facekit_image *const *pictures,
                                             size_t count,
                                             const struct facekit_image *replaces,
                                             struct facekit_error **out_error);

/**
 * Frees a list of sources.
 */
void facekit_swap_sources_free(struct facekit_swap_sources *sources);

/**
 * Puts the faces of the sources into a picture. NULL `params` are the default ones, and NULL `call` asks for nothing.
 *
 * Every pixel outside the faces is that of the target. A source or a target without a face is an error:
 * FACEKIT_STATUS_NO_FACE.
 */
enum facekit_status facekit_swap(const struct facekit_engine *engine,
                                 const struct facekit_swap_sources *sources,
                                 const struct facekit_image *target,
                                 const struct facekit_swap_params *params,
                                 const struct facekit_call *call,
                                 struct facekit_swapped **out_swapped,
                                 struct facekit_error **out_error);

/**
 * Puts the faces of the sources into a copy of the caller's pixels, which stay as they are; the rest as
 * `facekit_swap`.
 */
enum facekit_status facekit_swap_pixels(const struct facekit_engine *engine,
                                        const struct facekit_swap_sources *sources,
                                        const struct facekit_pixels *target,
                                        const struct facekit_swap_params *params,
                                        const struct facekit_call *call,
                                        struct facekit_swapped **out_swapped,
                                        struct facekit_error **out_error);

/**
 * Puts the faces of the sources into an encoded picture or animation of `len` bytes; the rest as `facekit_swap`.
 *
 * The delays, the loop count and the frames without a face of an animation stay as they are; one in which no frame
 * shows a face is an error: FACEKIT_STATUS_NO_FACE.
 */
enum facekit_status facekit_swap_file(const struct facekit_engine *engine,
                                      const struct facekit_swap_sources *sources,
                                      const uint8_t *target,
                                      size_t len,
                                      const struct facekit_swap_params *params,
                                      const struct facekit_call *call,
                                      struct facekit_swapped_file **out_swapped,
                                      struct facekit_error **out_error);

/**
 * Borrows the picture, which lives as long as `swapped`; NULL for NULL, or when it was taken.
 */
const struct facekit_image *facekit_swapped_image(const struct facekit_swapped *swapped);

/**
 * Takes the picture out of the result: it is the caller's, and to be freed. NULL for NULL, or when it was taken.
 */
struct facekit_image *facekit_swapped_take_image(struct facekit_swapped *swapped);

/**
 * How many models made the picture; 0 for NULL.
 */
size_t facekit_swapped_model_count(const struct facekit_swapped *swapped);

/**
 * The name of a model that made the picture, from 0; NULL when there is none. `mesh` stands for the built-in engine.
 */
const char *facekit_swapped_model(const struct facekit_swapped *swapped,
                                  size_t index);

/**
 * How many faces were replaced; 0 for NULL.
 */
size_t facekit_swapped_face_count(const struct facekit_swapped *swapped);

/**
 * The face that was replaced at `index`, from 0; NULL when there is none.
 */
const struct facekit_face *facekit_swapped_face(const struct facekit_swapped *swapped,
                                                size_t index);

/**
 * How long the call took, in seconds; 0 for NULL.
 */
double facekit_swapped_inference_time(const struct facekit_swapped *swapped);

/**
 * Frees a swapped picture.
 */
void facekit_swapped_free(struct facekit_swapped *swapped);

/**
 * Borrows the bytes of the file, which live as long as `swapped`; NULL for NULL.
 */
const struct facekit_bytes *facekit_swapped_file_bytes(const struct facekit_swapped_file *swapped);

/**
 * The format of the file, a facekit_file_format; FACEKIT_FILE_FORMAT_JPEG for NULL.
 */
enum facekit_file_format facekit_swapped_file_format(const struct facekit_swapped_file *swapped);

/**
 * How many frames the file has, 1 for a still picture; 0 for NULL.
 */
uint32_t facekit_swapped_file_frame_count(const struct facekit_swapped_file *swapped);

/**
 * How many of the frames show a face that was replaced; 0 for NULL.
 */
uint32_t facekit_swapped_file_swapped_frame_count(const struct facekit_swapped_file *swapped);

/**
 * How many of the frames were searched for faces, which were followed in the others; 0 for NULL.
 */
uint32_t facekit_swapped_file_searched_frame_count(const struct facekit_swapped_file *swapped);

/**
 * How many models made the file; 0 for NULL.
 */
size_t facekit_swapped_file_model_count(const struct facekit_swapped_file *swapped);

/**
 * The name of a model that made the file, from 0; NULL when there is none.
 */
const char *facekit_swapped_file_model(const struct facekit_swapped_file *swapped, size_t index);

/**
 * How long the call took, in seconds; 0 for NULL.
 */
double facekit_swapped_file_inference_time(const struct facekit_swapped_file *swapped);

/**
 * Frees a swapped file.
 */
void facekit_swapped_file_free(struct facekit_swapped_file *swapped);

/**
 * Fills `out_params`, which has `size` bytes (its sizeof), with the defaults.
 */
enum facekit_status facekit_jobs_options_init(struct facekit_jobs_options *out_params, size_t size);

/**
 * Starts a queue and its threads; NULL `options` are the default ones.
 */
enum facekit_status facekit_jobs_new(const struct facekit_engine *engine,
                                     const struct facekit_jobs_options *options,
                                     struct facekit_jobs **out_jobs,
                                     struct facekit_error **out_error);

/**
 * The job with an id, as one more handle that is to be freed; FACEKIT_STATUS_JOB_NOT_FOUND for an id that was never
 * given, or a job that has expired.
 */
enum facekit_status facekit_jobs_find(const struct facekit_jobs *jobs,
                                      const char *id,
                                      struct facekit_job **out_job,
                                      struct facekit_error **out_error);

/**
 * How many jobs can be found: those that wait, run, or have ended and are kept; 0 for NULL.
 */
size_t facekit_jobs_count(const struct facekit_jobs *jobs);

/**
 * Cancels what waits and what runs, waits until the threads have stopped, and frees the queue, which no callback may
 * use from then on. On a thread of the queue itself, as in a callback, it does not wait for that one, which goes on
 * telling the log of the engine until the callback's job has ended.
 */
void facekit_jobs_free(struct facekit_jobs *jobs);

/**
 * The id of a job, a UUID, which lives as long as this handle; NULL for NULL.
 */
const char *facekit_job_id(const struct facekit_job *job);

/**
 * How far a job has come.
 */
enum facekit_status facekit_job_get_status(const struct facekit_job *job,
                                           struct facekit_job_status **out_status,
                                           struct facekit_error **out_error);

/**
 * Waits until a job has ended, however that is, and its completion has returned, for at most `seconds`; for ever where that is negative.
 *
 * FACEKIT_STATUS_TIMED_OUT when it has not; the job goes on. A wait of 0 seconds asks whether it has.
 */
enum facekit_status facekit_job_wait(const struct facekit_job *job,
                                     double seconds,
                                     struct facekit_error **out_error);

/**
 * Cancels a job: at once while it waits, else soon, also in the middle of a model run. One that has ended stays as
 * it is.
 */
enum facekit_status facekit_job_cancel(const struct facekit_job *job,
                                       struct facekit_error **out_error);

/**
 * Frees a handle of a job, which goes on.
 */
void facekit_job_free(struct facekit_job *job);

/**
 * Its pipeline, such as "restore", which tells what can be taken of it; NULL for NULL.
 */
const char *facekit_job_status_pipeline(const struct facekit_job_status *status);

/**
 * How far it has come, a facekit_job_state; -1 for NULL.
 */
int32_t facekit_job_status_state(const struct facekit_job_status *status);

/**
 * Its priority; 0 for NULL.
 */
int32_t facekit_job_status_priority(const struct facekit_job_status *status);

/**
 * The stage that runs, or ran last, such as "detect"; empty while it waits, and NULL for NULL.
 */
const char *facekit_job_status_stage(const struct facekit_job_status *status);

/**
 * The part of the job that is done, 0 to 1, which never falls; 0 for NULL.
 */
float facekit_job_status_fraction(const struct facekit_job_status *status);

/**
 * How many waiting jobs are before it; 0 for the next one, once it runs, and for NULL.
 */
size_t facekit_job_status_ahead(const struct facekit_job_status *status);

/**
 * Why it failed or was canceled; FACEKIT_STATUS_OK where it did neither, and for NULL.
 */
enum facekit_status facekit_job_status_error(const struct facekit_job_status *status);

/**
 * Why it failed or was canceled, as an error says it; NULL where it did neither, and for NULL.
 */
const char *facekit_job_status_message(const struct facekit_job_status *status);

/**
 * How many seconds it waited for a thread, or has waited so far; 0 for NULL.
 */
double facekit_job_status_waited(const struct facekit_job_status *status);

/**
 * How many seconds a thread ran it, or has run it so far; 0 for NULL.
 */
double facekit_job_status_ran(const struct facekit_job_status *status);

/**
 * How many seconds the pipeline took; 0 until the job has completed, and for NULL.
 */
double facekit_job_status_inference_time(const struct facekit_job_status *status);

/**
 * How many stages the pipeline had; 0 until the job has completed, and for NULL.
 */
size_t facekit_job_status_stage_count(const struct facekit_job_status *status);

/**
 * The name of the stage at `index`, from 0, in the order in which they first ran; NULL when there is none.
 */
const char *facekit_job_status_stage_name(const struct facekit_job_status *status,
                                          size_t index);

/**
 * How many seconds the stage at `index` took; 0 when there is none.
 */
double facekit_job_status_stage_time(const struct facekit_job_status *status, size_t index);

/**
 * Frees a status.
 */
void facekit_job_status_free(struct facekit_job_status *status);

/**
 * `facekit_detect` as a job: it is put into the line, and the call returns at once.
 *
 * Of the jobs that wait, the one with the highest `priority` runs first, and of equal ones who came first. The
 * picture is copied, and its copy freed when the job has run. The callbacks of `call` are called on the threads of the
 * queue, until the job has ended; its token may be freed before. The completion of a job that is canceled while it waits
 * is called on the thread that cancels it, frees the queue or submits the next job. `facekit_job_wait` returns after the
 * completion has. FACEKIT_STATUS_QUEUE_FULL when as many jobs wait as
 * may. What holds here holds for every job.
 */
enum facekit_status facekit_jobs_submit_detect(const struct facekit_jobs *jobs,
                                               const struct facekit_image *image,
                                               const struct facekit_detect_params *params,
                                               int32_t priority,
                                               const struct facekit_call *call,
                                               struct facekit_job **out_job,
                                               struct facekit_error **out_error);

/**
 * `facekit_embed` as a job; the rest as `facekit_jobs_submit_detect`.
 */
enum facekit_status facekit_jobs_submit_embed(const struct facekit_jobs *jobs,
                                              const struct facekit_image *image,
                                              const struct facekit_embed_params *params,
                                              int32_t priority,
                                              const struct facekit_call *call,
                                              struct facekit_job **out_job,
                                              struct facekit_error **out_error);

/**
 * `facekit_compare` as a job; the rest as `facekit_jobs_submit_detect`.
 */
enum facekit_status facekit_jobs_submit_compare(const struct facekit_jobs *jobs,
                                                const struct facekit_image *a,
                                                const struct facekit_image *b,
                                                const struct facekit_embed_params *params,
                                                int32_t priority,
                                                const struct facekit_call *call,
                                                struct facekit_job **out_job,
                                                struct facekit_error **out_error);

/**
 * `facekit_mask` as a job; the rest as `facekit_jobs_submit_detect`.
 */
enum facekit_status facekit_jobs_submit_mask(const struct facekit_jobs *jobs,
                                             const struct facekit_image *image,
                                             const struct facekit_face_mask_params *params,
                                             int32_t priority,
                                             const struct facekit_call *call,
                                             struct facekit_job **out_job,
                                             struct facekit_error **out_error);

/**
 * `facekit_restore` as a job; the rest as `facekit_jobs_submit_detect`.
 */
enum facekit_status facekit_jobs_submit_restore(const struct facekit_jobs *jobs,
                                                const struct facekit_image *image,
                                                const struct facekit_restore_params *params,
                                                int32_t priority,
                                                const struct facekit_call *call,
                                                struct facekit_job **out_job,
                                                struct facekit_error **out_error);

/**
 * `facekit_detail` as a job; the rest as `facekit_jobs_submit_detect`.
 */
enum facekit_status facekit_jobs_submit_detail(const struct facekit_jobs *jobs,
                                               const struct facekit_image *image,
                                               const struct facekit_detail_params *params,
                                               int32_t priority,
                                               const struct facekit_call *call,
                                               struct facekit_job **out_job,
                                               struct facekit_error **out_error);

/**
 * `facekit_refine` as a job; the rest as `facekit_jobs_submit_detect`.
 */
enum facekit_status facekit_jobs_submit_refine(const struct facekit_jobs *jobs,
                                               const struct facekit_image *image,
                                               const struct facekit_refine_params *params,
                                               int32_t priority,
                                               const struct facekit_call *call,
                                               struct facekit_job **out_job,
                                               struct facekit_error **out_error);

/**
 * `facekit_stylize` as a job; the rest as `facekit_jobs_submit_detect`.
 */
enum facekit_status facekit_jobs_submit_stylize(const struct facekit_jobs *jobs,
                                                const struct facekit_image *image,
                                                const struct facekit_image *style_image,
                                                const struct facekit_stylize_params *params,
                                                int32_t priority,
                                                const struct facekit_call *call,
                                                struct facekit_job **out_job,
                                                struct facekit_error **out_error);

/**
 * `facekit_stylize_file` as a job; the rest as `facekit_jobs_submit_detect`.
 */
enum facekit_status facekit_jobs_submit_stylize_file(const struct facekit_jobs *jobs,
                                                     const uint8_t *file,
                                                     size_t len,
                                                     const struct facekit_image *style_image,
                                                     const struct facekit_stylize_params *params,
                                                     int32_t priority,
                                                     const struct facekit_call *call,
                                                     struct facekit_job **out_job,
                                                     struct facekit_error **out_error);

/**
 * `facekit_swap` as a job; the rest as `facekit_jobs_submit_detect`.
 */
enum facekit_status facekit_jobs_submit_swap(const struct facekit_jobs *jobs,
                                             const struct facekit_swap_sources *sources,
                                             const struct facekit_image *target,
                                             const struct facekit_swap_params *params,
                                             int32_t priority,
                                             const struct facekit_call *call,
                                             struct facekit_job **out_job,
                                             struct facekit_error **out_error);

/**
 * `facekit_swap_file` as a job; the rest as `facekit_jobs_submit_detect`.
 */
enum facekit_status facekit_jobs_submit_swap_file(const struct facekit_jobs *jobs,
                                                  const struct facekit_swap_sources *sources,
                                                  const uint8_t *target,
                                                  size_t len,
                                                  const struct facekit_swap_params *params,
                                                  int32_t priority,
                                                  const struct facekit_call *call,
                                                  struct facekit_job **out_job,
                                                  struct facekit_error **out_error);

/**
 * Takes the result of a detection, which then is no longer kept.
 *
 * The status and the error are those of the pipeline where the job failed, and FACEKIT_STATUS_CANCELED where it was
 * canceled. FACEKIT_STATUS_INVALID_PARAMETER while it has not ended, and for the job of another pipeline, whose result
 * stays; FACEKIT_STATUS_JOB_NOT_FOUND when the result was taken before or has expired.
 */
enum facekit_status facekit_job_take_detection(const struct facekit_job *job,
                                               struct facekit_detection **out_detection,
                                               struct facekit_error **out_error);

/**
 * Takes the result of an embedding; the rest as `facekit_job_take_detection`.
 */
enum facekit_status facekit_job_take_embedded(const struct facekit_job *job,
                                              struct facekit_embedded **out_embedded,
                                              struct facekit_error **out_error);

/**
 * Takes the result of a comparison; the rest as `facekit_job_take_detection`.
 */
enum facekit_status facekit_job_take_comparison(const struct facekit_job *job,
                                                struct facekit_comparison **out_comparison,
                                                struct facekit_error **out_error);

/**
 * Takes the result of a mask; the rest as `facekit_job_take_detection`.
 */
enum facekit_status facekit_job_take_mask(const struct facekit_job *job,
                                          struct facekit_face_mask **out_mask,
                                          struct facekit_error **out_error);

/**
 * Takes the result of a restoration; the rest as `facekit_job_take_detection`.
 */
enum facekit_status facekit_job_take_restored(const struct facekit_job *job,
                                              struct facekit_restored **out_restored,
                                              struct facekit_error **out_error);

/**
 * Takes the result of a repainting or a refinement; the rest as `facekit_job_take_detection`.
 */
enum facekit_status facekit_job_take_detailed(const struct facekit_job *job,
                                              struct facekit_detailed **out_detailed,
                                              struct facekit_error **out_error);

/**
 * Takes the result of a stylization; the rest as `facekit_job_take_detection`.
 */
enum facekit_status facekit_job_take_stylized(const struct facekit_job *job,
                                              struct facekit_stylized **out_stylized,
                                              struct facekit_error **out_error);

/**
 * Takes the result of a stylization of a file; the rest as `facekit_job_take_detection`.
 */
enum facekit_status facekit_job_take_stylized_file(const struct facekit_job *job,
                                                   struct facekit_stylized_file **out_stylized_file,
                                                   struct facekit_error **out_error);

/**
 * Takes the result of a swap; the rest as `facekit_job_take_detection`.
 */
enum facekit_status facekit_job_take_swapped(const struct facekit_job *job,
                                             struct facekit_swapped **out_swapped,
                                             struct facekit_error **out_error);

/**
 * Takes the result of a swap in a file; the rest as `facekit_job_take_detection`.
 */
enum facekit_status facekit_job_take_swapped_file(const struct facekit_job *job,
                                                  struct facekit_swapped_file **out_swapped_file,
                                                  struct facekit_error **out_error);

/**
 * How many values the enum `kind`, a facekit_enum, has: they count from 0 without a gap. 0 for what is no enum.
 */
size_t facekit_enum_count(int32_t kind);

/**
 * The word of JSON and of the command line for a value of the enum `kind`, a facekit_enum, such as "left-right" for
 * `FACEKIT_ORDER_LEFT_RIGHT`: a static text; NULL for what is no enum or no value of it.
 */
const char *facekit_enum_name(int32_t kind,
                              int32_t value);

/**
 * The value of the enum `kind`, a facekit_enum, that a word of JSON or of the command line names, in any case and with
 * spaces, hyphens or underscores. `FACEKIT_STATUS_INVALID_PARAMETER`, with the words that there are, for another.
 */
enum facekit_status facekit_enum_from_name(int32_t kind,
                                           const char *name,
                                           int32_t *out_value,
                                           struct facekit_error **out_error);

/**
 * The text, which lives as long as its handle; NULL for NULL.
 */
const char *facekit_text_data(const struct facekit_text *text);

/**
 * How many bytes the text has, without the zero byte at its end; 0 for NULL.
 */
size_t facekit_text_len(const struct facekit_text *text);

/**
 * Frees a text.
 */
void facekit_text_free(struct facekit_text *text);

/**
 * Runs a request in JSON, which names the pipeline, its pictures, its parameters and its output, and gives the answer
 * in JSON, on one line. NULL `call` asks for nothing.
 *
 * `{"pipeline": "restore", "image": "photo.jpg", "params": {"upscale": 2}, "output": "out.png"}`: pictures are
 * paths, file: URIs or data: URIs, and without `output` the answer holds the picture as a data: URI. docs/json.md
 * describes every field.
 */
enum facekit_status facekit_run_json(const struct facekit_engine *engine,
                                     const char *request,
                                     const struct facekit_call *call,
                                     struct facekit_text **out_answer,
                                     struct facekit_error **out_error);

/**
 * `facekit_run_json` as a job: the request is read, its pictures too, and put into the line. `facekit_job_take_json`
 * writes its output and gives the answer; the rest as `facekit_jobs_submit_detect`.
 */
enum facekit_status facekit_jobs_submit_json(const struct facekit_jobs *jobs,
                                             const char *request,
                                             int32_t priority,
                                             const struct facekit_call *call,
                                             struct facekit_job **out_job,
                                             struct facekit_error **out_error);

/**
 * Takes the result of any job as the answer of `facekit_run_json`, its output written; of a job that was not
 * submitted in JSON, the answer holds the pictures as data: URIs. The rest as `facekit_job_take_detection`.
 */
enum facekit_status facekit_job_take_json(const struct facekit_job *job,
                                          struct facekit_text **out_answer,
                                          struct facekit_error **out_error);

/**
 * Answers the body of a hosted API, `api`: "face-detailer", "face-to-many", "face-refiner" or "faceswap".
 *
 * The body is taken as it is written for that API, with paths, file: URIs or data: URIs in the place of URLs, and
 * the answer has the fields that the API answers with. The pictures of the result go into `folder`, or, where that is
 * NULL or the body asks for base64, into the answer. NULL `call` asks for nothing. docs/json.md describes every field.
 */
enum facekit_status facekit_run_hosted(const struct facekit_engine *engine,
                                       const char *api,
                                       const char *body,
                                       const char *folder,
                                       const struct facekit_call *call,
                                       struct facekit_text **out_answer,
                                       struct facekit_error **out_error);

/**
 * An error as JSON, on one line: what stands in the place of an answer when the call failed.
 *
 * `{"status": "failed", "error": {"kind": "no-face", "code": 5, "status": 422, "message": "…"}}`: the status is
 * "canceled" for FACEKIT_STATUS_CANCELED, and that of the error the one that a hosted API answers with over HTTP.
 */
enum facekit_status facekit_error_json(const struct facekit_error *error,
                                       struct facekit_text **out_answer,
                                       struct facekit_error **out_error);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* FACEKIT_H */
