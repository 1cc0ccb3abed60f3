/* SPDX-License-Identifier: ISC */
/* unit -- numbers as people write them: 64K, 500ms, 30; every process */
#include "config.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "reeld/conf.h"

#include "unit.h"

struct unit {
	const char	*suffix;
	uint64_t	 factor;
};

/* Largest first, as printing wants them; ended by a NULL suffix. */
static const struct unit size_units[] = {
	{ "T",	UINT64_C(1) << 40 },
	{ "G",	UINT64_C(1) << 30 },
	{ "M",	UINT64_C(1) << 20 },
	{ "K",	UINT64_C(1) << 10 },
	{ "",	1 },
	{ NULL,	0 }
};

static const struct unit time_units[] = {
	{ "d",	86400000 },
	{ "h",	3600000 },
	{ "m",	60000 },
	{ "s",	1000 },
	{ "ms",	1 },
	{ NULL,	0 }
};

/* Reads the digits that `s` begins with; where they end is left in `end`.
 * The limit is INT64_MAX, so that a time fits its signed field. */
static int
parse_digits(const char *s, uint64_t *n, const char **end)
{
	const char *p;
	uint64_t sum = 0;
	unsigned digit;

	for (p = s; *p >= '0' && *p <= '9'; p++) {
		digit = (unsigned)(*p - '0');
		if (sum > ((uint64_t)INT64_MAX - digit) / 10)
			return -1;
		sum = sum * 10 + digit;
	}
	if (p == s)
		return -1;
	*n = sum;
	*end = p;
	return 0;
}

/* Digits and one of the suffixes; `bare` is the factor of a number that has
 * none. */
static int
parse_scaled(const char *s, const struct unit *units, uint64_t bare,
    uint64_t *n)
{
	const struct unit *u;
	const char *suffix;
	uint64_t sum, factor = bare;

	if (parse_digits(s, &sum, &suffix) == -1)
		return -1;
	if (*suffix != '\0') {
		for (u = units; u->suffix != NULL; u++)
			if (strcmp(u->suffix, suffix) == 0)
				break;
		if (u->suffix == NULL)
			return -1;
		factor = u->factor;
	}
	if (sum > (uint64_t)INT64_MAX / factor)
		return -1;
	*n = sum * factor;
	return 0;
}

static int
print_scaled(uint64_t n, const struct unit *units, FILE *fp)
{
	const struct unit *u = units;

	while (u->factor > 1 && (n == 0 || n % u->factor != 0))
		u++;
	return fprintf(fp, "%" PRIu64 "%s", n / u->factor, u->suffix);
}

int
unit_parse_count(const char *s, uint64_t *n)
{
	const char *end;

	if (parse_digits(s, n, &end) == -1 || *end != '\0')
		return -1;
	return 0;
}

int
unit_parse_percent(const char *s, uint64_t *n)
{
	const char *end;

	if (parse_digits(s, n, &end) == -1 || strcmp(end, "%") != 0)
		return -1;
	return 0;
}

int
unit_print_size(uint64_t n, FILE *fp)
{
	return print_scaled(n, size_units, fp);
}

int
unit_print_time(uint64_t ms, FILE *fp)
{
	return print_scaled(ms, time_units, fp);
}

int
conf_size(const char *s, uint64_t *bytes)
{
	return parse_scaled(s, size_units, 1, bytes);
}

int
conf_time(const char *s, int64_t *ms)
{
	uint64_t n;

	if (parse_scaled(s, time_units, 1000, &n) == -1)
		return -1;
	*ms = (int64_t)n;
	return 0;
}
