/*
 * load: config_load with the places as arguments, so that tests can bring their own.
 */
#ifndef CONFIG_LOAD_H
#define CONFIG_LOAD_H

#include "config/config.h"

/* `system_folder` stands for /etc/ttsq. */
bool load_config(const char *system_folder, struct config **out, struct err *e) MUST_CHECK;

#endif
