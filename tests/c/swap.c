/* A client in C99 of the functions that swap and mask faces: what works, and what a caller may get wrong.
 * Usage: swap PHOTO SCRATCH_FOLDER. Says nothing and returns 0 when all is well. */
#include "check.h"

#include <stdlib.h>

static void null_handles(void) {
    CHECK(facekit_swapped_image(NULL) == NULL && facekit_swapped_take_image(NULL) == NULL);
    CHECK(facekit_swapped_model_count(NULL) == 0 && facekit_swapped_model(NULL, 0) == NULL);
    CHECK(facekit_swapped_face_count(NULL) == 0 && facekit_swapped_face(NULL, 0) == NULL);
    CHECK(facekit_swapped_inference_time(NULL) == 0.0);
    CHECK(facekit_swapped_file_bytes(NULL) == NULL);
    CHECK(facekit_swapped_file_format(NULL) == FACEKIT_FILE_FORMAT_JPEG);
    CHECK(facekit_swapped_file_frame_count(NULL) == 0 && facekit_swapped_file_swapped_frame_count(NULL) == 0);
    CHECK(facekit_swapped_file_searched_frame_count(NULL) == 0);
    CHECK(facekit_swapped_file_model_count(NULL) == 0 && facekit_swapped_file_model(NULL, 0) == NULL);
    CHECK(facekit_swapped_file_inference_time(NULL) == 0.0);
    facekit_swap_sources_free(NULL);
    facekit_swapped_free(NULL);
    facekit_swapped_file_free(NULL);
}

static void sources(const facekit_engine *engine, const facekit_image *photo) {
    facekit_error *error = NULL;
    facekit_swapped *swapped = NULL;
    facekit_swap_sources *none = facekit_swap_sources_new();
    const facekit_image *pictures[2] = {photo, NULL};
    FAILS(facekit_swap(engine, none, photo, NULL, NULL, &swapped, &error), INVALID, "no source");
    FAILS(facekit_swap_sources_add(NULL, pictures, 1, NULL, &error), INVALID, "`sources` is NULL");
    FAILS(facekit_swap_sources_add(none, NULL, 1, NULL, &error), INVALID, "`pictures` is NULL");
    FAILS(facekit_swap_sources_add(none, pictures, 0, NULL, &error), INVALID, "`count` is 0");
    FAILS(facekit_swap_sources_add(none, pictures, 2, NULL, &error), INVALID, "`pictures`");
    WORKS(facekit_swap_sources_add(none, pictures, 1, NULL, &error));
    WORKS(facekit_swap_sources_add(none, pictures, 1, NULL, &error));
    FAILS(facekit_swap(engine, none, photo, NULL, NULL, &swapped, &error), INVALID, "everyone");
    CHECK(swapped == NULL);
    facekit_swap_sources_free(none);
}

