/* What the app's own files share; nobody else includes it. UI thread. */
#ifndef TARE_TUI_APP_STATE_H
#define TARE_TUI_APP_STATE_H

#include "tui/app.h"
#include "tui/app_load.h"
#include "tui/app_prompt.h"
#include "tui/list.h"

struct app {
    const struct app_options *options;
    struct term *term;
    struct canvas *canvas; /* of the terminal's size */
    struct model model;
    struct thresholds limits; /* as set last; what is opened next is compared with them */
    struct word_list *words; /* of ":words", or NULL */
    char *examples, *tokenizer; /* files the models are run on, and how; NULL: none, as it lies */
    char **recordings; /* in place of examples; NULL: none */
    bool tie;                 /* copies count once, as said last */
    enum tie_state tie_seen;  /* TIE_DONE: what came of it is said */
    struct pair_map *map;         /* pairs that were decided; NULL: none */
    struct pair_map *map_before;  /* until what the last one makes is there; NULL: it is */
    bool by_content;              /* sure proposals are still to be applied */
    char *base_path, *tuned_path; /* what the model points to */
    GError *failure;              /* why there is nothing to look at, or NULL */

    guint n_views;
    struct view **views; /* [n_views], as in view_table; NULL: never opened */
    char **filters;      /* [n_views], text of the filter that is on; NULL: none */
    guint *stack;        /* [n_stack] indices of views, the top one last; never empty */
    guint n_stack;

    bool watching;                /* options->watch tells what is looked at */
    struct watch_status watched;  /* as it told last */
    struct timeline *timeline;    /* of what is watched; NULL: none yet */
    struct trainer *trainer;      /* of a run that goes on here; NULL: none */
    struct kept *live, *next_live; /* what the tuned side is, what it is to be; NULL: a file */
    const struct kept *refused;   /* could not be looked at; not referenced */
    const struct kept *studied;   /* models were run on its examples; not referenced */
    uint64_t run_shown;           /* the step to be looked at; UINT64_MAX: the newest */
    gint64 followed;              /* when the newest was last asked for */
    struct saving *saving;        /* NULL: none under way */
    struct loading *loading;      /* NULL: none under way */
    char *next_base, *next_tuned; /* what is loading */
    gint64 load_started;
    struct prompt prompt;
    struct list menu;
    bool menu_open;
    char *message;      /* until the next key; NULL: none */
    bool leave_on_next; /* ^C was pressed with nothing to cancel */
    bool leave_anyway;  /* it was said what leaving gives up */

    bool leave;
    bool changed;          /* something to draw that no key asked for */
    bool overdue;          /* the files are there, or the scan has ended: drawn at once */
    gint64 check_took; /* us */
    gint64 drawn, checked; /* when, by the monotonic clock */
    guint64 checked_version;
    bool behaves_anew; /* what the models do with examples is known better than at the last check */
};

/* Rows of the frame around the view. */
#define FRAME_ABOVE 2
#define FRAME_BELOW 2
#define FRAME_MIN_ROWS 10
#define FRAME_MIN_COLS 40

const struct view_ops *app_top(const struct app *app);
/* The opened view on top, laid out; NULL while there is nothing to look at. Help can always be looked
 * at. */
struct view *app_view(struct app *app);
void app_lay_out(struct view *v, int rows, int cols);
/* Goes down to the view if it is on the stack, else puts it on top. */
void app_go(struct app *app, guint view);
void app_go_to(struct app *app, const struct view_ops *ops);
void app_back(struct app *app);
/* All views are closed, the stack stays: before what they look at goes away. */
void app_close_views(struct app *app);
/* The views that are open, [n_views], closed but for what they remember; and open again on another
 * comparison of the same tensors. Frees them. */
struct view **app_put_views_aside(struct app *app);
void app_carry_views(struct app *app, struct view **aside);

