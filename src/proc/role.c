/* SPDX-License-Identifier: ISC */
/* role -- what a process of reeld can be; every process */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include <bsd/string.h>

#include "reeld/panic.h"
#include "reeld/roles.h"
#include "reeld/sandbox.h"

static const struct role {
	const char	*name;
	enum arena_role	 role;
	enum arena_payload payload;
	int		 numbered;	/* there are several of it */
	unsigned	 powers;	/* enum sandbox_power, once it works */
} table[] = {
	/* never in a sandbox: it opens, spawns and reads for all others */
	{ "master",		ARENA_MASTER,	ARENA_NO_PAYLOAD,	0,
	    0 },
	{ "worker",		ARENA_WORKER,	ARENA_READ_PAYLOAD,	1,
	    SANDBOX_ACCEPT },
	{ "fetcher",	ARENA_FETCHER,	ARENA_WRITE_PAYLOAD,	0,
	    SANDBOX_CONNECT | SANDBOX_READ },
	{ "spooler",	ARENA_SPOOLER,	ARENA_WRITE_PAYLOAD,	0,
	    SANDBOX_SPOOL },
};
#define ROLES (sizeof(table) / sizeof(table[0]))

static const struct role *
row(enum arena_role role)
{
	size_t i;

	for (i = 0; i < ROLES; i++)
		if (table[i].role == role)
			return &table[i];
	PANIC("role %d", (int)role);
}

const char *
role_name(enum arena_role role)
{
	return row(role)->name;
}

enum arena_role
role_find(const char *name)
{
	size_t i;

	for (i = 0; i < ROLES; i++)
		if (strcmp(table[i].name, name) == 0)
			return table[i].role;
	return ARENA_NOBODY;
}

enum arena_payload
role_payload(enum arena_role role)
{
	return row(role)->payload;
}

unsigned
role_powers(enum arena_role role)
{
	return row(role)->powers;
}

const char *
role_title(enum arena_role role, unsigned number, char buf[ROLE_TITLE])
{
	if (row(role)->numbered)
		snprintf(buf, ROLE_TITLE, "%s %u", row(role)->name, number);
	else
		strlcpy(buf, row(role)->name, ROLE_TITLE);
	return buf;
}
