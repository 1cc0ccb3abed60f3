/* SPDX-License-Identifier: ISC */
/*
 * undo -- gives back what was made, and keeps why it had to be
 *
 * Runs in:  every process.
 * Touches:  the descriptor it is given.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    never; errno is as it was.
 */
#ifndef REELD_UNDO_H
#define REELD_UNDO_H

/* Closes the descriptor of a function that fails: returns -1 for it. */
int undo_fd(int fd);

#endif /* REELD_UNDO_H */
