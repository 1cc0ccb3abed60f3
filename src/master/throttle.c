/* SPDX-License-Identifier: ISC */
/* throttle -- how long a process that died is waited with; master */
#include "config.h"

#include "throttle.h"

int64_t
throttle_next(struct throttle *t, int ready, int64_t lived)
{
	if (lived >= THROTTLE_FORGET)
		t->delay = 0;
	if (ready && lived >= THROTTLE_WORKED)
		return 0;
	if (t->delay == 0)
		t->delay = THROTTLE_FIRST;
	else if (t->delay > THROTTLE_MOST / 2)
		t->delay = THROTTLE_MOST;
	else
		t->delay *= 2;
	return t->delay;
}
