/* A client in C99 of every function of facekit.h: what works, and what a caller may get wrong.
 * Usage: client PHOTO SCRATCH_FOLDER. Says nothing and returns 0 when all is well. */
#include "check.h"

#include <math.h>
#include <stdlib.h>

static void versions(void) {
    CHECK(strcmp(facekit_version(), FACEKIT_VERSION) == 0);
    CHECK(facekit_version_number() == FACEKIT_VERSION_NUMBER);
}

/* Each `_free` and each getter takes NULL. */
static void null_handles(void) {
    CHECK(facekit_error_status(NULL) == FACEKIT_STATUS_OK);
    CHECK(facekit_error_message(NULL) == NULL);
    CHECK(!facekit_cancel_token_is_canceled(NULL));
    CHECK(facekit_engine_runtime_version(NULL) == NULL);
    CHECK(facekit_engine_runtime_path(NULL) == NULL);
    CHECK(facekit_models_count(NULL) == 0);
    CHECK(facekit_models_get(NULL, 0) == NULL);
    CHECK(facekit_models_problem_count(NULL) == 0);
    CHECK(facekit_models_problem(NULL, 0) == NULL);
    CHECK(facekit_image_width(NULL) == 0);
    CHECK(facekit_image_height(NULL) == 0);
    CHECK(facekit_image_format(NULL) == FACEKIT_PIXEL_FORMAT_RGB);
    CHECK(facekit_bytes_data(NULL) == NULL);
    CHECK(facekit_bytes_len(NULL) == 0);
    CHECK(facekit_detection_width(NULL) == 0);
    CHECK(facekit_detection_height(NULL) == 0);
    CHECK(facekit_detection_model(NULL) == NULL);
    CHECK(facekit_detection_face_count(NULL) == 0);
    CHECK(facekit_detection_face(NULL, 0) == NULL);
    CHECK(facekit_detection_inference_time(NULL) == 0.0);
    CHECK(facekit_restored_image(NULL) == NULL);
    CHECK(facekit_restored_take_image(NULL) == NULL);
    CHECK(facekit_restored_model_count(NULL) == 0);
    CHECK(facekit_restored_model(NULL, 0) == NULL);
    CHECK(facekit_restored_face_count(NULL) == 0);
    CHECK(facekit_restored_face(NULL, 0) == NULL);
    CHECK(facekit_restored_inference_time(NULL) == 0.0);
    facekit_error_free(NULL);
    facekit_cancel_token_free(NULL);
    facekit_engine_options_free(NULL);
    facekit_engine_free(NULL);
    facekit_models_free(NULL);
    facekit_image_free(NULL);
    facekit_bytes_free(NULL);
    facekit_detection_free(NULL);
    facekit_restored_free(NULL);
}

static void options(const char *scratch) {
    facekit_error *error = NULL;
    facekit_engine *engine = NULL;
    facekit_engine_options *options = facekit_engine_options_new();
    const char *latin1 = "caf\xe9";

    FAILS(facekit_engine_options_set_runtime(NULL, "x", &error), INVALID, "`options` is NULL");
    FAILS(facekit_engine_options_set_runtime(options, NULL, &error), INVALID, "`path` is NULL");
    FAILS(facekit_engine_options_set_runtime(options, latin1, &error), INVALID, "not UTF-8");
    FAILS(facekit_engine_options_add_models(options, NULL, &error), INVALID, "`folder` is NULL");
    FAILS(facekit_engine_options_set_graph_cache(options, NULL, &error), INVALID, "`folder` is NULL");
    FAILS(facekit_engine_options_allow_license(options, NULL, &error), INVALID, "`name` is NULL");
    FAILS(facekit_engine_options_add_provider(options, NULL, &error), INVALID, "`provider` is NULL");
    FAILS(facekit_engine_options_add_provider(options, "abacus", &error), INVALID, "abacus");
    FAILS(facekit_engine_options_set_strict(NULL, true, &error), INVALID, "`options` is NULL");
    CHECK(facekit_engine_options_set_threads(NULL, 1, NULL) == INVALID);

    WORKS(facekit_engine_options_set_runtime(options, scratch, &error));
    FAILS(facekit_engine_new(options, &engine, &error), FACEKIT_STATUS_RUNTIME_UNAVAILABLE, scratch);
    CHECK(engine == NULL);
    FAILS(facekit_engine_new(NULL, NULL, &error), INVALID, "`out_engine` is NULL");
    facekit_engine_options_free(options);
}

