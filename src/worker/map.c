/* SPDX-License-Identifier: ISC */
/* map -- an object in 60 cells; worker */
#include "config.h"

#include <string.h>

#include <bsd/string.h>

#include "reeld/log.h"
#include "map.h"

/* Bytes of [from, to) that are there. */
static uint64_t
present(const struct coverage *c, uint64_t from, uint64_t to)
{
	uint64_t sum = 0, begin, end;
	size_t i;

	for (i = 0; i < c->n && c->extents[i].begin < to; i++) {
		begin = c->extents[i].begin > from ? c->extents[i].begin :
		    from;
		end = c->extents[i].end < to ? c->extents[i].end : to;
		if (begin < end)
			sum += end - begin;
	}
	return sum;
}

uint64_t
map_there(const struct map_cover *c, uint64_t from, uint64_t to)
{
	uint64_t have = present(&c->have, from, to), memory, less;
	uint64_t partial = present(&c->partial, from, to);
	uint64_t all = present(&c->partial, 0, UINT64_MAX);

	if (partial == 0 || c->lacks == 0)
		return have;
	less = (uint64_t)(((unsigned __int128)partial * c->lacks + all - 1) /
	    all);
	memory = present(&c->memory, from, to);
	return have < less || have - less < memory ? memory : have - less;
}

static char
fill_cell(uint64_t there, uint64_t in_memory, uint64_t of)
{
	uint64_t tenths;

	if (there == 0)
		return '0';
	if (there == of)
		return in_memory == 0 ? 's' : 'f';
	tenths = (uint64_t)((unsigned __int128)there * 10 / of);
	return (char)('0' + (tenths < 1 ? 1 : tenths));
}

static char
owner_cell(uint8_t owner)
{
	return owner == OBJECT_NOBODY ? '.' : owner < 10 ?
	    (char)('0' + owner) : owner < 36 ? (char)('a' + owner - 10) : '+';
}

void
map_draw(struct map *m, const struct map_cover *c,
    const uint8_t owner[OBJECT_CELLS])
{
	unsigned __int128 size = c->have.size > 0 ?
	    (uint64_t)c->have.size : 0;
	uint64_t from, to;
	unsigned i;

	m->cells = c->have.size > 0;
	for (i = 0; i < OBJECT_CELLS && m->cells; i++) {
		/* A file of fewer than 60 bytes has cells that share one. */
		from = (uint64_t)(size * i / OBJECT_CELLS);
		to = (uint64_t)(size * (i + 1) / OBJECT_CELLS);
		if (to == from)
			to = from + 1;
		m->fill[i] = fill_cell(map_there(c, from, to),
		    present(&c->memory, from, to), to - from);
		m->owner[i] = owner_cell(owner[i]);
	}
	m->fill[OBJECT_CELLS] = m->owner[OBJECT_CELLS] = '\0';
}

void
map_name(struct map *m, const char *url)
{
	size_t len = strcspn(url, "?#"), at = len;
	char part[sizeof(m->name)];

	while (at > 0 && url[at - 1] != '/')
		at--;
	strlcpy(part, url + at, len - at + 1 < sizeof(part) ? len - at + 1 :
	    sizeof(part));
	strlcpy(m->name, part[0] == '\0' ? "/" : log_vis(part),
	    sizeof(m->name));
}

void
map_print(const struct map *m, FILE *out)
{
	const char *verdict = m->verdict == NULL ? "" : m->verdict;
	const char *between = m->pulls > 9 || m->viewers > 9 ||
	    m->on_disk > 9 ? "/" : "";
	const char *space = m->verdict == NULL ? "" : " ";
	char figures[48];
	int width = (int)strlen(m->name);

	snprintf(figures, sizeof(figures), "%u%s%u%s%u", m->pulls, between,
	    m->viewers, between, m->on_disk);
	if (!m->cells) {
		fprintf(out, "   %s  %s%s%s\n", m->name, figures, space,
		    verdict);
		return;
	}
	if (width < 5)
		width = 5;
	fprintf(out, "   %-*s  %s %s%s%s\n", width, m->name, figures, m->fill,
	    space, verdict);
	fprintf(out, "   %-*s  %*s %s\n", width, "(map)",
	    (int)strlen(figures), "", m->owner);
}
