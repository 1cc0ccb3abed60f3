/* SPDX-License-Identifier: ISC */
/* fetcher_notice_test -- the address that a client has for a source's */
#include "config.h"

#include <criterion/criterion.h>

#include "../../src/fetcher/notice.h"

static const struct row {
	const char	*match, *url;	/* of the origin; url NULL: open */
	const char	*source;
	const char	*address, *name;
} rows[] = {
	{ "/f/", "http://h/", "http://h/a.mkv", "/f/a.mkv", "a.mkv" },
	{ "/f/", "http://h/lib/", "http://h/lib/x/a.mkv", "/f/x/a.mkv",
	    "a.mkv" },
	{ "/f/", "http://h/lib", "http://h/lib/a.mkv", "/f/a.mkv", "a.mkv" },
	{ "/f", "http://h/lib/", "http://h/lib/a.mkv", "/f/a.mkv", "a.mkv" },
	{ "/", "http://h/", "http://h/", "/", "" },
	{ "/f/", "http://h/lib/", "http://h/lib/", "/f/", "" },
	/* the spelling of the configuration is not that of an address */
	{ "/f/", "http://H:80/%6cib/../lib/", "http://h/lib/a.mkv",
	    "/f/a.mkv", "a.mkv" },
	/* what is secret stays so */
	{ "/f/", "http://u:p@h/lib/?key=1", "http://u:p@h/lib/a.mkv?key=1&t=2",
	    "/f/a.mkv", "a.mkv" },
	{ "/u/", NULL, "http://u:p@h/x/y/a%20b.mkv?key=1", "/u/a%20b.mkv",
	    "a b.mkv" },
	{ "/f/", "http://h/lib/", "http://other/secret/a.mkv", "/f/a.mkv",
	    "a.mkv" },
};

Test(notice, addresses)
{
	char address[256], name[64];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct conf_origin o = {
			.type = rows[i].url == NULL ? CONF_OPEN : CONF_AUTO,
			.match = (char *)(uintptr_t)rows[i].match,
			.url = (char *)(uintptr_t)rows[i].url,
		};

		notice_address(&o, rows[i].source, address, sizeof(address));
		cr_expect_str_eq(address, rows[i].address, "%s: %s",
		    rows[i].source, address);
		notice_name(rows[i].source, name, sizeof(name));
		cr_expect_str_eq(name, rows[i].name, "%s: %s",
		    rows[i].source, name);
	}
}
