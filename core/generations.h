/* What models say to the prompts of test examples, and how formulaic that is, category by category.
 *
 * Greedy continuations of the first prompts of each category, up to the end-of-text token or a
 * quarter more tokens than the longest answer among the examples. Words as core/symbols.h. One
 * thread. */
#ifndef TARE_CORE_GENERATIONS_H
#define TARE_CORE_GENERATIONS_H

#include "core/bootstrap.h"
#include "core/category_words.h"
#include "core/category_losses.h"
#include "core/formulaic.h"
#include "core/net/generate.h"
#include "core/text/tokenizer.h"

#define GENERATION_TOKENS 512u /* the most */

struct generation {
    uint32_t example, tokens;
    char *text;
    struct symbols words;
    double entropy; /* mean over its tokens of that of the predictions, nats; NAN: no token */
};

/* Measures of the texts of a category, or of a group of them, by one model. */
struct generation_row {
    struct formulaic formulaic;
    struct leak leak;
    double leak_share; /* of the words that belong to one category, those that belong to another
                          than the text's own; NAN: no such word */
    double compression;            /* raw bytes / deflated ones; NAN: not asked */
    double entropy;                /* mean over texts */
    struct interval leak_interval; /* of the leak share, texts drawn again; NAN: fewer than 2 */
    struct interval entropy_interval;
};

struct generations {
    GArray *said[EVALUATION_SIDES]; /* struct generation, in the order of the examples */
    struct generation_row *rows[EVALUATION_SIDES];    /* [n_categories] */
    struct generation_row group[EVALUATION_SIDES][2]; /* covered, uncovered */
    unsigned sides;
    uint32_t n_categories;
    bool leak_known; /* words that belong to one category were found */
};

struct generations_input {
    const struct examples *examples;      /* tokenized */
    const struct category_losses *losses; /* which are covered */
    const struct tokenizer *tokenizer;
    const struct word_list *words;      /* that belong to categories; NULL: told by the examples */
    struct net *nets[EVALUATION_SIDES]; /* [1] NULL: one model */
    uint32_t per_category;              /* prompts */
    /* Bytes that a text has when deflated; NULL: not asked. */
    gsize (*deflated)(const char *text, gsize bytes);
    void (*progress)(void *data, uint32_t done, uint32_t of);
    void *data;
    const gint *cancelled;
};

/* False: an error, or *cancelled; nothing is kept then. */
gboolean generations_of(const struct generations_input *in, struct generations *out,
                        GError **error);
void generations_finish(struct generations *g);

#endif
