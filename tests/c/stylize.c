/* A client in C99 of the functions that give pictures a style: what works, and what a caller may get wrong.
 * Usage: stylize PHOTO SCRATCH_FOLDER, in the root of the repository. Says nothing and returns 0 when all is well. */
#include "check.h"

#include <stdlib.h>

/* An animation of several small frames, without a face. */
static const char *const ANIMATION = "tests/golden/animation/opaque.gif";
/* A network that paints one picture in the style of another, and one that has a style of its own. */
static const char *const TWO_PICTURES = "tests/golden/stylizers/two_pictures.onnx";
static const char *const ONE_PICTURE = "tests/golden/stylizers/tanh.onnx";

static facekit_stylize_params classic(facekit_style style) {
    facekit_stylize_params params;
    CHECK(facekit_stylize_params_init(&params, sizeof params) == FACEKIT_STATUS_OK);
    CHECK(params.style == FACEKIT_STYLE_3D && params.engine == FACEKIT_STYLIZE_ENGINE_AUTO);
    CHECK(params.area == FACEKIT_STYLIZE_AREA_PICTURE && params.dither == -1 && params.file_type == -1);
    CHECK(strcmp(params.prompt, "a person") == 0 && strcmp(params.negative_prompt, "") == 0);
    CHECK(params.seed == -1 && params.model == NULL && params.diffusion == NULL && params.detect == NULL);
    params.style = (int32_t)style;
    params.engine = FACEKIT_STYLIZE_ENGINE_CLASSIC;
    return params;
}

static int same_pixels(const facekit_image *one, const facekit_image *other) {
    facekit_error *error = NULL;
    facekit_pixels a, b;
    WORKS(facekit_image_view(one, &a, &error));
    WORKS(facekit_image_view(other, &b, &error));
    CHECK(a.width == b.width && a.height == b.height && a.stride == b.stride && a.format == b.format);
    return memcmp(a.data, b.data, a.stride * a.height) == 0;
}

static void null_handles(void) {
    CHECK(facekit_stylized_image(NULL) == NULL && facekit_stylized_take_image(NULL) == NULL);
    CHECK(facekit_stylized_engine(NULL) == FACEKIT_STYLIZE_ENGINE_AUTO);
    CHECK(facekit_stylized_seed(NULL) == -1 && facekit_stylized_scheduler(NULL) == -1);
    CHECK(facekit_stylized_model_count(NULL) == 0 && facekit_stylized_model(NULL, 0) == NULL);
    CHECK(facekit_stylized_note_count(NULL) == 0 && facekit_stylized_note(NULL, 0) == NULL);
    CHECK(facekit_stylized_face_count(NULL) == 0 && facekit_stylized_face(NULL, 0) == NULL);
    CHECK(facekit_stylized_inference_time(NULL) == 0.0);
    facekit_stylized_free(NULL);

    CHECK(facekit_stylized_file_bytes(NULL) == NULL);
    CHECK(facekit_stylized_file_format(NULL) == FACEKIT_FILE_FORMAT_JPEG);
    CHECK(facekit_stylized_file_frame_count(NULL) == 0 && facekit_stylized_file_searched_frame_count(NULL) == 0);
    CHECK(facekit_stylized_file_face_count(NULL) == 0);
    CHECK(facekit_stylized_file_engine(NULL) == FACEKIT_STYLIZE_ENGINE_AUTO);
    CHECK(facekit_stylized_file_seed(NULL) == -1 && facekit_stylized_file_scheduler(NULL) == -1);
    CHECK(facekit_stylized_file_model_count(NULL) == 0 && facekit_stylized_file_model(NULL, 0) == NULL);
    CHECK(facekit_stylized_file_note_count(NULL) == 0 && facekit_stylized_file_note(NULL, 0) == NULL);
    CHECK(facekit_stylized_file_inference_time(NULL) == 0.0);
    facekit_stylized_file_free(NULL);
}

