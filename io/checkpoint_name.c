#include "io/checkpoint_name.h"

#include <string.h>

/* Behind a run of digits. */
static const char *digits_end(const char *p, const char *end)
{
    while (p < end && g_ascii_isdigit(*p))
        p++;
    return p;
}

/* "0.35" at p: behind it; p: something else is there. */
static const char *decimal_end(const char *p, const char *end)
{
    const char *point = digits_end(p, end), *last;

    if (point == p || point == end || *point != '.')
        return p;
    last = digits_end(point + 1, end);
    return last == point + 1 ? p : last;
}

static bool last_number(const char *name, gsize bytes, guint64 *step)
{
    const char *end = name + bytes;
    bool found = false;

    for (const char *p = name; p < end;) {
        const char *next = decimal_end(p, end);

        if (next == p && (next = digits_end(p, end)) != p) {
            *step = g_ascii_strtoull(p, NULL, 10);
            found = true;
        }
        p = next == p ? p + 1 : next;
    }
    return found;
}

/* Without ".h5", ".weights.h5", ".keras" ...: their digits count nothing. */
static gsize stem_bytes(const char *name)
{
    static const char *const ends[] = {".h5", ".hdf5", ".keras", ".weights"};
    gsize bytes = strlen(name);

    for (guint i = 0; i < G_N_ELEMENTS(ends); i++) {
        gsize n = strlen(ends[i]);

        if (bytes > n && strncmp(name + bytes - n, ends[i], n) == 0) {
            bytes -= n;
            i = (guint)-1; /* once more from the first */
        }
    }
    return bytes;
}

bool checkpoint_name_step(const char *path, guint64 *step)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *folder = slash;
    guint64 unused;

    while (folder && folder > path && folder[-1] != '/')
        folder--;
    if (slash && last_number(folder, (gsize)(slash - folder), &unused))
        return last_number(folder, (gsize)(slash - folder), step);
    return last_number(name, stem_bytes(name), step);
}

bool checkpoint_name_is_temporary(const char *name)
{
    static const char *const ends[] = {".tmp",        ".temp", ".part", ".partial",
                                       ".incomplete", ".lock", "~"};

    for (guint i = 0; i < G_N_ELEMENTS(ends); i++)
        if (g_str_has_suffix(name, ends[i]))
            return true;
    return name[0] == '.' || strstr(name, ".tmp.") != NULL;
}
