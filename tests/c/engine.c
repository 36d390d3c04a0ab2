/* A client in C99 of what an engine tells of itself and is told beside its pipelines: limits, models, providers, the
 * log, versions and the names of enums. Usage: engine PHOTO SCRATCH_FOLDER. Says nothing and returns 0 when all is well. */
#include "check.h"

#include <stdlib.h>

static void builds(void) {
    const facekit_build *build = facekit_build_info();
    CHECK(strcmp(build->version, facekit_version()) == 0);
    CHECK(strlen(build->target) > 0 && strlen(build->profile) > 0 && strlen(build->rustc) > 0);
    CHECK(build->features != NULL && strchr(build->onnxruntime, '.') != NULL);
}

static void enums(void) {
    facekit_error *error = NULL;
    int32_t value = -1;
    CHECK(facekit_enum_count(FACEKIT_ENUM_ORDER) == 8);
    CHECK(facekit_enum_count(-1) == 0 && facekit_enum_count(1000) == 0);
    CHECK(strcmp(facekit_enum_name(FACEKIT_ENUM_ORDER, FACEKIT_ORDER_LEFT_RIGHT), "left-right") == 0);
    CHECK(strcmp(facekit_enum_name(FACEKIT_ENUM_STATUS, FACEKIT_STATUS_OK), "ok") == 0);
    CHECK(strcmp(facekit_enum_name(FACEKIT_ENUM_STATUS, FACEKIT_STATUS_NO_FACE), "no-face") == 0);
    CHECK(facekit_enum_name(FACEKIT_ENUM_ORDER, 8) == NULL);
    CHECK(facekit_enum_name(FACEKIT_ENUM_ORDER, -1) == NULL);
    CHECK(facekit_enum_name(-1, 0) == NULL);
    WORKS(facekit_enum_from_name(FACEKIT_ENUM_PIXEL_FORMAT, "BGRA", &value, &error));
    CHECK(value == FACEKIT_PIXEL_FORMAT_BGRA);
    WORKS(facekit_enum_from_name(FACEKIT_ENUM_STYLE, "Video Game", &value, &error));
    CHECK(value == FACEKIT_STYLE_VIDEO_GAME);
    FAILS(facekit_enum_from_name(FACEKIT_ENUM_STYLE, "oil", &value, &error), INVALID, "Clay");
    FAILS(facekit_enum_from_name(-1, "oil", &value, &error), INVALID, "facekit_enum");
    FAILS(facekit_enum_from_name(FACEKIT_ENUM_STYLE, NULL, &value, &error), INVALID, "`name` is NULL");
    FAILS(facekit_enum_from_name(FACEKIT_ENUM_STYLE, "clay", NULL, &error), INVALID, "`out_value` is NULL");
    CHECK(value == FACEKIT_STYLE_VIDEO_GAME);
}

static void limits(const char *photo) {
    facekit_error *error = NULL;
    facekit_engine *engine = NULL;
    facekit_image *image = NULL;
    facekit_engine_options *options = facekit_engine_options_new();
    facekit_limits limits;
    struct {
        facekit_limits limits;
        uint64_t added;
    } newer;

    CHECK(facekit_limits_init(NULL, sizeof limits) == INVALID);
    CHECK(facekit_limits_init(&limits, 7) == INVALID);
    CHECK(facekit_limits_init(&limits, sizeof limits) == FACEKIT_STATUS_OK);
    CHECK(limits.bytes == UINT64_C(256) << 20 && limits.pixels == 200000000 && limits.frames == 3000);
    CHECK(limits.animation_pixels == 2000000000 && limits.faces == 1000);
    limits.pixels = 1000;
    limits.faces = 3;
    FAILS(facekit_engine_options_set_limits(NULL, &limits, &error), INVALID, "`options` is NULL");
    WORKS(facekit_engine_options_set_limits(options, &limits, &error));
    limits.struct_size = 1;
    FAILS(facekit_engine_options_set_limits(options, &limits, &error), INVALID, "facekit_limits_init");
    WORKS(facekit_engine_new(options, &engine, &error));
    FAILS(facekit_image_open(engine, photo, &image, &error), FACEKIT_STATUS_LIMIT_EXCEEDED, "1000");

    newer.added = 7;
    WORKS(facekit_engine_limits(engine, &newer.limits, sizeof newer, &error));
    CHECK(newer.limits.struct_size == sizeof newer && newer.added == 0);
    CHECK(newer.limits.pixels == 1000 && newer.limits.faces == 3 && newer.limits.frames == 3000);
    FAILS(facekit_engine_limits(NULL, &limits, sizeof limits, &error), INVALID, "`engine` is NULL");
    FAILS(facekit_engine_limits(engine, NULL, sizeof limits, &error), INVALID, "`out_limits` is NULL");
    FAILS(facekit_engine_limits(engine, &limits, 5, &error), INVALID, "5 bytes");
    facekit_engine_free(engine);

    WORKS(facekit_engine_options_set_limits(options, NULL, &error));
    WORKS(facekit_engine_new(options, &engine, &error));
    WORKS(facekit_engine_limits(engine, &limits, sizeof limits, &error));
    CHECK(limits.pixels == 200000000 && limits.faces == 1000);
    facekit_engine_free(engine);
    facekit_engine_options_free(options);
}

