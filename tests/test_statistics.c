/* What is concluded from examples: intervals, ranks, Holm, WEAT and measures of repetition, against
 * SciPy, WEFE and formulas written out in Python. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/bootstrap.h"
#include "core/category_words.h"
#include "core/formulaic.h"
#include "core/normal.h"
#include "core/ranks.h"
#include "core/sorted.h"
#include "core/weat.h"
#include "tests/support/oracle.h"

#define MOST 128

static GHashTable *oracle;

static double get(const char *name, const char *format, int i)
{
    char *field = g_strdup_printf("%s%d", format, i);
    double value = oracle_get(oracle, name, field);

    ck_assert_msg(!isnan(value), "no %s %s", name, field);
    g_free(field);
    return value;
}

static uint32_t load(const char *name, const char *count, const char *format, double *out)
{
    uint32_t n = (uint32_t)oracle_get(oracle, name, count);

    for (uint32_t i = 0; i < n; i++)
        out[i] = get(name, format, (int)i);
    return n;
}

START_TEST(the_normal_distribution)
{
    for (int i = 0; i < 10; i++) {
        char *name = g_strdup_printf("normal%d", i);
        double z = oracle_get(oracle, name, "z"), p = oracle_get(oracle, name, "p");

        ck_assert_double_eq_tol(normal_quantile(p), z, 1e-13 * fmax(1, fabs(z)));
        ck_assert_double_eq_tol(normal_cdf(z), oracle_get(oracle, name, "cdf"),
                                1e-13 * p * (1 + z * z));
        g_free(name);
    }
    ck_assert(isinf(normal_quantile(0)) && isinf(normal_quantile(1)) && isnan(normal_quantile(2)));
}
END_TEST

static const char *const samples[] = {"normal", "skewed", "heavy", "two_values", "small"};

/* Two samplings of the same distribution: apart by a share of the standard error. */
START_TEST(intervals_as_scipy_makes_them)
{
    const char *name = samples[_i];
    double x[MOST], error = oracle_get(oracle, name, "error"), near = 0.13 * error;
    uint32_t n = load(name, "n", "x", x);
    struct interval bca = bootstrap_mean(x, n, 1), again = bootstrap_mean(x, n, 1);
    struct interval percentile = bootstrap_mean_percentile(x, n, 2);

    ck_assert_double_eq_tol(mean_of(x, n), oracle_get(oracle, name, "mean"), 1e-14);
    ck_assert_double_eq_tol(bca.low, oracle_get(oracle, name, "BCa_low"), near);
    ck_assert_double_eq_tol(bca.high, oracle_get(oracle, name, "BCa_high"), near);
    ck_assert_double_eq_tol(percentile.low, oracle_get(oracle, name, "percentile_low"), near);
    ck_assert_double_eq_tol(percentile.high, oracle_get(oracle, name, "percentile_high"), near);
    ck_assert(bca.low == again.low && bca.high == again.high);
}
END_TEST

START_TEST(intervals_of_little)
{
    const double same[] = {3, 3, 3, 3}, two[] = {1, 2};
    struct interval i = bootstrap_mean(same, 4, 1);

    ck_assert(i.low == 3 && i.high == 3);
    ck_assert(isnan(bootstrap_mean(same, 1, 1).low) && isnan(bootstrap_mean(NULL, 0, 1).high));
    i = bootstrap_mean(two, 2, 1);
    ck_assert(i.low == 1 && i.high == 2);
    ck_assert_uint_eq(bootstrap_resamples(100), BOOTSTRAP_RESAMPLES);
    ck_assert_uint_eq(bootstrap_resamples(50000), 4000);
    ck_assert_uint_eq(bootstrap_resamples(UINT64_MAX), BOOTSTRAP_LEAST);
    ck_assert(isnan(sorted_quantile(two, 0, 0.5)));
    ck_assert_double_eq_tol(sorted_quantile(two, 2, 0.25), 1.25, 1e-15);
}
END_TEST

static uint32_t load_group(const char *name, struct sample *out)
{
    uint32_t n = (uint32_t)oracle_get(oracle, name, "categories");

    for (uint32_t c = 0; c < n; c++) {
        double *x = g_new(double, MOST);
        char *format = g_strdup_printf("x%u_", c), *count = g_strdup_printf("n%u", c);

        out[c] = (struct sample){x, load(name, count, format, x)};
        g_free(format);
        g_free(count);
    }
    return n;
}

