/* Models of known shapes with random weights, for benchmarks of the pass. */
#ifndef TARE_BENCH_MADE_MODEL_H
#define TARE_BENCH_MADE_MODEL_H

#include "core/net/net.h"

extern const struct net_spec made_gpt2;    /* GPT-2, 124M */
extern const struct net_spec made_smollm2; /* SmolLM2, 135M */

/* Matrices of that type (f32, bf16); with the spec's norms by layer biases too. Never freed. */
struct net_weights made_model(const struct net_spec *s, enum dtype dtype);
/* Values within 0.035 of one; the caller's. */
float *made_floats(uint32_t n, float about);
/* So many sequences of a length; never freed. */
struct net_batch made_texts(const struct net_spec *s, uint32_t sequences, uint32_t length);
/* Multiplications and additions of a forward pass's products over them, logits of every token
 * included, attention without what the mask hides. */
double made_flops(const struct net_spec *s, uint32_t sequences, uint32_t length);

#endif
