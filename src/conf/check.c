/* SPDX-License-Identifier: ISC */
/* check -- is this text a URL, an address, a header, a path?; every process */
#include "config.h"

#include <sys/un.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include <bsd/string.h>

#include "check.h"
#include "unit.h"

#define HOST_MAX	253	/* octets of a name, RFC 1035 */
#define NAME_MAX_BYTES	63

#define ALPHA	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGIT	"0123456789"
#define HEXDIG	DIGIT "abcdefABCDEF"

/* Request fields that reeld writes itself, or whose forging would break the
 * framing or the promise that no wrong byte reaches a viewer. */
static const char *const own_fields[] = {
	"Accept-Encoding", "Connection", "Content-Length", "Expect",
	"If-Match", "If-Modified-Since", "If-None-Match", "If-Range",
	"If-Unmodified-Since", "Keep-Alive", "Range", "TE", "Trailer",
	"Transfer-Encoding", "Upgrade", NULL
};

static int
only_of(const char *s, const char *set)
{
	return s[strspn(s, set)] == '\0';
}

static int
is_ip(const char *s)
{
	struct in6_addr address;

	return inet_pton(AF_INET, s, &address) == 1 ||
	    inet_pton(AF_INET6, s, &address) == 1;
}

/* An IPv4 address or a name, perhaps with the final dot.  One whose last label
 * is a number would be an address written in a way that hides it. */
static int
is_host(const char *s)
{
	const char *label = s;
	struct in_addr address;
	size_t n;

	if (inet_pton(AF_INET, s, &address) == 1)
		return 1;
	if (strlen(s) > HOST_MAX || !only_of(s, ALPHA DIGIT "-._"))
		return 0;
	for (;;) {
		n = strcspn(label, ".");
		if (n == 0)
			return 0;
		if (label[n] == '\0' || label[n + 1] == '\0')
			return strspn(label, DIGIT) < n;
		label += n + 1;
	}
}

static int
is_port(const char *s)
{
	uint64_t n;

	return unit_parse_count(s, &n) == 0 && n >= 1 && n <= 65535 &&
	    s[0] != '0';
}

/* host, host:port, [v6] or [v6]:port; `port` is NULL where there is none.
 * Writes into `s`. */
static int
split_host(char *s, char **host, char **port)
{
	char *end;

	*host = s;
	*port = NULL;
	if (s[0] == '[') {
		*host = s + 1;
		if ((end = strchr(s, ']')) == NULL)
			return -1;
		*end++ = '\0';
		if (*end == ':')
			*port = end + 1;
		else if (*end != '\0')
			return -1;
		return strchr(*host, ':') != NULL && is_ip(*host) ? 0 : -1;
	}
	if ((end = strchr(s, ':')) != NULL) {
		*end = '\0';
		*port = end + 1;
	}
	return is_host(*host) ? 0 : -1;
}

/* Is `s` host[:port], the port needed or not? */
static int
is_host_port(const char *s, int port_needed)
{
	char buf[HOST_MAX + sizeof("[]:65535")], *host, *port;

	if (strlcpy(buf, s, sizeof(buf)) >= sizeof(buf) ||
	    split_host(buf, &host, &port) == -1)
		return 0;
	if (port == NULL)
		return !port_needed;
	return is_port(port);
}

const char *
check_path(const char *s)
{
	return s[0] == '/' ? NULL : "must be an absolute path";
}

const char *
check_path_or_none(const char *s)
{
	return s[0] == '\0' ? NULL : check_path(s);
}

const char *
check_socket_path(const char *s)
{
	if (strlen(s) >= sizeof(((struct sockaddr_un *)0)->sun_path))
		return "is too long for a unix socket, 107 bytes at most";
	return check_path(s);
}

const char *
check_log(const char *s)
{
	if (strcmp(s, "syslog") == 0 || strcmp(s, "stderr") == 0)
		return NULL;
	return s[0] == '/' ? NULL :
	    "must be syslog, stderr or an absolute path";
}

const char *
check_user(const char *s)
{
	if (s[0] == '-' || !only_of(s, ALPHA DIGIT "-._"))
		return "is no user's name";
	return NULL;
}

const char *
check_listen(const char *s)
{
	if (strncmp(s, "unix:", 5) == 0)
		return check_socket_path(s + 5);
	if (is_host_port(s, 1))
		return NULL;
	return "must be host:port, [v6]:port or unix:/path";
}

