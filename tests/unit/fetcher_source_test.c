/* SPDX-License-Identifier: ISC */
/* fetcher_source_test -- which source is asked next (rule P10) */
#include "config.h"

#include <criterion/criterion.h>

#include "reeld/clock.h"
#include "../../src/fetcher/source.h"

#define NOW	1000000		/* ms */
#define COOL	30000

static char home[] = "http://a/lib/", first[] = "http://b/lib/",
    second[] = "http://c/";
static char *backups[] = { first, second };
static char forwarded[] = "Authorization";
static char *passed[] = { forwarded };

static const struct conf_origin with_backups = {
	.type = CONF_AUTO, .url = home, .backup = { backups, 2 } };
static const struct conf_origin open = { .type = CONF_OPEN };

static void
forget(void)
{
	server_forget_all();
}

TestSuite(source, .init = forget);

Test(source, home_then_in_order)
{
	struct sources s;

	sources_init(&s, &with_backups, "http://a/lib/x.ts");
	cr_assert_eq(s.n, 3);
	cr_expect_str_eq(source_url(&s.v[1]), "http://b/lib/x.ts");
	cr_expect_str_eq(source_url(&s.v[2]), "http://c/x.ts");
	cr_expect_eq(sources_choose(&s, 0, NOW), 0);
	cr_expect_eq(sources_choose(&s, 1, NOW), 1);
	cr_expect_eq(sources_choose(&s, 3, NOW), 2);
	cr_expect_eq(sources_choose(&s, 7, NOW), SOURCE_NONE);
	s.home = 2;
	cr_expect_eq(sources_choose(&s, 0, NOW), 2);
	cr_expect_eq(sources_choose(&s, 4, NOW), 0);
	s.v[0].like = SOURCE_OTHER;
	cr_expect_eq(sources_choose(&s, 4, NOW), 1);
	sources_fini(&s);
}

/* A server that failed does so for all objects, and goes last. */
Test(source, blamed_goes_last)
{
	struct sources s, other;

	sources_init(&s, &with_backups, "http://a/lib/x.ts");
	sources_init(&other, &with_backups, "http://a/lib/y.ts");
	server_blame(s.v[0].server, NOW, COOL);
	cr_expect_eq(sources_choose(&other, 0, NOW), 1);
	server_blame(s.v[1].server, NOW, COOL);
	server_blame(s.v[2].server, NOW, COOL);
	cr_expect_eq(sources_choose(&other, 0, NOW), SOURCE_NONE);
	cr_expect_eq(sources_fall_back(&other, 0, NOW), 0);
	cr_expect_eq(sources_choose(&other, 0, NOW + COOL), 0);
	sources_fini(&s);
	sources_fini(&other);
}

/* There is no end of addresses that clients name: none is remembered. */
Test(source, named_by_a_client)
{
	struct sources s;

	sources_init(&s, &open, "http://d/x.ts");
	cr_assert_eq(s.n, 1);
	cr_expect_null(s.v[0].server);
	server_blame(s.v[0].server, NOW, COOL);
	cr_expect_eq(sources_choose(&s, 0, NOW), 0);
	cr_expect_eq(sources_choose(&s, 1, NOW), SOURCE_NONE);
	sources_fini(&s);
}

/* Who waits for the soonest asks it first; what one client's fields may have
 * caused is not told of another's. */
Test(source, closed)
{
	struct conf_origin personal = with_backups;
	struct sources s, other;
	int64_t now = clock_ms();

	personal.pass_headers = (struct conf_strings){ passed, 1 };
	sources_init(&s, &personal, "http://a/lib/x.ts");
	source_close(&s.v[0], now, now + 9000);
	sources_init(&other, &personal, "http://a/lib/x.ts");
	cr_expect_eq(source_closed_for(&s.v[0], now), 9000);
	cr_expect_eq(source_closed_for(&other.v[0], now), 0);
	sources_fini(&other);
	sources_fini(&s);

	sources_init(&s, &with_backups, "http://a/lib/x.ts");
	source_close(&s.v[0], now, now + 9000);
	source_close(&s.v[1], now, now + 5000);
	source_close(&s.v[2], now, now + 7000);
	sources_init(&other, &with_backups, "http://a/lib/x.ts");
	cr_expect_eq(sources_choose(&other, 0, now), SOURCE_NONE);
	cr_expect_eq(sources_fall_back(&other, 0, now), 1);
	cr_expect_eq(sources_fall_back(&other, 2, now), 2);
	cr_expect_eq(sources_choose(&other, 0, now + 9000), 0);
	sources_fini(&other);
	sources_fini(&s);
}
