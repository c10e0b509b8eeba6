/* What views ask of a run. */
#include "tui/app_state.h"

void app_run_ask(struct app *app, enum run_ask what, uint64_t n)
{
    (void)what;
    (void)n;
    app_say(app, "no run goes on here");
}
