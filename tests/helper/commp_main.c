/* SPDX-License-Identifier: ISC */
/*
 * commp -- how long the commitment to a piece takes
 *
 * usage: commp megabytes
 *
 * Hashes so many megabytes, in segments of 8 MiB as the fetcher does, and
 * prints CPU nanoseconds a byte.
 */
#include "config.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "reeld/commp.h"
#include "argument.h"
#include "data.h"

#define SEGMENT		(8u << 20)
#define SLICE		(32u << 10)

static double
cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void
hash_segment(struct commp *all, const uint8_t *bytes)
{
	struct commp *part = commp_create(commp_end(all));
	unsigned at;

	for (at = 0; at < SEGMENT; at += SLICE)
		commp_add(part, bytes + at, SLICE);
	if (commp_append(all, part) == -1)
		errx(1, "segments that do not touch");
	commp_destroy(part);
}

int
main(int argc, char **argv)
{
	struct commp *all = commp_create(0);
	uint8_t *bytes = malloc(SEGMENT), root[COMMP_ROOT];
	uint64_t size;
	double begun;

	if (argc != 2)
		errx(2, "usage: commp megabytes");
	size = (uint64_t)argument_number("megabytes", argv[1], 9, 100000) *
	    1000000;
	if (bytes == NULL)
		err(1, NULL);
	data_fill(1, 0, bytes, SEGMENT);
	begun = cpu();
	while (commp_end(all) < size)
		hash_segment(all, bytes);
	if (commp_root(all, commp_height(commp_end(all)), root) == -1)
		errx(1, "no root");
	printf("%.3f\n", (cpu() - begun) / (double)commp_end(all));
	commp_destroy(all);
	free(bytes);
	return 0;
}