/* How many records of each level came, and the last of them that tells of a model. */
typedef struct {
    int count[4];
    char model[512];
} told;

static void tell(const facekit_log_record *record, void *user_data) {
    told *all = (told *)user_data;
    CHECK(record->level >= FACEKIT_LOG_LEVEL_ERROR && record->level <= FACEKIT_LOG_LEVEL_DEBUG);
    all->count[record->level] += 1;
    if (strcmp(record->target, "models") == 0) {
        snprintf(all->model, sizeof all->model, "%s", record->message);
    }
}

/* The model that is called so, as an engine knows it now. */
static int is_loaded(const facekit_engine *engine, const char *name) {
    facekit_error *error = NULL;
    facekit_models *models = NULL;
    const facekit_model *model;
    int loaded;
    WORKS(facekit_engine_models(engine, &models, &error));
    model = facekit_models_find(models, name);
    loaded = model != NULL && model->provider != NULL;
    CHECK(model != NULL && strlen(model->contract) > 0);
    CHECK(facekit_models_find(models, "no such model") == NULL);
    CHECK(facekit_models_find(models, NULL) == NULL && facekit_models_find(NULL, name) == NULL);
    facekit_models_free(models);
    return loaded;
}

static void models_and_log(void) {
    static const char *const detector = "facekit-lite-detect";
    facekit_error *error = NULL;
    facekit_engine *engine = NULL;
    facekit_engine_options *options = facekit_engine_options_new();
    size_t dropped = 99;
    bool known = true;
    told records;
    memset(&records, 0, sizeof records);

    FAILS(facekit_engine_options_set_log(options, 4, tell, NULL, &error), INVALID, "facekit_log_level");
    FAILS(facekit_engine_options_set_log(options, 0, NULL, NULL, &error), INVALID, "`callback` is NULL");
    FAILS(facekit_engine_options_set_log(NULL, 0, tell, NULL, &error), INVALID, "`options` is NULL");
    WORKS(facekit_engine_options_set_log(options, FACEKIT_LOG_LEVEL_DEBUG, tell, &records, &error));
    WORKS(facekit_engine_options_add_models(options, "no/such/folder", &error));
    WORKS(facekit_engine_options_allow_any_license(options, true, &error));
    WORKS(facekit_engine_new(options, &engine, &error));
    CHECK(records.count[FACEKIT_LOG_LEVEL_WARNING] == 1 && strstr(records.model, "no/such/folder") != NULL);

    CHECK(!is_loaded(engine, detector));
    WORKS(facekit_engine_load_model(engine, "detector", NULL, &error));
    CHECK(is_loaded(engine, "FACEKIT-LITE-DETECT"));
    CHECK(records.count[FACEKIT_LOG_LEVEL_INFO] == 1 && strstr(records.model, detector) == records.model);
    WORKS(facekit_engine_load_model(engine, "restorer", "facekit-lite-restore", &error));
    FAILS(facekit_engine_load_model(engine, "singer", NULL, &error), INVALID, "singer");
    FAILS(facekit_engine_load_model(engine, "lora", NULL, &error), FACEKIT_STATUS_UNSUPPORTED, "LoRA");
    FAILS(facekit_engine_load_model(engine, "detector", "none", &error), FACEKIT_STATUS_MODEL_NOT_FOUND, "none");
    FAILS(facekit_engine_load_model(NULL, "detector", NULL, &error), INVALID, "`engine` is NULL");
    FAILS(facekit_engine_load_model(engine, NULL, NULL, &error), INVALID, "`role` is NULL");

    WORKS(facekit_engine_unload_models(engine, "another", &dropped, &error));
    CHECK(dropped == 0 && is_loaded(engine, detector));
    WORKS(facekit_engine_unload_models(engine, detector, &dropped, &error));
    CHECK(dropped == 1 && !is_loaded(engine, detector) && is_loaded(engine, "facekit-lite-restore"));
    WORKS(facekit_engine_unload_models(engine, NULL, NULL, &error));
    CHECK(!is_loaded(engine, "facekit-lite-restore"));
    FAILS(facekit_engine_unload_models(NULL, NULL, NULL, &error), INVALID, "`engine` is NULL");

    WORKS(facekit_engine_verify_model(engine, detector, &known, &error));
    WORKS(facekit_engine_verify_model(engine, detector, NULL, &error));
    FAILS(facekit_engine_verify_model(engine, "none", &known, &error), FACEKIT_STATUS_MODEL_NOT_FOUND, "none");
    FAILS(facekit_engine_verify_model(engine, NULL, &known, &error), INVALID, "`model` is NULL");
    FAILS(facekit_engine_verify_model(NULL, detector, &known, &error), INVALID, "`engine` is NULL");
    CHECK(records.count[FACEKIT_LOG_LEVEL_ERROR] == 0);
    facekit_engine_free(engine);
    facekit_engine_options_free(options);
}

