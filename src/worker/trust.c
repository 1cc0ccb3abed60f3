/* SPDX-License-Identifier: ISC */
/* trust -- the proxies whose word on their clients is taken; worker */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <bsd/stdlib.h>

#include "reeld/log.h"
#include "trust.h"
#include "worker.h"

static struct network *networks;
static size_t nnetworks;

void
trust_read(void)
{
	const struct conf_strings *list = &worker.conf->trusted_proxies;
	struct network *fresh;
	size_t i;

	nnetworks = 0;
	if (list->n == 0)
		return;
	if ((fresh = reallocarray(networks, list->n, sizeof(*fresh))) == NULL) {
		log_warn("trusted_proxies: no memory, none is trusted");
		return;
	}
	networks = fresh;
	for (i = 0; i < list->n; i++)
		if (network_parse(list->v[i], strlen(list->v[i]),
		    &networks[nnetworks]) == 0)
			nnetworks++;
}

int
trust_holds(const struct sockaddr *sa)
{
	return sa->sa_family == AF_UNIX ||
	    network_any(networks, nnetworks, sa);
}

const struct network *
trust_networks(size_t *n)
{
	*n = nnetworks;
	return networks;
}