START_TEST(differences_of_categories)
{
    struct sample a[8], b[8];
    uint32_t n_a = load_group("contrast_a", a), n_b = load_group("contrast_b", b);
    struct interval plain = bootstrap_contrast(a, n_a, b, n_b, false, 3);
    struct interval both = bootstrap_contrast(a, n_a, b, n_b, true, 3);

    ck_assert_double_eq_tol(mean_of_means(a, n_a) - mean_of_means(b, n_b),
                            oracle_get(oracle, "contrast", "gap"), 1e-13);
    ck_assert_double_eq_tol(plain.low, oracle_get(oracle, "contrast", "plain_low"), 0.007);
    ck_assert_double_eq_tol(plain.high, oracle_get(oracle, "contrast", "plain_high"), 0.007);
    ck_assert_double_eq_tol(both.low, oracle_get(oracle, "contrast", "categories_low"), 0.03);
    ck_assert_double_eq_tol(both.high, oracle_get(oracle, "contrast", "categories_high"), 0.03);
    ck_assert(isnan(bootstrap_contrast(a, 0, b, n_b, false, 3).low));
    for (uint32_t i = 0; i < 8; i++) {
        if (i < n_a)
            g_free((double *)a[i].values);
        g_free((double *)b[i].values);
    }
}
END_TEST

static uint32_t load_pairs(const char *side, struct sample *before, struct sample *after,
                           struct paired_sample *out)
{
    char *names[2] = {g_strconcat("before_", side, NULL), g_strconcat("after_", side, NULL)};
    uint32_t n = load_group(names[0], before);

    load_group(names[1], after);
    for (uint32_t c = 0; c < n; c++)
        out[c] = (struct paired_sample){before[c].values, after[c].values, before[c].n};
    g_free(names[0]);
    g_free(names[1]);
    return n;
}

START_TEST(what_is_left_of_a_difference)
{
    struct sample before[2][4], after[2][4];
    struct paired_sample pairs[2][4];
    uint32_t n[2] = {load_pairs("a", before[0], after[0], pairs[0]),
                     load_pairs("b", before[1], after[1], pairs[1])};
    struct interval left = bootstrap_contrast_left(pairs[0], n[0], pairs[1], n[1], 5);
    double error = (oracle_get(oracle, "left", "high") - oracle_get(oracle, "left", "low")) / 20;

    ck_assert_double_eq_tol(
        (mean_of_means(after[0], n[0]) - mean_of_means(after[1], n[1])) /
            (mean_of_means(before[0], n[0]) - mean_of_means(before[1], n[1])),
        oracle_get(oracle, "left", "share"), 1e-13);
    ck_assert_double_eq_tol(left.low, oracle_get(oracle, "left", "low"), error);
    ck_assert_double_eq_tol(left.high, oracle_get(oracle, "left", "high"), error);
    /* The other way round there is no difference that something could be left of. */
    ck_assert(isnan(bootstrap_contrast_left(pairs[1], n[1], pairs[0], n[0], 5).low));
    ck_assert(isnan(bootstrap_contrast_left(pairs[0], 0, pairs[1], n[1], 5).high));
    for (int side = 0; side < 2; side++)
        for (uint32_t c = 0; c < n[side]; c++) {
            g_free((double *)before[side][c].values);
            g_free((double *)after[side][c].values);
        }
}
END_TEST

START_TEST(means_of_resamples)
{
    double x[30], y[30], *means, against = 0;
    const struct sample s[] = {{x, 30}, {NULL, 0}, {y, 30}};
    uint32_t n;

    for (int i = 0; i < 30; i++) {
        x[i] = get("above_a", "x", i);
        y[i] = get("above_b", "x", i);
    }
    means = bootstrap_means(s, 3, 1, &n);
    for (uint32_t b = 0; b < n; b++) {
        against += means[3 * b] <= means[3 * b + 2];
        ck_assert(means[3 * b + 1] == 0);
    }
    ck_assert_double_eq_tol(against / n, oracle_get(oracle, "above", "p"), 0.01);
    g_free(means);
}
END_TEST

START_TEST(holm)
{
    double p[6], adjusted[6];

    for (int i = 0; i < 5; i++)
        p[i] = get("holm", "p", i);
    p[5] = NAN;
    holm_adjust(p, 6, adjusted);
    for (int i = 0; i < 5; i++)
        ck_assert_double_eq_tol(adjusted[i], get("holm", "a", i), 1e-15);
    ck_assert(isnan(adjusted[5]));
}
END_TEST

START_TEST(rank_correlations)
{
    double x[10], y[10];

    for (int i = 0; i < 10; i++) {
        x[i] = get("ranks", "x", i);
        y[i] = get("ranks", "y", i);
    }
    ck_assert_double_eq_tol(rank_correlation(x, y, 10), oracle_get(oracle, "ranks", "rho"), 1e-13);
    ck_assert_double_eq_tol(rank_correlation(x, y, 6), oracle_get(oracle, "ranks", "rho6"), 1e-13);
    ck_assert_double_eq_tol(rank_correlation_p(x, y, 6), oracle_get(oracle, "ranks", "p6"), 1e-13);
    ck_assert_double_lt(rank_correlation_p(x, y, 10), 0.02);
    ck_assert(isnan(rank_correlation(x, y, 4)) && isnan(rank_correlation_p(x, y, 1)));
}
END_TEST

