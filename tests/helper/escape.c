/* SPDX-License-Identifier: ISC */
/* escape -- what a process in a sandbox tries; runs in children of tests */
#include "config.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <linux/netlink.h>
#include <netinet/in.h>

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <openssl/ssl.h>

#include "escape.h"

#define CERTIFICATES	"/etc/ssl/certs/ca-certificates.crt"

static struct {
	char	 dir[64], spool[80];	/* spool: a folder in dir */
	char	 file[80], none[80];	/* in dir; none: is not there */
	char	 kept[96], fresh[96];	/* in spool; fresh: is not there */
	struct sockaddr_in address;	/* of listener */
	int	 listener;		/* two clients wait */
	int	 clients[2];
	int	 stream;		/* a TCP socket, not connected */
	int	 memfd;
} yard;

static void
touch(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	cr_assert_neq(fd, -1, "%s: %s", path, strerror(errno));
	close(fd);
}

static int
tcp(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	cr_assert_neq(fd, -1);
	return fd;
}

static void
make_sockets(void)
{
	struct sockaddr *sa = (struct sockaddr *)&yard.address;
	socklen_t len = sizeof(yard.address);
	int i;

	yard.address.sin_family = AF_INET;
	yard.address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	yard.listener = tcp();
	cr_assert_eq(bind(yard.listener, sa, len), 0);
	cr_assert_eq(listen(yard.listener, 8), 0);
	cr_assert_eq(getsockname(yard.listener, sa, &len), 0);
	for (i = 0; i < 2; i++) {
		yard.clients[i] = tcp();
		cr_assert_eq(connect(yard.clients[i], sa, len), 0);
	}
	yard.stream = tcp();
}

static void
make_files(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(yard.dir, sizeof(yard.dir), "%s/sandbox-test.XXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	cr_assert_not_null(mkdtemp(yard.dir));
	snprintf(yard.file, sizeof(yard.file), "%s/file", yard.dir);
	snprintf(yard.none, sizeof(yard.none), "%s/none", yard.dir);
	snprintf(yard.spool, sizeof(yard.spool), "%s/spool", yard.dir);
	cr_assert_eq(mkdir(yard.spool, 0700), 0);
	snprintf(yard.kept, sizeof(yard.kept), "%s/kept", yard.spool);
	snprintf(yard.fresh, sizeof(yard.fresh), "%s/fresh", yard.spool);
	touch(yard.file);
	touch(yard.kept);
}

void
escape_begin(void)
{
	memset(&yard, 0, sizeof(yard));
	make_files();
	make_sockets();
	yard.memfd = memfd_create("escape", MFD_CLOEXEC);
	cr_assert_eq(ftruncate(yard.memfd, 8192), 0);
}

void
escape_end(void)
{
	unlink(yard.kept);
	unlink(yard.fresh);
	rmdir(yard.spool);
	unlink(yard.file);
	unlink(yard.none);
	rmdir(yard.none);
	rmdir(yard.dir);
	close(yard.listener);
	close(yard.clients[0]);
	close(yard.clients[1]);
	close(yard.stream);
	close(yard.memfd);
}

const char *
escape_spool(void)
{
	return yard.spool;
}

/* ---- what takes more than a call ---- */

static int
result(long returned)
{
	return returned == -1 ? errno : 0;
}

static int
opened(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	if (fd == -1)
		return errno;
	close(fd);
	return 0;
}

/* To the port in network order; 0: any. */
static int
bound(in_port_t port)
{
	struct sockaddr_in any = yard.address;

	any.sin_port = port;
	return result(bind(yard.stream, (struct sockaddr *)&any,
	    sizeof(any)));
}

static int
forked(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return result(pid);
}

static int
mapped(int prot)
{
	void *p = mmap(NULL, 4096, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? errno : 0;
}

static int
turned_to_code(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE |
	    MAP_ANONYMOUS, -1, 0);

	return result(mprotect(p, 4096, PROT_READ | PROT_EXEC));
}

static int
rung(void)
{
	struct epoll_event ev = { .events = EPOLLIN };
	int epfd = epoll_create1(EPOLL_CLOEXEC), bell = eventfd(1, 0);

	if (epfd == -1 || bell == -1 ||
	    epoll_ctl(epfd, EPOLL_CTL_ADD, bell, &ev) == -1)
		return errno;
	return epoll_wait(epfd, &ev, 1, 1000) == 1 ? 0 : ETIME;
}

static int
waited_for_lock(void)
{
	struct timespec now;
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

	pthread_mutex_lock(&lock);
	clock_gettime(CLOCK_REALTIME, &now);
	return pthread_mutex_timedlock(&lock, &now) == ETIMEDOUT ? 0 : EINVAL;
}

static void *
nothing(void *arg)
{
	return arg;
}

static int
threaded(void)
{
	pthread_t thread;
	int error = pthread_create(&thread, NULL, nothing, NULL);

	return error != 0 ? error : pthread_join(thread, NULL);
}

static int
host_found(void)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found;

	if (getaddrinfo("localhost", "80", &hints, &found) != 0)
		return ENOENT;
	freeaddrinfo(found);
	return 0;
}

