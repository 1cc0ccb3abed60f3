/* SPDX-License-Identifier: ISC */
/*
 * unit -- numbers as people write them: 64K, 500ms, 30
 *
 * Runs in:  every process that parses or prints a configuration.
 * Touches:  nothing shared.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    -1 when a text is not such a number or does not fit 63 bits.
 *
 * conf_size() and conf_time() of reeld/conf.h stand in unit.c as well.
 */
#ifndef REELD_CONF_UNIT_H
#define REELD_CONF_UNIT_H

#include <stdint.h>
#include <stdio.h>

/* Decimal digits and not one byte else: no sign, no blank, no 0x. */
int unit_parse_count(const char *s, uint64_t *n);

/* Digits and a per cent sign. */
int unit_parse_percent(const char *s, uint64_t *n);

/* Prints in the largest unit that leaves no rest: 8388608 as 8M, 90000 as
 * 90s.  What they print, conf_size() and conf_time() read back as `n`. */
int unit_print_size(uint64_t n, FILE *);
int unit_print_time(uint64_t ms, FILE *);

#endif /* REELD_CONF_UNIT_H */
