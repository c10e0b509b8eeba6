/* OpenBLAS, loaded when it is first needed: it starts a thread a core as it is loaded, before
 * main() could block the signals that the terminal's owner alone may take. It runs on the calling
 * thread alone; who wants more threads cuts the work. Any thread. */
#ifndef TARE_CORE_BLAS_H
#define TARE_CORE_BLAS_H

#include <glib.h>
#include <stdbool.h>

struct blas_symbol {
    const char *name;
    void *function; /* a pointer to a function of that name's type, to be filled */
};

/* Fills all of them; false: no OpenBLAS here, or one without such a symbol. */
bool blas_load(const struct blas_symbol *symbols, gsize n);

#endif
