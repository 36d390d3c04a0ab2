// Prints the faces of a picture, in a program that is built without exceptions: expected PICTURE
#define FACEKIT_NO_EXCEPTIONS // what -fno-exceptions does by itself
#include <facekit.hpp>
#include <iostream>

namespace {

facekit::Expected<facekit::Detection> detect(const char *path) {
    const auto engine = facekit::Engine::create();
    if (!engine) {
        return facekit::Unexpected(engine.error());
    }
    const auto picture = facekit::Image::open(path, engine->get());
    if (!picture) {
        return facekit::Unexpected(picture.error());
    }
    return engine->detect(*picture);
}

} // namespace

int main(int argc, char **argv) {
    if (argc != 2) {
        std::cerr << "usage: expected PICTURE\n";
        return 2;
    }
    const auto detection = detect(argv[1]);
    if (!detection) {
        std::cerr << "error: " << detection.error().what() << '\n';
        return 1;
    }
    std::cout << detection->faces().size() << " faces found by " << detection->model() << '\n';
    for (const facekit::Face &face : detection->faces()) {
        std::cout << face.rect.width << " x " << face.rect.height << " pixels at " << face.rect.x << ", "
                  << face.rect.y << '\n';
    }
    return 0;
}
