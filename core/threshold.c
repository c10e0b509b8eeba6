#include "core/threshold.h"

#include <math.h>
#include <string.h>
#include "core/error.h"

const struct threshold_info threshold_table[] = {
    [THRESHOLD_DEPTH_BAND] = {"depth.band", 0.25, 0.1, 0.5,
                              "share of the blocks at each end that is called early, and late",
                              "a convention: quarters"},
    [THRESHOLD_DEPTH_CONTRAST] = {"depth.contrast", 2, 1, 1000,
                                  "late over early change from which the profile leans one way",
                                  "a default: a factor of two either way"},
    [THRESHOLD_DEPTH_HEAVY] = {"depth.heavy", 0.05, 0, 10,
                               "mean relative change of the early blocks that is called heavy",
                               "a default: instruction tunings of 7B models move by 1.5 to 5 %"},
    [THRESHOLD_DEPTH_MIDDLE] = {"depth.middle", 1.5, 1, 1000,
                                "middle change over that of both ends, to be called middle-heavy",
                                "a default: no threshold is agreed on"},
    [THRESHOLD_DEPTH_EARLY_MOVED] = {"depth.early_moved", 0.01, 0, 10,
                                     "mean relative change of the early blocks worth a remark",
                                     "a default: no threshold is agreed on"},
    [THRESHOLD_MISMATCH_RELATIVE] = {"mismatch.relative", 0.5, 0, 10,
                                     "relative change of the model beyond that of a fine-tune",
                                     "independently trained models show about sqrt(2)"},
    [THRESHOLD_MISMATCH_COSINE] = {"mismatch.cosine", 0.9, -1, 1,
                                   "cosine of base and tuned below that of a fine-tune",
                                   "independently trained models show about 0"},
    [THRESHOLD_NORM_GROWTH] = {"norm_growth", 1.05, 1, 1000,
                               "tuned norm of a block over its base norm",
                               "a default: no threshold is agreed on"},
    [THRESHOLD_LARGE_WEIGHT_RMS] = {"large_weight.rms", 100, 1, 1e9,
                                    "largest weight of a matrix over its root mean square",
                                    "a default: a normal distribution stays below 7, trained "
                                    "transformers hold outliers of tens"},
    [THRESHOLD_LARGE_WEIGHT_GROWTH] = {"large_weight.growth", 2, 1, 1e9,
                                       "largest weight of the tuned side over that of the base",
                                       "a default: no threshold is agreed on"},
    [THRESHOLD_ROW_OUTLIER] = {"row_outlier", 6, 1, 1e9,
                               "norm of a row or column over the median of its kind",
                               "a default; outlier dimensions: Kovaleva et al. 2021, Dettmers et "
                               "al. 2022"},
    [THRESHOLD_HEAD_OUTLIER] = {"head_outlier", 3.5, 0, 1e9,
                                "modified z score of a head's relative change within its model",
                                "Iglewicz and Hoaglin 1993: 0.6745 (x - median) / MAD above 3.5"},
    [THRESHOLD_HEAD_SPREAD] = {"head_outlier.ratio", 1.5, 1, 1e9,
                               "a head's relative change over the median head's, at least, too",
                               "a default: among near-equal heads tiny differences have high "
                               "scores"},
    [THRESHOLD_DECAYED_RESIDUAL] = {"decayed.residual", 4, 1, 1e9,
                                    "what W1 = c W0 leaves over, in units of the storage floor",
                                    "rounding once leaves 1; a default"},
    [THRESHOLD_DECAYED_SHARE] = {"decayed.share", 0.1, 0, 1,
                                 "what W1 = c W0 leaves over, as a share of the change",
                                 "a default: learning turns weights, decay shrinks them"},
    [THRESHOLD_DEAD_NORM] = {"dead.norm", 1e-6, 0, 1,
                             "norm of a neuron's weights over the median neuron's, dead below it",
                             "a default: what training leaves alive is orders above"},
    [THRESHOLD_DEAD_SHARE] = {"dead.share", 0.01, 0, 1,
                              "share of a layer's neurons that are dead on the tuned side",
                              "a default: a few dead neurons are usual after ReLU"},
    [THRESHOLD_UNTOUCHED_SHARE] = {"untouched.share", 0.01, 0, 1,
                                   "share of the embedding's rows that no update touched",
                                   "a default: rows of reserved tokens are always untouched"},
    [THRESHOLD_LOW_RANK_ENERGY] = {"low_rank.energy", 0.99, 0.5, 1,
                                   "share of a delta's energy that its first directions hold",
                                   "a default: no threshold is agreed on"},
    [THRESHOLD_LOW_RANK_SHARE] = {"low_rank.share", 0.125, 0, 1,
                                  "share of all directions that those are at most, to call it low",
                                  "a default: no threshold is agreed on"},
    [THRESHOLD_GAP_MARGIN] = {"gap.margin", 0.1, 0, 100,
                              "nats a token that uncovered categories may be behind covered ones, "
                              "to call the gap closed",
                              "a default: what matters is the user's to say"},
    [THRESHOLD_GENERAL_HARMLESS] = {"general.harmless", 0.02, -10, 10,
                                    "upper end of the loss change on general text, nats a token",
                                    "a default: no threshold is agreed on"},
    [THRESHOLD_GENERAL_HARM] = {"general.harm", 0.05, -10, 10,
                                "lower end of the loss change on general text, nats a token",
                                "a default: no threshold is agreed on"},
    [THRESHOLD_SINK_FIRST] = {"sink.first", 0.6, 0, 1,
                              "a head's mean attention on the first token, tuned",
                              "a default: a head that is called a sink has 0.3 (Gu et al. 2025)"},
    [THRESHOLD_SINK_RISE] = {"sink.rise", 0.3, 0, 1, "how much of that is new",
                             "a default: no threshold is agreed on"},
    [THRESHOLD_SILENT_SHARE] = {"silent.share", 0.01, 0, 1,
                                "share of a layer's units that fell silent",
                                "a default: no threshold is agreed on"},
    [THRESHOLD_SILENT_TOKENS] = {"silent.tokens", 100, 1, 1e12,
                                 "tokens on which a unit must be silent to be called so, at least",
                                 "a default: rare features fire on one token of thousands"},
    [THRESHOLD_SHIFT_EFFECT] = {"category_shift.effect", 0.8, 0, 1e9,
                                "a category's change against the others', in sd of the base",
                                "Cohen 1988: 0.8 is large"},
    [THRESHOLD_SHIFT_RATE] = {"category_shift.q", 0.01, 0, 1,
                              "false discovery rate at which such a change counts",
                              "a convention: Benjamini and Hochberg 1995"},
    [THRESHOLD_RUN_SPIKE] = {"run.spike", 6, 0, 1e9,
                             "robust z score of a step's loss, or log gradient norm, among those "
                             "of the 64 steps before it",
                             "llm.c suggests 3 to skip a step; a default that leaves noise alone"},
    [THRESHOLD_RUN_GRADIENT] = {"run.gradient", 10, 1, 1e9,
                                "gradient norm of a step over the median of the 64 before it",
                                "a default: no threshold is agreed on"},
    [THRESHOLD_RUN_UPDATE_LOW] = {"run.update_low", 1e-6, 0, 1,
                                  "change of a block in a step over its norm, too small below it",
                                  "a default: three decades below the folk rule of 1e-3"},
    [THRESHOLD_RUN_UPDATE_HIGH] = {"run.update_high", 1e-2, 0, 1e9,
                                   "change of a block in a step over its norm, too large above it",
                                   "a default: a decade above the folk rule of 1e-3"},
    [THRESHOLD_RUN_UPDATE_JUMP] = {"run.update_jump", 10, 1, 1e9,
                                   "that change over its median of the 64 steps before",
                                   "a default: no threshold is agreed on"},
    [THRESHOLD_RUN_STALENESS] = {"run.staleness", 2.3, 0, 1e9,
                                 "rms of a tensor's gradient over what AdamW's second moment "
                                 "expects",
                                 "Wortsman et al. 2023: 2.3 and more precede loss spikes"},
    [THRESHOLD_RUN_OVERFIT] = {"run.overfit", 0.05, 0, 100,
                               "nats a token that held-out loss is above its least so far",
                               "a default: no threshold is agreed on"},
    [THRESHOLD_RUN_PATIENCE] = {"run.patience", 3, 1, 1000,
                                "looks in a row for which that must hold",
                                "a default: one look is noise"},
    [THRESHOLD_RUN_STILL] = {"run.still", 16, 1, 1e6,
                             "steps in a row that left a block untouched while others moved",
                             "a default: no threshold is agreed on"},
    [THRESHOLD_RUN_NEWLY_DEAD] = {"run.newly_dead", 8, 1, 1e9,
                                  "MLP units of a block that nothing wakes any more",
                                  "a default: the looks' examples wake not every unit"},
    [THRESHOLD_RUN_ENTROPY_FALL] = {"run.entropy_fall", 0.5, 0, 1,
                                    "share of its attention entropy that a block lost",
                                    "a default: no threshold is agreed on"},
};

