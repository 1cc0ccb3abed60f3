/* SPDX-License-Identifier: ISC */
/* check_source -- is this text a method, a proxy, a page's origin?; every
 * process */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "check.h"

#define UPPER	"ABCDEFGHIJKLMNOPQRSTUVWXYZ"

static int
is_one_of(const char *s, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strcasecmp(s, *words) == 0)
			return 1;
	return 0;
}

const char *
check_field(const char *s)
{
	char line[256];

	/* as long as a header line of that name would pass */
	if (snprintf(line, sizeof(line), "%s: x", s) >= (int)sizeof(line))
		return "is too long";
	if (strcasecmp(s, "user-agent") == 0)
		return NULL;
	if (strcasecmp(s, "host") == 0)
		return "names a field that reeld sets itself";
	return strchr(s, ':') != NULL ? "must be a field's name alone" :
	    check_header(line);
}

const char *
check_method(const char *s)
{
	static const char *const never[] = { "GET", "HEAD", "CONNECT", "TRACE",
		NULL };

	if (strcmp(s, "*") == 0)
		return NULL;
	if (s[0] == '\0' || s[strspn(s, UPPER "-_")] != '\0')
		return "must be methods in capitals, or *";
	if (strlen(s) > 31)
		return "is longer than 31 bytes";
	return is_one_of(s, never) ? "names a method that never passes" : NULL;
}

const char *
check_proxy(const char *s)
{
	static const char *const schemes[] = { "http", "https", "socks4",
		"socks4a", "socks5", "socks5h", NULL };
	char url[512], scheme[16];
	const char *mark = strstr(s, "://"), *why;
	size_t len = mark == NULL ? sizeof(scheme) : (size_t)(mark - s);

	if (len >= sizeof(scheme))
		return "must be a URL: http://, https:// or socks5://";
	memcpy(scheme, s, len);
	scheme[len] = '\0';
	if (!is_one_of(scheme, schemes))
		return "must be a URL: http://, https:// or socks5://";
	if (snprintf(url, sizeof(url), "http%s", mark) >= (int)sizeof(url))
		return "is too long";
	if ((why = check_url(url)) != NULL)
		return why;
	return mark[3 + strcspn(mark + 3, "/?")] == '\0' ? NULL :
	    "must have no path";
}

const char *
check_bind(const char *s)
{
	struct in6_addr address;

	return inet_pton(AF_INET, s, &address) == 1 ||
	    inet_pton(AF_INET6, s, &address) == 1 ? NULL :
	    "must be an IPv4 or IPv6 address";
}

const char *
check_cors(const char *s)
{
	const char *why;

	if (strcmp(s, "*") == 0)
		return NULL;
	if ((why = check_url(s)) != NULL)
		return why;
	if (strpbrk(s + 8, "/?@") != NULL)
		return "must be scheme://host[:port], or *";
	return NULL;
}
