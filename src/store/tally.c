/* SPDX-License-Identifier: ISC */
/* tally -- how many connections an address has; worker */
#include "config.h"

#include <endian.h>
#include <string.h>

#include "reeld/hash.h"
#include "reeld/tally.h"
#include "layout.h"
#include "shared.h"

#define REACH		64	/* counts in which an address may stand */
#define IPV4		0xffff000000000000ULL	/* no unicast IPv6 prefix */

/* Never 0.  The addresses of IPv4 are where IPv6 has multicast. */
static uint64_t
key_of(const uint64_t address[2])
{
	uint64_t low = be64toh(address[1]);

	if (address[0] == 0 && low >> 32 == 0xffff)
		return IPV4 | (low & 0xffffffff);
	return address[0] == 0 ? 1 : be64toh(address[0]);
}

/* The first of the counts in which a key may stand, in the table of `slot`. */
static struct tally *
reach_of(unsigned slot, uint64_t key)
{
	return &view.tallies[slot * (size_t)SLOT_TALLIES +
	    hash_mix(key) % (SLOT_TALLIES - REACH + 1)];
}

/* The count of a key, or NULL. */
static struct tally *
find(unsigned slot, uint64_t key)
{
	struct tally *t = reach_of(slot, key), *end = t + REACH;

	for (; t < end; t++)
		if (LOAD(t->key) == key && LOAD(t->count) > 0)
			return t;
	return NULL;
}

/* One that nobody uses, or NULL. */
static struct tally *
claim(uint64_t key)
{
	struct tally *t = reach_of(view.slot, key), *end = t + REACH;

	for (; t < end; t++)
		if (LOAD(t->count) == 0) {
			SET(t->key, key);
			return t;
		}
	return NULL;
}

uint32_t
tally_enter(const uint64_t address[2])
{
	uint64_t key = key_of(address);
	struct tally *t;
	uint32_t sum = 0;
	unsigned slot;

	if ((t = find(view.slot, key)) != NULL || (t = claim(key)) != NULL)
		SET(t->count, LOAD(t->count) + 1);
	for (slot = 0; slot < ARENA_SLOTS; slot++)
		if (LOAD(view.slots[slot].role) == ARENA_WORKER &&
		    (t = find(slot, key)) != NULL)
			sum += LOAD(t->count);
	return sum;
}

void
tally_leave(const uint64_t address[2])
{
	struct tally *t = find(view.slot, key_of(address));

	if (t != NULL)
		SET(t->count, LOAD(t->count) - 1);
}