static void styles(const facekit_engine *engine, const facekit_image *photo) {
    facekit_error *error = NULL;
    facekit_stylized *stylized[6] = {NULL};
    int i, j;
    for (i = FACEKIT_STYLE_3D; i <= FACEKIT_STYLE_TOY; i++) {
        const facekit_stylize_params params = classic((facekit_style)i);
        WORKS(facekit_stylize(engine, photo, NULL, &params, NULL, &stylized[i], &error));
        CHECK(facekit_stylized_engine(stylized[i]) == FACEKIT_STYLIZE_ENGINE_CLASSIC);
        CHECK(facekit_stylized_seed(stylized[i]) == -1 && facekit_stylized_scheduler(stylized[i]) == -1);
        CHECK(facekit_stylized_model_count(stylized[i]) >= 1);
        CHECK(strlen(facekit_stylized_model(stylized[i], 0)) > 0 && facekit_stylized_model(stylized[i], 100) == NULL);
        CHECK(facekit_stylized_note_count(stylized[i]) == 0 && facekit_stylized_inference_time(stylized[i]) > 0.0);
        CHECK(facekit_stylized_face_count(stylized[i]) == 1 && facekit_stylized_face(stylized[i], 0)->has_points);
        CHECK(facekit_stylized_face(stylized[i], 1) == NULL);
        CHECK(!same_pixels(photo, facekit_stylized_image(stylized[i])));
        for (j = 0; j < i; j++) {
            CHECK(!same_pixels(facekit_stylized_image(stylized[j]), facekit_stylized_image(stylized[i])));
        }
    }
    for (i = 0; i < 6; i++) {
        facekit_stylized_free(stylized[i]);
    }
}

static void choices(const facekit_engine *engine, const facekit_image *photo) {
    facekit_error *error = NULL;
    facekit_stylized *stylized = NULL;
    facekit_stylize_params params = classic(FACEKIT_STYLE_VIDEO_GAME);
    facekit_pixels before, after;
    facekit_image *taken;
    size_t last;
    params.area = FACEKIT_STYLIZE_AREA_FACE;
    params.dither = FACEKIT_DITHER_ORDERED;
    params.prompt = "a nurse";
    params.seed = 7;
    WORKS(facekit_image_view(photo, &before, &error));
    WORKS(facekit_stylize_pixels(engine, &before, NULL, &params, NULL, &stylized, &error));
    WORKS(facekit_image_view(facekit_stylized_image(stylized), &after, &error));
    last = before.stride * (before.height - 1);
    CHECK(memcmp(before.data + last, after.data + last, before.stride) == 0);
    CHECK(!same_pixels(photo, facekit_stylized_image(stylized)));
    CHECK(facekit_stylized_note_count(stylized) == 1 && facekit_stylized_note(stylized, 1) == NULL);
    CHECK(strstr(facekit_stylized_note(stylized, 0), "`prompt`") != NULL);
    CHECK(strstr(facekit_stylized_note(stylized, 0), "`seed`") != NULL && facekit_stylized_seed(stylized) == -1);
    taken = facekit_stylized_take_image(stylized);
    CHECK(taken != NULL && facekit_stylized_image(stylized) == NULL && facekit_stylized_take_image(stylized) == NULL);
    facekit_image_free(taken);
    facekit_stylized_free(stylized);
    stylized = NULL;

    params.engine = FACEKIT_STYLIZE_ENGINE_AUTO;
    params.blend = 0.0f;
    WORKS(facekit_stylize(engine, photo, NULL, &params, NULL, &stylized, &error));
    CHECK(facekit_stylized_engine(stylized) == FACEKIT_STYLIZE_ENGINE_CLASSIC);
    CHECK(same_pixels(photo, facekit_stylized_image(stylized)));
    facekit_stylized_free(stylized);
}

