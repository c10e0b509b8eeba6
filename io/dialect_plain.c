/* Anything else: names are paths, slashes and dots both separate, and the order is that of names.
 */
#include "io/dialects.h"

static gboolean plain_match(const struct claims *c)
{
    return c != NULL;
}

/* claims_finish names what nobody claimed; for a plain file that is everything. */
static void plain_claim(struct claims *c)
{
    (void)c;
}

const struct dialect dialect_plain = {"plain", plain_match, plain_claim};
