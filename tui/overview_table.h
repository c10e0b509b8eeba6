/* The columns of the overview: which fit a width, and a row drawn in them. */
#ifndef TARE_TUI_OVERVIEW_TABLE_H
#define TARE_TUI_OVERVIEW_TABLE_H

#include "tui/overview_facts.h"
#include "tui/surface.h"

enum overview_column {
    COLUMN_NAME,
    COLUMN_SHAPE,
    COLUMN_DTYPE,
    COLUMN_PARAMETERS,
    COLUMN_BASE_L2,
    COLUMN_TUNED_L2,
    COLUMN_DELTA_L2,
    COLUMN_VALUE,
    COLUMN_RMS,
    COLUMN_MIN,
    COLUMN_MAX,
    COLUMN_ZEROS,
    COLUMN_BAR,
    COLUMN_COSINE,
    COLUMN_UNCHANGED,
    COLUMN_FLIPS,
    COLUMN_HEAT,
    COLUMN_FLAGS,
    COLUMN_COUNT
};

struct overview_table {
    int col[COLUMN_COUNT], width[COLUMN_COUNT]; /* width 0: not shown */
    enum role roles[ROLE_COUNT];                /* of the heat strip, in its order */
    int n_roles;
    unsigned without; /* bits of columns that are not wanted */
    double low, high; /* log scale of bar and heat strip */
    const struct metric *metric;
};

/* Fits the columns into `cols`; name_columns: what the longest name would like. */
void overview_table_fit(struct overview_table *t, const struct comparison *c, int cols,
                        int name_columns);
/* Roles that the model's blocks have; once a comparison. */
void overview_table_roles(struct overview_table *t, const struct comparison *c);
/* Two decades up to the largest value of a matrix of the model, rounded up to 1, 2 or 5; what is
 * beyond fills the bar. */
void overview_table_scale(struct overview_table *t, const struct overview_rows *r);

/* The ends of the scale, "0.2..20 %"; returns buf. */
char *overview_table_limits(const struct overview_table *t, char *buf, gsize bytes);
void overview_table_head(const struct overview_table *t, const struct surface *s, int row);
void overview_table_row(const struct overview_table *t, const struct surface *s, int row,
                        const struct row_facts *f, bool selected);
/* A value as the metric is shown. */
char *overview_value_text(const struct metric *m, double value, char *buf);

#endif
