/* SPDX-License-Identifier: ISC */
/* lines -- the header lines of a request, as libcurl takes them; fetcher */
#include "config.h"

#include "lines.h"

int
lines_add(struct curl_slist **lines, const char *line)
{
	struct curl_slist *more;

	if ((more = curl_slist_append(*lines, line)) == NULL)
		return -1;
	*lines = more;
	return 0;
}

int
lines_add_all(struct curl_slist **lines, const struct conf_strings *all)
{
	size_t i;

	for (i = 0; i < all->n; i++)
		if (lines_add(lines, all->v[i]) == -1)
			return -1;
	return 0;
}
