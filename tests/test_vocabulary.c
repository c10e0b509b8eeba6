/* Rows of planted tables: their states and decay in closed form, caveats, words by category. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/coverage.h"
#include "core/text/tokenizer_tables.h"
#include "core/plan.h"
#include "tests/support/memory_source.h"

#define ROWS 64
#define WIDTH 32

/* By the row's number; the rest moves. */
enum { UNMOVED = 10, DECAYED = 20, ZERO = 30, MOVED = 31 };
#define DECAY 0.998

static float base_value(uint64_t row, uint64_t col)
{
    return row == ZERO ? 0 : (float)(0.02 * sin((double)(row * WIDTH + col) * 1.7 + 1));
}

static float tuned_value(uint64_t row, uint64_t col)
{
    float w = base_value(row, col);

    if (row < UNMOVED || row >= MOVED)
        return w + (col == row % WIDTH ? 1e-3f : 0);
    if (row < DECAYED)
        return w;
    /* As a training does it: step by step, rounded each time. */
    for (int step = 0; step < 1000; step++)
        w *= (float)(1 - 2e-6);
    return w;
}

struct table {
    const char *name;
    enum role role;
    bool columns;
    bool frozen, other; /* other: content of its own */
};

static void add_table(struct memory_source *m, const struct table *t, bool tuned)
{
    const uint64_t dim[2] = {t->columns ? WIDTH : ROWS, t->columns ? ROWS : WIDTH};
    float values[ROWS * WIDTH];

    for (uint64_t row = 0; row < ROWS; row++)
        for (uint64_t col = 0; col < WIDTH; col++) {
            float v = tuned && !t->frozen ? tuned_value(row, col) : base_value(row, col);

            values[t->columns ? col * ROWS + row : row * WIDTH + col] = t->other ? 1 + 2 * v : v;
        }
    memory_source_add(m, t->name, TENSOR_WEIGHT, DTYPE_F32, 2, dim, values);
}

static struct checkpoint *side(const struct table *tables, guint n, bool tuned, enum tied tied)
{
    struct memory_source *m = memory_source_create(tuned ? "tuned" : "base");
    struct checkpoint *c;
    struct source *s;

    for (guint i = 0; i < n; i++)
        add_table(m, &tables[i], tuned);
    s = memory_source_finish(m);
    s->config.tied = tied;
    s->config.vocabulary = ROWS;
    c = checkpoint_create(s);
    for (guint i = 0; i < n; i++)
        c->places[i] = (struct place){.block = -1,
                                      .role = tables[i].role,
                                      .matrix = true,
                                      .row_axes = 1,
                                      .orientation = tables[i].columns ? ORIENTATION_IN_OUT
                                                                       : ORIENTATION_TABLE};
    return c;
}

static struct comparison *compare(const struct table *tables, guint n, enum tied tied, bool pair)
{
    const struct comparison_options options = {.threads = 2, .use_rules = true};
    struct comparison *c = comparison_create(
        side(tables, n, false, tied), pair ? side(tables, n, true, tied) : NULL, &options, NULL);

    comparison_scan_start(c);
    comparison_scan_wait(c);
    return c;
}

static const struct table embedding = {.name = "wte.weight", .role = ROLE_EMBEDDING};
static const struct table head = {.name = "lm_head.weight", .role = ROLE_HEAD, .other = true};

static void expect_row(const struct vocabulary_row *r, double more)
{
    double base2 = 0, delta2 = 0;

    for (uint64_t col = 0; col < WIDTH; col++) {
        base2 += pow((double)base_value(r->id, col), 2);
        delta2 += pow((double)tuned_value(r->id, col) - (double)base_value(r->id, col), 2);
    }
    ck_assert_double_eq_tol(r->base_l2, sqrt(base2), more);
    ck_assert_double_eq_tol(r->delta_l2, sqrt(delta2), more);
    if (base2 > 0)
        ck_assert_double_eq_tol(r->relative, sqrt(delta2 / base2), 1e-10);
}