void thresholds_init(struct thresholds *t)
{
    for (int i = 0; i < THRESHOLD_COUNT; i++)
        t->value[i] = threshold_table[i].value;
}

static const struct threshold_info *find(const char *name, size_t n)
{
    for (int i = 0; i < THRESHOLD_COUNT; i++)
        if (strncmp(threshold_table[i].name, name, n) == 0 && !threshold_table[i].name[n])
            return &threshold_table[i];
    return NULL;
}

gboolean thresholds_set(struct thresholds *t, const char *assignment, GError **error)
{
    size_t n = strcspn(assignment, "=");
    const struct threshold_info *info = find(assignment, n);
    char *end;
    double value;

    if (!info || !assignment[n]) {
        g_set_error(error, TARE_ERROR, TARE_ERROR_USAGE,
                    "%s: no such threshold; write NAME=VALUE, the names are in tare check --list",
                    assignment);
        return FALSE;
    }
    value = g_ascii_strtod(assignment + n + 1, &end);
    if (end == assignment + n + 1 || *end || !(value >= info->low && value <= info->high)) {
        g_set_error(error, TARE_ERROR, TARE_ERROR_USAGE, "%s: %s is a number from %g to %g",
                    assignment, info->name, info->low, info->high);
        return FALSE;
    }
    t->value[info - threshold_table] = value;
    return TRUE;
}

guint thresholds_changed(const struct thresholds *t)
{
    guint n = 0;

    for (int i = 0; i < THRESHOLD_COUNT; i++)
        n += t->value[i] != threshold_table[i].value;
    return n;
}
