#include "core/comparison.h"

#include <math.h>
#include <string.h>
#include "core/align.h"
#include "core/comparison_groups.h"
#include "core/plan.h"
#include "core/tuned.h"

const struct tensor *comparison_tensor(const struct comparison *c, uint32_t entry)
{
    const struct pair_entry *e = &c->pairing.entries[entry];

    return e->base != PAIR_NONE ? checkpoint_tensor(c->base, e->base)
                                : checkpoint_tensor(c->tuned, e->tuned);
}

const struct place *comparison_place(const struct comparison *c, uint32_t entry)
{
    const struct pair_entry *e = &c->pairing.entries[entry];

    return e->base != PAIR_NONE ? &c->base->places[e->base] : &c->tuned->places[e->tuned];
}

double comparison_floor(const struct comparison *c, uint32_t entry)
{
    const struct pair_entry *e = &c->pairing.entries[entry];

    if (c->tuned->source->applied)
        return dtype_info(DTYPE_F64)->floor;
    return fmax(dtype_info(checkpoint_tensor(c->base, e->base)->dtype)->floor,
                dtype_info(checkpoint_tensor(c->tuned, e->tuned)->dtype)->floor);
}

static bool is_quantised(const struct checkpoint *of, uint32_t index)
{
    const struct tensor *t = of && index != PAIR_NONE ? checkpoint_tensor(of, index) : NULL;

    return t && t->kind == TENSOR_OTHER && t->note && g_str_has_prefix(t->note, "quantised");
}

bool comparison_holds_codes(const struct comparison *c, uint32_t entry)
{
    const struct pair_entry *e = &c->pairing.entries[entry];

    return is_quantised(c->base, e->base) || is_quantised(c->tuned, e->tuned);
}

uint32_t comparison_quantised(const struct comparison *c, uint32_t *first)
{
    uint32_t n = 0;

    if (first)
        *first = PAIR_NONE;
    for (uint32_t i = c->pairing.n_entries; i-- > 0;) {
        const struct pair_entry *e = &c->pairing.entries[i];
        uint32_t here = (uint32_t)is_quantised(c->base, e->base) + is_quantised(c->tuned, e->tuned);

        n += here;
        if (here && first)
            *first = i;
    }
    return n;
}

uint32_t comparison_blocks(const struct comparison *c)
{
    return MAX(c->base->n_blocks, c->tuned ? c->tuned->n_blocks : 0);
}

static const struct scan_ops *choose_ops(GError **error)
{
    const char *cpu = g_getenv("TARE_CPU");
    const struct scan_ops *ops = scan_ops_choose(cpu && *cpu ? cpu : NULL);

    if (!ops)
        g_set_error(error, TARE_ERROR, TARE_ERROR_USAGE,
                    "TARE_CPU=%s: not a kernel variant of this processor; use scalar, avx2 or "
                    "avx512, or unset it", cpu);
    return ops;
}

static void set_heads(struct checkpoint *base, struct checkpoint *tuned, uint32_t heads,
                      uint32_t kv_heads)
{
    checkpoint_set_heads(base, heads, kv_heads);
    if (tuned)
        checkpoint_set_heads(tuned, heads, kv_heads);
}

static bool says_nothing(const struct model_config *m)
{
    return !m->type[0] && m->layers == 0 && m->hidden == 0 && m->heads == 0;
}

/* A side that nothing was said of is as the other one says: a fine-tune has its base's shape. */
static void lend_config(struct checkpoint *to, const struct checkpoint *from)
{
    if (says_nothing(&to->source->config) && !says_nothing(&from->source->config))
        checkpoint_set_config(to, &from->source->config);
}

/* An adapter becomes what it makes of the base; another framework's names and layout the base's. */
static bool make_comparable(struct checkpoint *base, struct checkpoint **tuned,
                            const struct comparison_options *options, GError **error)
{
    if (!tuned_resolve(base, tuned, options->lora_alpha, error))
        return false;
    if (*tuned) {
        lend_config(*tuned, base);
        lend_config(base, *tuned);
    }
    if (options->heads)
        set_heads(base, *tuned, options->heads, options->kv_heads);
    return !*tuned ||
           align_checkpoints(base, *tuned, options->use_rules, options->map, error);
}

struct comparison *comparison_create(struct checkpoint *base, struct checkpoint *tuned,
                                     const struct comparison_options *options, GError **error)
{
    const struct scan_ops *ops = choose_ops(error);
    struct comparison *c;

    if (!ops || !make_comparable(base, &tuned, options, error)) {
        checkpoint_destroy(tuned);
        checkpoint_destroy(base);
        return NULL;
    }
    c = g_new0(struct comparison, 1);
    c->base = base;
    c->tuned = tuned;
    c->ops = ops;
    thresholds_init(&c->thresholds);
    if (options->thresholds)
        c->thresholds = *options->thresholds;
    c->threads = options->threads ? options->threads : pool_default_threads();
    c->heads_set = options->heads != 0;
    c->map = pair_map_copy(options->map);
    pairing_init(&c->pairing, base, tuned, options->use_rules);
    comparison_make_groups(c);
    attentions_find(&c->attentions, c);
    summary_init(&c->summary, c->pairing.n_entries);
    c->plan = plan_create(&(struct plan_input){base, tuned, &c->pairing, &c->summary, ops,
                                               c->threads});
    lazy_cache_init(&c->exact, &exact_kind);
    lazy_cache_init(&c->spectra, &spectrum_kind);
    if (options->tie)
        comparison_tie(c);
    return c;
}

