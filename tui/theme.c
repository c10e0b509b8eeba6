#include "tui/theme.h"

/* One paint at one depth. fg -1: the terminal's own. */
struct row {
    short fg, bg;
    unsigned char attrs;
};

/* Blue against orange, never red against green: apart for every colour vision. */
static const struct row dark_256[PAINT_RAMP] = {
    [PAINT_TEXT] = {-1, -1, 0},
    [PAINT_DIM] = {245, -1, 0},
    [PAINT_TITLE] = {-1, -1, ATTR_BOLD},
    [PAINT_CURSOR] = {231, 24, 0},
    [PAINT_KEY] = {117, -1, ATTR_BOLD},
    [PAINT_GOOD] = {80, -1, 0},
    [PAINT_WARN] = {221, -1, 0},
    [PAINT_BAD] = {209, -1, ATTR_BOLD},
    [PAINT_BASE] = {75, -1, 0},
    [PAINT_TUNED] = {215, -1, 0},
    [PAINT_DELTA] = {183, -1, 0},
    [PAINT_MATCH] = {-1, -1, ATTR_UNDERLINE | ATTR_BOLD},
};

static const struct row light_256[PAINT_RAMP] = {
    [PAINT_TEXT] = {-1, -1, 0},
    [PAINT_DIM] = {242, -1, 0},
    [PAINT_TITLE] = {-1, -1, ATTR_BOLD},
    [PAINT_CURSOR] = {16, 153, 0},
    [PAINT_KEY] = {25, -1, ATTR_BOLD},
    [PAINT_GOOD] = {30, -1, 0},
    [PAINT_WARN] = {130, -1, 0},
    [PAINT_BAD] = {124, -1, ATTR_BOLD},
    [PAINT_BASE] = {25, -1, 0},
    [PAINT_TUNED] = {130, -1, 0},
    [PAINT_DELTA] = {90, -1, 0},
    [PAINT_MATCH] = {-1, -1, ATTR_UNDERLINE | ATTR_BOLD},
};

static const struct row dark_16[PAINT_RAMP] = {
    [PAINT_TEXT] = {-1, -1, 0},
    [PAINT_DIM] = {7, -1, 0},
    [PAINT_TITLE] = {-1, -1, ATTR_BOLD},
    [PAINT_CURSOR] = {-1, -1, ATTR_REVERSE},
    [PAINT_KEY] = {14, -1, ATTR_BOLD},
    [PAINT_GOOD] = {14, -1, 0},
    [PAINT_WARN] = {11, -1, 0},
    [PAINT_BAD] = {9, -1, ATTR_BOLD},
    [PAINT_BASE] = {12, -1, 0},
    [PAINT_TUNED] = {11, -1, 0},
    [PAINT_DELTA] = {13, -1, 0},
    [PAINT_MATCH] = {-1, -1, ATTR_UNDERLINE | ATTR_BOLD},
};

/* Also for 16 colours on a light background, where the bright half can't be read. */
static const struct row plain_8[PAINT_RAMP] = {
    [PAINT_TEXT] = {-1, -1, 0},
    [PAINT_DIM] = {-1, -1, 0},
    [PAINT_TITLE] = {-1, -1, ATTR_BOLD},
    [PAINT_CURSOR] = {-1, -1, ATTR_REVERSE},
    [PAINT_KEY] = {6, -1, ATTR_BOLD},
    [PAINT_GOOD] = {6, -1, 0},
    [PAINT_WARN] = {3, -1, 0},
    [PAINT_BAD] = {1, -1, ATTR_BOLD},
    [PAINT_BASE] = {4, -1, ATTR_BOLD},
    [PAINT_TUNED] = {3, -1, ATTR_BOLD},
    [PAINT_DELTA] = {5, -1, ATTR_BOLD},
    [PAINT_MATCH] = {-1, -1, ATTR_UNDERLINE | ATTR_BOLD},
};

