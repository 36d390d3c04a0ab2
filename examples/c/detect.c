/* Prints the faces of a picture: detect PICTURE */
#include <facekit.h>
#include <stdio.h>

static int fail(facekit_error *error) {
    fprintf(stderr, "error: %s\n", facekit_error_message(error));
    facekit_error_free(error);
    return 1;
}

int main(int argc, char **argv) {
    facekit_error *error = NULL;
    facekit_engine *engine = NULL;
    facekit_image *image = NULL;
    facekit_detection *detection = NULL;
    int exit_code = 0;

    if (argc != 2) {
        fprintf(stderr, "usage: detect PICTURE\n");
        return 2;
    }
    if (facekit_engine_new(NULL, &engine, &error) != FACEKIT_STATUS_OK ||
        facekit_image_open(engine, argv[1], &image, &error) != FACEKIT_STATUS_OK ||
        facekit_detect(engine, image, NULL, NULL, &detection, &error) != FACEKIT_STATUS_OK) {
        exit_code = fail(error);
    }
    for (size_t i = 0; i < facekit_detection_face_count(detection); i++) {
        const facekit_face *face = facekit_detection_face(detection, i);
        printf("face %zu: %.0f x %.0f at %.0f, %.0f, score %.2f\n", i, face->rect.width, face->rect.height,
               face->rect.x, face->rect.y, face->score);
    }
    facekit_detection_free(detection);
    facekit_image_free(image);
    facekit_engine_free(engine);
    return exit_code;
}
