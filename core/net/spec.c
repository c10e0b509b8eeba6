#include "core/net/spec.h"

#include <math.h>
#include <string.h>
#include "core/arch_slots.h"
#include "core/error.h"
#include "core/net/families.h"
#include "core/net/parts.h"
#include "core/net/whole.h"

/* A spec in the making. */
struct reading {
    const struct checkpoint *c;
    const struct model_config *config;
    struct net_family family;
    GHashTable *index;
    struct net_spec *out;
    GString *assumed;
};

G_GNUC_PRINTF(3, 4)
static gboolean refuse(const struct reading *r, GError **error, const char *format, ...)
{
    va_list arguments;
    char *text;

    va_start(arguments, format);
    text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT, "%s: %s", r->c->source->path, text);
    g_free(text);
    return FALSE;
}

static void assume(struct reading *r, const char *what)
{
    g_string_append_printf(r->assumed, "%s%s", r->assumed->len ? ", " : "", what);
}

static const struct tensor *part(const struct reading *r, int32_t block, const char *slot,
                                 uint32_t *at)
{
    *at = arch_slots_find(r->index, block, slot);
    return *at == UINT32_MAX ? NULL : checkpoint_tensor(r->c, *at);
}

/* A number that the configuration tells and a shape proves. */
static gboolean agree(const struct reading *r, const char *field, uint32_t said, uint64_t is,
                      const struct tensor *t, GError **error)
{
    char *shape;

    if (said == 0 || said == is)
        return TRUE;
    shape = tensor_shape_text(t);
    refuse(r, error, "the configuration says %s %u, but %s is %s", field, said, t->name, shape);
    g_free(shape);
    return FALSE;
}

static gboolean read_tokens(struct reading *r, GError **error)
{
    uint64_t rows, columns;
    uint32_t at;
    const struct tensor *t = part(r, -1, "embed.tokens.table", &at);

    if (!t || !net_part_shape(r->c, at, &rows, &columns) || t->rank != 2)
        return refuse(r, error, "no table of tokens in it: the model can't be run");
    if (rows == 0 || columns == 0 || rows > G_MAXINT32 || columns > G_MAXUINT16)
        return refuse(r, error,
                      "%s: a table of %" G_GUINT64_FORMAT " tokens of %" G_GUINT64_FORMAT
                      " numbers is no model's",
                      t->name, rows, columns);
    r->out->vocabulary = (uint32_t)rows;
    r->out->hidden = (uint32_t)columns;
    if (r->config->vocabulary > rows)
        return agree(r, "vocab_size", r->config->vocabulary, rows, t, error);
    return agree(r, "hidden_size", r->config->hidden, columns, t, error);
}

static gboolean read_layers(struct reading *r, GError **error)
{
    r->out->layers = r->c->n_blocks;
    if (r->config->layers && r->config->layers != r->c->n_blocks)
        return refuse(r, error, "the configuration says %u layers, but %u blocks are in the file",
                      r->config->layers, r->c->n_blocks);
    return r->c->n_blocks > 0 ? TRUE : refuse(r, error, "no blocks in it");
}

/* What is known of heads is on every projection, unless it does not fit. One that is presented in
 * another's form has that one's. */
static gboolean read_heads(struct reading *r, GError **error)
{
    uint32_t at;
    const struct tensor *t = part(r, 0, "attn.qkv.kernel", &at);
    const struct place *p;
    const struct model_config *m = r->config;
    uint64_t rows = 0, columns;

    if (!t)
        t = part(r, 0, "attn.q.kernel", &at);
    if (!t)
        return TRUE; /* the check of all parts names it */
    p = &r->c->places[at];
    net_part_shape(r->c, at, &rows, &columns);
    if (p->heads == 0 && m->heads == 0)
        return refuse(r, error,
                      "the number of attention heads is not known: no configuration "
                      "(config.json beside the file) says it; give --heads");
    if (p->heads == 0 || (m->heads && m->heads != p->heads && !r->c->presented))
        return refuse(
            r, error,
            "num_attention_heads %u, num_key_value_heads %u and head_dim %u (0: not said) "
            "do not fit %s with %" G_GUINT64_FORMAT " outputs",
            m->heads, m->kv_heads, m->head_dim, t->name, rows);
    r->out->heads = p->heads;
    r->out->kv_heads = p->kv_heads;
    r->out->head_dim = p->head_dim;
    if ((uint64_t)(p->heads + 2u * p->kv_heads) * p->head_dim > G_MAXINT32)
        return refuse(r, error, "%u heads of %u are no model's", p->heads, p->head_dim);
    if (r->family.position == NET_POSITIONS_ROPE && p->head_dim % 2)
        return refuse(r, error, "head_dim %u is odd: rotary positions need halves", p->head_dim);
    return TRUE;
}

