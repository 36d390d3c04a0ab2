/* A client in C99 of what goes wrong around facekit: each fault is an error, and the next call works.
 * Usage: faults PHOTO SCRATCH_FOLDER, in the folder of the sources. Says nothing and returns 0 when all is well. */
#include "check.h"

#include <stdlib.h>

#define SIDE 64

static const char *const ONE_FACE = "tests/golden/pipelines/one_face.onnx";
/* They fail inside ONNX Runtime in a bright picture. */
static const char *const FAILING[] = {
    "tests/golden/faults/gather.onnx", "tests/golden/faults/reshape.onnx"};

static facekit_image *make_image(int brightness) {
    static uint8_t data[SIDE * SIDE * 3];
    facekit_error *error = NULL;
    facekit_image *image = NULL;
    facekit_pixels pixels;
    memset(data, brightness, sizeof data);
    pixels.data = data, pixels.width = SIDE, pixels.height = SIDE, pixels.stride = SIDE * 3;
    pixels.format = FACEKIT_PIXEL_FORMAT_RGB;
    WORKS(facekit_image_from_pixels(&pixels, &image, &error));
    return image;
}

/* Checks that a detector finds its one face in a dark picture. */
static void finds(const facekit_engine *engine, const facekit_image *dark, const char *detector) {
    facekit_error *error = NULL;
    facekit_detection *detection = NULL;
    facekit_detect_params params;
    facekit_detect_params_init(&params, sizeof params);
    params.detector = detector;
    WORKS(facekit_detect(engine, dark, &params, NULL, &detection, &error));
    CHECK(facekit_detection_face_count(detection) == 1);
    facekit_detection_free(detection);
}

static void failing_runs(const facekit_engine *engine, const facekit_image *dark, const facekit_image *bright) {
    size_t i;
    for (i = 0; i < 2 * sizeof FAILING / sizeof *FAILING; i++) {
        const char *detector = FAILING[i / 2];
        facekit_error *error = NULL;
        facekit_detection *detection = NULL;
        facekit_detect_params params;
        facekit_detect_params_init(&params, sizeof params);
        params.detector = detector;
        FAILS(facekit_detect(engine, bright, &params, NULL, &detection, &error), FACEKIT_STATUS_INFERENCE,
              "provider cpu");
        CHECK(detection == NULL);
        finds(engine, dark, detector);
        finds(engine, dark, ONE_FACE);
    }
}

static void memory_budget(const facekit_image *dark) {
    facekit_error *error = NULL;
    facekit_engine *engine = NULL;
    facekit_detection *detection = NULL;
    facekit_engine_options *options = facekit_engine_options_new();
    WORKS(facekit_engine_options_set_memory_budget(options, 8000, &error));
    WORKS(facekit_engine_new(options, &engine, &error));
    facekit_engine_options_free(options);
    /* The embedded detector is larger. */
    FAILS(facekit_detect(engine, dark, NULL, NULL, &detection, &error), FACEKIT_STATUS_OUT_OF_MEMORY,
          "memory budget");
    finds(engine, dark, ONE_FACE);
    facekit_engine_free(engine);
}

static void nowhere_to_write(const facekit_image *dark, const char *scratch) {
    facekit_error *error = NULL;
    char path[4096];
    snprintf(path, sizeof path, "%s/no/such/folder/dark.png", scratch);
    FAILS(facekit_image_save(dark, path, NULL, &error), FACEKIT_STATUS_IO, "no/such/folder");
    snprintf(path, sizeof path, "%s/dark.png", scratch);
    WORKS(facekit_image_save(dark, path, NULL, &error));
}

int main(int argc, char **argv) {
    facekit_error *error = NULL;
    facekit_engine *engine = NULL;
    facekit_image *dark = make_image(0), *bright = make_image(255);
    if (argc != 3) {
        return 2;
    }
    WORKS(facekit_engine_new(NULL, &engine, &error));
    failing_runs(engine, dark, bright);
    memory_budget(dark);
    nowhere_to_write(dark, argv[2]);
    finds(engine, dark, ONE_FACE);
    facekit_engine_free(engine);
    facekit_image_free(dark);
    facekit_image_free(bright);
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
