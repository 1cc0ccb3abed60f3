/* SPDX-License-Identifier: ISC */
/* seats -- the connections that the accounts of sources have open; fetcher */
#include "config.h"

#include <string.h>

#include <bsd/string.h>

#include "reeld/seats.h"
#include "layout.h"
#include "shared.h"

int
seats_claim(const char *account)
{
	struct seats *s;
	uint32_t none;
	int i;

	for (i = 0; i < SEATS_MAX; i++) {
		s = &view.seats[i];
		none = 0;
		if (LOAD(s->holder) != 0 || !CAS(s->holder, &none,
		    HOLDER(view.slot, view.life)))
			continue;
		SET(s->open, 0);
		SET(s->waiting, 0);
		strlcpy(s->account, account, sizeof(s->account));
		return i;
	}
	return -1;
}

void
seats_write(int record, const struct seats_info *info)
{
	struct seats *s;

	if (record == -1)
		return;
	s = &view.seats[record];
	SET(s->open, info->open);
	SET(s->waiting, info->waiting);
	SET(s->limit, info->limit);
}

uint32_t
seats_elsewhere(int record)
{
	const struct seats *s;
	uint32_t sum = 0;
	int i;

	for (i = 0; record != -1 && i < SEATS_MAX; i++) {
		s = &view.seats[i];
		if (i != record && LOAD(s->holder) != 0 &&
		    LOAD(s->limit) != 0 &&
		    strcmp(s->account, view.seats[record].account) == 0)
			sum += LOAD(s->open);
	}
	return sum;
}

/* The account among those that were taken, or a new one. */
static struct seats_info *
place_of(struct seats_info *out, size_t *n, size_t max, const char *account)
{
	size_t i;

	for (i = 0; i < *n; i++)
		if (strcmp(out[i].account, account) == 0)
			return &out[i];
	if (*n == max)
		return NULL;
	memset(&out[*n], 0, sizeof(out[*n]));
	strlcpy(out[*n].account, account, sizeof(out[*n].account));
	return &out[(*n)++];
}

size_t
seats_take(struct seats_info *out, size_t max)
{
	const struct seats *s;
	struct seats_info *to;
	size_t n = 0;
	int i;

	for (i = 0; i < SEATS_MAX; i++) {
		s = &view.seats[i];
		if (LOAD(s->holder) == 0 || LOAD(s->limit) == 0 ||
		    (to = place_of(out, &n, max, s->account)) == NULL)
			continue;
		to->limit = LOAD(s->limit);
		to->open += LOAD(s->open);
		to->waiting += LOAD(s->waiting);
	}
	return n;
}
