/* SPDX-License-Identifier: ISC */
/* account -- the user that the roles run as; master and every role */
#include "config.h"

#include <sys/prctl.h>

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "reeld/account.h"
#include "reeld/log.h"

static int
look_up(const char *user, struct account *account)
{
	struct passwd *pw;

	errno = 0;
	if ((pw = getpwnam(user)) == NULL) {
		/* POSIX leaves open what a missing user sets */
		if (errno == 0)
			errno = ENOENT;
		return -1;
	}
	account->uid = pw->pw_uid;
	account->gid = pw->pw_gid;
	return 0;
}

int
account_find(const char *user, struct account *account)
{
	account->fallback = 0;
	if (look_up(user, account) == 0)
		return 0;
	if (strcmp(user, ACCOUNT_DEFAULT) != 0 ||
	    look_up(ACCOUNT_FALLBACK, account) == -1)
		return -1;
	account->fallback = 1;
	return 0;
}

static void
give_up_root(const struct account *account)
{
	if (setgroups(1, &account->gid) == -1 ||
	    setresgid(account->gid, account->gid, account->gid) == -1 ||
	    setresuid(account->uid, account->uid, account->uid) == -1)
		fatal("cannot become uid %u, gid %u: %s",
		    (unsigned)account->uid, (unsigned)account->gid,
		    strerror(errno));
	if (account->uid != 0 && setuid(0) != -1)
		fatal("uid %u can become root again", (unsigned)account->uid);
	/* The kernel does that by itself, unless fs.suid_dumpable says other:
	 * another process of this user must not look into us. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		fatal("not dumpable: %s", strerror(errno));
}

void
account_become(const struct account *account)
{
	if (geteuid() == 0)
		give_up_root(account);
}
