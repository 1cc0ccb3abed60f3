/* SPDX-License-Identifier: ISC */
/* signature -- addresses that carry their own permission; worker */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "reeld/log.h"
#include "reeld/panic.h"
#include "reeld/signature.h"

#include "scan.h"

#define DIGEST_LEN	32
#define PADDED_LEN	44		/* of base64 */
#define EXPIRES_DIGITS	18		/* none of them overflows */

/* A context that knows the secret. */
static EVP_MAC_CTX *
begin(const char *secret)
{
	static EVP_MAC *hmac;
	static char sha256[] = "SHA256";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
		    sha256, 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC_CTX *context;

	if (hmac == NULL && (hmac = EVP_MAC_fetch(NULL, "HMAC", NULL)) == NULL)
		fatal("no HMAC in this OpenSSL");
	context = EVP_MAC_CTX_new(hmac);
	if (context == NULL || EVP_MAC_init(context,
	    (const unsigned char *)secret, strlen(secret), params) != 1)
		fatal("HMAC-SHA256 cannot start");
	return context;
}

static void
add(EVP_MAC_CTX *context, const char *text, size_t len)
{
	EVP_MAC_update(context, (const unsigned char *)text, len);
}

/* base64url without padding (RFC 4648, 5). */
static void
encode(const unsigned char digest[DIGEST_LEN], char out[SIGNATURE_LEN + 1])
{
	unsigned char text[PADDED_LEN + 1];
	size_t i;

	EVP_EncodeBlock(text, digest, DIGEST_LEN);
	for (i = 0; i < SIGNATURE_LEN; i++)
		out[i] = (char)(text[i] == '+' ? '-' : text[i] == '/' ? '_' :
		    text[i]);
	out[i] = '\0';
}

void
signature_make(const char *secret, struct span path, int64_t expires,
    const char *client, char out[SIGNATURE_LEN + 1])
{
	EVP_MAC_CTX *context = begin(secret);
	unsigned char digest[DIGEST_LEN];
	char number[32];
	size_t len;

	snprintf(number, sizeof(number), "\n%" PRId64, expires);
	add(context, path.base, path.len);
	add(context, number, strlen(number));
	if (client != NULL) {
		add(context, "\n", 1);
		add(context, client, strlen(client));
	}
	if (EVP_MAC_final(context, digest, &len, sizeof(digest)) != 1 ||
	    len != sizeof(digest))
		fatal("HMAC-SHA256 does not end");
	EVP_MAC_CTX_free(context);
	encode(digest, out);
}

/* Unix seconds as signature_make() writes them: with a sign or a zero before
 * it, one permission would have many addresses. */
static int
expires_parse(struct span s, int64_t *expires)
{
	uint64_t v;

	if (s.len > EXPIRES_DIGITS || (s.len > 1 && s.base[0] == '0') ||
	    scan_number(&s, &v) == 0 || s.len > 0)
		return -1;
	*expires = (int64_t)v;
	return 0;
}

enum signature_verdict
signature_check(const char *secret, struct span path, struct span expires,
    struct span sig, const char *client, int64_t now)
{
	char wanted[SIGNATURE_LEN + 1];
	int64_t last;
	int same;

	if (expires.len == 0 || sig.len == 0)
		return SIGNATURE_MISSING;
	if (sig.len != SIGNATURE_LEN || expires_parse(expires, &last) == -1)
		return SIGNATURE_WRONG;
	signature_make(secret, path, last, NULL, wanted);
	same = CRYPTO_memcmp(wanted, sig.base, SIGNATURE_LEN) == 0;
	signature_make(secret, path, last, client, wanted);
	same |= CRYPTO_memcmp(wanted, sig.base, SIGNATURE_LEN) == 0;
	if (!same)
		return SIGNATURE_WRONG;
	return now > last ? SIGNATURE_EXPIRED : SIGNATURE_GOOD;
}

int
signature_split(struct span path, struct span *expires, struct span *sig,
    struct span *rest)
{
	const char *slash, *dot;

	if (!scan_text(&path, "/t/") ||
	    (slash = memchr(path.base, '/', path.len)) == NULL)
		return -1;
	rest->base = slash;
	rest->len = path.len - (size_t)(slash - path.base);
	path.len -= rest->len;
	if ((dot = memchr(path.base, '.', path.len)) == NULL)
		return -1;
	expires->base = path.base;
	expires->len = (size_t)(dot - path.base);
	sig->base = dot + 1;
	sig->len = path.len - expires->len - 1;
	return 0;
}

const char *
signature_words(enum signature_verdict verdict)
{
	switch (verdict) {
	case SIGNATURE_GOOD:
		return "the address is signed";
	case SIGNATURE_MISSING:
		return "the address is not signed";
	case SIGNATURE_EXPIRED:
		return "the address has expired";
	case SIGNATURE_WRONG:
		return "the signature does not fit this address or client";
	}
	PANIC("no verdict %d", (int)verdict);
}
