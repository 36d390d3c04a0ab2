// A client of the jobs of facekit.hpp in every standard, with exceptions or without.
// Usage: jobs PHOTO SCRATCH_FOLDER. Says nothing and returns 0 when all is well.
#include "check.hpp"

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <thread>

namespace {

using namespace std::chrono_literals;

/** A gate at which a job stands until it is opened. */
class Gate {
public:
    bool pass() {
        reached_ = true;
        while (!open_) {
            std::this_thread::sleep_for(1ms);
        }
        return true;
    }

    void await() const {
        while (!reached_) {
            std::this_thread::sleep_for(1ms);
        }
    }

    void open() { open_ = true; }

private:
    std::atomic<bool> reached_ = false;
    std::atomic<bool> open_ = false;
};

void a_life(const facekit::Jobs &jobs, const facekit::Image &photo) {
    facekit::RestoreParams params;
    params.blend = 0.5f;
    const auto job = must(jobs.restore(photo, params, {}, 7));
    check(job.id().size() == 36 && jobs.size() == 1, "a job has an id");
    works([&] { return job.wait(); });
    check(must(job.wait_for(0s)) && must(job.wait_for(-1s)), "a job that has ended needs no waiting");
    const auto status = must(job.status());
    check(status.state() == FACEKIT_JOB_STATE_COMPLETED && status.fraction() == 1.0f, "a job completes");
    check(status.pipeline() == "restore", "a job knows its pipeline");
    check(status.priority() == 7 && status.ahead() == 0 && status.stage() == "restore", "with its priority");
    check(status.error() == FACEKIT_STATUS_OK && status.message().empty(), "without an error");
    check(status.waited() >= 0.0 && status.ran() >= status.inference_time(), "with its times");
    double seconds = 0.0;
    for (const facekit::Stage stage : status.stages()) {
        check(!stage.name.empty(), "a stage has a name");
        seconds += stage.seconds;
    }
    check(status.stages()[0].name == "detect" && seconds <= status.inference_time() * 1.01, "and stages");
    const auto told = must(jobs.json("{\"pipeline\": \"detect\", \"image\": \"examples/photos/astronaut.png\"}"));
    check(must(told.take()).view().find("\"status\":\"completed\"") == 1, "a request in JSON is a job too");
    const auto found = must(jobs.find(std::string(job.id())));
    fails(FACEKIT_STATUS_INVALID_PARAMETER, "ran restore", [&] { return found.take<facekit::Detection>(); });
    check(must(found.take<facekit::Restored>()).faces().size() == 1, "a job can be found by its id");
    fails(FACEKIT_STATUS_JOB_NOT_FOUND, "taken before", [&] { return job.take(); });
    fails(FACEKIT_STATUS_INVALID_PARAMETER, "no id of a job", [&] { return jobs.find("no id"); });
}

void every_pipeline(const facekit::Jobs &jobs, const facekit::Image &photo) {
    facekit::EmbedParams embed;
    embed.recognizer = "tests/golden/networks/mobilefacenet.onnx";
    check(must(must(jobs.detect(photo)).take()).faces().size() == 1, "a detection");
    check(must(must(jobs.embed(photo, embed)).take()).unit(0).size() == 128, "an embedding");
    check(must(must(jobs.compare(photo, photo, embed)).take()).same(), "a comparison");
    check(must(must(jobs.mask(photo)).take()).faces().size() == 1, "a mask");
    facekit::DetailParams detail;
    detail.fallback = FACEKIT_FALLBACK_RESTORE;
    check(must(must(jobs.detail(photo, detail)).take()).faces().size() == 1, "a repainting");
    facekit::RefineParams refine;
    fails(FACEKIT_STATUS_MODEL_NOT_FOUND, "diffusion", [&] { return must(jobs.refine(photo, refine)).take(); });
    facekit::StylizeParams style;
    style.style = FACEKIT_STYLE_PIXELS;
    check(must(must(jobs.stylize(photo, style)).take()).faces().size() == 1, "a stylization");
    std::optional<facekit::Bytes> file = must(photo.encode());
    facekit::SwapSources people(photo);
    const auto stylized = must(jobs.stylize_file(*file, style));
    const auto swapped = must(jobs.swap_file(people, *file));
    file.reset();
    check(must(stylized.take()).frames() == 1 && must(swapped.take()).swapped_frames() == 1, "files, of a copy");
    check(must(must(jobs.swap(people, photo)).take()).faces().size() == 1, "a swap");
    people.add({});
    fails(FACEKIT_STATUS_INVALID_PARAMETER, "`count` is 0", [&] { return jobs.swap(people, photo); });
    fails(FACEKIT_STATUS_INVALID_PARAMETER, "`count` is 0", [&] { return jobs.swap_file(people, {}); });
}

void the_line(const facekit::Engine &engine, const facekit::Image &photo) {
    facekit::JobsOptions options;
    check(options.workers == 1 && options.retention == 3600.0, "options have their defaults");
    options.capacity = 2;
    Gate gate;
    std::atomic<int> ends = 0;
    facekit::Call call;
    call.progress = [&](std::string_view, float) { return gate.pass(); };
    call.completion = [&](facekit_status, double seconds) { ends += seconds >= 0.0 ? 1 : 0; };
    std::optional<facekit::Jobs> jobs = must(facekit::Jobs::create(engine, options));
    const auto first = must(jobs->detect(photo, {}, call));
    gate.await();
    // From here on the job alone owns what it was called with.
    call.progress = nullptr;
    const auto second = must(jobs->detect(photo, {}, call));
    const auto third = must(jobs->detect(photo, {}, call));
    fails(FACEKIT_STATUS_QUEUE_FULL, "2 jobs wait", [&] { return jobs->detect(photo, {}, call); });
    check(must(first.status()).state() == FACEKIT_JOB_STATE_PROCESSING, "a job runs");
    check(must(third.status()).ahead() == 1 && !must(third.wait_for(1ms)), "while others wait");
    second.cancel();
    check(must(second.status()).state() == FACEKIT_JOB_STATE_CANCELED && ends == 1, "one that waits is canceled at once");
    check(must(second.status()).error() == FACEKIT_STATUS_CANCELED, "and says so");
    check(!must(second.status()).message().empty(), "in words");
    fails(FACEKIT_STATUS_CANCELED, "canceled", [&] { return second.take(); });
    gate.open();
    check(must(first.take()).faces().size() == 1, "the first goes on");
    jobs.reset();
    check(ends == 3 && must(third.wait_for(0s)), "a queue that ends leaves no job behind");
    options.workers = 0;
    fails(FACEKIT_STATUS_INVALID_PARAMETER, "`workers` is 0", [&] { return facekit::Jobs::create(engine, options); });
}

#ifndef FACEKIT_NO_EXCEPTIONS

void callbacks_throw(const facekit::Jobs &jobs, const facekit::Image &photo) {
    facekit::Call call;
    call.progress = [](std::string_view, float) -> bool { throw std::out_of_range("mine"); };
    const auto job = jobs.detect(photo, {}, call);
    job.wait();
    check(job.status().state() == FACEKIT_JOB_STATE_CANCELED, "a callback that throws cancels a job");
    try {
        static_cast<void>(job.take());
        check(false, "what a callback throws comes out");
    } catch (const std::out_of_range &error) {
        check(std::string_view(error.what()) == "mine", "what a callback throws comes out unchanged");
    }
}

#endif

} // namespace

int main(int argc, char **argv) {
    if (argc != 3) {
        std::cerr << "usage: jobs PHOTO SCRATCH_FOLDER\n";
        return EXIT_FAILURE;
    }
    return finished([&] {
        std::optional<facekit::Engine> engine = must(facekit::Engine::create());
        const auto photo = must(facekit::Image::open(argv[1]));
        the_line(*engine, photo);
        const auto jobs = must(facekit::Jobs::create(*engine));
        engine.reset();
        a_life(jobs, photo);
        every_pipeline(jobs, photo);
#ifndef FACEKIT_NO_EXCEPTIONS
        callbacks_throw(jobs, photo);
#endif
    });
}