static void pictures(const facekit_engine *engine, const facekit_swap_sources *people, const facekit_image *photo) {
    facekit_error *error = NULL;
    facekit_swapped *swapped = NULL;
    facekit_swap_params params;
    facekit_mask_params mask;
    facekit_pixels before, after;
    facekit_image *taken;
    WORKS(facekit_swap_params_init(&params, sizeof params));
    CHECK(params.engine == FACEKIT_SWAP_ENGINE_AUTO && params.mask == NULL && params.file_type == -1);
    CHECK(params.face_restore && params.detect == NULL);
    params.face_restore = false;
    WORKS(facekit_swap(engine, people, photo, &params, NULL, &swapped, &error));
    WORKS(facekit_image_view(photo, &before, &error));
    WORKS(facekit_image_view(facekit_swapped_image(swapped), &after, &error));
    CHECK(before.width == after.width && before.height == after.height);
    CHECK(memcmp(before.data, after.data, before.stride) == 0);
    CHECK(facekit_swapped_model_count(swapped) >= 2 && strlen(facekit_swapped_model(swapped, 0)) > 0);
    CHECK(facekit_swapped_model(swapped, 100) == NULL);
    CHECK(facekit_swapped_face_count(swapped) == 1 && facekit_swapped_face(swapped, 0)->has_points);
    CHECK(facekit_swapped_face(swapped, 1) == NULL && facekit_swapped_inference_time(swapped) > 0.0);
    taken = facekit_swapped_take_image(swapped);
    CHECK(taken != NULL && facekit_swapped_image(swapped) == NULL && facekit_swapped_take_image(swapped) == NULL);
    facekit_image_free(taken);
    facekit_swapped_free(swapped);
    swapped = NULL;

    WORKS(facekit_swap_pixels(engine, people, &before, &params, NULL, &swapped, &error));
    CHECK(facekit_swapped_image(swapped) != NULL);
    facekit_swapped_free(swapped);
    swapped = NULL;

    params.engine = 9;
    FAILS(facekit_swap(engine, people, photo, &params, NULL, &swapped, &error), INVALID, "facekit_swap_engine");
    params.engine = FACEKIT_SWAP_ENGINE_NETWORK;
    params.swapper = "no_such_swapper";
    FAILS(facekit_swap(engine, people, photo, &params, NULL, &swapped, &error), FACEKIT_STATUS_MODEL_NOT_FOUND,
          "no_such_swapper");
    params.swapper = NULL;
    WORKS(facekit_swap(engine, people, photo, &params, NULL, &swapped, &error));
    CHECK(facekit_swapped_model_count(swapped) >= 3);
    facekit_swapped_free(swapped);
    swapped = NULL;
    params.engine = FACEKIT_SWAP_ENGINE_MESH;
    WORKS(facekit_mask_params_init(&mask, sizeof mask));
    CHECK(mask.masks_count == 1 && mask.masks[0] == FACEKIT_MASK_TYPE_BOX);
    mask.masks_count = 9;
    params.mask = &mask;
    FAILS(facekit_swap(engine, people, photo, &params, NULL, &swapped, &error), INVALID, "`masks_count`");
    FAILS(facekit_swap(NULL, people, photo, NULL, NULL, &swapped, &error), INVALID, "`engine` is NULL");
    FAILS(facekit_swap(engine, NULL, photo, NULL, NULL, &swapped, &error), INVALID, "`sources` is NULL");
    FAILS(facekit_swap(engine, people, NULL, NULL, NULL, &swapped, &error), INVALID, "`target` is NULL");
    FAILS(facekit_swap(engine, people, photo, NULL, NULL, NULL, &error), INVALID, "`out_swapped` is NULL");
    FAILS(facekit_swap_pixels(engine, people, NULL, NULL, NULL, &swapped, &error), INVALID, "`target` is NULL");
    CHECK(swapped == NULL);
}

static void masks(const facekit_engine *engine, const facekit_image *photo) {
    facekit_error *error = NULL;
    facekit_face_mask *masked = NULL;
    facekit_face_mask_params params;
    facekit_mask_params mask;
    facekit_pixels pixels;
    const int32_t mouth[1] = {FACEKIT_FACE_AREA_MOUTH}, area[1] = {FACEKIT_MASK_TYPE_AREA};
    WORKS(facekit_face_mask_params_init(&params, sizeof params));
    CHECK(params.mask == NULL && params.detect == NULL);
    WORKS(facekit_mask_params_init(&mask, sizeof mask));
    mask.masks = area;
    mask.mask_areas = mouth;
    mask.mask_areas_count = 1;
    params.mask = &mask;
    WORKS(facekit_mask_faces(engine, photo, &params, NULL, &masked, &error));
    WORKS(facekit_image_view(facekit_face_mask_image(masked), &pixels, &error));
    CHECK(pixels.width == facekit_image_width(photo) && pixels.format == FACEKIT_PIXEL_FORMAT_RGB);
    CHECK(pixels.data[0] == 0 && facekit_face_mask_inference_time(masked) > 0.0);
    CHECK(facekit_face_mask_face_count(masked) == 1 && facekit_face_mask_face(masked, 0)->has_points);
    CHECK(facekit_face_mask_face(masked, 1) == NULL);
    facekit_face_mask_free(masked);
    masked = NULL;
    CHECK(facekit_face_mask_image(NULL) == NULL && facekit_face_mask_face_count(NULL) == 0);
    CHECK(facekit_face_mask_face(NULL, 0) == NULL && facekit_face_mask_inference_time(NULL) == 0.0);
    facekit_face_mask_free(NULL);
    FAILS(facekit_mask_faces(engine, NULL, NULL, NULL, &masked, &error), INVALID, "`image` is NULL");
    FAILS(facekit_mask_faces(engine, photo, NULL, NULL, NULL, &error), INVALID, "`out_mask` is NULL");
    CHECK(masked == NULL);
}

