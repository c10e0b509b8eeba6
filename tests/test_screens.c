/* Golden screens: scenes on real files, at four sizes, in UTF-8 with 256 colours, without colours,
 * and in 7 bits. TARE_GOLDEN=write writes tests/screens anew; look at the difference before
 * keeping. TARE_SCENE=tensor: only scenes whose names begin so. */
#include "tests/support/golden.h"
#include "tests/support/tare.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

struct scene {
    const char *name;
    const char *files[2]; /* fixtures; second NULL: one file */
    const char *keys;     /* typed once `ready` is on the screen */
    const char *ready, *wanted;
    int code; /* exit status */
    const char *then, *last; /* typed once `wanted` is there, and what comes of it; NULL: nothing */
    const char *leave;       /* what leaves; NULL: Q */
};

#define GPT2                                                                                       \
    {                                                                                              \
        "hf_tf/gpt2_base/tf_model.h5", "hf_tf/gpt2_tuned/tf_model.h5"                              \
    }
#define LLAMA                                                                                      \
    {                                                                                              \
        "torch/llama_base_flat.h5", "torch/llama_tuned_flat.h5"                                    \
    }

/* Run on examples. */
#define EXAMPLES ":examples examples/gpt2.jsonl\r"

#define CNN                                                                                        \
    {                                                                                              \
        "keras2/k2_cnn_model_base.h5", "keras2/k2_cnn_model_tuned.h5"                              \
    }
#define RECORDINGS ":recording recordings/cnn_base.h5 recordings/cnn_tuned.h5\r"

#define TOKENS                                                                                     \
    {                                                                                              \
        "vocabulary/base.h5", "vocabulary/tuned.h5"                                                \
    }

static const struct scene scenes[] = {
    {"overview-gpt2", GPT2, "", "paired", "paired", 0},
    {"overview-cnn",
     {"keras2/k2_cnn_model_base.h5", "keras2/k2_cnn_model_tuned.h5"},
     "",
     "paired",
     "paired",
     0},
    {"overview-llama", LLAMA, "", "paired", "paired", 0},
    {"tensor", LLAMA, ":view tensor\r", "paired", "paired", 0},
    {"layer", GPT2, "jj\r", "40/40 tensors", "heads moved", 0},
    {"heads-unknown",
     {"torch/llama_base_nested.h5", "torch/llama_tuned_nested.h5"},
     ":view heads\r",
     "111/111 tensors",
     "number of heads is not",
     0},
    {"heads-set",
     {"torch/llama_base_nested.h5", "torch/llama_tuned_nested.h5"},
     ":view heads\r:set heads 4:2\r",
     "111/111 tensors",
     "12x4 heads",
     0},
    {"spectrum", GPT2, ":view spectrum\r", "paired", "directions hold", 0},
    {"heads", LLAMA, ":view heads\rljj", "paired", "L2.h1", 0},
    {"gates",
     {"keras3/k3_zoo_base.weights.h5", "keras3/k3_zoo_tuned.weights.h5"},
     "/lstm_cell.rec\r:view tensor\r",
     "202/202 tensors",
     "forget",
     0},
    {"heads-cross",
     {"transformers/t5_base/model.h5", "transformers/t5_tuned/model.h5"},
     ":view heads\rjjj",
     "60/60 tensors",
     "L2.cross.h0",
     0},
    {"heads-layer",
     {"keras3/k3_zoo_base.weights.h5", "keras3/k3_zoo_tuned.weights.h5"},
     ":view heads\rl",
     "paired",
     "self_attention.h1",
     0},
    {"pairs",
     {"torch/llama_base_flat.h5", "torch/gpt2_base_flat.h5"},
     ":view pairs\r",
     "paired",
     "paired",
     0},
    {"adapter",
     {"torch/llama_base_flat.h5", "torch/llama_peft_lora.h5"},
     "jjjjjjjj",
     "adapter rank 4, 24 adapted",
     "111/111",
     0},
    {"tie", {"torch/gpt2_tied_copy.h5"}, ":tie\r", "41 tensors", "1 copy merged", 0},
    {"pairs-frameworks",
     {"torch/gpt2_base_flat.h5", "hf_tf/gpt2_tuned/tf_model.h5"},
     ":view pairs\r",
     "paired",
     "rule, ",
     0},
    {"pairs-content",
     {"renamed/base.h5", "renamed/tuned.h5"},
     ":view pairs\r",
     "paired",
     "proposals",
     0},
    {"jobs", GPT2, ":view jobs\r", "paired", "paired", 0},
    {"diagnosis",
     {"plain/values.h5", "plain/values_tuned.h5"},
     ":view diagnosis\r",
     "4 findings",
     "checks 35/35",
     0},
    {"diagnosis-depth", LLAMA, ":view diagnosis\r", "finding", "checks 35/35", 0},
    {"diagnosis-none",
     {"hf_tf/gpt2_base/tf_model.h5"},
     ":view diagnosis\r",
     "40 tensors",
     "checks run 35/35",
     0},
    {"neurons", TOKENS, ":view neurons\r", "21/21 tensors", "5 Neurons", 0},
    {"vocabulary", TOKENS, ":view vocabulary\r", "21/21 tensors", "serum", 0},
    {"vocabulary-words",
     TOKENS,
     ":view vocabulary\r:words vocabulary/words.csv\r\t",
     "21/21 tensors",
     "stroller",
     0},
    {"categories", GPT2, EXAMPLES, "40/40 tensors", "examples: done", 0,
     ":view categories\rll", "L1: mean"},
    {"examples", GPT2, EXAMPLES, "40/40 tensors", "examples: done", 0,
     ":view examples\rj\tl", "change of loss a token, nats"},
    {"examples-streams", GPT2, EXAMPLES, "40/40 tensors", "examples: done", 0,
     ":view examples\rx\tlll", "at L2: shift"},
    {"attention", GPT2, EXAMPLES, "40/40 tensors", "examples: done", 0,
     ":view attention\r}jjjl", "token 3"},
    {"activations", GPT2, EXAMPLES, "40/40 tensors", "examples: done", 0,
     ":view activations\rm}jjl", "at unit"},
    {"activations-delta", GPT2, EXAMPLES, "40/40 tensors", "examples: done", 0,
     ":view activations\rdxL", "tuned - base"},
    {"continuations", GPT2, EXAMPLES, "40/40 tensors", "examples: done", 0,
     ":view continuations\r...\tg", "nats, cut"},
    {"continuations-sampled", GPT2, EXAMPLES, "40/40 tensors", "examples: done", 0,
     ":set length 12\r:set temperature 3\r:set seed 7\r", "tuned 12 tokens"},
    {"heads-flow", GPT2, EXAMPLES, "40/40 tensors", "examples: done", 0,
     ":view heads\rdddd}j", "attention shift"},
    {"units", GPT2, EXAMPLES, "40/40 tensors", "examples: done", 0,
     ":view categories\rlljuj", "answers to"},
    {"units-blocks", GPT2, EXAMPLES, "40/40 tensors", "examples: done", 0,
     ":view units\rmmacj", "all blocks"},
    {"what-if", GPT2, EXAMPLES ":view whatif\r", "40/40 tensors", "examples: done", 0,
     "jjjjjjjb", "all examples"},
    {"training",
     {"hf_tf/gpt2_base/tf_model.h5"},
     ":tune -e examples/gpt2.jsonl --steps 40 --lr 1e-3 --look-every 4\r",
     "40 tensors",
     "PAUSED  step 0/40",
     0,
     ":steps 24\r",
     "> step 24",
     "QQ"},
    {"examples-none", GPT2, ":view examples\r", "40/40 tensors", "No examples yet", 0},
    {"categories-recorded", CNN, RECORDINGS ":view categories\r", "45/45 tensors",
     "chance alone", 0, "jll", "pool: mean"},
    {"categories-one", {"keras2/k2_cnn_model_base.h5"},
     ":recording recordings/mlp_base.h5\r:view categories\r", "41 tensors", "recording: done", 0,
     "j", "one model"},
    {"examples-recorded", CNN, RECORDINGS ":view examples\r", "45/45 tensors",
     "Not of a recording", 0},
    {"help", GPT2, "?", "paired", "view, its keys", 0},
    {"one-file", {"hf_tf/gpt2_base/tf_model.h5"}, "", "40 tensors", "40 tensors", 0},
    {"error-not-hdf5", {"hostile/garbage.h5"}, "", "tries again", "tries again", 3},
    {"error-missing", {"hf_tf/none.h5"}, "", "tries again", "tries again", 3},
};

