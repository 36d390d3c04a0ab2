// A client of what an engine is asked beside its pipelines, in every standard, with exceptions or without: options,
// limits, models, the log, JSON, and the names of enums.
// Usage: engine PHOTO SCRATCH_FOLDER. Says nothing and returns 0 when all is well.
#include "check.hpp"

#include <atomic>
#include <optional>
#include <string>
#include <utility>

namespace {

void versions() {
    check(facekit::version() == FACEKIT_VERSION, "the library is that of the header");
    check(facekit::version_number() == FACEKIT_VERSION_NUMBER, "in number too");
    check(facekit::build_info().version == facekit::version(), "it knows how it was built");
}

void enums() {
    check(facekit::enum_name(FACEKIT_ORDER_LEFT_RIGHT) == "left-right", "a value has a word");
    check(must(facekit::enum_from_name<facekit_style>("Video Game")) == FACEKIT_STYLE_VIDEO_GAME, "and back");
    fails(FACEKIT_STATUS_INVALID_PARAMETER, "oil", [] { return facekit::enum_from_name<facekit_style>("oil"); });
    const auto names = facekit::enum_names<facekit_status>();
    check(names.size() > 15 && names[0] == "ok" && names[FACEKIT_STATUS_NO_FACE] == "no-face", "an enum has words");
}

void options(const std::string &scratch) {
    facekit::EngineOptions options;
    options.runtime(scratch).models(scratch).embedded(false).provider("cpu").strict(true).threads(1).parallel_runs(2);
    options.memory_budget(1 << 20).graph_cache(scratch).allow_license("x").max_bytes(1).max_pixels(1);
    options.max_frames(1).max_animation_pixels(1).max_faces(1).allow_any_license(false);
    check(options.error() == nullptr, "options are accepted");
    fails(FACEKIT_STATUS_RUNTIME_UNAVAILABLE, scratch, [&] { return facekit::Engine::create(options); });
    options.provider("abacus").provider("slide rule");
    check(options.error() != nullptr && options.error()->code() == FACEKIT_STATUS_INVALID_PARAMETER, "or not");
    fails(FACEKIT_STATUS_INVALID_PARAMETER, "abacus", [&] { return facekit::Engine::create(options); });
#ifndef FACEKIT_NO_EXCEPTIONS
    fails(FACEKIT_STATUS_INVALID_PARAMETER, "abacus", [&] { return facekit::Engine(options); });
#endif
}

void limits(const std::string &photo) {
    facekit::Limits limits;
    check(limits.frames == 3000 && limits.faces == 1000, "limits have their defaults");
    limits.pixels = 1000;
    const auto engine = must(facekit::Engine::create(facekit::EngineOptions().limits(limits)));
    check(must(engine.limits()).pixels == 1000 && must(engine.limits()).frames == 3000, "an engine has its own");
    fails(FACEKIT_STATUS_LIMIT_EXCEEDED, "1000", [&] { return facekit::Image::open(photo, engine.get()); });
}

void models(const facekit::Engine &engine) {
    check(engine.runtime_version().find('.') != std::string_view::npos, "the runtime has a version");
    check(!engine.runtime_path().empty(), "the runtime has a path");
    works([&] { return engine.probe("cpu"); });
    fails(FACEKIT_STATUS_INVALID_PARAMETER, "abacus", [&] { return engine.probe("abacus"); });
    const auto models = must(engine.models());
    check(!models.rows().empty() && models.problems().empty(), "models are listed");
    check(std::string_view(models.rows()[0].role) == "detector", "detectors come first");
    check(models.find("FACEKIT-LITE-DETECT")->role == std::string_view("detector"), "a model is found by its name");
    check(models.find("no such model") == nullptr, "or not");
    check(!facekit::providers().empty() && facekit::providers()[0] == "cpu", "providers are listed");

    works([&] { return engine.load_model("detector"); });
    works([&] { return engine.load_model("restorer", "facekit-lite-restore"); });
    check(must(engine.unload_models("facekit-lite-restore")) >= 1, "a model is loaded and unloaded");
    check(must(engine.unload_models()) >= 1, "and all of them");
    fails(FACEKIT_STATUS_INVALID_PARAMETER, "singer", [&] { return engine.load_model("singer"); });
    static_cast<void>(must(engine.verify_model("facekit-lite-detect")));
    fails(FACEKIT_STATUS_MODEL_NOT_FOUND, "none", [&] { return engine.verify_model("none"); });
}

void installation(const std::string &scratch) {
    facekit::EngineOptions options;
    const std::string model = "models/lite/detect.onnx";
    fails(FACEKIT_STATUS_INVALID_PARAMETER, "no model folder", [&] { return options.install_model(model); });
    const auto installed = must(options.models(scratch + "/models").install_model(model));
    check(installed.rows().size() == 1 && installed.rows()[0].role == std::string_view("detector"), "installed");
}

void log(const facekit::Image &photo) {
    std::atomic<int> records = 0;
    const auto alive = std::make_shared<int>();
    std::optional<facekit::Job<facekit::Detection>> job;
    {
        facekit::EngineOptions options;
        options.on_log(FACEKIT_LOG_LEVEL_DEBUG, [&records, alive](const facekit::LogRecord &record) {
            records += record.message != nullptr && record.target != nullptr ? 1 : 0;
        });
        auto engine = must(facekit::Engine::create(std::exchange(options, facekit::EngineOptions())));
        check(must(engine.detect(photo)).faces().size() == 1 && records > 0, "an engine tells what it does");
        const auto jobs = must(facekit::Jobs::create(engine));
        engine = must(facekit::Engine::create());
        check(alive.use_count() == 2, "the log lives with the queue");
        job = must(jobs.detect(photo));
        works([&] { return job->wait(); });
    }
    check(alive.use_count() == 2 && must(job->take()).faces().size() == 1, "and with a job");
    job.reset();
    check(alive.use_count() == 1, "and no longer");
    facekit::EngineOptions wrong;
    wrong.on_log(FACEKIT_LOG_LEVEL_ERROR, nullptr);
    fails(FACEKIT_STATUS_INVALID_PARAMETER, "`callback` is NULL", [&] { return facekit::Engine::create(wrong); });
}

void json(const facekit::Engine &engine, const std::string &photo) {
    const std::string request = R"({"pipeline": "detect", "image": ")" + photo + R"("})";
    const auto answer = must(engine.run_json(request));
    check(answer.view().find(R"("status":"completed")") != std::string_view::npos, "an answer in JSON");
    fails(FACEKIT_STATUS_INVALID_PARAMETER, "`pipeline`", [&] { return engine.run_json("{}"); });
    facekit::Call call;
    call.progress = [](std::string_view, float) { return false; };
    fails(FACEKIT_STATUS_CANCELED, "canceled", [&] { return engine.run_json(request, call); });
    fails(FACEKIT_STATUS_INVALID_PARAMETER, "face-detailer", [&] { return engine.run_hosted("face-lift", "{}"); });
#ifdef FACEKIT_NO_EXCEPTIONS
    const facekit::Error error = engine.run_json("{}").error();
#else
    std::optional<facekit::Error> caught;
    try {
        static_cast<void>(engine.run_json("{}"));
    } catch (const facekit::Error &thrown) {
        caught = thrown;
    }
    const facekit::Error error = caught.value();
#endif
    check(must(facekit::error_json(error)).view().find(R"("status":"failed")") == 1, "an error in JSON");
}

} // namespace

int main(int argc, char **argv) {
    if (argc != 3) {
        std::cerr << "usage: engine PHOTO SCRATCH_FOLDER\n";
        return EXIT_FAILURE;
    }
    return finished([&] {
        versions();
        enums();
        options(argv[2]);
        limits(argv[1]);
        installation(argv[2]);
        const auto engine = must(facekit::Engine::create());
        models(engine);
        log(must(facekit::Image::open(argv[1])));
        json(engine, argv[1]);
    });
}