static double *load_rows(const char *name, char set, uint32_t n, uint32_t width)
{
    double *rows = g_new(double, (gsize)n *width);

    for (uint32_t i = 0; i < n; i++) {
        char *format = g_strdup_printf("%c%u_", set, i);

        for (uint32_t k = 0; k < width; k++)
            rows[i * width + k] = get(name, format, (int)k);
        g_free(format);
    }
    return rows;
}

static const char *const weats[] = {"weat_exact", "weat_many", "weat_uneven"};

START_TEST(association_as_wefe_has_it)
{
    const char *name = weats[_i];
    struct weat_input in = {.width = (uint32_t)oracle_get(oracle, name, "width")};
    struct weat w;

    for (int s = 0; s < WEAT_SETS; s++) {
        char field[] = {'n', "xyab"[s], 0};

        in.n[s] = (uint32_t)oracle_get(oracle, name, field);
        in.rows[s] = load_rows(name, "xyab"[s], in.n[s], in.width);
    }
    weat_of(&in, &w);
    ck_assert_double_eq_tol(w.effect, oracle_get(oracle, name, "effect"), 1e-12);
    ck_assert_double_eq_tol(w.effect_sample, oracle_get(oracle, name, "effect_sample"), 1e-12);
    ck_assert_int_eq(w.exact, _i != 1);
    if (w.exact) {
        ck_assert_double_eq_tol(w.p, oracle_get(oracle, name, "p"), 1e-13);
        ck_assert_uint_eq(w.splits, (uint64_t)oracle_get(oracle, name, "splits"));
    } else {
        ck_assert_double_eq_tol(w.p, oracle_get(oracle, name, "p"), 0.006);
        ck_assert_uint_eq(w.splits, WEAT_SHUFFLES + 1);
    }
    for (int s = 0; s < WEAT_SETS; s++)
        g_free((double *)in.rows[s]);
}
END_TEST

START_TEST(association_of_nothing)
{
    const double one[] = {1, 0, 0, 1};
    struct weat_input in = {.rows = {one, one, one, one}, .n = {1, 1, 1, 0}, .width = 2};
    struct weat w;

    weat_of(&in, &w);
    ck_assert(isnan(w.effect) && isnan(w.p));
    in.n[WEAT_B] = 1;
    weat_of(&in, &w); /* no spread */
    ck_assert(isnan(w.effect) && isnan(w.p));
}
END_TEST

static const char *const texts[] = {"the red fox runs over the red hill and the red fox rests",
                                    "a red fox runs over the old hill and sleeps",
                                    "over the red hill and the red fox again and again and again"};
static const char *const training[] = {
    "yesterday the red fox runs over the red hill and sings all day long", "sleeps a red fox"};

START_TEST(repetition)
{
    struct word_index *w = word_index_create();
    struct symbols s[3], t[2];
    struct formulaic_texts in = {.texts = s, .n = 3};
    struct copied_index *index;
    struct formulaic f;

    for (int i = 0; i < 3; i++)
        symbols_of_text(w, texts[i], &s[i]);
    for (int i = 0; i < 2; i++)
        symbols_of_text(w, training[i], &t[i]);
    in.training = index = copied_index_create(t, 2);
    formulaic_of(&in, &f);
    for (int n = 0; n < 3; n++)
        ck_assert_double_eq_tol(f.distinct[n], get("formulaic", "distinct", n + 1), 1e-14);
    ck_assert_double_eq_tol(f.diversity, oracle_get(oracle, "formulaic", "diversity"), 1e-14);
    ck_assert_double_eq_tol(f.self_repetition, oracle_get(oracle, "formulaic", "self_repetition"),
                            1e-12);
    ck_assert_double_eq_tol(f.copied, oracle_get(oracle, "formulaic", "copied"), 1e-14);
    ck_assert_uint_eq(f.longest_copy, (uint32_t)oracle_get(oracle, "formulaic", "longest"));
    in.n = 0;
    formulaic_of(&in, &f);
    ck_assert(isnan(f.distinct[0]) && isnan(f.self_repetition) && isnan(f.copied));
    copied_index_destroy(index);
    for (int i = 0; i < 3; i++)
        symbols_finish(&s[i]);
    for (int i = 0; i < 2; i++)
        symbols_finish(&t[i]);
    word_index_destroy(w);
}
END_TEST