static void installation(const char *photo, const char *scratch) {
    facekit_error *error = NULL;
    facekit_models *models = NULL;
    facekit_engine_options *options = facekit_engine_options_new();
    char folder[1024], model[1024];
    const char *examples = strstr(photo, "examples/photos");

    FAILS(facekit_engine_options_install_model(options, photo, &models, &error), INVALID, ".onnx");
    snprintf(model, sizeof model, "%.*smodels/lite/detect.onnx", (int)(examples - photo), photo);
    FAILS(facekit_engine_options_install_model(options, model, &models, &error), INVALID, "no model folder");
    snprintf(folder, sizeof folder, "%s/models", scratch);
    WORKS(facekit_engine_options_add_models(options, folder, &error));
    FAILS(facekit_engine_options_install_model(options, NULL, &models, &error), INVALID, "`path` is NULL");
    FAILS(facekit_engine_options_install_model(NULL, model, &models, &error), INVALID, "`options` is NULL");
    CHECK(models == NULL);
    WORKS(facekit_engine_options_install_model(options, model, &models, &error));
    CHECK(facekit_models_count(models) == 1);
    if (facekit_models_count(models) == 1) {
        const facekit_model *installed = facekit_models_get(models, 0);
        CHECK(installed->availability == FACEKIT_AVAILABILITY_INSTALLED);
        CHECK(strcmp(installed->role, "detector") == 0 && strstr(installed->path, folder) == installed->path);
    }
    facekit_models_free(models);
    WORKS(facekit_engine_options_install_model(options, model, NULL, &error));
    facekit_engine_options_free(options);
}

static void providers(void) {
    facekit_error *error = NULL;
    facekit_engine *engine = NULL;
    size_t i, usable = 0;
    WORKS(facekit_engine_new(NULL, &engine, &error));
    for (i = 0; i < facekit_provider_count(); i++) {
        const facekit_status status = facekit_engine_probe(engine, facekit_provider_name(i), NULL);
        CHECK(status == FACEKIT_STATUS_OK || status == FACEKIT_STATUS_PROVIDER_UNAVAILABLE);
        usable += status == FACEKIT_STATUS_OK;
    }
    CHECK(usable > 0 && strcmp(facekit_provider_name(0), "cpu") == 0);
    CHECK(facekit_provider_name(i) == NULL);
    facekit_engine_free(engine);
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: engine PHOTO SCRATCH_FOLDER\n");
        return EXIT_FAILURE;
    }
    builds();
    enums();
    limits(argv[1]);
    models_and_log();
    installation(argv[1], argv[2]);
    providers();
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
