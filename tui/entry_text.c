#include "tui/entry_text.h"

#include <math.h>
#include <string.h>

#include "core/escape.h"
#include "core/gates.h"
#include "tui/marks.h"
#include "tui/units.h"

const struct flag_help flag_table[] = {
    {"err", "could not be read; the row says why"},
    {"NaN", "holds values that are not numbers, left out of every sum"},
    {"Inf", "holds infinities, left out of every sum"},
    {"shape!", "the shapes differ: not subtracted"},
    {"type!", "same shape, but can't be subtracted: see the pairs view"},
    {"+new", "only the tuned file has it"},
    {"-gone", "only the base file has it"},
    {"!", "a finding points here: see the diagnosis view"},
    {"!dead", "a finding: neurons that nothing leads into or out of"},
    {"!outlier", "a finding: a row or a head far from all others"},
    {"!untouched", "a finding: rows of the vocabulary that did not move"},
    {"=", "every value is equal"},
    {"~", "smaller than the rounding noise of the stored type; the number is dimmed"},
    {"type", "stored with another element type than in the base"},
    {"lora", "the base's tensor with a low-rank adapter applied"},
    {"copy", "the same values as another tensor, merged by :tie: counted there"},
    {"state", "no trained weight (moving statistics, counters): in no sum"},
    {"vec", "a group without matrices: its numbers are those of its vectors"},
    {"part", "a group some of whose tensors failed or were cancelled"},
    {"stop", "the scan was stopped before this tensor was finished"},
    {NULL, NULL},
};

char *entry_name(const struct comparison *c, uint32_t entry, gsize skip)
{
    const char *name = comparison_tensor(c, entry)->name;

    return escape_text(name + MIN(skip, strlen(name)));
}

const struct entry_summary *entry_summary_of(const struct comparison *c, uint32_t entry)
{
    return &c->summary.entries[entry];
}

const struct tensor *entry_base(const struct comparison *c, uint32_t entry)
{
    uint32_t i = c->pairing.entries[entry].base;

    return i == PAIR_NONE ? NULL : checkpoint_tensor(c->base, i);
}

const struct tensor *entry_tuned(const struct comparison *c, uint32_t entry)
{
    uint32_t i = c->pairing.entries[entry].tuned;

    return i == PAIR_NONE || !c->tuned ? NULL : checkpoint_tensor(c->tuned, i);
}

bool entry_has_delta(const struct comparison *c, uint32_t entry)
{
    const struct entry_summary *e = entry_summary_of(c, entry);

    return e->state == ENTRY_DONE && e->result.has_delta;
}

double entry_relative(const struct comparison *c, uint32_t entry)
{
    return entry_has_delta(c, entry) ? pair_relative(&entry_summary_of(c, entry)->result.stats)
                                     : NAN;
}

double entry_floor(const struct comparison *c, uint32_t entry)
{
    const struct tensor *base = entry_base(c, entry), *tuned = entry_tuned(c, entry);

    if (base && tuned)
        return comparison_floor(c, entry);
    return MAX(base ? dtype_info(base->dtype)->floor : 0,
               tuned ? dtype_info(tuned->dtype)->floor : 0);
}

bool entry_below_floor(const struct comparison *c, uint32_t entry)
{
    return below_floor(entry_relative(c, entry), entry_floor(c, entry));
}

bool entry_unchanged(const struct comparison *c, uint32_t entry)
{
    const struct pair_stats *p = &entry_summary_of(c, entry)->result.stats;

    return entry_has_delta(c, entry) && p->base.elems > 0 && p->unchanged == p->base.elems;
}

static char *copies_text(const struct comparison *c, uint32_t entry)
{
    uint32_t kept = comparison_copy_of(c, entry);
    GString *names = g_string_new(NULL);
    char *text, *safe;

    if (kept != PAIR_NONE)
        g_string_append_printf(names, "= %s (copy), counted there", comparison_tensor(c, kept)->name);
    for (uint32_t i = entry; kept == PAIR_NONE && (i = comparison_next_copy(c, i)) != PAIR_NONE;)
        g_string_append_printf(names, "%s%s (copy)", names->len ? ", " : "= ",
                               comparison_tensor(c, i)->name);
    text = g_string_free(names, FALSE);
    safe = escape_text(text);
    g_free(text);
    return safe;
}

