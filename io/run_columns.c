/* Which fields of a timeline are which datasets of a run's file: one table for both ways. */
#include "io/run_internal.h"

const struct run_column run_step_columns[] = {
    {"step", offsetof(struct step_record, step), DTYPE_U64},
    {"learning_rate", offsetof(struct step_record, learning_rate), DTYPE_F64},
    {"weight_decay", offsetof(struct step_record, weight_decay), DTYPE_F64},
    {"loss", offsetof(struct step_record, loss), DTYPE_F64},
    {"smoothed", offsetof(struct step_record, smoothed), DTYPE_F64},
    {"gradient_norm", offsetof(struct step_record, gradient_norm), DTYPE_F64},
    {"clip", offsetof(struct step_record, clip), DTYPE_F64},
    {"tokens_per_second", offsetof(struct step_record, tokens_per_second), DTYPE_F64},
    {"staleness", offsetof(struct step_record, staleness), DTYPE_F64},
    {"staleness_tensor", offsetof(struct step_record, staleness_tensor), DTYPE_U32},
    {"tokens", offsetof(struct step_record, tokens), DTYPE_U32},
    {"targets", offsetof(struct step_record, targets), DTYPE_U32},
    {"nonfinite", offsetof(struct step_record, nonfinite), DTYPE_U32},
    {NULL, 0, DTYPE_F64}};

const struct run_column run_look_columns[] = {
    {"step", offsetof(struct look_record, step), DTYPE_U64},
    {"train", offsetof(struct look_record, train), DTYPE_F64},
    {"held_out", offsetof(struct look_record, held_out), DTYPE_F64},
    {"general", offsetof(struct look_record, general), DTYPE_F64},
    {"general_low", offsetof(struct look_record, general_low), DTYPE_F64},
    {"general_high", offsetof(struct look_record, general_high), DTYPE_F64},
    {"gap_did", offsetof(struct look_record, gap_did), DTYPE_F64},
    {"gap_did_low", offsetof(struct look_record, gap_did_low), DTYPE_F64},
    {"gap_did_high", offsetof(struct look_record, gap_did_high), DTYPE_F64},
    {"dead", offsetof(struct look_record, dead), DTYPE_U32},
    {NULL, 0, DTYPE_F64}};

const struct run_table run_tables[] = {
    {"update", offsetof(struct timeline, update), true, RUN_BLOCKS_AND_REST},
    {"relative", offsetof(struct timeline, relative), false, RUN_BLOCKS_AND_REST},
    {"norm", offsetof(struct timeline, norm), false, RUN_BLOCKS_AND_REST},
    {"block_dead", offsetof(struct timeline, block_dead), false, RUN_BLOCKS},
    {"entropy", offsetof(struct timeline, entropy), false, RUN_BLOCKS},
    {"losses", offsetof(struct timeline, losses), false, RUN_CATEGORIES},
    {NULL, 0, false, RUN_BLOCKS}};

uint32_t run_table_width(const struct run_table *t, const struct timeline *timeline)
{
    switch (t->width) {
    case RUN_BLOCKS:
        return timeline->n_blocks;
    case RUN_BLOCKS_AND_REST:
        return timeline->n_blocks + 1;
    default:
        return timeline->n_categories;
    }
}
