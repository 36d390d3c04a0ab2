// The half of the program `modes` that is built without exceptions and run-time type information.
#include "modes.hpp"

#include "facekit.hpp"

facekit_image *open_without_exceptions(const char *path) {
    facekit::Expected<facekit::Image> image = facekit::Image::open(path);
    return image ? image->release() : nullptr;
}
