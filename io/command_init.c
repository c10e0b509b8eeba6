/* tare init: a model that has learned nothing, to train from there. */
#include <stdio.h>
#include <string.h>

#include "core/escape.h"
#include "core/train/initial.h"
#include "io/command.h"
#include "io/hdf5_save.h"
#include "io/limits.h"
#include "io/text_file.h"

#define VOCABULARY_BYTES (64u << 20)

struct init_options {
    char *arch, *vocabulary, *output;
    int layers, hidden, heads, kv_heads, intermediate, positions;
    double deviation;
    gint64 seed;
    gboolean tied, force;
    char **rest;
};

static gboolean parse(int argc, char **argv, struct init_options *o, GError **error)
{
    const GOptionEntry entries[] = {
        {"arch", 0, 0, G_OPTION_ARG_STRING, &o->arch, "gpt2 or llama", "KIND"},
        {"layers", 0, 0, G_OPTION_ARG_INT, &o->layers, "blocks", "N"},
        {"hidden", 0, 0, G_OPTION_ARG_INT, &o->hidden, "width of the residual stream", "N"},
        {"heads", 0, 0, G_OPTION_ARG_INT, &o->heads, "attention heads a block", "N"},
        {"kv-heads", 0, 0, G_OPTION_ARG_INT, &o->kv_heads,
         "heads of keys and values (as many as heads by default)", "N"},
        {"intermediate", 0, 0, G_OPTION_ARG_INT, &o->intermediate,
         "units of each MLP (4 times the hidden size by default; llama: 8/3 of it)", "N"},
        {"positions", 0, 0, G_OPTION_ARG_INT, &o->positions,
         "tokens of the longest sequence (1024)", "N"},
        {"vocabulary", 0, 0, G_OPTION_ARG_FILENAME, &o->vocabulary,
         "a file with a token a line, stored with the weights; or how many tokens", "FILE|N"},
        {"tied", 0, 0, G_OPTION_ARG_NONE, &o->tied, "the head is the table of tokens", NULL},
        {"deviation", 0, 0, G_OPTION_ARG_DOUBLE, &o->deviation,
         "standard deviation of matrices (0.02); a narrow model learns faster with 1 / sqrt(hidden)",
         "X"},
        {"seed", 0, 0, G_OPTION_ARG_INT64, &o->seed, "of the random numbers (1)", "N"},
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &o->output, "the file to write", "OUT.h5"},
        {"force", 0, 0, G_OPTION_ARG_NONE, &o->force, "replace that file", NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->rest, NULL, NULL},
        {NULL}};
    GOptionContext *context = g_option_context_new("--arch KIND ... -o OUT.h5");
    gboolean ok;

    g_set_prgname("tare init");
    g_option_context_set_summary(context,
                                 "Writes a model that has learned nothing, to be trained.");
    g_option_context_set_description(
        context,
        "Matrices are normal; those that lead back to the residual stream have that standard\n"
        "deviation / sqrt(2 layers); gains are 1, biases 0. The same seed gives the same file.\n"
        "With a vocabulary, text is split at spaces and each word is a token (--tokenizer "
        "words).\n");
    g_option_context_add_main_entries(context, entries, NULL);
    ok = g_option_context_parse(context, &argc, &argv, error);
    g_option_context_free(context);
    return ok;
}

static gboolean wrong(GError **error, const char *what)
{
    g_set_error_literal(error, TARE_ERROR, TARE_ERROR_USAGE, what);
    return FALSE;
}

/* A token a line; owned, NULL-terminated. */
static char **read_vocabulary(const char *path, GError **error)
{
    gsize bytes;
    g_autofree char *text = text_file_read(path, "a vocabulary", VOCABULARY_BYTES, &bytes, error);
    char **tokens;
    guint n;

    if (!text)
        return NULL;
    g_strchomp(text);
    tokens = g_strsplit(text, "\n", -1);
    n = g_strv_length(tokens);
    for (guint i = 0; i < n; i++) {
        g_strchomp(tokens[i]);
        if (tokens[i][0] && g_utf8_validate(tokens[i], -1, NULL))
            continue;
        g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT, "%s:%u: not a token of UTF-8 text", path,
                    i + 1);
        g_strfreev(tokens);
        return NULL;
    }
    return tokens;
}

static gboolean count_vocabulary(const struct init_options *o, char ***tokens, uint32_t *n,
                                 GError **error)
{
    char *end;
    guint64 number = g_ascii_strtoull(o->vocabulary, &end, 10);

    *tokens = NULL;
    if (end != o->vocabulary && !*end) {
        *n = (uint32_t)MIN(number, UINT32_MAX);
        return TRUE;
    }
    *tokens = read_vocabulary(o->vocabulary, error);
    if (!*tokens)
        return FALSE;
    *n = g_strv_length(*tokens);
    return TRUE;
}

