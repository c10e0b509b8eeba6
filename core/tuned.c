#include "core/tuned.h"

#include "core/lora_source.h"

gboolean tuned_resolve(const struct checkpoint *base, struct checkpoint **tuned, double alpha,
                       GError **error)
{
    struct source *file;
    struct adapter *adapter;

    if (!*tuned || !adapter_is((*tuned)->source) || adapter_is(base->source))
        return TRUE;
    file = checkpoint_release(g_steal_pointer(tuned));
    adapter = adapter_resolve(base, file, alpha, error);
    if (!adapter) {
        source_close(file);
        return FALSE;
    }
    *tuned = checkpoint_create(lora_source_create(base, file, adapter));
    return TRUE;
}
