/* A client in C99 of the functions that repaint faces: what works, and what a caller may get wrong.
 * Usage: detail PHOTO SCRATCH_FOLDER, in the root of the repository. Says nothing and returns 0 when all is well. */
#include "check.h"

#include <stdlib.h>

/* A diffusion model of random weights, small enough to run in no time. */
static const char *const PACK = "tests/golden/diffusion/sd1";

/* What the callbacks of one call have seen. */
typedef struct {
    const char *cancel_at;
    int previews, completions;
    facekit_status ended;
    float fraction;
} seen;

static int on_progress(const char *stage, float fraction, void *user_data) {
    seen *all = user_data;
    CHECK(fraction >= all->fraction);
    all->fraction = fraction;
    return all->cancel_at != NULL && strcmp(stage, all->cancel_at) == 0;
}

static void on_preview(const facekit_preview *preview, void *user_data) {
    seen *all = user_data;
    size_t i, sum = 0;
    all->previews += 1;
    CHECK(preview->width == 16 && preview->height == 16);
    CHECK(preview->step == (uint32_t)all->previews && preview->steps == 15);
    for (i = 0; i < (size_t)3 * preview->width * preview->height; i++) {
        sum += preview->rgb[i];
    }
    CHECK(sum > 0);
}

static void on_completion(facekit_status status, double seconds, void *user_data) {
    seen *all = user_data;
    CHECK(seconds > 0.0);
    all->completions += 1;
    all->ended = status;
}

static facekit_call watched(seen *all) {
    facekit_call call;
    CHECK(facekit_call_init(&call, sizeof call) == FACEKIT_STATUS_OK);
    CHECK(call.preview == NULL && call.completion == NULL);
    memset(all, 0, sizeof *all);
    call.progress = on_progress;
    call.preview = on_preview;
    call.completion = on_completion;
    call.user_data = all;
    return call;
}

/* A crop of a size that runs quickly. */
static facekit_crop_params small_crop(void) {
    facekit_crop_params crop;
    CHECK(facekit_crop_params_init(&crop, sizeof crop) == FACEKIT_STATUS_OK);
    CHECK(crop.guide_size == 0 && crop.mask_shape == FACEKIT_FACE_SHAPE_CONTOUR);
    crop.guide_size = 128;
    return crop;
}

static facekit_detail_params quick(const facekit_crop_params *crop) {
    facekit_detail_params params;
    CHECK(facekit_detail_params_init(&params, sizeof params) == FACEKIT_STATUS_OK);
    CHECK(strcmp(params.prompt, "clear face and natural skin") == 0);
    CHECK(params.model == NULL && params.fallback == FACEKIT_FALLBACK_NONE && params.num_inference_steps == 20);
    params.model = PACK;
    params.num_inference_steps = 15;
    params.crop = crop;
    return params;
}

/* Checks that a result's file begins with some bytes. */
static void file_begins(const facekit_detailed *detailed, const void *start, size_t len) {
    facekit_error *error = NULL;
    facekit_bytes *bytes = NULL;
    WORKS(facekit_detailed_file(detailed, 0, &bytes, &error));
    CHECK(facekit_bytes_len(bytes) > len && memcmp(facekit_bytes_data(bytes), start, len) == 0);
    facekit_bytes_free(bytes);
}

static void null_handles(void) {
    facekit_error *error = NULL;
    facekit_bytes *bytes = NULL;
    CHECK(facekit_detailed_image_count(NULL) == 0 && facekit_detailed_image(NULL, 0) == NULL);
    CHECK(facekit_detailed_engine(NULL) == FACEKIT_DETAIL_ENGINE_DIFFUSION);
    CHECK(facekit_detailed_scheduler(NULL) == -1 && facekit_detailed_seed(NULL, 0) == 0);
    CHECK(facekit_detailed_model_count(NULL) == 0 && facekit_detailed_model(NULL, 0) == NULL);
    CHECK(facekit_detailed_face_count(NULL) == 0 && facekit_detailed_face(NULL, 0) == NULL);
    CHECK(facekit_detailed_inference_time(NULL) == 0.0);
    FAILS(facekit_detailed_file(NULL, 0, &bytes, &error), INVALID, "`detailed` is NULL");
    CHECK(bytes == NULL);
    facekit_detailed_free(NULL);
}

