/* SPDX-License-Identifier: ISC */
/* resolver -- getaddrinfo(3) by a table of the test; loaded before the C
 * library by the reeld under test
 *
 * TEST_NAMES is "name=address[,address...][|the next answer...];name=...": the
 * n-th look-up in a process gets the n-th answer, the last one again and again.
 * What is not there is an address written somehow, localhost, or unknown: no
 * question leaves this machine.
 */
#include "config.h"

#include <dlfcn.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <bsd/string.h>

#define NAMES	64

typedef int resolve(const char *, const char *, const struct addrinfo *,
    struct addrinfo **);

/* How often the n-th name of the table was looked up. */
static unsigned asked[NAMES];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static resolve *
libc_resolve(void)
{
	return (resolve *)dlsym(RTLD_NEXT, "getaddrinfo");
}

/* The answer that is due, "address,address" in `out`; 0: not in the table. */
static int
find_answer(const char *name, char *out, size_t len)
{
	const char *table = getenv("TEST_NAMES");
	char *copy, *rest, *row, *answers, *answer;
	unsigned n, i, turn;
	int found = 0;

	if (table == NULL || (copy = rest = strdup(table)) == NULL)
		return 0;
	for (i = 0; !found && i < NAMES &&
	    (row = strsep(&rest, ";")) != NULL; i++) {
		answers = strchr(row, '=');
		if (answers == NULL)
			continue;
		*answers++ = '\0';
		if (strcasecmp(row, name) != 0)
			continue;
		pthread_mutex_lock(&lock);
		turn = asked[i]++;
		pthread_mutex_unlock(&lock);
		for (n = 0; (answer = strsep(&answers, "|")) != NULL &&
		    n <= turn; n++)
			strlcpy(out, answer, len);
		found = 1;
	}
	free(copy);
	return found;
}

/* freeaddrinfo(3) frees each link of the chain by itself. */
static int
chain_up(char *addresses, const char *service, const struct addrinfo *hints,
    struct addrinfo **res)
{
	struct addrinfo want = { .ai_socktype = SOCK_STREAM }, **end = res;
	const char *address;

	if (hints != NULL)
		want = *hints;
	want.ai_flags |= AI_NUMERICHOST;
	*res = NULL;
	while ((address = strsep(&addresses, ",")) != NULL)
		if (libc_resolve()(address, service, &want, end) == 0)
			while (*end != NULL)
				end = &(*end)->ai_next;
	return *res == NULL ? EAI_NONAME : 0;
}

int
getaddrinfo(const char *name, const char *service,
    const struct addrinfo *hints, struct addrinfo **res)
{
	char addresses[512], plain[256];
	struct addrinfo want = { .ai_socktype = SOCK_STREAM };
	size_t len;

	if (name == NULL)
		return libc_resolve()(name, service, hints, res);
	/* the root's dot is no part of it */
	len = strlcpy(plain, name, sizeof(plain));
	if (len > 1 && len < sizeof(plain) && plain[len - 1] == '.')
		plain[len - 1] = '\0';
	if (strcasecmp(plain, "localhost") == 0)
		return libc_resolve()(plain, service, hints, res);
	if (find_answer(plain, addresses, sizeof(addresses)))
		return chain_up(addresses, service, hints, res);
	if (hints != NULL)
		want = *hints;
	want.ai_flags |= AI_NUMERICHOST;
	return libc_resolve()(name, service, &want, res);
}
