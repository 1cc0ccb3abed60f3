/* SPDX-License-Identifier: ISC */
/* clock -- the two clocks that reeld reads; every process */
#include "config.h"

#include <time.h>

#include "reeld/clock.h"

int64_t
clock_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t
clock_ms(void)
{
	return clock_us() / 1000;
}

int64_t
clock_wall(void)
{
	return time(NULL);
}
