/* SPDX-License-Identifier: ISC */
/* names -- what host names mean to a reeld; runs in test programs */
#include "config.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <criterion/criterion.h>

#include "harness.h"
#include "names.h"

/* A sanitizer would have its library before all others. */
static void
let_preload(void)
{
	const char *old = getenv("ASAN_OPTIONS");
	char options[1024];

	snprintf(options, sizeof(options), "%s%sverify_asan_link_order=0",
	    old != NULL ? old : "", old != NULL ? ":" : "");
	setenv("ASAN_OPTIONS", options, 1);
}

struct reeld *
names_start(const char *table, const char *conf)
{
	const char *build = getenv("BUILD");
	char so[PATH_MAX], path[PATH_MAX];
	struct reeld *r;

	snprintf(so, sizeof(so), "%s/resolver.so",
	    build != NULL ? build : "build");
	cr_assert_not_null(realpath(so, path), "%s", so);
	let_preload();
	setenv("TEST_NAMES", table, 1);
	setenv("LD_PRELOAD", path, 1);
	r = reeld_start("%s", conf);
	unsetenv("LD_PRELOAD");
	return r;
}
