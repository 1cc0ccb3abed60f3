/* SPDX-License-Identifier: ISC */
/* identity -- a certificate that signs itself; runs in test programs */
#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <bsd/stdlib.h>
#include <criterion/criterion.h>

#include "identity.h"

#define AGE	30		/* days since it became good */
#define PEM_MOST 16384		/* bytes of a file that is appended */

static void
add_extension(X509 *x, int nid, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid,
	    value);

	cr_assert_not_null(extension, "%s", value);
	cr_assert_eq(X509_add_ext(x, extension, -1), 1);
	X509_EXTENSION_free(extension);
}

/* Each has a serial of its own, by which a test tells two of them apart. */
static X509 *
make_certificate(EVP_PKEY *key, int days)
{
	X509 *x = X509_new();
	X509_NAME *name = X509_get_subject_name(x);
	static const unsigned char common[] = "localhost";

	X509_set_version(x, X509_VERSION_3);
	ASN1_INTEGER_set_uint64(X509_get_serialNumber(x),
	    (uint64_t)arc4random() << 16 | 1);
	X509_time_adj_ex(X509_getm_notBefore(x), -AGE, 0, NULL);
	X509_time_adj_ex(X509_getm_notAfter(x), days, 0, NULL);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common, -1, -1,
	    0);
	X509_set_issuer_name(x, name);
	X509_set_pubkey(x, key);
	add_extension(x, NID_subject_alt_name,
	    "DNS:localhost,IP:127.0.0.1,IP:::1");
	add_extension(x, NID_basic_constraints, "critical,CA:TRUE");
	cr_assert_gt(X509_sign(x, key, EVP_sha256()), 0);
	return x;
}

/* A key is nobody's business but root's and ours. */
static FILE *
open_file(const char *path, mode_t mode)
{
	int fd;
	FILE *f;

	remove(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	cr_assert_neq(fd, -1, "%s: %s", path, strerror(errno));
	cr_assert_not_null(f = fdopen(fd, "w"));
	return f;
}

void
identity_make(const char *certificate, const char *key, int days)
{
	EVP_PKEY *pair = EVP_EC_gen("P-256");
	X509 *x;
	FILE *f;

	cr_assert_not_null(pair);
	x = make_certificate(pair, days);
	f = open_file(certificate, 0644);
	cr_assert_eq(PEM_write_X509(f, x), 1);
	cr_assert_eq(fclose(f), 0);
	f = open_file(key, 0600);
	cr_assert_eq(PEM_write_PrivateKey(f, pair, NULL, NULL, 0, NULL, NULL),
	    1);
	cr_assert_eq(fclose(f), 0);
	X509_free(x);
	EVP_PKEY_free(pair);
}

void
identity_append(const char *to, const char *from)
{
	char text[PEM_MOST];
	FILE *in = fopen(from, "re"), *out = fopen(to, "ae");
	size_t n;

	cr_assert(in != NULL && out != NULL, "%s, %s", from, to);
	n = fread(text, 1, sizeof(text), in);
	cr_assert(n > 0 && n < sizeof(text), "%s: %zu bytes", from, n);
	cr_assert_eq(fwrite(text, 1, n, out), n);
	fclose(in);
	cr_assert_eq(fclose(out), 0);
}
