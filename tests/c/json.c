/* A client in C99 of requests in JSON: what works, and what a caller may get wrong. Usage: json PHOTO SCRATCH_FOLDER.
 * Says nothing and returns 0 when all is well. */
#include "check.h"

#include <stdlib.h>

static char request[4096];

/* A request for a pipeline with the photograph as its image, and more fields. */
static const char *ask(const char *pipeline, const char *photo, const char *more) {
    snprintf(request, sizeof request, "{\"pipeline\": \"%s\", \"image\": \"%s\"%s}", pipeline, photo, more);
    return request;
}

static void answers(const facekit_engine *engine, const char *photo, const char *folder) {
    facekit_error *error = NULL;
    facekit_text *answer = NULL;
    facekit_image *written = NULL;
    char path[1024], more[2048];

    WORKS(facekit_run_json(engine, ask("detect", photo, ""), NULL, &answer, &error));
    CHECK(strstr(facekit_text_data(answer), "{\"status\":\"completed\",\"pipeline\":\"detect\"") != NULL);
    CHECK(strlen(facekit_text_data(answer)) == facekit_text_len(answer));
    facekit_text_free(answer);
    answer = NULL;

    snprintf(path, sizeof path, "%s/json/restored.png", folder);
    snprintf(more, sizeof more, ", \"params\": {\"upscale\": 2}, \"output\": \"%s\"", path);
    WORKS(facekit_run_json(engine, ask("restore", photo, more), NULL, &answer, &error));
    CHECK(strstr(facekit_text_data(answer), path) != NULL);
    facekit_text_free(answer);
    answer = NULL;
    WORKS(facekit_image_open(engine, path, &written, &error));
    CHECK(facekit_image_width(written) == 1024);
    facekit_image_free(written);

    WORKS(facekit_run_json(engine, ask("restore", photo, ""), NULL, &answer, &error));
    CHECK(strstr(facekit_text_data(answer), "\"output\":\"data:image/png;base64,") != NULL);
    facekit_text_free(answer);
}

static void hosted(const facekit_engine *engine, const char *photo, const char *folder) {
    facekit_error *error = NULL;
    facekit_text *answer = NULL;
    char body[2048];

    snprintf(body, sizeof body, "{\"image\": \"%s\", \"style\": \"Toy\"}", photo);
    WORKS(facekit_run_hosted(engine, "face-to-many", body, folder, NULL, &answer, &error));
    CHECK(strstr(facekit_text_data(answer), "\"status\":\"COMPLETED\"") != NULL);
    CHECK(strstr(facekit_text_data(answer), "-1.png\"]") != NULL);
    facekit_text_free(answer);
    answer = NULL;
    WORKS(facekit_run_hosted(engine, "face-to-many", body, NULL, NULL, &answer, &error));
    CHECK(strstr(facekit_text_data(answer), "\"output\":[\"data:image/png;base64,") != NULL);
    facekit_text_free(answer);
    answer = NULL;

    FAILS(facekit_run_hosted(engine, "face-lift", body, NULL, NULL, &answer, &error), INVALID, "face-detailer");
    FAILS(facekit_run_hosted(engine, "faceswap", body, NULL, NULL, &answer, &error), INVALID, "`image`");
    FAILS(facekit_run_hosted(engine, "faceswap", "[", NULL, NULL, &answer, &error), INVALID, "faceswap");
    FAILS(facekit_run_hosted(engine, NULL, body, NULL, NULL, &answer, &error), INVALID, "`api` is NULL");
    FAILS(facekit_run_hosted(engine, "faceswap", NULL, NULL, NULL, &answer, &error), INVALID, "`body` is NULL");
    FAILS(facekit_run_hosted(engine, "faceswap", body, NULL, NULL, NULL, &error), INVALID, "`out_answer` is NULL");
    FAILS(facekit_run_hosted(NULL, "faceswap", body, NULL, NULL, &answer, &error), INVALID, "`engine` is NULL");
}

