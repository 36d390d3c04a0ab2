// Prints the faces of a picture and restores them: faces PICTURE RESULT
#include <facekit.hpp>
#include <iostream>

int main(int argc, char **argv) {
    if (argc != 3) {
        std::cerr << "usage: faces PICTURE RESULT\n";
        return 2;
    }
    try {
        const facekit::Engine engine;
        const auto picture = facekit::Image::open(argv[1], engine.get());
        for (const auto &face : engine.detect(picture).faces())
            std::cout << "a face at " << face.rect.x << ", " << face.rect.y << '\n';

        const auto restored = engine.restore(picture);
        restored.image().save(argv[2]);
        std::cout << restored.faces().size() << " restored\n";
    } catch (const std::exception &error) {
        std::cerr << "error: " << error.what() << '\n';
        return 1;
    }
    return 0;
}
