#!/bin/sh
# Gives this system the bridge that was described, for as long as nobody has to regret it.
#
#   ./apply [--stack NAME] [--timeout SECONDS] [--yes] [--dry-run]
#   ./apply confirm      keep it; else it is taken back when the time is over
#   ./apply rollback     take it back now
#
# Shows what would change, keeps a copy of what was, changes it, and takes it all back after 120
# seconds without a `confirm`: a mistake locks nobody out of a host far away. Written by bootkey.
set -u
# @FACTS@
state=${XEN_HOST_STATE:-/var/lib/xen-host}
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)

# Who does what:
#
#   apply       looks, asks, keeps copies in the state, starts two `watch`, and then `change`
#   watch       waits outside the session, and takes back; two, for one can be killed
#   change      takes each step, after a look whether it is still wanted and watched
#
# A change is one file in the state with its id, and renaming that is the decision: `pending`
# becomes `confirmed` or `rolling-back`, and never both. While anything is changed or taken back,
# somebody holds the lock.

die() {
    echo "apply: $*" >&2
    exit 1
}

# @NETWORK@
nl='
'

# Makes $2 the lines of the file $1 of the state, or leaves that as it was: a disk can be full.
keep() {
    printf '%s' "$2${2:+$nl}" >"$state/$1.new" && [ "$(cat "$state/$1.new")" = "$2" ] &&
        mv -f "$state/$1.new" "$state/$1"
}

# The lock is descriptor 9; the kernel frees it when whoever has it ends. What they start must not
# have it too (`9<&-`): a DHCP client would hold it for ever.
lock() {
    [ -r "$state/lock" ] && exec 9<"$state/lock" && flock -n 9
}

# The seconds since the system started, as `up`: the clock may jump when the network comes.
uptime() {
    read -r up _ </proc/uptime
    up=${up%%.*}
}

nap() {
    sleep 0.2 2>/dev/null || sleep 1
}

# Whether the change $1 is neither confirmed nor taken back.
is_pending() {
    pending=
    { read -r pending <"$state/pending"; } 2>/dev/null
    [ "$pending" = "$1" ]
}

# A session of its own for what comes behind it, so that all of it can be ended at once.
own_session=
! command -v setsid >/dev/null || own_session=setsid

# Ends a process and what it has started. Not `-s` and `--`: no form of those is every shell's.
end() {
    kill -KILL "-$1" 2>/dev/null || kill -KILL "$1" 2>/dev/null
}

# Runs a program of the network stack; when something is taken back, for $limit seconds at most, so
# that one which hangs does not keep the rest from being restored.
limit=
run() {
    if [ -z "$limit" ]; then
        "$@" 9<&-
        return
    fi
    $own_session "$@" 9<&- &
    program=$!
    uptime
    until=$((up + limit))
    while kill -0 "$program" 2>/dev/null; do
        uptime
        if [ "$up" -ge $until ]; then
            echo "apply: \`$*\` took more than $limit seconds and was ended"
            end "$program"
        fi
        nap
    done
    wait "$program"
}

# Which program makes this system's network. $1, if given, is what somebody says.
stack_of() {
    if [ -n "$1" ]; then
        [ -d "$here/$1" ] || die "there are no files for a stack called $1"
        echo "$1"
    elif [ -n "$(ls /etc/netplan/*.yaml 2>/dev/null)" ] && command -v netplan >/dev/null; then
        echo netplan
    elif systemctl -q is-active NetworkManager 2>/dev/null; then
        echo network-manager
    elif systemctl -q is-active systemd-networkd 2>/dev/null; then
        echo networkd
    elif command -v ifup >/dev/null && [ -e /etc/network/interfaces ]; then
        echo interfaces
    elif [ -d /etc/sysconfig/network-scripts ]; then
        echo classic
    else
        die "cannot tell what makes the network of this system; say it with --stack"
    fi
}

find_port() {
    [ -n "$port_mac" ] || return 0
    for dev in /sys/class/net/*; do
        [ -e "$dev/bridge" ] && continue
        [ "$(cat "$dev/address" 2>/dev/null)" = "$port_mac" ] || continue
        port=${dev##*/}
        # VLANs and bonds have the address of the card that they are made on.
        [ ! -e "$dev/device" ] || return 0
    done
}

# Takes down what the files that are in place now have made.
down() {
    case $stack in
    interfaces)
        run ifdown --force "$bridge" 2>/dev/null
        run ifdown --force "$port" 2>/dev/null
        ;;
    classic)
        run ifdown "$bridge" 2>/dev/null
        run ifdown "$port" 2>/dev/null
        ;;
    esac
    return 0
}

