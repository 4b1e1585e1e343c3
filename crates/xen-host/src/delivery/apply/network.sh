# The network that the kernel has, as text: noted before a change, and made again after it.

if [ -e /proc/net/if_inet6 ]; then families='-4 -6'; else families='-4'; fi

# Each interface, one a line: name, up or down, MTU, what it is a port of or `-`, and for a bridge
# `bridge` with its MAC.
links() {
    for dev in /sys/class/net/*; do
        [ -e "$dev/mtu" ] || continue
        name=${dev##*/} master=- is=down kind=
        if [ -L "$dev/master" ]; then
            master=$(readlink "$dev/master")
            master=${master##*/}
        fi
        [ $(($(cat "$dev/flags") & 1)) -eq 0 ] || is=up
        [ ! -d "$dev/bridge" ] || kind="bridge $(cat "$dev/address")"
        echo "$name $is $(cat "$dev/mtu") $master $kind"
    done
}

# Each address, one a line, in the words of `ip address add` with the interface in front. Left out:
# what says how an address is at this moment, and addresses that the kernel makes and changes.
addresses() {
    found=$(ip -o address show) || return 1
    echo "$found" | awk '
        / temporary / { next }
        {
            # What `ip -o` has for the end of a line.
            gsub(/\\/, " ")
            words = $2 " " $4
            for (i = 5; i <= NF; i++) {
                if ($i == "valid_lft" || $i == "preferred_lft") {
                    life = $(i + 1)
                    sub(/sec$/, "", life)
                    if (life != "forever") words = words " " $i " " life
                    i++
                } else if ($i ~ /^(peer|brd|scope|metric)$/) {
                    words = words " " $i " " $(i + 1)
                    i++
                } else if ($i == "proto") {
                    i++
                } else if ($i ~ /^(mngtmpaddr|noprefixroute|nodad|autojoin|home)$/) {
                    words = words " " $i
                } else if ($3 == "inet" && $i != $2 && index($i, $2 ":") == 1) {
                    words = words " label " $i
                }
            }
            print words
        }'
}

# Each route of every table, one a line, in the words of `ip route add`. Left out: what the kernel
# adds for addresses in its own table, and words such as `linkdown` that say how a route is at this
# moment. $1: -4 or -6.
routes() {
    found=$(ip -o "$1" route show table all) || return 1
    echo "$found" | awk '
        / table local( |$)/ || /^(local|broadcast|anycast|multicast) / { next }
        / dev lo .*metric 4294967295/ || / cache( |$)/ { next }
        {
            gsub(/\\/, " ")
            words = ""
            for (i = 1; i <= NF; i++) {
                if ($i == "nhid" || $i == "error") {
                    i++
                } else if ($i == "expires") {
                    life = $(++i)
                    sub(/sec$/, "", life)
                    words = words " expires " life
                } else if ($i !~ /^(linkdown|dead|offload|trap|rt_offload|rt_trap|offload_failed)$/) {
                    words = words " " $i
                }
            }
            if (words != "") print substr(words, 2)
        }'
}

# Each rule, one a line, in the words of `ip rule add`. A kernel can have none. $1: -4 or -6.
rules() {
    ip "$1" rule show 2>/dev/null | awk '
        { sub(/:/, "", $1); gsub(/ \[detached\]/, ""); print "pref " $0 }'
}

# Notes all of it in the state.
note_network() {
    noted=$(links) && keep links "$noted" || return 1
    noted=$(addresses) && keep addresses "$noted" || return 1
    for family in $families; do
        noted=$(routes "$family") && keep "routes$family" "$noted" || return 1
        keep "rules$family" "$(rules "$family")" || return 1
    done
}

# Whether one of the lines $2 begins with the words $1.
has() {
    case "$nl$2$nl" in *"$nl$1 "* | *"$nl$1$nl"*) return 0 ;; esac
    return 1
}

missed() {
    echo "apply: could not restore $*"
    wrong=1
}

# Whether the interface $1 is one that a change is about. Only those are cleaned of what they did not
# have before: elsewhere something may be new for reasons of its own.
changed() {
    [ "$1" = "$port" ] || [ "$1" = "$bridge" ]
}

