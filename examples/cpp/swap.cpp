// Puts the face of one picture into another, or into a GIF: swap SOURCE TARGET RESULT
#include <facekit.hpp>
#include <fstream>
#include <iostream>
#include <iterator>

int main(int argc, char **argv) {
    if (argc != 4) {
        std::cerr << "usage: swap SOURCE TARGET RESULT\n";
        return 2;
    }
    try {
        const facekit::Engine engine;
        const facekit::SwapSources people(facekit::Image::open(argv[1], engine.get()));
        std::ifstream file(argv[2], std::ios::binary);
        const std::string target((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());

        facekit::SwapParams params;
        params.file_type = facekit::file_format(argv[3]);
        const auto swapped = engine.swap_file(people, facekit::as_bytes(target), params);

        std::ofstream result(argv[3], std::ios::binary);
        const facekit::ByteSpan bytes = swapped.bytes();
        result.write(reinterpret_cast<const char *>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
        std::cout << "faces swapped in " << swapped.swapped_frames() << " of " << swapped.frames() << " frames\n";
    } catch (const std::exception &error) {
        std::cerr << "error: " << error.what() << '\n';
        return 1;
    }
    return 0;
}