# Makes what they say.
up() {
    case $stack in
    interfaces)
        run ifup --force "$port"
        if ifquery "$bridge" >/dev/null 2>&1; then run ifup --force "$bridge"; fi
        ;;
    classic) run service network restart ;;
    networkd)
        run networkctl reload
        run networkctl reconfigure "$port"
        run networkctl reconfigure "$bridge"
        ;;
    network-manager)
        run nmcli connection reload
        run nmcli connection up "$bridge-port" || run nmcli device connect "$port"
        ;;
    netplan) run netplan apply ;;
    esac
    return 0
}

exists() {
    [ -e "$1" ] || [ -L "$1" ]
}

# Puts the copy of a file back, as what it was: a link, somebody's, with its mode.
put_back() {
    cp -a "$state/backup/$1" "/$1.xen-host" && mv -f "/$1.xen-host" "/$1" && return
    # A full disk has room again when ours is gone.
    rm -f "/$1.xen-host" "/$1"
    cp -a "$state/backup/$1" "/$1"
}

restore_files() {
    failed=0
    while read -r file; do
        if exists "$state/backup/$file"; then
            put_back "$file"
        else
            rm -f "/$file" "/$file.xen-host"
        fi || failed=1
    done <"$state/files"
    while read -r dir; do rmdir "/$dir" 2>/dev/null; done <"$state/dirs"
    return $failed
}

# Waits until nobody else changes or takes back; whoever is still changing something after a few
# seconds is ended. Not for ever, but longer than taking back takes, with all limits of its steps: a
# lock that nothing frees must not be in the way.
lock_at_last() {
    uptime
    begun=$up
    until lock; do
        uptime
        [ "$up" -lt $((begun + 600)) ] || return 0
        if [ "$up" -ge $((begun + 3)) ] && [ -n "$rolling" ] && read -r changer <"$state/changing" &&
            tr '\0' ' ' <"/proc/$changer/cmdline" | grep -qF "$rolling"; then end "$changer"; fi 2>/dev/null
        nap
    done
}

# Takes the change that is pending back, or finishes what began to.
take_back() {
    mv "$state/pending" "$state/rolling-back" 2>/dev/null
    exists "$state/rolling-back" || exists "$state/pending" || die "there is nothing to take back"
    rolling=$(cat "$state/rolling-back" "$state/pending" 2>/dev/null)
    [ "${changing:-}" = yes ] || lock_at_last
    if ! exists "$state/rolling-back" && ! exists "$state/pending"; then
        echo "apply: it was taken back already"
        return
    fi
    read -r stack port <"$state/stack"
    limit=30
    down
    restored=0
    restore_files || restored=1
    if [ ! -e "$state/had-bridge" ] && [ -e "/sys/class/net/$bridge" ]; then
        ip link set dev "$bridge" down
        ip link delete "$bridge"
    fi
    limit=90
    up
    restore_network || restored=1
    limit=
    rm -f "$state/changing" "$state/pending" "$state/rolling-back"
    if [ $restored -ne 0 ]; then
        echo "apply: taken back, except for what is said above; copies of the files that were" \
            "there are in $state/backup"
        return 1
    fi
    echo "apply: taken back; the files that were tried are gone, those that were there are back"
}

# Waits until its time is over, and takes back what is still pending then. $1: its number; $2: the
# change.
watch() {
    # Not ignored, which what it starts would inherit: caught.
    trap : HUP INT TERM
    cd /
    if (true >>"$state/log") 2>/dev/null; then log=$state/log; else log=/dev/null; fi
    exec >>"$log" 2>&1 </dev/null
    keep "watcher$1" "$2 $$" || exit 1
    while is_pending "$2" && read -r deadline <"$state/deadline"; do
        uptime
        [ "$up" -lt "$deadline" ] || break
        sleep 1
    done
    if is_pending "$2" || exists "$state/rolling-back"; then take_back; fi
}

# Whether the watcher $1 of the change $2 has reported and lives.
watches() {
    reported=
    { read -r reported watcher <"$state/watcher$1"; } 2>/dev/null
    [ "$reported" = "$2" ] && kill -0 "$watcher" 2>/dev/null
}

