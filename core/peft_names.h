/* What PEFT's names say: base_model.model.TARGET.lora_A.weight [r, in] and lora_B.weight [out, r],
 * for embeddings lora_embedding_A [r, rows] and lora_embedding_B [columns, r]. What has no lora_
 * part was trained and saved whole. Only core/adapter_peft.c includes it. */
#ifndef TARE_CORE_PEFT_NAMES_H
#define TARE_CORE_PEFT_NAMES_H

#include "core/adapter_internal.h"

/* Both factors of one target. */
struct factors {
    const char *stem;  /* the target without its variable */
    const char *named; /* which of several adapters ("default"), "" for the only one */
    bool embedding;
    uint32_t a, b; /* PAIR_NONE: not there */
};

struct peft_names {
    GPtrArray *factors; /* struct factors, in the file's order */
    GArray *wholes;     /* uint32_t, tensors saved whole */
    GHashTable *by_stem;
    GStringChunk *strings;
};

void peft_names_init(struct peft_names *p);
void peft_names_finish(struct peft_names *p);
/* False and one line: a name that is none of PEFT's, or one factor too many. */
gboolean peft_names_read(struct peft_names *p, const struct adapting *in, GError **error);

/* A tensor's name without PEFT's wrapper. */
const char *peft_bare_name(const char *name);
/* A configuration's alpha for that target, 0: it says none. config may be NULL. */
double peft_alpha_of(const struct adapter_config *config, const char *stem);

#endif
