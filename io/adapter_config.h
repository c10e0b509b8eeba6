/* adapter_config.json, as PEFT writes it beside an adapter's weights. */
#ifndef TARE_IO_ADAPTER_CONFIG_H
#define TARE_IO_ADAPTER_CONFIG_H

#include "core/adapter.h"

/* NULL where text is NULL. What is no JSON or of another method than LoRA is in `refused`: it must
 * not be taken for a plain adapter. Owned by the caller. */
struct adapter_config *adapter_config_parse(const char *text);
void adapter_config_destroy(struct adapter_config *c);

#endif
