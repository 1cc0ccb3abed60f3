/* SPDX-License-Identifier: ISC */
/* touch -- when segments on disk were used last; spooler */
#include "config.h"

#include "reeld/clock.h"
#include "reeld/hash.h"
#include "reeld/spool.h"
#include "batch.h"
#include "health.h"
#include "touch.h"
#include "windows.h"

#define KNOWN	4096		/* segments remembered, a power of two */
#define AGAIN	60000		/* ms at most */
#define NOTED	256

/* By a hash of both; who comes later takes the place. */
static struct {
	int64_t		 file, when;
	uint32_t	 number;
} known[KNOWN];

static struct {
	int64_t		 file;
	uint32_t	 number;
} noted[NOTED];
static unsigned n;
static int64_t looked;		/* ms: at what was used */

/* In less than what memory keeps it for, it is not used twice from disk. */
static int64_t
again(const struct disk *d)
{
	int64_t kept = d->rules.idle + d->rules.reload_ttl;

	return kept < AGAIN ? kept : AGAIN;
}

void
touch_note(struct disk *d, int64_t file, uint32_t number)
{
	size_t i = hash_mix((uint64_t)file << 13 ^ number) & (KNOWN - 1);
	int64_t now = clock_ms();

	if (known[i].file == file && known[i].number == number &&
	    now - known[i].when < again(d))
		return;
	if (n == NOTED && touch_tell(d) == -1)
		return;
	known[i].file = file;
	known[i].number = number;
	known[i].when = now;
	noted[n].file = file;
	noted[n++].number = number;
}

static void
note(void *arg, int64_t file, uint32_t number)
{
	touch_note(arg, file, number);
}

/* A short hit leaves no row to be seen, but its time in the segment; one that
 * pauses leaves the row alone. */
void
touch_used(struct disk *d)
{
	const struct windows *w = windows_take();
	int64_t since = looked;
	size_t i;

	looked = clock_ms();
	spool_each_used(since, note, d);
	for (i = 0; i < w->n; i++)
		touch_note(d, w->v[i].file, w->v[i].first);
}

int
touch_tell(struct disk *d)
{
	int64_t now = disk_now();
	unsigned i;

	if (n > 0 && batch_begin(d) == -1)
		return -1;
	for (i = 0; i < n; i++)
		if (health_check(d->catalogue, catalogue_touch(d->catalogue,
		    noted[i].file, noted[i].number, now)) == -1)
			break;
	n = 0;
	return 0;
}
