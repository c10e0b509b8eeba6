#include "core/error.h"

G_DEFINE_QUARK(tare-error-quark, tare_error)

enum exit_status error_exit_status(const GError *error)
{
    if (error->domain == G_OPTION_ERROR || g_error_matches(error, TARE_ERROR, TARE_ERROR_USAGE))
        return EXIT_USAGE;
    if (g_error_matches(error, TARE_ERROR, TARE_ERROR_OUTPUT))
        return EXIT_OUTPUT;
    return EXIT_INPUT;
}
