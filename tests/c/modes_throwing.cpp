// A program whose halves use facekit.hpp in different standards, with exceptions and without: modes PHOTO FOLDER.
// Says nothing and returns 0 when all is well.
#include "modes.hpp"

#include "check.hpp"

int main(int argc, char **argv) {
    if (argc != 3) {
        std::cerr << "usage: modes PHOTO SCRATCH_FOLDER\n";
        return EXIT_FAILURE;
    }
    return finished([&] {
        const facekit::Image opened(open_without_exceptions(argv[1]));
        check(opened.width() > 0 && must(opened.view()).height == opened.height(), "a handle changes hands");
        check(open_without_exceptions("no-such-file") == nullptr, "one half returns its errors");
        fails(FACEKIT_STATUS_IO, "no-such-file", [] { return facekit::Image::open("no-such-file"); });
    });
}