static void jobs(const facekit_engine *engine, const facekit_image *image, const char *photo, const char *folder) {
    facekit_error *error = NULL;
    facekit_text *answer = NULL;
    facekit_jobs *queue = NULL;
    facekit_job *job = NULL;
    char path[1024], more[2048];

    WORKS(facekit_jobs_new(engine, NULL, &queue, &error));
    snprintf(path, sizeof path, "%s/mask.png", folder);
    snprintf(more, sizeof more, ", \"output\": \"%s\"", path);
    WORKS(facekit_jobs_submit_json(queue, ask("mask", photo, more), 0, NULL, &job, &error));
    WORKS(facekit_job_wait(job, 60.0, &error));
    WORKS(facekit_job_take_json(job, &answer, &error));
    CHECK(strstr(facekit_text_data(answer), "{\"status\":\"completed\",\"pipeline\":\"mask\"") != NULL);
    CHECK(strstr(facekit_text_data(answer), path) != NULL);
    facekit_text_free(answer);
    answer = NULL;
    FAILS(facekit_job_take_json(job, &answer, &error), FACEKIT_STATUS_JOB_NOT_FOUND, "taken before");
    facekit_job_free(job);
    job = NULL;

    /* A job of any form is taken as JSON, with its picture in the answer. */
    WORKS(facekit_jobs_submit_mask(queue, image, NULL, 0, NULL, &job, &error));
    WORKS(facekit_job_wait(job, 60.0, &error));
    WORKS(facekit_job_take_json(job, &answer, &error));
    CHECK(strstr(facekit_text_data(answer), "\"output\":\"data:image/jpeg;base64,") != NULL);
    facekit_text_free(answer);
    facekit_job_free(job);
    answer = NULL, job = NULL;

    FAILS(facekit_jobs_submit_json(queue, "{}", 0, NULL, &job, &error), INVALID, "`pipeline`");
    FAILS(facekit_jobs_submit_json(queue, NULL, 0, NULL, &job, &error), INVALID, "`request` is NULL");
    FAILS(facekit_jobs_submit_json(NULL, "{}", 0, NULL, &job, &error), INVALID, "`jobs` is NULL");
    FAILS(facekit_jobs_submit_json(queue, "{}", 0, NULL, NULL, &error), INVALID, "`out_job` is NULL");
    FAILS(facekit_job_take_json(NULL, &answer, &error), INVALID, "`job` is NULL");
    facekit_jobs_free(queue);
}

static void mistakes(const facekit_engine *engine, const char *photo) {
    facekit_error *error = NULL, *failed = NULL;
    facekit_text *answer = NULL;
    facekit_cancel_token *cancel = facekit_cancel_token_new();
    facekit_call call;

    FAILS(facekit_run_json(engine, "", NULL, &answer, &error), INVALID, "EOF");
    FAILS(facekit_run_json(engine, "\xff", NULL, &answer, &error), INVALID, "`request` is not UTF-8");
    FAILS(facekit_run_json(engine, "{\"image\": \"a.png\"}", NULL, &answer, &error), INVALID, "`pipeline`");
    FAILS(facekit_run_json(engine, ask("detect", photo, ", \"size\": 3"), NULL, &answer, &error), INVALID, "`size`");
    FAILS(facekit_run_json(engine, ask("detect", "https://example.com/a.png", ""), NULL, &answer, &error),
          FACEKIT_STATUS_UNSUPPORTED, "no network");
    FAILS(facekit_run_json(NULL, "{}", NULL, &answer, &error), INVALID, "`engine` is NULL");
    FAILS(facekit_run_json(engine, NULL, NULL, &answer, &error), INVALID, "`request` is NULL");
    FAILS(facekit_run_json(engine, "{}", NULL, NULL, &error), INVALID, "`out_answer` is NULL");

    CHECK(facekit_call_init(&call, sizeof call) == FACEKIT_STATUS_OK);
    call.cancel = cancel;
    WORKS(facekit_cancel_token_cancel(cancel, &error));
    CHECK(facekit_run_json(engine, ask("detect", photo, ""), &call, &answer, &failed) == FACEKIT_STATUS_CANCELED);
    CHECK(answer == NULL);
    WORKS(facekit_error_json(failed, &answer, &error));
    CHECK(strstr(facekit_text_data(answer), "{\"status\":\"canceled\",\"error\":{\"kind\":\"canceled\",\"code\":12"));
    facekit_text_free(answer);
    facekit_error_free(failed);
    facekit_cancel_token_free(cancel);
    FAILS(facekit_error_json(NULL, &answer, &error), INVALID, "`error` is NULL");
}

int main(int argc, char **argv) {
    facekit_error *error = NULL;
    facekit_engine *engine = NULL;
    facekit_image *image = NULL;
    if (argc != 3) {
        fprintf(stderr, "usage: json PHOTO SCRATCH_FOLDER\n");
        return EXIT_FAILURE;
    }
    CHECK(facekit_text_data(NULL) == NULL && facekit_text_len(NULL) == 0);
    facekit_text_free(NULL);
    WORKS(facekit_engine_new(NULL, &engine, &error));
    answers(engine, argv[1], argv[2]);
    hosted(engine, argv[1], argv[2]);
    WORKS(facekit_image_open(engine, argv[1], &image, &error));
    jobs(engine, image, argv[1], argv[2]);
    mistakes(engine, argv[1]);
    facekit_image_free(image);
    facekit_engine_free(engine);
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
