/* SPDX-License-Identifier: ISC */
/* counter -- what happened how often; every process */
#include "config.h"

#include "layout.h"
#include "shared.h"

const struct counter_def counter_table[COUNTERS] = {
#define COUNTER(name, metric, help) { metric, help },
#include "reeld/counter.def"
#undef COUNTER
};

void
counter_add(enum counter c, uint64_t n)
{
	uint64_t *word;

	if (view.head == NULL)
		return;
	word = view.slot == ARENA_NO_SLOT ? &view.head->counters[c] :
	    &view.slots[view.slot].counters[c];
	SET(*word, *word + n);
}

uint64_t
counter_sum(enum counter c)
{
	uint64_t sum = LOAD(view.head->counters[c]);
	unsigned i;

	for (i = 0; i < ARENA_SLOTS; i++)
		sum += LOAD(view.slots[i].counters[c]);
	return sum;
}
