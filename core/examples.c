#include "core/examples.h"

#include <string.h>

static void finish(struct example *e)
{
    g_free(e->id);
    g_free(e->pair);
    g_free(e->prompt);
    g_free(e->text);
    g_free(e->ids);
}

void examples_destroy(struct examples *e)
{
    if (!e)
        return;
    for (uint32_t i = 0; i < e->n; i++)
        finish(&e->examples[i]);
    for (uint32_t i = 0; i < e->n_categories; i++)
        g_free(e->categories[i]);
    for (uint32_t i = 0; i < MIN(e->n_bad, BAD_LINES_KEPT); i++)
        g_free(e->bad[i].reason);
    g_free(e->examples);
    g_free(e->categories);
    g_free(e->bad);
    g_free(e->path);
    g_free(e);
}

const char *split_name(enum split s)
{
    static const char *const names[SPLIT_COUNT] = {"test", "train", "general"};

    return names[s];
}

uint32_t examples_category(const struct examples *e, const char *name)
{
    for (uint32_t c = 0; c < e->n_categories; c++)
        if (strcmp(e->categories[c], name) == 0)
            return c;
    return CATEGORY_NONE;
}

const char *examples_category_name(const struct examples *e, uint32_t category)
{
    return *e->categories[category] ? e->categories[category] : "(none)";
}
