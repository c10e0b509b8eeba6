/* The contract of every row of the format and dialect tables: its sample opens, and a file that was
 * cut or has a flipped bit near its start gives a source or an error in one line, never a crash. */
#include <check.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "io/dialect.h"
#include "io/format.h"

struct sample {
    const char *row, *file;
};

static const struct sample formats[] = {{"hdf5", "keras2/k2_cnn_weights_base.h5"}};

static const struct sample dialects[] = {{"lora", "hub/gpt2_lora.lora.h5"},
                                         {"hf_tf", "hf_tf/gpt2_base/tf_model.h5"},
                                         {"keras2", "keras2/k2_cnn_weights_base.h5"},
                                         {"keras3", "keras3/k3_cnn_float16_base.weights.h5"},
                                         {"plain", "plain/shapes.h5"}};

static char *fixture(const char *name)
{
    return g_build_filename(g_getenv("TARE_FIXTURES"), name, NULL);
}

static const char *sample_of(const char *row, const struct sample *samples, gsize n)
{
    for (gsize i = 0; i < n; i++)
        if (strcmp(samples[i].row, row) == 0)
            return samples[i].file;
    ck_abort_msg("%s: no sample here", row);
    return NULL;
}

START_TEST(test_format_rows)
{
    for (gsize i = 0; format_table[i]; i++) {
        const struct format *f = format_table[i];
        char *path = fixture(sample_of(f->name, formats, G_N_ELEMENTS(formats)));
        struct source *s = format_open(path, NULL, NULL);

        ck_assert(f->suffix && f->suffix[0] == '.');
        ck_assert_ptr_nonnull(s);
        ck_assert_str_eq(s->path, path);
        ck_assert_uint_gt(s->n_tensors, 0);
        ck_assert_ptr_nonnull(s->warnings);
        source_close(s);
        g_free(path);
    }
}
END_TEST

START_TEST(test_dialect_rows)
{
    gsize n = 0;

    for (; dialect_table[n]; n++) {
        const struct dialect *d = dialect_table[n];
        char *path = fixture(sample_of(d->name, dialects, G_N_ELEMENTS(dialects)));
        struct source *s = format_open(path, NULL, NULL);

        ck_assert_ptr_nonnull(s);
        ck_assert_str_eq(s->format, d->name);
        ck_assert_uint_gt(s->n_tensors, 0);
        for (uint32_t i = 0; i < s->n_tensors; i++) {
            ck_assert(s->tensors[i].name[0] && s->tensors[i].path[0] == '/');
            ck_assert_ptr_nonnull(s->tensors[i].aliases);
        }
        source_close(s);
        g_free(path);
    }
    ck_assert_uint_eq(n, G_N_ELEMENTS(dialects));
}
END_TEST

static char *scratch;

/* Opens these bytes as a file; whatever happens must be a result. TRUE if it was a source. */
static gboolean try_bytes(const guint8 *bytes, gsize n)
{
    GError *error = NULL;
    struct source *s;

    ck_assert(g_file_set_contents_full(scratch, (const char *)bytes, (gssize)n,
                                       G_FILE_SET_CONTENTS_NONE, 0600, NULL));
    s = format_open(scratch, NULL, &error);
    ck_assert((s != NULL) == (error == NULL));
    if (error) {
        ck_assert(error->domain == TARE_ERROR && g_str_has_prefix(error->message, scratch));
        ck_assert_ptr_null(strchr(error->message, '\n'));
        g_clear_error(&error);
    }
    source_close(s);
    return s != NULL;
}

static guint8 *load(const char *name, gsize *n)
{
    char *path = fixture(name), *bytes = NULL;

    ck_assert(g_file_get_contents(path, &bytes, n, NULL));
    g_free(path);
    return (guint8 *)bytes;
}

static void make_scratch(void)
{
    int fd = g_file_open_tmp("tare-contract-XXXXXX", &scratch, NULL);

    ck_assert_int_ge(fd, 0);
    close(fd);
}

static void remove_scratch(void)
{
    g_unlink(scratch);
    g_clear_pointer(&scratch, g_free);
}

START_TEST(test_cut)
{
    gsize n;
    guint8 *bytes = load(dialects[_i].file, &n);

    for (gsize cut = 0; cut < 64; cut++)
        ck_assert(!try_bytes(bytes, cut));
    for (gsize cut = 64; cut < n; cut += 1 + n / 97)
        ck_assert(!try_bytes(bytes, cut));
    ck_assert(!try_bytes(bytes, n - 1));
    ck_assert(try_bytes(bytes, n));
    g_free(bytes);
}
END_TEST

START_TEST(test_flipped)
{
    gsize n;
    guint8 *bytes = load(dialects[_i].file, &n);

    for (gsize bit = 0; bit < 8 * 96; bit++) {
        bytes[bit / 8] ^= (guint8)(1 << bit % 8);
        try_bytes(bytes, n);
        bytes[bit / 8] ^= (guint8)(1 << bit % 8);
    }
    g_free(bytes);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("formats");
    TCase *t = tcase_create("rows"), *damaged = tcase_create("damaged");
    SRunner *r;
    int failed;

    tcase_add_test(t, test_format_rows);
    tcase_add_test(t, test_dialect_rows);
    suite_add_tcase(s, t);
    tcase_set_timeout(damaged, 120);
    tcase_add_checked_fixture(damaged, make_scratch, remove_scratch);
    tcase_add_loop_test(damaged, test_cut, 0, G_N_ELEMENTS(dialects));
    tcase_add_loop_test(damaged, test_flipped, 0, G_N_ELEMENTS(dialects));
    suite_add_tcase(s, damaged);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