static void files(const facekit_engine *engine, const facekit_image *photo) {
    facekit_error *error = NULL;
    facekit_stylized_file *stylized = NULL;
    facekit_bytes *file = NULL;
    facekit_image *read = NULL;
    facekit_encode_options png;
    facekit_stylize_params params = classic(FACEKIT_STYLE_EMOJI);
    const facekit_bytes *bytes;
    const uint8_t *data;
    uint8_t animation[4096];
    size_t len;
    FILE *gif;
    WORKS(facekit_encode_options_init(&png, sizeof png));
    png.format = FACEKIT_FILE_FORMAT_PNG;
    WORKS(facekit_image_encode(photo, &png, &file, &error));
    data = facekit_bytes_data(file);
    len = facekit_bytes_len(file);
    WORKS(facekit_stylize_file(engine, data, len, NULL, &params, NULL, &stylized, &error));
    CHECK(facekit_stylized_file_format(stylized) == FACEKIT_FILE_FORMAT_PNG);
    CHECK(facekit_stylized_file_frame_count(stylized) == 1);
    CHECK(facekit_stylized_file_searched_frame_count(stylized) == 1);
    CHECK(facekit_stylized_file_face_count(stylized) == 1);
    CHECK(facekit_stylized_file_engine(stylized) == FACEKIT_STYLIZE_ENGINE_CLASSIC);
    CHECK(facekit_stylized_file_seed(stylized) == -1 && facekit_stylized_file_scheduler(stylized) == -1);
    CHECK(facekit_stylized_file_model_count(stylized) >= 1);
    CHECK(strlen(facekit_stylized_file_model(stylized, 0)) > 0 && facekit_stylized_file_model(stylized, 100) == NULL);
    CHECK(facekit_stylized_file_note_count(stylized) == 0 && facekit_stylized_file_inference_time(stylized) > 0.0);
    bytes = facekit_stylized_file_bytes(stylized);
    WORKS(facekit_image_decode(engine, facekit_bytes_data(bytes), facekit_bytes_len(bytes), &read, &error));
    CHECK(!same_pixels(photo, read));
    facekit_image_free(read);
    facekit_stylized_file_free(stylized);
    stylized = NULL;
    FAILS(facekit_stylize_file(engine, data, 10, NULL, &params, NULL, &stylized, &error),
          FACEKIT_STATUS_INVALID_PICTURE, "");
    facekit_bytes_free(file);

    gif = fopen(ANIMATION, "rb");
    len = gif == NULL ? 0 : fread(animation, 1, sizeof animation, gif);
    CHECK(len > 0 && len < sizeof animation && fclose(gif) == 0);
    WORKS(facekit_stylize_file(engine, animation, len, NULL, &params, NULL, &stylized, &error));
    CHECK(facekit_stylized_file_format(stylized) == FACEKIT_FILE_FORMAT_GIF);
    CHECK(facekit_stylized_file_frame_count(stylized) > 1);
    CHECK(facekit_stylized_file_searched_frame_count(stylized) >= 1);
    CHECK(facekit_stylized_file_face_count(stylized) == 0 && facekit_stylized_file_note_count(stylized) == 1);
    CHECK(strstr(facekit_stylized_file_note(stylized, 0), "no face") != NULL);
    CHECK(facekit_stylized_file_note(stylized, 1) == NULL);
    CHECK(memcmp(facekit_bytes_data(facekit_stylized_file_bytes(stylized)), "GIF89a", 6) == 0);
    facekit_stylized_file_free(stylized);
    stylized = NULL;

    params.file_type = FACEKIT_FILE_FORMAT_JPEG;
    FAILS(facekit_stylize_file(engine, animation, len, NULL, &params, NULL, &stylized, &error), INVALID, "");
    FAILS(facekit_stylize_file(NULL, animation, len, NULL, NULL, NULL, &stylized, &error), INVALID, "`engine` is NULL");
    FAILS(facekit_stylize_file(engine, NULL, len, NULL, NULL, NULL, &stylized, &error), INVALID, "`file` is NULL");
    FAILS(facekit_stylize_file(engine, animation, len, NULL, NULL, NULL, NULL, &error), INVALID,
          "`out_stylized` is NULL");
    CHECK(stylized == NULL);
}