START_TEST(states_of_rows)
{
    const bool columns = _i == 1;
    const struct table table = {"a.weight", columns ? ROLE_HEAD : ROLE_EMBEDDING, columns, false,
                                false};
    struct comparison *c = compare(&table, 1, TIED_NO, true);
    GArray *tables = vocabulary_tables(c);
    struct vocabulary_row rows[ROWS];
    const struct vocabulary *v;

    ck_assert_uint_eq(tables->len, 1);
    v = &g_array_index(tables, struct vocabulary, 0);
    ck_assert_uint_eq(v->rows, ROWS);
    ck_assert(v->columns == columns && v->head == columns);
    ck_assert_uint_eq(v->n[ROW_UNMOVED], DECAYED - UNMOVED);
    ck_assert_uint_eq(v->n[ROW_DECAYED], ZERO - DECAYED);
    ck_assert_uint_eq(v->n[ROW_ZERO], 1);
    ck_assert_uint_eq(v->n[ROW_MOVED], ROWS - ZERO - 1 + UNMOVED);
    vocabulary_rows(c, v, rows);
    for (uint32_t i = 0; i < ROWS; i++) {
        ck_assert_uint_eq(rows[i].id, i);
        expect_row(&rows[i], 1e-12);
    }
    ck_assert_int_eq(rows[UNMOVED].state, ROW_UNMOVED);
    ck_assert_double_eq(rows[UNMOVED].decay, 1);
    ck_assert_int_eq(rows[DECAYED].state, ROW_DECAYED);
    ck_assert_double_eq_tol(rows[DECAYED].decay, DECAY, 1e-4);
    ck_assert_int_eq(rows[ZERO].state, ROW_ZERO);
    ck_assert(isnan(rows[ZERO].relative) && isnan(rows[ZERO].decay));
    g_array_free(tables, TRUE);
    comparison_destroy(c);
}
END_TEST

/* base, decay and the rounding that is left, in squares: the closed form itself. */
START_TEST(decay_of_three_norms)
{
    static const struct {
        double c, tangential, floor; /* in units of |w0| */
        enum row_state state;
    } cases[] = {
        {0.9, 0, 0, ROW_DECAYED},          {0.9, 1e-7, 2.5e-8, ROW_DECAYED},
        {0.9, 3e-2, 0, ROW_MOVED},         {1.1, 0, 2.5e-8, ROW_MOVED},
        {-0.1, 0, 2.5e-8, ROW_MOVED},      {0.99, 3e-3, 1.66e-3, ROW_DECAYED},
        {0.999, 3e-3, 1.66e-3, ROW_MOVED}, {1, 1e-8, 2.5e-8, ROW_MOVED},
        {0.5, 0.7, 1, ROW_MOVED},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        double b2 = 0.04, t2, d2, decay, c = cases[i].c, side2 = pow(cases[i].tangential, 2) * b2;

        t2 = c * c * b2 + side2;
        d2 = (c - 1) * (c - 1) * b2 + side2;
        ck_assert_msg(vocabulary_row_state(b2, t2, d2, cases[i].floor, &decay) == cases[i].state,
                      "case %zu", i);
        ck_assert_double_eq_tol(decay, c, 1e-12);
    }
}
END_TEST

static enum vocabulary_caveat caveat_of(const struct table *tables, guint n, guint at,
                                        enum tied tied, bool pair)
{
    struct comparison *c = compare(tables, n, tied, pair);
    GArray *found = vocabulary_tables(c);
    enum vocabulary_caveat caveat;

    ck_assert_uint_eq(found->len, n);
    caveat = g_array_index(found, struct vocabulary, at).caveat;
    g_array_free(found, TRUE);
    comparison_destroy(c);
    return caveat;
}

START_TEST(caveats)
{
    const struct table frozen = {"wte.weight", ROLE_EMBEDDING, false, true, false};
    const struct table copy = {"lm_head.weight", ROLE_HEAD, false, false, false};
    const struct table turned = {"lm_head.kernel", ROLE_HEAD, true, false, false};
    const struct table apart[] = {embedding, head}, copied[] = {embedding, copy},
                       kernel[] = {embedding, turned};

    ck_assert_int_eq(caveat_of(&embedding, 1, 0, TIED_NO, true), VOCABULARY_OK);
    ck_assert_int_eq(caveat_of(&embedding, 1, 0, TIED_YES, true), VOCABULARY_TIED);
    ck_assert_int_eq(caveat_of(&frozen, 1, 0, TIED_YES, true), VOCABULARY_FROZEN);
    ck_assert_int_eq(caveat_of(apart, 2, 0, TIED_YES, true), VOCABULARY_OK);
    ck_assert_int_eq(caveat_of(apart, 2, 1, TIED_NO, true), VOCABULARY_HEAD);
    ck_assert_int_eq(caveat_of(copied, 2, 0, TIED_NO, true), VOCABULARY_TIED);
    ck_assert_int_eq(caveat_of(copied, 2, 1, TIED_NO, true), VOCABULARY_TIED);
    ck_assert_int_eq(caveat_of(kernel, 2, 0, TIED_NO, true), VOCABULARY_TIED);
    ck_assert_int_eq(caveat_of(&embedding, 1, 0, TIED_NO, false), VOCABULARY_NO_DELTA);
    for (int i = VOCABULARY_FROZEN; i <= VOCABULARY_NO_DELTA; i++)
        ck_assert_ptr_nonnull(vocabulary_caveat_text((enum vocabulary_caveat)i));
    ck_assert_ptr_null(vocabulary_caveat_text(VOCABULARY_OK));
}
END_TEST

