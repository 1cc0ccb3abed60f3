/* SPDX-License-Identifier: ISC */
/*
 * reply -- what reeld answers to one line
 *
 * Runs in:  reelctl.
 * Touches:  the connection; standard output and error.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    ends the program with status 1 when the connection breaks, reeld
 *           is silent for a minute, or the output cannot be written.
 */
#ifndef CTL_REPLY_H
#define CTL_REPLY_H

/* Reads from `fd` to its end.  After a first line `ok` the rest goes to
 * standard output; after `error: text` text and rest go to standard error.
 * The exit status. */
int reply_print(int fd);

#endif /* CTL_REPLY_H */
