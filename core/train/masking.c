#include "core/train/masking.h"

#include <string.h>

#include "core/random.h"

#define SHARE 0.15
#define MASKED 0.8
#define REPLACED 0.9

void masking_init(struct masking *m, const struct tokenizer *t, uint32_t vocabulary)
{
    *m = (struct masking){.mask = TOKEN_NONE, .vocabulary = vocabulary};
    if (!t)
        return;
    for (int role = 0; role < TOKEN_ROLES; role++)
        m->special[role] = tokenizer_special(t, (enum token_role)role);
    if (m->special[TOKEN_MASK] < vocabulary)
        m->mask = m->special[TOKEN_MASK];
    m->special[TOKEN_UNK] = TOKEN_NONE; /* a word all the same */
}

static bool is_special(const struct masking *m, uint32_t id)
{
    for (int role = 0; role < TOKEN_ROLES; role++)
        if (id == m->special[role])
            return true;
    return false;
}

static uint32_t hidden_as(const struct masking *m, uint32_t id, bool plainly, uint64_t *random)
{
    double how = random_unit(random);

    if (plainly || how < MASKED)
        return m->mask;
    return how < REPLACED ? random_below(random, m->vocabulary) : id;
}

static void hide(const struct masking *m, uint32_t i, bool plainly, uint64_t *random,
                 uint32_t *hidden, uint32_t *targets)
{
    targets[i] = hidden[i];
    hidden[i] = hidden_as(m, hidden[i], plainly, random);
}

uint32_t masking_apply(const struct masking *m, const uint32_t *ids, uint32_t n, uint32_t first,
                       bool plainly, uint64_t random, uint32_t *hidden, uint32_t *targets)
{
    uint32_t chosen = 0, candidates = 0, only = 0;

    memcpy(hidden, ids, n * sizeof *hidden);
    memset(targets, 0xff, n * sizeof *targets);
    for (uint32_t i = first; i < n; i++) {
        if (is_special(m, ids[i]))
            continue;
        candidates++;
        if (random_below(&random, candidates) == 0) /* any of them alike */
            only = i;
        if (random_unit(&random) >= SHARE)
            continue;
        hide(m, i, plainly, &random, hidden, targets);
        chosen++;
    }
    if (chosen > 0 || candidates == 0)
        return chosen;
    hide(m, only, plainly, &random, hidden, targets);
    return 1;
}
