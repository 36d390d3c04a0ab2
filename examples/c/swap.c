/* Puts the face of one picture into another, or into a GIF: swap SOURCE TARGET RESULT */
#include <facekit.h>
#include <stdio.h>
#include <stdlib.h>

static int fail(facekit_error *error) {
    fprintf(stderr, "error: %s\n", facekit_error_message(error));
    facekit_error_free(error);
    return 1;
}

/* Reads a whole file; NULL when that cannot be done. */
static unsigned char *read_file(const char *path, size_t *len) {
    FILE *file = fopen(path, "rb");
    unsigned char *bytes = NULL;
    long size;
    if (file == NULL) {
        return NULL;
    }
    if (fseek(file, 0, SEEK_END) == 0 && (size = ftell(file)) > 0 && fseek(file, 0, SEEK_SET) == 0) {
        bytes = malloc((size_t)size);
        *len = bytes == NULL ? 0 : fread(bytes, 1, (size_t)size, file);
    }
    fclose(file);
    return bytes;
}

static int write_file(const char *path, const facekit_bytes *bytes) {
    FILE *file = fopen(path, "wb");
    size_t written;
    if (file == NULL) {
        return 1;
    }
    written = fwrite(facekit_bytes_data(bytes), 1, facekit_bytes_len(bytes), file);
    return fclose(file) != 0 || written != facekit_bytes_len(bytes);
}

int main(int argc, char **argv) {
    facekit_error *error = NULL;
    facekit_engine *engine = NULL;
    facekit_image *source = NULL;
    facekit_swap_sources *people = facekit_swap_sources_new();
    facekit_swapped_file *swapped = NULL;
    facekit_swap_params params;
    facekit_file_format format;
    unsigned char *target;
    size_t len = 0;
    int exit_code = 0;

    if (argc != 4) {
        fprintf(stderr, "usage: swap SOURCE TARGET RESULT\n");
        facekit_swap_sources_free(people);
        return 2;
    }
    facekit_swap_params_init(&params, sizeof params);
    target = read_file(argv[2], &len);
    if (facekit_file_format_from_path(argv[3], &format, &error) != FACEKIT_STATUS_OK ||
        facekit_engine_new(NULL, &engine, &error) != FACEKIT_STATUS_OK ||
        facekit_image_open(engine, argv[1], &source, &error) != FACEKIT_STATUS_OK ||
        facekit_swap_sources_add(people, (const facekit_image *const *)&source, 1, NULL, &error) !=
            FACEKIT_STATUS_OK) {
        exit_code = fail(error);
    } else {
        params.file_type = (int32_t)format;
        if (facekit_swap_file(engine, people, target, len, &params, NULL, &swapped, &error) != FACEKIT_STATUS_OK) {
            exit_code = fail(error);
        } else {
            exit_code = write_file(argv[3], facekit_swapped_file_bytes(swapped));
            printf("faces swapped in %u of %u frames\n", (unsigned)facekit_swapped_file_swapped_frame_count(swapped),
                   (unsigned)facekit_swapped_file_frame_count(swapped));
        }
    }
    free(target);
    facekit_swapped_file_free(swapped);
    facekit_swap_sources_free(people);
    facekit_image_free(source);
    facekit_engine_free(engine);
    return exit_code;
}
