#include "io/sentencepiece_file.h"

#include <string.h>
#include "io/limits.h"
#include "io/neighbour.h"
#include "io/token_decode.h"

/* How a field is encoded: protocol buffers' wire types. */
enum wire { WIRE_VARINT, WIRE_FIXED64, WIRE_BYTES, WIRE_FIXED32 = 5 };

/* ModelProto.SentencePiece.Type. */
enum piece_type { PIECE_NORMAL = 1, PIECE_UNKNOWN = 2, PIECE_CONTROL = 3 };

enum { FIELD_PIECES = 1, FIELD_PIECE = 1, FIELD_TYPE = 3 };

struct cursor {
    const guint8 *at, *end;
};

/* One field of a message: a number, or bytes. */
struct field {
    guint64 number, value;
    enum wire wire;
    struct cursor bytes;
};

static bool take_varint(struct cursor *c, guint64 *out)
{
    *out = 0;
    for (unsigned shift = 0; shift < 64 && c->at < c->end; shift += 7) {
        guint8 byte = *c->at++;

        *out |= (guint64)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return true;
    }
    return false;
}

static bool take_bytes(struct cursor *c, guint64 n, struct cursor *out)
{
    if (n > (guint64)(c->end - c->at))
        return false;
    *out = (struct cursor){c->at, c->at + n};
    c->at += n;
    return true;
}

static bool take_field(struct cursor *c, struct field *f)
{
    guint64 key;

    if (!take_varint(c, &key))
        return false;
    f->number = key >> 3;
    f->wire = (enum wire)(key & 7);
    switch (f->wire) {
    case WIRE_VARINT:
        return take_varint(c, &f->value);
    case WIRE_BYTES:
        return take_varint(c, &f->value) && take_bytes(c, f->value, &f->bytes);
    case WIRE_FIXED64:
        return take_bytes(c, 8, &f->bytes);
    case WIRE_FIXED32:
        return take_bytes(c, 4, &f->bytes);
    default:
        return false;
    }
}

/* NULL: it is broken, or has no text. */
static char *read_piece(struct cursor c)
{
    struct field f = {0};
    guint64 type = PIECE_NORMAL;
    char *piece = NULL, *text;

    while (c.at < c.end) {
        if (!take_field(&c, &f)) {
            g_free(piece);
            return NULL;
        }
        if (f.number == FIELD_TYPE && f.wire == WIRE_VARINT)
            type = f.value;
        if (f.number != FIELD_PIECE || f.wire != WIRE_BYTES)
            continue;
        g_free(piece);
        piece = g_strndup((const char *)f.bytes.at, (gsize)(f.bytes.end - f.bytes.at));
    }
    if (!piece || !g_utf8_validate(piece, -1, NULL)) {
        g_free(piece);
        return NULL;
    }
    text = token_decode(piece, type == PIECE_UNKNOWN || type == PIECE_CONTROL ? TOKEN_PLAIN
                                                                              : TOKEN_METASPACE);
    g_free(piece);
    return text;
}

/* False: not a message of pieces, or too many of them. */
static bool read_pieces(struct cursor c, GPtrArray *out)
{
    struct field f = {0};

    while (c.at < c.end) {
        char *text;

        if (!take_field(&c, &f))
            return false;
        if (f.number != FIELD_PIECES)
            continue;
        text = f.wire == WIRE_BYTES && out->len < LIMIT_TOKENS ? read_piece(f.bytes) : NULL;
        if (!text)
            return false;
        g_ptr_array_add(out, text);
    }
    return out->len > 0;
}

struct token_texts *sentencepiece_file_parse(const char *name, const guint8 *data, gsize bytes,
                                             GError **error)
{
    GPtrArray *pieces = g_ptr_array_new_with_free_func(g_free);

    if (!read_pieces((struct cursor){data, data + bytes}, pieces)) {
        g_ptr_array_free(pieces, TRUE);
        g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT,
                    "%s: not a SentencePiece model: its pieces can't be read", name);
        return NULL;
    }
    return token_texts_create(pieces, g_strdup(name));
}

/* As HuggingFace, fairseq's models and KerasHub name them. */
static const char *const names[] = {"tokenizer.model", "spiece.model", "sentencepiece.bpe.model",
                                    "assets/tokenizer/vocabulary.spm"};

struct token_texts *sentencepiece_file_read(const char *weights_path, GError **error)
{
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        gsize bytes;
        guint8 *data = neighbour_read_bytes(weights_path, names[i], &bytes);
        struct token_texts *out;

        if (!data)
            continue;
        out = sentencepiece_file_parse(names[i], data, bytes, error);
        g_free(data);
        return out;
    }
    return NULL;
}
