// Repaints the faces of a picture with a diffusion model: detail PICTURE RESULT [MODEL]
// MODEL is the name of an installed one, or a folder; where none is installed the faces are restored instead.
#include <facekit.hpp>
#include <iostream>

int main(int argc, char **argv) {
    if (argc != 3 && argc != 4) {
        std::cerr << "usage: detail PICTURE RESULT [MODEL]\n";
        return 2;
    }
    try {
        const facekit::Engine engine;
        const auto picture = facekit::Image::open(argv[1], engine.get());

        facekit::DetailParams params;
        params.model = argc == 4 ? argv[3] : nullptr;
        params.fallback = FACEKIT_FALLBACK_RESTORE;
        facekit::Call call;
        call.preview = [](const facekit::Preview &preview) {
            std::cout << "step " << preview.step << " of " << preview.steps << ", " << preview.width << " x "
                      << preview.height << '\n';
        };

        const auto detailed = engine.detail(picture, params, call);
        detailed.image().save(argv[2]);
        const bool restored = detailed.engine() == FACEKIT_DETAIL_ENGINE_RESTORE;
        std::cout << "faces " << (restored ? "restored" : "repainted") << ": " << detailed.faces().size() << '\n';
    } catch (const std::exception &error) {
        std::cerr << "error: " << error.what() << '\n';
        return 1;
    }
    return 0;
}