static void files(const facekit_engine *engine, const facekit_swap_sources *people, const facekit_image *photo) {
    facekit_error *error = NULL;
    facekit_swapped_file *swapped = NULL;
    facekit_bytes *file = NULL;
    facekit_image *read = NULL;
    facekit_swap_params params;
    const facekit_bytes *bytes;
    const uint8_t *data;
    size_t len;
    WORKS(facekit_image_encode(photo, NULL, &file, &error));
    data = facekit_bytes_data(file);
    len = facekit_bytes_len(file);
    WORKS(facekit_swap_params_init(&params, sizeof params));
    params.file_type = FACEKIT_FILE_FORMAT_PNG;
    WORKS(facekit_swap_file(engine, people, data, len, &params, NULL, &swapped, &error));
    CHECK(facekit_swapped_file_format(swapped) == FACEKIT_FILE_FORMAT_PNG);
    CHECK(facekit_swapped_file_frame_count(swapped) == 1);
    CHECK(facekit_swapped_file_swapped_frame_count(swapped) == 1);
    CHECK(facekit_swapped_file_searched_frame_count(swapped) == 1);
    CHECK(facekit_swapped_file_model_count(swapped) >= 2);
    CHECK(strlen(facekit_swapped_file_model(swapped, 0)) > 0 && facekit_swapped_file_model(swapped, 100) == NULL);
    CHECK(facekit_swapped_file_inference_time(swapped) > 0.0);
    bytes = facekit_swapped_file_bytes(swapped);
    WORKS(facekit_image_decode(engine, facekit_bytes_data(bytes), facekit_bytes_len(bytes), &read, &error));
    CHECK(facekit_image_width(read) == facekit_image_width(photo));
    facekit_image_free(read);
    facekit_swapped_file_free(swapped);
    swapped = NULL;

    FAILS(facekit_swap_file(engine, people, data, 10, NULL, NULL, &swapped, &error), FACEKIT_STATUS_INVALID_PICTURE, "");
    FAILS(facekit_swap_file(engine, people, NULL, len, NULL, NULL, &swapped, &error), INVALID, "`target` is NULL");
    FAILS(facekit_swap_file(engine, people, data, len, NULL, NULL, NULL, &error), INVALID, "`out_swapped` is NULL");
    CHECK(swapped == NULL);
    facekit_bytes_free(file);
}

int main(int argc, char **argv) {
    facekit_error *error = NULL;
    facekit_engine *engine = NULL;
    facekit_image *photo = NULL;
    facekit_swap_sources *people = facekit_swap_sources_new();
    if (argc != 3) {
        fprintf(stderr, "usage: swap PHOTO SCRATCH_FOLDER\n");
        return EXIT_FAILURE;
    }
    null_handles();
    WORKS(facekit_engine_new(NULL, &engine, &error));
    WORKS(facekit_image_open(engine, argv[1], &photo, &error));
    WORKS(facekit_swap_sources_add(people, (const facekit_image *const *)&photo, 1, NULL, &error));
    sources(engine, photo);
    pictures(engine, people, photo);
    masks(engine, photo);
    files(engine, people, photo);
    facekit_swap_sources_free(people);
    facekit_image_free(photo);
    facekit_engine_free(engine);
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
