/* A client in C99 of jobs: what works, and what a caller may get wrong.
 * Usage: jobs PHOTO SCRATCH_FOLDER, in the root of the repository. Says nothing and returns 0 when all is well. */
#include "check.h"


/* How a job is told of, on a thread of the queue. */
typedef struct listener {
    volatile int steps;
    volatile int ends;
    volatile int hold;
    volatile facekit_status status;
} listener;

static int progress(const char *stage, float fraction, void *user_data) {
    listener *told = user_data;
    told->steps += 1;
    while (told->hold) {
        /* The job stays as it is for as long as the test wants. */
    }
    return stage[0] == '\0' || fraction < 0.0F || fraction > 1.0F;
}

static int stop(const char *stage, float fraction, void *user_data) {
    (void)stage, (void)fraction, (void)user_data;
    return 1;
}

static void completion(facekit_status status, double seconds, void *user_data) {
    listener *told = user_data;
    told->status = status;
    told->ends += seconds >= 0.0;
}

static facekit_call listening(listener *told) {
    facekit_call call;
    CHECK(facekit_call_init(&call, sizeof call) == FACEKIT_STATUS_OK);
    call.progress = progress;
    call.completion = completion;
    call.user_data = told;
    return call;
}

static int32_t state_of(const facekit_job *job) {
    facekit_error *error = NULL;
    facekit_job_status *status = NULL;
    int32_t state;
    WORKS(facekit_job_get_status(job, &status, &error));
    state = facekit_job_status_state(status);
    facekit_job_status_free(status);
    return state;
}

static void null_handles(void) {
    facekit_error *error = NULL;
    facekit_job *job = NULL;
    facekit_job_status *status = NULL;
    facekit_detection *detection = NULL;
    CHECK(facekit_jobs_count(NULL) == 0 && facekit_job_id(NULL) == NULL);
    CHECK(facekit_job_status_pipeline(NULL) == NULL);
    CHECK(facekit_job_status_state(NULL) == -1 && facekit_job_status_priority(NULL) == 0);
    CHECK(facekit_job_status_stage(NULL) == NULL && facekit_job_status_fraction(NULL) == 0.0F);
    CHECK(facekit_job_status_ahead(NULL) == 0 && facekit_job_status_error(NULL) == FACEKIT_STATUS_OK);
    CHECK(facekit_job_status_message(NULL) == NULL && facekit_job_status_waited(NULL) == 0.0);
    CHECK(facekit_job_status_ran(NULL) == 0.0 && facekit_job_status_inference_time(NULL) == 0.0);
    CHECK(facekit_job_status_stage_count(NULL) == 0 && facekit_job_status_stage_name(NULL, 0) == NULL);
    CHECK(facekit_job_status_stage_time(NULL, 0) == 0.0);
    FAILS(facekit_jobs_new(NULL, NULL, NULL, &error), INVALID, "`out_jobs` is NULL");
    FAILS(facekit_jobs_find(NULL, "x", &job, &error), INVALID, "`jobs` is NULL");
    FAILS(facekit_jobs_submit_detect(NULL, NULL, NULL, 0, NULL, &job, &error), INVALID, "`jobs` is NULL");
    FAILS(facekit_job_get_status(NULL, &status, &error), INVALID, "`job` is NULL");
    FAILS(facekit_job_wait(NULL, 0.0, &error), INVALID, "`job` is NULL");
    FAILS(facekit_job_cancel(NULL, &error), INVALID, "`job` is NULL");
    FAILS(facekit_job_take_detection(NULL, &detection, &error), INVALID, "`job` is NULL");
    CHECK(job == NULL && status == NULL && detection == NULL);
    facekit_jobs_free(NULL);
    facekit_job_free(NULL);
    facekit_job_status_free(NULL);
}

static void wrong_options(const facekit_engine *engine) {
    facekit_error *error = NULL;
    facekit_jobs *jobs = NULL;
    facekit_jobs_options options;
    CHECK(facekit_jobs_options_init(&options, sizeof options) == FACEKIT_STATUS_OK);
    CHECK(options.workers == 1 && options.capacity == 64 && options.retention == 3600.0 && options.kept == 256);
    options.workers = 0;
    FAILS(facekit_jobs_new(engine, &options, &jobs, &error), INVALID, "`workers` is 0");
    options.workers = 1;
    options.retention = -1.0;
    FAILS(facekit_jobs_new(engine, &options, &jobs, &error), INVALID, "`retention` is -1");
    CHECK(jobs == NULL);
}

