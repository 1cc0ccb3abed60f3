/* SPDX-License-Identifier: ISC */
/*
 * fence -- the directory that this process was shut in with
 *
 * Runs in:  spooler.
 * Touches:  the path, with stat(2).
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    never.
 *
 * What the sandbox lets us reach is the directory that stood at the path when
 * it was closed.  If another one stands there now, or none where the master
 * might make it, only a new life of this process can use it.
 */
#ifndef FENCE_H
#define FENCE_H

/* Notes what stands there, right before the sandbox is closed. */
void fence_note(const char *path);
/* 1 when another directory, or none any more, stands there. */
int fence_is_old(const char *path);

#endif /* FENCE_H */