static const struct row mono[PAINT_RAMP] = {
    [PAINT_TEXT] = {-1, -1, 0},
    [PAINT_DIM] = {-1, -1, 0},
    [PAINT_TITLE] = {-1, -1, ATTR_BOLD},
    [PAINT_CURSOR] = {-1, -1, ATTR_REVERSE},
    [PAINT_KEY] = {-1, -1, ATTR_BOLD},
    [PAINT_GOOD] = {-1, -1, 0},
    [PAINT_WARN] = {-1, -1, ATTR_BOLD},
    [PAINT_BAD] = {-1, -1, ATTR_BOLD},
    [PAINT_BASE] = {-1, -1, 0},
    [PAINT_TUNED] = {-1, -1, 0},
    [PAINT_DELTA] = {-1, -1, 0},
    [PAINT_MATCH] = {-1, -1, ATTR_UNDERLINE},
};

/* Low to high: brighter and brighter on a dark background, darker and darker on a light one, and
 * both ends can be read there. With fewer colours a light one takes the ramp backwards. */
static const short ramp_256[PAINT_RAMP_STEPS] = {61, 67, 73, 79, 114, 150, 186, 229};
static const short ramp_256_light[PAINT_RAMP_STEPS] = {73, 67, 31, 25, 55, 54, 53, 52};
static const short ramp_16[PAINT_RAMP_STEPS] = {4, 4, 12, 12, 6, 14, 11, 15};
static const short ramp_8[PAINT_RAMP_STEPS] = {4, 4, 4, 6, 6, 6, 3, 3};

static struct row ramp_row(enum depth depth, bool light, int step)
{
    static const short *const ramps[] = {
        [DEPTH_8] = ramp_8, [DEPTH_16] = ramp_16, [DEPTH_256] = ramp_256};
    int at = light ? PAINT_RAMP_STEPS - 1 - step : step;

    if (depth == DEPTH_MONO)
        return mono[PAINT_TEXT];
    if (depth == DEPTH_256 && light)
        return (struct row){ramp_256_light[step], -1, 0};
    if (depth == DEPTH_16 && light)
        return (struct row){ramp_8[PAINT_RAMP_STEPS - 1 - step], -1, 0};
    return (struct row){ramps[depth][at], -1, depth == DEPTH_8 && step == 7 ? ATTR_BOLD : 0};
}

static struct row paint_row(enum depth depth, bool light, unsigned paint)
{
    if (paint >= PAINT_COUNT)
        paint = PAINT_TEXT;
    if (paint >= PAINT_RAMP)
        return ramp_row(depth, light, (int)paint - PAINT_RAMP);
    switch (depth) {
    case DEPTH_256:
        return light ? light_256[paint] : dark_256[paint];
    case DEPTH_16:
        return light ? plain_8[paint] : dark_16[paint];
    case DEPTH_8:
        return plain_8[paint];
    default:
        return mono[paint];
    }
}

/* Text on a paint: what stands out from it. */
static short contrast(enum depth depth, bool light)
{
    if (depth == DEPTH_256)
        return light ? 231 : 16;
    return depth == DEPTH_16 && !light ? 0 : 7;
}

struct shade theme_shade(enum depth depth, bool light, struct style style)
{
    struct row fg = paint_row(depth, light, style.fg);
    struct row bg = paint_row(depth, light, style.bg);
    struct shade shade = {fg.fg, fg.bg, (unsigned char)(fg.attrs | style.attrs)};

    if (style.bg == PAINT_TEXT)
        return shade;
    if (style.bg == PAINT_CURSOR) {
        shade.bg = bg.bg;
        shade.attrs |= bg.attrs & ATTR_REVERSE;
        return shade;
    }
    shade.bg = bg.fg;
    if (shade.fg == -1 && shade.bg != -1)
        shade.fg = contrast(depth, light);
    return shade;
}

enum depth theme_depth(int colors, const char *no_color)
{
    if ((no_color && *no_color) || colors < 8)
        return DEPTH_MONO;
    return colors >= 256 ? DEPTH_256 : colors >= 16 ? DEPTH_16 : DEPTH_8;
}
