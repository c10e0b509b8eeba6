#include "io/tokenizer_build.h"

#include <string.h>
#include "core/text/normalize.h"
#include "core/text/split.h"
#include "core/text/token_role.h"
#include "io/json.h"
#include "io/neighbour.h"
#include "io/tokenizer_merges.h"
#include "io/tokenizer_steps.h"

G_GNUC_PRINTF(3, 4)
static bool fail(const struct tokenizer_tables *t, GError **error, const char *format, ...)
{
    va_list arguments;
    char *what;

    va_start(arguments, format);
    what = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT, "%s: %s", t->path, what);
    g_free(what);
    return false;
}

/* A neighbour's JSON object: the parser owns it; NULL: there is none, or it is something else. */
static JsonParser *read_object(const char *path, const char *name, JsonObject **out)
{
    char *text = neighbour_read(path, name);
    JsonParser *parser = text ? json_parse_bounded(text, strlen(text), NULL) : NULL;

    *out = json_root_object(parser);
    g_free(text);
    if (parser && !*out)
        g_clear_object(&parser);
    return parser;
}

/* "bos_token": "<s>" or {"content": "<s>"}. */
static void read_roles(struct tokenizer_tables *t, JsonObject *config)
{
    static const char *const names[TOKEN_ROLES] = {
        "bos_token", "eos_token", "pad_token", "unk_token", "cls_token", "sep_token", "mask_token"};

    for (int role = 0; role < TOKEN_ROLES; role++) {
        JsonObject *object = json_member_object(config, names[role]);
        const char *text =
            object ? json_member_text(object, "content") : json_member_text(config, names[role]);

        if (text)
            t->role[role] = tokenizer_tables_find(t, text, strlen(text));
    }
}

/* The special tokens as the file says, as its neighbour does, by their usual names. */
static void find_roles(struct tokenizer_tables *t, JsonObject *config)
{
    const char *unk = t->model.unk;

    if (config)
        read_roles(t, config);
    if (unk)
        t->role[TOKEN_UNK] = tokenizer_tables_find(t, unk, strlen(unk));
    tokenizer_tables_guess_roles(t);
}

/* Older files don't say: as the tokenizers library guesses. */
static const char *model_type(const struct tokenizer_parse *p)
{
    if (p->model)
        return p->model;
    if (p->merges.bytes)
        return "BPE";
    return p->tables->model.longest ? "WordPiece" : "WordLevel";
}

/* Ids that an added token has twice. */
static bool check_added(const struct tokenizer_parse *p, GError **error)
{
    struct tokenizer_tables *t = p->tables;

    token_table_index(&t->vocab);
    for (guint i = 0; i < t->added->len; i++) {
        const struct added_token *a = &g_array_index(t->added, struct added_token, i);
        uint32_t id = token_table_find(&t->vocab, a->text, a->bytes);

        if (id != TOKEN_NONE && id != a->id)
            return fail(t, error, "its added token \"%s\" has the id %u, in its vocabulary %u",
                        a->text, a->id, id);
    }
    return true;
}

static bool build_full(struct tokenizer_parse *p, GError **error)
{
    struct tokenizer_tables *t = p->tables;
    const char *type = model_type(p);

    t->model.ops = token_model_find(type);
    if (!t->model.ops || t->model.ops == &token_model_bytes)
        return fail(t, error, "its model \"%s\" is not supported", type);
    if (!check_added(p, error) || !tokenizer_read_merges(&p->merges, t, error) ||
        !tokenizer_read_normalizer(&p->normalizer, t, error) ||
        !tokenizer_read_pre_tokenizer(&p->pre_tokenizer, t, error) ||
        !tokenizer_read_post_processor(&p->post_processor, t, error) ||
        !tokenizer_read_decoder(&p->decoder, t, error))
        return false;
    if (t->model.byte_level && t->model.ops != &token_model_bpe)
        return fail(t, error, "a model \"%s\" over bytes (ByteLevel) is not supported", type);
    if (t->model.byte_level &&
        ((t->model.prefix && *t->model.prefix) || (t->model.suffix && *t->model.suffix)))
        return fail(t, error, "a ByteLevel with a prefix or suffix of words is not supported");
    return true;
}

/* RoBERTa's files hold <s>, </s> and <mask>, and its model expects the first two. */
static void add_roberta_template(struct tokenizer_tables *t)
{
    uint32_t first = tokenizer_tables_find(t, "<s>", 3), last = tokenizer_tables_find(t, "</s>", 4);

    if (first == TOKEN_NONE || last == TOKEN_NONE || t->role[TOKEN_MASK] == TOKEN_NONE)
        return;
    g_array_append_val(t->before, first);
    g_array_append_val(t->after, last);
}

/* Classes of transformers whose older files say all there is to say; NULL-terminated. */
static const char *const gpt2_classes[] = {
    "GPT2Tokenizer",       "RobertaTokenizer", "BartTokenizer",    "LEDTokenizer",
    "LongformerTokenizer", "MvpTokenizer",     "CodeGenTokenizer", NULL};
static const char *const bert_classes[] = {"BertTokenizer",
                                           "DistilBertTokenizer",
                                           "ElectraTokenizer",
                                           "MobileBertTokenizer",
                                           "ConvBertTokenizer",
                                           "FunnelTokenizer",
                                           "LayoutLMTokenizer",
                                           "SqueezeBertTokenizer",
                                           "RetriBertTokenizer",
                                           "RealmTokenizer",
                                           "DPRQuestionEncoderTokenizer",
                                           "DPRContextEncoderTokenizer",
                                           NULL};