static void networks(const facekit_image *photo) {
    facekit_error *error = NULL;
    facekit_engine *engine = NULL;
    facekit_engine_options *options = facekit_engine_options_new();
    facekit_stylized *stylized = NULL;
    facekit_stylize_params params;
    WORKS(facekit_engine_options_allow_license(options, "two_pictures", &error));
    WORKS(facekit_engine_options_allow_license(options, "tanh", &error));
    WORKS(facekit_engine_new(options, &engine, &error));
    facekit_engine_options_free(options);
    WORKS(facekit_stylize_params_init(&params, sizeof params));
    params.stylizer = TWO_PICTURES;
    WORKS(facekit_stylize(engine, photo, photo, &params, NULL, &stylized, &error));
    CHECK(facekit_stylized_engine(stylized) == FACEKIT_STYLIZE_ENGINE_NETWORK);
    CHECK(facekit_stylized_model_count(stylized) >= 2 && facekit_stylized_seed(stylized) == -1);
    CHECK(!same_pixels(photo, facekit_stylized_image(stylized)));
    facekit_stylized_free(stylized);
    stylized = NULL;
    FAILS(facekit_stylize(engine, photo, NULL, &params, NULL, &stylized, &error), INVALID, "`style_image`");
    params.stylizer = ONE_PICTURE;
    FAILS(facekit_stylize(engine, photo, photo, &params, NULL, &stylized, &error), INVALID, "`style_image`");
    CHECK(stylized == NULL);
    facekit_engine_free(engine);
}

static void without_a_face(const facekit_engine *engine) {
    facekit_error *error = NULL;
    facekit_stylized *stylized = NULL;
    facekit_stylize_params params = classic(FACEKIT_STYLE_PIXELS);
    static uint8_t grey[64 * 64];
    facekit_pixels pixels;
    memset(grey, 128, sizeof grey);
    pixels.data = grey;
    pixels.width = pixels.height = 64;
    pixels.stride = 64;
    pixels.format = FACEKIT_PIXEL_FORMAT_GREY;
    WORKS(facekit_stylize_pixels(engine, &pixels, NULL, &params, NULL, &stylized, &error));
    CHECK(facekit_stylized_face_count(stylized) == 0 && facekit_stylized_note_count(stylized) == 1);
    facekit_stylized_free(stylized);
    stylized = NULL;
    params.area = FACEKIT_STYLIZE_AREA_FACE;
    FAILS(facekit_stylize_pixels(engine, &pixels, NULL, &params, NULL, &stylized, &error), FACEKIT_STATUS_NO_FACE,
          "`area` is face");
    CHECK(stylized == NULL);
}

static int stop(const char *stage, float fraction, void *user_data) {
    (void)stage, (void)fraction, (void)user_data;
    return 1;
}

