/* Tiny models and examples to train: those of tests/oracle/training.py. For tests only. */
#ifndef TARE_TESTS_TRAINED_H
#define TARE_TESTS_TRAINED_H

#include "core/train/training.h"
#include "tests/support/net_oracle.h"

/* A model of the oracle as a checkpoint in memory: "gpt2"; "llama", "sgd" and "lora" are Llamas. */
struct checkpoint *trained_base(const struct net_oracle *o, const char *name);
/* Six train examples with ready ids, and as many held-out ones of two categories. */
struct examples *trained_examples(const struct net_oracle *o);
/* What the script trains that model with. */
void trained_options(const char *name, struct training_options *o);
struct training *trained_create(const struct checkpoint *base, const struct examples *e,
                                const struct training_options *o);
void trained_steps(struct training *t, unsigned n);
/* SHA-256 of everything in the state that is an array; the caller's. */
char *trained_hash(const struct training *t);

#endif
