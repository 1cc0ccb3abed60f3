/* SPDX-License-Identifier: ISC */
/* condition -- the preconditions of a request; worker */
#include "config.h"

#include "reeld/condition.h"
#include "reeld/date.h"
#include "reeld/etag.h"

/* 1 when the object was modified after the date of the field; -1 when the
 * field is absent or cannot be judged, and is ignored. */
static int
modified_since(struct span field, int64_t mtime, int64_t now)
{
	int64_t date = date_parse(field.base, field.len, now);

	if (date == -1 || mtime == -1)
		return -1;
	return mtime > date;
}

/* Steps 1 and 2: is this still the object that the client means? */
static int
still_meant(const struct condition *in, const char *etag, int64_t mtime)
{
	if (in->if_match.base != NULL)
		return etag_listed(in->if_match.base, in->if_match.len, etag,
		    ETAG_STRONG);
	return modified_since(in->if_unmodified_since, mtime, in->now) != 1;
}

/* Steps 3 and 4: does the client have this object already?  Reads look at
 * If-Modified-Since, but only without If-None-Match. */
static int
already_had(const struct condition *in, const char *etag, int64_t mtime,
    int is_get_or_head)
{
	if (in->if_none_match.base != NULL)
		return etag_listed(in->if_none_match.base,
		    in->if_none_match.len, etag, ETAG_WEAK);
	return is_get_or_head &&
	    modified_since(in->if_modified_since, mtime, in->now) == 0;
}

enum condition_verdict
condition_check(const struct condition *in, const char *etag, int64_t mtime,
    int is_get_or_head)
{
	if (!still_meant(in, etag, mtime))
		return CONDITION_FAILED;
	if (!already_had(in, etag, mtime, is_get_or_head))
		return CONDITION_PASS;
	return is_get_or_head ? CONDITION_NOT_MODIFIED : CONDITION_FAILED;
}

int
condition_range(const char *value, size_t len, const char *etag, int64_t mtime,
    int64_t date)
{
	if (value == NULL)
		return 1;
	if (etag_valid(value, len))
		return etag_listed(value, len, etag, ETAG_STRONG);
	return date_strong(mtime, date) &&
	    date_parse(value, len, date) == mtime;
}
