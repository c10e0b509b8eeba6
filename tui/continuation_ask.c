#include "tui/continuation_ask.h"

#include <string.h>

#define LENGTH 40

static const struct setting {
    const char *name;
    double low, high;
    bool whole;
} settings[] = {
    {"temperature", 0, 100, false},     {"top_k", 0, 1e6, true}, {"top_p", 0, 1, false},
    {"seed", 0, 9007199254740992, true}, {"length", 1, CONTINUATION_MOST, true},
};

enum { TEMPERATURE, TOP_K, TOP_P, SEED };

void continuation_ask_init(struct continuation_ask *ask)
{
    memset(ask, 0, sizeof *ask);
    ask->most = LENGTH;
    ask->sampling.top_p = 1;
}

static const struct setting *find(const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS(settings); i++)
        if (strcmp(settings[i].name, name) == 0)
            return &settings[i];
    return NULL;
}

bool continuation_setting(const char *name)
{
    return find(name) != NULL;
}

static void set(struct continuation_ask *ask, gsize which, double value)
{
    if (which == TEMPERATURE)
        ask->sampling.temperature = value;
    else if (which == TOP_K)
        ask->sampling.top_k = (uint32_t)value;
    else if (which == TOP_P)
        ask->sampling.top_p = value;
    else if (which == SEED)
        ask->sampling.seed = (uint64_t)value;
    else
        ask->most = (uint32_t)value;
}

bool continuation_set(struct continuation_ask *ask, const char *name, const char *value,
                      char **range)
{
    const struct setting *s = find(name);
    char *end;
    double x = g_ascii_strtod(value, &end);

    if (end != value && !*end && x >= s->low && x <= s->high &&
        (!s->whole || x == (double)(uint64_t)x)) {
        set(ask, (gsize)(s - settings), x);
        return true;
    }
    *range = g_strdup_printf("%s is a %snumber from %.0f to %.0f", name, s->whole ? "whole " : "",
                             s->low, s->high);
    return false;
}

bool continuation_prompt(struct continuation_ask *ask, const char *text)
{
    if (text && strlen(text) >= sizeof ask->text)
        return false;
    memset(ask->text, 0, sizeof ask->text);
    ask->example = text ? UINT32_MAX : 0;
    if (text)
        memcpy(ask->text, text, strlen(text));
    return true;
}

bool continuation_typed(const struct continuation_ask *ask)
{
    return ask->example == UINT32_MAX;
}

char *continuation_text(const struct continuation_ask *ask)
{
    const struct net_sampling *how = &ask->sampling;
    GString *text = g_string_new(NULL);

    if (how->temperature == 0)
        g_string_append(text, "greedy");
    else
        g_string_append_printf(text, "temperature %g", how->temperature);
    if (how->temperature > 0 && how->top_k)
        g_string_append_printf(text, " top_k %u", how->top_k);
    if (how->temperature > 0 && how->top_p < 1)
        g_string_append_printf(text, " top_p %g", how->top_p);
    if (how->temperature > 0)
        g_string_append_printf(text, " seed %" G_GUINT64_FORMAT, how->seed);
    return g_string_free(text, FALSE);
}
