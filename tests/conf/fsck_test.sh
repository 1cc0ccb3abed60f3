#!/bin/sh
# SPDX-License-Identifier: ISC
# fsck_test.sh -- reelctl fsck: what it says of directories, and its status
set -u

reelctl=$(realpath "${REELCTL:-./reelctl}")
passed=0
failed=0

dir=$(mktemp -d "${TMPDIR:-/tmp}/reeld-fsck.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir" || exit 1

# try NAME STATUS ARGUMENT... <TEXT: it ends so, and says just that.
try()
{
	name=$1 wanted=$2
	shift 2
	cat >expected
	"$reelctl" "$@" >got 2>&1 </dev/null
	status=$?
	if [ "$status" -eq "$wanted" ] && diff -u expected got >difference
	then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "not ok: $name: status $status"
		sed 's/^/    /' difference
	fi
}

mkdir empty spool spool/data spool/data/07
try "no directory" 1 fsck nowhere <<EOF
nowhere: No such file or directory
EOF
try "no spool" 1 fsck empty <<EOF
empty: there is no spool in it
EOF
echo x >spool/data/07/7
try "a file without a catalogue" 0 fsck spool <<EOF
file 7: left over, $(($(stat -c %b spool/data/07/7) * 512)) bytes
0 objects, 0 segments, 0 bytes: 0 bad, 1 left over
EOF
printf '%8192s' x >spool/catalogue.db
try "a catalogue that is none" 1 fsck spool <<EOF
catalogue.db: file is not a database
0 objects, 0 segments, 0 bytes: 1 bad, 0 left over
EOF
: >spool/lock
exec 9<spool/lock
flock -n 9
try "in use" 1 fsck -r spool <<EOF
spool: a reeld uses it
EOF
exec 9<&-
try "repaired" 1 fsck spool -r <<EOF
catalogue.db: file is not a database
file 7: left over, $(($(stat -c %b spool/data/07/7) * 512)) bytes
0 objects, 0 segments, 0 bytes: 1 bad, 1 left over, repaired
EOF
try "clean after that" 0 fsck spool <<EOF
0 objects, 0 segments, 0 bytes: 0 bad, 0 left over
EOF

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
