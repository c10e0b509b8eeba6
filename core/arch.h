/* From tensor names to a model: block, role, heads. One file and one row per architecture.
 *
 * Pure functions of the descriptors; any thread. */
#ifndef TARE_CORE_ARCH_H
#define TARE_CORE_ARCH_H

#include "core/arch_blocks.h"
#include "core/role.h"
#include "core/source.h"

/* How a kernel lies: which axis of its matrix form leads out of the layer. */
enum orientation {
    ORIENTATION_NONE,   /* no matrix, or not known */
    ORIENTATION_OUT_IN, /* torch Linear: a row an output */
    ORIENTATION_IN_OUT, /* Keras kernels, GPT-2's Conv1D: a column an output */
    ORIENTATION_TABLE   /* embeddings: a row a token or position */
};

/* Heads along one axis of the matrix form: head h covers [h * step, (h + 1) * step) of it, behind
 * the fused parts before it (core/heads.h resolves those). */
enum head_axis { HEAD_AXIS_NONE, HEAD_AXIS_ROWS, HEAD_AXIS_COLUMNS };

struct place {
    int32_t block; /* 0-based; -1: outside every block */
    enum role role;
    bool matrix; /* one of the tensors that group ratios pool */
    /* The matrix form: the first row_axes axes make its rows, the others its columns; 0: none. */
    uint8_t row_axes;
    enum orientation orientation;
    /* The same part in every framework's names ("attn.q.kernel", "ln_1.gain"), unique in a block;
     * static or owned by the source; NULL: not known. Pairing across frameworks goes by it. */
    const char *slot;
    /* The attention this matrix is of, unique in its block: "attn", "cross", or the layer's name as
     * the tensors have it; static; NULL: of none. */
    const char *attention;
    /* Of that attention; 0: not known. kv_heads == heads unless grouped. */
    uint16_t heads, kv_heads, head_dim;
    enum head_axis head_axis;
    uint32_t head_step;    /* elements of that axis a head; head_dim but for odd layouts */
    bool head_interleaved; /* fused q, k, v lie side by side per head (GPT-NeoX) */
    /* Of a recurrent layer: a letter for each, equal shares of the columns in this order ("ifco");
     * static; NULL: none. */
    const char *gates;
};

struct arch {
    const char *name; /* "gpt2": in reports and on screens */
    /* How sure this row is that it knows the model; the highest wins, 0 = no. */
    int (*score)(const struct source *s, const struct arch_blocks *blocks);
    /* places[n_tensors] to be filled. */
    void (*map)(const struct source *s, const struct arch_blocks *blocks, struct place *places);
};

/* NULL-terminated table of all rows; generic scores 1 for everything. */
extern const struct arch *const arch_table[];

/* Fills places[n_tensors] by that row; where *row is NULL by the one with the highest score (the
 * first of equals), which it is then. Returns the number of blocks. */
uint32_t arch_map(const struct source *s, const struct arch **row, struct place *places);

#endif
