/* SPDX-License-Identifier: ISC */
/* Tests of how the master reads certificates and keys, and of its words about
 * bad ones. */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <criterion/criterion.h>

#include "../helper/identity.h"
#include "src/master/identity.h"

#define PEM_MOST	16384

static char folder[] = "/tmp/reeld-identity-XXXXXX";
static char certificate[64], key[64], other[64], other_key[64];
static struct conf_listen row = { .tls = 1, .line = 12 };
static struct conf conf = { .listens = &row, .nlistens = 1 };
static unsigned char ticket_keys[MSG_TICKET_KEYS];

static void
in_folder(char path[64], const char *name)
{
	snprintf(path, 64, "%s/%s", folder, name);
}

static void
setup(void)
{
	static char address[] = "127.0.0.1:443";

	cr_assert_not_null(mkdtemp(folder));
	in_folder(certificate, "certificate");
	in_folder(key, "key");
	in_folder(other, "other");
	in_folder(other_key, "other_key");
	identity_make(certificate, key, 90);
	row.address = address;
	row.file = "tls.conf";
	row.certificate = certificate;
	row.key = key;
	memset(ticket_keys, 'T', sizeof(ticket_keys));
}

static void
teardown(void)
{
	unlink(certificate);
	unlink(key);
	unlink(other);
	unlink(other_key);
	rmdir(folder);
}

TestSuite(identity, .init = setup, .fini = teardown);

/* What is said about the row: good until the next call. */
static const char *
verdict(int status)
{
	static char *text;
	struct identities ids;
	size_t len;
	FILE *errors;
	int rc;

	free(text);
	cr_assert_not_null(errors = open_memstream(&text, &len));
	rc = identity_load(&ids, &conf, ticket_keys, errors);
	fclose(errors);
	cr_assert_eq(rc, status, "%d: %s", rc, text);
	cr_assert_eq(ids.fds[0] != -1, status == 0);
	identity_close(&ids);
	return text;
}

/* The row is refused for this reason, at its line. */
static void
refused(const char *reason)
{
	const char *said = verdict(-1);
	char wanted[512];

	snprintf(wanted, sizeof(wanted), "tls.conf:12: listen "
	    "\"127.0.0.1:443\": %s\n", reason);
	cr_assert_str_eq(said, wanted);
}

static void
refused_file(const char *what, const char *path, const char *reason)
{
	char text[256];

	snprintf(text, sizeof(text), "%s %s: %s", what, path, reason);
	refused(text);
}

static void
write_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	cr_assert_not_null(f);
	fputs(text, f);
	fclose(f);
}

static size_t
count(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)) != NULL; text++)
		n++;
	return n;
}

/* What the memfd of the row holds behind the ticket keys. */
static const char *
packed(void)
{
	static char text[PEM_MOST];
	struct identities ids;
	ssize_t n;

	cr_assert_eq(identity_load(&ids, &conf, ticket_keys, stderr), 0);
	n = pread(ids.fds[0], text, sizeof(text) - 1, 0);
	cr_assert_gt(n, MSG_TICKET_KEYS);
	text[n] = '\0';
	cr_assert_eq(memcmp(text, ticket_keys, sizeof(ticket_keys)), 0);
	cr_assert_eq(fcntl(ids.fds[0], F_GET_SEALS) & F_SEAL_WRITE,
	    F_SEAL_WRITE);
	identity_close(&ids);
	return text + MSG_TICKET_KEYS;
}

Test(identity, good)
{
	cr_assert_str_eq(verdict(0), "");
}

Test(identity, without_tls_none_is_read)
{
	struct identities ids;

	row.tls = 0;
	row.key = folder;
	cr_assert_eq(identity_load(&ids, &conf, ticket_keys, stderr), 0);
	cr_assert_eq(ids.fds[0], -1);
	cr_assert_eq(ids.fds[CHILD_LISTENS - 1], -1);
}

Test(identity, key_first_then_certificates)
{
	const char *text;

	identity_make(other, other_key, 90);
	identity_append(certificate, other);
	text = packed();
	cr_assert_eq(strncmp(text, "-----BEGIN PRIVATE KEY-----\n", 28), 0);
	cr_assert_eq(count(text, "-----BEGIN "), 3);
	cr_assert_eq(count(text, "-----BEGIN CERTIFICATE-----\n"), 2);
}

/* As many have it: both in one file, named twice. */
Test(identity, both_in_one_file)
{
	identity_append(certificate, key);
	row.key = certificate;
	cr_assert_eq(count(packed(), "-----BEGIN "), 2);
}

Test(identity, of_another_key)
{
	identity_make(other, other_key, 90);
	row.key = other_key;
	refused_file("key", other_key, "is not the certificate's");
}

Test(identity, not_there)
{
	row.certificate = other;
	refused_file("certificate", other, "No such file or directory");
	row.certificate = certificate;
	row.key = other;
	refused_file("key", other, "No such file or directory");
	row.key = folder;
	refused_file("key", folder, "is no plain file of at most 1 MiB");
}

Test(identity, exchanged)
{
	row.certificate = key;
	refused_file("certificate", key, "there is none in the file (PEM)");
	row.certificate = certificate;
	row.key = certificate;
	cr_assert_not_null(strstr(verdict(-1), "key "));
}

Test(identity, empty_and_damaged)
{
	write_text(other, "");
	row.certificate = other;
	refused_file("certificate", other, "there is none in the file (PEM)");
	row.certificate = certificate;
	identity_append(certificate, certificate);
	write_text(other, "-----BEGIN CERTIFICATE-----\nAAAA\n");
	identity_append(certificate, other);
	cr_assert_not_null(strstr(verdict(-1), "certificate "));
}

Test(identity, encrypted)
{
	static unsigned char password[] = "word";
	EVP_PKEY *pair = EVP_EC_gen("P-256");
	FILE *f = fopen(key, "we");

	PEM_write_PrivateKey(f, pair, EVP_aes_128_cbc(), password, 4, NULL,
	    NULL);
	fclose(f);
	EVP_PKEY_free(pair);
	refused_file("key", key, "is encrypted");
}

Test(identity, expired_is_a_warning)
{
	identity_make(certificate, key, -1);
	cr_assert_not_null(strstr(verdict(0), "tls.conf:12: warning: listen "
	    "\"127.0.0.1:443\": certificate "));
	cr_assert_not_null(strstr(verdict(0), ": has expired on 2"));
}

/* Nothing of it comes into what is told. */
Test(identity, damaged_key_is_not_told)
{
	write_text(key, "-----BEGIN PRIVATE KEY-----\nc2VjcmV0c2VjcmV0\n"
	    "-----END PRIVATE KEY-----\n");
	cr_assert_null(strstr(verdict(-1), "c2Vj"));
	cr_assert_null(strstr(verdict(-1), "secret"));
}
