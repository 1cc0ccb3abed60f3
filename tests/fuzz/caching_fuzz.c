/* SPDX-License-Identifier: ISC */
/* caching_fuzz -- what heads say of caching, judged and used; libFuzzer
 * program */
#include "config.h"

#include <assert.h>
#include <string.h>

#include "reeld/caching.h"
#include "reeld/header.h"

#define NOW INT64_C(1700000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* What the first bytes of the input decide. */
struct setting {
	uint8_t		 status, flags, source, ttl;
	uint16_t	 later;
};

/* The input has lines of the source, an empty one, lines of the client. */
static void
read_lines(const char *line, size_t len, struct caching_head *head,
    struct caching_wish *wish)
{
	struct span name, value;
	const char *end;
	size_t n;
	int of_client = 0;

	for (; len > 0; len -= n, line += n) {
		end = memchr(line, '\n', len);
		n = end == NULL ? len : (size_t)(end - line) + 1;
		if (n == 1)
			of_client = 1;
		if (header_split(line, n, &name, &value) == -1)
			continue;
		if (of_client)
			caching_wish_note(wish, name, value);
		else
			caching_note(head, name, value, NOW);
	}
}

static void
check_freshness(const struct freshness *f, const struct caching_head *head)
{
	assert(f->born <= NOW);
	assert(f->while_until >= f->fresh_until);
	assert(f->error_until >= f->fresh_until);
	assert(memchr(head->text, '\0', CACHING_TEXT) != NULL);
	assert(head->age >= -1 && head->age <= CACHE_CONTROL_MOST);
}

static void
check_use(enum caching_use use, const struct freshness *f,
    enum caching_source source, int64_t now)
{
	int stale = now >= f->fresh_until;

	if (source == CACHING_ANSWERED || use == CACHING_ASK ||
	    use == CACHING_TIMEOUT || use == CACHING_ERROR)
		return;
	assert((f->flags & CACHING_NO_CACHE) == 0);
	assert(!stale || (f->flags & CACHING_MUST) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const int statuses[] = { 200, 206, 304, 416, 404, 503, 0, 999 };
	struct caching_case c = { .requested = NOW, .answered = NOW };
	struct caching_head head;
	struct caching_wish wish;
	struct freshness f;
	struct setting set;
	char text[CACHING_TEXT];
	enum caching_verdict verdict;

	if (len < sizeof(set))
		return 0;
	memcpy(&set, data, sizeof(set));
	caching_init(&head);
	caching_wish_init(&wish);
	read_lines((const char *)data + sizeof(set), len - sizeof(set), &head,
	    &wish);
	c.status = statuses[set.status % 8];
	c.authorized = set.flags & 1;
	c.force = (set.flags & 2) != 0;
	c.ttl = set.ttl - 1;
	verdict = caching_judge(&head, &c, &f);
	assert(caching_verdict_names[verdict] != NULL);
	check_freshness(&f, &head);
	caching_print(&head, &c, text);
	caching_complete(&head, &f, text, -1, NOW);
	caching_judge(&head, &c, &f);
	check_freshness(&f, &head);
	check_use(caching_use(&f, &wish, set.source % 4, NOW + set.later), &f,
	    set.source % 4, NOW + set.later);
	return 0;
}
