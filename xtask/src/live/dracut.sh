# Makes a live system as Fedora's are: $1 is its root, before the kernel is installed. What dracut is
# to put into the initrd that it makes then.
mkdir -p "$1/etc/dracut.conf.d"
cat > "$1/etc/dracut.conf.d/live.conf" << 'END'
hostonly="no"
compress="zstd -3"
add_dracutmodules+=" dmsquash-live "
omit_dracutmodules+=" btrfs crypt iscsi lvm mdraid multipath network nfs plymouth "
filesystems+=" squashfs ext4 vfat exfat iso9660 btrfs xfs "
add_drivers+=" loop dm_snapshot virtio_blk virtio_pci usb_storage uas ahci sd_mod sr_mod nls_cp437 nls_ascii nls_utf8 "
END

# What tells that the system is up, and what it runs from. Again and again: a terminal that starts on
# the same line drops what others are writing.
units="$1/etc/systemd/system"
mkdir -p "$units/multi-user.target.wants"
cat > "$units/token.service" << 'END'
[Unit]
After=systemd-user-sessions.service
[Service]
ExecStart=/usr/local/sbin/token
END
ln -s ../token.service "$units/multi-user.target.wants/token.service"
cat > "$1/usr/local/sbin/token" << 'END'
#!/bin/sh
while sleep 5; do
    for at in / /run/initramfs/live /run/initramfs/isoscan; do
        echo "live: $at is $(findmnt -no FSTYPE,SOURCE $at)" > /dev/console
    done
done
END
chmod 755 "$1/usr/local/sbin/token"