/* A run is found wherever it stands, and never across two texts. */
START_TEST(runs_are_the_longest)
{
    uint64_t state = 7;
    uint32_t at[2][60], own[40];
    struct symbols s[2] = {{at[0], 60}, {at[1], 60}};
    struct copied_index *x;

    for (int i = 0; i < 120; i++)
        at[i / 60][i % 60] = (state = state * 6364136223846793005u + 1) >> 62;
    for (int i = 0; i < 40; i++)
        own[i] = (state = state * 6364136223846793005u + 1) >> 62;
    x = copied_index_create(s, 2);
    for (uint32_t i = 0; i < 40; i++) {
        uint32_t longest = 0;

        for (int t = 0; t < 2; t++)
            for (uint32_t k = 0; k < 60; k++) {
                uint32_t n = 0;

                while (k + n < 60 && i + n < 40 && at[t][k + n] == own[i + n])
                    n++;
                longest = MAX(longest, n);
            }
        ck_assert_uint_eq(copied_run(x, &own[i], 40 - i), longest);
    }
    ck_assert_uint_eq(copied_run(x, at[0], 60), 60);
    copied_index_destroy(x);
}
END_TEST

static struct example text_of(const char *text, uint32_t category)
{
    return (struct example){.text = (char *)text, .category = category};
}

/* Counted by hand: "dress" and "hem" are the dresses', "pan" the pans'; "red" both have. */
START_TEST(borrowed_words)
{
    struct example e[] = {text_of("red dress hem", 0), text_of("dress hem silk", 0),
                          text_of("red pan", 1), text_of("a pan", 1), text_of("a pan", 1)};
    char *categories[] = {(char *)"dresses", (char *)"pans"};
    struct examples all = {.examples = e, .n = 5, .categories = categories, .n_categories = 2};
    struct word_index *w = word_index_create();
    const bool none[] = {false, false};
    struct category_words c;
    struct symbols s;
    struct leak leak = {0}, other = {0};

    category_words_of(&all, w, &c);
    ck_assert_uint_eq(c.count[0], 2);
    ck_assert_uint_eq(c.count[1], 2); /* a, pan */
    symbols_of_text(w, "The pan has a hem, red dress later", &s);
    leak_add(&c, &s, 1, NULL, &leak);
    ck_assert_uint_eq(leak.specific, 4);
    ck_assert_uint_eq(leak.borrowed, 2);
    leak_add(&c, &s, 1, none, &other);
    ck_assert_uint_eq(other.borrowed, 0);
    symbols_finish(&s);
    category_words_finish(&c);
    word_index_destroy(w);
}
END_TEST

START_TEST(borrowed_words_of_a_list)
{
    char *categories[] = {(char *)"dresses", (char *)"pans"};
    struct examples all = {.categories = categories, .n_categories = 2};
    const char *lines = "pans,Skillet\nshoes,lace\npans,cast iron\n";
    struct word_list *list = word_list_parse("list", lines, strlen(lines), NULL);
    struct word_index *w = word_index_create();
    struct category_words c;
    struct leak leak = {0};
    struct symbols s;

    category_words_listed(list, &all, w, &c);
    ck_assert_uint_eq(c.count[1], 1);
    symbols_of_text(w, "a skillet of cast iron, and lace", &s);
    leak_add(&c, &s, 0, NULL, &leak);
    ck_assert_uint_eq(leak.specific, 1);
    ck_assert_uint_eq(leak.borrowed, 1);
    symbols_finish(&s);
    category_words_finish(&c);
    word_index_destroy(w);
    word_list_destroy(list);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("statistics");
    TCase *t = tcase_create("statistics");
    SRunner *r;
    int failed;

    oracle = oracle_load("evaluation.txt");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, the_normal_distribution);
    tcase_add_loop_test(t, intervals_as_scipy_makes_them, 0, G_N_ELEMENTS(samples));
    tcase_add_test(t, intervals_of_little);
    tcase_add_test(t, differences_of_categories);
    tcase_add_test(t, what_is_left_of_a_difference);
    tcase_add_test(t, means_of_resamples);
    tcase_add_test(t, holm);
    tcase_add_test(t, rank_correlations);
    tcase_add_loop_test(t, association_as_wefe_has_it, 0, G_N_ELEMENTS(weats));
    tcase_add_test(t, association_of_nothing);
    tcase_add_test(t, repetition);
    tcase_add_test(t, runs_are_the_longest);
    tcase_add_test(t, borrowed_words);
    tcase_add_test(t, borrowed_words_of_a_list);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    g_hash_table_destroy(oracle);
    return failed != 0;
}
