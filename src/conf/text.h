/* SPDX-License-Identifier: ISC */
/*
 * text -- the texts of the configuration: stored, checked, printed
 *
 * Runs in:  every process that parses or prints a configuration.
 * Touches:  nothing shared.
 * Locks:    none.
 * Owns:     nothing; a text belongs to the struct it is stored in.
 * Fails:    ends the process when there is no memory.
 */
#ifndef REELD_CONF_TEXT_H
#define REELD_CONF_TEXT_H

#include <stddef.h>
#include <stdio.h>

#include "reeld/conf.h"

#include "param.h"

/* A copy of `s`, to be freed by the caller. */
char *text_copy(const char *s);

/* Appends a copy of `s`. */
void text_append(struct conf_strings *, const char *s);

/* Frees all texts of a list and leaves it empty. */
void text_fini(struct conf_strings *);

/* NULL, or what is wrong with `s` as the value of a parameter. */
const char *text_fault(const struct param *, const char *s);

/* Has `s` a byte that no value may have? */
int text_has_controls(const char *s);

/* Prints `s` in double quotes so that a parse gives back `s`, but for what
 * the veil hides. */
void text_print(const char *s, enum param_veil, FILE *);

#endif /* REELD_CONF_TEXT_H */