/* The error on the status line, made safe to show; frees it. */
void app_say_error(struct app *app, GError *error);
/* Rules look again, now. */
void app_check(struct app *app);
/* app.c. Says, once, how many copies were merged, when that is known. */
void app_say_tied(struct app *app);
/* Takes it over; what is looked at stays where the tensors are the same. */
void app_show_comparison(struct app *app, struct comparison *c);
/* Takes it over. */
void app_show_failure(struct app *app, GError *failure);
/* The files, or what is watched, are read again with the options as they are now. */
void app_open_again(struct app *app);
/* Refused while files are loading. What is there stays until the new is. */
void app_open_files(struct app *app, const char *base, const char *tuned);
/* app_pair.c. After a comparison was made with the map, or could not be: then the map is as it was. */
void app_pair_settled(struct app *app, bool opened);
/* --pair content: once, when the scan has ended. */
void app_pair_by_content(struct app *app);
void app_pair_command(struct app *app, const char *base, const char *tuned, const char *how);
/* app_action.c */
void app_key(struct app *app, gunichar key, int mouse_row, int mouse_col);
void app_filter(struct app *app, const char *text);
/* app_command.c */
void app_command(struct app *app, const char *line);
/* app_write.c. False if the file is there already and `overwrite` is false. */
bool app_write(struct app *app, const char *path, bool overwrite);
/* Asks before it overwrites. */
void app_write_asking(struct app *app, const char *path);
/* Whether a file may be written: MAY_NOT (one that is looked at, no regular file), MAY_IF_ASKED (it
 * is there already). What forbids it is said. */
enum permission { MAY_WRITE, MAY_IF_ASKED, MAY_NOT };
enum permission app_may_write(struct app *app, const char *path, bool overwrite);
/* app_save.c. The mixture of the what-if view as a checkpoint, in the background; returns as
 * app_write. */
bool app_save(struct app *app, const char *path, bool overwrite);
void app_save_asking(struct app *app, const char *path);
int app_save_fd(const struct app *app);
/* What has ended is said. */
void app_save_drain(struct app *app);
/* "saving x.h5: 43 %"; owned by the caller. */
char *app_save_text(const struct app *app);
/* Stops it; app_save_end waits for that too. */
void app_save_cancel(struct app *app);
void app_save_end(struct app *app);
/* Says so if files are loading, or being saved from: then others can't be opened. */
bool app_is_held(struct app *app);
/* app_watch.c. In place of opening files. */
void app_watch_begin(struct app *app);
int app_watch_fd(const struct app *app);
/* What is new is shown. */
void app_watch_drain(struct app *app);
/* False: nothing is watched. */
bool app_watch_again(struct app *app);
/* What comes is no longer looked at. */
void app_watch_end(struct app *app);
/* Milliseconds until its age is another, -1: nothing is watched. */
int app_watch_patience(const struct app *app, gint64 now);
/* "live  model.h5 read 12 s ago ..."; owned by the caller. */
char *app_watch_text(const struct app *app);
/* app_run.c. */
void app_run_begin(struct app *app, const struct trainer_input *input);
/* After what is looked at is gone. */
void app_run_end(struct app *app);
int app_run_fd(const struct app *app);
void app_run_drain(struct app *app);
/* A comparison was made: it is of what was asked for, and has the run's timeline. */
void app_run_share(struct app *app);
/* It goes on by itself. */
bool app_run_moves(const struct app *app);
/* Sees to it that the step that is to be looked at is. */
void app_run_follow(struct app *app, gint64 now);
/* ":set lr X", ":set weight_decay X"; false: another name. */
bool app_run_set(struct app *app, const char *name, const char *value);
/* False: it is there already, and is not to be replaced unasked. */
bool app_run_save(struct app *app, const char *path, bool whole_run, bool overwrite);
void app_run_tune(struct app *app, int n, char *const *words);
/* While a run goes on, models are run on examples for those alone who look at that, in its pauses. */
bool app_run_lets_study(const struct app *app);
bool app_run_unsaved(const struct app *app);
/* app_study.c. Both models on examples: begins where a comparison is there and a file was named,
 * ends before the comparison goes or its heads change. */
void app_study_begin(struct app *app);
void app_study_end(struct app *app);
/* Other examples from now on; tokenizer NULL: as before. */
void app_study_of(struct app *app, const char *path, const char *tokenizer);
/* Recordings in place of examples; tuned NULL: of one model. */
void app_study_recorded(struct app *app, const char *base, const char *tuned);
/* What is new is handed over. */
void app_study_drain(struct app *app);
/* app_frame.c */
void app_draw(struct app *app);

#endif
