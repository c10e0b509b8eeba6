#include "core/error.h"

G_DEFINE_QUARK(tare-error-quark, tare_error)

gboolean error_is_cancelled(const gint *cancelled, GError **error)
{
    if (!cancelled || !g_atomic_int_get(cancelled))
        return FALSE;
    g_set_error_literal(error, TARE_ERROR, TARE_ERROR_CANCELLED, "cancelled");
    return TRUE;
}

enum exit_status error_exit_status(const GError *error)
{
    if (error->domain == G_OPTION_ERROR || g_error_matches(error, TARE_ERROR, TARE_ERROR_USAGE))
        return EXIT_USAGE;
    if (g_error_matches(error, TARE_ERROR, TARE_ERROR_OUTPUT))
        return EXIT_OUTPUT;
    return EXIT_INPUT;
}
