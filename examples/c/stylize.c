/* Gives a picture a style: stylize PICTURE RESULT [STYLE]
 * STYLE is 3d, emoji, video-game, pixels, clay or toy. */
#include <facekit.h>
#include <stdio.h>
#include <string.h>

/* The facekit_style of a word; one more than the last for another word, which the library refuses. */
static int32_t style_of(const char *word) {
    static const char *const words[] = {"3d", "emoji", "video-game", "pixels", "clay", "toy"};
    int32_t style = FACEKIT_STYLE_3D;
    while (style <= FACEKIT_STYLE_TOY && strcmp(words[style], word) != 0) {
        style++;
    }
    return style;
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
    facekit_stylized *stylized = NULL;
    facekit_stylize_params params;
    int exit_code = 0;
    size_t i;

    if (argc != 3 && argc != 4) {
        fprintf(stderr, "usage: stylize PICTURE RESULT [STYLE]\n");
        return 2;
    }
    facekit_stylize_params_init(&params, sizeof params);
    if (argc == 4) {
        params.style = style_of(argv[3]);
    }
    if (facekit_engine_new(NULL, &engine, &error) != FACEKIT_STATUS_OK ||
        facekit_image_open(engine, argv[1], &image, &error) != FACEKIT_STATUS_OK ||
        facekit_stylize(engine, image, NULL, &params, NULL, &stylized, &error) != FACEKIT_STATUS_OK ||
        facekit_image_save(facekit_stylized_image(stylized), argv[2], NULL, &error) != FACEKIT_STATUS_OK) {
        exit_code = fail(error);
    } else {
        printf("stylized %s\n", facekit_stylized_engine(stylized) == FACEKIT_STYLIZE_ENGINE_CLASSIC
                                    ? "by image processing"
                                    : "by models");
        for (i = 0; i < facekit_stylized_note_count(stylized); i++) {
            printf("%s\n", facekit_stylized_note(stylized, i));
        }
    }
    facekit_stylized_free(stylized);
    facekit_image_free(image);
    facekit_engine_free(engine);
    return exit_code;
}