static void detailed_pictures(const facekit_engine *engine, const facekit_image *photo) {
    facekit_error *error = NULL;
    facekit_detailed *detailed = NULL;
    facekit_bytes *bytes = NULL;
    facekit_pixels before, after;
    facekit_crop_params crop = small_crop();
    facekit_detail_params params = quick(&crop);
    seen all;
    facekit_call call = watched(&all);
    params.seed = 7;
    WORKS(facekit_detail(engine, photo, &params, &call, &detailed, &error));
    CHECK(all.previews == 15 && all.fraction == 1.0f);
    CHECK(all.completions == 1 && all.ended == FACEKIT_STATUS_OK);
    CHECK(facekit_detailed_engine(detailed) == FACEKIT_DETAIL_ENGINE_DIFFUSION);
    CHECK(facekit_detailed_image_count(detailed) == 1 && facekit_detailed_image(detailed, 1) == NULL);
    CHECK(facekit_detailed_seed(detailed, 0) == 7 && facekit_detailed_seed(detailed, 1) == 0);
    CHECK(facekit_detailed_face_count(detailed) == 1 && facekit_detailed_face(detailed, 0)->has_points);
    CHECK(facekit_detailed_face(detailed, 1) == NULL && facekit_detailed_inference_time(detailed) > 0.0);
    CHECK(facekit_detailed_model_count(detailed) >= 2 && strcmp(facekit_detailed_model(detailed, 1), "sd1") == 0);
    CHECK(facekit_detailed_model(detailed, 100) == NULL);
    WORKS(facekit_image_view(photo, &before, &error));
    WORKS(facekit_image_view(facekit_detailed_image(detailed, 0), &after, &error));
    CHECK(before.width == after.width && before.height == after.height);
    CHECK(memcmp(before.data, after.data, before.stride) == 0);
    CHECK(memcmp(before.data, after.data, before.stride * before.height) != 0);
    file_begins(detailed, "\xff\xd8\xff", 3);
    FAILS(facekit_detailed_file(detailed, 1, &bytes, &error), INVALID, "`index` is 1");
    FAILS(facekit_detailed_file(detailed, 0, NULL, &error), INVALID, "`out_bytes` is NULL");
    CHECK(bytes == NULL);
    facekit_detailed_free(detailed);
    detailed = NULL;

    params.samples = 2;
    params.image_format = FACEKIT_FILE_FORMAT_PNG;
    params.base64 = true;
    WORKS(facekit_detail_pixels(engine, &before, &params, NULL, &detailed, &error));
    CHECK(facekit_detailed_image_count(detailed) == 2 && facekit_detailed_seed(detailed, 1) == 8);
    file_begins(detailed, "iVBORw0KGgo", 11);
    facekit_detailed_free(detailed);
}

static void refined_pictures(const facekit_engine *engine, const facekit_image *photo) {
    facekit_error *error = NULL;
    facekit_detailed *detailed = NULL;
    facekit_pixels pixels;
    facekit_crop_params crop = small_crop();
    facekit_refine_params params;
    WORKS(facekit_refine_params_init(&params, sizeof params));
    CHECK(params.denoising == 3 && params.num_inference_steps == 0 && params.model == NULL);
    params.model = PACK;
    params.denoising = 1;
    params.crop = &crop;
    params.image_format = FACEKIT_FILE_FORMAT_WEBP;
    WORKS(facekit_refine(engine, photo, &params, NULL, &detailed, &error));
    CHECK(facekit_detailed_image_count(detailed) == 1 && facekit_detailed_seed(detailed, 0) == 12467);
    file_begins(detailed, "RIFF", 4);
    facekit_detailed_free(detailed);
    detailed = NULL;
    WORKS(facekit_image_view(photo, &pixels, &error));
    params.num_inference_steps = 4;
    WORKS(facekit_refine_pixels(engine, &pixels, &params, NULL, &detailed, &error));
    CHECK(facekit_detailed_face_count(detailed) == 1);
    facekit_detailed_free(detailed);
    detailed = NULL;
    params.denoising = 6;
    FAILS(facekit_refine(engine, photo, &params, NULL, &detailed, &error), INVALID, "`denoising` is 6");
    FAILS(facekit_refine(NULL, photo, NULL, NULL, &detailed, &error), INVALID, "`engine` is NULL");
    FAILS(facekit_refine(engine, NULL, NULL, NULL, &detailed, &error), INVALID, "`image` is NULL");
    FAILS(facekit_refine(engine, photo, NULL, NULL, NULL, &error), INVALID, "`out_detailed` is NULL");
    FAILS(facekit_refine_pixels(engine, NULL, NULL, NULL, &detailed, &error), INVALID, "`pixels` is NULL");
    FAILS(facekit_refine(engine, photo, NULL, NULL, &detailed, &error), FACEKIT_STATUS_MODEL_NOT_FOUND, "diffusion");
    CHECK(detailed == NULL);
}