static void a_life(const facekit_jobs *jobs, const facekit_image *photo) {
    facekit_error *error = NULL;
    facekit_job *job = NULL, *again = NULL;
    facekit_job_status *status = NULL;
    facekit_restored *restored = NULL;
    facekit_detection *detection = NULL;
    listener told = {0, 0, 0, FACEKIT_STATUS_INTERNAL};
    const facekit_call call = listening(&told);
    WORKS(facekit_jobs_submit_restore(jobs, photo, NULL, 7, &call, &job, &error));
    CHECK(strlen(facekit_job_id(job)) == 36 && facekit_jobs_count(jobs) == 1);
    WORKS(facekit_job_wait(job, -1.0, &error));
    WORKS(facekit_job_wait(job, 0.0, &error));
    FAILS(facekit_job_wait(job, 0.0 / (double)(told.hold), &error), INVALID, "`seconds` is no number");
    WORKS(facekit_job_get_status(job, &status, &error));
    CHECK(facekit_job_status_state(status) == FACEKIT_JOB_STATE_COMPLETED);
    CHECK(strcmp(facekit_job_status_pipeline(status), "restore") == 0);
    CHECK(facekit_job_status_priority(status) == 7 && facekit_job_status_fraction(status) == 1.0F);
    CHECK(strcmp(facekit_job_status_stage(status), "restore") == 0 && facekit_job_status_ahead(status) == 0);
    CHECK(facekit_job_status_error(status) == FACEKIT_STATUS_OK && facekit_job_status_message(status) == NULL);
    CHECK(facekit_job_status_inference_time(status) > 0.0 && facekit_job_status_waited(status) >= 0.0);
    CHECK(facekit_job_status_ran(status) >= facekit_job_status_inference_time(status));
    CHECK(facekit_job_status_stage_count(status) >= 2 && facekit_job_status_stage_name(status, 99) == NULL);
    CHECK(strcmp(facekit_job_status_stage_name(status, 0), "detect") == 0);
    CHECK(facekit_job_status_stage_time(status, 0) > 0.0 && facekit_job_status_stage_time(status, 99) == 0.0);
    facekit_job_status_free(status);
    CHECK(told.steps > 1 && told.ends == 1);

    WORKS(facekit_jobs_find(jobs, facekit_job_id(job), &again, &error));
    FAILS(facekit_job_take_detection(again, &detection, &error), INVALID, "ran restore");
    WORKS(facekit_job_take_restored(again, &restored, &error));
    CHECK(facekit_restored_face_count(restored) == 1 && detection == NULL);
    facekit_restored_free(restored);
    restored = NULL;
    FAILS(facekit_job_take_restored(job, &restored, &error), FACEKIT_STATUS_JOB_NOT_FOUND, "taken before");
    FAILS(facekit_jobs_find(jobs, "no id", &again, &error), INVALID, "no id of a job");
    facekit_job_free(again);
    facekit_job_free(job);
}

