#include "io/hdf5_lzf.h"

#include <hdf5.h>
#include "io/hdf5_filters.h"
#include "io/limits.h"
#include "io/lzf.h"

/* values[2] is the size of a chunk, as h5py writes it. 0: can't; an optional filter is then left
 * out for that chunk. */
static size_t filter(unsigned flags, size_t n, const unsigned values[], size_t bytes,
                     size_t *capacity, void **buffer)
{
    const char *reason = NULL;
    gssize decoded = -1;
    void *out;

    if (!(flags & H5Z_FLAG_REVERSE) || n < 3 || values[2] > LIMIT_CHUNK_BYTES)
        return 0;
    out = H5allocate_memory(MAX(values[2], 1), 0);
    if (out)
        decoded = lzf_decode(out, values[2], *buffer, bytes, &reason);
    if (decoded <= 0) {
        H5free_memory(out);
        return 0;
    }
    H5free_memory(*buffer);
    *buffer = out;
    *capacity = values[2];
    return (size_t)decoded;
}

void hdf5_lzf_register(void)
{
    static const H5Z_class2_t class = {.version = H5Z_CLASS_T_VERS,
                                       .id = HDF5_FILTER_LZF,
                                       .encoder_present = 1,
                                       .decoder_present = 1,
                                       .name = "lzf",
                                       .filter = filter};

    H5Zregister(&class);
}