static void wrong_arguments(const facekit_engine *engine, const facekit_image *photo) {
    facekit_error *error = NULL;
    facekit_stylized *stylized = NULL;
    facekit_stylize_params params = classic(FACEKIT_STYLE_CLAY);
    facekit_diffusion_params diffusion;
    facekit_call call;
    FAILS(facekit_stylize(NULL, photo, NULL, NULL, NULL, &stylized, &error), INVALID, "`engine` is NULL");
    FAILS(facekit_stylize(engine, NULL, NULL, NULL, NULL, &stylized, &error), INVALID, "`image` is NULL");
    FAILS(facekit_stylize(engine, photo, NULL, NULL, NULL, NULL, &error), INVALID, "`out_stylized` is NULL");
    FAILS(facekit_stylize_pixels(engine, NULL, NULL, NULL, NULL, &stylized, &error), INVALID, "`pixels` is NULL");
    FAILS(facekit_stylize(engine, photo, photo, &params, NULL, &stylized, &error), INVALID, "no style picture");
    params.engine = FACEKIT_STYLIZE_ENGINE_NETWORK;
    params.stylizer = "no_such_stylizer";
    FAILS(facekit_stylize(engine, photo, NULL, &params, NULL, &stylized, &error), FACEKIT_STATUS_MODEL_NOT_FOUND,
          "no_such_stylizer");
    params.stylizer = NULL;
    WORKS(facekit_stylize(engine, photo, NULL, &params, NULL, &stylized, &error));
    CHECK(facekit_stylized_engine(stylized) == FACEKIT_STYLIZE_ENGINE_NETWORK);
    facekit_stylized_free(stylized);
    stylized = NULL;
    params.style = FACEKIT_STYLE_TOY + 1;
    FAILS(facekit_stylize(engine, photo, NULL, &params, NULL, &stylized, &error), INVALID, "facekit_style");
    params = classic(FACEKIT_STYLE_CLAY);
    params.engine = 4;
    FAILS(facekit_stylize(engine, photo, NULL, &params, NULL, &stylized, &error), INVALID, "facekit_stylize_engine");
    params = classic(FACEKIT_STYLE_CLAY);
    params.area = 2;
    FAILS(facekit_stylize(engine, photo, NULL, &params, NULL, &stylized, &error), INVALID, "facekit_stylize_area");
    params = classic(FACEKIT_STYLE_CLAY);
    params.dither = 3;
    FAILS(facekit_stylize(engine, photo, NULL, &params, NULL, &stylized, &error), INVALID, "facekit_dither");
    params = classic(FACEKIT_STYLE_CLAY);
    params.seed = INT64_C(4294967296);
    FAILS(facekit_stylize(engine, photo, NULL, &params, NULL, &stylized, &error), INVALID, "`seed` is 4294967296");
    params.seed = -2;
    FAILS(facekit_stylize(engine, photo, NULL, &params, NULL, &stylized, &error), INVALID, "`seed` is -2");
    params = classic(FACEKIT_STYLE_CLAY);
    params.size = 100;
    FAILS(facekit_stylize(engine, photo, NULL, &params, NULL, &stylized, &error), INVALID, "multiple of 64");
    params = classic(FACEKIT_STYLE_CLAY);
    params.prompt = NULL;
    FAILS(facekit_stylize(engine, photo, NULL, &params, NULL, &stylized, &error), INVALID, "`prompt` is NULL");
    params = classic(FACEKIT_STYLE_CLAY);
    params.diffusion = &diffusion;
    WORKS(facekit_diffusion_params_init(&diffusion, sizeof diffusion));
    diffusion.scheduler = 7;
    FAILS(facekit_stylize(engine, photo, NULL, &params, NULL, &stylized, &error), INVALID, "facekit_scheduler");

    params = classic(FACEKIT_STYLE_CLAY);
    WORKS(facekit_call_init(&call, sizeof call));
    call.progress = stop;
    FAILS(facekit_stylize(engine, photo, NULL, &params, &call, &stylized, &error), FACEKIT_STATUS_CANCELED, "canceled");
    CHECK(stylized == NULL);
}

int main(int argc, char **argv) {
    facekit_error *error = NULL;
    facekit_engine *engine = NULL;
    facekit_image *photo = NULL;
    if (argc != 3) {
        fprintf(stderr, "usage: stylize PHOTO SCRATCH_FOLDER\n");
        return EXIT_FAILURE;
    }
    null_handles();
    WORKS(facekit_engine_new(NULL, &engine, &error));
    WORKS(facekit_image_open(engine, argv[1], &photo, &error));
    styles(engine, photo);
    choices(engine, photo);
    files(engine, photo);
    networks(photo);
    without_a_face(engine);
    wrong_arguments(engine, photo);
    facekit_image_free(photo);
    facekit_engine_free(engine);
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