static facekit_engine *make_engine(const char *scratch) {
    facekit_error *error = NULL;
    facekit_engine *engine = NULL;
    facekit_engine_options *options = facekit_engine_options_new();
    WORKS(facekit_engine_options_add_models(options, "no/such/folder", &error));
    WORKS(facekit_engine_options_set_embedded(options, true, &error));
    WORKS(facekit_engine_options_add_provider(options, "cpu", &error));
    WORKS(facekit_engine_options_set_strict(options, true, &error));
    WORKS(facekit_engine_options_set_threads(options, 1, &error));
    WORKS(facekit_engine_options_set_parallel_runs(options, 2, &error));
    WORKS(facekit_engine_options_set_memory_budget(options, 1 << 30, &error));
    WORKS(facekit_engine_options_set_graph_cache(options, scratch, &error));
    WORKS(facekit_engine_options_allow_license(options, "AGPL-3.0-only", &error));
    WORKS(facekit_engine_options_set_max_bytes(options, 64 << 20, &error));
    WORKS(facekit_engine_options_set_max_pixels(options, 10000000, &error));
    WORKS(facekit_engine_options_set_max_frames(options, 10, &error));
    WORKS(facekit_engine_options_set_max_animation_pixels(options, 10000000, &error));
    WORKS(facekit_engine_options_set_max_faces(options, 10, &error));
    WORKS(facekit_engine_new(options, &engine, &error));
    facekit_engine_options_free(options);
    return engine;
}

static void engine_and_models(const facekit_engine *engine) {
    facekit_error *error = NULL;
    facekit_models *models = NULL;
    size_t i, embedded = 0, missing = 0;

    CHECK(strchr(facekit_engine_runtime_version(engine), '.') != NULL);
    CHECK(strstr(facekit_engine_runtime_path(engine), "onnxruntime") != NULL);
    WORKS(facekit_engine_probe(engine, "cpu", &error));
    FAILS(facekit_engine_probe(engine, "abacus", &error), INVALID, "abacus");
    FAILS(facekit_engine_probe(engine, NULL, &error), INVALID, "`provider` is NULL");
    FAILS(facekit_engine_probe(NULL, "cpu", &error), INVALID, "`engine` is NULL");
    FAILS(facekit_engine_probe(engine, "cuda:99", &error), FACEKIT_STATUS_PROVIDER_UNAVAILABLE, "");

    FAILS(facekit_engine_models(NULL, &models, &error), INVALID, "`engine` is NULL");
    FAILS(facekit_engine_models(engine, NULL, &error), INVALID, "`out_models` is NULL");
    WORKS(facekit_engine_models(engine, &models, &error));
    for (i = 0; i < facekit_models_count(models); i++) {
        const facekit_model *model = facekit_models_get(models, i);
        CHECK(strlen(model->name) > 0 && strlen(model->role) > 0 && strlen(model->family) > 0);
        CHECK(strlen(model->license) > 0 && model->refused_providers == NULL);
        CHECK((model->path != NULL) == (model->availability == FACEKIT_AVAILABILITY_INSTALLED));
        CHECK((model->how_to_get != NULL) == (model->availability == FACEKIT_AVAILABILITY_MISSING));
        embedded += model->availability == FACEKIT_AVAILABILITY_EMBEDDED;
        missing += model->availability == FACEKIT_AVAILABILITY_MISSING;
        if (model->is_default && strcmp(model->role, "detector") == 0) {
            CHECK(model->allowed && model->provider != NULL && strcmp(model->provider, "cpu") == 0);
            CHECK(model->runs > 0 && model->run_time > 0);
        }
    }
    CHECK(embedded > 0 && missing > 0);
    CHECK(facekit_models_get(models, i) == NULL);
    CHECK(facekit_models_problem_count(models) == 1);
    CHECK(strstr(facekit_models_problem(models, 0), "no/such/folder") != NULL);
    CHECK(facekit_models_problem(models, 1) == NULL);
    facekit_models_free(models);
}

