/* The second key to the depth profile: what the models do with general text, beside where in the
 * depth the weights moved. One alone carries no verdict: late-heavy models forget too, and early
 * change need not do harm.
 *
 *                          95 % interval of the loss change on general text
 *     depth profile        below general.harmless   between          above general.harm
 *     LATE-HEAVY, FLAT     expected adaptation      inconclusive     forgetting that the profile
 *                                                                    does not show
 *     EARLY-, HEAVY-ALL    early change without     suspicious,      general ability disrupted,
 *                          measured harm            inconclusive     confirmed
 *
 * Other profiles get no verdict. */
#ifndef TARE_CORE_DEPTH_KEY_H
#define TARE_CORE_DEPTH_KEY_H

#include "core/depth.h"

enum general_key {
    GENERAL_NONE,     /* no general text was run on both models */
    GENERAL_FEW,      /* too few texts for an interval */
    GENERAL_HARMLESS, /* its upper end is below general.harmless */
    GENERAL_BETWEEN,
    GENERAL_HARM /* its lower end is above general.harm */
};

enum general_key general_key_of(const struct comparison *c);
/* What both keys say; NULL: there is no verdict. Static. */
const char *depth_key_text(enum depth_class class, enum general_key key);
/* Whether it says that the model got worse. */
bool depth_key_alarms(enum depth_class class, enum general_key key);

#endif