restore_links() {
    while read -r dev _ _ _ kind mac; do
        if [ "$kind" = bridge ] && [ ! -e "/sys/class/net/$dev" ]; then
            ip link add name "$dev" address "$mac" type bridge || missed "the bridge $dev"
        fi
    done <"$state/links"
    while read -r dev is mtu master _; do
        # Gone for other reasons: an adapter that was pulled, a guest that was stopped.
        [ -e "/sys/class/net/$dev" ] || continue
        now=$(links | awk -v dev="$dev" '$1 == dev { print $3, $4 }')
        [ "${now% *}" = "$mtu" ] || ip link set dev "$dev" mtu "$mtu" || missed "the MTU of $dev"
        if [ "${now#* }" = "$master" ]; then
            :
        elif [ "$master" = - ]; then
            ip link set dev "$dev" nomaster || missed "that $dev is nobody's port"
        else
            ip link set dev "$dev" master "$master" || missed "that $dev is a port of $master"
        fi
        [ "$is" = up ] || changed "$dev" || continue
        ip link set dev "$dev" "$is" || missed "that $dev is $is"
    done <"$state/links"
}

restore_addresses() {
    before=$(cat "$state/addresses")
    now=$(addresses)
    while read -r dev where words; do
        [ -e "/sys/class/net/$dev" ] || continue
        has "$dev $where" "$now" && continue
        # Unquoted, here and below: several words.
        # shellcheck disable=SC2086
        ip address add "$where" $words dev "$dev" || missed "the address $where of $dev"
    done <"$state/addresses"
    # Lifetimes and link-local addresses: from a router, a lease, the kernel.
    echo "$now" | while read -r dev where words; do
        case "$words" in *_lft* | *'scope link'*) continue ;; esac
        changed "$dev" || continue
        has "$dev $where" "$before" || ip address del "$where" dev "$dev"
    done
}

# Routes without how long they last, which is never the same.
lasting() {
    sed 's/ expires [0-9]*//'
}

# The routes of the family $1 that are noted and not there, without those over interfaces that are
# gone.
missing_routes() {
    now=$(routes "$1" | lasting)
    while read -r route; do
        dev=${route##* dev }
        dev=${dev%% *}
        case $route in *' dev '*) [ -e "/sys/class/net/$dev" ] || continue ;; esac
        echo "$now" | grep -qxF -- "$(echo "$route" | lasting)" || echo "$route"
    done <"$state/routes$1"
}

restore_routes() {
    # `replace` would take another interface's route for the same one under IPv6.
    if [ "$1" = -6 ]; then how=append; else how=replace; fi
    before=$(lasting <"$state/routes$1")
    routes "$1" | while read -r route; do
        # A router's and the kernel's come and go with their addresses.
        case "$route " in *' proto ra '* | *' proto kernel '*) continue ;; esac
        dev=${route##* dev }
        changed "${dev%% *}" || continue
        # shellcheck disable=SC2086
        echo "$before" | grep -qxF -- "$(echo "$route" | lasting)" || ip "$1" route del $route
    done
    # One can need another that comes later, or an address that the kernel still checks.
    for try in 1 2 3 4 5 6; do
        missing=$(missing_routes "$1")
        [ -n "$missing" ] || return 0
        [ "$try" -lt 3 ] || sleep 1
        echo "$missing" | while read -r route; do
            # shellcheck disable=SC2086
            ip "$1" route $how $route 2>/dev/null
        done
    done
    missing=$(missing_routes "$1")
    [ -z "$missing" ] || missed "these routes:$nl$missing"
}

restore_rules() {
    now=$(rules "$1")
    while read -r rule; do
        # shellcheck disable=SC2086
        echo "$now" | grep -qxF -- "$rule" || ip "$1" rule add $rule || missed "the rule $rule"
    done <"$state/rules$1"
}

restore_network() {
    wrong=0
    restore_links
    restore_addresses
    for family in $families; do
        restore_rules "$family"
        restore_routes "$family"
    done
    return $wrong
}
