/* Ids of a text, over and over, on one thread: MB/s. usage: bench_tokenizer TOKENIZER TEXT; with a
 * third argument the ids of each line instead, to be compared with others'. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "io/tokenizer_open.h"

static void print_lines(const struct tokenizer *t, const char *text, gsize bytes)
{
    GArray *ids = g_array_new(FALSE, FALSE, sizeof(uint32_t));

    for (const char *at = text, *end = text + bytes, *stop; at < end; at = stop + 1) {
        stop = memchr(at, '\n', (gsize)(end - at));
        stop = stop ? stop : end;
        g_array_set_size(ids, 0);
        if (!tokenizer_encode(t, at, (size_t)(stop - at), false, ids, NULL, NULL))
            printf("error");
        for (guint i = 0; i < ids->len; i++)
            printf("%s%u", i ? " " : "", g_array_index(ids, uint32_t, i));
        printf("\n");
    }
    g_array_free(ids, TRUE);
}

/* The text in pieces as examples are, of some thousand bytes at line ends. */
static guint encode_all(const struct tokenizer *t, const char *text, gsize bytes, GArray *ids)
{
    guint n = 0;

    for (const char *at = text, *end = text + bytes, *stop; at < end; at = stop) {
        stop = end - at > 4096 ? memchr(at + 4096, '\n', (gsize)(end - at - 4096)) : NULL;
        stop = stop ? stop + 1 : end;
        g_array_set_size(ids, 0);
        if (!tokenizer_encode(t, at, (size_t)(stop - at), false, ids, NULL, NULL))
            exit(1);
        n += ids->len;
    }
    return n;
}

int main(int argc, char **argv)
{
    GArray *ids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    GError *error = NULL;
    gint64 from = g_get_monotonic_time(), opened;
    struct tokenizer *t;
    char *text;
    gsize bytes;
    guint n = 0, rounds = 0;

    if (argc < 3 || !g_file_get_contents(argv[2], &text, &bytes, NULL))
        return 2;
    t = tokenizer_open(argv[1], NULL, &error);
    if (!t) {
        fprintf(stderr, "%s\n", error->message);
        return 3;
    }
    if (argc > 3) {
        print_lines(t, text, bytes);
        return 0;
    }
    opened = g_get_monotonic_time();
    do {
        n = encode_all(t, text, bytes, ids);
        rounds++;
    } while (g_get_monotonic_time() - opened < G_USEC_PER_SEC);
    printf("%.1f MB/s, %u tokens, opened in %.0f ms\n",
           (double)bytes * rounds / (double)(g_get_monotonic_time() - opened), n,
           (double)(opened - from) / 1000);
    return 0;
}
