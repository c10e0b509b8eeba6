#include "io/tune_options.h"

#include <math.h>
#include <string.h>

#include "core/heads.h"

/* As GOption fills them; what is negative was not given. */
struct given {
    char *schedule, *optimizer, *heads;
    gint64 steps, warmup, batch, longest, look_every, seed;
    int threads, rank;
};

static const char description[] =
    "Learns from the examples with split train (or of --train), from the completion alone where "
    "there is\na prompt; looks at those with split test and general at the start, at the end and "
    "every so many\nsteps. Losses are nats a predicted token.\n"
    "An encoder (BERT) learns tokens that are hidden by its tokenizer's mask, 15 %, anew in every "
    "epoch.\n"
    "\n"
    "PATTERN is a tensor's name with * and ?; of several that fit the last one counts, and what is "
    "frozen\nis neither moved nor decayed. Vectors (biases, gains) never decay.\n"
    "\n"
    "The same command gives the same weights, to the last bit, whatever --threads. ^C stops after "
    "the step\nunder way and saves.\n";

static void add_entries(GOptionContext *context, struct tune_options *o, struct given *g)
{
    struct training_options *t = &o->training;
    const GOptionEntry data[] = {
        {"examples", 'e', 0, G_OPTION_ARG_FILENAME, &o->examples,
         "texts with categories and splits (tare examples --help)", "FILE"},
        {"train", 0, 0, G_OPTION_ARG_FILENAME, &o->train,
         "more examples, of which each is one to learn from", "FILE"},
        {"uncovered", 0, 0, G_OPTION_ARG_STRING, &o->uncovered,
         "categories that the examples do not cover, whatever their number says", "A,B"},
        {"tokenizer", 0, 0, G_OPTION_ARG_FILENAME, &o->tokenizer,
         "bytes, words, or a tokenizer's file; what lies beside the weights unless said", "KIND"},
        {"longest", 0, 0, G_OPTION_ARG_INT64, &g->longest,
         "tokens of an example, longer ones are cut (what the model takes)", "N"},
        {"heads", 0, 0, G_OPTION_ARG_STRING, &g->heads,
         "attention heads where the file doesn't say; N:KV with grouped queries", "N"},
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &o->output, "the file to write, like BASE",
         "OUT.h5"},
        {"adapter", 0, 0, G_OPTION_ARG_FILENAME, &o->adapter,
         "with --lora: beside it the low-rank factors alone, as PEFT names them", "FILE.h5"},
        {"run", 0, 0, G_OPTION_ARG_FILENAME, &o->run,
         "beside it the whole run, to go on from with --resume", "RUN.h5"},
        {"resume", 0, 0, G_OPTION_ARG_FILENAME, &o->resume,
         "go on with a run: the same bits as if it had not stopped; it says all the rest", "RUN.h5"},
        {"force", 0, 0, G_OPTION_ARG_NONE, &o->force, "replace those files", NULL},
        {"interactive", 'i', 0, G_OPTION_ARG_NONE, &o->interactive,
         "in the viewer: step by step, back, with other rates", NULL},
        {"ascii", 0, 0, G_OPTION_ARG_NONE, &o->ascii, "-i: draw with 7-bit characters only", NULL},
        {"mouse", 0, 0, G_OPTION_ARG_NONE, &o->mouse, "-i: react to the mouse", NULL},
        {"light", 0, 0, G_OPTION_ARG_NONE, &o->light, "-i: colours for a light background", NULL},
        {"save-every", 0, 0, G_OPTION_ARG_INT64, &o->save_every,
         "write it every so many steps too, not at the end alone", "N"},
        {"look-every", 0, 0, G_OPTION_ARG_INT64, &g->look_every,
         "look at the held-out examples every so many steps too", "N"},
        {"threads", 't', 0, G_OPTION_ARG_INT, &g->threads, "all cores by default", "N"},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->rest, NULL, NULL},
        {NULL}};
    const GOptionEntry how[] = {
        {"lr", 0, 0, G_OPTION_ARG_DOUBLE, &t->learning_rate, "learning rate, its peak (1e-4)", "X"},
        {"lr-scale", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o->lr_scale,
         "factor of the rate for tensors of that name; may be given more than once",
         "PATTERN=FACTOR"},
        {"layer-decay", 0, 0, G_OPTION_ARG_DOUBLE, &t->layer_decay,
         "factor of the rate for each block, counted from the last one (1)", "D"},
        {"freeze", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o->freeze,
         "tensors that stay as they are; may be given more than once", "PATTERN"},
        {"schedule", 0, 0, G_OPTION_ARG_STRING, &g->schedule,
         "constant, linear or cosine (the default)", "NAME"},
        {"final", 0, 0, G_OPTION_ARG_DOUBLE, &t->final_rate,
         "share of the rate at the schedule's end (0)", "X"},
        {"warmup", 0, 0, G_OPTION_ARG_INT64, &g->warmup, "steps that rise to it (5 % of all)", "N"},
        {"steps", 0, 0, G_OPTION_ARG_INT64, &g->steps, "how many (1000)", "N"},
        {"batch", 0, 0, G_OPTION_ARG_INT64, &g->batch, "examples a step (4)", "N"},
        {"weight-decay", 0, 0, G_OPTION_ARG_DOUBLE, &t->weight_decay, "0.01", "X"},
        {"clip", 0, 0, G_OPTION_ARG_DOUBLE, &t->clip, "the largest norm of a gradient (1); 0: none",
         "X"},
        {"optimizer", 0, 0, G_OPTION_ARG_STRING, &g->optimizer, "adamw (the default) or sgd",
         "NAME"},
        {"beta1", 0, 0, G_OPTION_ARG_DOUBLE, &t->numbers.beta_1, "of adamw (0.9)", "X"},
        {"beta2", 0, 0, G_OPTION_ARG_DOUBLE, &t->numbers.beta_2, "of adamw (0.999)", "X"},
        {"epsilon", 0, 0, G_OPTION_ARG_DOUBLE, &t->numbers.epsilon, "of adamw (1e-8)", "X"},
        {"momentum", 0, 0, G_OPTION_ARG_DOUBLE, &t->numbers.momentum, "of sgd (0.9)", "X"},
        {"lora", 0, 0, G_OPTION_ARG_STRING, &o->lora,
         "train low-rank adapters of these matrices (query,value; all) and save their sum",
         "ROLES"},
        {"lora-rank", 0, 0, G_OPTION_ARG_INT, &g->rank, "8", "N"},
        {"lora-alpha", 0, 0, G_OPTION_ARG_DOUBLE, &t->lora_alpha,
         "what adapters add is scaled by alpha / rank (16)", "X"},
        {"seed", 0, 0, G_OPTION_ARG_INT64, &g->seed, "of the examples' order, and of adapters (1)",
         "N"},
        {NULL}};

    g_option_context_add_main_entries(context, data, NULL);
    g_option_context_add_main_entries(context, how, NULL);
}

