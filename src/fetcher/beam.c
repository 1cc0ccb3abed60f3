/* SPDX-License-Identifier: ISC */
/* beam -- what is special about a source of Filecoin pieces; fetcher */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include <bsd/string.h>

#include "reeld/media.h"
#include "reeld/sniff.h"
#include "reeld/url.h"
#include "beam.h"

#define FOR_EVER	(1LL << 40)	/* wall s; the year 36812 */

/* What Beam means by a status; its providers (FRC-0066) use them likewise. */
static const struct refusal {
	int		 status;
	const char	*reason;
} refusals[] = {
	{ 400, "it takes the address or the piece CID for malformed" },
	{ 402, "nobody pays for this piece there: no deal, one without Beam, "
	    "or the traffic paid for is used up" },
	{ 403, "the wallet whose address it has is barred" },
	{ 404, "it has no such piece, or the piece is on the list of bad "
	    "bits" },
	{ 410, "the piece is on its deny list" },
	{ 451, "it may not give the piece away for legal reasons" },
	{ 500, "the storage provider behind it failed" },
	{ 502, "the storage provider behind it failed" },
	{ 504, "the storage provider behind it did not answer" },
};

/* The last component of an address's path. */
static struct span
last_of(const char *url)
{
	return url_last((struct span){ url, strcspn(url, "?#") });
}

int
beam_piece(const char *url, struct piece *piece)
{
	struct span name = last_of(url);

	return piece_parse(name.base, name.len, piece, NULL);
}

/* ---- answers ---- */

static void
refuse(struct answer *v, int status, const char *reason)
{
	v->verdict = ANSWER_ERROR;
	v->body = 0;
	v->status = status;
	v->reason = reason;
}

static void
explain(struct answer *v, int status)
{
	size_t i;

	for (i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (refusals[i].status == status)
			v->reason = refusals[i].reason;
}

/* The size as the name tells it, or an answer before; -1: nobody did. */
static int64_t
size_of(const struct target *t)
{
	struct piece piece;
	int64_t size = -1;

	if (beam_piece(t->url, &piece) == 0)
		size = piece_size(&piece);
	if (size == -1)
		object_state(t->object, &size);
	return size;
}

void
beam_check(const struct pull *p, struct answer *v)
{
	int64_t size;

	if (!target_is_content_addressed(p->target))
		return;
	size = size_of(p->target);
	switch (v->verdict) {
	case ANSWER_CHANGED:
		refuse(v, 502, "it has other bytes under the piece's name");
		break;
	case ANSWER_DATA:
	case ANSWER_WHOLE:
	case ANSWER_EMPTY:
	case ANSWER_SIZE:
		if (size >= 0 && v->size >= 0 && v->size != size)
			refuse(v, 502, "it has another size than the piece");
		else if (v->size < 0)
			v->size = size;
		break;
	case ANSWER_ERROR:
		explain(v, p->head.status);
		break;
	case ANSWER_AGAIN_PLAIN:
	case ANSWER_AGAIN_WHOLE:
	case ANSWER_BROKEN:
		break;
	}
}

/* ---- descriptions ---- */

/* Whether the body that comes begins with the piece's first byte. */
static int
begins_at_0(const struct pull *p)
{
	return p->head.status == 200 ||
	    (p->head.status == 206 && p->first == 0);
}

void
beam_describe(const struct pull *p, struct object_answer *a)
{
	struct span name = last_of(p->target->url);
	const char *type = NULL;

	if (!target_is_content_addressed(p->target))
		return;
	snprintf(a->etag, sizeof(a->etag), "\"%.*s\"", (int)name.len,
	    name.base);
	a->source_etag[0] = '\0';
	a->made_etag = 1;
	a->mtime = -1;
	if (begins_at_0(p))
		type = sniff_type(p->peek, p->npeek);
	strlcpy(a->type, type != NULL ? type : media_type(p->head.type, ""),
	    sizeof(a->type));
}

int
beam_keeps(const struct pull *p, struct freshness *f,
    char control[CACHING_TEXT])
{
	if (!target_is_content_addressed(p->target))
		return 0;
	f->fresh_until = FOR_EVER;
	f->flags = CACHING_IMMUTABLE;
	control[0] = '\0';
	return 1;
}

int
beam_no_ranges(const struct target *t, int said)
{
	const struct pull *p;

	if (!said || !target_is_content_addressed(t))
		return said;
	TAILQ_FOREACH(p, &pulls, next)
		if (p->target == t && p->fill.skip && p->state != PLAN_RESTING)
			return 1;
	return 0;
}