# How a watcher can be started so that a session that ends does not take it along.
ways() {
    if [ -d /run/systemd/system ] && command -v systemd-run >/dev/null; then echo systemd-run; fi
    if [ -n "$own_session" ]; then echo setsid; fi
}

# Starts both and waits until they have reported in.
start_watchers() {
    for way in $(ways); do
        for number in 1 2; do
            case $way in
            systemd-run)
                # What it starts in the end, such as a DHCP client, is to stay.
                systemd-run --unit "xen-host-watch$number-$1" -p KillMode=process \
                    --setenv "XEN_HOST_STATE=$state" --setenv "PATH=$PATH" \
                    sh "$state/apply" watch "$number" "$1" >/dev/null 2>&1 9<&-
                ;;
            setsid) setsid sh "$state/apply" watch "$number" "$1" >/dev/null 2>&1 </dev/null 9<&- & ;;
            esac
        done
        uptime
        patience=$((up + 5))
        while [ "$up" -le $patience ]; do
            if watches 1 "$1" && watches 2 "$1"; then return 0; fi
            nap
            uptime
        done
    done
    return 1
}

abandon() {
    echo "apply: $*; it is taken back"
    take_back
    exit 1
}

# One step of the change, if it is still wanted and watched.
step() {
    is_pending "$id" || die "the time was over before it was done; it is being taken back"
    watches 1 "$id" || watches 2 "$id" || abandon "nobody watches over this change any more"
    "$@"
}

# Makes the change $1 that `apply` has prepared, whose lock it inherits.
change() {
    trap : HUP INT TERM
    id=$1
    changing=yes
    { read -r stack port <"$state/stack" && keep changing $$; } || abandon "cannot write in $state"
    step down
    step flush
    while read -r file; do
        step put "$file" || abandon "cannot write /$file"
    done <"$state/files"
    step up
    step rm -f "$state/changing"
}

# A port has no address of its own.
flush() {
    ip -4 address flush dev "$port"
    # Its link-local address does no harm, and the kernel would not give it back.
    ip -6 address flush dev "$port" scope global 2>/dev/null
    return 0
}

put() {
    mkdir -p "/$(dirname "$1")" || return
    from=$state/new/$1
    mode=644
    if private "$1"; then mode=600; fi
    rm -f "/$1.xen-host"
    (umask 077 && cp "$from" "/$1.xen-host") && chmod $mode "/$1.xen-host" &&
        mv -f "/$1.xen-host" "/$1" && cmp -s "$from" "/$1"
}

# Keeps copies of all that will be changed, and of what it will be: the key may be gone by then.
prepare() {
    rm -rf "$state/backup" "$state/new" "$state/had-bridge" "$state/confirmed" &&
        mkdir "$state/backup" "$state/new" && keep stack "$stack $port" || return 1
    list='' dirs=''
    for tree in "$stack" guests; do
        [ -d "$here/$tree" ] || continue
        for file in $(files_of "$tree"); do
            list=$list$file$nl
            mkdir -p "$state/new/$(dirname "$file")" "$state/backup/$(dirname "$file")" &&
                cp "$here/$tree/$file" "$state/new/$file" || return 1
            if exists "/$file"; then cp -a "/$file" "$state/backup/$file" || return 1; fi
            dir=$(dirname "$file")
            while [ ! -e "/$dir" ]; do
                dirs=$dirs$dir$nl
                dir=$(dirname "$dir")
            done
        done
    done
    keep files "${list%?}" && keep dirs "${dirs%?}" || return 1
    [ ! -e "/sys/class/net/$bridge" ] || keep had-bridge yes || return 1
    # Not in place: it may be the one that is run.
    note_network && cp "$0" "$state/apply.new" && mv -f "$state/apply.new" "$state/apply"
}

files_of() {
    (cd "$here/$1" && find . -type f | sed 's|^\./||' | sort)
}

