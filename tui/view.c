#include "tui/view.h"

#include <string.h>

extern const struct view_ops view_overview, view_layer, view_tensor, view_heads, view_neurons,
    view_vocabulary, view_spectrum, view_diagnosis, view_pairs, view_categories, view_examples,
    view_attention, view_activations, view_units, view_continuations, view_what_if, view_training,
    view_jobs, view_help;

/* From the whole to its parts, then what is found, then how it was read. */
const struct view_ops *const view_table[] = {
    &view_overview,   &view_layer,    &view_tensor,    &view_heads, &view_neurons,
    &view_vocabulary, &view_spectrum, &view_diagnosis, &view_pairs, &view_categories,
    &view_examples,   &view_attention, &view_activations, &view_units, &view_continuations, &view_what_if,
    &view_training,   &view_jobs,     &view_help,     NULL,
};

void view_set_entry(struct view *v, uint32_t entry)
{
    v->model->entry = entry;
}

const struct view_ops *view_find(const char *name)
{
    for (gsize i = 0; view_table[i]; i++)
        if (strcmp(view_table[i]->name, name) == 0)
            return view_table[i];
    return NULL;
}

bool view_search_on(struct app *app, int action, struct list *l, const struct matcher *m,
                    list_hit *hit, const void *owner)
{
    if (action != ACTION_SEARCH_NEXT && action != ACTION_SEARCH_PREVIOUS)
        return false;
    if (m && !list_search(l, m, hit, owner,
                          action == ACTION_SEARCH_NEXT ? LIST_NEXT : LIST_PREVIOUS))
        app_say(app, "nothing matches");
    return true;
}
