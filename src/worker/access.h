/* SPDX-License-Identifier: ISC */
/*
 * access -- the access log, one line per request in the combined format
 *
 * Runs in:  worker.
 * Touches:  the log's descriptor, opened and reopened by the master.
 * Locks:    none.
 * Owns:     a buffer, written out once per turn of the loop.
 * Fails:    what cannot be written is lost.
 */
#ifndef ACCESS_H
#define ACCESS_H

#include "worker.h"

void access_init(h2o_pathconf_t *);
void access_flush(void);

#endif /* ACCESS_H */
