/* files.c: see files.h. */
#include "files.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"

#define STATUS_OK 200

struct file {
    uint64_t req; /* 0 = empty */
    struct files_file content;
};

struct files {
    pthread_mutex_t lock;
    struct file file[FILES_MAX];
};

struct files *files_new(void) {
    struct files *f = ensure_alloc(sizeof *f);
    *f = (struct files){0};
    pthread_mutex_init(&f->lock, NULL);
    return f;
}

void files_free(struct files *f) {
    for (size_t i = 0; i < FILES_MAX; i++)
        free(f->file[i].content.blob.data);
    pthread_mutex_destroy(&f->lock);
    free(f);
}

static struct encode_blob copy(const struct encode_blob *blob) {
    struct encode_blob out = {ensure_alloc(blob->bytes + 1), blob->bytes};
    if (blob->bytes)
        memcpy(out.data, blob->data, blob->bytes);
    return out;
}

void files_put(struct files *f, uint64_t req, const struct encode_blob *blob,
               const char *content_type, unsigned first_status) {
    struct files_file content = {copy(blob), content_type, first_status ? first_status : STATUS_OK};
    pthread_mutex_lock(&f->lock);
    struct file *file = &f->file[req % FILES_MAX];
    free(file->content.blob.data);
    *file = (struct file){req, content};
    pthread_mutex_unlock(&f->lock);
}

bool files_take(struct files *f, uint64_t req, struct files_file *out) {
    pthread_mutex_lock(&f->lock);
    struct file *file = &f->file[req % FILES_MAX];
    bool found = req && file->req == req;
    if (found) {
        *out = file->content;
        out->blob = copy(&file->content.blob);
        file->content.status = STATUS_OK;
    }
    pthread_mutex_unlock(&f->lock);
    return found;
}