char *entry_remark(const struct comparison *c, uint32_t entry)
{
    const struct tensor *tuned = entry_tuned(c, entry);
    const char *reason = c->pairing.entries[entry].reason;
    char *copies = copies_text(c, entry);

    if (*copies)
        return copies;
    g_free(copies);
    if (!reason)
        reason = comparison_tensor(c, entry)->note;
    return escape_text(reason || !tuned ? reason : tuned->note);
}

void flag_add(GString *out, const char *word)
{
    if (out->len)
        g_string_append_c(out, ' ');
    g_string_append(out, word);
}

static void number_flags(const struct scan_result *r, GString *out)
{
    if (r->stats.base.nan + r->stats.tuned.nan)
        flag_add(out, "NaN");
    if (r->stats.base.inf + r->stats.tuned.inf)
        flag_add(out, "Inf");
}

static void pair_flags(const struct comparison *c, uint32_t entry, GString *out)
{
    const struct tensor *base = entry_base(c, entry), *tuned = entry_tuned(c, entry);

    switch (c->pairing.entries[entry].state) {
    case PAIR_DIFFERENT:
        flag_add(out, base && tuned && tensor_same_shape(base, tuned) ? "type!" : "shape!");
        break;
    case PAIR_TUNED_ONLY:
        flag_add(out, "+new");
        break;
    case PAIR_BASE_ONLY:
        if (c->tuned)
            flag_add(out, "-gone");
        break;
    case PAIR_MATCHED:
        if (tuned && tuned->origin && tuned->origin->rule == pair_rule_adapter)
            flag_add(out, "lora");
        else if (base && tuned && base->dtype != tuned->dtype)
            flag_add(out, "type");
    }
}

void entry_flags(const struct comparison *c, uint32_t entry, unsigned marks, GString *out)
{
    const struct entry_summary *e = entry_summary_of(c, entry);

    if (e->state == ENTRY_FAILED)
        flag_add(out, "err");
    if (e->state == ENTRY_CANCELLED)
        flag_add(out, "stop");
    if (e->state == ENTRY_DONE)
        number_flags(&e->result, out);
    marks_flags(marks, out);
    if (entry_unchanged(c, entry))
        flag_add(out, "=");
    if (entry_below_floor(c, entry))
        flag_add(out, "~");
    pair_flags(c, entry, out);
    if (comparison_copy_of(c, entry) != PAIR_NONE)
        flag_add(out, "copy");
    if (comparison_tensor(c, entry)->kind == TENSOR_STATE)
        flag_add(out, "state");
}

char *entry_dtype(const struct comparison *c, uint32_t entry, char *buf, gsize bytes)
{
    const struct tensor *base = entry_base(c, entry), *tuned = entry_tuned(c, entry);

    if (base && tuned && base->dtype != tuned->dtype)
        g_snprintf(buf, bytes, "%s>%s", dtype_info(base->dtype)->brief,
                   dtype_info(tuned->dtype)->brief);
    else
        g_strlcpy(buf, dtype_info(comparison_tensor(c, entry)->dtype)->brief, bytes);
    return buf;
}

const char *entry_state_name(enum entry_state state)
{
    switch (state) {
    case ENTRY_WAITING:
        return "waiting";
    case ENTRY_READING:
        return "reading";
    case ENTRY_DONE:
        return "done";
    case ENTRY_FAILED:
        return "failed";
    case ENTRY_CANCELLED:
        return "cancelled";
    }
    return "";
}

char *entry_gates(const struct comparison *c, uint32_t entry)
{
    struct gate gates[GATES_MOST];
    unsigned n = gates_of(c, entry, gates);
    GString *out = n ? g_string_new(NULL) : NULL;

    for (unsigned i = 0; i < n; i++) {
        const struct gate *g = &gates[i];
        double alone = isnan(g->base_l2) ? g->tuned_l2 : g->base_l2;
        char text[UNIT_BYTES];

        g_string_append_printf(out, "%s%s %s%s", i ? "  " : "", g->name,
                               below_floor(g->relative, g->floor) ? "<" : "",
                               isnan(g->delta_l2) ? unit_value(text, alone, 6)
                                                  : unit_percent(text, g->relative));
    }
    return out ? g_string_free(out, FALSE) : NULL;
}
