#include "tests/support/net_ready.h"

#include <check.h>
#include <string.h>
#include "io/format.h"

void ready_init(struct ready *r, struct checkpoint *c)
{
    GError *error = NULL;

    r->c = c;
    ck_assert_msg(net_weights_load(&r->w, c, NULL, &error), "%s", error ? error->message : "");
    r->net = net_create(&r->w, 2, &error);
    ck_assert_msg(r->net != NULL, "%s", error ? error->message : "");
}

void ready_finish(struct ready *r)
{
    net_destroy(r->net);
    net_weights_finish(&r->w);
    checkpoint_destroy(r->c);
}

void ready_open(struct ready *r, const char *path)
{
    GError *error = NULL;
    struct source *s = format_open(path, NULL, &error);

    ck_assert_msg(s != NULL, "%s", error ? error->message : "");
    ready_init(r, checkpoint_create(s));
}

static void keep(void *data, const struct net_seen *seen)
{
    struct ready_rows *r = data;

    r->columns = seen->columns;
    memcpy(r->values + (size_t)seen->first * seen->columns, seen->values,
           (size_t)seen->rows * seen->columns * sizeof(float));
}

/* Logits, or the last hidden state of a model without a head; freed by the caller. */
struct ready_rows ready_run(struct ready *r, const uint32_t *ids, uint32_t n)
{
    bool head = r->w.head.values != NULL;
    struct net_sequence sequence = {ids, n, head ? 0 : n};
    struct net_batch batch = {.sequences = &sequence, .n = 1};
    uint32_t most = MAX(r->w.spec.vocabulary, r->w.spec.hidden);
    struct ready_rows out = {g_new0(float, (size_t)n *most), 0};
    struct net_probe probe = {head ? 1u << NET_LOGITS : 1u << NET_FINAL, keep, &out};
    GError *error = NULL;

    ck_assert_msg(net_forward(r->net, &batch, &probe, NULL, &error), "%s",
                  error ? error->message : "");
    return out;
}
