/* SPDX-License-Identifier: ISC */
/* http_piece_test -- piece CIDs, and what they commit to (FRC-0069) */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "reeld/piece.h"
#include "../helper/naive_piece.h"

/* A payload: `count` times `length` bytes, which are `byte` and more by `step`
 * with each time; zeros behind that. */
struct payload {
	unsigned	 count, length;
	unsigned	 byte, step;
	uint64_t	 zeros;
};

static const struct vector {
	struct payload	 payload;
	const char	*v2, *v1;	/* v1 NULL: not in the tables */
} vectors[] = {
	{ { 0, 0, 0, 0, 0 },
	    "bafkzcibcp4bdomn3tgwgrh3g532zopskstnbrd2n3sxfqbze7rxt7vqn7veigmy",
	    NULL },
	{ { 0, 0, 0, 0, 127 },
	    "bafkzcibcaabdomn3tgwgrh3g532zopskstnbrd2n3sxfqbze7rxt7vqn7veigmy",
	    NULL },
	{ { 0, 0, 0, 0, 128 },
	    "bafkzcibcpybwiktap34inmaex4wbs6cghlq5i2j2yd2bb2zndn5ep7ralzphkdy",
	    NULL },
	{ { 4, 127, 0, 1, 0 },
	    "bafkzcibcaaces3nobte6ezpp4wqan2age2s5yxcatzotcvobhgcmv5wi2xh5mbi",
	    NULL },
	{ { 4, 127, 0, 1, 508 },
	    "bafkzcibcaac542av3szurbbscwuu3zjssvfwbpsvbjf6y3tukvlgl2nf5rha6pa",
	    NULL },
	{ { 4, 127, 0, 1, 4 },
	    "bafkzcibd7abqlxticxolgseegik2stpfgkkuwyf6kufex3doorkvmzpjuxwe4dz4",
	    NULL },
	{ { 4, 127, 0, 1, 5 },
	    "bafkzcibd64bqlxticxolgseegik2stpfgkkuwyf6kufex3doorkvmzpjuxwe4dz4",
	    NULL },
	{ { 3, 1, 'a', 1, 0 },
	    "bafkzcibcpqbi234x3g5cnyn2hnxewvapwo2sdycdqzy44bgrxxtfmynklaw2qoy",
	    NULL },
	{ { 1 << 20, 1, 0, 1, 0 },
	    "bafkzcibeqcad6edm622blsi5azq3dfdtoxjme5pem6ifnngxatsqd4azefcxmsdt"
	    "g4", NULL },
	{ { 96, 1, 0xcc, 0, 0 },
	    "bafkzcibcd4bhwcjhi4krhl3ht6dewnwevkpxbepxy7p7onwgz65t52typbsysby",
	    "baga6ea4seaqhwcjhi4krhl3ht6dewnwevkpxbepxy7p7onwgz65t52t"
	    "ypbsysby" },
	{ { 126, 1, 0xcc, 0, 0 },
	    "bafkzcibcaebapbh46gdnszvb7fcinevsy5bzg3b4higkh7groptswf6zas6jamy",
	    "baga6ea4seaqapbh46gdnszvb7fcinevsy5bzg3b4higkh7groptswf6"
	    "zas6jamy" },
	{ { 127, 1, 0xcc, 0, 0 },
	    "bafkzcibcaabmfldjtozgne6adk7eve2vdxte7vzlivae7nzsbrawobo546zkijq",
	    "baga6ea4seaqmfldjtozgne6adk7eve2vdxte7vzlivae7nzsbrawobo"
	    "546zkijq" },
	{ { 1024, 1, 0xcc, 0, 0 },
	    "bafkzcibd6adqmnn5u42juoezestr7ty4a5okhrpae3yotqpxzzz54n644jyw4srz",
	    "baga6ea4seaqdlpnhgsndrgjeu4p46hahlsr4lybg6du4d56ooppdpxh"
	    "cofxeuoi" },
};
#define VECTORS	(sizeof(vectors) / sizeof(vectors[0]))

static uint8_t *
make(const struct payload *p, uint64_t *size)
{
	uint64_t n = (uint64_t)p->count * p->length;
	uint8_t *bytes = calloc(1, n + p->zeros + 1);
	unsigned i;

	for (i = 0; i < p->count; i++)
		memset(bytes + (size_t)i * p->length,
		    (int)(p->byte + i * p->step), p->length);
	*size = n + p->zeros;
	return bytes;
}

static struct commp *
commit(const uint8_t *bytes, uint64_t size)
{
	struct commp *c = commp_create(0);

	commp_add(c, bytes, size);
	return c;
}

static void
check_name(const char *name, int version, const uint8_t *bytes, uint64_t size)
{
	struct commp *c = commit(bytes, size);
	char text[PIECE_TEXT], naive[NAIVE_PIECE];
	const char *why = "";
	struct piece p;

	cr_assert_eq(piece_parse(name, strlen(name), &p, &why), 0, "%s: %s",
	    name, why);
	cr_expect_eq(p.version, version);
	cr_expect_eq(piece_size(&p), version == 1 ? -1 : (int64_t)size);
	cr_expect(piece_is(&p, c), "%s: another root", name);
	piece_print(&p, text);
	cr_expect_str_eq(text, name);
	naive_piece_name(bytes, size, version, naive);
	cr_expect_str_eq(naive, name, "the test's own arithmetic");
	commp_destroy(c);
}