/* A class that is none of those may cut text in another way, which only a tokenizer.json tells. */
static bool check_class(const struct tokenizer_tables *t, JsonObject *config,
                        const char *const *classes, GError **error)
{
    const char *said = json_member_text(config, "tokenizer_class");
    gsize n = !said ? 0 : strlen(said) - (g_str_has_suffix(said, "Fast") ? 4 : 0);

    for (gsize i = 0; said && classes[i]; i++)
        if (strlen(classes[i]) == n && strncmp(classes[i], said, n) == 0)
            return true;
    return !said || fail(t, error,
                         "a %s, by the tokenizer_config.json beside it: how that cuts text only a "
                         "tokenizer.json tells",
                         said);
}

/* vocab.json with merges.txt: as GPT-2's. */
static bool build_ids(struct tokenizer_parse *p, const char *path, JsonObject *config,
                      GError **error)
{
    struct tokenizer_tables *t = p->tables;
    struct split_step step = {.kind = &split_byte_level, .pattern = split_pattern_gpt2()};
    char *merges;
    bool ok;

    if (t->model.spelling != TOKEN_BYTE_LEVEL)
        return fail(t, error,
                    "a vocabulary whose tokens are not spelled byte by byte, and no "
                    "tokenizer.json that says how to use it");
    if (!check_class(t, config, gpt2_classes, error))
        return false;
    merges = neighbour_read(path, "merges.txt");
    if (!merges)
        return fail(t, error, "no merges.txt lies beside it");
    ok = tokenizer_read_merge_lines(merges, t, error);
    g_free(merges);
    if (json_member_flag(config, "add_prefix_space", FALSE))
        step.prefix = SPLIT_PREFIX_ALWAYS;
    g_array_append_val(t->split, step);
    t->model.ops = &token_model_bpe;
    t->model.byte_level = true;
    find_roles(t, config);
    tokenizer_tables_add_roles(t);
    add_roberta_template(t);
    return ok;
}

/* A vocabulary with capitals would not have them if text were made small. */
static bool has_capitals(const struct token_table *vocab)
{
    for (uint32_t id = 0; id < token_table_size(vocab); id++) {
        const char *token = token_table_get(vocab, id, NULL);

        for (const char *c = token; c && *token != '[' && *token != '<' && *c; c++)
            if (g_ascii_isupper(*c))
                return true;
    }
    return false;
}

static bool is_lowercase(const struct tokenizer_tables *t, JsonObject *config)
{
    bool otherwise = !has_capitals(&t->vocab);

    return json_member_flag(config, "do_lower_case",
                            json_member_flag(config, "lowercase", otherwise));
}

static void add_bert_steps(struct tokenizer_tables *t, JsonObject *config)
{
    const struct normal_kind *const kinds[] = {&normal_clean, &normal_space_cjk,
                                               &normal_bert_accents, &normal_lowercase};
    bool lowercase = is_lowercase(t, config);
    const bool wanted[] = {true, json_member_flag(config, "tokenize_chinese_chars", TRUE),
                           json_member_flag(config, "strip_accents", lowercase), lowercase};
    struct split_step split = {.kind = &split_bert};

    for (int i = 0; i < 4; i++) {
        struct normal_step step = {.kind = kinds[i]};

        if (wanted[i])
            g_array_append_val(t->normal, step);
    }
    g_array_append_val(t->split, split);
}

/* vocab.txt: as BERT's. */
static bool build_lines(struct tokenizer_parse *p, JsonObject *config, GError **error)
{
    struct tokenizer_tables *t = p->tables;

    if (!check_class(t, config, bert_classes, error))
        return false;
    find_roles(t, config);
    if (t->role[TOKEN_UNK] == TOKEN_NONE)
        return fail(t, error, "a vocabulary of lines without a token for the unknown ([UNK])");
    t->model.ops = &token_model_wordpiece;
    t->model.unk = g_strdup(token_table_get(&t->vocab, t->role[TOKEN_UNK], NULL));
    t->model.prefix = g_strdup("##");
    t->model.longest = 100;
    t->model.cleanup = true;
    add_bert_steps(t, config);
    tokenizer_tables_add_roles(t);
    if (t->role[TOKEN_CLS] != TOKEN_NONE)
        g_array_append_val(t->before, t->role[TOKEN_CLS]);
    if (t->role[TOKEN_SEP] != TOKEN_NONE)
        g_array_append_val(t->after, t->role[TOKEN_SEP]);
    return true;
}

static bool build(struct tokenizer_parse *p, const char *path, JsonObject *config, GError **error)
{
    if (p->refused)
        return fail(p->tables, error, "%s", p->refused);
    if (p->form == TOKENIZER_IDS)
        return build_ids(p, path, config, error);
    if (p->form == TOKENIZER_LINES)
        return build_lines(p, config, error);
    if (!build_full(p, error))
        return false;
    find_roles(p->tables, config);
    return true;
}

struct tokenizer *tokenizer_build(struct tokenizer_parse *p, const char *path, GError **error)
{
    JsonObject *config, *keras = NULL;
    JsonParser *parser = read_object(path, "tokenizer_config.json", &config);
    struct tokenizer *t = NULL;

    if (!parser && p->form != TOKENIZER_FULL) {
        parser = read_object(path, "../../tokenizer.json", &keras);
        config = json_member_object(keras, "config");
    }
    g_free(p->tables->path);
    p->tables->path = g_strdup(path);
    if (build(p, path, config, error))
        t = tokenizer_create(g_steal_pointer(&p->tables), error);
    g_clear_object(&parser);
    return t;
}
