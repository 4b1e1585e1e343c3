#!/bin/sh
# Says what the bridge of this Xen host is like, as the kernel knows it, and whether that is what
# was described. Exit status 0: it is. Written by bootkey.
# @FACTS@
wrong=0
say() { # $1: a status, 0 is good; the rest: what was found
    good=$1
    shift
    if [ "$good" -eq 0 ]; then
        echo "xen-host: ok: $*"
    else
        echo "xen-host: WRONG: $*"
        wrong=$((wrong + 1))
    fi
}
if [ -n "$port_mac" ]; then
    for dev in /sys/class/net/*; do
        [ -e "$dev/device" ] || [ ! -e "$dev/bridge" ] || continue
        [ "$(cat "$dev/address" 2>/dev/null)" = "$port_mac" ] || continue
        port=${dev##*/}
        # VLANs and bonds have the address of the card that they are made on.
        [ ! -e "$dev/device" ] || break
    done
fi

[ -d "/sys/class/net/$bridge/bridge" ]
say $? "$bridge is a bridge"

found=$(ip -o -4 addr show dev "$bridge" scope global 2>/dev/null | awk '{ print $4 }')
if [ -n "$address" ]; then
    [ "$found" = "$address" ]
else
    [ -n "$found" ]
fi
say $? "address of $bridge: ${found:-none}"

# shellcheck disable=SC2012 # a network interface's name has no blanks
ports=$(ls "/sys/class/net/$bridge/brif" 2>/dev/null | tr '\n' ' ')
[ -n "$port" ] && [ -e "/sys/class/net/$bridge/brif/$port" ]
say $? "ports of $bridge: ${ports:-none}"

found=$(ip -o -4 addr show dev "${port:-none}" 2>/dev/null | awk '{ print $4 }')
[ -z "$found" ]
say $? "address of ${port:-the port}: ${found:-none}"

if [ -n "$gateway" ] || [ -z "$address" ]; then
    found=$(ip -4 route show default 2>/dev/null | head -n 1)
    case " $found " in
    *" dev $bridge "*) [ -z "$gateway" ] || [ "${found#*via "$gateway" }" != "$found" ] ;;
    *) false ;;
    esac
    say $? "default route: ${found:-none}"

    way=${gateway:-$(echo "$found" | sed -n 's/.* via \([^ ]*\).*/\1/p')}
    reached=1
    for _ in 1 2 3 4 5; do
        if [ -n "$way" ] && ping -c 1 -W 1 -I "$bridge" "$way" >/dev/null 2>&1; then
            reached=0
            break
        fi
        # A bridge that starts at this moment needs a little.
        sleep 1
    done
    say $reached "gateway ${way:-none} asked through $bridge"
fi

if [ $wrong -eq 0 ]; then
    echo "xen-host: $host is as described"
else
    echo "xen-host: $host is not as described: $wrong wrong"
    exit 1
fi
