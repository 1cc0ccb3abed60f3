/* SPDX-License-Identifier: ISC */
/* content -- how much of the bodies of requests is kept; worker */
#include "config.h"

#include <string.h>

#include "reeld/passage.h"
#include "content.h"
#include "pass.h"

static size_t sum;

void
content_conf(void)
{
	size_t i, passing = 0;

	for (i = 0; i < worker.conf->norigins; i++)
		passing += worker.conf->origins[i].pass_methods.n;
	/* libh2o refuses a chunked body of exactly its limit */
	worker.config.max_request_entity_size = 1 + (passing > 0 ?
	    PASSAGE_CONTENT_MAX : WORKER_ENTITY_MAX);
}

int
content_take(size_t bytes)
{
	if (bytes > CONTENT_SUM_MAX - sum)
		return -1;
	sum += bytes;
	return 0;
}

void
content_give(size_t bytes)
{
	sum -= bytes;
}

/* ---- HTTP/1, before libh2o has the request ---- */

static struct span
word_of(struct span *line)
{
	struct span word = { line->base, 0 };

	while (word.len < line->len && word.base[word.len] != ' ')
		word.len++;
	line->base += word.len;
	line->len -= word.len;
	if (line->len > 0) {
		line->base++;
		line->len--;
	}
	return word;
}

/* Whether the request whose head lies in conn.ahead passes. */
static int
is_passing(const struct conn *c)
{
	struct span line = { c->ahead->bytes, c->message.head }, method;
	struct request r;

	/* The empty line that may stand before it. */
	while (line.len > 0 && strchr("\r\n", line.base[0]) != NULL) {
		line.base++;
		line.len--;
	}
	method = word_of(&line);
	request_parse(word_of(&line), &r);
	return pass_takes(&r, method);
}

static int
refuse_content(struct conn *c, int status, const char *why)
{
	c->message.status = status;
	c->message.why = why;
	return -1;
}

int
content_admit(struct conn *c)
{
	if (c->message.body <= WORKER_ENTITY_MAX || c->admitted)
		return 0;
	if (!is_passing(c))
		return refuse_content(c, 413, "the content is too large");
	if (content_take(PASSAGE_CONTENT_MAX) == -1)
		return refuse_content(c, 503,
		    "too many requests with content are under way");
	c->admitted = 1;
	return 0;
}

void
content_release(struct conn *c)
{
	if (c->admitted)
		content_give(PASSAGE_CONTENT_MAX);
	c->admitted = 0;
}