static gboolean read_mlp(struct reading *r, GError **error)
{
    uint64_t rows, columns;
    uint32_t at;
    const struct tensor *t = part(r, 0, "mlp.gate_up.kernel", &at);

    r->out->gated = t || part(r, 0, "mlp.gate.kernel", &at);
    t = part(r, 0, "mlp.down.kernel", &at);
    if (!t || !net_part_shape(r->c, at, &rows, &columns))
        return TRUE; /* the check of all parts names it */
    if (columns == 0 || columns > G_MAXINT32 / 2)
        return refuse(r, error, "%s: an MLP of %" G_GUINT64_FORMAT " units is no model's", t->name,
                      columns);
    r->out->intermediate = (uint32_t)columns;
    /* KerasHub's Gemma counts gate and up. */
    if (r->out->gated && r->config->intermediate == 2 * columns)
        return TRUE;
    return agree(r, "intermediate_size", r->config->intermediate, columns, t, error);
}

static gboolean read_positions(struct reading *r, GError **error)
{
    const struct net_family *f = &r->family;
    uint64_t rows, columns;
    uint32_t at;
    const struct tensor *t;

    r->out->position = f->position;
    r->out->first_position = f->first_position;
    r->out->positions = r->config->positions;
    if (f->position == NET_POSITIONS_ROPE)
        return TRUE;
    t = part(r, -1, "embed.positions.table", &at);
    if (!t || !net_part_shape(r->c, at, &rows, &columns))
        return TRUE; /* the check of all parts names it */
    if (rows <= f->first_position || rows > G_MAXINT32)
        return refuse(r, error, "%s: a table of %" G_GUINT64_FORMAT " positions is no model's",
                      t->name, rows);
    if (r->config->positions > rows)
        return agree(r, "max_position_embeddings", r->config->positions, rows, t, error);
    r->out->positions = (uint32_t)rows - f->first_position;
    return TRUE;
}

/* A window that only some blocks have bounds the sequence: up to there all blocks see everything.
 */
static void read_window(struct reading *r)
{
    const struct model_config *m = r->config;
    struct net_spec *s = r->out;

    if (!r->family.causal || m->window == 0)
        return;
    if (!m->window_in_some)
        s->window = m->window;
    else if (s->positions == 0 || s->positions > m->window)
        s->positions = m->window;
}

static gboolean read_rope(struct reading *r, GError **error)
{
    const struct model_rope *m = &r->config->rope;
    struct net_rope_scaling *to = &r->out->rope_scaling;
    bool linear = strcmp(m->scaling, "linear") == 0, llama3 = strcmp(m->scaling, "llama3") == 0;

    if (r->family.position != NET_POSITIONS_ROPE)
        return TRUE;
    r->out->rope_base = m->base > 0 ? m->base : r->family.rope_base;
    if (m->base == 0 && !r->family.is_fixed)
        assume(r, "rope_base");
    if (!m->scaling[0] || strcmp(m->scaling, "default") == 0)
        return TRUE;
    if (!linear && !llama3)
        return refuse(r, error,
                      "rotary positions stretched by \"%s\" can't be run; \"linear\" and "
                      "\"llama3\" can",
                      m->scaling);
    to->factor = m->factor;
    if (llama3) {
        to->low = m->low;
        to->high = m->high;
        to->original = m->original ? m->original : r->config->positions;
    }
    if (to->factor <= 0 || (llama3 && (to->high <= to->low || to->low <= 0 || !to->original)))
        return refuse(r, error,
                      "rotary positions: factor %g, low_freq_factor %g, high_freq_factor "
                      "%g, original_max_position_embeddings %u are no \"%s\"",
                      m->factor, m->low, m->high, m->original, m->scaling);
    return TRUE;
}

