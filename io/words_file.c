#include "io/words_file.h"

#include "io/file.h"
#include "io/limits.h"

struct word_list *words_file_read(const char *path, GError **error)
{
    struct word_list *list = NULL;
    struct file f;
    char *text;

    if (!file_open(&f, path, error))
        return NULL;
    if (f.size > LIMIT_WORDS_BYTES) {
        g_set_error(error, TARE_ERROR, TARE_ERROR_LIMIT,
                    "%s: a word list of %" G_GUINT64_FORMAT " bytes, the limit is %u", path, f.size,
                    LIMIT_WORDS_BYTES);
        file_close(&f);
        return NULL;
    }
    text = g_malloc(f.size + 1);
    if (file_read(&f, 0, text, f.size, error))
        list = word_list_parse(path, text, f.size, error);
    g_free(text);
    file_close(&f);
    return list;
}