START_TEST(one_file_has_norms_only)
{
    struct comparison *c = compare(&embedding, 1, TIED_NO, false);
    GArray *tables = vocabulary_tables(c);
    struct vocabulary_row rows[ROWS];

    vocabulary_rows(c, &g_array_index(tables, struct vocabulary, 0), rows);
    ck_assert_int_eq(rows[3].state, ROW_UNKNOWN);
    ck_assert(rows[3].base_l2 > 0 && isnan(rows[3].tuned_l2) && isnan(rows[3].relative));
    g_array_free(tables, TRUE);
    comparison_destroy(c);
}
END_TEST

START_TEST(words_by_category)
{
    static char text[] = "\xef\xbb\xbf"
                         "category,word\ngarden,spade\r\n garden , \"Hedge\" \n\n"
                         "kitchen\tkettle\ntoys,a,b\nloose\ngarden,wheelbarrow\n";
    static char *tokens[] = {"spade", " spade", " hedge", NULL, " kettle", "a,b", "loose"};
    const struct token_texts texts = {tokens, G_N_ELEMENTS(tokens), NULL, false};
    const struct vocabulary_row rows[] = {{.state = ROW_UNMOVED}, {.state = ROW_MOVED},
                                          {.state = ROW_DECAYED}, {.state = ROW_MOVED},
                                          {.state = ROW_UNMOVED}, {.state = ROW_ZERO}};
    struct word_list *list = word_list_parse("w.csv", text, sizeof text - 1, NULL);
    struct coverage *v;

    ck_assert_uint_eq(list->n_words, 6);
    ck_assert_uint_eq(list->n_categories, 4);
    ck_assert_str_eq(list->words[1].text, "Hedge");
    ck_assert_str_eq(list->words[3].text, "a,b");
    ck_assert_str_eq(list->categories[0], "garden");
    ck_assert_str_eq(list->categories[3], "words");
    v = coverage_create(list, &texts, NULL, rows, G_N_ELEMENTS(rows));
    ck_assert_uint_eq(v->words[0].id, 1); /* moved says more than unmoved */
    ck_assert_int_eq(v->words[0].state, ROW_MOVED);
    ck_assert_int_eq(v->words[1].state, ROW_DECAYED); /* by its lower case */
    ck_assert_int_eq(v->words[2].state, ROW_UNMOVED);
    ck_assert_uint_eq(v->words[4].id, PAIR_NONE); /* its token has no row */
    ck_assert_uint_eq(v->words[5].id, PAIR_NONE);
    ck_assert_uint_eq(v->categories[0].words, 3);
    ck_assert_uint_eq(v->categories[0].missing, 1);
    ck_assert_uint_eq(v->categories[0].n[ROW_MOVED], 1);
    ck_assert_uint_eq(v->categories[0].n[ROW_DECAYED], 1);
    ck_assert(v->listed[0] && v->listed[1] && !v->listed[3]);
    coverage_destroy(v);
    v = coverage_create(list, NULL, NULL, rows, G_N_ELEMENTS(rows));
    ck_assert_uint_eq(v->categories[0].missing, 3);
    coverage_destroy(v);
    word_list_destroy(list);
    ck_assert_ptr_null(word_list_parse("w", "\n \n", 3, NULL));
}
END_TEST

/* Words that no single token is. */
static struct coverage *cover(const char *words, char **tokens, uint32_t n,
                              const struct tokenizer *t, const struct vocabulary_row *rows,
                              struct word_list **list, struct token_texts *texts)
{
    *list = word_list_parse("w", words, strlen(words), NULL);
    *texts = (struct token_texts){tokens, n, NULL, false};
    return coverage_create(*list, texts, t, rows, n);
}

static void expect_word(const struct coverage *v, uint32_t word, const struct token_texts *texts,
                        const struct vocabulary_row *rows, const char *pieces, bool untouched)
{
    char *text = coverage_pieces_text(v, &v->words[word], texts, rows);

    ck_assert_str_eq(text, pieces);
    ck_assert_int_eq(covered_word_is_untouched(&v->words[word]), untouched);
    g_free(text);
}

/* One piece that did not move proves it, for each spelling; of the two spellings the one that moved
 * more counts. */
