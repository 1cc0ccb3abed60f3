/* SPDX-License-Identifier: ISC */
/* identity -- certificates and keys of TLS listeners; master */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>

#include "reeld/log.h"
#include "identity.h"
#include "load.h"
#include "pem.h"
#include "sealed.h"

/* One listener's, and where to complain of it. */
struct identity {
	const struct conf_listen *listen;
	FILE		*errors;
	STACK_OF(X509)	*chain;		/* its own, who vouches for it, ... */
	EVP_PKEY	*key;
};

static int
complain(const struct identity *id, const char *what, const char *path,
    const char *why)
{
	load_complain(id->errors, 0, id->listen, "%s %s: %s", what,
	    log_vis(path), why);
	return -1;
}

/* 0, or -1 after the reason was told. */
static int
read_files(struct identity *id)
{
	const char *certificate = id->listen->certificate, *why;

	if ((id->chain = pem_certificates(certificate, &why)) == NULL)
		return complain(id, "certificate", certificate, why);
	id->key = pem_key(id->listen->key, sk_X509_value(id->chain, 0), &why);
	if (id->key == NULL)
		return complain(id, "key", id->listen->key, why);
	if (pem_try(id->chain, id->key, &why) == -1)
		return complain(id, "certificate", certificate, why);
	return 0;
}

static void
warn_of_dates(const struct identity *id)
{
	char date[PEM_DATE];
	const char *why = pem_dates(sk_X509_value(id->chain, 0), date);

	if (why != NULL)
		load_complain(id->errors, 1, id->listen,
		    "certificate %s: %s %s", log_vis(id->listen->certificate),
		    why, date);
}

/* As MSG_IDENTITY wants it, whatever else stands in the files.  OpenSSL wipes
 * the memory of a BIO. */
static int
pack(const struct identity *id, const unsigned char *ticket_keys)
{
	struct sealed_part parts[2] = { { ticket_keys, MSG_TICKET_KEYS } };
	BIO *bio = BIO_new(BIO_s_mem());
	int fd = -1;
	char *pem;

	if (bio != NULL && pem_write_key(bio, id->key) == 1 &&
	    pem_write_certificates(bio, id->chain) == 1) {
		parts[1].len = (size_t)BIO_get_mem_data(bio, &pem);
		parts[1].bytes = pem;
		fd = sealed_create("reeld-identity", parts, 2);
	}
	BIO_free(bio);
	return fd;
}

/* The memfd of one listener, or -1 after the reason was told. */
static int
load_one(const struct conf_listen *listen, const unsigned char *ticket_keys,
    FILE *errors)
{
	struct identity id = { .listen = listen, .errors = errors };
	int fd = -1;

	if (read_files(&id) == 0) {
		warn_of_dates(&id);
		if ((fd = pack(&id, ticket_keys)) == -1)
			complain(&id, "key", listen->key, strerror(errno));
	}
	EVP_PKEY_free(id.key);
	sk_X509_pop_free(id.chain, X509_free);
	ERR_clear_error();
	return fd;
}

int
identity_load(struct identities *ids, const struct conf *conf,
    const unsigned char ticket_keys[MSG_TICKET_KEYS], FILE *errors)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < CHILD_LISTENS; i++) {
		ids->fds[i] = -1;
		if (i >= conf->nlistens || !conf->listens[i].tls)
			continue;
		ids->fds[i] = load_one(&conf->listens[i], ticket_keys, errors);
		if (ids->fds[i] == -1)
			rc = -1;
	}
	if (rc == -1)
		identity_close(ids);
	return rc;
}

void
identity_close(struct identities *ids)
{
	size_t i;

	for (i = 0; i < CHILD_LISTENS; i++) {
		if (ids->fds[i] != -1)
			close(ids->fds[i]);
		ids->fds[i] = -1;
	}
}

int
identity_check(const struct conf *conf, FILE *errors)
{
	static const unsigned char none[MSG_TICKET_KEYS];
	struct identities ids;
	int rc;

	if ((rc = identity_load(&ids, conf, none, errors)) == 0)
		identity_close(&ids);
	return rc;
}
