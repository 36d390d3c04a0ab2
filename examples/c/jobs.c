/* Restores several pictures in the background, and says how far they are: jobs PHOTO... */
#include <facekit.h>

#include <stdio.h>
#include <stdlib.h>

static void fail(facekit_error *error) {
    fprintf(stderr, "error: %s\n", facekit_error_message(error));
    facekit_error_free(error);
    exit(1);
}

/* Waits for a job in steps of a fifth of a second, and shows how far it is. */
static void watch(const facekit_job *job) {
    facekit_error *error = NULL;
    for (;;) {
        const facekit_status status = facekit_job_wait(job, 0.2, &error);
        facekit_job_status *now = NULL;
        if (status != FACEKIT_STATUS_OK && status != FACEKIT_STATUS_TIMED_OUT) {
            fail(error);
        }
        facekit_error_free(error);
        error = NULL;
        if (facekit_job_get_status(job, &now, &error) != FACEKIT_STATUS_OK) {
            fail(error);
        }
        printf("%s: %3.0f %% %s\n", facekit_job_id(job), 100.0 * (double)facekit_job_status_fraction(now),
               facekit_job_status_stage(now));
        facekit_job_status_free(now);
        if (status == FACEKIT_STATUS_OK) {
            return;
        }
    }
}

int main(int argc, char **argv) {
    facekit_error *error = NULL;
    facekit_engine *engine = NULL;
    facekit_jobs *jobs = NULL;
    facekit_job *submitted[16] = {NULL};
    int i, failed = 0;
    if (argc < 2 || argc > 17) {
        fprintf(stderr, "usage: jobs PHOTO... (at most 16)\n");
        return 2;
    }
    if (facekit_engine_new(NULL, &engine, &error) != FACEKIT_STATUS_OK ||
        facekit_jobs_new(engine, NULL, &jobs, &error) != FACEKIT_STATUS_OK) {
        fail(error);
    }
    for (i = 1; i < argc; i++) {
        facekit_image *photo = NULL;
        if (facekit_image_open(engine, argv[i], &photo, &error) != FACEKIT_STATUS_OK ||
            facekit_jobs_submit_restore(jobs, photo, NULL, 0, NULL, &submitted[i - 1], &error) != FACEKIT_STATUS_OK) {
            fail(error);
        }
        facekit_image_free(photo);
    }
    for (i = 1; i < argc; i++) {
        facekit_restored *restored = NULL;
        watch(submitted[i - 1]);
        if (facekit_job_take_restored(submitted[i - 1], &restored, &error) == FACEKIT_STATUS_OK) {
            printf("%s: restored %zu face(s) in %.2f s\n", argv[i], facekit_restored_face_count(restored),
                   facekit_restored_inference_time(restored));
        } else {
            fprintf(stderr, "%s: %s\n", argv[i], facekit_error_message(error));
            facekit_error_free(error);
            error = NULL;
            failed = 1;
        }
        facekit_restored_free(restored);
        facekit_job_free(submitted[i - 1]);
    }
    facekit_jobs_free(jobs);
    facekit_engine_free(engine);
    return failed;
}
