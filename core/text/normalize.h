/* Text made uniform before it is split: the steps of a normalizer, a row each.
 *
 * A step reads a piece and appends what becomes of it to a run, each byte with the part of the text
 * that it comes from. Linear, but for runs of combining marks, which are sorted. Any thread. */
#ifndef TARE_CORE_TEXT_NORMALIZE_H
#define TARE_CORE_TEXT_NORMALIZE_H

#include "core/text/text_run.h"

struct normal_step;

struct normal_kind {
    const char *name; /* as tokenizer.json's normalizer.type says; BertNormalizer is four of them */
    void (*apply)(const struct normal_step *step, const struct text_piece *p, struct text_run *out);
};

struct normal_step {
    const struct normal_kind *kind;
    char *from, *to;  /* replace: what by what; prepend: to */
    bool left, right; /* strip */
};

void normal_step_clear(void *step);

/* No control characters, every space a plain one. */
extern const struct normal_kind normal_clean;
/* A space on both sides of an ideograph. */
extern const struct normal_kind normal_space_cjk;
/* Canonically decomposed, without nonspacing marks. */
extern const struct normal_kind normal_bert_accents;
extern const struct normal_kind normal_lowercase;
/* Without marks of any kind, not decomposed. */
extern const struct normal_kind normal_strip_accents;
extern const struct normal_kind normal_strip, normal_prepend, normal_replace;
/* Normalization forms of Unicode Standard Annex 15, of the Unicode version that GLib has. */
extern const struct normal_kind normal_nfc, normal_nfd, normal_nfkc, normal_nfkd;

#endif
