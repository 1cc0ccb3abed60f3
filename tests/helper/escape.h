/* SPDX-License-Identifier: ISC */
/*
 * escape -- what a process in a sandbox tries, to see how far it comes
 *
 * Runs in:  test programs and children of theirs.
 * Touches:  a folder of its own, sockets of 127.0.0.1; in vain, the process.
 * Locks:    none.
 * Owns:     folder and sockets until escape_end().
 * Fails:    the test, when there is nothing to try it on.
 */
#ifndef TEST_ESCAPE_H
#define TEST_ESCAPE_H

/* Makes what is tried, before a child loses its powers; away with it. */
void escape_begin(void);
void escape_end(void);

/* A folder in which a spooler may work. */
const char *escape_spool(void);

/* Tries what is called so in escape.c: 0 if it was possible, or the errno. */
int escape_try(const char *name);

#endif /* TEST_ESCAPE_H */