/* A tuned side that is presented in the base's form has the base's places. */
static void share_places(struct comparison *c)
{
    for (uint32_t i = 0; i < c->pairing.n_entries; i++) {
        const struct pair_entry *e = &c->pairing.entries[i];

        if (e->base != PAIR_NONE && e->tuned != PAIR_NONE)
            c->tuned->places[e->tuned] = c->base->places[e->base];
    }
}

void comparison_set_heads(struct comparison *c, uint32_t heads, uint32_t kv_heads)
{
    if (c->tuned && c->tuned->presented) {
        checkpoint_set_heads(c->base, heads, kv_heads);
        share_places(c);
    } else {
        set_heads(c->base, c->tuned, heads, kv_heads);
    }
    c->heads_set = true;
    attentions_finish(&c->attentions);
    attentions_find(&c->attentions, c);
    c->summary.version++;
}

void comparison_destroy(struct comparison *c)
{
    if (!c)
        return;
    lazy_cache_cancel(&c->exact);
    lazy_cache_cancel(&c->spectra);
    tie_cancel(&c->tie);
    plan_cancel(c->plan);
    pool_destroy(c->pool);
    token_cache_finish(&c->tokens);
    tie_finish(&c->tie);
    lazy_cache_finish(&c->exact);
    lazy_cache_finish(&c->spectra);
    plan_destroy(c->plan);
    summary_finish(&c->summary);
    for (uint32_t i = 0; i < c->n_groups; i++) {
        g_free(c->groups[i].label);
        g_free(c->groups[i].entries);
    }
    g_free(c->groups);
    g_free(c->group_of);
    attentions_finish(&c->attentions);
    pairing_finish(&c->pairing);
    checkpoint_destroy(c->tuned); /* an adapter borrows the base */
    pair_map_destroy(c->map);
    checkpoint_destroy(c->base);
    g_free(c);
}

static void add_entry(const struct comparison *c, uint32_t i, struct rollup *out)
{
    const struct pair_entry *e = &c->pairing.entries[i];

    if (comparison_copy_of(c, i) != PAIR_NONE)
        return;
    rollup_add(out, comparison_tensor(c, i), comparison_place(c, i), e, &c->summary.entries[i],
               e->state == PAIR_MATCHED && c->tuned ? comparison_floor(c, i) : 0);
}

void comparison_group_rollup(const struct comparison *c, uint32_t group, struct rollup *out)
{
    rollup_init(out);
    for (uint32_t i = 0; i < c->groups[group].n_entries; i++)
        add_entry(c, c->groups[group].entries[i], out);
}

void comparison_model_rollup(const struct comparison *c, struct rollup *out)
{
    rollup_init(out);
    for (uint32_t i = 0; i < c->pairing.n_entries; i++)
        add_entry(c, i, out);
}

const struct exact_result *comparison_exact(struct comparison *c, uint32_t entry,
                                            const char **error_text)
{
    const struct exact_request request = {c->base, c->tuned, &c->pairing.entries[entry]};

    return lazy_cache_get(&c->exact, entry, &request, c->pool, error_text);
}

const struct spectrum *comparison_spectrum(struct comparison *c, uint32_t entry,
                                           const char **error_text)
{
    const struct spectrum_request request = {c->base, c->tuned, &c->pairing.entries[entry],
                                             c->summary.entries[entry].result.stats,
                                             c->summary.entries[entry].result.has_delta};

    return lazy_cache_get(&c->spectra, entry, &request, c->pool, error_text);
}

const struct spectrum *comparison_known_spectrum(const struct comparison *c, uint32_t entry,
                                                 const char **error_text)
{
    const char *ignored;

    return lazy_cache_peek(&c->spectra, entry, error_text ? error_text : &ignored);
}

bool comparison_spectrum_running(const struct comparison *c, guint *step, guint *of)
{
    return lazy_cache_running(&c->spectra, step, of);
}

bool comparison_spectrum_cancel(struct comparison *c)
{
    return lazy_cache_stop(&c->spectra);
}

bool comparison_spectrum_resume(struct comparison *c)
{
    return lazy_cache_resume(&c->spectra);
}

const struct tokenizer *comparison_tokenizer(const struct comparison *c)
{
    return c->tokens.tokenizer;
}

const struct token_texts *comparison_token_texts(struct comparison *c, const char **error_text)
{
    return token_cache_get(&c->tokens, c->base->source, c->tuned ? c->tuned->source : NULL, c->pool,
                           error_text);
}
