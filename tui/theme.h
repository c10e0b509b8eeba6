/* From meanings (enum paint) to terminal colours, for 256, 16, 8 colours or none.
 *
 * The 256-colour ramp rises monotonically in lightness for normal, protan, deutan and tritan vision
 * (a search over viridis of 8 steps); red and green never stand against each other. */
#ifndef TARE_TUI_THEME_H
#define TARE_TUI_THEME_H

#include "tui/surface.h"

enum depth { DEPTH_MONO, DEPTH_8, DEPTH_16, DEPTH_256 };

struct shade {
    short fg, bg;       /* terminal colour numbers, -1: default */
    unsigned char attrs; /* ATTR_* */
};

/* What to show a style as. */
struct shade theme_shade(enum depth depth, bool light, struct style style);

/* Depth from the terminal's colours and the environment (NO_COLOR non-empty: mono). */
enum depth theme_depth(int colors, const char *no_color);

#endif
