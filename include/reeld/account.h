/* SPDX-License-Identifier: ISC */
/*
 * account -- the user that the roles run as
 *
 * Runs in:  master (finds it), every role (becomes it).
 * Touches:  the password database; the ids of this process.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    account_find() -1 with errno (ENOENT: no such user);
 *           account_become() is fatal when it cannot.
 */
#ifndef REELD_ACCOUNT_H
#define REELD_ACCOUNT_H

#include <sys/types.h>

#define ACCOUNT_DEFAULT		"reeld"
#define ACCOUNT_FALLBACK	"nobody"

struct account {
	uid_t		 uid;
	gid_t		 gid;
	int		 fallback;	/* it is not the one that was asked */
};

/* Finds `user`.  Where the default one does not exist, ACCOUNT_FALLBACK
 * stands in for it. */
int account_find(const char *user, struct account *);

/* Gives up root, for good: groups, group and user become those of the account,
 * whose other processes cannot trace this one.  One that is not root stays as
 * it is, so that who started reeld may look into it. */
void account_become(const struct account *);

#endif /* REELD_ACCOUNT_H */