apply() {
    stack=$(stack_of "$wanted") || exit 1
    for program in ip awk cmp diff find flock; do
        command -v $program >/dev/null || die "there is no program \`$program\` here"
    done
    [ -n "$(ways)" ] || die "nothing here could watch over the change and take it back if this" \
        "session ended: neither a running systemd with \`systemd-run\` nor \`setsid\`"
    if [ $dry_run -eq 0 ]; then
        umask 022
        { mkdir -p "$state" && chmod 700 "$state" && true >>"$state/lock"; } ||
            die "cannot write in $state"
        lock || die "another \`apply\` is at work here, or a change is being taken back"
        if exists "$state/pending" || exists "$state/rolling-back"; then
            die "an earlier change waits for \`apply confirm\` or \`apply rollback\`"
        fi
    fi
    find_port
    if [ -n "$port_mac" ] && [ -z "$port" ]; then
        die "no interface has the MAC $port_mac"
    elif [ ! -e "/sys/class/net/$port" ]; then
        die "there is no interface $port here; \`ip link\` lists them"
    fi
    if [ -n "$port_mac" ] && [ "$stack" = interfaces ] && [ "$port" != xenport0 ]; then
        die "this stack knows interfaces by name only, and $port would get its new name when the" \
            "system starts: write \`interface = \"$port\"\` into the spec, or use another stack"
    fi
    differ=0
    for tree in "$stack" guests; do
        [ -d "$here/$tree" ] || continue
        for file in $(files_of "$tree"); do
            [ ! -d "/$file" ] || die "/$file is a directory; nothing was changed"
            diff -uN "/$file" "$here/$tree/$file" || differ=1
        done
    done
    if [ $differ -eq 0 ]; then
        echo "apply: every file is as it should be; nothing to do"
        exit 0
    fi
    files=$(files_of "$stack")
    for other in /etc/netplan/*.yaml /etc/network/interfaces.d/* /etc/systemd/network/*.network; do
        if [ -f "$other" ] && ! echo "$files" | grep -qxF "${other#/}" && grep -qwF "$port" "$other"
        then
            echo "apply: beware: $other speaks of $port too; a port must have no address of its own"
        fi
    done
    [ $dry_run -eq 0 ] || exit 0
    if [ $yes -eq 0 ]; then
        printf 'Apply this to %s, and take it back after %s seconds unless confirmed? [y/N] ' \
            "$stack" "$timeout"
        read -r answer
        case $answer in [yY]*) ;; *) die "nothing was changed" ;; esac
    fi

    prepare || die "cannot keep in $state what is needed to take this back (is it full?);" \
        "nothing was changed"
    uptime
    id=$$-$up
    # The time begins when somebody counts it.
    { keep deadline $((up + timeout + 60)) && keep pending "$id" && start_watchers "$id" &&
        uptime && keep deadline $((up + timeout)) && keep changing -; } || {
        rm -f "$state/pending"
        die "what would take this back did not start (see $state/log); nothing was changed"
    }
    trap 'take_back; exit 130' INT TERM
    $own_session sh "$state/apply" change "$id" &
    exec 9<&-
    wait $! || die "it was not done, or not to its end"
    watches 1 "$id" || watches 2 "$id" || { take_back; die "nobody watched over this change"; }
    trap - INT TERM
    echo "apply: done, and taken back $timeout seconds after it was begun. To keep it:"
    echo "apply:     sh $state/apply confirm"
    sh "$here/check"
}

confirm() {
    lock || {
        ! exists "$state/rolling-back" || die "too late: it is being taken back at this moment"
        ! exists "$state/pending" || die "wait: the change is still being made"
        die "there is nothing to confirm; was it taken back already?"
    }
    ! exists "$state/rolling-back" || die "too late: \`apply rollback\` finishes taking it back"
    exists "$state/pending" || die "there is nothing to confirm; was it taken back already?"
    ! exists "$state/changing" || die "the change was not made to its end: \`apply rollback\`"
    mv "$state/pending" "$state/confirmed" || die "this was not confirmed: cannot write in $state"
    echo "apply: confirmed; a copy of what was is in $state/backup"
}

wanted=
timeout=120
yes=0
dry_run=0
command=apply
while [ $# -gt 0 ]; do
    case $1 in
    --stack | --timeout)
        [ $# -ge 2 ] || die "$1 wants a value; \`apply --help\` says which"
        if [ "$1" = --stack ]; then wanted=$2; else timeout=$2; fi
        shift
        ;;
    --yes) yes=1 ;;
    --dry-run) dry_run=1 ;;
    confirm) command=confirm ;;
    rollback) command=take_back ;;
    watch)
        watch "$2" "$3"
        exit
        ;;
    change)
        change "$2"
        exit
        ;;
    -h | --help)
        sed -n '2,/^set -u/s/^# \{0,1\}//p' "$0"
        exit 0
        ;;
    *) die "what is $1? \`apply --help\` says what there is" ;;
    esac
    shift
done
# What begins with 0 would be read as octal.
case $timeout in
'' | *[!0-9]* | 0* | ??????*) die "--timeout takes a number of seconds, from 1 to 99999" ;;
esac
$command