static uint32_t chosen(int given, uint32_t otherwise)
{
    return given == 0 ? otherwise : given < 0 ? 0 : (uint32_t)given;
}

static gboolean describe(const struct init_options *o, struct initial_model *m, GError **error)
{
    bool llama = o->arch && strcmp(o->arch, "llama") == 0;

    if (!o->arch || (!llama && strcmp(o->arch, "gpt2") != 0))
        return wrong(error, "--arch is gpt2 or llama");
    if (o->rest)
        return wrong(error, "init takes no file but -o OUT.h5");
    if (!o->output)
        return wrong(error, "init needs -o OUT.h5");
    if (!o->vocabulary)
        return wrong(error, "init needs --vocabulary: a file with a token a line, or a number");
    if (!(o->deviation > 0))
        return wrong(error, "--deviation is above 0");
    *m = (struct initial_model){.arch = llama ? INITIAL_LLAMA : INITIAL_GPT2,
                                .layers = chosen(o->layers, 0),
                                .hidden = chosen(o->hidden, 0),
                                .heads = chosen(o->heads, 0),
                                .positions = chosen(o->positions, 1024),
                                .tied = o->tied,
                                .deviation = o->deviation,
                                .seed = (uint64_t)o->seed};
    m->kv_heads = chosen(o->kv_heads, m->heads);
    m->intermediate =
        chosen(o->intermediate, llama ? (m->hidden * 8 / 3 + 7) / 8 * 8 : 4 * m->hidden);
    return TRUE;
}

/* What transformers' config.json would say. */
static char *configuration(const struct initial_model *m)
{
    const char *tied = m->tied ? "true" : "false";

    if (m->arch == INITIAL_GPT2)
        return g_strdup_printf(
            "{\"model_type\": \"gpt2\", \"n_layer\": %u, \"n_embd\": %u, \"n_head\": %u, "
            "\"n_inner\": %u, \"n_positions\": %u, \"vocab_size\": %u, "
            "\"activation_function\": \"gelu_new\", \"layer_norm_epsilon\": 1e-05, "
            "\"tie_word_embeddings\": %s}",
            m->layers, m->hidden, m->heads, m->intermediate, m->positions, m->vocabulary, tied);
    return g_strdup_printf(
        "{\"model_type\": \"llama\", \"num_hidden_layers\": %u, \"hidden_size\": %u, "
        "\"num_attention_heads\": %u, \"num_key_value_heads\": %u, \"intermediate_size\": %u, "
        "\"max_position_embeddings\": %u, \"vocab_size\": %u, \"hidden_act\": \"silu\", "
        "\"rms_norm_eps\": 1e-05, \"rope_theta\": 10000.0, \"tie_word_embeddings\": %s}",
        m->layers, m->hidden, m->heads, m->kv_heads, m->intermediate, m->positions, m->vocabulary,
        tied);
}

static gboolean save(const struct init_options *o, const struct initial_model *m, char **tokens,
                     GError **error)
{
    const char *inputs[] = {tokens ? o->vocabulary : NULL, NULL};
    const struct save_options options = {.rules = {.overwrite = o->force, .inputs = inputs}};
    g_autofree char *config = configuration(m);
    const char *texts[] = {config};
    const struct save_text all[] = {
        {"config", texts, 1, FALSE},
        {"vocabulary", (const char *const *)tokens, m->vocabulary, TRUE}};
    struct source *s = initial_source_create(m, o->output);
    gboolean ok = checkpoint_save_new(o->output, s, all, tokens ? 2 : 1, &options, error);
    uint64_t parameters = 0;
    g_autofree char *safe = escape_text(o->output);

    for (uint32_t i = 0; i < s->n_tensors; i++)
        parameters += s->tensors[i].elems;
    if (ok)
        printf("%s: %" G_GUINT64_FORMAT " parameters in %u tensors\n", safe, parameters,
               s->n_tensors);
    source_close(s);
    return ok;
}

static gboolean init(const struct init_options *o, GError **error)
{
    struct initial_model m;
    char **tokens;
    gboolean ok;

    if (!describe(o, &m, error) || !count_vocabulary(o, &tokens, &m.vocabulary, error))
        return FALSE;
    ok = initial_check(&m, error) && save(o, &m, tokens, error);
    g_strfreev(tokens);
    return ok;
}

static int run(int argc, char **argv)
{
    struct init_options o = {.seed = 1, .deviation = INITIAL_DEVIATION};
    GError *error = NULL;
    int status = EXIT_DONE;

    if (!parse(argc, argv, &o, &error) || !init(&o, &error))
        status = command_fail(error);
    g_free(o.arch);
    g_free(o.vocabulary);
    g_free(o.output);
    g_strfreev(o.rest);
    return status;
}

const struct command command_init = {
    .name = "init", .help = "writes a model that has learned nothing", .run = run};
