#include "io/words_file.h"

#include "io/limits.h"
#include "io/text_file.h"

struct word_list *words_file_read(const char *path, GError **error)
{
    gsize bytes;
    char *text = text_file_read(path, "a word list", LIMIT_WORDS_BYTES, &bytes, error);
    struct word_list *list = text ? word_list_parse(path, text, bytes, error) : NULL;

    g_free(text);
    return list;
}
