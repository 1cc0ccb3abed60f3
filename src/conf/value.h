/* SPDX-License-Identifier: ISC */
/*
 * value -- one parameter's value in its struct: default, parsed, printed
 *
 * Runs in:  every process that parses or prints a configuration.
 * Touches:  the field that the parameter's row names, in the struct at `base`
 *           (struct conf, conf_listen, conf_spool or conf_origin).
 * Locks:    none.
 * Owns:     nothing; the texts belong to the struct until value_fini().
 * Fails:    -1 with the reason in `why`, to be read after the name.
 */
#ifndef REELD_CONF_VALUE_H
#define REELD_CONF_VALUE_H

#include <stddef.h>
#include <stdio.h>

#include "param.h"

#define VALUE_WHY_MAX	512

/* Sets the field of a zeroed struct to the parameter's default. */
void value_init(const struct param *, void *base);

/* Frees what the field holds and leaves it empty: zero, NULL, no texts. */
void value_fini(const struct param *, void *base);

/* Sets the field from `text`; a list gets one more.  A bad text that goes to
 * a char * is stored nevertheless, so that it does not also count as
 * absent. */
int value_parse(const struct param *, void *base, const char *text,
    char why[VALUE_WHY_MAX]);

/* Prints the value as the file would have it, texts in quotes and escaped;
 * `secrets` also what row's veil hides. */
void value_print(const struct param *, const void *base, int secrets, FILE *);

/* Has the field a value?  Without one there is nothing to print. */
int value_is_set(const struct param *, const void *base);

/* Is the field at its default? */
int value_is_initial(const struct param *, const void *base);

/* Does it ask for what this version of reeld cannot do? */
int value_is_missing(const struct param *, const void *base);

#endif /* REELD_CONF_VALUE_H */
