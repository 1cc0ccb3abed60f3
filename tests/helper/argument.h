/* SPDX-License-Identifier: ISC */
/*
 * argument -- the numbers on the command lines of the tests' programs
 *
 * Runs in:  the scripted source, programs of the tests.
 * Touches:  nothing.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    ends the program, status 1, when it is no such number.
 */
#ifndef TEST_ARGUMENT_H
#define TEST_ARGUMENT_H

#include <err.h>
#include <bsd/stdlib.h>

/* `text` as a number from `least` to `most`; `what` is for messages. */
static inline long long
argument_number(const char *what, const char *text, long long least,
    long long most)
{
	const char *why;
	long long n = strtonum(text, least, most, &why);

	if (why != NULL)
		errx(1, "%s %s is %s", what, text, why);
	return n;
}

/* A port; `least` is 0 where that stands for any. */
static inline int
argument_port(const char *text, int least)
{
	return (int)argument_number("port", text, least, 65535);
}

#endif /* TEST_ARGUMENT_H */
