#include "core/blas.h"

#include <dlfcn.h>
#include <string.h>
#include "core/signals.h"

static bool find(void *library, const char *name, void *function)
{
    void *found = library ? dlsym(library, name) : NULL;

    if (found)
        memcpy(function, &found, sizeof found);
    return found != NULL;
}

static gpointer open_library(gpointer data)
{
    void (*set_num_threads)(int);
    sigset_t before;
    void *library;

    (void)data;
    signals_block(&before);
    library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
    signals_restore(&before);
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
