/* SPDX-License-Identifier: ISC */
/*
 * date -- the dates of HTTP (RFC 9110, 5.6.7), whatever the locale
 *
 * Runs in:  worker, fetcher, tests.
 * Touches:  nothing but its arguments.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    -1 for what is none of the three forms.
 */
#ifndef REELD_DATE_H
#define REELD_DATE_H

#include <stddef.h>
#include <stdint.h>

#define DATE_LEN	29	/* an IMF-fixdate, without its NUL */

/*
 * Seconds since 1970 of an IMF-fixdate, an RFC 850 date or an asctime date;
 * -1 when it is none.  `now` places the two-digit years of RFC 850: none lies
 * more than 50 years ahead.  A date before 1970 counts as 0.
 */
int64_t date_parse(const char *value, size_t len, int64_t now);

/* Prints an IMF-fixdate with its NUL; `t` outside the years 1970 to 9999 is
 * moved to the nearer end. */
void date_print(int64_t t, char out[DATE_LEN + 1]);

/* Whether a Last-Modified is a strong validator: the answer's own Date is at
 * least a second later (RFC 9110, 8.8.2.2).  -1 for either: 0. */
int date_strong(int64_t modified, int64_t date);

#endif /* REELD_DATE_H */
