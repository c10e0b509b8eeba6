#include "io/hdf5_internal.h"

static herr_t keep_first(unsigned n, const H5E_error2_t *e, void *data)
{
    char **detail = data;

    (void)n;
    if (!*detail && e->desc && *e->desc)
        *detail = g_strdup(e->desc);
    return 0;
}

char *hdf5_error_detail(void)
{
    char *detail = NULL;

    /* Upward starts at the function that found the fault. */
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, &detail);
    return detail ? detail : g_strdup("the library gives no reason");
}
