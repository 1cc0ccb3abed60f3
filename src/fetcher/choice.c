/* SPDX-License-Identifier: ISC */
/* choice -- which source a pull asks, and what that has to show; fetcher */
#include "config.h"

#include <bsd/string.h>

#include "reeld/clock.h"
#include "choice.h"

int
choice_is_home(const struct pull *p)
{
	const struct sources *s = &p->target->sources;

	return s->home == p->source || (s->home == SOURCE_NONE &&
	    p->source == 0);
}

int
choice_is_stranger(const struct pull *p)
{
	enum source_like like = pull_source(p)->like;

	if (target_is_content_addressed(p->target) || like == SOURCE_SAME ||
	    like == SOURCE_PROVEN)
		return 0;
	return !choice_is_home(p) || (like == SOURCE_DOUBTED && !p->check);
}

int
choice_may_change(const struct pull *p)
{
	return choice_is_home(p) || p->target->coverage.n == 0;
}

int
choice_known(const struct pull *p, struct object_answer *a)
{
	const struct source *from = pull_source(p);

	if (object_answer(p->target->object, a) == -1)
		return -1;
	if (choice_is_stranger(p) ||
	    target_is_content_addressed(p->target)) {
		a->source_etag[0] = '\0';
		a->mtime = -1;
	} else if (from->like == SOURCE_PROVEN) {
		strlcpy(a->source_etag, from->etag, sizeof(a->source_etag));
		a->mtime = from->modified;
	}
	return 0;
}

int
choice_resolve(struct pull *p)
{
	struct source *from = pull_source(p);

	if (p->redirected && p->turn == from->turn)
		source_redirect(from, NULL);
	return p->redirected;
}

/* Whether something has changed is home's to say first. */
void
choice_source(struct pull *p)
{
	const struct sources *s = &p->target->sources;
	int64_t now = clock_ms();
	uint32_t chosen = s->home;

	if (!p->check || chosen == SOURCE_NONE ||
	    (p->tried >> chosen & 1) != 0)
		chosen = sources_choose(s, p->tried, now);
	if (chosen == SOURCE_NONE)
		chosen = sources_fall_back(s, p->tried, now);
	if (chosen == SOURCE_NONE)
		chosen = sources_fall_back(s, 0, now);
	if (chosen == SOURCE_NONE)
		chosen = 0;
	if (chosen != p->source)	/* what the last one was like */
		p->no_range = p->no_if_range = p->redirects = 0;
	p->source = chosen;
	p->version = p->target->version;
}

void
choice_proof(struct pull *p)
{
	struct target *t = p->target;
	struct object_answer a;

	proof_destroy(p->proof);
	p->proof = NULL;
	if (p->check || object_answer(t->object, &a) == -1 ||
	    !choice_is_stranger(p))
		return;
	p->proof = proof_create(&t->coverage, p->fill.position, a.no_ranges);
}
