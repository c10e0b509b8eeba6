#include "core/error.h"

G_DEFINE_QUARK(tare-error-quark, tare_error)
