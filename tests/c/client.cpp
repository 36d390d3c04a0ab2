// A client of facekit.hpp in every standard, with exceptions or without: owners, callbacks, and threads that share an
// engine. Usage: client PHOTO SCRATCH_FOLDER. Says nothing and returns 0 when all is well.
#include "check.hpp"

#include <cmath>
#include <thread>
#include <type_traits>
#include <vector>

namespace {

template <typename Owner>
constexpr bool moves_only = std::is_nothrow_move_constructible_v<Owner> && std::is_nothrow_move_assignable_v<Owner> &&
                            !std::is_copy_constructible_v<Owner> && !std::is_copy_assignable_v<Owner>;

static_assert(moves_only<facekit::Engine>);
static_assert(moves_only<facekit::EngineOptions>);
static_assert(moves_only<facekit::Image>);
static_assert(moves_only<facekit::Bytes>);
static_assert(moves_only<facekit::Detection>);
static_assert(moves_only<facekit::Embedded>);
static_assert(moves_only<facekit::Comparison>);
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
static_assert(moves_only<facekit::Jobs>);
static_assert(moves_only<facekit::Job<facekit::Detection>>);
static_assert(moves_only<facekit::JobStatus>);
static_assert(moves_only<facekit::Text>);

void owners(const std::string &path) {
    facekit::Image image = must(facekit::Image::open(path));
    check(static_cast<bool>(image) && image.width() > 0, "an owner owns");
    facekit_image *handle = image.release();
    check(!image && image.get() == nullptr && image.width() == 0, "until it releases");
    const facekit::Image again(handle);
    check(again.get() == handle, "and a handle can be taken over");
    fails(FACEKIT_STATUS_INVALID_PARAMETER, "`image` is NULL", [&] { return image.encode(); });
    check(!facekit::ImageRef() && facekit::ImageRef(again).get() == handle, "a picture can be borrowed");
}

void pipelines(const facekit::Engine &engine, const facekit::Image &photo) {
    facekit::DetectParams detect;
    check(std::isnan(detect.score_threshold) && detect.angles_count == 1, "parameters have their defaults");
    detect.select = FACEKIT_SELECT_ONE;
    const auto found = must(engine.detect(photo, detect));
    check(found.faces().size() == 1 && found.faces()[0].has_points, "one face is found");
    check(found.width() == photo.width() && found.height() == photo.height(), "a detection has its size");
    check(!found.model().empty() && found.inference_time() > 0.0, "a detection has its model and time");
    check(must(engine.detect(must(photo.view()))).faces().size() == 1, "pixels are searched");
    float score = 0.0f;
    for (const facekit::Face &face : must(engine.detect(photo, detect)).faces()) {
        score = face.score;
    }
    check(score == found.faces()[0].score, "the faces of what has gone are copies");
    detect.max_faces = 1001;
    fails(FACEKIT_STATUS_INVALID_PARAMETER, "`max_faces`", [&] { return engine.detect(photo, detect); });

    detect = facekit::DetectParams();
    detect.landmarks = true;
    detect.landmarker = "tests/golden/networks/pfld_98_means.onnx";
    const auto landmarked = must(engine.detect(photo, detect));
    const auto landmarks = landmarked.landmarks(0);
    check(landmarks && landmarks.points().size() == 98 && landmarks.scheme() == "wflw-98", "landmarks are found");
    check(std::isnan(landmarks.score()) || landmarks.score() <= 1.0f, "and scored");
    check(!found.landmarks(0) && found.landmarks(0).points().empty(), "and only when asked for");

    facekit::EmbedParams embed;
    embed.recognizer = "tests/golden/networks/mobilefacenet.onnx";
    const auto embedded = must(engine.embed(photo, embed));
    check(embedded.faces().size() == 1 && embedded.raw(0).size() == 128, "a face is embedded");
    check(embedded.unit(0).size() == 128 && embedded.unit(1).empty(), "each face has its own vector");
    check(embedded.recognizer() == "mobilefacenet" && embedded.inference_time() > 0.0, "a recognizer did it");
    const auto compared = must(engine.compare(photo, photo, embed));
    check(compared.same() && compared.similarity() > 0.9999f && compared.distance() < 1e-4f, "a face is itself");
    check(compared.threshold() > 0.0f && compared.recognizer() == "mobilefacenet", "a comparison says by what");
    check(compared.first().score == compared.second().score, "of which faces");

    facekit::RestoreParams restore;
    restore.upscale = 2;
    std::vector<float> fractions;
    facekit::Call call;
    call.progress = [&](std::string_view stage, float fraction) {
        fractions.push_back(fraction);
        return !stage.empty();
    };
    auto restored = must(engine.restore(photo, restore, call));
    check(fractions.size() > 2 && fractions.back() == 1.0f, "progress is told");
    check(restored.image().width() == 2 * photo.width(), "the picture is enlarged");
    check(restored.models().size() == 2 && restored.faces().size() == 1, "a result has its models and faces");
    check(restored.inference_time() > 0.0, "a result has its time");
    const facekit::Image image = restored.take_image();
    check(image.height() == 2 * photo.height() && !restored.image(), "the picture can be taken out");
    check(must(engine.restore(must(photo.view()))).image().width() == photo.width(), "pixels are restored");
}

void swaps(const facekit::Engine &engine, const facekit::Image &photo) {
    facekit::SwapSources people(photo);
    facekit::SwapParams params;
    check(params.mask == nullptr && params.face_restore, "a swap has its defaults");
    auto swapped = must(engine.swap(people, photo, params));
    check(swapped.faces().size() == 1 && swapped.models().size() > 1, "a swap has its faces and models");
    check(swapped.image().width() == photo.width() && swapped.take_image(), "a swap keeps the size");
    check(swapped.inference_time() > 0.0, "a swap has its time");
    check(must(engine.swap(people, must(photo.view()))).image().height() == photo.height(), "pixels are swapped");
    params.file_type = must(facekit::file_format("a.webp"));
    fails(FACEKIT_STATUS_INVALID_PARAMETER, "a.doc", [] { return facekit::file_format("a.doc"); });
    const auto file = must(engine.swap_file(people, must(photo.encode()), params));
    check(file.format() == FACEKIT_FILE_FORMAT_WEBP && file.frames() == 1, "a file has its format and frames");
    check(file.swapped_frames() == 1 && file.searched_frames() == 1, "a file has its swapped frames");
    check(file.models().size() > 1 && file.inference_time() > 0.0, "a file has its models and time");
    check(must(facekit::Image::decode(file.bytes())).width() == photo.width(), "a file can be read");
    const auto mask = must(engine.mask(photo));
    check(mask.image().width() == photo.width() && mask.faces().size() == 1, "a mask has its size and faces");
    check(mask.inference_time() > 0.0, "a mask has its time");
    facekit::MaskParams limits;
    limits.masks_count = 9;
    facekit::FaceMaskParams masks;
    masks.mask = &limits;
    fails(FACEKIT_STATUS_INVALID_PARAMETER, "`masks_count`", [&] { return engine.mask(photo, masks); });
    const std::vector<facekit::ImageRef> pictures(2, photo);
    people.add(pictures, photo);
    facekit::Call call;
    call.progress = [](std::string_view, float) { return false; };
    fails(FACEKIT_STATUS_CANCELED, "canceled", [&] { return engine.swap(people, photo, {}, call); });
    fails(FACEKIT_STATUS_INVALID_PARAMETER, "`count` is 0", [&] { return engine.swap(people.add({}), photo); });
}

void details(const facekit::Image &photo, const std::string &scratch) {
    const auto engine = must(facekit::Engine::create(facekit::EngineOptions().allow_license("sd1_kohya")));
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
    const auto detailed = must(engine.detail(photo, params, call));
    check(steps.size() == 15 && steps.back() == 15, "each step has a preview");
    check(ends == std::vector{FACEKIT_STATUS_OK}, "completion is told once");
    check(detailed.size() == 1 && detailed.seed() == 12467 && detailed.seed(1) == 0, "a sample has its seed");
    check(detailed.engine() == FACEKIT_DETAIL_ENGINE_DIFFUSION && detailed.models().size() >= 3, "and its models");
    check(detailed.scheduler() == FACEKIT_SCHEDULER_DPMPP_2M, "its scheduler");
    check(detailed.faces().size() == 1 && detailed.image().width() == photo.width(), "its faces and its pixels");
    check(detailed.inference_time() > 0.0, "and its time");
    const auto text = must(detailed.file());
    check(std::string(text.begin(), text.begin() + 11) == "iVBORw0KGgo", "a PNG in base64");
    works([&] { return detailed.image().save(scratch + "/detailed.webp"); });
    fails(FACEKIT_STATUS_INVALID_PARAMETER, "`index` is 1", [&] { return detailed.file(1); });
    fails(FACEKIT_STATUS_INVALID_PARAMETER, "NULL", [&] { return detailed.image(1).view(); });
    check(must(engine.detail(must(photo.view()), params)).size() == 1, "pixels are given detail");

    facekit::RefineParams refine;
    refine.fallback = FACEKIT_FALLBACK_RESTORE;
    const auto refined = must(engine.refine(photo, refine));
    check(refined.engine() == FACEKIT_DETAIL_ENGINE_RESTORE && refined.seed() == 0, "a restorer stands in");
    check(must(engine.refine(must(photo.view()), refine)).faces().size() == 1, "pixels are refined");
    refine.fallback = FACEKIT_FALLBACK_NONE;
    ends.clear();
    fails(FACEKIT_STATUS_MODEL_NOT_FOUND, "diffusion", [&] { return engine.refine(photo, refine, call); });
    check(ends == std::vector{FACEKIT_STATUS_MODEL_NOT_FOUND}, "completion is told of a failure");
}

void styles(const facekit::Engine &engine, const facekit::Image &photo) {
    facekit::StylizeParams params;
    check(params.style == FACEKIT_STYLE_3D && params.seed == -1 && params.dither == -1, "a style has its defaults");
    params.engine = FACEKIT_STYLIZE_ENGINE_CLASSIC;
    params.prompt = "a nurse";
    for (int style = FACEKIT_STYLE_3D; style <= FACEKIT_STYLE_TOY; ++style) {
        params.style = style;
        auto stylized = must(engine.stylize(photo, params));
        check(stylized.image().width() == photo.width() && stylized.faces().size() == 1, "a style keeps the size");
        check(stylized.notes().size() == 1 && stylized.notes()[0].find("`prompt`") == 0, "and has its notes");
        check(stylized.engine() == FACEKIT_STYLIZE_ENGINE_CLASSIC && !stylized.models().empty(), "and its engine");
        check(stylized.seed() == -1 && stylized.scheduler() == -1, "and no noise");
        check(stylized.inference_time() > 0.0 && stylized.take_image(), "and its time");
    }
    check(must(engine.stylize(must(photo.view()))).image().height() == photo.height(), "pixels are stylized");
    const auto encoded = must(photo.encode());
    params.file_type = FACEKIT_FILE_FORMAT_GIF;
    const auto file = must(engine.stylize_file(encoded, params));
    check(file.format() == FACEKIT_FILE_FORMAT_GIF && file.frames() == 1 && file.searched_frames() == 1, "a GIF");
    check(file.face_count() == 1 && file.notes().size() == 1 && !file.models().empty(), "with its face and models");
    check(file.engine() == FACEKIT_STYLIZE_ENGINE_CLASSIC && file.seed() == -1 && file.scheduler() == -1, "engine");
    check(must(facekit::Image::decode(file.bytes())).width() == photo.width(), "that can be read");
    check(file.inference_time() > 0.0, "with its time");
    params.style = 6;
    fails(FACEKIT_STATUS_INVALID_PARAMETER, "facekit_style", [&] { return engine.stylize(photo, params); });
    facekit::Call call;
    call.progress = [](std::string_view, float) { return false; };
    fails(FACEKIT_STATUS_CANCELED, "canceled", [&] { return engine.stylize(photo, {}, call); });

    const auto painter = must(facekit::Engine::create(facekit::EngineOptions().allow_license("two_pictures")));
    facekit::StylizeParams painted;
    painted.stylizer = "tests/golden/stylizers/two_pictures.onnx";
    const auto network = FACEKIT_STYLIZE_ENGINE_NETWORK;
    check(must(painter.stylize(photo, painted, {}, photo)).engine() == network, "a style picture is taken over");
    check(must(painter.stylize_file(encoded, painted, {}, photo)).engine() == network, "in a file");
    fails(FACEKIT_STATUS_INVALID_PARAMETER, "`style_image`", [&] { return painter.stylize(photo, painted); });
}

void cancellation(const facekit::Engine &engine, const facekit::Image &photo) {
    facekit::Call call;
    call.progress = [](std::string_view, float) { return false; };
    fails(FACEKIT_STATUS_CANCELED, "canceled", [&] { return engine.detect(photo, {}, call); });

    const facekit::CancelToken token;
    call.progress = nullptr;
    call.cancel = &token;
    check(must(engine.detect(photo, {}, call)) && !token.is_canceled(), "a token is not canceled by itself");
    std::thread other([&] { token.cancel(); });
    other.join();
    check(token.is_canceled(), "any thread can cancel");
    fails(FACEKIT_STATUS_CANCELED, "canceled", [&] { return engine.restore(photo, {}, call); });
}

#ifndef FACEKIT_NO_EXCEPTIONS

/** Checks that what a callback throws comes out of the call unchanged. */
template <typename Run>
void throws_mine(Run &&run) {
    try {
        static_cast<void>(run());
        check(false, "what a callback throws comes out");
    } catch (const std::out_of_range &error) {
        check(std::string_view(error.what()) == "mine", "what a callback throws comes out unchanged");
    }
}

void callbacks_throw(const facekit::Engine &engine, const facekit::Image &photo) {
    facekit::Call call;
    call.progress = [](std::string_view, float) -> bool { throw std::out_of_range("mine"); };
    throws_mine([&] { return engine.restore(photo, {}, call); });

    facekit::DetailParams params;
    params.model = "tests/golden/diffusion/sd1";
    std::vector<facekit_status> ends;
    call = facekit::Call();
    call.preview = [](const facekit::Preview &) { throw std::out_of_range("mine"); };
    call.completion = [&](facekit_status status, double) { ends.push_back(status); };
    throws_mine([&] { return engine.detail(photo, params, call); });
    check(ends == std::vector{FACEKIT_STATUS_CANCELED}, "a preview that throws cancels");

    call = facekit::Call();
    call.completion = [](facekit_status, double) { throw std::out_of_range("mine"); };
    throws_mine([&] { return engine.detect(photo, {}, call); });
}

#endif

void threads(const facekit::Engine &engine, const facekit::Image &photo) {
    const auto score = [&] { return must(engine.detect(photo)).faces()[0].score; };
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

} // namespace

int main(int argc, char **argv) {
    if (argc != 3) {
        std::cerr << "usage: client PHOTO SCRATCH_FOLDER\n";
        return EXIT_FAILURE;
    }
    return finished([&] {
        owners(argv[1]);
        const auto engine = must(facekit::Engine::create());
        const auto photo = must(facekit::Image::open(argv[1], engine.get()));
        pipelines(engine, photo);
        details(photo, argv[2]);
        styles(engine, photo);
        swaps(engine, photo);
        cancellation(engine, photo);
#ifndef FACEKIT_NO_EXCEPTIONS
        callbacks_throw(engine, photo);
#endif
        threads(engine, photo);
    });
}