Test(http_piece, vectors)
{
	uint8_t *bytes;
	uint64_t size;
	size_t i;

	for (i = 0; i < VECTORS; i++) {
		bytes = make(&vectors[i].payload, &size);
		check_name(vectors[i].v2, 2, bytes, size);
		if (vectors[i].v1 != NULL)
			check_name(vectors[i].v1, 1, bytes, size);
		free(bytes);
	}
}

/* The example of FRC-0069, 127 * 2^28 zeros, without hashing them all: twice
 * as many from what was computed before. */
Test(http_piece, zeros_of_32_gib)
{
	static const char name[] =
	    "bafkzcibcaapao7s73y24kcutaosvacpdjgfe5pw76ooefnyqw4ynr3d2y6x2mpq";
	static const uint8_t nothing[127];
	struct commp *c = commp_create(0);
	uint8_t root[COMMP_ROOT];
	struct piece p;

	cr_assert_eq(piece_parse(name, strlen(name), &p, NULL), 0);
	cr_expect_eq(p.height, 30);
	cr_expect_eq(piece_size(&p), 127LL << 28);
	commp_add(c, nothing, sizeof(nothing));
	cr_assert_eq(commp_root(c, 30, root), 0);
	cr_expect_eq(memcmp(root, p.root, COMMP_ROOT), 0);
	cr_expect(!piece_is(&p, c), "of another size");
	commp_destroy(c);
}

/* A piece of version 1 may be a larger tree than its payload needs. */
Test(http_piece, tall_v1)
{
	uint8_t bytes[200] = { 1, 2, 3 };
	struct commp *c = commit(bytes, sizeof(bytes));
	struct piece p = { .version = 1 };

	cr_assert_eq(commp_root(c, 20, p.root), 0);
	cr_expect(piece_is(&p, c));
	p.root[5] ^= 1;
	cr_expect(!piece_is(&p, c));
	commp_destroy(c);
}

Test(http_piece, refuses)
{
	static const char *const bad[] = {
		"", "b", "film.mp4", "baga", "bafk",
		("BAFKZCIBCAABMFLDJTOZGNE6ADK7EVE2VDXTE7VZLIVAE7NZSBRAWOBO"
		"546ZKIJQ"),
		/* cut, longer, another digit, spare bits */
		("bafkzcibcaabmfldjtozgne6adk7eve2vdxte7vzlivae7nzsbrawobo"
		"546zkij"),
		("bafkzcibcaabmfldjtozgne6adk7eve2vdxte7vzlivae7nzsbrawobo"
		"546zkijqa"),
		("bafkzcibcaabmfldjtozgne6adk7eve2vdxte7vzlivae7nzsbrawobo"
		"546zkijqaa"),
		("bafkzcibcaabmfldjtozgne6adk7eve2vdxte7vzlivae7nzsbrawobo"
		"546zki1q"),
		("bafkzcibcaabmfldjtozgne6adk7eve2vdxte7vzlivae7nzsbrawobo"
		"546zkijr"),
		("baga6ea4seaqmfldjtozgne6adk7eve2vdxte7vzlivae7nzsbrawobo"
		"546zkij"),
		("baga6ea4seaqmfldjtozgne6adk7eve2vdxte7vzlivae7nzsbrawobo"
		"546zkijr"),
		/* of files: raw with sha2-256, dag-pb */
		"bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy",
		"bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi",
		"QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWKPbdG",
	};
	const char *why;
	struct piece p;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		why = NULL;
		cr_expect_eq(piece_parse(bad[i], strlen(bad[i]), &p, &why), -1,
		    "\"%s\" was taken", bad[i]);
		cr_expect_not_null(why);
	}
}

/* Names that piece_print() makes of what cannot be. */
Test(http_piece, refuses_shapes)
{
	struct piece p = { .version = 2, .height = 2, .padding = 128 }, q;
	char text[PIECE_TEXT];
	unsigned i;
	static const unsigned heights[] = { 0, 1, COMMP_HEIGHT + 1, 255 };

	piece_print(&p, text);
	cr_expect_eq(piece_parse(text, strlen(text), &q, NULL), -1,
	    "more padding than room");
	p.padding = 0;
	for (i = 0; i < 4; i++) {
		p.height = heights[i];
		piece_print(&p, text);
		cr_expect_eq(piece_parse(text, strlen(text), &q, NULL), -1,
		    "height %u", p.height);
	}
	p.height = COMMP_HEIGHT;
	p.padding = (127ULL << (COMMP_HEIGHT - 2)) - 5;
	piece_print(&p, text);
	cr_expect_eq(piece_parse(text, strlen(text), &q, NULL), 0);
	cr_expect_eq(piece_size(&q), 5);
}