static void broken_pixels(void) {
    static const uint8_t data[16] = {0};
    facekit_error *error = NULL;
    facekit_image *image = NULL;
    facekit_pixels good, pixels;
    good.data = data;
    good.width = 2;
    good.height = 2;
    good.stride = 6;
    good.format = FACEKIT_PIXEL_FORMAT_BGR;

    FAILS(facekit_image_from_pixels(NULL, &image, &error), INVALID, "`pixels` is NULL");
    FAILS(facekit_image_from_pixels(&good, NULL, &error), INVALID, "`out_image` is NULL");
    pixels = good, pixels.data = NULL;
    FAILS(facekit_image_from_pixels(&pixels, &image, &error), INVALID, "`pixels.data` is NULL");
    pixels = good, pixels.width = 0;
    FAILS(facekit_image_from_pixels(&pixels, &image, &error), INVALID, "no pixels");
    pixels = good, pixels.height = 0;
    FAILS(facekit_image_from_pixels(&pixels, &image, &error), INVALID, "no pixels");
    pixels = good, pixels.stride = 5;
    FAILS(facekit_image_from_pixels(&pixels, &image, &error), INVALID, "stride of 5");
    pixels = good, pixels.stride = 0;
    FAILS(facekit_image_from_pixels(&pixels, &image, &error), INVALID, "stride of 0");
    pixels = good, pixels.stride = SIZE_MAX;
    FAILS(facekit_image_from_pixels(&pixels, &image, &error), INVALID, "larger than memory");
    pixels = good, pixels.stride = SIZE_MAX / 2;
    FAILS(facekit_image_from_pixels(&pixels, &image, &error), INVALID, "cannot have");
    pixels = good, pixels.format = -1;
    FAILS(facekit_image_from_pixels(&pixels, &image, &error), INVALID, "no facekit_pixel_format");
    pixels = good, pixels.format = 5;
    FAILS(facekit_image_from_pixels(&pixels, &image, &error), INVALID, "no facekit_pixel_format");
    CHECK(image == NULL);
}