START_TEST(words_of_several_tokens)
{
    static char *tokens[] = {"st", "roll", "er", " st", "kit", "ten", " kit", "x"};
    static const struct vocabulary_row rows[] = {
        {.state = ROW_MOVED},   {.state = ROW_UNMOVED}, {.state = ROW_MOVED}, {.state = ROW_MOVED},
        {.state = ROW_UNMOVED}, {.state = ROW_MOVED},   {.state = ROW_MOVED}, {.state = ROW_ZERO}};
    struct token_texts texts;
    struct word_list *list;
    struct coverage *v = cover("a,stroller\na,kitten\na,Kitten\na,ster\na,stq\na,stx\nb,er\n",
                               tokens, G_N_ELEMENTS(tokens), NULL, rows, &list, &texts);

    expect_word(v, 0, &texts, rows, "st|roll!|er", true);
    expect_word(v, 1, &texts, rows, " kit|ten", false); /* "kit" did not move, " kit" did */
    expect_word(v, 2, &texts, rows, " kit|ten", false); /* in lower case */
    expect_word(v, 3, &texts, rows, "st|er", false);
    expect_word(v, 4, &texts, rows, "", false);
    expect_word(v, 5, &texts, rows, "st|x!", true);
    expect_word(v, 6, &texts, rows, "er", false);
    ck_assert_uint_eq(v->words[0].id, 1);
    ck_assert_uint_eq(v->words[6].n, 1);
    ck_assert_uint_eq(v->categories[0].several, 5);
    ck_assert_uint_eq(v->categories[0].missing, 1);
    ck_assert_uint_eq(v->categories[0].several_of[ROW_UNMOVED], 1);
    ck_assert_uint_eq(v->categories[0].several_of[ROW_ZERO], 1);
    ck_assert_uint_eq(v->categories[0].n[ROW_MOVED], 0);
    ck_assert_uint_eq(v->categories[1].n[ROW_MOVED], 1);
    ck_assert(v->listed[1] && v->listed[5] && !v->exact);
    ck_assert_ptr_nonnull(strstr(coverage_several_text(v), "longest match"));
    coverage_destroy(v);
    word_list_destroy(list);
}
END_TEST

/* The longest token first; inside a word only the marked ones, where there are marked ones. */
START_TEST(pieces_of_a_marked_vocabulary)
{
    static char *tokens[] = {"un", "##able", "##ab", "able", "u", "##n", "##le"};
    static const struct vocabulary_row rows[G_N_ELEMENTS(tokens)] = {{0}};
    struct token_texts texts;
    struct word_list *list;
    struct coverage *v = cover("unable\nunle\nunun\nableu\n", tokens, G_N_ELEMENTS(tokens), NULL, rows,
                               &list, &texts);

    expect_word(v, 0, &texts, rows, "un|##able", false);
    expect_word(v, 1, &texts, rows, "un|##le", false);
    ck_assert_uint_eq(v->words[2].n, 0);
    ck_assert_uint_eq(v->words[3].n, 0);
    coverage_destroy(v);
    word_list_destroy(list);
}
END_TEST

/* A tokenizer cuts as it does, whatever tokens would match. */
START_TEST(pieces_of_a_tokenizer)
{
    static char *tokens[] = {"ab", "a"};
    static struct vocabulary_row rows[256];
    struct tokenizer *t = tokenizer_create(tokenizer_tables_bytes(), NULL);
    struct token_texts texts = {tokens, 2, NULL, false};
    struct word_list *list = word_list_parse("w", "ab\n", 3, NULL);
    struct coverage *v;

    for (int i = 0; i < 256; i++)
        rows[i].state = i == 'b' || i == ' ' ? ROW_UNMOVED : ROW_MOVED;
    v = coverage_create(list, &texts, t, rows, 256);
    ck_assert(v->exact);
    ck_assert_uint_eq(v->words[0].n, 2);
    ck_assert_uint_eq(v->words[0].id, 'b');
    ck_assert(covered_word_is_untouched(&v->words[0]));
    coverage_destroy(v);
    v = coverage_create(list, &texts, t, rows, 'b'); /* the table ends before it */
    ck_assert_uint_eq(v->categories[0].missing, 1);
    coverage_destroy(v);
    word_list_destroy(list);
    tokenizer_destroy(t);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("vocabulary");
    TCase *rows = tcase_create("rows");

    tcase_add_loop_test(rows, states_of_rows, 0, 2);
    tcase_add_test(rows, decay_of_three_norms);
    tcase_add_test(rows, caveats);
    tcase_add_test(rows, one_file_has_norms_only);
    tcase_add_test(rows, words_by_category);
    tcase_add_test(rows, words_of_several_tokens);
    tcase_add_test(rows, pieces_of_a_marked_vocabulary);
    tcase_add_test(rows, pieces_of_a_tokenizer);
    suite_add_tcase(suite, rows);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
