/* SPDX-License-Identifier: ISC */
/* server -- what one configured address of an origin did of late; fetcher */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <bsd/sys/queue.h>

#include "reeld/log.h"
#include "server.h"

struct server {
	SLIST_ENTRY(server)	 next;
	char			*base;
	int64_t			 cools_until;	/* ms */
};

static SLIST_HEAD(, server) servers = SLIST_HEAD_INITIALIZER(servers);

struct server *
server_of(const char *base)
{
	struct server *s;

	if (base == NULL)
		return NULL;
	SLIST_FOREACH(s, &servers, next)
		if (strcmp(s->base, base) == 0)
			return s;
	if ((s = calloc(1, sizeof(*s))) == NULL ||
	    (s->base = strdup(base)) == NULL)
		fatal("no memory");
	SLIST_INSERT_HEAD(&servers, s, next);
	return s;
}

void
server_blame(struct server *s, int64_t now, int64_t ms)
{
	if (s != NULL && s->cools_until < now + ms)
		s->cools_until = now + ms;
}

void
server_forget_all(void)
{
	struct server *s;

	SLIST_FOREACH(s, &servers, next)
		s->cools_until = 0;
}

int
server_is_well(const struct server *s, int64_t now)
{
	return s == NULL || now >= s->cools_until;
}
