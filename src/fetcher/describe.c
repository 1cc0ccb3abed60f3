/* SPDX-License-Identifier: ISC */
/* describe -- what clients are told of an object; fetcher */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/stdlib.h>
#include <bsd/string.h>

#include "reeld/etag.h"
#include "reeld/hash.h"
#include "reeld/media.h"
#include "reeld/url.h"
#include "beam.h"
#include "describe.h"
#include "freshness.h"

/* A strong ETag of our own: from what the source says, else at random. */
static void
make_etag(const struct pull *p, int64_t size, char etag[128])
{
	uint8_t digest[HASH_LEN];
	const struct head *h = &p->head;
	struct hash_piece pieces[4] = {
		{ p->target->url, strlen(p->target->url) },
		{ &size, sizeof(size) },
		{ &h->modified, sizeof(h->modified) },
		{ h->etag, strlen(h->etag) },
	};

	hash_key(pieces, 4, digest);
	if (h->etag[0] == '\0' && h->modified == -1)
		arc4random_buf(digest, sizeof(digest));
	snprintf(etag, 128, "\"r-%02x%02x%02x%02x%02x%02x%02x%02x\"",
	    digest[0], digest[1], digest[2], digest[3], digest[4], digest[5],
	    digest[6], digest[7]);
}

int
describe(struct pull *p, struct object_ref object, int64_t size, int no_ranges)
{
	const char *url = p->target->url;
	const struct head *h = &p->head;
	struct object_answer a;

	memset(&a, 0, sizeof(a));
	a.size = size;
	a.mtime = h->modified;
	a.pass = freshness_judge(p, &a.fresh, a.control) != CACHING_STORE;
	a.no_ranges = no_ranges;
	strlcpy(a.source_etag, h->etag, sizeof(a.source_etag));
	if (etag_strong(h->etag, strlen(h->etag))) {
		strlcpy(a.etag, h->etag, sizeof(a.etag));
	} else {
		a.made_etag = 1;
		make_etag(p, size, a.etag);
	}
	strlcpy(a.type, media_type(h->type, url_last((struct span){ url,
	    strcspn(url, "?#") }).base), sizeof(a.type));
	beam_describe(p, &a);
	if (object_known(object, &a) == -1)
		return -1;
	if (pull_source(p)->like != SOURCE_PROVEN)
		target_set_home(p->target, p->source);
	return 0;
}
