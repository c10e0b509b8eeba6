#include "tests/support/adapters.h"

#include <check.h>
#include "io/format.h"

struct checkpoint *adapters_open(const char *name)
{
    char *path = g_build_filename(g_getenv("TARE_FIXTURES"), name, NULL);
    struct source *s = format_open(path, NULL, NULL);

    ck_assert_msg(s != NULL, "%s", path);
    g_free(path);
    return checkpoint_create(s);
}

struct comparison *adapters_compare(struct checkpoint *base, struct checkpoint *tuned, double alpha,
                                    GError **error)
{
    const struct comparison_options options = {
        .threads = 2, .use_rules = true, .lora_alpha = alpha};
    struct comparison *c = comparison_create(base, tuned, &options, error);

    if (!c)
        return NULL;
    comparison_scan_start(c);
    comparison_scan_wait(c);
    return c;
}

void adapters_add_zeros(struct memory_source *m, const char *name, enum dtype dtype,
                        const uint64_t *dim, unsigned rank)
{
    uint64_t n = 1;
    void *zeros;

    for (unsigned i = 0; i < rank; i++)
        n *= dim[i];
    zeros = g_malloc0(n * 8 + 8);
    memory_source_add(m, name, TENSOR_WEIGHT, dtype, rank, dim, zeros);
    g_free(zeros);
}

struct checkpoint *adapters_base(void)
{
    struct memory_source *m = memory_source_create("base.h5");

    adapters_add_zeros(m, "h.0.q.weight", DTYPE_F32, (const uint64_t[]){8, 6}, 2);
    return checkpoint_create(memory_source_finish(m));
}
