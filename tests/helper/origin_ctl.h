/* SPDX-License-Identifier: ISC */
/*
 * origin_ctl -- the control port: counters out, scripts in
 *
 * Runs in:  the scripted source.
 * Touches:  every path, the tally of connections, the listeners.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    never; a request it cannot follow is answered with a 400.
 */
#ifndef ORIGIN_CTL_H
#define ORIGIN_CTL_H

#include "origin_answer.h"
#include "origin_request.h"

/*
 * Does what a request on the control port asks for:
 *   GET  /_stats                     all counters, JSON
 *   POST /_ctl?path=/f/x&knob=value  knobs of a path from its next request on
 *   POST /_reset[?counts=1]          forgets counters, and (no counts=1) knobs
 *   POST /_listen?on=0|1             refuses or takes connections
 */
void ctl_answer(struct answer *, const struct request *);

#endif /* ORIGIN_CTL_H */