static gboolean wrong(GError **error, const char *what)
{
    g_set_error_literal(error, TARE_ERROR, TARE_ERROR_USAGE, what);
    return FALSE;
}

/* "PATTERN=FACTOR" into *out, its pattern cut off in place. */
static gboolean parse_factor(char *text, struct tensor_factor *out)
{
    char *at = strrchr(text, '='), *end;

    if (!at || at == text)
        return FALSE;
    *out = (struct tensor_factor){text, g_ascii_strtod(at + 1, &end)};
    *at = 0;
    return end != at + 1 && !*end && isfinite(out->factor) && out->factor >= 0;
}

static gboolean collect_factors(struct tune_options *o, GError **error)
{
    guint n = o->lr_scale ? g_strv_length(o->lr_scale) : 0;
    guint frozen = o->freeze ? g_strv_length(o->freeze) : 0;

    o->factors = g_new0(struct tensor_factor, n + frozen + 1);
    for (guint i = 0; i < n; i++)
        if (!parse_factor(o->lr_scale[i], &o->factors[i]))
            return wrong(error, "--lr-scale is PATTERN=FACTOR, as 'model.layers.0.*=0.1'");
    for (guint i = 0; i < frozen; i++)
        o->factors[n + i] = (struct tensor_factor){o->freeze[i], 0};
    o->training.factors = o->factors;
    o->training.n_factors = n + frozen;
    return TRUE;
}