static gboolean read_choices(struct reading *r, GError **error)
{
    const struct net_family *f = &r->family;
    struct net_spec *s = r->out;

    s->causal = f->causal;
    s->pre_norm = f->pre_norm;
    s->norm = f->norm;
    s->norm_offset = f->norm_offset;
    s->embed_scale = f->scales_embedding ? sqrt(s->hidden) : 1;
    s->norm_epsilon = r->config->norm_epsilon > 0 ? r->config->norm_epsilon : f->norm_epsilon;
    if (r->config->norm_epsilon == 0 && !f->is_fixed)
        assume(r, "norm_epsilon");
    s->activation = f->activation;
    if (!r->config->activation[0] && !f->is_fixed)
        assume(r, "activation");
    if (r->config->activation[0] && !net_activation_named(r->config->activation, &s->activation))
        return refuse(r, error, "the activation \"%s\" can't be run", r->config->activation);
    return TRUE;
}

/* transformers ties what the configuration ties, whatever else is in the file. */
static void read_head(struct reading *r)
{
    uint32_t at;
    bool own = part(r, -1, "head.kernel", &at) != NULL;
    bool wanted = r->family.causal || part(r, -1, "head.dense.kernel", &at);

    if (!wanted || (own && r->config->tied != TIED_YES))
        return;
    r->out->tied = r->config->tied != TIED_NO;
    if (r->config->tied == TIED_UNKNOWN && !r->family.is_tied)
        assume(r, "tied");
}

/* Names tell RoBERTa, whose positions do not count from 0, where no configuration does. */
static const char *type_of(const struct reading *r)
{
    uint32_t at;
    const struct tensor *t = part(r, -1, "embed.tokens.table", &at);

    if (r->config->type[0])
        return r->config->type;
    return t && g_str_has_prefix(t->name, "roberta.") ? "roberta" : "";
}

/* Codes in place of kernels leave an architecture nothing to be known by. */
static const struct tensor *quantised(const struct checkpoint *c)
{
    for (uint32_t i = 0; i < c->source->n_tensors; i++)
        if (checkpoint_tensor(c, i)->kind == TENSOR_OTHER)
            return checkpoint_tensor(c, i);
    return NULL;
}

static gboolean refuse_arch(const struct reading *r, GError **error)
{
    const struct tensor *codes = quantised(r->c);

    if (codes)
        return refuse(r, error,
                      "%s is no plain weight: a quantised model can't be run, dequantise it",
                      codes->name);
    return refuse(r, error, "its names (%s) are of no model that can be run; known are %s",
                  r->c->arch->name, net_family_types);
}

static gboolean read_family(struct reading *r, GError **error)
{
    const char *arch = r->c->arch->name, *type = type_of(r);

    if (!net_family_find(arch, "", &r->family))
        return refuse_arch(r, error);
    if (!net_family_find(arch, type, &r->family))
        return refuse(r, error, "models of type \"%s\" can't be run; known are %s", type,
                      net_family_types);
    if (r->config->odd[0])
        return refuse(r, error, "the configuration says %s: that can't be run", r->config->odd);
    return TRUE;
}

static gboolean read_all(struct reading *r, GError **error)
{
    if (!read_family(r, error) || !read_tokens(r, error) || !read_layers(r, error) ||
        !read_heads(r, error) || !read_mlp(r, error) || !read_positions(r, error))
        return FALSE;
    read_window(r);
    read_head(r);
    return read_rope(r, error) && read_choices(r, error) &&
           net_parts_check(r->c, r->index, r->out, error);
}

gboolean net_spec_read(const struct checkpoint *c, const struct model_config *config,
                       struct net_spec *out, char **assumed, GError **error)
{
    struct reading r = {.c = c, .config = config, .out = out};
    gboolean ok;

    memset(out, 0, sizeof *out);
    r.assumed = g_string_new(NULL);
    r.index = arch_slots_index(c->places, c->source->n_tensors);
    ok = read_all(&r, error);
    g_hash_table_destroy(r.index);
    if (assumed)
        *assumed = ok && r.assumed->len ? g_strdup(r.assumed->str) : NULL;
    g_string_free(r.assumed, TRUE);
    return ok;
}

gboolean net_spec_of(const struct checkpoint *c, struct net_spec *out, char **assumed,
                     GError **error)
{
    struct net_whole whole;
    gboolean ok;

    net_whole_init(&whole, c);
    ok = net_spec_read(&whole.c, &whole.config, out, assumed, error);
    net_whole_finish(&whole);
    return ok;
}
