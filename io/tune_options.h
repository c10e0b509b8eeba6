/* The command line of a fine-tune. */
#ifndef TARE_IO_TUNE_OPTIONS_H
#define TARE_IO_TUNE_OPTIONS_H

#include "core/train/training.h"

struct tune_options {
    char *base; /* borrowed from rest, or of the run that is resumed */
    char *examples, *train, *uncovered, *tokenizer, *output;
    char *adapter;      /* the file of the factors alone; NULL: none */
    char *run, *resume; /* the run's file to write, the one to go on from; NULL: none */
    char *resumed_base;
    uint16_t heads, kv_heads; /* where the file doesn't say; 0: not told either */
    gboolean force, interactive;
    gboolean ascii, mouse, light; /* of the viewer */
    gint64 save_every; /* steps; 0: at the end alone */
    struct training_options training;
    /* What `training` borrows. */
    char **lr_scale, **freeze, *lora;
    struct tensor_factor *factors;
    char **rest;
};

/* argv is used up. False: TARE_ERROR_USAGE. o must be zeroed; to be finished either way. */
gboolean tune_options_parse(int argc, char **argv, struct tune_options *o, GError **error);
void tune_options_finish(struct tune_options *o);

#endif
