// A client in C++17 of facekit.hpp: owners, exceptions, callbacks, and threads that share an engine.
// Usage: client PHOTO SCRATCH_FOLDER. Says nothing and returns 0 when all is well.
#include "facekit.hpp"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <thread>
#include <type_traits>

namespace {

int failures = 0;

void check(bool holds, const char *what) {
    if (!holds) {
        std::cerr << "client.cpp: not so: " << what << '\n';
        failures += 1;
    }
}

template <typename Call>
void fails(facekit_status code, std::string_view words, Call &&call) {
    try {
        call();
        std::cerr << "client.cpp: no error about: " << words << '\n';
        failures += 1;
    } catch (const facekit::Error &error) {
        const bool says = std::string_view(error.what()).find(words) != std::string_view::npos;
        if (error.code() != code || !says) {
            std::cerr << "client.cpp: " << error.code() << ": " << error.what() << '\n';
            failures += 1;
        }
    }
}

/** Checks that what a callback throws comes out of the call unchanged. */
template <typename Call>
void throws_mine(Call &&call) {
    try {
        call();
        check(false, "what a callback throws comes out");
    } catch (const std::out_of_range &error) {
        check(std::string_view(error.what()) == "mine", "what a callback throws comes out unchanged");
    }
}

template <typename Owner>
constexpr bool moves_only = std::is_nothrow_move_constructible_v<Owner> && std::is_nothrow_move_assignable_v<Owner> &&
                            !std::is_copy_constructible_v<Owner> && !std::is_copy_assignable_v<Owner>;

static_assert(moves_only<facekit::Engine>);
static_assert(moves_only<facekit::EngineOptions>);
static_assert(moves_only<facekit::Image>);
static_assert(moves_only<facekit::Bytes>);
static_assert(moves_only<facekit::Detection>);
static_assert(moves_only<facekit::Restored>);
static_assert(moves_only<facekit::FaceMask>);
static_assert(moves_only<facekit::Detailed>);
static_assert(moves_only<facekit::Stylized>);
static_assert(moves_only<facekit::StylizedFile>);
static_assert(moves_only<facekit::SwapSources>);
static_assert(moves_only<facekit::Swapped>);
static_assert(moves_only<facekit::SwappedFile>);
static_assert(moves_only<facekit::Models>);
static_assert(moves_only<facekit::CancelToken>);

void options(const char *scratch) {
    facekit::EngineOptions options;
    options.runtime(scratch).models(scratch).embedded(false).provider("cpu").strict(true).threads(1);
    options.memory_budget(1 << 20).graph_cache(scratch).allow_license("x").max_bytes(1).max_pixels(1);
    options.max_frames(1).max_animation_pixels(1).max_faces(1);
    fails(FACEKIT_STATUS_RUNTIME_UNAVAILABLE, scratch, [&] { facekit::Engine engine(options); });
    fails(FACEKIT_STATUS_INVALID_PARAMETER, "abacus", [&] { options.provider("abacus"); });
    fails(FACEKIT_STATUS_INVALID_PARAMETER, "`folder` is NULL", [&] { options.models(nullptr); });
}

void images(const facekit::Engine &engine, const std::string &photo, const std::string &scratch) {
    fails(FACEKIT_STATUS_IO, "no-such-file", [] { facekit::Image::open("no-such-file"); });
    fails(FACEKIT_STATUS_UNSUPPORTED, "https", [] { facekit::Image::open("https://localhost/a.png"); });

    std::ifstream file(photo, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    const auto decoded = facekit::Image::decode(bytes.data(), bytes.size(), engine.get());
    const auto opened = facekit::Image::open(photo);
    const auto view = opened.view();
    const auto size = view.stride * view.height;
    check(decoded.width() == opened.width() && decoded.height() == opened.height(), "sizes are equal");
    check(std::memcmp(decoded.view().data, view.data, size) == 0, "pixels are equal");
    check(facekit::Image::from_pixels(view).format() == opened.format(), "a copy keeps the format");

    facekit::EncodeOptions encode;
    encode.format = FACEKIT_FILE_FORMAT_PNG;
    const auto encoded = opened.encode(encode);
    check(facekit::Image::decode(encoded.data(), encoded.size()).width() == view.width, "encoded and decoded");
    check(std::vector<std::uint8_t>(encoded.begin(), encoded.end()).size() == encoded.size(), "bytes are a range");
    opened.save(scratch + "/saved.jpg");
    opened.save(scratch + "/saved.png", &encode);
    encode.quality = 0;
    fails(FACEKIT_STATUS_INVALID_PARAMETER, "quality", [&] { opened.encode(encode); });
}

void pipelines(const facekit::Engine &engine, const facekit::Image &photo) {
    facekit::DetectParams detect;
    check(std::isnan(detect.score_threshold) && detect.angles_count == 1, "parameters have their defaults");
    detect.select = FACEKIT_SELECT_ONE;
    const auto found = engine.detect(photo, detect);
    check(found.faces().size() == 1 && found.faces()[0].has_points, "one face is found");
    check(found.width() == photo.width() && found.height() == photo.height(), "a detection has its size");
    check(!found.model().empty() && found.inference_time() > 0.0, "a detection has its model and time");
    check(found.get() != nullptr && engine.detect(photo.view()).faces().size() == 1, "pixels are searched");
    detect.max_faces = 1001;
    fails(FACEKIT_STATUS_INVALID_PARAMETER, "`max_faces`", [&] { engine.detect(photo, detect); });

    detect = facekit::DetectParams();
    detect.landmarks = true;
    detect.landmarker = "tests/golden/networks/pfld_98_means.onnx";
    check(engine.detect(photo, detect).landmarks(0).size() == 98, "landmarks are found");
    check(found.landmarks(0).empty(), "and only when asked for");

    facekit::EmbedParams embed;
    embed.recognizer = "tests/golden/networks/mobilefacenet.onnx";
    const auto embedded = engine.embed(photo, embed);
    check(embedded.faces().size() == 1 && embedded.raw(0).size() == 128, "a face is embedded");
    check(embedded.unit(0).size() == 128 && embedded.unit(1).empty(), "each face has its own vector");
    check(embedded.recognizer() == "mobilefacenet" && embedded.inference_time() > 0.0, "a recognizer did it");
    const auto compared = engine.compare(photo, photo, embed);
    check(compared.same() && compared.similarity() > 0.9999f && compared.distance() < 1e-4f, "a face is itself");
    check(compared.threshold() > 0.0f && compared.recognizer() == "mobilefacenet", "a comparison says by what");
    check(compared.faces().size() == 2 && compared.get() != nullptr && embedded.get() != nullptr, "of two faces");

    facekit::RestoreParams restore;
    restore.upscale = 2;
    std::vector<float> fractions;
    facekit::Call call;
    call.progress = [&](std::string_view stage, float fraction) {
        fractions.push_back(fraction);
        return !stage.empty();
    };
    auto restored = engine.restore(photo, restore, call);
    check(fractions.size() > 2 && fractions.back() == 1.0f, "progress is told");
    check(restored.image.width() == 2 * photo.width(), "the picture is enlarged");
    check(restored.models().size() == 2 && restored.faces().size() == 1, "a result has its models and faces");
    check(restored.inference_time() > 0.0 && restored.get() != nullptr, "a result has its time");
    const facekit::Image image = std::move(restored.image);
    check(image.height() == 2 * photo.height(), "the picture can be moved out");
    check(engine.restore(photo.view()).image.width() == photo.width(), "pixels are restored");
}

void swaps(const facekit::Engine &engine, const facekit::Image &photo) {
    facekit::SwapSources people(photo);
    facekit::SwapParams params;
    check(params.mask == nullptr && params.face_restore, "a swap has its defaults");
    const auto swapped = engine.swap(people, photo, params);
    check(swapped.faces().size() == 1 && swapped.models().size() > 1, "a swap has its faces and models");
    check(swapped.image.width() == photo.width() && swapped.get() != nullptr, "a swap keeps the size");
    check(swapped.inference_time() > 0.0, "a swap has its time");
    check(engine.swap(people, photo.view()).image.height() == photo.height(), "pixels are swapped");
    const auto encoded = photo.encode();
    params.file_type = facekit::file_format("a.webp");
    fails(FACEKIT_STATUS_INVALID_PARAMETER, "a.doc", [] { facekit::file_format("a.doc"); });
    const auto file = engine.swap_file(people, encoded.data(), encoded.size(), params);
    check(file.format() == FACEKIT_FILE_FORMAT_WEBP && file.frames() == 1, "a file has its format and frames");
    check(file.swapped_frames() == 1 && file.searched_frames() == 1 && file.models().size() > 1, "a file has its swapped frames and models");
    check(facekit::Image::decode(file.data(), file.size()).width() == photo.width(), "a file can be read");
    check(file.inference_time() > 0.0 && file.get() != nullptr, "a file has its time");
    const auto mask = engine.mask(photo);
    check(mask.view().width == photo.width() && mask.faces().size() == 1, "a mask has its size and faces");
    check(mask.inference_time() > 0.0 && mask.get() != nullptr, "a mask has its time");
    facekit::MaskParams limits;
    limits.masks_count = 9;
    facekit::FaceMaskParams masks;
    masks.mask = &limits;
    fails(FACEKIT_STATUS_INVALID_PARAMETER, "`masks_count`", [&] { engine.mask(photo, masks); });
    people.add({&photo, &photo}, &photo);
    facekit::Call call;
    call.progress = [](std::string_view, float) { return false; };
    fails(FACEKIT_STATUS_CANCELED, "canceled", [&] { engine.swap(people, photo, {}, call); });
    fails(FACEKIT_STATUS_INVALID_PARAMETER, "`count` is 0", [&] { people.add({}); });
}

void details(const facekit::Image &photo, const std::string &scratch) {
    const facekit::Engine engine(facekit::EngineOptions().allow_license("sd1_kohya"));
    const char *lora = "tests/golden/diffusion/lora/sd1_kohya.safetensors:0.5";
    facekit::DiffusionParams diffusion;
    diffusion.scheduler = FACEKIT_SCHEDULER_DPMPP_2M;
    diffusion.loras = &lora;
    diffusion.loras_count = 1;
    facekit::CropParams crop;
    crop.guide_size = 128;
    facekit::DetailParams params;
    params.model = "tests/golden/diffusion/sd1";
    params.num_inference_steps = 15;
    params.image_format = FACEKIT_FILE_FORMAT_PNG;
    params.base64 = true;
    params.diffusion = &diffusion;
    params.crop = &crop;
    std::vector<std::uint32_t> steps;
    std::vector<facekit_status> ends;
    facekit::Call call;
    call.preview = [&](const facekit::Preview &preview) { steps.push_back(preview.step); };
    call.completion = [&](facekit_status status, double) { ends.push_back(status); };
    const auto detailed = engine.detail(photo, params, call);
    check(steps.size() == 15 && steps.back() == 15, "each step has a preview");
    check(ends == std::vector{FACEKIT_STATUS_OK}, "completion is told once");
    check(detailed.size() == 1 && detailed.seed() == 12467 && detailed.seed(1) == 0, "a sample has its seed");
    check(detailed.engine() == FACEKIT_DETAIL_ENGINE_DIFFUSION && detailed.models().size() >= 3, "and its models");
    check(detailed.scheduler() == FACEKIT_SCHEDULER_DPMPP_2M, "its scheduler");
    check(detailed.faces().size() == 1 && detailed.view().width == photo.width(), "its faces and its pixels");
    check(detailed.inference_time() > 0.0 && detailed.get() != nullptr, "and its time");
    const auto text = detailed.file();
    check(std::string(text.begin(), text.begin() + 11) == "iVBORw0KGgo", "a PNG in base64");
    detailed.save(scratch + "/detailed.webp");
    fails(FACEKIT_STATUS_INVALID_PARAMETER, "`index` is 1", [&] { detailed.file(1); });
    fails(FACEKIT_STATUS_INVALID_PARAMETER, "NULL", [&] { detailed.view(1); });
    check(engine.detail(photo.view(), params).size() == 1, "pixels are given detail");

    facekit::RefineParams refine;
    refine.fallback = FACEKIT_FALLBACK_RESTORE;
    const auto refined = engine.refine(photo, refine);
    check(refined.engine() == FACEKIT_DETAIL_ENGINE_RESTORE && refined.seed() == 0, "a restorer stands in");
    check(engine.refine(photo.view(), refine).faces().size() == 1, "pixels are refined");
    refine.fallback = FACEKIT_FALLBACK_NONE;
    ends.clear();
    fails(FACEKIT_STATUS_MODEL_NOT_FOUND, "diffusion", [&] { engine.refine(photo, refine, call); });
    check(ends == std::vector{FACEKIT_STATUS_MODEL_NOT_FOUND}, "completion is told of a failure");

    call.preview = [](const facekit::Preview &) { throw std::out_of_range("mine"); };
    ends.clear();
    throws_mine([&] { engine.detail(photo, params, call); });
    check(ends == std::vector{FACEKIT_STATUS_CANCELED}, "a preview that throws cancels");
    call = facekit::Call();
    call.completion = [](facekit_status, double) { throw std::out_of_range("mine"); };
    throws_mine([&] { engine.detect(photo, {}, call); });
}

void styles(const facekit::Engine &engine, const facekit::Image &photo) {
    facekit::StylizeParams params;
    check(params.style == FACEKIT_STYLE_3D && params.seed == -1 && params.dither == -1, "a style has its defaults");
    params.engine = FACEKIT_STYLIZE_ENGINE_CLASSIC;
    params.prompt = "a nurse";
    for (int style = FACEKIT_STYLE_3D; style <= FACEKIT_STYLE_TOY; ++style) {
        params.style = style;
        const auto stylized = engine.stylize(photo, params);
        check(stylized.image.width() == photo.width() && stylized.faces().size() == 1, "a style keeps the size");
        check(stylized.notes().size() == 1 && stylized.notes()[0].find("`prompt`") == 0, "and has its notes");
        check(stylized.engine() == FACEKIT_STYLIZE_ENGINE_CLASSIC && !stylized.models().empty(), "and its engine");
        check(stylized.seed() == -1 && stylized.scheduler() == -1, "and no noise");
        check(stylized.inference_time() > 0.0 && stylized.get() != nullptr, "and its time");
    }
    check(engine.stylize(photo.view()).image.height() == photo.height(), "pixels are stylized");
    const auto encoded = photo.encode();
    params.file_type = FACEKIT_FILE_FORMAT_GIF;
    const auto file = engine.stylize_file(encoded.data(), encoded.size(), params);
    check(file.format() == FACEKIT_FILE_FORMAT_GIF && file.frames() == 1 && file.searched_frames() == 1, "a GIF");
    check(file.faces() == 1 && file.notes().size() == 1 && !file.models().empty(), "with its face, note and models");
    check(file.engine() == FACEKIT_STYLIZE_ENGINE_CLASSIC && file.seed() == -1 && file.scheduler() == -1, "engine");
    check(facekit::Image::decode(file.data(), file.size()).width() == photo.width(), "that can be read");
    check(file.inference_time() > 0.0 && file.get() != nullptr, "with its time");
    params.style = 6;
    fails(FACEKIT_STATUS_INVALID_PARAMETER, "facekit_style", [&] { engine.stylize(photo, params); });
    facekit::Call call;
    call.progress = [](std::string_view, float) { return false; };
    fails(FACEKIT_STATUS_CANCELED, "canceled", [&] { engine.stylize(photo, {}, call); });

    const facekit::Engine painter(facekit::EngineOptions().allow_license("two_pictures"));
    facekit::StylizeParams painted;
    painted.stylizer = "tests/golden/stylizers/two_pictures.onnx";
    const auto network = FACEKIT_STYLIZE_ENGINE_NETWORK;
    check(painter.stylize(photo, painted, {}, &photo).engine() == network, "a style picture is taken over");
    check(painter.stylize_file(encoded.data(), encoded.size(), painted, {}, &photo).engine() == network, "in a file");
    fails(FACEKIT_STATUS_INVALID_PARAMETER, "`style_image`", [&] { painter.stylize(photo, painted); });
}

void cancellation(const facekit::Engine &engine, const facekit::Image &photo) {
    facekit::Call call;
    call.progress = [](std::string_view, float) { return false; };
    fails(FACEKIT_STATUS_CANCELED, "canceled", [&] { engine.detect(photo, {}, call); });
    call.progress = [](std::string_view, float) -> bool { throw std::out_of_range("mine"); };
    throws_mine([&] { engine.restore(photo, {}, call); });

    const facekit::CancelToken token;
    call.progress = nullptr;
    call.cancel = &token;
    engine.detect(photo, {}, call);
    check(!token.is_canceled(), "a token is not canceled by itself");
    std::thread other([&] { token.cancel(); });
    other.join();
    check(token.is_canceled(), "any thread can cancel");
    fails(FACEKIT_STATUS_CANCELED, "canceled", [&] { engine.restore(photo, {}, call); });
}

void threads(const facekit::Engine &engine, const facekit::Image &photo) {
    const auto score = [&] { return engine.detect(photo).faces().at(0).score; };
    std::vector<float> scores(2);
    std::vector<std::thread> workers;
    for (float &result : scores) {
        workers.emplace_back([&] { result = score(); });
    }
    for (auto &worker : workers) {
        worker.join();
    }
    check(scores[0] == scores[1] && scores[0] == score(), "threads that share an engine agree");
}

void models(const facekit::Engine &engine) {
    check(engine.runtime_version().find('.') != std::string_view::npos, "the runtime has a version");
    check(!engine.runtime_path().empty(), "the runtime has a path");
    engine.probe("cpu");
    fails(FACEKIT_STATUS_INVALID_PARAMETER, "abacus", [&] { engine.probe("abacus"); });
    const auto models = engine.models();
    check(models.size() > 0 && models.problems().empty() && models.get() != nullptr, "models are listed");
    check(std::string_view(models[0].role) == "detector", "detectors come first");
}

} // namespace

int main(int argc, char **argv) {
    if (argc != 3) {
        std::cerr << "usage: client PHOTO SCRATCH_FOLDER\n";
        return EXIT_FAILURE;
    }
    try {
        check(facekit::version() == FACEKIT_VERSION, "the library is that of the header");
        options(argv[2]);
        const facekit::Engine engine;
        const auto photo = facekit::Image::open(argv[1], engine.get());
        images(engine, argv[1], argv[2]);
        pipelines(engine, photo);
        details(photo, argv[2]);
        styles(engine, photo);
        swaps(engine, photo);
        cancellation(engine, photo);
        threads(engine, photo);
        models(engine);
    } catch (const std::exception &error) {
        std::cerr << "client.cpp: " << error.what() << '\n';
        return EXIT_FAILURE;
    }
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