static const struct {
    int rows, cols;
} sizes[] = {{24, 80}, {30, 100}, {60, 200}, {5, 20}};

static const struct mode {
    const char *name, *env;
    bool bytes, styles;
} modes[] = {
    {"utf8", "LC_ALL=C.UTF-8", false, true},
    {"mono", "NO_COLOR=1", false, true},
    {"ascii", "LC_ALL=C", true, false},
};

#define PER_SCENE ((int)(G_N_ELEMENTS(sizes) * G_N_ELEMENTS(modes)))

/* Sanitizers look at the code behind a scene, which its first size and mode run. */
static int per_scene(void)
{
    return pty_slow() > 1 ? 1 : PER_SCENE;
}

static void look(const struct scene *scene, const struct mode *mode, int rows, int cols)
{
    /* Not one that repeats characters by REP, which libvterm does wrongly after a full line. */
    const char *const env[] = {"TERM=screen-256color", mode->env, NULL};
    struct pty_options with = {.env = env,
                               .cwd = g_getenv("TARE_FIXTURES"),
                               .bytes = mode->bytes,
                               .rows = rows,
                               .cols = cols};
    g_autofree char *folder = g_build_filename(g_getenv("TARE_SOURCE"), "tests", "screens", NULL);
    g_autofree char *name = g_strdup_printf("%s.%dx%d.%s", scene->name, cols, rows, mode->name);
    struct pty *p = tare_start(&with, "--threads", "2", scene->files[0], scene->files[1], NULL);
    bool tiny = rows < 10; /* says only what it needs */

    pty_expect(p, tiny ? "need" : scene->ready);
    pty_type(p, scene->keys);
    pty_expect(p, tiny ? "need" : scene->wanted);
    if (scene->then && !tiny) {
        pty_type(p, scene->then);
        pty_expect(p, scene->last);
    }
    golden_expect(p, folder, name, mode->styles);
    pty_type(p, scene->leave && !tiny ? scene->leave : "Q");
    if (tiny) /* perhaps before a file was found wrong */
        pty_wait_end(p, NULL);
    else
        pty_expect_exit(p, scene->code);
    pty_expect_restored(p);
    pty_destroy(p);
}

START_TEST(a_scene_looks_as_it_did)
{
    const struct scene *scene = &scenes[_i / per_scene()];
    int rest = _i % per_scene(), n = (int)G_N_ELEMENTS(modes);
    const char *only = g_getenv("TARE_SCENE");

    if (!only || g_str_has_prefix(scene->name, only))
        look(scene, &modes[rest % n], sizes[rest / n].rows, sizes[rest / n].cols);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("screens");
    TCase *tests = tcase_create("golden");

    tcase_set_timeout(tests, 0); /* every wait has its own deadline */
    tcase_add_loop_test(tests, a_scene_looks_as_it_did, 0, (int)G_N_ELEMENTS(scenes) * per_scene());
    suite_add_tcase(suite, tests);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
