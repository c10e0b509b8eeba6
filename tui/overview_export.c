#include "tui/overview_export.h"

#include <math.h>

#include "tui/entry_text.h"
#include "tui/overview_table.h"
#include "tui/units.h"

/* The name in full, not as it stands under its group. */
static char *full_name(const struct overview_rows *r, struct overview_row row,
                       const struct row_facts *f)
{
    return row.entry == PAIR_NONE ? g_strdup(f->name) : entry_name(r->of, row.entry, 0);
}

char *overview_line(const struct overview_rows *r, struct overview_row row, const struct marks *marks)
{
    const struct metric *metric = r->order.metric;
    char value[UNIT_BYTES], count[UNIT_BYTES], *name, *line;
    struct row_facts f;

    row_facts_init(&f, r, row, marks);
    name = full_name(r, row, &f);
    line = g_strdup_printf(
        "%s  %s params  %s %s  %s", name, unit_count(count, f.elems), metric->name,
        f.pending ? "..." : overview_value_text(metric, f.value, value), f.flags->str);
    g_free(name);
    row_facts_finish(&f);
    return line;
}

static void write_number(FILE *out, double value)
{
    char buf[G_ASCII_DTOSTR_BUF_SIZE];

    fprintf(out, "\t%s", isnan(value) ? "" : g_ascii_dtostr(buf, sizeof buf, value));
}

static void write_row(const struct overview_rows *r, struct overview_row row, const struct marks *marks,
                      FILE *out)
{
    struct row_facts f;
    char *name;

    row_facts_init(&f, r, row, marks);
    name = full_name(r, row, &f);
    fprintf(out, "%s\t%s\t%s\t%s\t%" G_GUINT64_FORMAT, row.entry == PAIR_NONE ? "group" : "tensor",
            name, f.shape, f.dtype, f.elems);
    write_number(out, f.pending ? NAN : f.base_l2);
    write_number(out, f.pending ? NAN : f.tuned_l2);
    write_number(out, f.value);
    write_number(out, f.pending ? NAN : f.cosine);
    fprintf(out, "\t%s\t%s\n", f.flags->str, f.error ? f.error : "");
    g_free(name);
    row_facts_finish(&f);
}

static void write_heading(const struct overview_rows *r, FILE *out)
{
    fprintf(out,
            "kind\tname\tshape\tdtype\tparams\tbase_l2\ttuned_l2\t%s\tcosine_distance\tflags\t"
            "error\n",
            r->order.metric->name);
}

void overview_table_write(struct overview_rows *r, const struct marks *marks, FILE *out)
{
    GArray *all = overview_rows_all(r);

    write_heading(r, out);
    for (guint i = 0; i < all->len; i++) {
        struct overview_row row = g_array_index(all, struct overview_row, i);

        overview_rows_numbers(r, row.group);
        write_row(r, row, marks, out);
    }
    g_array_free(all, TRUE);
}

void overview_group_write(const struct overview_rows *r, uint32_t group, const uint32_t *entries,
                          guint n, const struct marks *marks, FILE *out)
{
    write_heading(r, out);
    for (guint i = 0; i < n; i++)
        write_row(r, (struct overview_row){group, entries[i]}, marks, out);
}
