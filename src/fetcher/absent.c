/* SPDX-License-Identifier: ISC */
/* absent -- addresses that did not answer of late; fetcher */
#include "config.h"

#include <stdint.h>
#include <string.h>

#include "reeld/clock.h"
#include "absent.h"

#define ABSENTS	32		/* remembered at a time */
#define PAUSE	300000		/* ms */

static struct absent {
	struct sockaddr_storage	 address;
	socklen_t		 len;	/* 0: none */
	int64_t			 until;	/* ms */
} absents[ABSENTS];

static struct absent *
find(const struct sockaddr *sa, socklen_t len)
{
	struct absent *a;

	for (a = absents; a < absents + ABSENTS; a++)
		if (a->len == len && memcmp(&a->address, sa, len) == 0)
			return a;
	return NULL;
}

void
absent_note(const struct sockaddr *sa, socklen_t len)
{
	struct absent *a = find(sa, len), *oldest = absents;

	if (len > sizeof(absents[0].address))
		return;
	if (a == NULL) {
		for (a = absents; a < absents + ABSENTS; a++)
			if (a->until < oldest->until)
				oldest = a;
		a = oldest;
	}
	memcpy(&a->address, sa, len);
	a->len = len;
	a->until = clock_ms() + PAUSE;
}

int
absent_is(const struct sockaddr *sa, socklen_t len)
{
	const struct absent *a = find(sa, len);

	return a != NULL && a->until > clock_ms();
}

void
absent_forget(const struct sockaddr *sa, socklen_t len)
{
	struct absent *a = find(sa, len);

	if (a != NULL)
		memset(a, 0, sizeof(*a));
}