static void images(const facekit_engine *engine, const char *photo, const char *scratch) {
    static const uint8_t bgra[] = {3, 2, 1, 255, 6, 5, 4, 128, 0, 0, 0, 0, 9, 8, 7, 255, 12, 11, 10, 0};
    facekit_error *error = NULL;
    facekit_image *image = NULL, *copy = NULL;
    facekit_bytes *bytes = NULL;
    facekit_pixels pixels;
    facekit_encode_options encode;
    facekit_file_format format = FACEKIT_FILE_FORMAT_JPEG;
    char path[1024];

    FAILS(facekit_image_open(NULL, "no-such-file.png", &image, &error), FACEKIT_STATUS_IO, "no-such-file.png");
    FAILS(facekit_image_open(NULL, "http://localhost/a.png", &image, &error), FACEKIT_STATUS_UNSUPPORTED, "http");
    FAILS(facekit_image_open(NULL, "data:,no%20picture", &image, &error), FACEKIT_STATUS_INVALID_PICTURE, "");
    FAILS(facekit_image_open(NULL, NULL, &image, &error), INVALID, "`path` is NULL");
    FAILS(facekit_image_open(NULL, photo, NULL, &error), INVALID, "`out_image` is NULL");
    FAILS(facekit_image_decode(engine, NULL, 3, &image, &error), INVALID, "`data` is NULL");
    FAILS(facekit_image_decode(engine, bgra, SIZE_MAX, &image, &error), INVALID, "`data`");
    FAILS(facekit_image_decode(engine, NULL, 0, &image, &error), FACEKIT_STATUS_INVALID_PICTURE, "empty");
    FAILS(facekit_image_decode(NULL, bgra, sizeof bgra, &image, &error), FACEKIT_STATUS_INVALID_PICTURE, "");
    CHECK(facekit_image_decode(engine, bgra, sizeof bgra, &image, NULL) == FACEKIT_STATUS_INVALID_PICTURE);
    CHECK(image == NULL);
    broken_pixels();

    /* Rows of 12 bytes of which 8 are pixels; the last row ends with its last pixel. */
    pixels.data = bgra;
    pixels.width = 2;
    pixels.height = 2;
    pixels.stride = 12;
    pixels.format = FACEKIT_PIXEL_FORMAT_BGRA;
    WORKS(facekit_image_from_pixels(&pixels, &image, &error));
    CHECK(facekit_image_width(image) == 2 && facekit_image_height(image) == 2);
    CHECK(facekit_image_format(image) == FACEKIT_PIXEL_FORMAT_RGBA);
    WORKS(facekit_image_view(image, &pixels, &error));
    CHECK(pixels.width == 2 && pixels.height == 2 && pixels.stride == 8);
    CHECK(pixels.format == FACEKIT_PIXEL_FORMAT_RGBA);
    CHECK(memcmp(pixels.data, "\1\2\3\377\4\5\6\200\7\10\11\377\12\13\14\0", 16) == 0);
    FAILS(facekit_image_view(NULL, &pixels, &error), INVALID, "`image` is NULL");
    FAILS(facekit_image_view(image, NULL, &error), INVALID, "`out_pixels` is NULL");

    CHECK(facekit_encode_options_init(&encode, sizeof encode) == FACEKIT_STATUS_OK);
    CHECK(encode.struct_size == sizeof encode && encode.quality == 95);
    CHECK(encode.format == FACEKIT_FILE_FORMAT_JPEG);
    CHECK(facekit_encode_options_init(NULL, sizeof encode) == INVALID);
    CHECK(facekit_encode_options_init(&encode, 3) == INVALID);
    encode.format = FACEKIT_FILE_FORMAT_PNG;
    WORKS(facekit_image_encode(image, &encode, &bytes, &error));
    CHECK(facekit_bytes_len(bytes) > 8 && memcmp(facekit_bytes_data(bytes), "\211PNG", 4) == 0);
    WORKS(facekit_image_decode(engine, facekit_bytes_data(bytes), facekit_bytes_len(bytes), &copy, &error));
    facekit_bytes_free(bytes);
    bytes = NULL;
    {
        facekit_pixels again;
        WORKS(facekit_image_view(copy, &again, &error));
        CHECK(memcmp(pixels.data, again.data, 16) == 0);
    }
    facekit_image_free(copy);

    encode.format = 4;
    FAILS(facekit_image_encode(image, &encode, &bytes, &error), INVALID, "no facekit_file_format");
    encode.format = FACEKIT_FILE_FORMAT_WEBP;
    encode.quality = 9;
    FAILS(facekit_image_encode(image, &encode, &bytes, &error), INVALID, "quality");
    encode.quality = -1;
    FAILS(facekit_image_encode(image, &encode, &bytes, &error), INVALID, "quality");
    encode.struct_size = 1;
    FAILS(facekit_image_encode(image, &encode, &bytes, &error), INVALID, "facekit_encode_options_init");
    FAILS(facekit_image_encode(NULL, NULL, &bytes, &error), INVALID, "`image` is NULL");
    FAILS(facekit_image_encode(image, NULL, NULL, &error), INVALID, "`out_bytes` is NULL");
    CHECK(bytes == NULL);
    WORKS(facekit_image_encode(image, NULL, &bytes, &error));
    CHECK(facekit_bytes_len(bytes) > 2 && facekit_bytes_data(bytes)[0] == 0xff);
    facekit_bytes_free(bytes);

    snprintf(path, sizeof path, "%s/saved.webp", scratch);
    WORKS(facekit_image_save(image, path, NULL, &error));
    CHECK(facekit_encode_options_init(&encode, sizeof encode) == FACEKIT_STATUS_OK);
    WORKS(facekit_image_save(image, path, &encode, &error));
    FAILS(facekit_image_save(image, "picture.xyz", NULL, &error), INVALID, "picture.xyz");
    FAILS(facekit_image_save(image, NULL, NULL, &error), INVALID, "`path` is NULL");
    FAILS(facekit_image_save(NULL, path, NULL, &error), INVALID, "`image` is NULL");
    FAILS(facekit_image_save(image, "no/such/folder/a.png", NULL, &error), FACEKIT_STATUS_IO, "no/such/folder");
    facekit_image_free(image);

    WORKS(facekit_file_format_from_path("a.WEBP", &format, &error));
    CHECK(format == FACEKIT_FILE_FORMAT_WEBP);
    FAILS(facekit_file_format_from_path("a", &format, &error), INVALID, "a names no format");
    FAILS(facekit_file_format_from_path(NULL, &format, &error), INVALID, "`path` is NULL");
    FAILS(facekit_file_format_from_path("a.png", NULL, &error), INVALID, "`out_format` is NULL");
}

static void limits(const char *photo) {
    facekit_error *error = NULL;
    facekit_engine *engine = NULL;
    facekit_image *image = NULL;
    facekit_engine_options *options = facekit_engine_options_new();
    WORKS(facekit_engine_options_set_max_pixels(options, 1000, &error));
    WORKS(facekit_engine_new(options, &engine, &error));
    FAILS(facekit_image_open(engine, photo, &image, &error), FACEKIT_STATUS_LIMIT_EXCEEDED, "1000");
    facekit_engine_free(engine);
    facekit_engine_options_free(options);
}

