#include "tests/support/saved.h"

#include <check.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>
#include "io/format.h"
#include "tests/support/opened.h"

/* In memory, if there is such a place: what is tested waits for the disk hundreds of times. */
char *saved_folder(void)
{
    const char *where = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : g_get_tmp_dir();
    char *folder = g_build_filename(where, "tare-save-XXXXXX", NULL);

    ck_assert_ptr_nonnull(g_mkdtemp(folder));
    return folder;
}

static GPtrArray *names_in(const char *folder)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    GDir *dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while ((name = g_dir_read_name(dir)))
        g_ptr_array_add(names, g_strdup(name));
    g_dir_close(dir);
    return names;
}

static gint by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

char *saved_names(const char *folder)
{
    GPtrArray *names = names_in(folder);
    char *all;

    g_ptr_array_sort(names, by_name);
    g_ptr_array_add(names, NULL);
    all = g_strjoinv(" ", (char **)names->pdata);
    g_ptr_array_free(names, TRUE);
    return all;
}

void saved_remove(char *folder)
{
    GPtrArray *names = names_in(folder);

    for (guint i = 0; i < names->len; i++) {
        char *path = g_build_filename(folder, names->pdata[i], NULL);

        g_remove(path);
        g_free(path);
    }
    g_ptr_array_free(names, TRUE);
    g_rmdir(folder);
    g_free(folder);
}

struct source *saved_open(const char *path)
{
    GError *error = NULL;
    struct source *s = format_open(path, NULL, &error);

    ck_assert_msg(s != NULL, "%s", error ? error->message : "");
    return s;
}

void saved_expect_equal_files(const char *a, const char *b)
{
    char *x, *y;
    gsize n, m;

    ck_assert(g_file_get_contents(a, &x, &n, NULL) && g_file_get_contents(b, &y, &m, NULL));
    ck_assert_msg(n == m && memcmp(x, y, n) == 0, "%s is not %s", a, b);
    g_free(x);
    g_free(y);
}

static uint32_t find(const struct source *s, const char *path)
{
    for (uint32_t i = 0; i < s->n_tensors; i++)
        if (strcmp(s->tensors[i].path, path) == 0)
            return i;
    ck_abort_msg("%s: no %s", s->path, path);
    return 0;
}

void saved_expect_values(struct source *got, struct source *want, const char *what)
{
    ck_assert_uint_eq(got->n_tensors, want->n_tensors);
    for (uint32_t i = 0; i < want->n_tensors; i++) {
        const struct tensor *t = &want->tensors[i];
        size_t bytes = dtype_info(t->dtype)->bytes, n = t->elems;
        uint32_t at = find(got, t->path);
        char *a = g_malloc(n * bytes + 1), *b = g_malloc(n * bytes + 1);
        GError *error = NULL;

        ck_assert_int_eq(got->tensors[at].dtype, t->dtype);
        ck_assert_uint_eq(got->tensors[at].elems, n);
        ck_assert_msg(got->ops->read(got, at, 0, n, a, &error) &&
                          want->ops->read(want, i, 0, n, b, &error),
                      "%s: %s", what, error ? error->message : "");
        ck_assert_msg(memcmp(a, b, n * bytes) == 0, "%s: %s has other values", what, t->path);
        g_free(a);
        g_free(b);
    }
}

/* --- everything else --- */

static void add_attributes(GString *s, const struct listing *l, const struct listing_object *o)
{
    for (guint32 i = 0; i < o->n_attributes; i++) {
        const struct listing_attribute *a =
            &g_array_index(l->attributes, struct listing_attribute, o->first_attribute + i);

        g_string_append_printf(s, "  @%s", listing_text(l, a->name));
        for (guint32 k = 0; k < a->count; k++)
            g_string_append_printf(
                s, " '%s'", listing_text(l, g_array_index(l->strings, guint32, a->first + k)));
        g_string_append_c(s, '\n');
    }
}

static void add_dataset(GString *s, const struct listing *l, const struct listing_dataset *d,
                        gboolean never)
{
    g_string_append_printf(s, "  %d %d %s %d %d %d rank %d layout %d:", d->readable, d->numeric,
                           listing_text(l, d->reason), d->dtype, d->opaque, d->big_endian, d->rank,
                           never ? LAYOUT_NONE : d->layout);
    for (guint i = 0; i < d->rank; i++)
        g_string_append_printf(s, " %" G_GUINT64_FORMAT,
                               g_array_index(l->numbers, guint64, d->dims + i));
    for (guint i = 0; i < d->n_filters; i++)
        g_string_append_printf(s, " filter %u/%u", d->filters[i].id, d->filters[i].values[0]);
    g_string_append_c(s, '\n');
}

/* A file as text; what `want` never wrote has no layout there. */
static char *described(const struct listing *l, const struct listing *want)
{
    GString *s = g_string_new(NULL);

    for (guint i = 0; i < l->objects->len; i++) {
        const struct listing_object *at = listing_object(l, i);

        g_string_append_printf(s, "%s %d %d %s %d\n", listing_text(l, at->path), at->kind,
                               (int)at->target, listing_text(l, at->reason), at->soft);
        add_attributes(s, l, at);
        if (at->dataset != LISTING_NONE && at->dataset < want->datasets->len)
            add_dataset(s, l, listing_dataset(l, at->dataset),
                        listing_dataset(want, at->dataset)->layout == LAYOUT_NONE);
    }
    return g_string_free(s, FALSE);
}

void saved_expect_like(const char *got, const char *want)
{
    struct opened x, y;
    char *a, *b;
    gsize same = 0;

    opened_init(&x, got);
    opened_init(&y, want);
    a = described(x.listing, y.listing);
    b = described(y.listing, y.listing);
    while (a[same] && a[same] == b[same])
        same++;
    while (same > 0 && a[same - 1] != '\n')
        same--;
    ck_assert_msg(strcmp(a, b) == 0, "%s: %.200s, not %.200s", want, a + same, b + same);
    opened_finish(&x);
    opened_finish(&y);
    g_free(a);
    g_free(b);
}
