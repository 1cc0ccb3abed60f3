/* SPDX-License-Identifier: ISC */
/* clip -- errors as short films, for players that show nothing else; worker */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "reeld/counter.h"
#include "reeld/range.h"
#include "clip.h"
#include "conn.h"
#include "http2.h"
#include "refuse.h"
#include "request.h"

#define PIECE	(64u << 10)	/* bytes in one h2o_send(): TLS copies them */
#define TYPE	"video/mp2t"

/* A worker opens no files: the clips are in the program. */
#define CLIP(name)							\
	__asm__(".section .rodata\n"					\
	    "clip_" #name ":\n"						\
	    ".incbin \"contrib/clips/" #name ".ts\"\n"			\
	    "clip_" #name "_end:\n"					\
	    ".byte 0\n"							\
	    ".previous\n");						\
	extern const char clip_##name[], clip_##name##_end[];		\
	static const struct clip name = { clip_##name, clip_##name##_end }

struct clip {
	const char	*begin, *end;
};

CLIP(not_found);
CLIP(refused);
CLIP(timed_out);
CLIP(limit);
CLIP(neutral);

/* Which error has which clip: the first row that fits, 0 and NULL fit all.
 * What is in no row has none. */
static const struct rule {
	int			 status, received;
	const char		*error;
	const struct clip	*clip;
} rules[] = {
	{ 0, 0, "connection_limit_reached", &limit },
	{ 503, 429, NULL, &limit },
	{ 503, 503, NULL, &limit },
	{ 502, 401, NULL, &refused },
	{ 502, 402, NULL, &refused },
	{ 502, 403, NULL, &refused },
	{ 502, 451, NULL, &refused },
	{ 403, 0, NULL, &refused },
	{ 404, 0, NULL, &not_found },
	{ 410, 0, NULL, &not_found },
	{ 504, 0, NULL, &timed_out },
	{ 502, 0, NULL, &neutral },
	{ 503, 0, NULL, &neutral },
};

static int
fits(const struct rule *rule, int status, int received, const char *error)
{
	return (rule->status == 0 || rule->status == status) &&
	    (rule->received == 0 || rule->received == received) &&
	    (rule->error == NULL ||
	    (error != NULL && strcmp(rule->error, error) == 0));
}

/* ---- who asks for one ---- */

int
clip_accepts(h2o_req_t *req, const char *type)
{
	h2o_iovec_t accept = worker_header(req, "accept");
	size_t len = strlen(type), n;
	const char *p = accept.base, *end = p + accept.len, *stop;

	for (; p < end; p = stop + 1) {
		if ((stop = memchr(p, ',', (size_t)(end - p))) == NULL)
			stop = end;
		while (p < stop && (*p == ' ' || *p == '\t'))
			p++;
		for (n = 0; p + n < stop && strchr("; \t", p[n]) == NULL; n++)
			continue;
		if (n == len && strncasecmp(p, type, n) == 0)
			return 1;
	}
	return 0;
}

/* It goes on with what it has: a clip would become the rest of a film. */
static int
has_a_part(h2o_req_t *req)
{
	h2o_iovec_t range = worker_header(req, "range");
	struct range_wish wish;

	range_first(range.base, range.len, &wish);
	return worker_header(req, "if-range").base != NULL ||
	    wish.kind == RANGE_WISH_SUFFIX ||
	    (wish.kind != RANGE_WISH_NONE && wish.first > 0);
}

static int
ends_in_ts(struct span path)
{
	return path.len > 3 &&
	    strncasecmp(path.base + path.len - 3, ".ts", 3) == 0;
}

static int
is_wanted(h2o_req_t *req)
{
	struct request r;

	request_parse((struct span){ req->input.path.base,
	    req->input.path.len }, &r);
	if (r.origin == NULL || !r.origin->error_clip ||
	    !request_reads(req) || has_a_part(req) ||
	    clip_accepts(req, "text/html") ||
	    clip_accepts(req, "application/json"))
		return 0;
	return r.origin->type == CONF_LIVE ||
	    r.origin->type == CONF_ACESTREAM || clip_accepts(req, TYPE) ||
	    ends_in_ts(r.path);
}

const struct clip *
clip_find(h2o_req_t *req, int status, int received, const char *error)
{
	size_t i;

	if (!is_wanted(req))
		return NULL;
	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (fits(&rules[i], status, received, error))
			return rules[i].clip;
	return NULL;
}

/* ---- the answer ---- */

struct showing {
	h2o_generator_t	 generator;	/* first: libh2o hands it back */
	const char	*next, *end;
};

static void
on_proceed(h2o_generator_t *g, h2o_req_t *req)
{
	struct showing *s = (struct showing *)g;
	size_t left = (size_t)(s->end - s->next);
	h2o_iovec_t piece;

	piece.base = (char *)(uintptr_t)s->next;
	piece.len = left < PIECE ? left : PIECE;
	s->next += piece.len;
	counter_add(COUNTER_BYTES_SERVED, piece.len);
	h2o_send(req, &piece, piece.len == 0 ? 0 : 1, s->next == s->end ?
	    H2O_SEND_STATE_FINAL : H2O_SEND_STATE_IN_PROGRESS);
}

static void
on_stop(h2o_generator_t *g, h2o_req_t *req)
{
	(void)g;
	counter_add(COUNTER_CLIENTS_GONE, 1);
	http2_aborted(worker_conn(req));
}

void
clip_send(h2o_req_t *req, const struct clip *clip, int status)
{
	struct showing *s = h2o_mem_alloc_pool(&req->pool, sizeof(*s));
	char text[16];

	s->generator = (h2o_generator_t){ on_proceed, on_stop };
	s->next = clip->begin;
	s->end = clip->end;
	req->res.status = 200;
	req->res.reason = refuse_phrase(200);
	req->res.content_length = (size_t)(clip->end - clip->begin);
	snprintf(text, sizeof(text), "%d", status);
	worker_add(req, "content-type", TYPE);
	worker_add(req, "accept-ranges", "none");
	worker_add(req, "x-reeld-error", text);
	if (h2o_memis(req->method.base, req->method.len, H2O_STRLIT("HEAD")))
		s->next = s->end;
	h2o_start_response(req, &s->generator);
	on_proceed(&s->generator, req);
}
