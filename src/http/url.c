/* SPDX-License-Identifier: ISC */
/* url -- absolute http and https addresses taken apart; every process */
#include "config.h"

#include <arpa/inet.h>

#include <string.h>

#include "reeld/url.h"

#include "octet.h"
#include "scan.h"

int
url_scheme(const char *s, size_t len)
{
	struct span text = { s, len };

	return scan_word(&text, "http://") || scan_word(&text, "https://");
}

/* Takes everything up to the first of the bytes in `stop` off the front. */
static struct span
take_until(struct span *s, const char *stop)
{
	struct span taken = { s->base, 0 };

	while (taken.len < s->len &&
	    memchr(stop, s->base[taken.len], strlen(stop)) == NULL)
		taken.len++;
	*s = (struct span){ s->base + taken.len, s->len - taken.len };
	return taken;
}

/* Names are kept to what resolvers take: nothing in them is ever escaped. */
static int
name_valid(struct span host)
{
	size_t i, label = 0;

	for (i = 0; i < host.len; i++) {
		if (host.base[i] == '.' && label > 0)
			label = 0;
		else if (octet_label((unsigned char)host.base[i]))
			label++;
		else
			return 0;
	}
	return host.len > 0 && host.len <= URL_HOST_MAX &&
	    (label > 0 || host.len > 1);
}

static int
literal_valid(struct span host)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr in6;

	if (host.len >= sizeof(text))
		return 0;
	memcpy(text, host.base, host.len);
	text[host.len] = '\0';
	return inet_pton(AF_INET6, text, &in6) == 1;
}

/* What follows the host: nothing, `:`, or `:` and a number. */
static int
port_parse(struct span s, struct url *url)
{
	uint64_t port;

	url->port = url->https ? 443 : 80;
	if (s.len == 0 || (scan_char(&s, ':') && s.len == 0))
		return 1;
	if (scan_number(&s, &port) == 0 || s.len > 0 || port < 1 ||
	    port > UINT16_MAX)
		return 0;
	url->port = (uint16_t)port;
	return 1;
}

static const char *
host_parse(struct span s, struct url *url)
{
	if (scan_char(&s, '[')) {
		url->literal6 = 1;
		url->host = take_until(&s, "]");
		if (!scan_char(&s, ']') || !literal_valid(url->host))
			return "bad IPv6 address in the address";
	} else {
		url->host = take_until(&s, ":");
		if (!name_valid(url->host))
			return "bad host in the address";
	}
	if (s.len > 0 && s.base[0] != ':')
		return "bad host in the address";
	return port_parse(s, url) ? NULL : "bad port in the address";
}

/* `user:pass@` as RFC 3986, 3.2.1 has it; a stray `\` or `@` here is how one
 * reader of an address is made to see another host than the next. */
static int
userinfo_valid(struct span s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (!octet_unreserved((unsigned char)s.base[i]) &&
		    strchr("!$&'()*+,;=:%", s.base[i]) == NULL)
			return 0;
	return 1;
}

static const char *
authority_parse(struct span s, struct url *url)
{
	struct span rest = s;

	url->userinfo = take_until(&rest, "@");
	if (rest.len == 0) {
		url->userinfo = (struct span){ NULL, 0 };
		return host_parse(s, url);
	}
	if (!userinfo_valid(url->userinfo))
		return "bad credentials in the address";
	url->credentials = 1;
	scan_char(&rest, '@');
	return host_parse(rest, url);
}

/* Faults that no part of an address may have. */
static const char *
bytes_fault(struct span s)
{
	size_t i;

	if (s.len > URL_MAX)
		return "the address is too long";
	for (i = 0; i < s.len; i++) {
		if (s.base[i] == ' ' || octet_control((unsigned char)s.base[i]))
			return "control character or space in the address";
		if (s.base[i] == '%' &&
		    octet_escape(s.base + i, s.len - i) == -1)
			return "bad percent escape in the address";
	}
	return NULL;
}

static const char *
parse(struct span s, struct url *url)
{
	const char *fault;

	memset(url, 0, sizeof(*url));
	if (!url_scheme(s.base, s.len))
		return "only http and https addresses";
	fault = bytes_fault(s);
	if (fault != NULL)
		return fault;
	s = take_until(&s, "#");
	url->https = scan_word(&s, "https://");
	if (!url->https)
		scan_word(&s, "http://");
	fault = authority_parse(take_until(&s, "/?"), url);
	if (fault != NULL)
		return fault;
	url->path = take_until(&s, "?");
	if (scan_char(&s, '?'))
		url->query = s;
	return NULL;
}

int
url_parse(const char *s, size_t len, struct url *url, const char **why)
{
	const char *fault = parse((struct span){ s, len }, url);

	if (fault != NULL && why != NULL)
		*why = fault;
	return fault == NULL ? 0 : -1;
}

struct span
url_last(struct span path)
{
	const char *slash = memrchr(path.base, '/', path.len);
	size_t before = slash == NULL ? 0 : (size_t)(slash + 1 - path.base);

	return (struct span){ path.base + before, path.len - before };
}

void
url_host(const struct url *url, char out[URL_HOST_MAX + 1])
{
	size_t i;

	for (i = 0; i < url->host.len; i++)
		out[i] = octet_lower((unsigned char)url->host.base[i]);
	out[i] = '\0';
}