static void line_and_cancel(const facekit_engine *engine, const facekit_image *photo) {
    facekit_error *error = NULL;
    facekit_jobs *jobs = NULL;
    facekit_job *first = NULL, *second = NULL, *third = NULL, *refused = NULL;
    facekit_job_status *status = NULL;
    facekit_detection *detection = NULL;
    facekit_cancel_token *token = facekit_cancel_token_new();
    facekit_jobs_options options;
    listener told = {0, 0, 1, FACEKIT_STATUS_INTERNAL}, ended = {0, 0, 0, FACEKIT_STATUS_INTERNAL};
    const facekit_call held = listening(&told);
    facekit_call call = listening(&ended), stopping;
    CHECK(facekit_jobs_options_init(&options, sizeof options) == FACEKIT_STATUS_OK);
    options.capacity = 2;
    WORKS(facekit_jobs_new(engine, &options, &jobs, &error));
    WORKS(facekit_jobs_submit_detect(jobs, photo, NULL, 0, &held, &first, &error));
    while (told.steps == 0) {
        /* It begins soon. */
    }
    CHECK(state_of(first) == FACEKIT_JOB_STATE_PROCESSING);
    call.cancel = token;
    WORKS(facekit_jobs_submit_detect(jobs, photo, NULL, 0, &call, &second, &error));
    CHECK(facekit_call_init(&stopping, sizeof stopping) == FACEKIT_STATUS_OK);
    stopping.progress = stop;
    WORKS(facekit_jobs_submit_detect(jobs, photo, NULL, -1, &stopping, &third, &error));
    FAILS(facekit_jobs_submit_detect(jobs, photo, NULL, 0, NULL, &refused, &error), FACEKIT_STATUS_QUEUE_FULL,
          "2 jobs wait already");
    CHECK(state_of(second) == FACEKIT_JOB_STATE_QUEUED && refused == NULL);
    WORKS(facekit_job_get_status(third, &status, &error));
    CHECK(facekit_job_status_ahead(status) == 1 && strcmp(facekit_job_status_stage(status), "") == 0);
    facekit_job_status_free(status);
    FAILS(facekit_job_take_detection(second, &detection, &error), INVALID, "queued and has no result yet");
    FAILS(facekit_job_wait(second, 0.01, &error), FACEKIT_STATUS_TIMED_OUT, "still queued");
    WORKS(facekit_job_cancel(second, &error));
    CHECK(state_of(second) == FACEKIT_JOB_STATE_CANCELED && !facekit_cancel_token_is_canceled(token));
    CHECK(ended.ends == 1 && ended.status == FACEKIT_STATUS_CANCELED && ended.steps == 0);
    FAILS(facekit_job_take_detection(second, &detection, &error), FACEKIT_STATUS_CANCELED, "canceled");
    facekit_cancel_token_free(token);
    told.hold = 0;
    WORKS(facekit_job_wait(first, -1.0, &error));
    CHECK(state_of(first) == FACEKIT_JOB_STATE_COMPLETED);
    WORKS(facekit_job_wait(third, -1.0, &error));
    status = NULL;
    WORKS(facekit_job_get_status(third, &status, &error));
    CHECK(facekit_job_status_state(status) == FACEKIT_JOB_STATE_CANCELED);
    CHECK(facekit_job_status_error(status) == FACEKIT_STATUS_CANCELED);
    CHECK(strlen(facekit_job_status_message(status)) > 0);
    facekit_job_status_free(status);
    /* A job outlives its queue. */
    facekit_jobs_free(jobs);
    WORKS(facekit_job_take_detection(first, &detection, &error));
    CHECK(facekit_detection_face_count(detection) == 1);
    facekit_detection_free(detection);
    CHECK(told.ends == 1 && told.status == FACEKIT_STATUS_OK);
    facekit_job_free(first);
    facekit_job_free(second);
    facekit_job_free(third);
}

/* Waits for a job, and expects that its pipeline lacks a model. */
static facekit_job *ended(facekit_job *job) {
    facekit_error *error = NULL;
    WORKS(facekit_job_wait(job, -1.0, &error));
    return job;
}