static void model_lists(const facekit_image *photo) {
    facekit_error *error = NULL;
    facekit_engine *engine = NULL;
    facekit_engine_options *options = facekit_engine_options_new();
    facekit_detailed *detailed = NULL;
    facekit_crop_params crop = small_crop();
    facekit_detail_params params = quick(&crop);
    facekit_diffusion_params diffusion;
    const char *loras[2] = {"tests/golden/diffusion/lora/sd1_kohya.safetensors:0.5", NULL};
    const char *controlnets[1] = {"tests/golden/diffusion/control:0.5:0:0.5"};
    WORKS(facekit_diffusion_params_init(&diffusion, sizeof diffusion));
    CHECK(diffusion.scheduler == -1 && diffusion.karras == -1 && diffusion.loras == NULL);
    WORKS(facekit_engine_options_allow_license(options, "sd1_kohya", &error));
    WORKS(facekit_engine_new(options, &engine, &error));
    facekit_engine_options_free(options);
    params.diffusion = &diffusion;
    diffusion.scheduler = FACEKIT_SCHEDULER_EULER;
    diffusion.karras = 1;
    diffusion.loras = loras;
    diffusion.loras_count = 1;
    diffusion.controlnets = controlnets;
    diffusion.controlnets_count = 1;
    WORKS(facekit_detail(engine, photo, &params, NULL, &detailed, &error));
    CHECK(facekit_detailed_model_count(detailed) == 4);
    CHECK(facekit_detailed_scheduler(detailed) == FACEKIT_SCHEDULER_EULER);
    facekit_detailed_free(detailed);
    detailed = NULL;

    diffusion.loras_count = 2;
    FAILS(facekit_detail(engine, photo, &params, NULL, &detailed, &error), INVALID, "`loras` is NULL");
    diffusion.loras_count = 65;
    FAILS(facekit_detail(engine, photo, &params, NULL, &detailed, &error), INVALID, "`loras_count` is 65");
    diffusion.loras = NULL;
    diffusion.loras_count = 1;
    FAILS(facekit_detail(engine, photo, &params, NULL, &detailed, &error), INVALID, "`loras` is NULL");
    diffusion.loras_count = 0;
    controlnets[0] = "control:0.5:0";
    FAILS(facekit_detail(engine, photo, &params, NULL, &detailed, &error), INVALID, "NAME:SCALE:START:END");
    controlnets[0] = "\xff";
    FAILS(facekit_detail(engine, photo, &params, NULL, &detailed, &error), INVALID, "not UTF-8");
    controlnets[0] = "control:3";
    FAILS(facekit_detail(engine, photo, &params, NULL, &detailed, &error), INVALID, "a scale of 0 to 2");
    diffusion.controlnets_count = 0;
    diffusion.scheduler = 7;
    FAILS(facekit_detail(engine, photo, &params, NULL, &detailed, &error), INVALID, "facekit_scheduler");
    CHECK(detailed == NULL);
    facekit_engine_free(engine);
}

static void cancellation(const facekit_engine *engine, const facekit_image *photo) {
    facekit_error *error = NULL;
    facekit_detailed *detailed = NULL;
    facekit_crop_params crop = small_crop();
    facekit_detail_params params = quick(&crop);
    seen all;
    facekit_call call = watched(&all);
    all.cancel_at = "diffuse";
    FAILS(facekit_detail(engine, photo, &params, &call, &detailed, &error), FACEKIT_STATUS_CANCELED, "canceled");
    CHECK(all.previews < 15 && all.completions == 1 && all.ended == FACEKIT_STATUS_CANCELED);
    CHECK(detailed == NULL);
}

