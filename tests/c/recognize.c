/* A client in C99 of the functions that tell where the parts of a face are and who it shows: what works, and what a
 * caller may get wrong. Usage: recognize PHOTO SCRATCH_FOLDER. Says nothing and returns 0 when all is well. */
#include "check.h"

#include <math.h>
#include <stdlib.h>

/* Each `_free` and each getter takes NULL. */
static void null_handles(void) {
    CHECK(facekit_detection_landmarks(NULL, 0) == NULL);
    CHECK(facekit_landmarks_scheme(NULL) == NULL);
    CHECK(facekit_landmarks_count(NULL) == 0);
    CHECK(facekit_landmarks_points(NULL) == NULL);
    CHECK(facekit_landmarks_score(NULL) == 0.0f);
    CHECK(facekit_embedded_recognizer(NULL) == NULL);
    CHECK(facekit_embedded_face_count(NULL) == 0);
    CHECK(facekit_embedded_face(NULL, 0) == NULL);
    CHECK(facekit_embedded_length(NULL, 0) == 0);
    CHECK(facekit_embedded_raw(NULL, 0) == NULL);
    CHECK(facekit_embedded_unit(NULL, 0) == NULL);
    CHECK(facekit_embedded_inference_time(NULL) == 0.0);
    CHECK(!facekit_comparison_same(NULL));
    CHECK(facekit_comparison_similarity(NULL) == 0.0f);
    CHECK(facekit_comparison_distance(NULL) == 0.0f);
    CHECK(facekit_comparison_threshold(NULL) == 0.0f);
    CHECK(facekit_comparison_recognizer(NULL) == NULL);
    CHECK(facekit_comparison_face(NULL, 0) == NULL);
    facekit_embedded_free(NULL);
    facekit_comparison_free(NULL);
}

static void landmarks(const facekit_engine *engine, const facekit_image *photo) {
    facekit_error *error = NULL;
    facekit_detection *detection = NULL;
    facekit_detect_params params;
    const facekit_landmarks *found;

    CHECK(facekit_detect_params_init(&params, sizeof params) == FACEKIT_STATUS_OK);
    CHECK(!params.landmarks && params.landmarker == NULL);
    params.landmarks = true, params.landmarker = "tests/golden/networks/fan.onnx";
    WORKS(facekit_detect(engine, photo, &params, NULL, &detection, &error));
    found = facekit_detection_landmarks(detection, 0);
    CHECK(strcmp(facekit_landmarks_scheme(found), "ibug-68") == 0);
    CHECK(facekit_landmarks_count(found) == 68 && isfinite(facekit_landmarks_points(found)[67].x));
    CHECK(facekit_landmarks_score(found) >= 0.0f && facekit_landmarks_score(found) <= 1.0f);
    CHECK(facekit_detection_landmarks(detection, 1) == NULL);
    facekit_detection_free(detection);
    detection = NULL;
    WORKS(facekit_detect(engine, photo, NULL, NULL, &detection, &error));
    CHECK(facekit_detection_landmarks(detection, 0) == NULL);
    facekit_detection_free(detection);
    detection = NULL;
    params.landmarker = "no-such-model";
    FAILS(facekit_detect(engine, photo, &params, NULL, &detection, &error), FACEKIT_STATUS_MODEL_NOT_FOUND,
          "no-such-model");
}

static void recognition(const facekit_engine *engine, const facekit_image *photo) {
    facekit_error *error = NULL;
    facekit_embedded *embedded = NULL;
    facekit_comparison *comparison = NULL;
    facekit_embed_params params;
    facekit_detect_params detect;
    float square = 0.0f;
    size_t i;

    CHECK(facekit_embed_params_init(NULL, sizeof params) == INVALID);
    CHECK(facekit_embed_params_init(&params, sizeof params) == FACEKIT_STATUS_OK);
    CHECK(params.struct_size == sizeof params && params.recognizer == NULL && params.detect == NULL);
    params.recognizer = "tests/golden/networks/sface.onnx";
    WORKS(facekit_embed(engine, photo, &params, NULL, &embedded, &error));
    CHECK(facekit_embedded_face_count(embedded) == 1 && facekit_embedded_face(embedded, 0)->has_points);
    CHECK(facekit_embedded_face(embedded, 1) == NULL && facekit_embedded_raw(embedded, 1) == NULL);
    CHECK(strcmp(facekit_embedded_recognizer(embedded), "sface") == 0);
    CHECK(facekit_embedded_length(embedded, 0) == 128 && facekit_embedded_raw(embedded, 0) != NULL);
    CHECK(facekit_embedded_length(embedded, 1) == 0 && facekit_embedded_unit(embedded, 1) == NULL);
    CHECK(facekit_embedded_inference_time(embedded) > 0.0);
    for (i = 0; i < facekit_embedded_length(embedded, 0); i++) {
        square += facekit_embedded_unit(embedded, 0)[i] * facekit_embedded_unit(embedded, 0)[i];
    }
    CHECK(fabsf(square - 1.0f) < 1e-4f);
    facekit_embedded_free(embedded);
    embedded = NULL;

    WORKS(facekit_compare(engine, photo, photo, &params, NULL, &comparison, &error));
    CHECK(facekit_comparison_same(comparison) && facekit_comparison_similarity(comparison) > 0.9999f);
    CHECK(facekit_comparison_distance(comparison) < 1e-4f && facekit_comparison_threshold(comparison) > 0.0f);
    CHECK(strcmp(facekit_comparison_recognizer(comparison), "sface") == 0);
    CHECK(facekit_comparison_face(comparison, 1)->has_points && facekit_comparison_face(comparison, 2) == NULL);
    facekit_comparison_free(comparison);
    comparison = NULL;

    FAILS(facekit_compare(engine, photo, NULL, &params, NULL, &comparison, &error), INVALID, "`b` is NULL");
    FAILS(facekit_compare(engine, photo, photo, &params, NULL, NULL, &error), INVALID, "`out_comparison` is NULL");
    FAILS(facekit_embed(engine, NULL, &params, NULL, &embedded, &error), INVALID, "`image` is NULL");
    FAILS(facekit_embed(NULL, photo, &params, NULL, &embedded, &error), INVALID, "`engine` is NULL");
    CHECK(facekit_detect_params_init(&detect, sizeof detect) == FACEKIT_STATUS_OK);
    detect.max_faces = 1001, params.detect = &detect;
    FAILS(facekit_embed(engine, photo, &params, NULL, &embedded, &error), INVALID, "`max_faces`");
    params.detect = NULL, params.recognizer = "no-such-model";
    FAILS(facekit_embed(engine, photo, &params, NULL, &embedded, &error), FACEKIT_STATUS_MODEL_NOT_FOUND,
          "no-such-model");
    params.struct_size = 0;
    FAILS(facekit_embed(engine, photo, &params, NULL, &embedded, &error), INVALID, "facekit_embed_params_init");
    CHECK(embedded == NULL && comparison == NULL);
}

int main(int argc, char **argv) {
    facekit_error *error = NULL;
    facekit_engine *engine = NULL;
    facekit_image *photo = NULL;
    if (argc != 3) {
        fprintf(stderr, "usage: recognize PHOTO SCRATCH_FOLDER\n");
        return EXIT_FAILURE;
    }
    null_handles();
    WORKS(facekit_engine_new(NULL, &engine, &error));
    WORKS(facekit_image_open(engine, argv[1], &photo, &error));
    landmarks(engine, photo);
    recognition(engine, photo);
    facekit_image_free(photo);
    facekit_engine_free(engine);
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
