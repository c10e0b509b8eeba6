#include "core/adapter_internal.h"

#include <math.h>
#include <string.h>

#define PEFT_PREFIX "base_model.model."
#define HUB_PREFIX "lora."

const char *adapter_part(const char *name)
{
    const char *part = name;

    while ((part = strstr(part, "lora_")) && part != name && part[-1] != '.')
        part++;
    return part;
}

bool adapter_is(const struct source *s)
{
    uint32_t factors = 0;

    for (uint32_t i = 0; i < s->n_tensors; i++) {
        const char *name = s->tensors[i].name;

        if (s->tensors[i].kind != TENSOR_WEIGHT)
            continue;
        if (adapter_part(name))
            factors++;
        else if (!g_str_has_prefix(name, PEFT_PREFIX) || strstr(name, ".base_layer."))
            return false;
    }
    return factors > 0;
}

void adapter_refuse(const struct adapting *a, const char *object, GError **error,
                    const char *format, ...)
{
    va_list args;
    char *why;

    va_start(args, format);
    why = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT, "%s: %s: %s", a->file->path, object, why);
    g_free(why);
}

static double scale_of(double alpha, uint32_t rank, bool rslora)
{
    return alpha / (rslora ? sqrt(rank) : rank);
}

gboolean adapter_add(struct adapting *a, struct adapter_update u, double alpha, bool rslora,
                     GError **error)
{
    const struct tensor *target = checkpoint_tensor(a->base, u.target);
    const char *object = a->file->tensors[u.left].name;

    if (target->kind != TENSOR_WEIGHT || dtype_info(target->dtype)->is_integer) {
        adapter_refuse(a, object, error, "%s of the base is %s, an update can't be added to it",
                       target->name, target->note ? target->note : "no floating-point weight");
        return FALSE;
    }
    if (!u.whole && (u.rank == 0 || u.rank > ADAPTER_MAX_RANK)) {
        adapter_refuse(a, object, error, "rank %u; 1 to %u can be applied", u.rank,
                       ADAPTER_MAX_RANK);
        return FALSE;
    }
    if (!u.whole) {
        u.alpha = a->alpha > 0 ? a->alpha : alpha > 0 ? alpha : u.rank;
        a->alpha_assumed |= !(a->alpha > 0) && !(alpha > 0);
        u.scale = scale_of(u.alpha, u.rank, rslora);
    }
    g_array_append_val(a->updates, u);
    return TRUE;
}

static gint compare_targets(gconstpointer x, gconstpointer y)
{
    const struct adapter_update *a = x, *b = y;

    return (a->target > b->target) - (a->target < b->target);
}

static void summarise(struct adapter *a)
{
    a->rank_least = UINT32_MAX;
    a->alpha_least = INFINITY;
    for (uint32_t i = 0; i < a->n_updates; i++) {
        const struct adapter_update *u = &a->updates[i];

        if (u->whole)
            continue;
        a->n_low_rank++;
        a->rank_least = MIN(a->rank_least, u->rank);
        a->rank_most = MAX(a->rank_most, u->rank);
        a->alpha_least = MIN(a->alpha_least, u->alpha);
        a->alpha_most = MAX(a->alpha_most, u->alpha);
    }
}

/* Sorted: the same target twice lies side by side. */
static gboolean check_once(const struct adapting *a, GError **error)
{
    for (guint i = 1; i < a->updates->len; i++) {
        const struct adapter_update *u = &g_array_index(a->updates, struct adapter_update, i);

        if (u[-1].target != u->target)
            continue;
        adapter_refuse(a, a->file->tensors[u->left].name, error,
                       "%s of the base is adapted twice; which of the two is meant is not said",
                       checkpoint_tensor(a->base, u->target)->name);
        return FALSE;
    }
    return TRUE;
}

static bool is_hub(const struct source *s)
{
    for (uint32_t i = 0; i < s->n_tensors; i++)
        if (s->tensors[i].kind == TENSOR_WEIGHT &&
            !g_str_has_prefix(s->tensors[i].name, HUB_PREFIX))
            return false;
    return true;
}

struct adapter *adapter_resolve(const struct checkpoint *base, struct source *file, double alpha,
                                GError **error)
{
    bool hub = is_hub(file);
    struct adapting a = {base, file, alpha,
                         g_array_new(FALSE, FALSE, sizeof(struct adapter_update)), 0, false};
    gboolean ok = hub ? adapter_hub(&a, error) : adapter_peft(&a, error);
    struct adapter *out = NULL;

    g_array_sort(a.updates, compare_targets);
    if (ok && check_once(&a, error)) {
        out = g_new0(struct adapter, 1);
        out->family = hub ? "KerasHub" : "PEFT";
        out->n_updates = a.updates->len;
        out->n_by_part = a.n_by_part;
        out->alpha_assumed = a.alpha_assumed;
        out->updates = (struct adapter_update *)(void *)g_array_free(a.updates, FALSE);
        summarise(out);
    } else {
        g_array_free(a.updates, TRUE);
    }
    return out;
}

void adapter_destroy(struct adapter *a)
{
    if (!a)
        return;
    g_free(a->updates);
    g_free(a);
}

const struct adapter_update *adapter_update_of(const struct adapter *a, uint32_t target)
{
    uint32_t low = 0, high = a->n_updates;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (a->updates[middle].target < target)
            low = middle + 1;
        else
            high = middle;
    }
    return low < a->n_updates && a->updates[low].target == target ? &a->updates[low] : NULL;
}

static void append_rank(GString *s, const struct adapter *a)
{
    if (a->rank_least == a->rank_most)
        g_string_append_printf(s, "rank %u", a->rank_most);
    else
        g_string_append_printf(s, "ranks %u to %u", a->rank_least, a->rank_most);
}

char *adapter_brief(const struct adapter *a)
{
    GString *s = g_string_new(NULL);

    append_rank(s, a);
    g_string_append_printf(s, ", %u adapted", a->n_low_rank);
    return g_string_free(s, FALSE);
}

char *adapter_text(const struct adapter *a)
{
    GString *s = g_string_new(NULL);

    append_rank(s, a);
    if (a->alpha_least == a->alpha_most)
        g_string_append_printf(s, ", alpha %g", a->alpha_most);
    else
        g_string_append_printf(s, ", alphas %g to %g", a->alpha_least, a->alpha_most);
    if (a->alpha_assumed)
        g_string_append(s, " assumed");
    g_string_append_printf(s, ", %u tensors adapted", a->n_low_rank);
    if (a->n_updates > a->n_low_rank)
        g_string_append_printf(s, ", %u replaced", a->n_updates - a->n_low_rank);
    if (a->n_by_part)
        g_string_append_printf(s, ", %u found by their part in the model", a->n_by_part);
    return g_string_free(s, FALSE);
}

const char *adapter_warning(const struct adapter *a)
{
    return a->alpha_assumed
               ? "the adapter's alpha is neither in the file nor beside it: it is taken for the "
                 "rank, so all deltas are off by one factor if it was another (--lora-alpha N)"
               : NULL;
}
