# Makes the dom0 of a Xen host of a Debian live system: $1 is its root, $2 where the hypervisor goes.
cp "$1"/boot/xen-4.*-amd64.gz "$2/xen.gz"

# Root, without a password, on Xen's console: a live system has no secrets.
getty="$1/etc/systemd/system/serial-getty@hvc0.service.d"
mkdir -p "$getty"
cat > "$getty/autologin.conf" << 'END'
[Service]
ExecStart=
ExecStart=-/sbin/agetty --autologin root --keep-baud 115200,57600,38400,9600 - $TERM
END

# What a live system that is only a host has no use for, and a slow machine starts for minutes.
units="$1/etc/systemd/system"
for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer \
    e2scrub_reap.service fstrim.timer getty-static.service proc-sys-fs-binfmt_misc.automount \
    systemd-binfmt.service systemd-update-utmp.service systemd-update-utmp-runlevel.service \
    sys-kernel-debug.mount sys-kernel-tracing.mount dev-hugepages.mount dev-mqueue.mount \
    systemd-firstboot.service systemd-pcrphase.service systemd-pcrphase-sysinit.service \
    systemd-pcrphase-initrd.service xendomains.service; do
    ln -sf /dev/null "$units/$unit"
done
mkdir -p "$1/etc/systemd/system.conf.d"
cat > "$1/etc/systemd/system.conf.d/patient.conf" << 'END'
[Manager]
DefaultTimeoutStartSec=20min
DefaultDeviceTimeoutSec=20min
END
mkdir -p "$units/xen.service.d"
printf '[Service]\nTimeoutSec=20min\n' > "$units/xen.service.d/patient.conf"
echo dom0 > "$1/etc/hostname"

# A guest: it says who it is, asks its gateway, and leaves a shell on its console.
guest="$2/guest"
mkdir -p "$guest/bin" "$guest/dev" "$guest/proc" "$guest/sys"
cp "$1/bin/busybox" "$guest/bin/busybox"
cp "$1"/usr/lib/modules/*/kernel/drivers/net/xen-netfront.ko "$guest/xen-netfront.ko"
cat > "$guest/init" << 'END'
#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc none /proc
mount -t sysfs none /sys
mount -t devtmpfs none /dev
insmod /xen-netfront.ko
for word in $(cat /proc/cmdline); do
    case $word in
    guest.token=*) token=${word#*=} ;;
    guest.address=*) address=${word#*=} ;;
    guest.gateway=*) gateway=${word#*=} ;;
    esac
done
n=0
while [ ! -e /sys/class/net/eth0 ] && [ $n -lt 30 ]; do
    sleep 1
    n=$((n + 1))
done
ip link set lo up
ip link set eth0 up
[ -z "$address" ] || ip addr add "$address" dev eth0
[ -z "$gateway" ] || ip route add default via "$gateway"
echo "guest: token $token"
echo "guest: eth0 has the MAC $(cat /sys/class/net/eth0/address)"
if [ -n "$gateway" ]; then
    if ping -c 1 -W 10 "$gateway" > /dev/null; then
        echo "guest: $gateway answers"
    else
        echo "guest: $gateway does not answer"
    fi
fi
exec setsid cttyhack sh
END
chmod 755 "$guest/init"
mkdir -p "$1/usr/lib/xen-guest"
(cd "$guest" && find . | LC_ALL=C sort | cpio -o -H newc -R 0:0 --quiet | gzip -9n) \
    > "$1/usr/lib/xen-guest/initrd.img"
rm -r "$guest"
