/* SPDX-License-Identifier: ISC */
/* seat -- how many connections an account may have, and has; fetcher */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <bsd/stdlib.h>
#include <bsd/string.h>

#include "reeld/log.h"
#include "reeld/seats.h"
#include "seat.h"

#define ANSWER_GUESS	100000	/* us, until the first answer came */

struct seat {
	char			 account[64];
	unsigned		 number, limit, open, waiting;
	int			 record;	/* in the arena; -1 none */
	int64_t			 answer;	/* us, a running mean */
	int64_t			 passed;	/* ms: see seat_passed() */
};

static struct seat **seats;
static unsigned nseats;

struct seat *
seat_of(const char *account, unsigned limit)
{
	struct seat *s, **more;
	unsigned i;

	for (i = 0; i < nseats; i++)
		if (strcmp(seats[i]->account, account) == 0)
			break;
	if (i == nseats) {
		more = reallocarray(seats, nseats + 1UL, sizeof(*more));
		if (more == NULL || (s = calloc(1, sizeof(*s))) == NULL)
			fatal("no memory");
		strlcpy(s->account, account, sizeof(s->account));
		s->number = nseats;
		s->record = seats_claim(account);
		s->answer = ANSWER_GUESS;
		seats = more;
		seats[nseats++] = s;
	}
	s = seats[i];
	if (limit != 0 && (s->limit == 0 || limit < s->limit))
		s->limit = limit;
	return s;
}

void
seat_forget_limits(void)
{
	unsigned i;

	for (i = 0; i < nseats; i++)
		seats[i]->limit = 0;
}

unsigned
seat_number(const struct seat *s)
{
	return s->number;
}

struct seat *
seat_at(unsigned number)
{
	return number < nseats ? seats[number] : NULL;
}

unsigned
seat_limit(const struct seat *s)
{
	return s->limit == 0 ? 1 : s->limit;
}

unsigned
seat_open(const struct seat *s)
{
	return s->open;
}

static void
tell(const struct seat *s)
{
	const struct seats_info info = { .limit = seat_limit(s),
	    .open = s->open, .waiting = s->waiting };

	seats_write(s->record, &info);
}

int
seat_is_full(const struct seat *s)
{
	return s->open + seats_elsewhere(s->record) >= seat_limit(s);
}

void
seat_take(struct seat *s)
{
	s->open++;
	tell(s);
}

void
seat_give(struct seat *s)
{
	s->open--;
	tell(s);
}

void
seat_queue(struct seat *s)
{
	s->waiting++;
}

void
seat_tell(void)
{
	unsigned i;

	for (i = 0; i < nseats; i++) {
		tell(seats[i]);
		seats[i]->waiting = 0;
	}
}

void
seat_passed(struct seat *s, int64_t now)
{
	s->passed = now;
}

int64_t
seat_last_pass(const struct seat *s)
{
	return s->passed;
}

int64_t
seat_answer(const struct seat *s)
{
	return s->answer / 1000 + 1;
}

void
seat_answered(struct seat *s, int64_t us)
{
	s->answer = s->answer == ANSWER_GUESS ? us : (s->answer * 3 + us) / 4;
}
