#!/bin/bash
# SPDX-License-Identifier: ISC
# planner_mutants_test.sh -- do the planner's tests notice a broken rule?
#
# Each mutant is a copy of the planner with one line changed so that it breaks
# one rule; the tests have to fail on every one, and to pass on the planner as
# it is.  For each rule at least one mutant has to fail in the histories: tables
# alone know only the worlds that somebody thought of.  The last line is `N passed, N failed`.
set -u
cd "$(dirname "$0")/../.." || exit 2

: "${CC:=cc}" "${HISTORIES:=4000}"
export CC HISTORIES
work=$(mktemp -d)
export work
trap 'rm -rf "$work"' EXIT
read -ra CRITERION <<<"$(pkg-config --cflags --libs criterion 2>/dev/null ||
    echo -lcriterion)"

sources=(src/fetcher/planner.c src/fetcher/draft.c src/fetcher/places.c)

# rule, file, the change, and what it means
mutants()
{
	cat <<'END'
P1|draft|s/return i < o->nhave .*have.i..end : at;/return at;/|what is there is asked again
P1|draft|s/begin = at \/ o->block \* o->block;/begin = at;/|begins inside a block
P1|draft|s/return i > 0 .*have.i - 1..end : begin;/return begin;/|begins before a writer's edge
P1|draft|s/if (i < o->nhave && o->have.i..begin < end)/if (0)/|goes on over what exists
P2|draft|s/if (from >= begin && from < end/if (from > end/|goes on over what is owned
P2|draft|s/return from > w->r.begin ? from .*/return w->r.position;/|goes into a block being written
P2|planner|s/owner->r.end = begin;/;/|the owner is not cut
P2|draft|s/PLAN_PAUSE, PLAN_CUT, PLAN_RESUME,/PLAN_PAUSE, PLAN_RESUME, PLAN_START, PLAN_CUT, PLAN_FILL,/|cut after the start
P3|planner|s/if (n->missing \/ o->block <= .*/if (1)/|all wait for whoever owns it
P3|planner|s/(n->front > o->answer ? n->front : o->answer);/0;/|nobody joins
P3|planner|s/w->r.rate == 0 || //|joins what has not begun
P3|draft|s/begin = at \/ o->block \* o->block;/begin = at \/ o->segment * o->segment;/|begins at a segment
P4|places|s/while (draft_places(d, account) <= 0) {/while (draft_places(d, account) < 0) {/|one connection too many
P4|draft|s/PLAN_STOP, PLAN_PREEMPT, PLAN_PAUSE,/PLAN_START, PLAN_STOP, PLAN_PREEMPT, PLAN_PAUSE,/|opens before it closes
P4|places|s/return a->stake < b->stake;/return a->stake > b->stake;/|a reader goes before nobody
P4|places|s/had_its_turn(d, w);/1;/|turns are cut short
P4|places|s/held >= TURN_MAX_MS ||/0 ||/|a slow source keeps its place
P4|places|s/held >= TURN_MS && //|turns last for bytes alone
P4|places|s/return a->front > b->front;/return a->front < b->front;/|who has least gives way
P4|planner|s/w->r.rest <= d->p->now;/1;/|no back-off
P4|draft|s/w->r.state != PLAN_RESTING &&/1 \&\&/|back-off holds a place
P4|planner|s/return x->r->since < y->r->since ? -1 : 1;/return x->r->since < y->r->since ? 1 : -1;/|who came last comes first
P4|planner|s/^\tplaces_shed(d);/\t;/|a lowered limit is not kept
P5|planner|s/>= d->p->nobjects || r->head)/>= d->p->nobjects)/|a HEAD begins a fill
P5|planner|s/(r->start < o->tee_window ||/(1 ||/|a look at the tail begins a fill
P5|planner|s/if (last != NULL && w->r.since < .*/if (0) {/;s/if (last != NULL)$/if (0)/|all without readers go on
P5|planner|s/draft_count(d, object, STAKE_INDIRECT) < 2;/1;/|a third connection
P5|planner|s/(o->may_fill && o->size >= 0)) &&/1) \&\&/|goes on although it does not fit
P5|planner|s/lead >= limit)/0)/|never far enough ahead
P5|planner|s/lead <= limit .* 2)/lead < limit)/|rests and goes on by turns
P5|planner|s/^\t\tlast = n->r->end;/\t\t;/|more than is asked
P6|planner|s/o->split < 2 ||/1 ||/|no parts
P6|planner|s/raise_stake(w, n, STAKE_INDIRECT);/;/|parts are nobody's
P6|planner|s/draft_count(d, w->r.object, STAKE_INDIRECT) >= o->split/0/|parts without end
P6|planner|s/at = (at .*/at = w->r.position;/|parts begin anywhere
P7|planner|s/d->p->room < 2ULL \* o->segment/0/|fills without room
P7|planner|s/(w->r.state != PLAN_NO_ROOM || o->spooled)/1/|a fill waits for room
P7|planner|s/(w->r.state != PLAN_NO_ROOM || o->spooled)/w->r.state != PLAN_NO_ROOM/|saving makes no room
P7|planner|s/last = n->r->position + o->window;/;/|more than fits before a reader
P9|planner|s/o->no_ranges ? 0 : draft_begin/draft_begin/|a range where there are none
P9|planner|s/w == NULL && o->no_ranges && .*/0) {/|a second region without ranges
P9|planner|s/!o->known || o->size < 0 || o->no_ranges ||/!o->known ||/|gaps without ranges
END
}

compile()
{
	# shellcheck disable=SC2086 # flags are words
	"$CC" -std=gnu11 -D_GNU_SOURCE -O1 -I. -Iinclude -Isrc/fetcher \
	    ${CPPFLAGS-} "$@"
}

# build NAME: links the tests with the planner in $work/NAME.
build()
{
	local file

	for file in planner draft places; do
		cmp -s "$work/$1/$file.c" "src/fetcher/$file.c" ||
		    compile -w -c "$work/$1/$file.c" -o "$work/$1/$file.o" ||
		    return 1
		[ -e "$work/$1/$file.o" ] ||
		    ln -s "../$file.o" "$work/$1/$file.o"
	done
	"$CC" "$work/$1"/*.o "$work"/tests/*.o -o "$work/$1/tests" \
	    "${CRITERION[@]}"
}

# Which of the tests fail; nothing if all pass.
failures()
{
	local log=$work/$1/log

	"$work/$1/tests" -j1 --color=never --timeout 20 >"$log" 2>&1 && return
	! grep -q '^\[[A-Z!]*\] planner::' "$log" || echo table
	! grep -q '^\[[A-Z!]*\] planner_property::' "$log" || echo histories
	grep -q '^\[[A-Z!]*\] planner' "$log" || echo 'breaks off'
}

# mutant NUMBER RULE FILE CHANGE MEANING: one line of the table.
mutant()
{
	local verdict=survived by=

	mkdir "$work/$1"
	cp "${sources[@]}" "$work/$1"
	sed "$4" "src/fetcher/$3.c" >"$work/$1/$3.c"
	if cmp -s "$work/$1/$3.c" "src/fetcher/$3.c"; then
		verdict='no such line'
	elif ! build "$1" 2>"$work/$1/log"; then
		verdict='does not compile'
	else
		by=$(failures "$1" | xargs)
		[ -z "$by" ] || verdict=killed
	fi
	printf '%-3s %-42s %-9s %s\n' "$2" "$5" "$verdict" "$by"
}

mkdir "$work/tests" "$work/0"
for source in "${sources[@]}"; do
	compile -c "$source" -o "$work/$(basename "$source" .c).o" &
done
wait
for source in tests/unit/planner*_test.c tests/helper/planner_*.c; do
	compile "${CRITERION[@]}" -c "$source" \
	    -o "$work/tests/$(basename "$source" .c).o" &
done
wait

cp "${sources[@]}" "$work/0"
if ! build 0 || [ -n "$(failures 0)" ]; then
	cat "$work/0/log"
	echo 'the planner as it is does not pass'
	echo '0 passed, 1 failed'
	exit 1
fi

number=0
while IFS='|' read -r rule file rest; do
	number=$((number + 1))
	# What is meant stands behind the last bar; changes may have bars too.
	mutant "$number" "$rule" "$file" "${rest%|*}" "${rest##*|}" \
	    >"$work/line.$number" &
	[ $((number % 2)) -ne 0 ] || wait
done < <(mutants)
wait

for i in $(seq "$number"); do
	cat "$work/line.$i"
done | tee "$work/table"
killed=$(grep -c ' killed ' "$work/table")
blind=0
for rule in $(mutants | cut -d '|' -f 1 | sort -u); do
	grep -q "^$rule .* killed .*histories" "$work/table" && continue
	echo "$rule: no mutant of it is killed by the histories"
	blind=$((blind + 1))
done
echo "$((killed + 1)) passed, $((number - killed + blind)) failed"
[ "$killed" -eq "$number" ] && [ "$blind" -eq 0 ]
