/* SPDX-License-Identifier: ISC */
/* date -- the dates of HTTP; worker, fetcher */
#include "config.h"

#include <stdio.h>
#include <time.h>

#include "reeld/date.h"
#include "reeld/span.h"

#include "scan.h"

#define DATE_LAST	253402300799LL	/* the last second of 9999 */

static const char *const days[] = {
	"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday",
	"Saturday"
};

static const char *const months[] = {
	"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct",
	"Nov", "Dec"
};

enum form { FORM_NONE, FORM_FIXDATE, FORM_RFC850, FORM_ASCTIME };

struct fields {
	int		 year, month, day, hour, minute, second;
};

/* The day's name and what follows it tell the three forms apart.  Whether it
 * is the right day of the week is not looked at. */
static enum form
form_parse(struct span *s)
{
	char brief[4];
	size_t i;

	for (i = 0; i < sizeof(days) / sizeof(days[0]); i++) {
		snprintf(brief, sizeof(brief), "%.3s", days[i]);
		if (scan_text(s, days[i]))
			return scan_text(s, ", ") ? FORM_RFC850 : FORM_NONE;
		if (!scan_text(s, brief))
			continue;
		if (scan_text(s, ", "))
			return FORM_FIXDATE;
		return scan_char(s, ' ') ? FORM_ASCTIME : FORM_NONE;
	}
	return FORM_NONE;
}

static int
month_parse(struct span *s, int *month)
{
	for (*month = 0; *month < 12; (*month)++)
		if (scan_text(s, months[*month]))
			return 1;
	return 0;
}

static int
time_parse(struct span *s, struct fields *f)
{
	return scan_digits(s, 2, &f->hour) && scan_char(s, ':') &&
	    scan_digits(s, 2, &f->minute) && scan_char(s, ':') &&
	    scan_digits(s, 2, &f->second);
}

/* 06 Nov 1994 08:49:37 GMT */
static int
fixdate_parse(struct span *s, struct fields *f)
{
	return scan_digits(s, 2, &f->day) && scan_char(s, ' ') &&
	    month_parse(s, &f->month) && scan_char(s, ' ') &&
	    scan_digits(s, 4, &f->year) && scan_char(s, ' ') &&
	    time_parse(s, f) && scan_text(s, " GMT");
}

/* The century that brings a two-digit year within 50 years after `now`. */
static int
year_place(int year, int64_t now)
{
	time_t t = now;
	struct tm tm;
	int this;

	if (gmtime_r(&t, &tm) == NULL)
		return year + 1900;
	this = tm.tm_year + 1900;
	year += this / 100 * 100;
	return year > this + 50 ? year - 100 : year;
}

/* 06-Nov-94 08:49:37 GMT */
static int
rfc850_parse(struct span *s, struct fields *f, int64_t now)
{
	if (!scan_digits(s, 2, &f->day) || !scan_char(s, '-') ||
	    !month_parse(s, &f->month) || !scan_char(s, '-') ||
	    !scan_digits(s, 2, &f->year) || !scan_char(s, ' ') ||
	    !time_parse(s, f) || !scan_text(s, " GMT"))
		return 0;
	f->year = year_place(f->year, now);
	return 1;
}

/* Nov  6 08:49:37 1994 */
static int
asctime_parse(struct span *s, struct fields *f)
{
	if (!month_parse(s, &f->month) || !scan_char(s, ' '))
		return 0;
	if (scan_char(s, ' ') ? !scan_digits(s, 1, &f->day) :
	    !scan_digits(s, 2, &f->day))
		return 0;
	return scan_char(s, ' ') && time_parse(s, f) && scan_char(s, ' ') &&
	    scan_digits(s, 4, &f->year);
}

/* timegm(3) turns the 30th of February into a day in March: an unchanged day
 * proves that it exists.  Second 60 is a leap second. */
static int64_t
fields_seconds(const struct fields *f)
{
	struct tm tm = { .tm_year = f->year - 1900, .tm_mon = f->month,
	    .tm_mday = f->day };
	int64_t t;

	if (f->hour > 23 || f->minute > 59 || f->second > 60)
		return -1;
	t = timegm(&tm);
	if (tm.tm_mday != f->day)
		return -1;
	t += f->hour * 3600 + f->minute * 60 + f->second;
	return t < 0 ? 0 : t;
}

int64_t
date_parse(const char *value, size_t len, int64_t now)
{
	struct span s = { value, len };
	struct fields f;
	int ok = 0;

	if (value == NULL)
		return -1;
	s = scan_trim(s);
	switch (form_parse(&s)) {
	case FORM_FIXDATE:
		ok = fixdate_parse(&s, &f);
		break;
	case FORM_RFC850:
		ok = rfc850_parse(&s, &f, now);
		break;
	case FORM_ASCTIME:
		ok = asctime_parse(&s, &f);
		break;
	case FORM_NONE:
		break;
	}
	return ok && s.len == 0 ? fields_seconds(&f) : -1;
}

void
date_print(int64_t t, char out[DATE_LEN + 1])
{
	char text[64];
	time_t seconds;
	struct tm tm;

	seconds = t < 0 ? 0 : t > DATE_LAST ? DATE_LAST : t;
	gmtime_r(&seconds, &tm);
	snprintf(text, sizeof(text), "%.3s, %02d %s %04d %02d:%02d:%02d GMT",
	    days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900,
	    tm.tm_hour, tm.tm_min, tm.tm_sec);
	memcpy(out, text, DATE_LEN);
	out[DATE_LEN] = '\0';
}

int
date_strong(int64_t modified, int64_t date)
{
	return modified >= 0 && date > modified;
}
