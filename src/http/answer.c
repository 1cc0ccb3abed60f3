/* SPDX-License-Identifier: ISC */
/* answer -- what a source's response head means; fetcher */
#include "config.h"

#include <string.h>

#include "reeld/answer.h"
#include "reeld/etag.h"

static const char *const names[] = {
	[ANSWER_DATA] = "data",
	[ANSWER_WHOLE] = "whole",
	[ANSWER_CHANGED] = "changed",
	[ANSWER_EMPTY] = "empty",
	[ANSWER_SIZE] = "size",
	[ANSWER_AGAIN_PLAIN] = "again without If-Range",
	[ANSWER_AGAIN_WHOLE] = "again without Range",
	[ANSWER_BROKEN] = "broken",
	[ANSWER_ERROR] = "error"
};

/* What the client gets for a status of the source; the first row counts. */
static const struct error {
	int		 from, to;	/* of the source, inclusive */
	int		 status;
	const char	*reason;
} errors[] = {
	{ 401, 401, 502, "the source wants credentials" },
	{ 403, 403, 502, "the source refuses access" },
	{ 404, 404, 404, "the source does not have it" },
	{ 407, 407, 502, "the proxy before it wants other credentials" },
	{ 410, 410, 410, "the source does not have it any more" },
	{ 416, 416, 502, "the source refuses a range that it was not asked" },
	{ 429, 429, 503, "the source wants fewer requests" },
	{ 503, 503, 503, "the source is not available" },
	{ 500, 599, 502, "the source has failed" },
	{ 300, 399, 502, "the source redirects to nowhere" },
	{ 400, 499, 502, "the source refuses the request" }
};

static struct answer
answer_of(enum answer_verdict verdict, int64_t size, const char *reason)
{
	return (struct answer){ .verdict = verdict, .last = -1, .size = size,
	    .status = verdict == ANSWER_BROKEN ? 502 : 0, .reason = reason };
}

static struct answer
broken(const char *reason)
{
	return answer_of(ANSWER_BROKEN, -1, reason);
}

/* Tags are compared weakly: the question is whether the object changed, not
 * whether bytes may be joined (that is what If-Range is for).  A tag that is
 * not one by the grammar still is itself. */
static int
same_etag(const char *a, const char *b)
{
	return etag_equal_weak(a, b) || strcmp(a, b) == 0;
}

enum likeness { LIKE_SAME, LIKE_OTHER, LIKE_UNKNOWN };

/* Compares validators, the better one first; one that a side lacks says
 * nothing. */
static enum likeness
likeness(const struct answer_head *head, const struct answer_object *object)
{
	if (head->etag[0] != '\0' && object->etag[0] != '\0')
		return same_etag(head->etag, object->etag) ? LIKE_SAME :
		    LIKE_OTHER;
	if (head->modified >= 0 && object->modified >= 0)
		return head->modified == object->modified ? LIKE_SAME :
		    LIKE_OTHER;
	return LIKE_UNKNOWN;
}

static int
other_size(const struct answer_object *object, int64_t size)
{
	return object->known && object->size >= 0 && size >= 0 &&
	    size != object->size;
}

static int
changed(const struct answer_head *head, const struct answer_object *object,
    int64_t size)
{
	return object->known && (other_size(object, size) ||
	    likeness(head, object) == LIKE_OTHER);
}

/*
 * 200 although If-Range was sent: the source means "changed", unless it names
 * the validator that was asked for.  Without any validator to compare its word
 * counts.
 */
static int
says_changed(const struct answer_asked *asked, const struct answer_head *head,
    const struct answer_object *object)
{
	return asked->range && asked->if_range && object->known &&
	    likeness(head, object) == LIKE_UNKNOWN;
}

static struct answer
judge_whole(const struct answer_asked *asked, const struct answer_head *head,
    const struct answer_object *object)
{
	struct answer a = answer_of(ANSWER_WHOLE, head->length, "");

	if (head->encoded)
		return broken("the source sends an encoded body");
	if (changed(head, object, head->length) ||
	    (head->length != 0 && says_changed(asked, head, object)))
		a.verdict = ANSWER_CHANGED;
	else if (head->length == 0)
		return answer_of(ANSWER_EMPTY, 0, "");
	else if (asked->range && asked->if_range)
		return answer_of(ANSWER_AGAIN_PLAIN, head->length,
		    "the source ignores a Range with If-Range");
	a.body = head->length != 0;
	if (head->length > 0)
		a.last = head->length - 1;
	return a;
}

