/* What valgrind, AddressSanitizer and strace must find: a test that they find nothing can fail only if they find this.
 * Usage: planted leak | use-after-free | overflow | socket | file PATH. */
#include "facekit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* A handle of the library that nobody frees. */
static void leak(void) {
    facekit_swap_sources *volatile sources = facekit_swap_sources_new();
    sources = NULL;
    (void)sources;
}

/* Pixels of a picture that is gone. */
static void use_after_free(void) {
    const uint8_t rgb[12] = {1, 2, 3};
    facekit_pixels pixels = {rgb, 2, 2, 6, FACEKIT_PIXEL_FORMAT_RGB};
    facekit_image *image = NULL;
    if (facekit_image_from_pixels(&pixels, &image, NULL) == FACEKIT_STATUS_OK &&
        facekit_image_view(image, &pixels, NULL) == FACEKIT_STATUS_OK) {
        facekit_image_free(image);
        printf("%d\n", pixels.data[0] > 2 ? 1 : 0);
    }
}

/* A byte behind a buffer. */
static void overflow(void) {
    volatile size_t end = 8;
    char *buffer = malloc(end);
    if (buffer != NULL) {
        memset(buffer, 1, end);
        printf("%d\n", buffer[end] > 2 ? 1 : 0);
        free(buffer);
    }
}

/* A way to the network. */
static void open_socket(void) { printf("%d\n", socket(AF_INET, SOCK_DGRAM, 0) >= 0 ? 1 : 0); }

/* An output that nobody asked for. */
static void write_file(const char *path) {
    FILE *file = fopen(path, "w");
    if (file != NULL) {
        fclose(file);
    }
}

int main(int argc, char **argv) {
    const char *what = argc >= 2 ? argv[1] : "";
    if (strcmp(what, "leak") == 0) {
        leak();
    } else if (strcmp(what, "use-after-free") == 0) {
        use_after_free();
    } else if (strcmp(what, "overflow") == 0) {
        overflow();
    } else if (strcmp(what, "socket") == 0) {
        open_socket();
    } else if (strcmp(what, "file") == 0 && argc == 3) {
        write_file(argv[2]);
    } else {
        return 2;
    }
    return 0;
}
