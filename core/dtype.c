#include "core/dtype.h"

static const struct dtype_info rows[DTYPE_COUNT] = {0};

const struct dtype_info *dtype_info(enum dtype d)
{
    return &rows[d];
}
