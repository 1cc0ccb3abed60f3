/* SPDX-License-Identifier: ISC */
/* socket -- one listening socket; master */
#include "config.h"

#include <sys/stat.h>
#include <sys/un.h>

#include <netinet/in.h>

#include <errno.h>
#include <netdb.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <bsd/string.h>

#include "reeld/undo.h"
#include "socket.h"

#define BACKLOG		1024
#define UNIX_PREFIX	"unix:"

const char *
socket_path(const char *address)
{
	size_t len = strlen(UNIX_PREFIX);

	return strncmp(address, UNIX_PREFIX, len) == 0 ? address + len : NULL;
}

static int
parse_unix(const char *path, struct socket_address *out)
{
	struct sockaddr_un *sun = (struct sockaddr_un *)&out->ss;

	sun->sun_family = AF_UNIX;
	if (path[0] != '/' || strlcpy(sun->sun_path, path,
	    sizeof(sun->sun_path)) >= sizeof(sun->sun_path))
		return -1;
	out->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
	    strlen(path) + 1);
	return 0;
}

/* Cuts "host:port" or "[v6]:port" in two, in place.  A bare IPv6 address is
 * refused: nobody could tell its last group from a port. */
static int
split(char *address, char **host, char **port)
{
	char *colon = strrchr(address, ':'), *end;

	if (colon == NULL || colon[1] == '\0')
		return -1;
	*colon = '\0';
	*port = colon + 1;
	*host = address;
	if (address[0] == '[') {
		end = colon - 1;
		if (end == address || *end != ']')
			return -1;
		*end = '\0';
		*host = address + 1;
	} else if (strchr(address, ':') != NULL) {
		return -1;
	}
	return 0;
}

static int
parse_inet(char *host, char *port, int v6, struct socket_address *out,
    const char **why)
{
	struct addrinfo hints, *ai;
	int rc;

	memset(&hints, 0, sizeof(hints));
	hints.ai_family = v6 ? AF_INET6 : AF_UNSPEC;
	hints.ai_socktype = SOCK_STREAM;
	hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
	if ((rc = getaddrinfo(host, port, &hints, &ai)) != 0) {
		*why = gai_strerror(rc);
		return -1;
	}
	memcpy(&out->ss, ai->ai_addr, ai->ai_addrlen);
	out->len = ai->ai_addrlen;
	freeaddrinfo(ai);
	return 0;
}

int
socket_parse(const char *address, struct socket_address *out,
    const char **why)
{
	char buf[NI_MAXHOST + NI_MAXSERV], *host, *port;

	memset(out, 0, sizeof(*out));
	if (socket_path(address) != NULL) {
		*why = "is no absolute path of at most 107 bytes";
		return parse_unix(socket_path(address), out);
	}
	*why = "is not host:port, [v6]:port or unix:/path";
	if (strlcpy(buf, address, sizeof(buf)) >= sizeof(buf) ||
	    split(buf, &host, &port) == -1 || host[0] == '\0')
		return -1;
	return parse_inet(host, port, address[0] == '[', out, why);
}

static int
set(int fd, int level, int option)
{
	int on = 1;

	return setsockopt(fd, level, option, &on, sizeof(on));
}

/* One that is to be alone is bound without SO_REUSEPORT, so that it fails if
 * any other program listens there; with the option set afterwards it lets its
 * sisters in. */
int
socket_bind(const struct socket_address *to, enum socket_company company)
{
	int alone = company == SOCKET_ALONE, fd;

	fd = socket(to->ss.ss_family,
	    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return -1;
	if (set(fd, SOL_SOCKET, SO_REUSEADDR) == -1 ||
	    (to->ss.ss_family == AF_INET6 &&
	    set(fd, IPPROTO_IPV6, IPV6_V6ONLY) == -1) ||
	    (!alone && set(fd, SOL_SOCKET, SO_REUSEPORT) == -1) ||
	    bind(fd, (const struct sockaddr *)&to->ss, to->len) == -1 ||
	    (alone && set(fd, SOL_SOCKET, SO_REUSEPORT) == -1))
		return undo_fd(fd);
	return fd;
}

int
socket_listen(int fd)
{
	return listen(fd, BACKLOG);
}

int
socket_address(int fd, struct socket_address *a)
{
	a->len = sizeof(a->ss);
	return getsockname(fd, (struct sockaddr *)&a->ss, &a->len);
}

unsigned
socket_port(const struct socket_address *a)
{
	switch (a->ss.ss_family) {
	case AF_INET:
		return ntohs(((const struct sockaddr_in *)&a->ss)->sin_port);
	case AF_INET6:
		return ntohs(((const struct sockaddr_in6 *)&a->ss)->sin6_port);
	default:
		return 0;
	}
}

/* The address alone: 4 bytes, 16, or none. */
static size_t
host_of(const struct socket_address *a, const void **host)
{
	switch (a->ss.ss_family) {
	case AF_INET:
		*host = &((const struct sockaddr_in *)&a->ss)->sin_addr;
		return sizeof(struct in_addr);
	case AF_INET6:
		*host = &((const struct sockaddr_in6 *)&a->ss)->sin6_addr;
		return sizeof(struct in6_addr);
	default:
		return 0;
	}
}

static int
is_any(const void *host, size_t len)
{
	return memcmp(host, &in6addr_any, len) == 0;
}

int
socket_same(const struct socket_address *a, const struct socket_address *b)
{
	const void *x, *y;
	size_t len = host_of(a, &x);

	return len > 0 && host_of(b, &y) == len && memcmp(x, y, len) == 0 &&
	    socket_port(a) == socket_port(b);
}

int
socket_overlap(const struct socket_address *a, const struct socket_address *b)
{
	const void *x, *y;
	size_t len = host_of(a, &x);

	return len > 0 && host_of(b, &y) == len &&
	    socket_port(a) == socket_port(b) && (socket_same(a, b) ||
	    is_any(x, len) || is_any(y, len));
}

/* Removes the socket that a dead program left at the address. */
static int
clear_path(const struct socket_address *to, const char *path)
{
	struct stat st;
	int fd, rc, reason;

	if (lstat(path, &st) == -1)
		return errno == ENOENT ? 0 : -1;
	if (!S_ISSOCK(st.st_mode)) {
		errno = EEXIST;
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return -1;
	rc = connect(fd, (const struct sockaddr *)&to->ss, to->len);
	reason = errno;
	close(fd);
	/* EAGAIN, a full queue, is a living listener as well */
	if (rc == 0 || reason != ECONNREFUSED) {
		errno = EADDRINUSE;
		return -1;
	}
	return unlink(path);
}

int
socket_unix(const char *path, mode_t mode)
{
	struct socket_address to;
	mode_t mask;
	int fd, rc;

	memset(&to, 0, sizeof(to));
	if (parse_unix(path, &to) == -1) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (clear_path(&to, path) == -1)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return -1;
	/* bind(2) makes the file, so that its mode is right from the start */
	mask = umask(0777 & ~mode);
	rc = bind(fd, (const struct sockaddr *)&to.ss, to.len);
	umask(mask);
	if (rc == -1 || socket_listen(fd) == -1)
		return undo_fd(fd);
	return fd;
}