static void detection(const facekit_engine *engine, const facekit_image *photo) {
    static const uint32_t turns[] = {0, 90, 180, 270, 0};
    facekit_error *error = NULL;
    facekit_detection *detection = NULL;
    facekit_detect_params params;
    facekit_pixels pixels;
    const facekit_face *face;
    struct {
        facekit_detect_params params;
        uint64_t added;
    } newer;

    CHECK(facekit_detect_params_init(NULL, sizeof params) == INVALID);
    CHECK(facekit_detect_params_init(&params, 0) == INVALID);
    CHECK(facekit_detect_params_init(&params, sizeof params - 1) == INVALID);
    CHECK(facekit_detect_params_init(&params, sizeof params) == FACEKIT_STATUS_OK);
    CHECK(params.struct_size == sizeof params && params.detector == NULL);
    CHECK(isnan(params.score_threshold) && isnan(params.nms_threshold));
    CHECK(params.angles_count == 1 && params.angles[0] == 0);
    CHECK(params.order == FACEKIT_ORDER_LARGE_SMALL && params.select == FACEKIT_SELECT_MANY);

    WORKS(facekit_detect(engine, photo, &params, NULL, &detection, &error));
    CHECK(facekit_detection_width(detection) == facekit_image_width(photo));
    CHECK(facekit_detection_height(detection) == facekit_image_height(photo));
    CHECK(strlen(facekit_detection_model(detection)) > 0);
    CHECK(facekit_detection_inference_time(detection) > 0.0);
    CHECK(facekit_detection_face_count(detection) == 1);
    CHECK(facekit_detection_face(detection, 1) == NULL);
    face = facekit_detection_face(detection, 0);
    CHECK(face->score > 0.5f && face->score <= 1.0f && face->has_points);
    CHECK(face->rect.width > 50.0f && face->rect.height > 50.0f);
    CHECK(face->points[0].x < face->points[1].x && face->points[0].y < face->points[3].y);
    CHECK(face->points[2].x > face->rect.x && face->points[2].x < face->rect.x + face->rect.width);

    {
        facekit_detection *borrowed = NULL;
        WORKS(facekit_image_view(photo, &pixels, &error));
        WORKS(facekit_detect_pixels(engine, &pixels, NULL, NULL, &borrowed, &error));
        CHECK(memcmp(facekit_detection_face(borrowed, 0), face, sizeof face->rect) == 0);
        facekit_detection_free(borrowed);
    }
    facekit_detection_free(detection);
    detection = NULL;

    params.angles = turns, params.angles_count = 4, params.score_threshold = 0.6f;
    WORKS(facekit_detect(engine, photo, &params, NULL, &detection, &error));
    facekit_detection_free(detection);
    detection = NULL;
    params.angles_count = 5;
    FAILS(facekit_detect(engine, photo, &params, NULL, &detection, &error), INVALID, "`angles_count` is 5");
    params.angles_count = 0;
    FAILS(facekit_detect(engine, photo, &params, NULL, &detection, &error), INVALID, "`angles`");
    params.angles = NULL, params.angles_count = 1;
    FAILS(facekit_detect(engine, photo, &params, NULL, &detection, &error), INVALID, "`angles` is NULL");
    CHECK(facekit_detect_params_init(&params, sizeof params) == FACEKIT_STATUS_OK);

    params.order = 8;
    FAILS(facekit_detect(engine, photo, &params, NULL, &detection, &error), INVALID, "no facekit_order");
    params.order = FACEKIT_ORDER_BEST_WORST, params.select = -7;
    FAILS(facekit_detect(engine, photo, &params, NULL, &detection, &error), INVALID, "no facekit_select");
    params.select = FACEKIT_SELECT_INDEX, params.index = 5;
    FAILS(facekit_detect(engine, photo, &params, NULL, &detection, &error), FACEKIT_STATUS_NO_FACE, "no face 5");
    params.select = FACEKIT_SELECT_REFERENCE;
    CHECK(facekit_detect(engine, photo, &params, NULL, &detection, NULL) != FACEKIT_STATUS_OK);
    params.select = FACEKIT_SELECT_MANY, params.min_size = NAN;
    FAILS(facekit_detect(engine, photo, &params, NULL, &detection, &error), INVALID, "`min_size`");
    params.min_size = 0.0f, params.score_threshold = 1.5f;
    FAILS(facekit_detect(engine, photo, &params, NULL, &detection, &error), INVALID, "`score_threshold`");
    params.score_threshold = NAN, params.detector = "no-such-model";
    FAILS(facekit_detect(engine, photo, &params, NULL, &detection, &error), FACEKIT_STATUS_MODEL_NOT_FOUND,
          "no-such-model");
    params.detector = "\xff";
    FAILS(facekit_detect(engine, photo, &params, NULL, &detection, &error), INVALID, "`detector` is not UTF-8");

    params.struct_size = sizeof params / 2;
    FAILS(facekit_detect(engine, photo, &params, NULL, &detection, &error), INVALID, "facekit_detect_params_init");
    params.struct_size = (size_t)-1;
    FAILS(facekit_detect(engine, photo, &params, NULL, &detection, &error), INVALID, "facekit_detect_params_init");

    memset(&newer, 0xff, sizeof newer);
    CHECK(facekit_detect_params_init(&newer.params, sizeof newer) == FACEKIT_STATUS_OK);
    CHECK(newer.params.struct_size == sizeof newer && newer.added == 0);
    WORKS(facekit_detect(engine, photo, &newer.params, NULL, &detection, &error));
    facekit_detection_free(detection);
    detection = NULL;
    newer.added = 1;
    FAILS(facekit_detect(engine, photo, &newer.params, NULL, &detection, &error), INVALID, "does not know");

    FAILS(facekit_detect(NULL, photo, NULL, NULL, &detection, &error), INVALID, "`engine` is NULL");
    FAILS(facekit_detect(engine, NULL, NULL, NULL, &detection, &error), INVALID, "`image` is NULL");
    FAILS(facekit_detect(engine, photo, NULL, NULL, NULL, &error), INVALID, "`out_detection` is NULL");
    FAILS(facekit_detect_pixels(engine, NULL, NULL, NULL, &detection, &error), INVALID, "`pixels` is NULL");
    pixels.stride -= 1;
    FAILS(facekit_detect_pixels(engine, &pixels, NULL, NULL, &detection, &error), INVALID, "stride");
    CHECK(detection == NULL);
}