static void every_pipeline(const facekit_jobs *jobs, const facekit_image *photo) {
    facekit_error *error = NULL;
    facekit_job *job = NULL;
    facekit_bytes *file = NULL;
    facekit_swap_sources *sources = facekit_swap_sources_new();
    facekit_embedded *embedded = NULL;
    facekit_comparison *comparison = NULL;
    facekit_face_mask *mask = NULL;
    facekit_detailed *detailed = NULL;
    facekit_stylized *stylized = NULL;
    facekit_stylized_file *stylized_file = NULL;
    facekit_swapped *swapped = NULL;
    facekit_swapped_file *swapped_file = NULL;
    facekit_detail_params detail;
    facekit_refine_params refine;
    facekit_face_mask_params masks;
    facekit_stylize_params style;
    CHECK(facekit_detail_params_init(&detail, sizeof detail) == FACEKIT_STATUS_OK);
    CHECK(facekit_refine_params_init(&refine, sizeof refine) == FACEKIT_STATUS_OK);
    CHECK(facekit_face_mask_params_init(&masks, sizeof masks) == FACEKIT_STATUS_OK);
    CHECK(facekit_stylize_params_init(&style, sizeof style) == FACEKIT_STATUS_OK);
    style.style = FACEKIT_STYLE_PIXELS;
    WORKS(facekit_swap_sources_add(sources, &photo, 1, NULL, &error));
    WORKS(facekit_image_encode(photo, NULL, &file, &error));

    WORKS(facekit_jobs_submit_embed(jobs, photo, NULL, 0, NULL, &job, &error));
    WORKS(facekit_job_take_embedded(ended(job), &embedded, &error));
    CHECK(facekit_embedded_face_count(embedded) == 1);
    facekit_embedded_free(embedded);
    facekit_job_free(job);
    WORKS(facekit_jobs_submit_compare(jobs, photo, photo, NULL, 0, NULL, &job, &error));
    WORKS(facekit_job_take_comparison(ended(job), &comparison, &error));
    CHECK(facekit_comparison_same(comparison));
    facekit_comparison_free(comparison);
    facekit_job_free(job);
    WORKS(facekit_jobs_submit_mask(jobs, photo, &masks, 0, NULL, &job, &error));
    WORKS(facekit_job_take_mask(ended(job), &mask, &error));
    CHECK(facekit_face_mask_face_count(mask) == 1);
    facekit_job_free(job);
    detail.fallback = FACEKIT_FALLBACK_RESTORE;
    WORKS(facekit_jobs_submit_detail(jobs, photo, &detail, 0, NULL, &job, &error));
    WORKS(facekit_job_take_detailed(ended(job), &detailed, &error));
    CHECK(facekit_detailed_face_count(detailed) == 1);
    facekit_detailed_free(detailed);
    facekit_job_free(job);
    refine.fallback = FACEKIT_FALLBACK_RESTORE;
    WORKS(facekit_jobs_submit_refine(jobs, photo, &refine, 0, NULL, &job, &error));
    WORKS(facekit_job_take_detailed(ended(job), &detailed, &error));
    CHECK(facekit_detailed_face_count(detailed) == 1);
    facekit_job_free(job);
    WORKS(facekit_jobs_submit_stylize(jobs, photo, NULL, &style, 0, NULL, &job, &error));
    WORKS(facekit_job_take_stylized(ended(job), &stylized, &error));
    CHECK(facekit_stylized_image(stylized) != NULL);
    facekit_job_free(job);
    WORKS(facekit_jobs_submit_stylize_file(jobs, facekit_bytes_data(file), facekit_bytes_len(file), NULL, &style, 0,
                                           NULL, &job, &error));
    WORKS(facekit_job_take_stylized_file(ended(job), &stylized_file, &error));
    CHECK(facekit_stylized_file_frame_count(stylized_file) == 1);
    facekit_job_free(job);
    WORKS(facekit_jobs_submit_swap(jobs, sources, photo, NULL, 0, NULL, &job, &error));
    WORKS(facekit_job_take_swapped(ended(job), &swapped, &error));
    CHECK(facekit_swapped_face_count(swapped) == 1);
    facekit_job_free(job);
    WORKS(facekit_jobs_submit_swap_file(jobs, sources, facekit_bytes_data(file), facekit_bytes_len(file), NULL, 0,
                                        NULL, &job, &error));
    facekit_swap_sources_free(sources);
    facekit_bytes_free(file);
    WORKS(facekit_job_take_swapped_file(ended(job), &swapped_file, &error));
    CHECK(facekit_swapped_file_frame_count(swapped_file) == 1);
    facekit_job_free(job);

    facekit_face_mask_free(mask);
    facekit_detailed_free(detailed);
    facekit_stylized_free(stylized);
    facekit_stylized_file_free(stylized_file);
    facekit_swapped_free(swapped);
    facekit_swapped_file_free(swapped_file);
}

int main(int argc, char **argv) {
    facekit_error *error = NULL;
    facekit_engine *engine = NULL;
    facekit_image *photo = NULL;
    facekit_jobs *jobs = NULL;
    if (argc != 3) {
        fprintf(stderr, "usage: jobs PHOTO SCRATCH_FOLDER\n");
        return 2;
    }
    null_handles();
    WORKS(facekit_engine_new(NULL, &engine, &error));
    WORKS(facekit_image_open(engine, argv[1], &photo, &error));
    if (failures == 0) {
        wrong_options(engine);
        line_and_cancel(engine, photo);
        WORKS(facekit_jobs_new(engine, NULL, &jobs, &error));
        /* The queue keeps what it needs of the engine. */
        facekit_engine_free(engine);
        engine = NULL;
        a_life(jobs, photo);
        every_pipeline(jobs, photo);
    }
    facekit_jobs_free(jobs);
    facekit_image_free(photo);
    facekit_engine_free(engine);
    return failures == 0 ? 0 : 1;
}
