/* SPDX-License-Identifier: ISC */
/* hash -- digests for keys, mixing for buckets; every process */
#include "config.h"

#include <openssl/evp.h>

#include "reeld/hash.h"
#include "reeld/log.h"

static EVP_MD *sha256;
static EVP_MD_CTX *context;

void
hash_key(const struct hash_piece *pieces, size_t n, uint8_t out[HASH_LEN])
{
	uint64_t len;
	size_t i;

	if (context == NULL) {
		sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
		context = EVP_MD_CTX_new();
		if (sha256 == NULL || context == NULL)
			fatal("no SHA-256 in this OpenSSL");
	}
	if (EVP_DigestInit_ex2(context, sha256, NULL) != 1)
		fatal("SHA-256 cannot start");
	for (i = 0; i < n; i++) {
		len = pieces[i].len;
		EVP_DigestUpdate(context, &len, sizeof(len));
		EVP_DigestUpdate(context, pieces[i].data, pieces[i].len);
	}
	EVP_DigestFinal_ex(context, out, NULL);
}

/* The finalizer of splitmix64 (public domain, S. Vigna). */
uint64_t
hash_mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15ULL;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}
