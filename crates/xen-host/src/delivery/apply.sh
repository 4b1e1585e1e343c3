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

die() {
    echo "apply: $*" >&2
    exit 1
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
        if [ "$(cat "$dev/address" 2>/dev/null)" = "$port_mac" ]; then port=${dev##*/}; fi
    done
}

# Takes down what the files that are in place now have made.
down() {
    case $1 in
    interfaces)
        ifdown --force "$bridge" 2>/dev/null
        ifdown --force "$port" 2>/dev/null
        ;;
    classic)
        ifdown "$bridge" 2>/dev/null
        ifdown "$port" 2>/dev/null
        ;;
    esac
    return 0
}

# Makes what they say.
up() {
    case $1 in
    interfaces)
        ifup --force "$port"
        if ifquery "$bridge" >/dev/null 2>&1; then ifup --force "$bridge"; fi
        ;;
    classic) service network restart ;;
    networkd)
        networkctl reload
        networkctl reconfigure "$port"
        networkctl reconfigure "$bridge"
        ;;
    network-manager)
        nmcli connection reload
        nmcli connection up "$bridge-port" || nmcli device connect "$port"
        ;;
    netplan) netplan apply ;;
    esac
}

# The addresses and default routes of all that there is, so that even a network that no file
# describes comes back.
note_network() {
    ip -o -4 addr show scope global | awk '{ print $2, $4 }' >"$1/addresses"
    ip -4 route show default >"$1/routes"
}

restore_network() {
    while read -r dev where; do
        [ -e "/sys/class/net/$dev" ] || continue
        ip link set dev "$dev" up
        if ! ip -o -4 addr show dev "$dev" | grep -qF " $where "; then
            ip addr add "$where" dev "$dev"
        fi
    done <"$1/addresses"
    while read -r route; do
        # Unquoted: a route is several words.
        # shellcheck disable=SC2086
        ip route replace $route
    done <"$1/routes"
}

rollback() {
    [ -e "$state/pending" ] || die "there is nothing to take back"
    stack=$(cat "$state/stack")
    find_port
    down "$stack"
    while read -r file; do
        if [ -e "$state/backup/$file" ]; then
            cp -p "$state/backup/$file" "/$file"
        else
            rm -f "/$file"
        fi
    done <"$state/files"
    if [ ! -e "$state/had-bridge" ] && [ -e "/sys/class/net/$bridge" ]; then
        ip link set dev "$bridge" down
        ip link delete "$bridge"
    fi
    up "$stack"
    restore_network "$state"
    rm -f "$state/pending"
    echo "apply: taken back; the files that were tried are gone, those that were there are back"
}

# Waits, and takes back what is still pending then. $1: seconds; $2: which change it watches over.
watch() {
    trap '' HUP INT TERM
    sleep "$1"
    [ "$(cat "$state/pending" 2>/dev/null)" = "$2" ] || exit 0
    rollback
}

apply() {
    stack=$(stack_of "$wanted") || exit 1
    [ -e "$state/pending" ] && die "an earlier change waits for \`apply confirm\` or \`apply rollback\`"
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
    files=$(cd "$here/$stack" && find . -type f | sed 's|^\./||' | sort)
    guests=
    if [ -d "$here/guests" ]; then
        guests=$(cd "$here/guests" && find . -type f | sed 's|^\./||' | sort)
    fi
    changed=0
    for file in $files; do
        diff -uN "/$file" "$here/$stack/$file" || changed=1
    done
    for file in $guests; do
        diff -uN "/$file" "$here/guests/$file" || changed=1
    done
    if [ $changed -eq 0 ]; then
        echo "apply: every file is as it should be; nothing to do"
        exit 0
    fi
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

    umask 022
    rm -rf "$state"
    mkdir -p "$state/backup" || exit 1
    echo "$stack" >"$state/stack"
    : >"$state/files"
    for file in $files $guests; do
        echo "$file" >>"$state/files"
        if [ -e "/$file" ]; then
            mkdir -p "$state/backup/$(dirname "$file")"
            cp -p "/$file" "$state/backup/$file" || die "cannot keep a copy of /$file"
        fi
    done
    [ ! -e "/sys/class/net/$bridge" ] || : >"$state/had-bridge"
    note_network "$state"
    # The key may be gone when this is wanted.
    cp "$0" "$state/apply"
    id="$$ $(date +%s)"
    echo "$id" >"$state/pending"
    setsid sh "$state/apply" watch "$timeout" "$id" >"$state/log" 2>&1 </dev/null &

    down "$stack"
    ip -4 addr flush dev "$port"
    for file in $files; do put "$here/$stack" "$file"; done
    for file in $guests; do put "$here/guests" "$file"; done
    up "$stack"
    echo "apply: done, and taken back $timeout seconds after it was begun. To keep it:"
    echo "apply:     sh $state/apply confirm"
    sh "$here/check"
}

put() {
    mkdir -p "/$(dirname "$2")"
    mode=644
    if private "$2"; then mode=600; fi
    rm -f "/$2.new"
    (umask 077 && cp "$1/$2" "/$2.new") && chmod $mode "/$2.new" && mv "/$2.new" "/$2"
}

wanted=
timeout=120
yes=0
dry_run=0
command=apply
while [ $# -gt 0 ]; do
    case $1 in
    --stack) wanted=${2:-} && shift ;;
    --timeout) timeout=${2:-} && shift ;;
    --yes) yes=1 ;;
    --dry-run) dry_run=1 ;;
    confirm | rollback) command=$1 ;;
    watch)
        watch "$2" "$3"
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
case $timeout in '' | *[!0-9]*) die "--timeout takes a number of seconds" ;; esac
case $command in
apply) apply ;;
rollback) rollback ;;
confirm)
    [ -e "$state/pending" ] || die "there is nothing to confirm; was it taken back already?"
    rm -f "$state/pending"
    echo "apply: confirmed; a copy of what was is in $state/backup"
    ;;
esac
