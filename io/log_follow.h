/* A log file as it grows: what was added since the last look, whole lines only; from the start
 * where it was replaced or cut. */
#ifndef TARE_IO_LOG_FOLLOW_H
#define TARE_IO_LOG_FOLLOW_H

#include "core/train/metric_log.h"

struct log_follow;

/* Nothing is opened yet. */
struct log_follow *log_follow_create(const char *path);
void log_follow_destroy(struct log_follow *f); /* NULL is fine */

/* Takes in what is new, a limited amount at a time; true: there is more. A file that is not there,
 * or can't be read, is none for now. */
bool log_follow_read(struct log_follow *f, struct metric_log *out);

/* The file of the folder that has numbers by step and was written last, owned by the caller; NULL:
 * there is none. beside: a checkpoint, in whose folder a trainer_state.json may lie; NULL: none. */
char *log_find(const char *folder, const char *beside);

#endif
