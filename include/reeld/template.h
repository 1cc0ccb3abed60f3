/* SPDX-License-Identifier: ISC */
/*
 * template -- a text with %{names}, as on_error_body has it
 *
 * Runs in:  every process that parses a configuration; fetcher.
 * Touches:  nothing but its arguments.
 * Locks:    none.
 * Owns:     nothing; what template_fill() returns is the caller's.
 * Fails:    with the reason, to be read after the parameter's name.
 */
#ifndef REELD_TEMPLATE_H
#define REELD_TEMPLATE_H

enum template_field {
	TEMPLATE_ADDRESS,
	TEMPLATE_ATTEMPT,
	TEMPLATE_COUNT,
	TEMPLATE_ERROR,
	TEMPLATE_NAME,
	TEMPLATE_ORIGIN,
	TEMPLATE_REASON,
	TEMPLATE_SOURCE,
	TEMPLATE_STATUS,
	TEMPLATE_TIME,
	TEMPLATE_FIELDS
};

/* NULL when all is well: every per cent sign begins the %{name} of a field, or
 * is doubled. */
const char *template_fault(const char *text);

/* The text with `values` in it, escaped as in a JSON string (RFC 8259, 7).
 * Where it has a fault it stays as it is.  NULL: no memory. */
char *template_fill(const char *text,
    const char *const values[TEMPLATE_FIELDS]);

#endif /* REELD_TEMPLATE_H */
