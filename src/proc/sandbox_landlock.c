/* SPDX-License-Identifier: ISC */
/* sandbox_landlock -- which files there are for a process; every role */
#include "config.h"

#include <sys/syscall.h>

#include <linux/landlock.h>

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "reeld/log.h"
#include "reeld/sandbox.h"
#include "sandbox_part.h"

/* Kernels know more than the headers of 6.1. */
#define NET_BIND_TCP	(1u << 0)	/* from ABI 4 on */
#define NET_CONNECT_TCP	(1u << 1)
#define SCOPE_ABSTRACT	(1u << 0)	/* from ABI 6 on: unix sockets */
#define SCOPE_SIGNAL	(1u << 1)

#define RULE_NET_PORT	2

struct net_port {
	uint64_t	 allowed;
	uint64_t	 port;
};

/* landlock_ruleset_attr as it has grown. */
struct ruleset {
	uint64_t	 files;
	uint64_t	 net;		/* from ABI 4 on */
	uint64_t	 scoped;	/* from ABI 6 on */
};

#define READING		(LANDLOCK_ACCESS_FS_READ_FILE | \
    LANDLOCK_ACCESS_FS_READ_DIR)
/* Neither programs nor devices, nor what leads elsewhere. */
#define SPOOLING	(LANDLOCK_ACCESS_FS_READ_FILE | \
    LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_WRITE_FILE | \
    LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR | \
    LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | \
    LANDLOCK_ACCESS_FS_REFER | FS_TRUNCATE)
#define FS_TRUNCATE	(1u << 14)	/* from ABI 3 on */

#define RESOLVER	"/etc/resolv.conf"

/*
 * What SANDBOX_READ may read, as far as the user may.  A rule holds for the
 * file or folder that stands there now, not for its name, and the files of the
 * resolver are replaced while we run: hence all of /etc and not one by one.
 */
static const char *const readable[] = {
	"/etc",
	"/run/NetworkManager",
	"/run/nscd",
	"/run/resolvconf",
	"/run/systemd/resolve",
	"/usr/lib/ssl",
	"/usr/local/share/ca-certificates",
	"/usr/share/ca-certificates",
	"/usr/share/zoneinfo",
};

/* Rights over files that a kernel knows, and of those all. */
static uint64_t
known_files(int abi)
{
	unsigned rights = abi >= 5 ? 16 : abi >= 3 ? 15 : abi == 2 ? 14 : 13;

	return (UINT64_C(1) << rights) - 1;
}

static size_t
known_size(int abi)
{
	return abi >= 6 ? sizeof(struct ruleset) :
	    abi >= 4 ? offsetof(struct ruleset, scoped) :
	    offsetof(struct ruleset, net);
}

/* A rule for what stands at `path`.  What cannot be found needs none. */
static void
grant(int rules, const char *path, uint64_t rights)
{
	struct landlock_path_beneath_attr rule = { .allowed_access = rights };

	if ((rule.parent_fd = open(path, O_PATH | O_CLOEXEC)) == -1)
		return;
	if (syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH,
	    &rule, 0) == -1)
		fatal("landlock: %s: %s", log_vis(path), strerror(errno));
	close(rule.parent_fd);
}

/* Where a link leads to that a program like resolvconf(8) keeps up. */
static void
grant_resolver(int rules)
{
	char *target = realpath(RESOLVER, NULL);

	if (target != NULL)
		grant(rules, dirname(target), READING);
	free(target);
}

/* A bind_address: an address of this machine, with a port that the kernel
 * chooses. */
static void
grant_any_port(int rules)
{
	const struct net_port rule = { NET_BIND_TCP, 0 };

	if (syscall(SYS_landlock_add_rule, rules, RULE_NET_PORT, &rule, 0) ==
	    -1)
		fatal("landlock: ports: %s", strerror(errno));
}

static void
grant_all(int rules, const struct sandbox *s, uint64_t known)
{
	size_t i;

	if ((s->powers & SANDBOX_READ) != 0) {
		for (i = 0; i < sizeof(readable) / sizeof(readable[0]); i++)
			grant(rules, readable[i], READING);
		grant_resolver(rules);
	}
	if ((s->powers & SANDBOX_SPOOL) != 0 && s->folder != NULL)
		grant(rules, s->folder, SPOOLING & known);
}

void
sandbox_landlock(const struct sandbox *s)
{
	struct ruleset all;
	int abi, rules;

	abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	if (abi == -1) {
		log_info("no landlock in this kernel: %s", strerror(errno));
		return;
	}
	memset(&all, 0, sizeof(all));
	all.files = known_files(abi);
	all.net = NET_BIND_TCP;
	if ((s->powers & SANDBOX_CONNECT) == 0)
		all.net |= NET_CONNECT_TCP;
	all.scoped = SCOPE_ABSTRACT | SCOPE_SIGNAL;
	rules = (int)syscall(SYS_landlock_create_ruleset, &all,
	    known_size(abi), 0);
	if (rules == -1)
		fatal("landlock: %s", strerror(errno));
	grant_all(rules, s, all.files);
	if ((s->powers & SANDBOX_CONNECT) != 0 && abi >= 4)
		grant_any_port(rules);
	if (syscall(SYS_landlock_restrict_self, rules, 0) == -1)
		fatal("landlock: %s", strerror(errno));
	close(rules);
}
