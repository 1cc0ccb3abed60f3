/* SPDX-License-Identifier: ISC */
/* sandbox_load -- what libraries would open later; every role */
#include "config.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>
#include <openssl/ssl.h>

#include "reeld/log.h"
#include "reeld/sandbox.h"
#include "sandbox_part.h"

#define SERVICES	"/etc/nsswitch.conf"
#define DATABASE	"hosts:"

/* Unless TZ is set, each strftime(3) looks at the file again, and takes one
 * that it may not open for UTC. */
static void
load_time_zone(void)
{
	if (setenv("TZ", ":/etc/localtime", 0) == -1)
		fatal("no memory");
	tzset();
}

/* "files", "[NOTFOUND=return]", ...: the module that getaddrinfo(3) would look
 * for is found among what is loaded, by its name. */
static void
load_service(const char *word)
{
	char name[64];

	if (word[0] == '\0' || word[0] == '[' ||
	    snprintf(name, sizeof(name), "libnss_%s.so.2", word) >=
	    (int)sizeof(name))
		return;
	/* not there: then it is not there for getaddrinfo(3) either */
	dlopen(name, RTLD_NOW);
}

/* nsswitch.conf(5).  Without the file there are those of the C library. */
static void
load_services(void)
{
	char *line = NULL, *rest, *word;
	size_t room = 0;
	FILE *fp;

	if ((fp = fopen(SERVICES, "re")) == NULL)
		return;
	while (getline(&line, &room, fp) != -1) {
		rest = line + strspn(line, " \t");
		if (strncmp(rest, DATABASE, strlen(DATABASE)) != 0)
			continue;
		rest += strlen(DATABASE);
		rest[strcspn(rest, "#\n")] = '\0';
		while ((word = strsep(&rest, " \t")) != NULL)
			load_service(word);
	}
	free(line);
	fclose(fp);
}

void
sandbox_load(unsigned powers)
{
	load_time_zone();
	/* from /dev/urandom: nobody else must know how its tables hash */
	json_object_seed(0);
	/* openssl.cnf, and the providers that it names */
	if (OPENSSL_init_ssl(OPENSSL_INIT_LOAD_CONFIG, NULL) != 1)
		fatal("cannot start OpenSSL");
	if ((powers & SANDBOX_CONNECT) != 0)
		load_services();
}