struct steps {
    int count;
    int cancel_at;
    float last;
};

static int on_progress(const char *stage, float fraction, void *user_data) {
    struct steps *steps = user_data;
    CHECK(strlen(stage) > 0 && fraction >= steps->last && fraction <= 1.0f);
    steps->last = fraction;
    steps->count += 1;
    return steps->count == steps->cancel_at;
}

static void restoration(const facekit_engine *engine, const facekit_image *photo) {
    facekit_error *error = NULL;
    facekit_restored *restored = NULL;
    facekit_restore_params params;
    facekit_detect_params detect;
    facekit_call call;
    facekit_pixels before, after;
    facekit_image *taken;
    facekit_cancel_token *token = facekit_cancel_token_new();
    struct steps steps = {0, 0, 0.0f};

    CHECK(facekit_call_init(NULL, sizeof call) == INVALID);
    CHECK(facekit_call_init(&call, sizeof call) == FACEKIT_STATUS_OK);
    CHECK(call.progress == NULL && call.user_data == NULL && call.cancel == NULL);
    call.progress = on_progress, call.user_data = &steps, call.cancel = token;
    CHECK(facekit_restore_params_init(NULL, sizeof params) == INVALID);
    CHECK(facekit_restore_params_init(&params, sizeof params) == FACEKIT_STATUS_OK);
    CHECK(params.detect == NULL && params.provenance && !params.upscale_background && params.upscale == 1);

    WORKS(facekit_restore(engine, photo, &params, &call, &restored, &error));
    CHECK(steps.count > 2 && steps.last == 1.0f);
    CHECK(facekit_restored_model_count(restored) == 2);
    CHECK(strlen(facekit_restored_model(restored, 1)) > 0 && facekit_restored_model(restored, 2) == NULL);
    CHECK(facekit_restored_face_count(restored) == 1);
    CHECK(facekit_restored_face(restored, 0)->has_points && facekit_restored_face(restored, 1) == NULL);
    CHECK(facekit_restored_inference_time(restored) > 0.0);
    WORKS(facekit_image_view(photo, &before, &error));
    WORKS(facekit_image_view(facekit_restored_image(restored), &after, &error));
    CHECK(before.width == after.width && before.height == after.height && before.format == after.format);
    CHECK(memcmp(before.data, after.data, before.stride) == 0);
    CHECK(memcmp(before.data, after.data, before.stride * before.height) != 0);
    taken = facekit_restored_take_image(restored);
    CHECK(taken != NULL && facekit_restored_image(restored) == NULL);
    CHECK(facekit_restored_take_image(restored) == NULL);
    facekit_restored_free(restored);
    restored = NULL;
    CHECK(facekit_image_width(taken) == before.width);
    facekit_image_free(taken);

    CHECK(facekit_detect_params_init(&detect, sizeof detect) == FACEKIT_STATUS_OK);
    params.detect = &detect, params.blend = 0.0f, params.provenance = false;
    WORKS(facekit_restore_pixels(engine, &before, &params, NULL, &restored, &error));
    WORKS(facekit_image_view(facekit_restored_image(restored), &after, &error));
    CHECK(memcmp(before.data, after.data, before.stride * before.height) == 0);
    facekit_restored_free(restored);
    restored = NULL;

    params.mask_padding[2] = 101.0f;
    FAILS(facekit_restore(engine, photo, &params, NULL, &restored, &error), INVALID, "`mask_padding`");
    params.mask_padding[2] = 0.0f, params.upscale = 0;
    FAILS(facekit_restore(engine, photo, &params, NULL, &restored, &error), INVALID, "`upscale`");
    params.upscale = 4, detect.order = 99;
    FAILS(facekit_restore(engine, photo, &params, NULL, &restored, &error), INVALID, "detect");
    params.detect = NULL, params.restorer = "no-such-model", params.upscale = 1;
    FAILS(facekit_restore(engine, photo, &params, NULL, &restored, &error), FACEKIT_STATUS_MODEL_NOT_FOUND,
          "no-such-model");
    params.struct_size += 1000000;
    FAILS(facekit_restore(engine, photo, &params, NULL, &restored, &error), INVALID, "facekit_restore_params_init");
    FAILS(facekit_restore(NULL, photo, NULL, NULL, &restored, &error), INVALID, "`engine` is NULL");
    FAILS(facekit_restore(engine, NULL, NULL, NULL, &restored, &error), INVALID, "`image` is NULL");
    FAILS(facekit_restore(engine, photo, NULL, NULL, NULL, &error), INVALID, "`out_restored` is NULL");
    FAILS(facekit_restore_pixels(engine, NULL, NULL, NULL, &restored, &error), INVALID, "`pixels` is NULL");

    /* A callback that cancels stops its own call, and not the others that share the token. */
    steps.count = 0, steps.cancel_at = 2, steps.last = 0.0f;
    FAILS(facekit_restore(engine, photo, NULL, &call, &restored, &error), FACEKIT_STATUS_CANCELED, "canceled");
    CHECK(!facekit_cancel_token_is_canceled(token));
    steps.count = 0, steps.cancel_at = 0, steps.last = 0.0f;
    FAILS(facekit_cancel_token_cancel(NULL, &error), INVALID, "`token` is NULL");
    WORKS(facekit_cancel_token_cancel(token, &error));
    WORKS(facekit_cancel_token_cancel(token, &error));
    CHECK(facekit_cancel_token_is_canceled(token));
    FAILS(facekit_restore(engine, photo, NULL, &call, &restored, &error), FACEKIT_STATUS_CANCELED, "canceled");
    call.struct_size = 0;
    FAILS(facekit_restore(engine, photo, NULL, &call, &restored, &error), INVALID, "facekit_call_init");
    CHECK(restored == NULL);
    facekit_cancel_token_free(token);
}

int main(int argc, char **argv) {
    facekit_error *error = NULL;
    facekit_engine *engine;
    facekit_image *photo = NULL;
    if (argc != 3) {
        fprintf(stderr, "usage: client PHOTO SCRATCH_FOLDER\n");
        return EXIT_FAILURE;
    }
    versions();
    null_handles();
    options(argv[2]);
    engine = make_engine(argv[2]);
    images(engine, argv[1], argv[2]);
    limits(argv[1]);
    WORKS(facekit_image_open(engine, argv[1], &photo, &error));
    detection(engine, photo);
    restoration(engine, photo);
    engine_and_models(engine);
    facekit_image_free(photo);
    facekit_engine_free(engine);
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
