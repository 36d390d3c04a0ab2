// Gives a picture or an animation a style: stylize INPUT RESULT [STYLE]
// STYLE is 3d, emoji, video-game, pixels, clay or toy.
#include <algorithm>
#include <facekit.hpp>
#include <fstream>
#include <iostream>
#include <iterator>

int main(int argc, char **argv) {
    if (argc != 3 && argc != 4) {
        std::cerr << "usage: stylize INPUT RESULT [STYLE]\n";
        return 2;
    }
    try {
        const std::vector<std::string> styles = {"3d", "emoji", "video-game", "pixels", "clay", "toy"};
        facekit::StylizeParams params;
        // In the order of facekit_style; the library refuses the number of any other word.
        const auto style = std::find(styles.begin(), styles.end(), argc == 4 ? argv[3] : "3d");
        params.style = static_cast<std::int32_t>(style - styles.begin());
        params.file_type = facekit::file_format(argv[2]);

        const facekit::Engine engine;
        std::ifstream file(argv[1], std::ios::binary);
        const std::string input((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
        const auto stylized = engine.stylize_file(facekit::as_bytes(input), params);

        std::ofstream result(argv[2], std::ios::binary);
        const facekit::ByteSpan bytes = stylized.bytes();
        result.write(reinterpret_cast<const char *>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
        const bool classic = stylized.engine() == FACEKIT_STYLIZE_ENGINE_CLASSIC;
        std::cout << "stylized by " << (classic ? "image processing" : "models") << '\n';
        for (const auto note : stylized.notes()) {
            std::cout << note << '\n';
        }
    } catch (const std::exception &error) {
        std::cerr << "error: " << error.what() << '\n';
        return 1;
    }
    return 0;
}
