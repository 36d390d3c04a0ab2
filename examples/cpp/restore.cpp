// Restores the faces of a picture and doubles its size: restore PICTURE RESULT
#include <facekit.hpp>
#include <iostream>

int main(int argc, char **argv) {
    if (argc != 3) {
        std::cerr << "usage: restore PICTURE RESULT\n";
        return 2;
    }
    try {
        const facekit::Engine engine;
        const auto picture = facekit::Image::open(argv[1], engine.get());

        facekit::RestoreParams params;
        params.upscale = 2;
        facekit::Call call;
        call.progress = [](std::string_view stage, float fraction) {
            std::cout << static_cast<int>(100 * fraction) << " % " << stage << '\n';
            return true; // false cancels
        };

        const auto restored = engine.restore(picture, params, call);
        restored.image().save(argv[2]);
        std::cout << restored.faces().size() << " faces restored with " << restored.models()[1] << '\n';
    } catch (const std::exception &error) {
        std::cerr << "error: " << error.what() << '\n';
        return 1;
    }
    return 0;
}
