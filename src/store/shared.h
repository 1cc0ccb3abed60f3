/* SPDX-License-Identifier: ISC */
/*
 * shared -- the only spellings by which shared memory is read and written
 *
 * Runs in:  every process.
 * Touches:  one word each.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    never; under REELD_FAULTS every write may be the last one of the
 *           process (tests/crash).
 *
 * A process can be killed between any two of them.  Writes of one process are
 * seen in program order (release), so that the order in the code is the order
 * that a survivor finds.
 */
#ifndef SHARED_H
#define SHARED_H

#include <string.h>

#ifdef REELD_FAULTS
#include "fault.h"
#define FAULT()		FAULT_HIT()
#else
#define FAULT()		((void)0)
#endif

#define LOAD(lv)	__atomic_load_n(&(lv), __ATOMIC_ACQUIRE)
#define SET(lv, v)	(FAULT(), \
	__atomic_store_n(&(lv), (v), __ATOMIC_RELEASE))
#define OR(lv, v)	(FAULT(), \
	__atomic_fetch_or(&(lv), (v), __ATOMIC_SEQ_CST))
#define AND(lv, v)	(FAULT(), \
	__atomic_fetch_and(&(lv), (v), __ATOMIC_SEQ_CST))
#define EXCHANGE(lv, v)	(FAULT(), \
	__atomic_exchange_n(&(lv), (v), __ATOMIC_SEQ_CST))
#define CAS(lv, was, v)	(FAULT(), __atomic_compare_exchange_n(&(lv), (was), \
	(v), 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
#define COPY(to, from, n) (FAULT(), memcpy((to), (from), (n)))

/* Between "announce" and "look again", and between "publish" and "who waits":
 * neither may pass the other. */
#define FENCE()		__atomic_thread_fence(__ATOMIC_SEQ_CST)

#endif /* SHARED_H */
