/* SPDX-License-Identifier: ISC */
/* stranger -- is another source's file the same?; fetcher */
#include "config.h"

#include <bsd/string.h>

#include "choice.h"
#include "head.h"
#include "stranger.h"
#include "verdict.h"

void
stranger_other(struct pull *p, const char *why)
{
	if (choice_is_home(p)) {
		p->done = verdict_changed(p) == 0;
		return;
	}
	pull_source(p)->like = SOURCE_OTHER;
	pull_break(p, "http_protocol_error", 502, "%s", why);
	p->hopeless = 1;
}

/* It is asked for what is wanted now. */
static void
met(struct pull *p, enum source_like like)
{
	pull_source(p)->like = like;
	if (p->target->sources.home == SOURCE_NONE)
		target_set_home(p->target, p->source);
	p->comparing = 0;
	p->again = 1;
	p->repeats = 0;
	proof_destroy(p->proof);
	p->proof = NULL;
}

int
stranger_compare(struct pull *p, const void *bytes, size_t len)
{
	struct source *from = pull_source(p);
	int equal = proof_compare(p->proof, bytes, len);

	if (equal == -1)
		stranger_other(p, "its file has other bytes");
	if (equal != 1)
		return equal;
	strlcpy(from->etag, p->head.etag, sizeof(from->etag));
	from->modified = p->head.modified;
	met(p, SOURCE_PROVEN);
	return 1;
}

/* Size and validator are the object's. */
static int
looks_same(const struct pull *p, const struct answer *v)
{
	struct answer_head head = head_answer(p);
	struct answer_object object = { .known = 1 };
	struct object_answer a;

	if (object_answer(p->target->object, &a) == -1)
		return 0;
	object.etag = a.source_etag;
	object.modified = a.mtime;
	return a.size >= 0 && v->size == a.size &&
	    answer_is_same(&head, &object);
}

int
stranger_pretends(struct pull *p, const struct answer *v)
{
	struct sources *s = &p->target->sources;

	if (s->home != SOURCE_NONE || s->n == 1 || p->check ||
	    choice_is_stranger(p) || target_is_content_addressed(p->target) ||
	    (v->verdict != ANSWER_DATA && v->verdict != ANSWER_WHOLE))
		return 0;
	if (looks_same(p, v)) {
		target_set_home(p->target, p->source);
		return 0;
	}
	pull_source(p)->like = SOURCE_DOUBTED;
	return p->again = 1;
}

int
stranger_meet(struct pull *p, const struct answer *v)
{
	struct object_info info;

	object_info(p->target->object, &info);
	if ((v->verdict == ANSWER_DATA || v->verdict == ANSWER_WHOLE ||
	    v->verdict == ANSWER_CHANGED) && p->proof == NULL &&
	    choice_may_change(p) && !looks_same(p, v))
		return 0;
	if (v->verdict != ANSWER_DATA && v->verdict != ANSWER_WHOLE)
		stranger_other(p, "its file has another size");
	else if (v->verdict == ANSWER_WHOLE && !info.no_ranges)
		stranger_other(p, "it has no ranges, unlike the first source");
	else if (looks_same(p, v))
		met(p, SOURCE_SAME);
	else if (p->proof == NULL)
		pull_break(p, "http_protocol_error", 502,
		    "nothing is in memory to compare its file with");
	else {
		p->comparing = 1;
		p->skip = v->skip;
	}
	return 1;
}
