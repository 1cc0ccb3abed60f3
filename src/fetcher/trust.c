/* SPDX-License-Identifier: ISC */
/* trust -- authorities, certificates and keys for TLS sources; fetcher */
#include "config.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bsd/stdlib.h>

#include "reeld/hash.h"
#include "reeld/log.h"
#include "trust.h"

static const struct trust nothing;
static const struct conf *conf;
static struct trust *trusts;		/* as many as conf has origins */
static size_t ntrusts;

static void
forget(void)
{
	size_t i;
	int part;

	for (i = 0; i < ntrusts; i++)
		for (part = 0; part < MSG_TRUST_PARTS; part++)
			freezero(trusts[i].parts[part].text,
			    trusts[i].parts[part].len);
	free(trusts);
	trusts = NULL;
	ntrusts = 0;
}

static uint64_t
tag_of(const struct trust *t)
{
	struct hash_piece pieces[MSG_TRUST_PARTS];
	uint8_t digest[HASH_LEN];
	uint64_t tag;
	int part;

	for (part = 0; part < MSG_TRUST_PARTS; part++)
		pieces[part] = (struct hash_piece){ t->parts[part].text,
		    t->parts[part].len };
	hash_key(pieces, MSG_TRUST_PARTS, digest);
	memcpy(&tag, digest, sizeof(tag));
	return tag;
}

/* One origin's, from the front of `len` bytes: how many it took, 0 where they
 * are not what they should be. */
static size_t
take_one(const char *text, size_t len)
{
	struct msg_trust head;
	struct trust_part *p;
	size_t at = sizeof(head);
	int part;

	if (len < sizeof(head))
		return 0;
	memcpy(&head, text, sizeof(head));
	if (head.origin >= ntrusts)
		return 0;
	for (part = 0; part < MSG_TRUST_PARTS; part++) {
		p = &trusts[head.origin].parts[part];
		if (head.len[part] > len - at || p->text != NULL)
			return 0;
		if (head.len[part] == 0)
			continue;
		if ((p->text = malloc(head.len[part])) == NULL)
			fatal("no memory");
		p->len = head.len[part];
		memcpy(p->text, text + at, p->len);
		at += p->len;
	}
	trusts[head.origin].tag = tag_of(&trusts[head.origin]);
	return at;
}

static void
take_all(const char *text, size_t len)
{
	size_t n;

	for (; len > 0; text += n, len -= n)
		if ((n = take_one(text, len)) == 0)
			fatal("the master's certificates are no good");
}

void
trust_replace(int fd, const struct conf *c)
{
	struct stat st;
	char *text;

	forget();
	conf = c;
	ntrusts = c->norigins;
	if ((trusts = calloc(ntrusts + 1, sizeof(*trusts))) == NULL)
		fatal("no memory");
	if (fstat(fd, &st) == -1)
		fatal("the master's certificates: %s", strerror(errno));
	if (st.st_size > 0) {
		text = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE,
		    fd, 0);
		if (text == MAP_FAILED)
			fatal("the master's certificates: %s",
			    strerror(errno));
		take_all(text, (size_t)st.st_size);
		munmap(text, (size_t)st.st_size);
	}
	close(fd);
}

const struct trust *
trust_of(const struct conf_origin *o)
{
	size_t i = (size_t)(o - conf->origins);

	return i < ntrusts ? &trusts[i] : &nothing;
}
