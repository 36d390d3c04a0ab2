/* Restores the faces of a picture and doubles its size: restore PICTURE RESULT */
#include <facekit.h>
#include <stdio.h>

static int show_progress(const char *stage, float fraction, void *user_data) {
    (void)user_data;
    printf("%3.0f %% %s\n", 100.0f * fraction, stage);
    return 0; /* anything else cancels */
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
    facekit_restored *restored = NULL;
    facekit_restore_params params;
    facekit_call call;
    int exit_code = 0;

    if (argc != 3) {
        fprintf(stderr, "usage: restore PICTURE RESULT\n");
        return 2;
    }
    facekit_restore_params_init(&params, sizeof params);
    params.upscale = 2;
    facekit_call_init(&call, sizeof call);
    call.progress = show_progress;

    if (facekit_engine_new(NULL, &engine, &error) != FACEKIT_STATUS_OK ||
        facekit_image_open(engine, argv[1], &image, &error) != FACEKIT_STATUS_OK ||
        facekit_restore(engine, image, &params, &call, &restored, &error) != FACEKIT_STATUS_OK ||
        facekit_image_save(facekit_restored_image(restored), argv[2], NULL, &error) != FACEKIT_STATUS_OK) {
        exit_code = fail(error);
    }
    facekit_restored_free(restored);
    facekit_image_free(image);
    facekit_engine_free(engine);
    return exit_code;
}
