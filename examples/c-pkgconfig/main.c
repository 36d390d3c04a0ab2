/* Prints the faces of a picture and restores them: faces PICTURE RESULT */
#include <facekit.h>
#include <stdio.h>

int main(int argc, char **argv) {
    facekit_error *error = NULL;
    facekit_engine *engine = NULL;
    facekit_image *image = NULL;
    facekit_detection *detection = NULL;
    facekit_restored *restored = NULL;
    int exit_code = 0;

    if (argc != 3) {
        fprintf(stderr, "usage: faces PICTURE RESULT\n");
        return 2;
    }
    if (facekit_engine_new(NULL, &engine, &error) != FACEKIT_STATUS_OK ||
        facekit_image_open(engine, argv[1], &image, &error) != FACEKIT_STATUS_OK ||
        facekit_detect(engine, image, NULL, NULL, &detection, &error) != FACEKIT_STATUS_OK ||
        facekit_restore(engine, image, NULL, NULL, &restored, &error) != FACEKIT_STATUS_OK ||
        facekit_image_save(facekit_restored_image(restored), argv[2], NULL, &error) != FACEKIT_STATUS_OK) {
        fprintf(stderr, "error: %s\n", facekit_error_message(error));
        exit_code = 1;
    } else {
        for (size_t i = 0; i < facekit_detection_face_count(detection); i++) {
            const facekit_face *face = facekit_detection_face(detection, i);
            printf("a face at %.0f, %.0f\n", face->rect.x, face->rect.y);
        }
        printf("%zu restored\n", facekit_restored_face_count(restored));
    }
    facekit_restored_free(restored);
    facekit_detection_free(detection);
    facekit_image_free(image);
    facekit_engine_free(engine);
    facekit_error_free(error);
    return exit_code;
}