/* A machine without certificates has none to be trusted. */
static int
certificates_read(void)
{
	struct stat st;
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	int good = ctx != NULL && ((stat(CERTIFICATES, &st) == -1 &&
	    errno == ENOENT) ||
	    SSL_CTX_load_verify_file(ctx, CERTIFICATES) == 1);

	SSL_CTX_free(ctx);
	return good ? 0 : EACCES;
}

static int
tls_made(void)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	SSL *ssl = ctx != NULL ? SSL_new(ctx) : NULL;

	SSL_free(ssl);
	SSL_CTX_free(ctx);
	return ssl != NULL ? 0 : EACCES;
}

/* The file of the time zone is not needed again: without TZ in the
 * environment, tzset(3) would look for it. */
static int
time_told(void)
{
	time_t now = time(NULL);
	struct tm tm;
	long before = localtime_r(&now, &tm)->tm_gmtoff;

	tzset();
	return getenv("TZ") != NULL &&
	    localtime_r(&now, &tm)->tm_gmtoff == before ? 0 : EINVAL;
}

/* ---- the table ---- */

#define TRIES(X)							\
	X(inet, result(socket(AF_INET, SOCK_STREAM, 0)))		\
	X(inet6, result(socket(AF_INET6, SOCK_DGRAM, 0)))		\
	X(unix_socket, result(socket(AF_UNIX, SOCK_STREAM, 0)))		\
	X(packet_socket, result(socket(AF_PACKET, SOCK_DGRAM, 0)))	\
	X(route_socket, result(socket(AF_NETLINK, SOCK_RAW,		\
	    NETLINK_ROUTE)))						\
	X(audit_socket, result(socket(AF_NETLINK, SOCK_RAW,		\
	    NETLINK_AUDIT)))						\
	X(bind, bound(0))						\
	X(bind_port, bound(yard.address.sin_port))			\
	X(fast_open, result((int)sendto(yard.stream, "x", 1,		\
	    MSG_FASTOPEN | MSG_NOSIGNAL,				\
	    (struct sockaddr *)&yard.address, sizeof(yard.address))))	\
	X(connect, result(connect(yard.stream, (struct sockaddr *)	\
	    &yard.address, sizeof(yard.address))))			\
	X(listen, result(listen(yard.stream, 1)))			\
	X(accept, result(accept(yard.listener, NULL, NULL)))		\
	X(accept4, result(accept4(yard.listener, NULL, NULL,		\
	    SOCK_CLOEXEC)))						\
	X(find_host, host_found())					\
	X(read, opened(yard.file, O_RDONLY))				\
	X(list, opened(yard.dir, O_RDONLY | O_DIRECTORY))		\
	X(read_hosts, opened("/etc/hosts", O_RDONLY))			\
	X(read_environ, opened("/proc/self/environ", O_RDONLY))		\
	X(read_certificates, certificates_read())			\
	X(write, opened(yard.file, O_WRONLY))				\
	X(update, opened(yard.file, O_RDWR))				\
	X(empty, opened(yard.file, O_RDONLY | O_TRUNC))			\
	X(create, opened(yard.none, O_WRONLY | O_CREAT))		\
	X(create_to_read, opened(yard.none, O_RDONLY | O_CREAT))	\
	X(create_unnamed, opened(yard.dir, O_WRONLY | O_TMPFILE))	\
	X(creat, result(creat(yard.none, 0600)))			\
	X(rename, result(rename(yard.file, yard.none)))			\
	X(unlink, result(unlink(yard.file)))				\
	X(mkdir, result(mkdir(yard.none, 0700)))			\
	X(chmod, result(chmod(yard.file, 0777)))			\
	X(link, result(link(yard.file, yard.none)))			\
	X(spool_create, opened(yard.fresh, O_RDWR | O_CREAT | O_EXCL))	\
	X(spool_unlink, result(unlink(yard.fresh)))			\
	X(spool_rename, result(rename(yard.kept, yard.fresh)))		\
	X(spool_sync, result(fsync(yard.memfd)))			\
	X(fork, forked())						\
	X(thread, threaded())						\
	X(kill, result(kill(getppid(), 0)))				\
	X(tgkill, result(syscall(SYS_tgkill, getppid(), getppid(), 0)))	\
	X(setuid, result(setuid(getuid())))				\
	X(undump, result(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)))		\
	X(io_uring, result(syscall(SYS_io_uring_setup, 1, NULL)))	\
	X(map, mapped(PROT_READ | PROT_WRITE))				\
	X(map_code, mapped(PROT_READ | PROT_EXEC))			\
	X(turn_to_code, turned_to_code())				\
	X(punch, result(fallocate(yard.memfd, FALLOC_FL_PUNCH_HOLE |	\
	    FALLOC_FL_KEEP_SIZE, 0, 4096)))				\
	X(replace, result(dup2(yard.memfd, yard.stream)))		\
	X(wait_bell, rung())						\
	X(wait_lock, waited_for_lock())					\
	X(tell_time, time_told())					\
	X(make_tls, tls_made())

#define FUNCTION(name, expression)					\
static int								\
try_##name(void)							\
{									\
	return (expression);						\
}
TRIES(FUNCTION)

static const struct {
	const char	*name;
	int		(*run)(void);
} tries[] = {
#define ROW(name, expression)	{ #name, try_##name },
	TRIES(ROW)
};

int
escape_try(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(tries) / sizeof(tries[0]); i++)
		if (strcmp(tries[i].name, name) == 0)
			return tries[i].run();
	return ENOSYS;
}
