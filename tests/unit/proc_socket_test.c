/* SPDX-License-Identifier: ISC */
/* Tests of listener addresses, and of unix sockets. */
#include "config.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <netinet/in.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "src/master/socket.h"

struct good {
	const char	*address;
	int		 family;
	int		 port;
	const char	*host;		/* as inet_ntop(3) writes it */
};

static void
check_good(const struct good *g)
{
	struct socket_address a;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)&a.ss;
	struct sockaddr_in *four = (struct sockaddr_in *)&a.ss;
	const void *bytes;
	const char *why = "";
	char text[INET6_ADDRSTRLEN];

	cr_assert_eq(socket_parse(g->address, &a, &why), 0, "%s: %s",
	    g->address, why);
	cr_assert_eq(a.ss.ss_family, g->family, "%s", g->address);
	bytes = g->family == AF_INET ? (const void *)&four->sin_addr :
	    (const void *)&six->sin6_addr;
	cr_assert_eq(ntohs(four->sin_port), g->port, "%s", g->address);
	cr_assert_eq(socket_port(&a), (unsigned)g->port);
	cr_assert_str_eq(inet_ntop(g->family, bytes, text, sizeof(text)),
	    g->host);
}

Test(socket, addresses)
{
	static const struct good good[] = {
		{ "127.0.0.1:8088", AF_INET, 8088, "127.0.0.1" },
		{ "0.0.0.0:1", AF_INET, 1, "0.0.0.0" },
		{ "*:65535", AF_INET, 65535, "0.0.0.0" },
		{ "[::]:8443", AF_INET6, 8443, "::" },
		{ "[::1]:80", AF_INET6, 80, "::1" },
		{ "[2001:db8::7]:80", AF_INET6, 80, "2001:db8::7" },
	};
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		check_good(&good[i]);
}

Test(socket, no_addresses)
{
	static const char *const bad[] = { "", ":", ":80", "127.0.0.1",
		"127.0.0.1:", "127.0.0.1:http", "127.0.0.1:-1", "::1:80",
		"[::1]", "[::1]80", "[::1:80", "[]:80", "[127.0.0.1]:80",
		"]:80", "unix:", "unix:relative", "unix:[::1]:80" };
	struct socket_address a;
	const char *why;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		why = NULL;
		cr_assert_eq(socket_parse(bad[i], &a, &why), -1, "\"%s\"",
		    bad[i]);
		cr_assert_not_null(why);
	}
}

Test(socket, unix_addresses)
{
	char path[sizeof("unix:") + 108];
	struct socket_address a;
	const char *why;

	cr_assert_eq(socket_parse("unix:/a/b", &a, &why), 0);
	cr_assert_eq(a.ss.ss_family, AF_UNIX);
	cr_assert_str_eq(((struct sockaddr_un *)&a.ss)->sun_path, "/a/b");
	cr_assert_str_eq(socket_path("unix:/a/b"), "/a/b");
	cr_assert_null(socket_path("127.0.0.1:80"));
	cr_assert_eq(socket_port(&a), 0);
	memset(path, 'x', sizeof(path));
	memcpy(path, "unix:/", 6);
	path[5 + 107] = '\0';
	cr_assert_eq(socket_parse(path, &a, &why), 0);
	path[5 + 107] = 'x';
	path[5 + 108] = '\0';
	cr_assert_eq(socket_parse(path, &a, &why), -1);
}

static char folder[] = "/tmp/reeld-listen-XXXXXX";
static char path[sizeof(folder) + 8];

static void
make_folder(void)
{
	cr_assert_not_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/s", folder);
}

static void
remove_folder(void)
{
	unlink(path);
	rmdir(folder);
}

Test(socket, unix_mode, .init = make_folder, .fini = remove_folder)
{
	struct stat st;
	int fd = socket_unix(path, 0660);

	cr_assert_neq(fd, -1);
	cr_assert_eq(stat(path, &st), 0);
	cr_assert_eq(st.st_mode & 0777, 0660);
	cr_assert_eq(socket_unix(path, 0660), -1);
	cr_assert_eq(errno, EADDRINUSE);
	close(fd);
	fd = socket_unix(path, 0666);
	cr_assert_neq(fd, -1, "a stale socket is in the way");
	cr_assert_eq(stat(path, &st), 0);
	cr_assert_eq(st.st_mode & 0777, 0666);
	close(fd);
}

Test(socket, unix_is_a_file, .init = make_folder, .fini = remove_folder)
{
	FILE *f = fopen(path, "w");

	cr_assert_not_null(f);
	fclose(f);
	cr_assert_eq(socket_unix(path, 0660), -1);
	cr_assert_eq(errno, EEXIST);
	cr_assert_eq(access(path, F_OK), 0, "the file was removed");
}
