/* Repaints the faces of a picture with a diffusion model: detail PICTURE RESULT [MODEL]
 * MODEL is the name of an installed one, or a folder; where none is installed the faces are restored instead. */
#include <facekit.h>
#include <stdio.h>

static void show_preview(const facekit_preview *preview, void *user_data) {
    (void)user_data;
    printf("step %u of %u, %u x %u\n", (unsigned)preview->step, (unsigned)preview->steps, (unsigned)preview->width,
           (unsigned)preview->height);
}

static int fail(facekit_error *error) {
    fprintf(stderr, "error: %s\n", facekit_error_message(error));
    facekit_error_free(error);
    return 1;
}

int main(int argc, char **argv) {
    facekit_error *error = NULL;
    facekit_engine *engine = NULL;
    facekit_image *image = NULL;
    facekit_detailed *detailed = NULL;
    facekit_detail_params params;
    facekit_call call;
    int exit_code = 0;

    if (argc != 3 && argc != 4) {
        fprintf(stderr, "usage: detail PICTURE RESULT [MODEL]\n");
        return 2;
    }
    facekit_detail_params_init(&params, sizeof params);
    params.model = argc == 4 ? argv[3] : NULL;
    params.fallback = FACEKIT_FALLBACK_RESTORE;
    facekit_call_init(&call, sizeof call);
    call.preview = show_preview;

    if (facekit_engine_new(NULL, &engine, &error) != FACEKIT_STATUS_OK ||
        facekit_image_open(engine, argv[1], &image, &error) != FACEKIT_STATUS_OK ||
        facekit_detail(engine, image, &params, &call, &detailed, &error) != FACEKIT_STATUS_OK ||
        facekit_image_save(facekit_detailed_image(detailed, 0), argv[2], NULL, &error) != FACEKIT_STATUS_OK) {
        exit_code = fail(error);
    } else {
        printf("faces %s: %zu\n",
               facekit_detailed_engine(detailed) == FACEKIT_DETAIL_ENGINE_RESTORE ? "restored" : "repainted",
               facekit_detailed_face_count(detailed));
    }
    facekit_detailed_free(detailed);
    facekit_image_free(image);
    facekit_engine_free(engine);
    return exit_code;
}