static gboolean take_numbers(struct tune_options *o, const struct given *g, GError **error)
{
    struct training_options *t = &o->training;

    if (g->steps < 1 || g->batch < 1 || g->batch > 65536 || g->longest < 0 ||
        g->longest > G_MAXUINT32 || g->look_every < 0 || o->save_every < 0 || g->rank < 1)
        return wrong(error, "steps, sizes and intervals are counted from 1 on");
    if (g->threads < 0 || g->threads > 256)
        return wrong(error, "--threads is 1 to 256");
    if (g->heads && !heads_parse(g->heads, &o->heads, &o->kv_heads))
        return wrong(error, "--heads is the number of heads, as 16, or with that of keys, as 16:4");
    t->steps = (uint64_t)g->steps;
    t->warmup = g->warmup < 0 ? t->steps / 20 : (uint64_t)g->warmup;
    t->batch = (uint32_t)g->batch;
    t->longest = (uint32_t)g->longest;
    t->look_every = (uint64_t)g->look_every;
    t->seed = (uint64_t)g->seed;
    t->threads = (guint)g->threads;
    t->lora = o->lora;
    t->lora_rank = (uint32_t)g->rank;
    return TRUE;
}

static gboolean take_names(struct tune_options *o, const struct given *g, GError **error)
{
    struct training_options *t = &o->training;

    if (g->schedule)
        t->schedule = schedule_find(g->schedule);
    if (g->optimizer)
        t->optimizer = optimizer_find(g->optimizer);
    if (!t->schedule)
        return wrong(error, "--schedule is constant, linear or cosine");
    if (!t->optimizer)
        return wrong(error, "--optimizer is adamw or sgd");
    if (o->resume)
        return !o->rest || wrong(error, "--resume RUN says the base itself");
    if (!o->rest || g_strv_length(o->rest) != 1)
        return wrong(error, "tune needs one file: tare tune BASE --examples FILE -o OUT.h5");
    if (!o->examples)
        return wrong(error, "tune needs --examples FILE");
    if (!o->output && !o->interactive)
        return wrong(error, "tune needs -o OUT.h5, or -i for the viewer");
    if (o->adapter && !o->lora)
        return wrong(error, "--adapter needs --lora: without it there are no low-rank factors");
    if (o->adapter && g_strcmp0(o->adapter, o->output) == 0)
        return wrong(error, "--adapter and -o are two files");
    o->base = o->rest[0];
    return TRUE;
}

gboolean tune_options_parse(int argc, char **argv, struct tune_options *o, GError **error)
{
    struct given g = {.steps = 1000, .warmup = -1, .batch = 4, .seed = 1, .rank = 8};
    GOptionContext *context = g_option_context_new("BASE --examples FILE -o OUT.h5");
    gboolean ok;

    training_options_init(&o->training);
    g_set_prgname("tare tune");
    g_option_context_set_summary(context, "Fine-tunes BASE on examples and writes OUT.h5.");
    g_option_context_set_description(context, description);
    add_entries(context, o, &g);
    ok = g_option_context_parse(context, &argc, &argv, error) && take_names(o, &g, error) &&
         take_numbers(o, &g, error) && collect_factors(o, error);
    g_option_context_free(context);
    g_free(g.schedule);
    g_free(g.optimizer);
    g_free(g.heads);
    return ok;
}

void tune_options_finish(struct tune_options *o)
{
    g_free(o->examples);
    g_free(o->train);
    g_free(o->uncovered);
    g_free(o->tokenizer);
    g_free(o->output);
    g_free(o->adapter);
    g_free(o->run);
    g_free(o->resume);
    g_free(o->resumed_base);
    g_free(o->lora);
    g_free(o->factors);
    g_strfreev(o->lr_scale);
    g_strfreev(o->freeze);
    g_strfreev(o->rest);
}
