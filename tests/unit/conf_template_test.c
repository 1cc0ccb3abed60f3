/* SPDX-License-Identifier: ISC */
/* conf_template_test -- %{names} in a text, and what stands for them */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <criterion/criterion.h>
#include <jansson.h>

#include "reeld/template.h"

static const char *const good[] = { "", "plain", "%{address}", "100%%",
    "%%{nothing}", "%{address}%{attempt}%{count}%{error}%{name}",
    "%{origin}%{reason}%{source}%{status}%{time}", "%{name}}", "{name}",
    "%%%{name}" };

static const char *const bad[] = { "%", "100%", "%{}", "%{nothing}",
    "%{name", "%{ name}", "%{Name}", "%{names}", "%name", "%%%", "%%%{x}",
    "%{name}%", "%{%{name}}", "${name}%s" };

static const char *values[TEMPLATE_FIELDS];

static void
start(void)
{
	size_t i;

	for (i = 0; i < TEMPLATE_FIELDS; i++)
		values[i] = "";
	values[TEMPLATE_NAME] = "a \"b\\c\n\t\x01 \xc3\xa9";
	values[TEMPLATE_STATUS] = "404";
	values[TEMPLATE_REASON] = "%{name} %%";
	values[TEMPLATE_SOURCE] = "\xff\xc3z";
}

TestSuite(template, .init = start);

static void
expect(const char *text, const char *filled)
{
	char *got = template_fill(text, values);

	cr_assert_not_null(got);
	cr_expect_str_eq(got, filled, "%s: %s", text, got);
	free(got);
}

Test(template, faults)
{
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		cr_expect_null(template_fault(good[i]), "%s", good[i]);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect_not_null(template_fault(bad[i]), "%s", bad[i]);
}

Test(template, filled)
{
	expect("", "");
	expect("100%% %{status}%{status}", "100% 404404");
	expect("%%{status}", "%{status}");
	expect("[%{name}]", "[a \\\"b\\\\c\\n\\t\\u0001 \xc3\xa9]");
	/* what is filled in is not filled in again */
	expect("%{reason}", "%{name} %%");
	/* no UTF-8 */
	expect("%{source}", "??z");
}

/* Whatever the values are, what was JSON is JSON. */
Test(template, stays_json)
{
	char *text = template_fill("{\"a\": \"%{name}\", \"b\": %{status}, "
	    "\"c\": \"%{source}%{reason}\"}", values);
	json_t *j = json_loads(text, 0, NULL);

	cr_assert_not_null(j, "%s", text);
	cr_expect_str_eq(json_string_value(json_object_get(j, "a")),
	    values[TEMPLATE_NAME]);
	json_decref(j);
	free(text);
}
