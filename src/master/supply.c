/* SPDX-License-Identifier: ISC */
/* supply -- what a configuration has the master hand to the roles; master */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bsd/stdlib.h>
#include <bsd/string.h>

#include "load.h"
#include "sealed.h"
#include "supply.h"
#include "trust.h"

void
supply_init(struct supply *s)
{
	size_t i;

	memset(s, 0, sizeof(*s));
	s->conf = s->trust = -1;
	for (i = 0; i < CHILD_LISTENS; i++)
		s->identities.fds[i] = -1;
	arc4random_buf(s->ticket_keys, sizeof(s->ticket_keys));
}

/* The text that the roles read, or -1 after the reason was told. */
static int
seal_text(const struct conf *conf, FILE *errors)
{
	struct sealed_part part = { NULL, 0 };
	char *text = NULL;
	FILE *out;
	int fd = -1;

	if ((out = open_memstream(&text, &part.len)) != NULL &&
	    conf_print(conf, out, CONF_SECRETS) == 0 && fflush(out) == 0) {
		part.bytes = text;
		fd = sealed_create("reeld-conf", &part, 1);
	}
	if (fd == -1)
		load_print(errors, 0, conf->file, 0, strerror(errno));
	if (out != NULL)
		fclose(out);
	freezero(text, part.len);
	return fd;
}

/* Sockets come last, as they alone can be noticed by others. */
static int
prepare(struct supply *fresh, const struct supply *old,
    const struct conf *conf, FILE *errors)
{
	if ((fresh->conf = seal_text(conf, errors)) == -1)
		return -1;
	if (identity_load(&fresh->identities, conf, old->ticket_keys,
	    errors) == -1)
		goto undo_conf;
	if (trust_load(conf, &fresh->trust, errors) == -1)
		goto undo_identities;
	if (listen_prepare(&fresh->listens, &old->listens, conf, errors) == -1)
		goto undo_trust;
	return 0;

undo_trust:
	close(fresh->trust);
undo_identities:
	identity_close(&fresh->identities);
undo_conf:
	close(fresh->conf);
	return -1;
}

static void
replace(int *fd, int with)
{
	if (*fd != -1)
		close(*fd);
	*fd = with;
}

int
supply_replace(struct supply *s, const struct conf *conf, FILE *errors)
{
	struct supply fresh;

	if (prepare(&fresh, s, conf, errors) == -1)
		return -1;
	listen_commit(&s->listens, &fresh.listens);
	identity_close(&s->identities);
	s->identities = fresh.identities;
	replace(&s->conf, fresh.conf);
	replace(&s->trust, fresh.trust);
	return 0;
}

void
supply_fini(struct supply *s)
{
	listen_close(&s->listens);
	identity_close(&s->identities);
	replace(&s->conf, -1);
	replace(&s->trust, -1);
	explicit_bzero(s->ticket_keys, sizeof(s->ticket_keys));
}