const char *
check_name(const char *s)
{
	if (s[0] == '\0')
		return "must not be empty";
	if (strlen(s) > NAME_MAX_BYTES)
		return "is longer than 63 bytes";
	return NULL;
}

const char *
check_match(const char *s)
{
	if (s[0] != '/')
		return "must begin with /";
	if (strpbrk(s, "?# ") != NULL)
		return "must be a path: no ?, # or blank";
	return NULL;
}

/* Every % begins an escape. */
static int
has_whole_escapes(const char *s)
{
	while ((s = strchr(s, '%')) != NULL)
		if (strspn(++s, HEXDIG) < 2)
			return 0;
	return 1;
}

/* [userinfo@]host[:port], RFC 3986, 3.2. */
static const char *
check_authority(char *s)
{
	char *host = s, *at = strchr(s, '@');

	if (at != NULL) {
		*at = '\0';
		if (!only_of(s, ALPHA DIGIT "-._~!$&'()*+,;=:%"))
			return "must have its user:password escaped";
		host = at + 1;
	}
	return is_host_port(host, 0) ? NULL : "has no valid host[:port]";
}

const char *
check_url(const char *s)
{
	char authority[512];
	const char *start;
	size_t len;

	if (strncasecmp(s, "http://", 7) == 0)
		start = s + 7;
	else if (strncasecmp(s, "https://", 8) == 0)
		start = s + 8;
	else
		return "must begin with http:// or https://";
	if (strpbrk(s, " #\"<>\\") != NULL)
		return "must be escaped: no blank, #, \", <, > or \\";
	if (!has_whole_escapes(s))
		return "has a % that begins no escape";
	len = strcspn(start, "/?");
	if (len >= sizeof(authority))
		return "has too long a host";
	memcpy(authority, start, len);
	authority[len] = '\0';
	return check_authority(authority);
}

/* Are the address's bits behind the prefix zero?  If not, the prefix or the
 * address is a slip of the pen. */
static int
is_prefix(const uint8_t *address, size_t len, uint64_t bits)
{
	size_t i = bits / 8;

	if (bits == len * 8)
		return 1;
	if ((address[i] & (0xff >> bits % 8)) != 0)
		return 0;
	for (i++; i < len; i++)
		if (address[i] != 0)
			return 0;
	return 1;
}

const char *
check_network(const char *s)
{
	char text[INET6_ADDRSTRLEN];
	const char *slash = strchr(s, '/');
	size_t len = slash == NULL ? strlen(s) : (size_t)(slash - s);
	uint8_t address[16];
	uint64_t bits;

	if (len >= sizeof(text))
		return "must be an address or address/bits";
	memcpy(text, s, len);
	text[len] = '\0';
	if (inet_pton(AF_INET, text, address) == 1)
		len = 4;
	else if (inet_pton(AF_INET6, text, address) == 1)
		len = 16;
	else
		return "must be an address or address/bits";
	if (slash == NULL)
		return NULL;
	if (unit_parse_count(slash + 1, &bits) == -1 || bits > len * 8)
		return "has no valid number of bits after /";
	if (!is_prefix(address, len, bits))
		return "has address bits behind the prefix";
	return NULL;
}

const char *
check_allow(const char *s)
{
	const char *host = s;

	if (strchr(s, '/') != NULL || is_ip(s))
		return check_network(s);
	if (s[0] == '*' && (s[1] == '\0' || (s[1] == ':' && is_port(s + 2))))
		return NULL;
	if (strncmp(s, "*.", 2) == 0)
		host += 2;
	if (is_host_port(host, 0))
		return NULL;
	return "must be *, a name, *.name, an address, any of them with "
	    ":port, or address/bits";
}

const char *
check_header(const char *s)
{
	const char *colon = strchr(s, ':');
	size_t i, len;

	if (colon == NULL || colon == s)
		return "must be \"Name: value\"";
	len = (size_t)(colon - s);
	if (strspn(s, ALPHA DIGIT "!#$%&'*+-.^_`|~") != len)
		return "has a name that is no token";
	if (len == strlen("User-Agent") &&
	    strncasecmp(s, "User-Agent", len) == 0)
		return "must not be here: use user_agent";
	for (i = 0; own_fields[i] != NULL; i++)
		if (strlen(own_fields[i]) == len &&
		    strncasecmp(s, own_fields[i], len) == 0)
			return "names a field that reeld sets itself";
	return NULL;
}
