/* SPDX-License-Identifier: ISC */
/*
 * rules -- what parameters mean for each other: derived defaults, cross checks
 *
 * Runs in:  every process that parses a configuration.
 * Touches:  the configuration that is being read.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    by reading_error(); what compares two values is left out when one
 *           of them was refused, so that no error is reported twice.
 */
#ifndef REELD_CONF_RULES_H
#define REELD_CONF_RULES_H

#include "reading.h"

/* At the end of a section, in reader->base. */
void rules_section(struct reading *);

/* At the end of the configuration, when all of it was read. */
void rules_whole(struct reading *);

#endif /* REELD_CONF_RULES_H */