static void without_a_pack(const facekit_engine *engine, const facekit_image *photo) {
    facekit_error *error = NULL;
    facekit_detailed *detailed = NULL;
    facekit_detail_params params;
    seen all;
    facekit_call call = watched(&all);
    WORKS(facekit_detail_params_init(&params, sizeof params));
    FAILS(facekit_detail(engine, photo, &params, &call, &detailed, &error), FACEKIT_STATUS_MODEL_NOT_FOUND,
          "models/export");
    CHECK(all.completions == 1 && all.ended == FACEKIT_STATUS_MODEL_NOT_FOUND);
    params.fallback = FACEKIT_FALLBACK_RESTORE;
    WORKS(facekit_detail(engine, photo, &params, NULL, &detailed, &error));
    CHECK(facekit_detailed_engine(detailed) == FACEKIT_DETAIL_ENGINE_RESTORE);
    CHECK(facekit_detailed_image_count(detailed) == 1 && facekit_detailed_seed(detailed, 0) == 0);
    CHECK(facekit_detailed_scheduler(detailed) == -1);
    facekit_detailed_free(detailed);
    detailed = NULL;
    params.model = "no-such-pack";
    FAILS(facekit_detail(engine, photo, &params, NULL, &detailed, &error), FACEKIT_STATUS_MODEL_NOT_FOUND,
          "no-such-pack");
    CHECK(detailed == NULL);
}

static void wrong_arguments(const facekit_engine *engine, const facekit_image *photo) {
    facekit_error *error = NULL;
    facekit_detailed *detailed = NULL;
    facekit_crop_params crop = small_crop();
    facekit_detail_params params = quick(&crop);
    FAILS(facekit_detail(NULL, photo, NULL, NULL, &detailed, &error), INVALID, "`engine` is NULL");
    FAILS(facekit_detail(engine, NULL, NULL, NULL, &detailed, &error), INVALID, "`image` is NULL");
    FAILS(facekit_detail(engine, photo, NULL, NULL, NULL, &error), INVALID, "`out_detailed` is NULL");
    FAILS(facekit_detail_pixels(engine, NULL, NULL, NULL, &detailed, &error), INVALID, "`pixels` is NULL");
    params.prompt = NULL;
    FAILS(facekit_detail(engine, photo, &params, NULL, &detailed, &error), INVALID, "`prompt` is NULL");
    params = quick(&crop);
    params.num_inference_steps = 14;
    FAILS(facekit_detail(engine, photo, &params, NULL, &detailed, &error), INVALID, "15 to 75");
    params = quick(&crop);
    params.outline = 2;
    FAILS(facekit_detail(engine, photo, &params, NULL, &detailed, &error), INVALID, "facekit_outline");
    params = quick(&crop);
    crop.guide_size = 100;
    FAILS(facekit_detail(engine, photo, &params, NULL, &detailed, &error), INVALID, "multiple of 64");
    crop.mask_shape = 2;
    FAILS(facekit_detail(engine, photo, &params, NULL, &detailed, &error), INVALID, "facekit_face_shape");
    CHECK(detailed == NULL);
}

int main(int argc, char **argv) {
    facekit_error *error = NULL;
    facekit_engine *engine = NULL;
    facekit_image *photo = NULL;
    if (argc != 3) {
        fprintf(stderr, "usage: detail PHOTO SCRATCH_FOLDER\n");
        return EXIT_FAILURE;
    }
    null_handles();
    WORKS(facekit_engine_new(NULL, &engine, &error));
    WORKS(facekit_image_open(engine, argv[1], &photo, &error));
    detailed_pictures(engine, photo);
    refined_pictures(engine, photo);
    model_lists(photo);
    cancellation(engine, photo);
    without_a_pack(engine, photo);
    wrong_arguments(engine, photo);
    facekit_image_free(photo);
    facekit_engine_free(engine);
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
