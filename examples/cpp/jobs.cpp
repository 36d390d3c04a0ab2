// Restores several pictures in the background, two at a time, and says how far they are: jobs PHOTO...
#include <facekit.hpp>
#include <iostream>

int main(int argc, char **argv) {
    if (argc < 2) {
        std::cerr << "usage: jobs PHOTO...\n";
        return 2;
    }
    try {
        facekit::JobsOptions options;
        options.workers = 2;
        const facekit::Jobs jobs(facekit::Engine(), options);
        std::vector<facekit::Job<facekit::Restored>> submitted;
        for (int i = 1; i < argc; ++i) {
            submitted.push_back(jobs.restore(facekit::Image::open(argv[i])));
        }
        for (const auto &job : submitted) {
            while (!job.wait_for(std::chrono::milliseconds(200))) {
                const auto status = job.status();
                std::cout << job.id() << ": " << static_cast<int>(100 * status.fraction()) << " % " << status.stage()
                          << '\n';
            }
            const auto restored = job.take();
            std::cout << job.id() << ": restored " << restored.faces().size() << " face(s) in "
                      << restored.inference_time() << " s\n";
        }
    } catch (const std::exception &error) {
        std::cerr << "error: " << error.what() << '\n';
        return 1;
    }
    return 0;
}
