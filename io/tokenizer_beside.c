#include <string.h>
#include "io/neighbour.h"
#include "io/tokenizer_parse.h"

/* As HuggingFace and KerasHub name them, the fullest first. */
static const char *const names[] = {"tokenizer.json",
                                    "vocab.json",
                                    "vocabulary.json",
                                    "vocab.txt",
                                    "vocabulary.txt",
                                    "assets/tokenizer/vocabulary.json",
                                    "assets/tokenizer/vocabulary.txt"};

/* KerasHub's tokenizer.json is a configuration without a token, the vocabulary comes after it: the
 * first complaint is kept for when nothing comes. */
char *tokenizer_parse_beside(struct tokenizer_parse *p, const char *weights_path, GError **error)
{
    GError *first = NULL;

    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        char *text = neighbour_read(weights_path, names[i]);

        if (text && tokenizer_parse(p, names[i], text, strlen(text), first ? NULL : &first)) {
            g_clear_error(&first);
            return text;
        }
        g_free(text);
    }
    if (first)
        g_propagate_error(error, first);
    else
        g_set_error(
            error, TARE_ERROR, TARE_ERROR_INPUT,
            "no tokenizer.json, vocab.json or vocab.txt that can be read (links are not followed) "
            "lies beside %s",
            weights_path);
    return NULL;
}

bool tokenizer_lies_beside(const char *weights_path)
{
    char *directory = g_path_get_dirname(weights_path);
    bool found = false;

    for (gsize i = 0; i < G_N_ELEMENTS(names) && !found; i++) {
        char *file = g_build_filename(directory, names[i], NULL);

        found = g_file_test(file, G_FILE_TEST_EXISTS);
        g_free(file);
    }
    g_free(directory);
    return found;
}