/* 1 when less comes than was asked, and than there is. */
static int
ends_early(const struct answer_asked *asked, const struct content_range *cr)
{
	uint64_t end = cr->size > 0 ? (uint64_t)cr->size - 1 : UINT64_MAX;

	if (asked->last >= 0 && (uint64_t)asked->last < end)
		end = (uint64_t)asked->last;
	return cr->last < end;
}

/* What is wrong with a 206, or NULL. */
static const char *
part_fault(const struct answer_asked *asked, const struct answer_head *head)
{
	const struct content_range *cr = &head->range;

	if (!asked->range)
		return "the source sends a range that it was not asked";
	if (head->encoded)
		return "the source sends an encoded body";
	if (head->multipart)
		return "the source sends several ranges for one";
	if (cr->kind == CONTENT_RANGE_ABSENT)
		return "the source sends a range without Content-Range";
	if (cr->kind != CONTENT_RANGE_PART)
		return "the source sends a bad Content-Range";
	if (head->length >= 0 &&
	    (uint64_t)head->length != cr->last - cr->first + 1)
		return "Content-Range and Content-Length of the source differ";
	if (cr->first > asked->first)
		return "the source begins after the byte that was asked";
	if (cr->last < asked->first)
		return "the source ends before the byte that was asked";
	/* Each alone may be; both are a body whose place is told wrongly. */
	if (cr->first < asked->first && ends_early(asked, cr))
		return "the source shifts the range that was asked";
	return NULL;
}

static struct answer
judge_part(const struct answer_asked *asked, const struct answer_head *head,
    const struct answer_object *object)
{
	const struct content_range *cr = &head->range;
	const char *fault = part_fault(asked, head);
	struct answer a;

	if (fault != NULL)
		return broken(fault);
	a = answer_of(ANSWER_DATA, cr->size, "");
	a.body = 1;
	a.first = cr->first;
	a.last = (int64_t)cr->last;
	a.skip = asked->first - cr->first;
	/* Bytes behind the known end tell of another size as well. */
	if (changed(head, object, cr->size) || (object->known &&
	    object->size >= 0 && a.last >= object->size))
		a.verdict = ANSWER_CHANGED;
	return a;
}

/*
 * 416: a size that explains the refusal is learned; one that does not would
 * have the same request sent for ever.  Validators here describe the error
 * page as often as the object and are not looked at.
 */
static struct answer
judge_unsatisfied(const struct answer_asked *asked,
    const struct answer_head *head, const struct answer_object *object)
{
	const struct content_range *cr = &head->range;

	if (cr->kind != CONTENT_RANGE_UNSATISFIED ||
	    (uint64_t)cr->size > asked->first)
		return answer_of(ANSWER_AGAIN_WHOLE, -1,
		    "the source refuses a range");
	if (other_size(object, cr->size))
		return answer_of(ANSWER_CHANGED, cr->size, "");
	return answer_of(ANSWER_SIZE, cr->size, "");
}

static struct answer
judge_error(int status)
{
	struct answer a = answer_of(ANSWER_ERROR, -1,
	    "the source gives an answer that is of no use");
	size_t i;

	a.status = 502;
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (status >= errors[i].from && status <= errors[i].to) {
			a.status = errors[i].status;
			a.reason = errors[i].reason;
			break;
		}
	return a;
}

struct answer
answer_judge(const struct answer_asked *asked, const struct answer_head *head,
    const struct answer_object *object)
{
	switch (head->status) {
	case 200:
		return judge_whole(asked, head, object);
	case 206:
		return judge_part(asked, head, object);
	case 416:
		if (asked->range)
			return judge_unsatisfied(asked, head, object);
		/* FALLTHROUGH */
	default:
		return judge_error(head->status);
	}
}

int
answer_is_same(const struct answer_head *head,
    const struct answer_object *object)
{
	return likeness(head, object) == LIKE_SAME;
}

const char *
answer_name(enum answer_verdict verdict)
{
	return names[verdict];
}
