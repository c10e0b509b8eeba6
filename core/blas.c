#include "core/blas.h"

#include <dlfcn.h>
#include <signal.h>
#include <string.h>

static bool find(void *library, const char *name, void *function)
{
    void *found = library ? dlsym(library, name) : NULL;

    if (found)
        memcpy(function, &found, sizeof found);
    return found != NULL;
}

/* Its threads take over our signal mask: all blocked. */
static gpointer open_library(gpointer data)
{
    void (*set_num_threads)(int);
    sigset_t all, before;
    void *library;

    (void)data;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!find(library, "openblas_set_num_threads", &set_num_threads))
        return NULL;
    set_num_threads(1);
    return library;
}

bool blas_load(const struct blas_symbol *symbols, gsize n)
{
    static GOnce once = G_ONCE_INIT;
    void *library = g_once(&once, open_library, NULL);
    bool all = true;

    for (gsize i = 0; all && i < n; i++)
        all = find(library, symbols[i].name, symbols[i].function);
    return all;
}
